"""The checker itself: for every invariant a history that holds and ones that
break it, and the shortest history that is told."""

import json
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import check  # noqa: E402
from history import Log, load  # noqa: E402
from invariants import breaks  # noqa: E402


def events(*rows):
    """Rows "event", fields; the clock goes on by one."""
    return [{"event": kind, "at": fields.pop("at", at), **fields}
            for at, (kind, fields) in enumerate(
                (row[0], dict(row[1])) for row in rows)]


def sent(request="r1", *points):
    return "sent", {"request": request, "points": list(points or ("p1",))}


def answered(request="r1", status=200):
    return "answered", {"request": request, "status": status}


def kept(point="p1"):
    return "kept", {"point": point}


def transition(time, name="a", to="ALARM", topics=("t",), seq=None):
    return "transition", {"cause": f"{name}|OK|{to}|{time}", "alarm": name,
                          "id": f"id-{name}-{time}", "topics": list(topics),
                          "seq": time if seq is None else seq}


def published(time, name="a", to="ALARM", id=None, dedup=None, text="x",
              accepted=True):
    id = id or f"id-{name}-{time}"
    return "published", {"cause": f"{name}|OK|{to}|{time}", "alarm": name,
                         "id": id, "dedup": dedup or id, "topic": "t",
                         "text": text, "accepted": accepted}


def line(variant, number, text, of="transitions"):
    return "line", {"of": of, "variant": variant, "number": number,
                    "text": text}


def run(kind, number=1, **more):
    return kind, {"run": number, **more}


HOLDS = {
    "I1": [sent("r1", "p1", "p2"), ("unanswered", {
        "request": "r1", "why": "reset"}), sent("r1", "p1", "p2"),
        answered(), kept("p1"), kept("p2")],
    "I1 unanswered but kept": [sent(), kept()],
    "I1 refused and not kept": [sent(), answered("r1", 503)],
    "I3": [transition(1), transition(2, to="OK"), published(1),
           published(1), published(2, to="OK"), published(1)],
    "I3 refused at first": [transition(1), published(1, accepted=False),
                            published(1)],
    "I3 nobody to tell": [transition(1, topics=())],
    "I3 alarms do not wait for each other": [
        transition(1), transition(2, "b"), published(2, "b"), published(1)],
    "I4": [line("straight", 0, "x"), line("straight", 1, "y"),
           line("restart", 0, "x"), line("restart", 1, "y"),
           ("variant", {"of": "transitions", "variant": "live",
                        "whole": False}), line("live", 0, "x")],
    "I4 objects": [("stored", {"name": "1.zst", "sha256": "aa"}),
                   ("segment", {"name": "1.zst", "sha256": "aa"})],
    "I5": [sent(), kept(), ("replicated", {"point": "p1", "message": "m"}),
           ("replicated", {"point": "p1", "message": "m"})],
    "I6": [sent(), ("durable", {"request": "r1"}), answered(), kept()],
    "I6 a repeat": [sent(), ("unwritable", {}), answered(),
                    ("writable", {}), kept()],
    "I6 refuses": [("unwritable", {}), sent(), answered("r1", 503),
                   ("writable", {})],
    "I8": [("sample", {"what": "fds", "value": 9, "bound": 9}),
           ("quiet", {"waiting": 0})],
    "I9": [run("started", bytes=0), run("ready"), run("killed"),
           run("started", 2, bytes=0), run("killed", 2),
           run("started", 3, bytes=0), run("ready", 3), run("stopped", 3)],
}

# invariant, what, the history, how many events tell it
BREAKS = [
    ("I1", "lost", [sent("r1", "p1", "p2"), answered(), kept("p2"),
                    sent("r2", "p3"), answered("r2"), kept("p3")], 2),
    ("I1", "lost", [sent(), ("unanswered", {"request": "r1", "why": "-"}),
                    sent(), answered()], 2),
    ("I1", "doubled", [sent("r1", "p1", "p2"), answered(), kept(), kept(),
                       kept("p2"), kept()], 4),
    ("I2", "invented", [sent("r1", "p1"), kept("p1"), kept("p9")], 1),
    ("I3", "undelivered", [transition(1), transition(2), published(2)], 1),
    ("I3", "undelivered", [transition(1),
                           published(1, accepted=False)], 1),
    ("I3", "two ids", [transition(1), published(1),
                       published(1, id="other")], 3),
    ("I3", "two ids", [transition(1), published(1, dedup="random")], 2),
    ("I3", "wrong id", [transition(1), published(1, id="other")], 2),
    ("I3", "shared id", [transition(1), transition(2), published(1),
                         published(2, id="id-a-1")], 4),
    ("I3", "invented", [transition(1), published(1), published(3)], 1),
    ("I3", "order", [transition(1), transition(2), transition(3),
                     published(2), published(1), published(3)], 4),
    ("I3", "changed text", [transition(1), published(1),
                            published(1, text="y")], 3),
    ("I4", "differs", [line("straight", 0, "x"), line("restart", 0, "y"),
                       line("straight", 1, "z"), line("restart", 1, "z")], 2),
    ("I4", "differs", [line("straight", 0, "x"), line("straight", 1, "y"),
                       line("restart", 0, "x")], 3),
    ("I4", "object", [("stored", {"name": "1.zst", "sha256": "aa"}),
                      ("segment", {"name": "1.zst", "sha256": "ab"})], 2),
    ("I5", "replica", [sent(), answered(), kept(), ("replica", {})], 3),
    ("I5", "replica", [sent(), kept()] + [
        ("replicated", {"point": "p1", "message": m}) for m in "mn"], 4),
    ("I6", "too early", [sent(), answered(), ("durable", {"request": "r1"}),
                         kept()], 2),
    ("I6", "unwritable", [("unwritable", {}), sent(), answered(),
                          ("writable", {}), kept()], 3),
    ("I8", "bound", [("sample", {"what": "fds", "value": 10, "bound": 9}),
                     ("sample", {"what": "rss", "value": 1, "bound": 9})], 1),
    ("I8", "waits", [("quiet", {"waiting": 2})], 1),
    ("I9", "slow", [run("started", bytes=0, at=0), run("ready", at=11)], 2),
    ("I9", "not ready", [run("started", bytes=0)], 1),
    ("I9", "ended", [run("started", bytes=0), run("ready"),
                     run("ended", status=-6)], 1),
]


@pytest.mark.parametrize("name", HOLDS)
def test_holds(name):
    assert breaks(events(*HOLDS[name])) == []


@pytest.mark.parametrize("number", range(len(BREAKS)))
def test_breaks(number):
    invariant, what, rows, fewest = BREAKS[number]
    # What has nothing to do with it lies around it.
    around = [sent("r8", "q"), answered("r8"), kept("q"), transition(
        100, "z"), published(100, "z"), line("straight", 7, "q"),
        line("restart", 7, "q")]
    if any(row[0] in ("replica", "replicated") for row in rows):
        around.append(("replicated", {"point": "q", "message": "q"}))
    if any(row[0] == "durable" for row in rows):
        around.insert(0, ("durable", {"request": "r8"}))
    history = events(*around, *rows)
    found = breaks(history)
    assert (invariant, what) in [(b.invariant, b.what) for b in found], found
    one = next(b for b in found if (b.invariant, b.what) == (invariant, what))
    small = check.shrink(history, one)
    assert len(small) == fewest, small
    assert any(one.same(b) for b in breaks(small))


def test_nothing_is_checked_in_vain():
    """Every rule is shown by a history that it alone tells broken."""
    rules = {(invariant, what) for invariant, what, _, _ in BREAKS}
    assert {invariant for invariant, _ in rules} == {
        "I1", "I2", "I3", "I4", "I5", "I6", "I8", "I9"}


def test_folder(tmp_path, capsys):
    """As a program: files of several, in the order of their clocks."""
    with Log(tmp_path / "load.jsonl") as load_log, \
            Log(tmp_path / "zz.jsonl") as other:
        other.write("kept", point="p1", at=3)
        load_log.write("sent", request="r1", points=["p1"], at=1)
        load_log.write("answered", request="r1", status=200, at=2)
    assert [e["event"] for e in load(tmp_path)] == [
        "sent", "answered", "kept"]
    assert check.main([str(tmp_path)]) == 0
    (tmp_path / "zz.jsonl").unlink()
    assert check.main([str(tmp_path)]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[1].startswith("I1 broken: point p1 of request r1")
    assert [json.loads(row)["event"] for row in out[2:]] == [
        "sent", "answered"]
