"""tocsin's own metrics: a journal that fills rings like any other alarm."""

import json
import shutil

import pytest

import story
from firehose import Sender, line
from servers import ROOT, Inbox, Tocsin, tocsin, until

SPEED = 600
PACK = ROOT / "packs/tocsin/alarms.json"


def kinds(sinks):
    """Names of sinks without that of the topic."""
    return {"-".join((sink or "").split("-")[:4]) for sink in sinks}


def pack(folder, topic):
    """The alarms of the pack, ringing there."""
    alarms = json.loads(PACK.read_text(encoding="utf-8"))
    for alarm in alarms["MetricAlarms"]:
        alarm["OKActions"] = alarm["AlarmActions"] = [topic]
    path = folder / "pack.json"
    path.write_text(json.dumps(alarms), encoding="utf-8")
    return str(path)


def config(alarms, **more):
    return {"region": story.REGION, "account": story.ACCOUNT,
            "alarms": alarms, "delay": {"default": "2m"},
            "clock": {"start": story.START, "speed": SPEED}, **more}


def points(server):
    status, out, errors = tocsin("decode", server.journal)
    assert status == 0, errors
    return [json.loads(row) for row in out.splitlines()]


def noise(number):
    """A line that zstd makes nothing of."""
    return line("Noise", noise=[hash((number, i)) for i in range(8000)])


def fill(server, enough):
    """Sends noise until there is enough, or it is refused; gives the last
    status."""
    sender = Sender(server.feed_port)
    status = 200
    while status == 200 and not enough():
        fill.sent += 1
        status = sender.send([noise(fill.sent)], f"{fill.sent}").status
    sender.close()
    return status


fill.sent = 0


def states(lines, alarm):
    rows = [json.loads(row) for row in lines]
    return [row["to"] for row in rows if row["alarm"] == alarm]


def test_a_disk_that_fills_rings(tmp_path, aws):
    """Nine tenths of the limit are used: SNS is told, and full of it the
    journal takes no more, while the alarm stays."""
    disk = shutil.disk_usage(tmp_path)
    if disk.free < 0.12 * disk.total:
        pytest.skip("this disk is nearly full by itself")
    inbox = Inbox(aws, "disk", story.REGION)
    server = Tocsin(tmp_path, config(
        [pack(tmp_path, inbox.arn)], journal={
            "limit": "2MiB", "segment_size": "256KiB", "segment_age": "1m"},
        sinks={"sns": {"endpoint": aws.url}}), env=aws.credentials()).start()
    name = "tocsin-journal-nearly-full"
    until(lambda: states(server.transitions(), name) == ["OK"], "all is well")
    limit = 2 * 1024 * 1024
    fill(server, lambda: server.metrics()["tocsin_journal_size_bytes"]
         > 0.93 * limit)
    until(lambda: states(server.transitions(), name) == ["OK", "ALARM"],
          "the alarm")
    until(lambda: any(name in one["Subject"] and "ALARM" in one["Subject"]
                      for one in inbox.fetch()), "SNS to be told")
    # It goes on until nothing is taken any more.
    assert fill(server, lambda: False) == 503
    assert states(server.transitions(), name) == ["OK", "ALARM"]
    rows = [row for row in points(server) if row["namespace"] == "Tocsin"]
    free = [row["min"] for row in rows if row["metric"] == "JournalFree"]
    assert free[0] > 12 and min(free) < 10
    assert {row["metric"] for row in rows} == {
        "JournalFree", "JournalFreeBytes", "EvaluatorBehind", "CommitTime",
        "DeliveryBehind"}
    assert kinds(row["dimensions"].get("Sink") for row in rows) == {
        "", "sns-us-east-2"}
    assert all(row["dimensions"]["Name"] == "tocsin" and
               row["account"] == story.ACCOUNT and
               row["region"] == story.REGION and
               row["timestamp"] % 60000 == 0 for row in rows)
    server.stop()
    # Replayed, it rings the same.
    status, out, errors = tocsin("replay", server.journal)
    assert status == 0, errors
    assert states(out.splitlines(), name) == ["OK", "ALARM"]


def test_nobody_reads_nothing_is_written(tmp_path):
    """Only what an alarm reads is appended; a reload can begin it."""
    path = tmp_path / "none.json"
    path.write_text('{"MetricAlarms": [], "CompositeAlarms": []}',
                    encoding="utf-8")
    server = Tocsin(tmp_path, config([str(path)])).start()
    until(lambda: server.metrics()["tocsin_ticks_total"] > 30, "some ticks")
    assert points(server) == []
    path.write_text(PACK.read_text(encoding="utf-8"), encoding="utf-8")
    server.process.send_signal(1)
    until(lambda: points(server), "the first points")
    assert server.metrics()["tocsin_own_metrics_total"] >= 1
    assert server.stop() == 0


def test_a_sink_that_is_away_is_seen(tmp_path, aws):
    """DeliveryBehind grows while SNS does not answer."""
    inbox = Inbox(aws, "behind", story.REGION)
    server = Tocsin(tmp_path, config(
        [pack(tmp_path, inbox.arn)], sinks={
            "sns": {"endpoint": "http://127.0.0.1:1"}}),
        env=aws.credentials()).start()
    until(lambda: "ALARM" in states(server.transitions(),
                                    "tocsin-delivery-behind"), "the alarm")
    rows = [json.loads(row) for row in server.transitions()]
    assert kinds(row["contributor"]["attributes"]["Sink"] for row in rows
                 if row["alarm"] == "tocsin-delivery-behind"
                 and "contributor" in row) == {"sns-us-east-2"}
    server.kill()
