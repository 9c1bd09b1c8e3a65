"""Archives in S3: configurations, what lies there, records to fill them."""

import base64
import random
import subprocess

from firehose import Sender, line
from servers import PATIENCE

BUCKET = "archive"


def make_bucket(client, name=BUCKET):
    client.create_bucket(Bucket=name, CreateBucketConfiguration={
        "LocationConstraint": "us-east-2"})
    return client


def config(url, prefix, journal=None, clock=None, **more):
    """Small segments on a fast clock; `more` goes to `sinks: s3:`."""
    return {"name": "one", "region": "us-east-2",
            "clock": {"start": "2026-01-01T00:00:00Z", "speed": 200,
                      **(clock or {})},
            "journal": {"segment_size": "256KiB", "segment_age": "30s",
                        **(journal or {})},
            "sinks": {"s3": {"bucket": BUCKET, "prefix": prefix,
                             "endpoint": url, **more}}}


def keys(client, prefix, bucket=BUCKET):
    """All of them, in order."""
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=prefix)
    return [row["Key"] for page in pages for row in page.get("Contents", [])]


def objects(client, prefix, bucket=BUCKET):
    """{key: bytes} below the prefix, in the order of keys. S3Proxy lists
    uploads that are not complete too."""
    found = {}
    for key in keys(client, prefix, bucket):
        try:
            found[key] = client.get_object(Bucket=bucket,
                                           Key=key)["Body"].read()
        except client.exceptions.NoSuchKey:
            continue
    return found


def segments(client, prefix, bucket=BUCKET):
    """{name: bytes} of the segments alone."""
    return {key.rsplit("/", 1)[1]: blob
            for key, blob in objects(client, prefix, bucket).items()
            if "/hour=" in key}


def feed(server, first, count, **more):
    sender = Sender(server.feed_port)
    for number in range(first, first + count):
        assert sender.send([line(f"n{number}", **more)],
                           f"{number}").status == 200
    sender.close()


def noise(server, mebibytes, seed=0):
    """Records that stay so large when they are compressed."""
    dice, sender = random.Random(seed), Sender(server.feed_port)
    for number in range(mebibytes * 2):
        value = base64.b64encode(dice.randbytes(512 * 1024)).decode()
        records = [line(f"x{number}", dimensions={f"d{part}": value[
            part * 350000:(part + 1) * 350000] for part in range(2)})]
        assert sender.send(records, f"noise-{seed}-{number}").status == 200
    sender.close()


def sealed(server):
    """All segments but the one that is written."""
    return {path.name: path.read_bytes() for path in server.segments()[:-1]}


def arrived(server, client, prefix, count, bucket=BUCKET):
    """True when every sealed segment, of at least `count`, lies in S3."""
    files = sealed(server)
    names = {key.rsplit("/", 1)[1] for key in keys(client, prefix, bucket)}
    return len(files) >= count and set(files) <= names


def zstd(blob):
    return subprocess.run(["zstd", "-dc"], input=blob, check=True,
                          capture_output=True, timeout=PATIENCE).stdout
