"""Golden tests: entries in, transitions out, readable by an operator.

    run.py TOCSIN [--bless] [NAME…]

A case is a set of files tests/golden/AREA/NAME.*:

    NAME.in           what is replayed: JSON lines, a segment, anything that
                      replay reads
    NAME.scenario     instead of .in: what `tocsin scenario` makes of it
    NAME.alarms.json  definitions (--alarms), or
    NAME.conf         a configuration (--config)
    NAME.args         more arguments, one line, optional
    NAME.out          the lines that replay prints

Every case runs twice: as it is, and with all memory saved, freed and loaded
again after each entry (--restart), which must print the same.

--bless writes NAME.out from what the program says; look at the difference
before it is kept.
"""

import argparse
import difflib
import pathlib
import shlex
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = 120


def cases(wanted):
    found = {}
    for path in sorted(HERE.glob("*/*")):
        if path.suffix in (".in", ".scenario"):
            name = str(path.relative_to(HERE).with_suffix(""))
            if not wanted or any(word in name for word in wanted):
                found[name] = path
    return found


def command(tocsin, source):
    words = [tocsin, "replay"]
    for suffix, option in ((".alarms.json", "--alarms"), (".conf", "--config")):
        path = source.with_suffix(suffix)
        if path.exists():
            words += [option, str(path)]
    more = source.with_suffix(".args")
    if more.exists():
        words += shlex.split(more.read_text(encoding="utf-8"))
    return words


def answer(tocsin, source, *more):
    """(what replay prints, None or what went wrong)."""
    words, given = command(tocsin, source) + list(more), None
    if source.suffix == ".scenario":
        made = subprocess.run([tocsin, "scenario", str(source)], check=False,
                              timeout=SECONDS, capture_output=True)
        if made.returncode != 0:
            return "", f"scenario: {made.stderr.decode()}"
        given = made.stdout
        words.append("-")
    else:
        words.append(str(source))
    done = subprocess.run(words, input=given, check=False, timeout=SECONDS,
                          capture_output=True)
    trouble = None
    if done.returncode != 0:
        trouble = (f"{' '.join(words)}\nexit status {done.returncode}\n"
                   f"{done.stderr.decode()}")
    return done.stdout.decode(), trouble


def difference(golden, text):
    """None when the text is the golden one."""
    right = golden.read_text(encoding="utf-8")
    if text == right:
        return None
    return "".join(difflib.unified_diff(
        right.splitlines(True), text.splitlines(True), golden.name,
        "what it is now"))


def judge(tocsin, name, source, bless):
    golden = source.with_suffix(".out")
    if bless:
        text, trouble = answer(tocsin, source)
        if trouble is None:
            golden.write_text(text, encoding="utf-8")
    for way, more in (("", []), (" (restarted)", ["--restart"])):
        text, trouble = answer(tocsin, source, *more)
        if trouble is None and not golden.exists():
            trouble = f"{golden} does not exist; ./dev golden --bless {name}"
        if trouble is None:
            trouble = difference(golden, text)
        if trouble is not None:
            print(f"failed: {name}{way}\n{trouble}")
            return False
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tocsin")
    parser.add_argument("--bless", action="store_true")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    tocsin = str(pathlib.Path(args.tocsin).resolve())
    passed = failed = 0
    for name, source in cases(args.names).items():
        good = judge(tocsin, name, source, args.bless)
        passed += good
        failed += not good
    print(f"golden: {passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


sys.exit(main())
