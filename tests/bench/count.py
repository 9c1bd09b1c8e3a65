"""Instructions of a fixed piece of work, by callgrind: what a change costs,
seen without the noise of time.

    count.py BUILD-FOLDER [--keep]

Compared with tests/bench/counts.txt; a change above 3 % is shown, and is no
failure: whether it is worth its price is for people to say. --keep writes the
file anew. Counts depend a little on the C library and on what the processor
offers (valgrind has AVX2, and no AVX-512).
"""

import argparse
import pathlib
import re
import subprocess
import tempfile

import replay_input

FILE = pathlib.Path(__file__).with_name("counts.txt")
SHOWN = 0.03
REPLAY_POINTS = 20_000


def callgrind(words, toggle=None):
    """Instructions that the command executes, or its functions `toggle`."""
    options = ["--tool=callgrind", "--callgrind-out-file=/dev/null"]
    if toggle:
        options.append(f"--toggle-collect={toggle}")
    done = subprocess.run(["valgrind", *options, *words], text=True,
                          capture_output=True, timeout=600, check=False)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        raise SystemExit(f"callgrind: {' '.join(map(str, words))}: "
                         f"{done.stderr[-2000:]}")
    return int(found.group(1))


def count(build):
    program = build / "tests/count_bench"
    names = subprocess.run([program], text=True, check=True, timeout=60,
                           stdout=subprocess.PIPE).stdout.split()
    counts = {name: callgrind([program, name], "counted") for name in names}
    with tempfile.TemporaryDirectory(prefix="tocsin-count-") as folder:
        lines, alarms = replay_input.write(pathlib.Path(folder), REPLAY_POINTS)
        counts["replay"] = callgrind([build / "tocsin", "replay", "--alarms",
                                      alarms, lines])
    return counts


def read_kept():
    kept = {}
    if FILE.exists():
        for line in FILE.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                name, number = line.split()
                kept[name] = int(number)
    return kept


def write_kept(counts):
    width = max(map(len, counts))
    text = "# Instructions, by ./dev bench --count --keep.\n"
    for name, number in counts.items():
        text += f"{name:<{width}} {number:>12}\n"
    FILE.write_text(text, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--keep", action="store_true")
    args = parser.parse_args()
    kept, counts = read_kept(), count(args.build)
    for name, now in counts.items():
        before = kept.get(name)
        if before is None:
            print(f"{name:<20} {now:>12}  new")
            continue
        change = now / before - 1
        mark = "  <-- above 3 %" if abs(change) > SHOWN else ""
        print(f"{name:<20} {now:>12}  {100 * change:+6.1f} % of {before}"
              f"{mark}")
    for name in sorted(set(kept) - set(counts)):
        print(f"{name:<20} is counted no more")
    if args.keep:
        write_kept(counts)


main()
