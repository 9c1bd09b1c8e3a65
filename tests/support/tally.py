"""Counts what a JUnit file says and prints "SUITE: N passed, N failed".

    tally.py SUITE FILE

A Check program under ctest is one test case there; the line that Check prints
tells how many checks it held, and these are counted.
"""

import re
import sys
import xml.etree.ElementTree as xml

CHECK = re.compile(r"Checks: (\d+), Failures: (\d+), Errors: (\d+)")


def count(case):
    """(passed, failed) of one test case."""
    bad = case.get("status") == "fail" or any(
        case.find(tag) is not None for tag in ("failure", "error"))
    lines = CHECK.findall(case.findtext("system-out") or "")
    if not lines:
        return (0, 1) if bad else (1, 0)
    checks = sum(int(row[0]) for row in lines)
    failed = sum(int(row[1]) + int(row[2]) for row in lines)
    if bad and failed == 0:
        failed = 1  # the sanitizer's word, after Check's
    return max(checks - failed, 0), failed


def main():
    suite, path = sys.argv[1:]
    passed = failed = 0
    try:
        cases = xml.parse(path).iter("testcase")
    except (OSError, xml.ParseError) as error:
        print(f"{suite}: no result: {error}")
        return 1
    for case in cases:
        if case.find("skipped") is not None:
            print(f"skipped: {case.get('name')}: "
                  f"{case.find('skipped').get('message')}")
            continue
        good, bad = count(case)
        passed += good
        failed += bad
        if bad:
            print(f"failed: {case.get('name')}")
    print(f"{suite}: {passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


sys.exit(main())
