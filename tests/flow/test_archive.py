"""Sealed segments arrive in an S3 that verifies signatures, as they are."""

import json
import shutil
import ssl

import pytest

import archive
from archive import (BUCKET, arrived, config, feed, keys, make_bucket, objects,
                     sealed, segments, zstd)
from firehose import Sender, line
from http2 import certificate
from proxy import FaultProxy
from servers import S3Proxy, Tocsin, tocsin, until


@pytest.fixture(scope="module")
def bucket(s3):
    client = s3.client()
    if BUCKET not in [b["Name"] for b in client.list_buckets()["Buckets"]]:
        make_bucket(client)
    return client


def test_segments_arrive(tmp_path, s3, bucket):
    server = Tocsin(tmp_path, config(s3.url, "a/"), env=s3.credentials())
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
    server = Tocsin(tmp_path, config(s3.url, "b/"), env=wrong).start()
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
    server = Tocsin(tmp_path, config(away.url, "c/"), env=away.credentials())
    with server:
        feed(server, 0, 20)
        until(lambda: len(sealed(server)) >= 1, "a segment to close")
        with away:
            client = make_bucket(away.client())
            until(lambda: arrived(server, client, "c/", 1), "S3 to have it",
                  90)


def test_same_object_again(tmp_path, s3, bucket):
    """Without its position file it sends all again: the same keys, the same
    bytes, nothing new."""
    server = Tocsin(tmp_path, config(s3.url, "d/"), env=s3.credentials())
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


def test_two_buckets(tmp_path, s3, bucket, tmp_path_factory):
    """One is away: the other goes on; then it gets all the same."""
    away = S3Proxy(tmp_path_factory.mktemp("west"))
    both = config(s3.url, "e/")
    east = both["sinks"]["s3"]
    both["sinks"]["s3"] = [east, {**east, "name": "west", "endpoint":
                                  away.url, "region": "us-west-2"}]
    server = Tocsin(tmp_path, both, env=s3.credentials())
    with server:
        feed(server, 0, 20)
        until(lambda: arrived(server, bucket, "e/", 2), "the near one")
        names = {path.name for path in server.data.rglob("s3*.position")}
        assert names == {"s3.position", "s3-west.position"}
        metrics = server.metrics()
        assert metrics['tocsin_delivery_position{sink="s3"}'] > 0
        assert metrics['tocsin_delivery_position{sink="s3-west"}'] == 0
        with away:
            client = make_bucket(away.client())
            until(lambda: arrived(server, client, "e/", 2), "the far one", 90)
            near, far = objects(bucket, "e/"), objects(client, "e/")
    common = set(near) & set(far)
    assert len(common) >= 2 and all(near[key] == far[key] for key in common)


@pytest.mark.parametrize("fault", ["reset", "lost", "500", "503", "forgot",
                                   "half", "delay", "hang"])
def test_each_fault(tmp_path, s3, bucket, fault):
    """Of the first PUT, and of what asks whether it is there."""
    prefix = f"h-{fault}/"
    with FaultProxy(s3.url) as proxy:
        proxy.only = lambda request: request.method in ("PUT", "HEAD")
        proxy.plan = [fault]
        server = Tocsin(tmp_path, config(proxy.url, prefix),
                        env=s3.credentials())
        with server:
            feed(server, 0, 20)
            until(lambda: sum(proxy.faults().values()) == 1, "the fault")
            if fault == "hang":
                server.kill()
                server.start()
            until(lambda: arrived(server, bucket, prefix, 2), "S3 to have it",
                  90)
        stored = segments(bucket, prefix)
        assert stored and all(
            blob == (server.journal / name).read_bytes()
            for name, blob in stored.items())
        puts = [request for request in proxy.seen if request.method == "PUT"]
        assert all(request.headers["If-None-Match"] == "*" and
                   request.headers["x-amz-checksum-crc32c"]
                   for request in puts)
        # What was kept and not acknowledged is asked for, not sent again.
        if fault in ("lost", "forgot"):
            assert "412" in [str(request.status) for request in puts]
            assert "HEAD" in [request.method for request in proxy.seen]
    assert not list(server.data.rglob("*.dead"))


def test_another_log_of_that_name(tmp_path, s3, bucket):
    """Two of one name: the second one's objects are dead letters, what is
    there stays."""
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        server = Tocsin(tmp_path / folder, config(s3.url, "i/"),
                        env=s3.credentials())
        with server:
            feed(server, 0 if folder == "one" else 500, 20)
            if folder == "one":
                until(lambda: arrived(server, bucket, "i/", 1), "S3")
                before = objects(bucket, "i/")
            else:
                until(lambda: list(server.data.rglob("s3.dead")),
                      "a dead letter")
    after = objects(bucket, "i/")
    assert {key: after[key] for key in before} == before
    letter = json.loads(next(server.data.rglob("s3.dead")).read_text()
                        .splitlines()[0])
    assert "other content" in letter["reason"]
    assert letter["item"]["key"] in before


def test_what_objects_are_given(tmp_path, s3, bucket):
    with FaultProxy(s3.url) as proxy:
        server = Tocsin(tmp_path, config(
            proxy.url, "j/", sse="aws:kms", bucket_key=True,
            kms_key="arn:aws:kms:us-east-2:111122223333:key/k",
            storage_class="STANDARD_IA",
            expected_bucket_owner="111122223333"), env=s3.credentials())
        with server:
            feed(server, 0, 20)
            until(lambda: [request for request in proxy.seen
                           if request.method == "PUT"], "a PUT")
        heads = [r.headers for r in proxy.seen if r.method == "PUT"][0]
    side = "x-amz-server-side-encryption"
    assert heads[side] == "aws:kms"
    assert heads[f"{side}-aws-kms-key-id"].endswith("key/k")
    assert heads[f"{side}-bucket-key-enabled"] == "true"
    assert heads["x-amz-storage-class"] == "STANDARD_IA"
    assert heads["x-amz-expected-bucket-owner"] == "111122223333"


ALARM = {"AlarmName": "lag", "Namespace": "AWS/RDS", "MetricName": "Lag",
         "Dimensions": [{"Name": "Cluster", "Value": "dr"}],
         "Statistic": "Maximum", "Period": 60, "EvaluationPeriods": 1,
         "Threshold": 100, "TreatMissingData": "breaching",
         "ComparisonOperator": "GreaterThanThreshold"}


def test_transitions_through_kills(tmp_path, s3, bucket):
    """Killed again and again, and its checkpoints come and go: the lines in
    S3 are those that replay of the archive gives, each once."""
    (tmp_path / "alarms.json").write_text(
        json.dumps({"MetricAlarms": [ALARM]}), encoding="utf-8")
    words = config(s3.url, "t/", transitions=True, clock={"speed": 600},
                   journal={"segment_age": "10m", "checkpoint": "1s"})
    words["alarms"] = [str(tmp_path / "alarms.json")]
    server = Tocsin(tmp_path, words, env=s3.credentials())
    batch = [line("Lag", region="us-east-2", value=minute // 5 % 2 * 200.0,
                  timestamp=1767225600000 + 60000 * minute)
             for minute in range(1200)]
    for life in range(4):
        server.start()
        sender = Sender(server.feed_port)
        before, count = len(keys(bucket, "t/")), 0

        def grown():
            """What is not too far ahead is taken; it ends by and by."""
            nonlocal count
            count += 1
            assert sender.send(batch, f"{life}-{count}").status == 200
            return len(keys(bucket, "t/")) > before + 3

        until(grown, "more in S3", 60)
        server.kill()
    with server:
        pass
    assert not list(server.data.rglob("*.dead"))
    stored = objects(bucket, "t/")
    lines = b"".join(zstd(blob) for key, blob in stored.items()
                     if "/transitions/" in key).decode().splitlines()
    copy = tmp_path / "copy"
    for name, blob in segments(bucket, "t/").items():
        copy.mkdir(exist_ok=True)
        (copy / name).write_bytes(blob)
    replayed = tocsin("replay", copy)[1].splitlines()
    assert len(lines) >= 4 and lines == replayed[:len(lines)]
    assert len(replayed) - len(lines) <= 3


def test_no_checkpoint_without_its_lines(tmp_path, s3, bucket):
    """Lines that cannot be synced: no checkpoint may say that they are
    there. The folder being away stands for a disk that fails."""
    words = config(s3.url, "u/", transitions=True,
                   journal={"checkpoint": "1s"})
    server = Tocsin(tmp_path, words, env=s3.credentials()).start()
    folder = server.data / "checkpoint"
    until(lambda: list(folder.glob("*.checkpoint")), "a checkpoint")
    shutil.move(server.data / "outcomes", tmp_path / "away")
    until(lambda: "checkpoint_failed" in server.log(), "words about it")
    before = sorted(folder.glob("*.checkpoint"))
    feed(server, 0, 20)
    until(lambda: server.log().count("checkpoint_failed") >= 3, "more of them")
    assert sorted(folder.glob("*.checkpoint")) == before
    shutil.move(tmp_path / "away", server.data / "outcomes")
    until(lambda: sorted(folder.glob("*.checkpoint")) != before,
          "the next checkpoint")
    assert server.stop() == 0


@pytest.mark.parametrize("signed", [False, True])
def test_over_tls(tmp_path, s3, bucket, signed):
    """The signature leaves the payload to its checksum, unless told not to;
    in the clear (all tests above) it never does."""
    ca, key = certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(ca, key)
    prefix = f"v-{signed}/"
    with FaultProxy(s3.url, tls=tls) as proxy:
        server = Tocsin(tmp_path, config(proxy.url, prefix,
                                         sign_payload=signed),
                        env={**s3.credentials(), "AWS_CA_BUNDLE": str(ca)})
        with server:
            feed(server, 0, 20)
            until(lambda: arrived(server, bucket, prefix, 1), "S3 to have it")
        hashes = {request.headers["x-amz-content-sha256"]
                  for request in proxy.seen if request.method == "PUT"}
    assert hashes and signed != ("UNSIGNED-PAYLOAD" in hashes)
    stored = segments(bucket, prefix)
    assert stored == {name: (server.journal / name).read_bytes()
                      for name in stored}
