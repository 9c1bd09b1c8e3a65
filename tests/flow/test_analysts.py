"""The queries of docs/archive.md, run by DuckDB over objects of the archive."""

import collections
import datetime
import json
import re

import duckdb
import pytest

import archive
from archive import BUCKET
from firehose import Sender, line
from servers import ROOT, Tocsin, tocsin, until

WHERE = "s3://dr-metrics/tocsin/payments/"
ALARM = {"AlarmName": "lag", "Namespace": "AWS/RDS", "MetricName": "Lag",
         "Dimensions": [{"Name": "Cluster", "Value": "dr"}],
         "Statistic": "Maximum", "Period": 60, "EvaluationPeriods": 1,
         "Threshold": 100, "TreatMissingData": "breaching",
         "ComparisonOperator": "GreaterThanThreshold"}
START = 1767225600


def queries():
    """The SQL of the section on DuckDB, in its order."""
    text = (ROOT / "docs/archive.md").read_text(encoding="utf-8")
    found = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    assert len(found) == 2 and all(WHERE in one for one in found)
    return found


@pytest.fixture(scope="module")
def there(tmp_path_factory, s3):
    """Objects of a small archive, as files below a folder of its name."""
    client, folder = s3.client(), tmp_path_factory.mktemp("analysts")
    if BUCKET not in [b["Name"] for b in client.list_buckets()["Buckets"]]:
        archive.make_bucket(client)
    (folder / "alarms.json").write_text(
        json.dumps({"MetricAlarms": [ALARM]}), encoding="utf-8")
    config = archive.config(s3.url, "q/", transitions=True,
                            clock={"speed": 600},
                            journal={"segment_age": "10m"})
    config["alarms"] = [str(folder / "alarms.json")]
    server = Tocsin(folder, config, env=s3.credentials())
    with server:
        sender, count = Sender(server.feed_port), 0

        def grown():
            """Two clusters; a minute comes again with more samples."""
            nonlocal count
            count += 1
            batch = [line("Lag", region="us-east-2", count=float(count),
                          value=minute // 7 % 2 * 200.0 + count % 3,
                          dimensions={"Cluster": cluster},
                          timestamp=(START + 60 * minute) * 1000)
                     for minute in range(300) for cluster in ("dr", "main")]
            assert sender.send(batch, f"{count}").status == 200
            return sum("/transitions/" in key for key in archive.keys(
                client, "q/")) > 2

        until(grown, "transitions in S3", 60)
    for key, blob in archive.objects(client, "q/one/").items():
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(blob)
    return folder / "q/one"


def run(query, there):
    return duckdb.sql(query.replace(WHERE, f"{there}/")).fetchall()


def test_segments_as_they_are(there):
    status, out, _ = tocsin("decode", there)
    assert status == 0
    best = {}
    for point in map(json.loads, out.splitlines()):
        key = point["dimensions"]["Cluster"], point["timestamp"]
        if point["count"] >= best.get(key, point)["count"]:
            best[key] = point
    hours = collections.defaultdict(list)
    for (cluster, stamp), point in best.items():
        hour = datetime.datetime.fromtimestamp(
            stamp // 3600000 * 3600, datetime.timezone.utc)
        hours[hour.replace(tzinfo=None), cluster].append(point["max"])
    rows = run(queries()[0], there)
    assert rows == [(hour, cluster, max(values), len(values))
                    for (hour, cluster), values in sorted(hours.items())]
    assert len(rows) >= 4


def test_transitions(there):
    status, out, _ = tocsin("replay", there)
    assert status == 0
    stored = sum(archive.zstd(path.read_bytes()).count(b"\n")
                 for path in there.rglob("*.transitions.jsonl.zst"))
    rang = [row for row in map(json.loads, out.splitlines()[:stored])
            if row["to"] == "ALARM" and row["from"] != "ALARM"]
    rows = run(queries()[1], there)
    assert [(alarm, times) for alarm, times, _ in rows] == [("lag", len(rang))]
    first = rows[0][2].isoformat(timespec="milliseconds") + "Z"
    assert rang and first == rang[0]["time"]
