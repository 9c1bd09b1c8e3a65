"""Which invariant a history breaks, and the shortest history that shows it.

    check.py [--all] FOLDER

FOLDER holds *.jsonl as history.py describes. Exit status 1 if it is broken.
"""

import json
import sys

from history import keys, load, narrowed
from invariants import breaks


def touching(events, one):
    """The events that are about the break, and no more of them."""
    return [narrowed(event, one.keys) for event in events
            if keys(event) & one.keys]


def grows(before, after):
    """Whether something breaks after that did not break before."""
    return any(not any(one.same(other) for other in before) for one in after)


def shrink(events, one):
    """The fewest events that still break this, and nothing else that they did
    not break from the start."""
    small = touching(events, one)
    begin = breaks(small)
    if not any(one.same(other) for other in begin):
        small = list(events)  # it takes more than its own events
        begin = breaks(small)
    size = max(1, len(small) // 2)
    while size >= 1:
        at = 0
        while at < len(small):
            fewer = small[:at] + small[at + size:]
            found = breaks(fewer)
            if any(one.same(other) for other in found) and not grows(
                    begin, found):
                small = fewer
            else:
                at += size
        size //= 2
    return small


def count(events):
    """{kind: how many}; a history in which nothing happens proves nothing."""
    out = {}
    for event in events:
        out[event["event"]] = out.get(event["event"], 0) + 1
    return out


def report(events, most=1):
    """Sentences about the first breaks; [] when it holds."""
    found = breaks(events)
    rows = []
    for one in found[:most]:
        rows.append(f"{one.invariant} broken: {one.sentence}")
        rows += ["  " + json.dumps(event) for event in shrink(events, one)]
    if len(found) > most:
        rows.append(f"and {len(found) - most} more breaks: " + ", ".join(
            sorted({f"{one.invariant} {one.what}" for one in found[most:]})))
    return rows


def main(words):
    most = 1 << 30 if words[:1] == ["--all"] else 1
    words = words[1:] if most > 1 else words
    if len(words) != 1 or words[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    events = load(words[0])
    rows = report(events, most)
    print("\n".join(rows or [f"{len(events)} events, nothing broken: " +
                             json.dumps(count(events))]))
    return 1 if rows else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
