"""A replica into a Firehose stream that writes to S3: all of it, through every
fault on the way and kills of tocsin."""

import uuid

import pytest

import streams
from firehose import Sender
from payloads import OTLP
from proxy import FaultProxy
from servers import Tocsin, until

REGION = "us-west-2"


class FirehoseStream:
    """With its bucket, which is read back."""

    def __init__(self, aws):
        self.name = f"replica-{uuid.uuid4().hex[:12]}"
        self.s3 = aws.client("s3", REGION)
        self.s3.create_bucket(Bucket=self.name, CreateBucketConfiguration={
            "LocationConstraint": REGION})
        aws.client("firehose", REGION).create_delivery_stream(
            DeliveryStreamName=self.name,
            DeliveryStreamType="DirectPut",
            S3DestinationConfiguration={
                "RoleARN": "arn:aws:iam::123456789012:role/firehose",
                "BucketARN": f"arn:aws:s3:::{self.name}"})

    def data(self):
        """What the objects hold, in no order that means something."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.name)
        return b"".join(
            self.s3.get_object(Bucket=self.name, Key=row["Key"])["Body"].read()
            for page in pages for row in page.get("Contents", []))


def near_of(folder, aws, stream, endpoint=None):
    return Tocsin(folder, {"region": "us-east-2", "sinks": {"replica": [
        {"name": "fh", "firehose": {
            "stream": stream.name, "region": REGION,
            "endpoint": endpoint or aws.url}}]}}, env=aws.credentials())


def delivered(near):
    rows = near.metrics()
    return (rows['tocsin_delivery_position{sink="replica-fh"}']
            >= rows["tocsin_journal_last_seq"])


def send(sender, load, batches, first=0):
    for number in range(first, first + batches):
        assert sender.send(load.batch(), f"b{number}").status == 200


def test_all_of_it(tmp_path, aws):
    stream = FirehoseStream(aws)
    load = streams.Load(series=600, records=600)  # more than one request
    with near_of(tmp_path, aws, stream) as near:
        sender = Sender(near.feed_port)
        send(sender, load, 3)
        until(lambda: delivered(near), "the stream to have it")
        assert sorted(stream.data().splitlines(keepends=True)) == sorted(
            load.sent)
        assert sender.send([OTLP, b""], "otlp").status == 200
        until(lambda: OTLP in stream.data(), "OpenTelemetry as it was")


@pytest.mark.parametrize("fault", ["delay", "reset", "lost", "500", "503",
                                   "forgot", "half", "inside", "claim"])
def test_faults(tmp_path, aws, fault):
    stream = FirehoseStream(aws)
    load = streams.Load(series=9)
    with FaultProxy(aws.url) as proxy, near_of(
            tmp_path, aws, stream, proxy.url) as near:
        proxy.seconds = 0.2
        proxy.plan = [fault, None, None, fault]
        send(Sender(near.feed_port), load, 6)
        until(lambda: delivered(near), "the stream to have it")
        assert proxy.faults() == {fault: 2}
        rows = near.metrics()
    got = stream.data().splitlines(keepends=True)
    assert sorted(set(got)) == sorted(load.sent)
    assert rows['tocsin_delivery_dead_total{sink="replica-fh"}'] == 0
    if fault in ("delay", "reset", "500", "503", "inside"):
        assert len(got) == len(load.sent)
    if fault == "claim":  # only the record that was said to have failed
        assert len(got) == len(load.sent) + 2 * 3


def test_kills(tmp_path, aws):
    stream = FirehoseStream(aws)
    load = streams.Load(series=9)
    with FaultProxy(aws.url, seed=3) as proxy:
        near = near_of(tmp_path, aws, stream, proxy.url)
        proxy.seconds = 0.05
        proxy.chances = {"delay": 0.4, "claim": 0.1, "forgot": 0.05}
        for life in range(4):
            near.start()
            send(Sender(near.feed_port), load, 8, 8 * life)
            sent = len(proxy.seen)
            until(lambda: len(proxy.seen) > sent + 2 or delivered(near),
                  "some to go out")
            near.kill()
        proxy.chances = {}
        with near:
            until(lambda: delivered(near), "the rest")
    assert sorted(set(stream.data().splitlines(keepends=True))) == sorted(
        load.sent)
