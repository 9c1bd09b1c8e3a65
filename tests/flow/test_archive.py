"""Sealed segments arrive in an S3 that verifies signatures, as they are."""

import subprocess

import pytest

from firehose import Sender, line
from servers import PATIENCE, S3Proxy, Tocsin, until

BUCKET = "archive"


@pytest.fixture(scope="module")
def bucket(s3):
    client = s3.client()
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={
        "LocationConstraint": "us-east-2"})
    return client


def config(s3, prefix):
    return {"name": "one", "region": "us-east-2",
            "clock": {"start": "2026-01-01T00:00:00Z", "speed": 200},
            "journal": {"segment_size": "256KiB", "segment_age": "30s"},
            "sinks": {"s3": {"bucket": BUCKET, "prefix": prefix,
                             "endpoint": s3.url}}}


def keys(client, prefix):
    rows = client.list_objects_v2(Bucket=BUCKET, Prefix=prefix)
    return [row["Key"] for row in rows.get("Contents", [])]


def objects(client, prefix):
    """{key: bytes} below the prefix, in the order of keys."""
    return {key: client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
            for key in keys(client, prefix)}


def feed(server, first, count):
    sender = Sender(server.feed_port)
    for number in range(first, first + count):
        assert sender.send([line(f"n{number}")], f"{number}").status == 200


def sealed(server):
    """All segments but the one that is written."""
    return {path.name: path.read_bytes() for path in server.segments()[:-1]}


def arrived(server, client, prefix, count):
    """True when every sealed segment of at least `count` lies in S3."""
    files = sealed(server)
    names = {key.rsplit("/", 1)[1] for key in keys(client, prefix)}
    return len(files) >= count and set(files) <= names


def zstd(blob):
    return subprocess.run(["zstd", "-dc"], input=blob, check=True,
                          capture_output=True, timeout=PATIENCE).stdout


def test_segments_arrive(tmp_path, s3, bucket):
    server = Tocsin(tmp_path, config(s3, "a/"), env=s3.credentials())
    with server:
        for part in range(4):
            feed(server, part * 50, 50)
            until(lambda: len(sealed(server)) > part, "a segment to close")
        until(lambda: arrived(server, bucket, "a/", 4), "S3 to have it")
    stored, files = objects(bucket, "a/"), sealed(server)
    assert list(stored) == sorted(stored)
    for key, blob in stored.items():
        assert key.startswith("a/one/year=2026/month=01/day=01/hour=")
        name = key.rsplit("/", 1)[1]
        assert blob == (server.journal / name).read_bytes()
    assert len(stored) >= 4 and set(files) <= {
        key.rsplit("/", 1)[1] for key in stored}
    plain = b"".join(zstd(blob) for blob in stored.values())
    assert server.plain().startswith(plain)
    assert plain.count(b"\n") >= 150


def test_wrong_secret_then_right(tmp_path, s3, bucket):
    """Refused signatures are said, and cost nothing but time."""
    wrong = {**s3.credentials(), "AWS_SECRET_ACCESS_KEY": "not-the-secret"}
    server = Tocsin(tmp_path, config(s3, "b/"), env=wrong).start()
    feed(server, 0, 50)
    until(lambda: len(sealed(server)) >= 2, "segments to close")
    until(lambda: "SignatureDoesNotMatch" in server.log(), "words about it")
    assert "not-the-secret" not in server.log()
    assert objects(bucket, "b/") == {}
    server.kill()
    server.env.update(s3.credentials())
    with server:
        until(lambda: arrived(server, bucket, "b/", 2), "S3 to have it")
    plain = b"".join(zstd(blob) for blob in objects(bucket, "b/").values())
    assert server.plain().startswith(plain) and plain.count(b"\n") == 50


def test_s3_away_for_a_while(tmp_path, tmp_path_factory):
    """The endpoint is down at first; segments wait on the disk."""
    away = S3Proxy(tmp_path_factory.mktemp("away"))
    server = Tocsin(tmp_path, config(away, "c/"), env=away.credentials())
    with server:
        feed(server, 0, 20)
        until(lambda: len(sealed(server)) >= 1, "a segment to close")
        with away:
            client = away.client()
            client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={
                "LocationConstraint": "us-east-2"})
            until(lambda: arrived(server, client, "c/", 1), "S3 to have it",
                  90)


def test_same_object_again(tmp_path, s3, bucket):
    """Without its position file it sends all again: the same keys, the same
    bytes, nothing new."""
    server = Tocsin(tmp_path, config(s3, "d/"), env=s3.credentials())
    with server:
        feed(server, 0, 20)
        until(lambda: arrived(server, bucket, "d/", 2), "S3 to have it")
    before = objects(bucket, "d/")
    positions = [path for path in server.data.rglob("*.position")
                 if "s3" in path.name]
    assert positions
    for path in positions:
        path.unlink()
    with server:
        until(lambda: [path for path in server.data.rglob("*.position")
                       if "s3" in path.name], "the position to be written")
        until(lambda: arrived(server, bucket, "d/", 3), "S3 to have the rest")
    after = objects(bucket, "d/")
    assert {key: after[key] for key in before} == before
    assert len(set(after)) == len({key.rsplit("/", 1)[1] for key in after})
