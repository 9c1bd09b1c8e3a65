"""replay and decode of s3:// give what they give of the same files."""

import datetime
import json
import os
import time

import pytest

import archive
from archive import BUCKET
from firehose import Sender, line
from proxy import FaultProxy
from servers import Tocsin, tocsin, until

START = datetime.datetime(2026, 1, 30, 20, tzinfo=datetime.timezone.utc)
SPEED = 20000
ALARM = {"AlarmName": "lag", "Namespace": "AWS/RDS", "MetricName": "Lag",
         "Dimensions": [{"Name": "Cluster", "Value": "dr"}],
         "Statistic": "Maximum", "Period": 300, "EvaluationPeriods": 2,
         "Threshold": 100, "TreatMissingData": "breaching",
         "ComparisonOperator": "GreaterThanThreshold"}


def stamp(when):
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def make(folder, s3):
    """Runs for two and a half days of its clock, fed now and then."""
    (folder / "alarms.json").write_text(json.dumps(
        {"MetricAlarms": [ALARM]}), encoding="utf-8")
    config = archive.config(
        s3.url, "in/", journal={"segment_age": "1h"}, transitions=True,
        clock={"start": stamp(START), "speed": SPEED})
    config["alarms"] = [str(folder / "alarms.json")]
    server = Tocsin(folder, config, env=s3.credentials())
    began = time.monotonic()
    with server:
        sender = Sender(server.feed_port)
        for number in range(12):
            until(lambda: time.monotonic() > began + number, "its time")
            clock = START.timestamp() + (time.monotonic() - began) * SPEED
            # The clock is not known to the hour.
            batch = [line("Lag", timestamp=int(clock // 60 + minute) * 60000,
                          region="us-east-2")
                     for minute in range(-240, 60, 5)]
            assert sender.send(batch, f"{number}").status == 200
        until(lambda: len([key for key in archive.keys(
            s3.client(), "in/one/manifest/")]) >= 1, "a manifest", 60)
        until(lambda: archive.arrived(server, s3.client(), "in/", 20),
              "S3 to have it", 60)
    return server


@pytest.fixture(scope="module")
def there(tmp_path_factory, s3):
    """An archive, and the same objects as files."""
    client = s3.client()
    if BUCKET not in [b["Name"] for b in client.list_buckets()["Buckets"]]:
        archive.make_bucket(client)
    make(tmp_path_factory.mktemp("made"), s3)
    local = tmp_path_factory.mktemp("local")
    for key, blob in archive.objects(client, "in/").items():
        path = local / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(blob)
    return local / "in"


def environment(s3, url=None, **more):
    return {**{k: v for k, v in os.environ.items()
               if not k.startswith("AWS_")},
            "AWS_ENDPOINT_URL_S3": url or s3.url, "HOME": "/nowhere",
            **s3.credentials(), **more}


def both(s3, there, *words, url=None, inside=""):
    """The output of a command over S3, which is that over the files."""
    env = environment(s3, url)
    near = tocsin(*words, there / inside if inside else there)
    far = tocsin(*words, f"s3://{BUCKET}/in/{inside}", env=env)
    assert far[0] == near[0] == 0, far[2] + near[2]
    assert far[1] == near[1]
    assert far[2].splitlines()[-1] == near[2].splitlines()[-1]
    return near[1]


def test_the_same(s3, there):
    assert both(s3, there, "replay").count("\n") >= 3
    assert both(s3, there, "replay", "--threads", 2).count("\n") >= 3
    assert both(s3, there, "decode").count("\n") >= 40
    assert both(s3, there, "replay", inside="one/year=2026").count("\n") >= 3
    day = "one/year=2026/month=01/day=31"
    assert both(s3, there, "decode", inside=day) != ""


def test_one_object(s3, there):
    key = min(path for path in there.rglob("*.zst") if "hour=" in str(path))
    inside = str(key.relative_to(there))
    both(s3, there, "decode", inside=inside)


def test_transitions_are_those_of_replay(s3, there):
    """The second family says what replay of the first says."""
    lines = b"".join(archive.zstd(path.read_bytes()) for path in sorted(
        there.rglob("*.transitions.jsonl.zst")))
    replayed = both(s3, there, "replay")
    assert lines.decode() and replayed.startswith(lines.decode())


def fetched(proxy):
    return [request.path.split("?")[0] for request in proxy.seen
            if request.method == "GET" and ".zst" in request.path]


def listed(proxy):
    return [request.path for request in proxy.seen
            if "list-type" in request.path]


def test_a_range_by_its_manifest(s3, there):
    """Of a day with a manifest nothing is listed, and only what may hold
    entries of the range is fetched."""
    alarms = there.parent / "alarms.json"
    alarms.write_text(json.dumps({"MetricAlarms": [ALARM]}))
    words = ["replay", "--alarms", alarms, "--since",
             "2026-01-31T06:00:00Z", "--to", "2026-01-31T18:00:00Z"]
    manifest = there / ("one/manifest/year=2026/month=01/day=31/"
                        "segments.manifest.jsonl")
    rows = [json.loads(row) for row in manifest.read_text().splitlines()]
    wanted = {row["key"] for row in rows if row["last"] >= "2026-01-31T06" and
              row["first"] <= "2026-01-31T18:00:00.000Z"}
    with FaultProxy(s3.url) as proxy:
        printed = both(s3, there, *words, url=proxy.url)
        assert printed and all(
            "2026-01-31T06" <= json.loads(row)["time"] <= "2026-01-31T18:01"
            for row in printed.splitlines())
        assert {path.split("/one/", 1)[1] for path in fetched(proxy)} == {
            key.replace("=", "%3D") for key in wanted}
        assert not [path for path in listed(proxy) if "day%3D31" in path]
    # The same by names alone.
    client, key = s3.client(), f"in/{manifest.relative_to(there)}"
    client.delete_object(Bucket=BUCKET, Key=key)
    with FaultProxy(s3.url) as proxy:
        assert both(s3, there, *words, url=proxy.url)
        assert wanted <= {path.split("/one/", 1)[1].replace("%3D", "=")
                          for path in fetched(proxy)}
        assert len(fetched(proxy)) <= len(wanted) + 2
    client.put_object(Bucket=BUCKET, Key=key, Body=manifest.read_bytes())


def test_from_is_not_since(s3, there):
    """--from prints less, but what came before still counts."""
    later = both(s3, there, "replay", "--from", "2026-01-31T12:00:00Z")
    assert both(s3, there, "replay").endswith(later)


def test_every_fault_is_overcome(s3, there):
    with FaultProxy(s3.url) as proxy:
        proxy.chances = {"reset": .05, "lost": .05, "500": .05, "503": .05,
                         "half": .05}
        both(s3, there, "decode", url=proxy.url)
        assert any(request.fault for request in proxy.seen)


def test_plain_objects(tmp_path, s3, there):
    """What Firehose itself wrote, more than a page of it, with odd names."""
    client = s3.client()
    names = [f"{n:04}.json" for n in range(1005)] + [
        "a b+c&d.json", "ünïcode.json", "sub/x.json", "sub-y/x.json",
        ".hidden", "half.new"]
    for number, name in enumerate(names):
        body = line(f"m{number}")
        client.put_object(Bucket=BUCKET, Key=f"raw/{name}", Body=body)
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(body)
    near = tocsin("decode", tmp_path)
    far = tocsin("decode", f"s3://{BUCKET}/raw", env=environment(s3))
    assert near[:2] == far[:2] and near[1].count("\n") == 1009
    # Points have no arrival time: nothing is left out for --to.
    alarms = there.parent / "alarms.json"
    alarms.write_text(json.dumps({"MetricAlarms": [
        {**ALARM, "MetricName": "m7"}]}))
    words = ["replay", "--alarms", alarms, "--to", "2021-01-29T15:00:00Z"]
    near = tocsin(*words, tmp_path)
    far = tocsin(*words, f"s3://{BUCKET}/raw/", env=environment(s3))
    assert near[:2] == far[:2] and near[0] == 0 and near[1]
    words += ["--since", "2021-01-29T14:00:00Z"]
    assert tocsin(*words, tmp_path)[0] == 2


def test_errors_say_what(s3, there):
    env = environment(s3)
    status, _, said = tocsin("decode", f"s3://{BUCKET}/nothing", env=env)
    assert status == 3 and f"s3://{BUCKET}/nothing: no object is" in said
    status, _, said = tocsin("decode", "s3://", env=env)
    assert status == 3 and "s3://bucket/prefix" in said
    status, _, said = tocsin("decode", "s3://no-such-bucket/", env=env)
    assert status == 3 and "NoSuchBucket" in said
    status, _, said = tocsin(
        "decode", f"s3://{BUCKET}/in",
        env=environment(s3, AWS_SECRET_ACCESS_KEY="wrong"))
    assert status == 3 and "SignatureDoesNotMatch" in said
    assert tocsin("journal", "ls", f"s3://{BUCKET}/in", env=env)[0] == 3
