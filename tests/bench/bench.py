"""Speed, as ratios measured side by side: absolute figures say more about the
machine than about the program.

    bench.py BUILD-FOLDER [WHAT…] [--points N] [--rounds N] [--series N]
             [--markdown]

WHAT is any of these, all of them without it:

decoder  decoder_bench: the same points through our decoders and engine,
         simdjson, jansson, protobuf-c and zstd, and memory a series
replay   one archive, compressed with zstd, read in turn by `zstd -dc`, by
         `tocsin decode` and by `tocsin replay`, alone and with two
         threads; each one's time over zstd's
alarms   alarms_bench: the same points through engines with 0, 1,000 and
         100,000 alarms
rollups  rollups_bench: the same points through engines with 0, 1, 10 and
         1,000 rollups; one rollup over one archive by replay and by DuckDB
ingest   the program itself under load: CPU of its process a point, from the
         body to evaluated, beside `zstd -1` of the same bytes, and its parts
commit   durable requests a second, by one connection and by 64; the journal
         alone, with a sync each and with a group commit
archive  CPU of archiving to an S3 over the CPU of taking the same bytes in
notify   from the last byte of a request that fires an alarm to the request to
         SNS, at half load; and 1,000 notifications of one outage to a server
         that takes 50 ms for each request
memory   of the program, idle, with a tenth of the series and with all of them
"""

import argparse
import pathlib
import statistics
import subprocess
import tempfile
import time

import ingest
import notify
import replay_input
import rollups
import upload

PARTS = ["decoder", "replay", "alarms", "rollups", "ingest", "commit",
         "archive", "notify",
         "memory"]


def seconds(words):
    began = time.perf_counter()
    subprocess.run(words, stdout=subprocess.DEVNULL, check=True,
                   stderr=subprocess.DEVNULL, timeout=600)
    return time.perf_counter() - began


def replay_times(tocsin, args):
    """By program, a time for each round; and the bytes of the lines."""
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        folder = pathlib.Path(folder)
        archive = folder / "archive.zst"
        lines, alarms = replay_input.write(folder, args.points)
        subprocess.run(["zstd", "-q", "-3", lines, "-o", archive], check=True,
                       timeout=600)
        size = lines.stat().st_size
        print(f"{args.points} points, {size / 1e6:.1f} MB of JSON lines, "
              f"{archive.stat().st_size / 1e6:.1f} MB compressed, "
              f"{args.rounds} rounds")
        runs = {"zstd -dc": ["zstd", "-dc", archive],
                "tocsin decode": [tocsin, "decode", archive],
                "tocsin replay": [tocsin, "replay", "--alarms", alarms,
                                  archive],
                "with 2 threads": [tocsin, "replay", "--threads", "2",
                                   "--alarms", alarms, archive]}
        times = {name: [] for name in runs}
        for _ in range(args.rounds):
            for name, words in runs.items():
                times[name].append(seconds(words))
    return times, size


def replay(build, args):
    times, size = replay_times(build / "tocsin", args)
    for name, took in times.items():
        ratios = sorted(a / b for a, b in zip(took, times["zstd -dc"]))
        middle = statistics.median(took)
        print(f"{name:<14} {statistics.median(ratios):7.1f} x zstd "
              f"({ratios[0]:.1f} to {ratios[-1]:.1f}), "
              f"{args.points / middle / 1e6:.2f} M points/s, "
              f"{size / middle / 1e6:.0f} MB/s of JSON")


def decoder(build, args):
    words = [build / "tests/decoder_bench", "--series", str(args.series)]
    if args.markdown:
        words.append("--markdown")
    subprocess.run(words, check=True, timeout=1200)


def alarms(build, args):
    subprocess.run([build / "tests/alarms_bench", str(args.series)],
                   check=True, timeout=1200)


def run(part, args):
    build = args.build.resolve()
    if part in ("ingest", "commit", "memory"):
        ingest.run(part, build, args)
    elif part == "archive":
        upload.run(build, args)
    elif part == "notify":
        notify.run(build, args)
    else:
        {"decoder": decoder, "replay": replay, "alarms": alarms,
         "rollups": rollups.run}[part](build, args)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("what", nargs="*")
    parser.add_argument("--points", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--series", type=int, default=1_000_000)
    parser.add_argument("--markdown", action="store_true")
    args = parser.parse_args()
    unknown = set(args.what) - set(PARTS)
    if unknown:
        parser.error(f"there are {', '.join(PARTS)}; not {unknown.pop()}")
    for part in args.what or PARTS:
        print(f"== {part}", flush=True)
        run(part, args)


main()
