"""What is there after a round, as events: the archive (what S3 has and what
the journal still has), the points in it, and the transitions that it replays
to. Then the checker says whether anything is broken."""

import hashlib
import json
import shutil

import check
from history import Log, load
from servers import tocsin

SLOW_ENTRIES = 3000  # above, no replay that starts anew at each entry


def hash_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Reader:
    """Runs commands on what is left; what one says against it is kept."""

    def __init__(self):
        self.failed = []

    def run(self, *words):
        status, out, errors = tocsin(*words)
        if status != 0:
            self.failed += [f"tocsin {' '.join(map(str, words))}: status "
                            f"{status}", *errors.splitlines()[-5:]]
        return out


def collect(server, cloud, archive, log):
    """The archive as one folder."""
    archive.mkdir()
    segments = server.segments()
    for name, path in cloud.objects().items():
        shutil.copy(path, archive / name)
    for path in segments[:-1]:
        log.write("segment", name=path.name, sha256=hash_of(path))
    for path in segments:
        # The last one may have grown since it was looked at: it is no object.
        if not (archive / path.name).exists() or path != segments[-1]:
            shutil.copy(path, archive / path.name)


def read_points(reader, archive, log):
    entries = 0
    for row in reader.run("journal", "cat", archive).splitlines():
        entry = json.loads(row)
        entries += 1
        if entry["kind"] == "batch":
            log.write("entry", seq=entry["seq"], time=entry["time"],
                      request=entry["request_id"])
    for row in reader.run("decode", archive).splitlines():
        p = json.loads(row)
        log.write("kept", point=f'{p["metric"]}@{p["timestamp"]}='
                                f'{p["sum"]:g}:{p["max"]:g}')
    return entries


def variant(log, name, lines, whole=True, of="transitions"):
    log.write("variant", of=of, variant=name, whole=whole)
    for number, text in enumerate(lines):
        log.write("line", of=of, variant=name, number=number, text=text)


def replay(reader, archive, log, entries):
    """Straight, with threads, and starting anew at each entry."""
    straight = reader.run("replay", archive).splitlines()
    variant(log, "straight", straight)
    for threads in (1, 2, 4):
        variant(log, f"threads {threads}", reader.run(
            "replay", "--threads", threads, archive).splitlines())
    if entries <= SLOW_ENTRIES:
        variant(log, "restarts", reader.run(
            "replay", "--restart", archive).splitlines())
    return [json.loads(text) for text in straight]


def topics_of(alarms):
    """{(alarm, state): its topics}"""
    states = {"OK": "OKActions", "ALARM": "AlarmActions",
              "INSUFFICIENT_DATA": "InsufficientDataActions"}
    return {(alarm["AlarmName"], state): alarm[key]
            for alarm in alarms["MetricAlarms"] + alarms["CompositeAlarms"]
            for state, key in states.items()}


def transitions(rows, alarms, log):
    topics = topics_of(alarms)
    for number, row in enumerate(rows):
        moved = row["from"] != row["to"]
        time = row["time"].replace("Z", "+0000")
        log.write("transition", id=row["id"], alarm=row["alarm"], seq=number,
                  cause="|".join([row["alarm"], row["from"], row["to"], time]),
                  topics=topics[row["alarm"], row["to"]] if moved else [])


def judge(folder, server, cloud, alarms, live):
    """Sentences about what is broken; [] when all holds."""
    archive, reader = folder / "archive", Reader()
    with Log(folder / "events/judge.jsonl") as log:
        reader.run("journal", "verify", server.journal)
        collect(server, cloud, archive, log)
        entries = read_points(reader, archive, log)
        rows = replay(reader, archive, log, entries)
        transitions(rows, alarms, log)
        variant(log, "live", live, whole=False)
    return check.report(load(folder / "events")) + reader.failed
