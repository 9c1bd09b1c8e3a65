"""A replica into a Kinesis data stream: all of it, in order per series, also
through every fault on the way and kills of tocsin."""

import base64
import json

import pytest

import streams
from firehose import Sender, line
from payloads import OTLP
from proxy import FAULTS, Answer, FaultProxy
from servers import Tocsin, until

REGION = "us-west-2"


def near_of(folder, aws, stream, endpoint=None, **more):
    return Tocsin(folder, {"region": "us-east-2", "sinks": {"replica": [
        {"name": "kds", "kinesis": {
            "stream": stream, "region": REGION,
            "endpoint": endpoint or aws.url, **more}}]}},
        env=aws.credentials())


def delivered(near):
    """Nothing of the log waits for the replica."""
    rows = near.metrics()
    return (rows['tocsin_delivery_position{sink="replica-kds"}']
            >= rows["tocsin_journal_last_seq"])


def read_back(stream):
    """All lines of the stream, without repeats; each series is in one shard,
    and in order there."""
    lines, homes = [], {}
    for number, shard in enumerate(stream.shards()):
        here = streams.in_order(streams.without_repeats(shard))
        lines += here
        for row in here:
            name = row.partition(b'"timestamp"')[0]
            assert homes.setdefault(name, number) == number
    return sorted(lines)


def send(sender, load, batches, first=0):
    for number in range(first, first + batches):
        assert sender.send(load.batch(), f"b{number}").status == 200


def test_all_of_it_in_order(tmp_path, aws):
    stream = streams.KinesisStream(aws, "whole", REGION)
    load = streams.Load(series=150, records=7)
    with near_of(tmp_path, aws, "whole") as near:
        send(Sender(near.feed_port), load, 20)
        until(lambda: delivered(near), "the stream to have it")
        assert read_back(stream) == sorted(load.sent)
        repeats = [row["PartitionKey"] for shard in stream.shards()
                   for row in shard]
        assert set(repeats) <= {f"tocsin-{n:02}" for n in range(64)}


@pytest.mark.parametrize("fault", ["delay", "reset", "lost", "500", "503",
                                   "forgot", "half", "inside", "claim"])
def test_faults(tmp_path, aws, fault):
    stream = streams.KinesisStream(aws, f"fault-{fault}", REGION)
    load = streams.Load(series=40)
    with FaultProxy(aws.url) as proxy, near_of(
            tmp_path, aws, f"fault-{fault}", proxy.url) as near:
        proxy.seconds = 0.2
        proxy.plan = [fault, None, None, fault]
        send(Sender(near.feed_port), load, 6)
        until(lambda: delivered(near), "the stream to have it")
        assert proxy.faults() == {fault: 2}
        rows = near.metrics()
    assert read_back(stream) == sorted(load.sent)
    assert rows['tocsin_delivery_dead_total{sink="replica-kds"}'] == 0
    if fault == "claim":
        # Only what was said to have failed came again.
        again = sum(len(shard) - len(streams.without_repeats(shard))
                    for shard in stream.shards())
        assert again == 2


def test_kills(tmp_path, aws):
    """kill -9 while the way is bad: nothing is lost, what came twice can be
    told."""
    stream = streams.KinesisStream(aws, "kills", REGION)
    load = streams.Load(series=30)
    with FaultProxy(aws.url, seed=7) as proxy:
        near = near_of(tmp_path, aws, "kills", proxy.url)
        proxy.seconds = 0.05
        proxy.chances = {"delay": 0.4, "claim": 0.1, "forgot": 0.05}
        for life in range(5):
            near.start()
            send(Sender(near.feed_port), load, 8, 8 * life)
            sent = len(proxy.seen)
            until(lambda: len(proxy.seen) > sent + 2 or delivered(near),
                  "some to go out")
            near.kill()
        proxy.chances = {}
        with near:
            until(lambda: delivered(near), "the rest")
    assert read_back(stream) == sorted(load.sent)


def half_of_it(client):
    """A fault: every other record is put, the others are said to be
    throttled."""
    def some(handler, request):
        body = json.loads(request.body)
        rows = [{"Data": base64.b64decode(row["Data"]),
                 "PartitionKey": row["PartitionKey"]}
                for row in body["Records"]]
        handler.proxy.halved += len(rows) > 1
        taken = client.put_records(StreamName=body["StreamName"],
                                   Records=rows[::2])["Records"]
        slow = {"ErrorCode": "ProvisionedThroughputExceededException",
                "ErrorMessage": "slow down"}
        answers = [taken[at // 2] if at % 2 == 0 else slow
                   for at in range(len(rows))]
        handler.reply(request, Answer(200, [], json.dumps(
            {"FailedRecordCount": len(rows) // 2,
             "Records": answers}).encode()))
    return some


def test_throttled(tmp_path, aws, monkeypatch):
    """Half of each request is refused, and lanes are fuller than a record:
    nothing overtakes, only what was refused comes again."""
    stream = streams.KinesisStream(aws, "slow", REGION)
    monkeypatch.setitem(FAULTS, "some", half_of_it(stream.client))
    fat = {"dimensions": {"Cluster": "x" * 1000}}
    lines = [line(f"m{number % 7}", 1611929640000 + 60000 * number, **fat)
             for number in range(2000)]
    with FaultProxy(aws.url) as proxy, near_of(
            tmp_path, aws, "slow", proxy.url, record_size="64KiB") as near:
        proxy.chances, proxy.halved = {"some": 1.0}, 0
        sender = Sender(near.feed_port)
        records = [b"".join(lines[at:at + 500]) for at in range(0, 2000, 500)]
        assert sender.send(records, "a").status == 200
        until(lambda: delivered(near), "the stream to have it")
        rows = near.metrics()
    assert proxy.halved > 3
    assert rows['tocsin_delivery_retries_total{sink="replica-kds"}'] == 0
    assert read_back(stream) == sorted(lines)
    assert sum(map(len, stream.shards())) == sum(
        len(streams.without_repeats(shard)) for shard in stream.shards())


def test_ids_for_readers_of_shards(tmp_path, aws):
    """record_ids: the key names the record, and a series keeps its shard."""
    stream = streams.KinesisStream(aws, "ids", REGION)
    load = streams.Load(series=60)
    with FaultProxy(aws.url) as proxy, near_of(
            tmp_path, aws, "ids", proxy.url, record_ids=True) as near:
        proxy.plan = [None, "claim", "forgot"]
        send(Sender(near.feed_port), load, 5)
        until(lambda: delivered(near), "the stream to have it")
    rows = [row for shard in stream.shards() for row in shard]
    by_key = {}
    for row in rows:
        assert by_key.setdefault(row["PartitionKey"],
                                 row["Data"]) == row["Data"]
    assert len(by_key) < len(rows)
    assert all(key.startswith("tocsin-") for key in by_key)
    assert read_back(stream) == sorted(load.sent)
    assert sum(bool(shard) for shard in stream.shards()) > 1


def test_large_and_mixed(tmp_path, aws):
    """More than a request holds, and OpenTelemetry beside JSON: each record
    of the stream can be read by itself."""
    stream = streams.KinesisStream(aws, "large", REGION)
    fat = {"dimensions": {"Cluster": "x" * 1000}}
    lines = [line(f"m{number % 7}", 1611929640000 + 60000 * number, **fat)
             for number in range(6000)]
    records = [b"".join(lines[at:at + 500]) for at in range(0, 6000, 500)]
    with near_of(tmp_path, aws, "large") as near:
        sender = Sender(near.feed_port)
        assert sender.send([*records, OTLP, OTLP, b""], "a").status == 200
        assert sender.send([OTLP], "b").status == 200
        until(lambda: delivered(near), "the stream to have it")
    rows = [row["Data"] for shard in stream.shards() for row in shard]
    text = [row for row in rows if row.startswith(b"{")]
    assert sorted(b"".join(text).splitlines(keepends=True)) == sorted(lines)
    assert b"".join(row for row in rows
                    if not row.startswith(b"{")) == 3 * OTLP
    assert max(map(len, rows)) <= 1024 * 1024
