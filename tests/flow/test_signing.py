"""What the AWS client signs, against servers that verify it: object keys of
every kind, files and bodies, and HTTP/2."""

import os
import subprocess
import urllib.parse
import uuid

import pytest

from servers import PATIENCE, tocsin_binary

REGION = "us-east-2"

KEYS = [
    "plain.zst",
    "with spaces  in it",
    "plus+and%2Bpercent%",
    "year=2026/month=11/day=21/hour=05/00000000000000000001.jsonl.zst",
    "dots..in...names.",
    ".hidden/.also",
    "tilde~under_score-hyphen",
    "quotes'\"and`ticks",
    "brackets()[]{}<>",
    "reserved!*:@&=,;$?#|^",
    "back\\slash",
    "Zürich/naïve/Ω/日本語/🚨",
    "e\u0301 is not \u00e9",
    "%41%2F%00",
    "a" * 250 + "/" + "b" * 250 + "/" + "c" * 250 + "/" + "d" * 247,
    "/".join(["ж" * 100] * 5),
]
# A server that keeps objects as files has no such names.
KEYS_NO_FILES = ["a//b", "//", "a/../b", "./a", "a/./b", "..", "x" * 1000]


def call(*words, env=None):
    """(rc, status, error), the answer's body."""
    done = subprocess.run(
        [os.path.dirname(tocsin_binary()) + "/tests/aws_call", *words],
        capture_output=True, timeout=PATIENCE, check=False, env={
            "HOME": "/nowhere", "AWS_EC2_METADATA_DISABLED": "true",
            **(env or {})})
    head, _, body = done.stdout.partition(b"\n\n")
    rc, status, *text = head.decode().split("\n")[0].split(" ", 2)
    return (int(rc), int(status), text[0] if text else ""), body


def bucket_of(server):
    name = f"keys-{uuid.uuid4().hex[:12]}"
    if server.name == "moto":
        server.client("s3", REGION).create_bucket(
            Bucket=name,
            CreateBucketConfiguration={"LocationConstraint": REGION})
    else:
        server.client().create_bucket(Bucket=name)
    return name


def there_and_back(server, client, keys):
    """Each key with content of its own; gives those that did not work."""
    bucket, wrong = bucket_of(server), []
    for i, key in enumerate(keys):
        words = ("-b", bucket, "-e", server.url)
        where = ("s3", REGION)
        text = f"content {i}"
        put, _ = call(*words, "-d", text, *where, "PUT", "PutObject",
                      "/" + key, env=server.credentials())
        got, body = call(*words, *where, "GET", "GetObject", "/" + key,
                         env=server.credentials())
        if (put[:2], got[:2], body) != ((0, 200), (0, 200), text.encode()):
            wrong.append((key[:40], put, got, body[:80]))
            continue
        seen = client.get_object(Bucket=bucket, Key=key)["Body"].read()
        if seen != text.encode():
            wrong.append((key[:40], "boto3", seen))
    return wrong


def test_keys_of_objects(s3):
    """S3Proxy verifies signature and payload hash of each."""
    assert there_and_back(s3, s3.client(), KEYS) == []


def test_keys_that_are_no_paths(aws):
    """Slashes and dots are parts of a key, not of a path."""
    assert there_and_back(aws, aws.client("s3", REGION),
                          KEYS + KEYS_NO_FILES) == []


def test_a_wrong_secret_is_seen(s3, aws):
    """What verifies refuses; else the tests above say nothing."""
    for server in (s3, aws):
        keys = {**server.credentials(), "AWS_SECRET_ACCESS_KEY": "wrong"}
        (rc, status, text), _ = call(
            "-b", bucket_of(server), "-e", server.url, "-d", "x", "s3", REGION,
            "PUT", "PutObject", "/key", env=keys)
        assert (rc, status) == (2, 403), text
        assert "SignatureDoesNotMatch" in text
        assert "check the secret access key" in text
        assert "wrong" not in text


def test_files_and_queries(s3, tmp_path):
    """A file by its hash; queries without a value, and encoded ones."""
    bucket = bucket_of(s3)
    path = tmp_path / "part"
    path.write_bytes(os.urandom(6 << 20))
    words = ("-b", bucket, "-e", s3.url)
    (rc, status, text), _ = call(
        *words, "-f", str(path), "s3", REGION, "PUT", "PutObject", "/a file",
        env=s3.credentials())
    assert (rc, status) == (0, 200), text
    got = s3.client().get_object(Bucket=bucket, Key="a file")["Body"].read()
    assert got == path.read_bytes()
    (rc, status, text), body = call(
        *words, "-q", "list-type=2&prefix=a%20&max-keys=7", "s3", REGION,
        "GET", "ListObjectsV2", "/", env=s3.credentials())
    assert (rc, status) == (0, 200), text
    assert b"<Key>a file</Key>" in body or b"<Key>a%20file</Key>" in body
    (rc, status, text), body = call(
        *words, "-q", "uploads", "s3", REGION, "POST", "CreateMultipartUpload",
        "/big", env=s3.credentials())
    assert (rc, status) == (0, 200), text
    assert b"<UploadId>" in body


def test_wanted_headers(s3):
    bucket = bucket_of(s3)
    s3.client().put_object(Bucket=bucket, Key="k", Body=b"x" * 12_000_000)
    done = subprocess.run(
        [os.path.dirname(tocsin_binary()) + "/tests/aws_call", "-b", bucket,
         "-e", s3.url, "-w", "etag", "-w", "content-length", "s3", REGION,
         "HEAD", "HeadObject", "/k"], capture_output=True, check=True,
        timeout=PATIENCE, env={"HOME": "/nowhere", **s3.credentials()})
    lines = done.stdout.decode().split("\n")
    assert lines[0].startswith("0 200")
    assert lines[1].startswith('etag: "') and lines[2] == (
        "content-length: 12000000")


@pytest.mark.parametrize("body", ["", "a=b&c=d e+f%20", "é" * 1000])
def test_bodies_to_sns(aws, body):
    """A POST. Moto verifies a form as boto3 would have written it."""
    (rc, status, text), _ = call(
        "-e", aws.url, "-H",
        "Content-Type:application/x-www-form-urlencoded; charset=utf-8", "-d",
        "Action=ListTopics&Version=2010-03-31&x="
        + urllib.parse.quote_plus(body), "sns", REGION,
        "POST", "ListTopics", "/", env=aws.credentials())
    assert (rc, status) == (0, 200), text
