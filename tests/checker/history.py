"""A history: what everybody who took part in a run wrote down, as JSON lines
in the files *.jsonl of a folder. Each event says what it is ("event") and when
("at", seconds of the machine's monotonic clock); the order of all is that of
"at".

    with Log(folder / "load.jsonl") as log:
        log.write("sent", request="id-1", points=["Lag@0=7"])
    events = load(folder)

| event | by | fields |
|---|---|---|
| sent | a sender | request, points: what is in it, each named once for all |
| answered | a sender | request, status |
| unanswered | a sender | request, why |
| durable | a disk that knows | request |
| unwritable, writable | who breaks and mends the disk | |
| entry | the journal, read at the end | seq, time, request |
| kept | the archive, read at the end | point |
| segment | the journal's folder at the end | name, sha256 |
| stored | S3, when it takes an object | name, sha256 |
| replicated | a replica's endpoint | point, message: the message's id |
| replica | who started one | |
| transition | replay | cause, id, alarm, seq, topics |
| published | SNS | cause, id, dedup, alarm, topic, text (hash), accepted |
| variant | who runs it | of, variant, whole: false when it may end early |
| line | a variant | of, variant, number, text |
| started, ready | who starts the program | run, bytes: of the journal |
| killed, stopped | who ended it | run |
| ended | the same, when nobody asked it to | run, status |
| sample | who looks | what, value, bound |
| quiet | who waited for it | waiting: what is not delivered yet |

A cause is what a notification tells: "alarm|from|to|time".
"""

import json
import pathlib
import threading
import time


class Log:
    """Appends events; any thread. What is written is in the file at once."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.file = open(self.path, "a", encoding="utf-8", buffering=1)
        self.lock = threading.Lock()

    def write(self, event, at=None, **fields):
        with self.lock:
            row = {"event": event, "at": round(
                time.monotonic() if at is None else at, 6), **fields}
            self.file.write(json.dumps(row, separators=(",", ":")) + "\n")

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.file.close()


def load(folder):
    """All events of a folder, in order."""
    events = []
    for path in sorted(pathlib.Path(folder).glob("*.jsonl")):
        with open(path, encoding="utf-8") as file:
            events += [json.loads(row) for row in file if row.strip()]
    events.sort(key=lambda event: event["at"])
    return events


# Fields that tie events together, beside the points of a request.
TIES = ("request", "point", "cause", "id", "dedup", "name", "run", "message")


def keys(event):
    """What an event is about: ("request", "id-1"), ("point", …) …"""
    found = {(field, event[field]) for field in TIES if field in event}
    found |= {("point", point) for point in event.get("points", ())}
    if event["event"] in ("line", "variant"):
        found.add(("of", event["of"]))
        if "number" in event:
            found.add(("line", f'{event["of"]} {event["number"]}'))
    if event["event"] in ("unwritable", "writable"):
        found.add(("disk", "disk"))
    if event["event"] == "replica":
        found.add(("replica", "replica"))
    if event["event"] in ("sample", "quiet"):
        found.add(("look", str(event["at"])))
    return found


def narrowed(event, wanted):
    """The event with only those of its points that are wanted."""
    if "points" not in event:
        return event
    points = [p for p in event["points"] if ("point", p) in wanted]
    return {**event, "points": points}
