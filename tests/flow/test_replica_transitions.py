"""send: [records, transitions]: what an alarm did goes to the other Region
beside the records, each line once by its id, in order, also after kills."""

import json

import story
import streams
from firehose import Sender
from proxy import FaultProxy
from servers import Tocsin, http_get, until

SPEED = 300
REGION = "us-west-2"


def near_of(folder, aws, url, send):
    alarms = folder / "alarms.json"
    for alarm in (document := story.alarms("x"))["MetricAlarms"]:
        alarm.update(OKActions=[], AlarmActions=[],
                     InsufficientDataActions=[])
    alarms.write_text(json.dumps(document), encoding="utf-8")
    return Tocsin(folder, {
        "region": story.REGION, "account": story.ACCOUNT,
        "alarms": [str(alarms)], "delay": {"default": "2m"},
        "clock": {"start": story.START, "speed": SPEED},
        "journal": {"checkpoint": "5s"},
        "sinks": {"replica": [{"name": "kds", "send": send, "kinesis": {
            "stream": "transitions", "region": REGION, "endpoint": url}}]}},
        env=aws.credentials())


def rows_of(stream):
    """(lines of metrics, transitions without repeats), in order."""
    metrics, transitions, seen = [], [], set()
    for shard in stream.shards():
        for record in shard:
            for row in record["Data"].splitlines(keepends=True):
                one = json.loads(row)
                if "metric_name" in one:
                    metrics.append(row)
                elif one["id"] not in seen:
                    seen.add(one["id"])
                    transitions.append(row.rstrip(b"\n"))
    return metrics, transitions


def play(near, batches):
    """In the story's own time."""
    player = story.Player(near.feed_port, SPEED)
    sender = Sender(near.feed_port)
    for number, (minute, records) in enumerate(batches):
        player.wait_until(60 * number)
        assert sender.send(records, f"m{minute}").status == 200


def test_transitions(tmp_path, aws):
    stream = streams.KinesisStream(aws, "transitions", REGION)
    with FaultProxy(aws.url, seed=5) as proxy:
        proxy.chances = {"forgot": 0.1, "claim": 0.1, "reset": 0.05}
        near = near_of(tmp_path, aws, proxy.url, ["records", "transitions"])
        near.start()
        batches = list(story.minutes())
        play(near, batches[:15])
        until(lambda: len(near.transitions()) >= 3, "some transitions")
        near.kill()
        near.start()
        play(near, batches[15:])
        until(lambda: len(near.transitions()) >= 8, "the story's end")
        proxy.chances = {}
        sent = {row for _, records in batches for record in records
                for row in record.splitlines(keepends=True)}
        until(lambda: rows_of(stream)[1] == near.transitions()
              and set(rows_of(stream)[0]) == sent, "the stream to have it")
        live = near.transitions()
        assert len(live) == len({json.loads(row)["id"] for row in live})
        status = {one["sink"]: one for one in json.loads(
            http_get(near.admin_port, "/api/replicas")[1])}
        assert status["transitions-kds"]["sends"] == "transitions"
        assert status["transitions-kds"]["dead"] == 0
        assert near.stop() == 0

