"""A start goes on from a checkpoint: the same transitions, no log read twice,
nothing lost when it is damaged or was being written."""

import json
import os
import pathlib
import random
import signal
import time

import pytest

import story
from firehose import Sender, line
from servers import Inbox, Tocsin, http_get, tocsin, until

SPEED = 600


def config(folder, topic=None, **more):
    """With a topic the alarms of the story ring there, without they act
    not."""
    alarms = story.alarms(topic or quiet_topic())
    for alarm in alarms["MetricAlarms"]:
        alarm["ActionsEnabled"] &= topic is not None
    path = folder / "alarms.json"
    path.write_text(json.dumps(alarms), encoding="utf-8")
    return {"region": story.REGION, "account": story.ACCOUNT,
            "alarms": [str(path)], "delay": {"default": "2m"},
            "clock": {"start": story.START, "speed": SPEED}, **more}


def journal(checkpoint="1s", **more):
    return {"segment_size": "256KiB", "segment_age": "1m",
            "checkpoint": checkpoint, **more}


def quiet_topic():
    return f"arn:aws:sns:{story.REGION}:{story.ACCOUNT}:nobody"


def checkpoints(server):
    """The files, oldest first."""
    return sorted((server.data / "checkpoint").glob("*.checkpoint"))


def position(path):
    return int(path.name.split(".")[0])


def first_kept(server):
    return int(server.segments()[0].name.split(".")[0])


def replayed(*paths):
    status, out, errors = tocsin("replay", *paths)
    assert status == 0, errors
    return out.encode().splitlines()


def entries(server):
    status, out, errors = tocsin("journal", "cat", server.journal)
    assert status == 0, errors
    return [json.loads(row) for row in out.splitlines()]


def clock_passed(server, minutes):
    rows = entries(server)
    return rows and story.seconds_of(rows[-1]["time"]) > (
        story.START_S + minutes * 60)


def told_again(server):
    """Entries that the engine applied since the process began."""
    return server.metrics()["tocsin_engine_entries_total"]


def play(server):
    story.Player(server.feed_port, SPEED).play(
        ((minute + 1) * 60 + 5, records)
        for minute, records in story.minutes())


def test_restarts_change_nothing(tmp_path):
    """Stopped and killed at random moments of the story: what the page shows
    in the end is, byte for byte, the replay of the whole log."""
    seed = int(os.environ.get("SEED", time.time_ns() % 1_000_000))
    print(f"SEED={seed}")
    dice = random.Random(seed)
    server = Tocsin(tmp_path, config(tmp_path, journal=journal())).start()
    player = story.Player(server.feed_port, SPEED)
    resumed = 0
    for minute, records in story.minutes():
        player.wait_until((minute + 1) * 60 + 5)
        sender = Sender(server.feed_port)
        assert sender.send(records, f"batch-{minute}").status == 200
        sender.close()
        if minute % 5 == 4:
            until(lambda: checkpoints(server), "a checkpoint")
            time.sleep(dice.random() * 0.2)
            if dice.random() < 0.5:
                assert server.stop() == 0
            else:
                server.kill()
            server.start()
            resumed += "checkpoint_loaded" in server.log()
            # The clock of the log goes on where it was: so does the story.
            player = story.Player(server.feed_port, SPEED)
            player.began -= (minute + 1) * 60 / SPEED
    until(lambda: clock_passed(server, 36), "the end of the story")
    assert server.stop() == 0
    whole = replayed(server.journal)
    server.start()
    assert resumed == 6
    shown = server.transitions()
    assert server.stop() == 0
    assert shown == replayed(server.journal)[:len(shown)]
    assert len(shown) >= len(whole) >= 6


def test_stop_is_followed_by_a_start_at_once(tmp_path):
    """The last checkpoint holds all: nothing of the log is applied again."""
    server = Tocsin(tmp_path, config(tmp_path, journal=journal("1h"))).start()
    sender = Sender(server.feed_port)
    for number in range(200):
        assert sender.send([line(f"n{number % 7}")],
                           f"{number}").status == 200
    sender.close()
    assert server.stop() == 0
    last = entries(server)[-1]["seq"]
    assert [position(path) for path in checkpoints(server)] == [last]
    server.start()
    until(lambda: server.metrics()["tocsin_engine_position"] > last + 2,
          "new entries")
    now = server.metrics()
    # The ticks since, and not one more; both rows are of one moment or two.
    assert now["tocsin_engine_entries_total"] <= (
        now["tocsin_engine_position"] - last + 1)
    assert f"checkpoint_loaded seq={last}" in server.log()
    # Request ids are part of it.
    before = entries(server)[-1]["seq"]
    assert sender.send([line("n1")], "7").status == 200
    assert not any(row.get("request_id") == "7" and row["seq"] > before
                   for row in entries(server))
    assert server.stop() == 0


def spoil(path):
    blob = bytearray(path.read_bytes())
    blob[len(blob) // 2] ^= 0x10
    path.write_bytes(bytes(blob))


@pytest.mark.parametrize("damaged", [1, 2])
def test_damaged_checkpoints(tmp_path, damaged):
    """The newest is damaged: the one before it. Both: the whole log."""
    server = Tocsin(tmp_path, config(tmp_path, journal=journal())).start()
    play(server)
    until(lambda: len(checkpoints(server)) == 2, "two checkpoints")
    assert server.stop() == 0
    whole = replayed(server.journal)
    older, newest = checkpoints(server)
    for path in [newest, older][:damaged]:
        spoil(path)
    server.start()
    log = server.log()
    assert log.count("checkpoint_unusable") == damaged
    assert (f"checkpoint_loaded seq={position(older)}" in log) == (
        damaged == 1)
    assert newest.with_suffix(".checkpoint.bad").exists() or list(
        newest.parent.glob("*.bad"))
    if damaged == 2:
        assert told_again(server) >= position(newest)
        assert "journal_gap" not in log
    shown = server.transitions()
    assert shown[:len(whole)] == whole and len(whole) >= 9
    assert server.stop() == 0


def children(server):
    """Process ids of the server's children."""
    pids = []
    for tasks in pathlib.Path(f"/proc/{server.process.pid}/task").glob(
            "*/children"):
        try:
            pids += map(int, tasks.read_text().split())
        except OSError:
            pass
    return pids


def open_files(pid):
    return [os.readlink(path) for path in pathlib.Path(
        f"/proc/{pid}/fd").iterdir() if int(path.name) > 2]


def stopped_child(server):
    """The child, stopped once it has its file and let go of the lock, and
    before its end; None: there was none."""
    for pid in children(server):
        try:
            os.kill(pid, signal.SIGSTOP)
            stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
            fields = stat.rsplit(")", 1)[1].split()
            names = " ".join(open_files(pid))
            if (fields[0] != "Z" and ".checkpoint.new" in names
                    and "LOCK" not in names):
                return pid
            os.kill(pid, signal.SIGCONT)
        except OSError:
            continue
    return None


def noise(number):
    """A line that zstd makes nothing of."""
    return line("Noise", noise=[hash((number, i)) for i in range(4000)])


def many_series(server, count):
    sender = Sender(server.feed_port)
    for part in range(0, count, 5000):
        text = b"".join(line(f"m{i}") for i in range(part, part + 5000))
        assert sender.send([text], f"many-{part}").status == 200
    sender.close()


def test_killed_while_a_child_writes(tmp_path):
    """The child has neither ports nor the lock, and ends with its parent; what
    it wrote so far counts for nothing. Meanwhile work goes on."""
    server = Tocsin(tmp_path, config(tmp_path, journal=journal())).start()
    many_series(server, 60000)
    until(lambda: checkpoints(server), "a first checkpoint")
    child = until(lambda: stopped_child(server), "a child that writes",
                  every=0.001)
    opened = open_files(child)
    assert all(name.endswith((".checkpoint.new", "oom_score_adj"))
               for name in opened), opened
    # It stands still; nobody else does.
    sender = Sender(server.feed_port)
    before = server.metrics()["tocsin_engine_position"]
    assert sender.send([line("still")], "still").status == 200
    until(lambda: server.metrics()["tocsin_engine_position"] > before + 3,
          "entries to be applied")
    sender.close()
    last = position(checkpoints(server)[-1])
    server.kill()
    until(lambda: not pathlib.Path(f"/proc/{child}").exists() or "Z" in
          pathlib.Path(f"/proc/{child}/stat").read_text(), "its end")
    assert list((server.data / "checkpoint").glob("*.new"))
    server.start()
    assert f"checkpoint_loaded seq={last}" in server.log()
    until(lambda: position(checkpoints(server)[-1]) > last, "the next one")
    assert not list((server.data / "checkpoint").glob(
        f"{last:020d}*.new"))
    assert server.stop() == 0


def test_a_child_that_dies_costs_nothing(tmp_path):
    server = Tocsin(tmp_path, config(tmp_path, journal=journal())).start()
    many_series(server, 60000)
    until(lambda: checkpoints(server), "a first checkpoint")
    child = until(lambda: stopped_child(server), "a child that writes",
                  every=0.001)
    os.kill(child, signal.SIGKILL)
    until(lambda: server.metrics()["tocsin_checkpoints_failed_total"] == 1,
          "the failure to be counted")
    made = server.metrics()["tocsin_checkpoints_total"]
    until(lambda: server.metrics()["tocsin_checkpoints_total"] > made,
          "the next one")
    assert "checkpoint_failed" in server.log()
    assert server.stop() == 0


def test_old_segments_go(tmp_path):
    """Without an archive: what is behind both checkpoints and older than
    retain. What alarms know stays."""
    server = Tocsin(tmp_path, config(
        tmp_path, journal=journal(retain="3m"))).start()
    play(server)
    until(lambda: first_kept(server) > 1, "old segments to go")
    assert first_kept(server) <= position(checkpoints(server)[0]) + 1
    times = [story.seconds_of(row["time"]) for row in entries(server)]
    assert times[-1] - times[0] >= 180
    shown = server.transitions()
    assert b'"lag"' in b"".join(shown)
    assert server.stop() == 0
    server.start()
    assert server.transitions()[:len(shown)] == shown
    assert "journal_gap" not in server.log()
    server.kill()
    # Only with the checkpoints gone too is anything forgotten, and said.
    for path in checkpoints(server):
        path.unlink()
    server.start()
    assert "journal_gap" in server.log()
    assert server.stop() == 0


def test_unarchived_segments_stay(tmp_path, s3):
    """S3 is away: no segment goes, whatever its age. Back: they go."""
    bucket = s3.client()
    bucket.create_bucket(Bucket="late", CreateBucketConfiguration={
        "LocationConstraint": "us-east-2"})
    away = {"bucket": "late", "endpoint": "http://127.0.0.1:1"}
    server = Tocsin(tmp_path, config(
        tmp_path, journal=journal(retain="1m"),
        sinks={"s3": away}), env=s3.credentials()).start()
    sender = Sender(server.feed_port)
    assert sender.send([line("n")], "1").status == 200
    sender.close()
    until(lambda: server.metrics()["tocsin_checkpoints_total"] >= 3,
          "three checkpoints")
    assert len(server.segments()) > 5 and first_kept(server) == 1
    server.kill()
    names = {path.name for path in server.segments()}
    server.config["sinks"]["s3"]["endpoint"] = s3.url
    with server:
        until(lambda: first_kept(server) > 1, "old segments to go")
        gone = names - {path.name for path in server.segments()}
    rows = bucket.list_objects_v2(Bucket="late").get("Contents", [])
    assert gone and gone <= {row["Key"].rsplit("/", 1)[1] for row in rows}


def test_undelivered_outlive_their_segments(tmp_path, aws):
    """SNS is away while it rings, the log of that time is removed, and the
    process is killed: all arrives, each under its own id."""
    inbox = Inbox(aws, "outlive", story.REGION)
    settings = config(tmp_path, inbox.arn, journal=journal(retain="1m"),
                      sinks={"sns": {"endpoint": "http://127.0.0.1:1"}})
    server = Tocsin(tmp_path, settings, env=aws.credentials()).start()
    play(server)
    rang = until(lambda: len(server.transitions()) >= 9 and
                 server.transitions(), "the story to ring")
    want = [json.loads(row) for row in rang]
    last = until(lambda: max(entries(server)[-1]["seq"], 1), "the log")
    until(lambda: first_kept(server) > last, "its segments to go")
    server.kill()
    server.config["sinks"]["sns"]["endpoint"] = aws.url
    server.start()
    ids = [row["id"] for row in want if row["alarm"] != "quiet"]

    def arrived():
        return [one["MessageAttributes"]["id"]["Value"]
                for one in inbox.fetch()]

    until(lambda: set(ids) <= set(arrived()), "SNS to have all")
    assert server.stop() == 0
    got = arrived()
    assert [one for one in got if one in ids] == ids
    status, _ = http_get(server.admin_port, "/readyz")
    assert status == 0


def many_alarms(topics, count):
    """Alarms on one metric, each with all the topics."""
    return {"CompositeAlarms": [], "MetricAlarms": [
        {**story.alarm(f"a{number}", topics[0], EvaluationPeriods=1,
                       DatapointsToAlarm=1),
         "OKActions": topics, "AlarmActions": topics}
        for number in range(count)]}


def flip(server, sender):
    """A point of the last whole minute, high and low in turns."""
    now = int(story.seconds_of(entries(server)[-1]["time"]))
    minute = now // 60 - 1
    text = line("Lag", minute * 60000, 2000.0 * (minute % 2), 1.0,
                region=story.REGION)
    return sender.send([text], f"flip-{minute}").status == 200


def test_a_pipeline_that_stands_still(tmp_path, aws):
    """SNS is away until nothing more can be held: data is taken and kept all
    the while, /readyz says why it stands still, and a full journal is 503."""
    topics = [quiet_topic() + str(number) for number in range(5)]
    path = tmp_path / "many.json"
    path.write_text(json.dumps(many_alarms(topics, 4000)), encoding="utf-8")
    server = Tocsin(tmp_path, {
        "region": story.REGION, "account": story.ACCOUNT,
        "alarms": [str(path)], "delay": {"default": "1m"},
        "clock": {"start": story.START, "speed": SPEED},
        "journal": journal(limit="1MiB"),
        "sinks": {"sns": {"endpoint": "http://127.0.0.1:1"}}},
        env=aws.credentials()).start()
    sender = Sender(server.feed_port)
    until(lambda: flip(server, sender) and
          "notifications_full" in server.log(), "a full queue", every=0.05)
    until(lambda: http_get(server.admin_port, "/readyz")[0] == 503,
          "it to be seen")
    _, why = http_get(server.admin_port, "/readyz")
    assert b"standing still" in why and b"of them for sns-" in why
    until(lambda: "pipeline_stands" in server.log(), "words in the log")
    assert server.metrics()["tocsin_engine_standing"] == 1
    held = server.metrics()["tocsin_notifier_waiting_bytes"]
    assert held <= 257 * 1024 * 1024
    at = server.metrics()["tocsin_engine_position"]
    number = 0
    while sender.send([noise(number)], f"n{number}").status == 200:
        number += 1
    assert number > 5
    status = sender.send([noise(number)], f"n{number}").status
    assert status == 503
    assert server.metrics()["tocsin_engine_position"] == at
    assert server.metrics()["tocsin_notifier_waiting_bytes"] == held
    sender.close()
    server.kill()


def test_request_ids_outlive_kills(tmp_path):
    """Each start goes on from a checkpoint; what it or the log behind it
    holds is answered and adds nothing."""
    server = Tocsin(tmp_path, config(tmp_path, journal=journal())).start()
    sent = 0
    for kill in range(1, 4):
        sender = Sender(server.feed_port)
        made = max(map(position, checkpoints(server)), default=0)
        until(lambda: max(map(position, checkpoints(server)), default=0) >
              made, "another checkpoint")
        for _ in range(100):
            assert sender.send([line("once")], f"id-{sent}").status == 200
            sent += 1
        sender.close()
        server.kill()
        server.start()
        assert server.log().count("checkpoint_loaded") == kill
    sender = Sender(server.feed_port)
    for number in range(sent):
        assert sender.send([line("once")], f"id-{number}").status == 200
    sender.close()
    assert server.metrics()["tocsin_journal_repeats_total"] == sent
    assert server.stop() == 0
    ids = [row["request_id"] for row in entries(server) if row.get(
        "request_id")]
    assert len(ids) == len(set(ids)) == sent
