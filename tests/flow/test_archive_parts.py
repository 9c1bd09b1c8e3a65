"""Large segments go up in parts, and go on where they were."""

import json
import urllib.parse

import pytest

import archive
from archive import BUCKET, noise, objects, sealed, segments
from proxy import FaultProxy
from servers import PATIENCE, Tocsin, until

LARGE = {"segment_size": "8MiB", "segment_age": "1d"}


@pytest.fixture(scope="module")
def bucket(s3):
    client = s3.client()
    if BUCKET not in [b["Name"] for b in client.list_buckets()["Buckets"]]:
        archive.make_bucket(client)
    return client


@pytest.fixture(autouse=True)
def emptied(bucket):
    """This S3 keeps all in memory, and has little."""
    yield
    for key in archive.keys(bucket, ""):
        bucket.delete_object(Bucket=BUCKET, Key=key)


def server_of(folder, s3, url, prefix):
    return Tocsin(folder, archive.config(
        url, prefix, journal=LARGE, clock={"speed": 60}, multipart="5MiB"),
        env=s3.credentials())


def what(request):
    """("create" | "part" | "list" | "complete" | "abort" | "put", id)"""
    query = urllib.parse.parse_qs(
        urllib.parse.urlsplit(request.path).query, keep_blank_values=True)
    upload = query.get("uploadId", [""])[0]
    names = {("POST", False): "create", ("PUT", True): "part",
             ("GET", True): "list", ("POST", True): "complete",
             ("DELETE", True): "abort", ("PUT", False): "put"}
    if "uploads" in query and request.method == "GET":
        return "uploads", ""
    return names.get((request.method, "uploadId" in query),
                     request.method), upload


def count(proxy, name):
    return sum(what(request)[0] == name for request in proxy.seen)


def uploads(client):
    return client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])


def upload_file(server):
    return server.data / "checkpoint" / "s3.upload"


def check(server, client, prefix):
    """What is sealed is there, byte for byte, and nothing is left over."""
    until(lambda: set(sealed(server)) <= set(segments(client, prefix)),
          "S3 to have the segment", 90)
    assert segments(client, prefix) == {
        name: blob for name, blob in sealed(server).items()
        if name in segments(client, prefix)}
    until(lambda: not upload_file(server).exists(), "the record to go")
    until(lambda: uploads(client) == [], "no upload to be left")


def test_in_parts(tmp_path, s3, bucket):
    with FaultProxy(s3.url) as proxy:
        server = server_of(tmp_path, s3, proxy.url, "p/")
        with server:
            noise(server, 12)
            until(lambda: sealed(server), "a segment to close")
            check(server, bucket, "p/")
        assert count(proxy, "create") == 1 and count(proxy, "complete") == 1
        assert count(proxy, "part") >= 2
        heads = [request.headers for request in proxy.seen
                 if what(request)[0] in ("part", "complete")]
        assert all("x-amz-checksum-crc32c" in head for head in heads)
        assert heads[-1]["If-None-Match"] == "*"
    for blob in objects(bucket, "p/").values():
        assert len(blob) > 5 << 20


def test_killed_in_between(tmp_path, s3, bucket):
    """The second part hangs, the process is killed: the next one sends only
    what is missing, to the same upload."""
    with FaultProxy(s3.url) as proxy:
        proxy.only = lambda request: what(request)[0] == "part"
        proxy.plan = [None, "hang"]
        server = server_of(tmp_path, s3, proxy.url, "k/").start()
        noise(server, 12)
        until(lambda: count(proxy, "part") >= 2, "a part to hang", PATIENCE)
        record = json.loads(upload_file(server).read_text())
        server.kill()
        assert segments(bucket, "k/") == {}
        before = len(proxy.seen)
        with server:
            check(server, bucket, "k/")
        later = [what(request) for request in proxy.seen[before:]]
        assert count(proxy, "create") == 1
        assert {upload for name, upload in later
                if name in ("part", "complete")} == {record["id"]}
        parts = [urllib.parse.parse_qs(urllib.parse.urlsplit(
            request.path).query)["partNumber"][0]
            for request in proxy.seen if what(request)[0] == "part"]
        assert parts.count("1") == 1 and parts.count("2") == 2


def test_upload_is_gone(tmp_path, s3, bucket):
    """A life cycle rule took it: begun anew."""
    with FaultProxy(s3.url) as proxy:
        proxy.only = lambda request: what(request)[0] == "part"
        proxy.plan = [None, "hang"]
        server = server_of(tmp_path, s3, proxy.url, "g/").start()
        noise(server, 12)
        until(lambda: count(proxy, "part") >= 2, "a part to hang", PATIENCE)
        server.kill()
        for row in uploads(bucket):
            bucket.abort_multipart_upload(
                Bucket=BUCKET, Key=row["Key"], UploadId=row["UploadId"])
        with server:
            check(server, bucket, "g/")
        assert count(proxy, "create") == 2


def test_leftovers_are_aborted(tmp_path, s3, bucket):
    """Ours, that nothing knows of; not those of others."""
    mine = [bucket.create_multipart_upload(
        Bucket=BUCKET, Key=f"l/one/year=2025/month=01/day=01/hour=0{n}/x.zst")
        ["UploadId"] for n in range(3)]
    others = bucket.create_multipart_upload(
        Bucket=BUCKET, Key="l/other/year=2025/x.zst")
    server = server_of(tmp_path, s3, s3.url, "l/")
    with server:
        noise(server, 12)
        until(lambda: "uploads_aborted" in server.log(), "words about it",
              PATIENCE)
    left = {row["UploadId"] for row in uploads(bucket)}
    assert others["UploadId"] in left and not left & set(mine)
    bucket.abort_multipart_upload(Bucket=BUCKET, Key=others["Key"],
                                  UploadId=others["UploadId"])


@pytest.mark.parametrize("fault", ["reset", "lost", "500", "503", "forgot",
                                   "half", "inside"])
def test_each_fault_of_each_step(tmp_path, s3, bucket, fault):
    prefix = f"f-{fault}/"
    with FaultProxy(s3.url) as proxy:
        proxy.seconds = 0.2
        hit = set()

        def once(request):
            name = what(request)[0]
            first = name in ("create", "part", "complete") and \
                name not in hit
            if first:
                hit.add(name)
            return first

        proxy.only = once
        proxy.chances = {fault: 1.0}
        server = server_of(tmp_path, s3, proxy.url, prefix)
        with server:
            noise(server, 12)
            until(lambda: sealed(server), "a segment to close")
            until(lambda: len(hit) == 3, "each step to be hit", 90)
            proxy.chances = {}
            until(lambda: set(sealed(server)) <= set(
                segments(bucket, prefix)), "S3 to have it", 90)
            until(lambda: not upload_file(server).exists(), "its end")
        # What Create's lost answer left is taken by the next life.
        with server:
            noise(server, 12, seed=1)
            until(lambda: len(sealed(server)) >= 2, "another segment")
            check(server, bucket, prefix)


def test_another_s3(tmp_path, aws):
    """moto's: it keeps a checksum of the parts and says that it is of the
    whole. Sent again without its position, all of it is known for the same."""
    client = archive.make_bucket(aws.client("s3", "us-east-2"), "parts")
    server = server_of(tmp_path, aws, aws.url, "m/")
    server.config["sinks"]["s3"]["bucket"] = "parts"
    position = server.data / "checkpoint" / "s3.position"
    with server:
        noise(server, 12)
        until(lambda: sealed(server), "a segment to close")
        until(lambda: position.exists() and int(position.read_text()) > 0,
              "the position", 90)
    position.unlink()
    with server:
        until(lambda: position.exists() and int(position.read_text()) > 0,
              "the position again", 90)
    stored = segments(client, "m/", "parts")
    assert stored and not list(server.data.rglob("*.dead"))
    assert stored == {name: (server.journal / name).read_bytes()
                      for name in stored}
