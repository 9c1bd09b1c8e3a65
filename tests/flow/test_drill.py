"""tocsin drill: RPO and RTO of an outage, out of the stream."""

import json
import subprocess

import pytest

from servers import PATIENCE, tocsin, tocsin_binary

SCENARIO = """
start: 2026-01-15T09:00:00Z
duration: 60m
account: "111122223333"
arrival: {delay: 90s, jitter: 20s}
series:
  - {region: us-west-2, namespace: AWS/RDS, metric: AuroraGlobalDBReplicationLag, dimensions: {DBClusterIdentifier: dr}, unit: Milliseconds, value: 800}
  - {region: us-west-2, namespace: AWS/ApplicationELB, metric: HealthyHostCount, dimensions: {TargetGroup: t, LoadBalancer: l}, unit: Count, value: 0}
  - {region: us-east-1, namespace: AWS/ApplicationELB, metric: HealthyHostCount, dimensions: {TargetGroup: t, LoadBalancer: l}, unit: Count, value: 3}
events:
  - {at: 18m, for: 2m, match: {namespace: AWS/RDS}, set: 2600}
  - {at: 20m, match: {namespace: AWS/RDS}, set: -1}
  - {at: 20m, match: {region: us-east-1}, stop: true}
  - {at: 31m, match: {region: us-west-2, namespace: AWS/ApplicationELB}, set: 3}
"""
CONFIG = """
rollups:
  - name: lag
    query: 'SELECT MAX(AuroraGlobalDBReplicationLag) FROM SCHEMA("AWS/RDS", DBClusterIdentifier) GROUP BY AWS.Region, DBClusterIdentifier'
    unit: Milliseconds
    rpo: %s
  - name: healthy
    query: 'SELECT MIN(HealthyHostCount) FROM SCHEMA("AWS/ApplicationELB", LoadBalancer, TargetGroup) WHERE AWS.Region = ''us-west-2'' GROUP BY AWS.Region'
    healthy: '>= 1'
    rto: %s
  - {name: other, query: 'SELECT MAX(HealthyHostCount) FROM "AWS/ApplicationELB"'}
"""
OUTAGE = ["--from", "2026-01-15T09:20:00Z", "--to", "2026-01-15T09:50:00Z"]


@pytest.fixture(name="archive", params=["segment", "lines"])
def fixture_archive(request, tmp_path):
    """As a segment, with arrival times, and as plain lines."""
    (tmp_path / "s.yaml").write_text(SCENARIO, encoding="utf-8")
    blob = subprocess.run(
        [tocsin_binary(), "scenario", tmp_path / "s.yaml"], check=True,
        timeout=PATIENCE, capture_output=True).stdout
    if request.param == "lines":
        blob = subprocess.run(["zstd", "-dc"], input=blob, check=True,
                              timeout=PATIENCE, capture_output=True).stdout
    path = tmp_path / "archive"
    path.write_bytes(blob)
    return path


def drill(folder, archive, rpo="5s", rto="15m", times=OUTAGE):
    (folder / "c.yaml").write_text(CONFIG % (rpo, rto), encoding="utf-8")
    return tocsin("drill", "--config", folder / "c.yaml", *times, archive)


def test_objectives(archive, tmp_path):
    status, out, errors = drill(tmp_path, archive)
    assert (status, errors) == (0, "")
    lag, healthy = map(json.loads, out.splitlines())
    assert lag["group"] == {"AWS.Region": "us-west-2",
                            "DBClusterIdentifier": "dr"}
    # The minute that ended as the outage began; -1 is no lag at all.
    assert lag["rpo"] == {
        "seconds": 2.6, "objective": 5, "met": True,
        "last_good": {"start": "2026-01-15T09:19:00.000Z", "value": 2600}}
    assert lag["points"][-1] == ["2026-01-15T09:49:00.000Z", -1]
    assert lag["points"][0] == ["2026-01-15T09:00:00.000Z", 800]
    assert (healthy["rollup"], healthy["group"]) == (
        "healthy", {"AWS.Region": "us-west-2"})
    assert healthy["rto"] == {
        "seconds": 720, "objective": 900, "met": True,
        "first_healthy": {"start": "2026-01-15T09:31:00.000Z", "value": 3}}


def test_not_met(archive, tmp_path):
    status, out, _ = drill(tmp_path, archive, rpo="2s", rto="11m")
    assert status == 1
    assert [row.get("rpo", row.get("rto"))["met"] for row in map(
        json.loads, out.splitlines())] == [False, False]


def test_nothing_known(archive, tmp_path):
    """Before the first datapoint, and beyond the last healthy one."""
    status, out, _ = drill(tmp_path, archive, times=[
        "--from", "2026-01-15T09:00:00Z", "--to", "2026-01-15T09:10:00Z"])
    assert status == 1
    lag, healthy = map(json.loads, out.splitlines())
    assert lag["rpo"] == {"seconds": None, "objective": 5, "met": False,
                          "last_good": None}
    assert healthy["rto"]["first_healthy"] is None
    status, out, errors = drill(tmp_path, archive, times=[
        "--from", "2027-01-15T09:00:00Z", "--to", "2027-01-15T09:10:00Z"])
    assert (status, out) == (1, "") and "has a datapoint" in errors


@pytest.mark.parametrize("rollup,said", [
    ("rpo: 1m", "rpo needs unit"),
    ("rpo: 1m, unit: Count", "rpo needs unit"),
    ("rto: 1m", "rto and healthy go together"),
    ("healthy: '> 1'", "rto and healthy go together"),
    ("rto: 1m, healthy: '= 1'", "healthy must be <, <=, > or >="),
])
def test_faults(tmp_path, rollup, said):
    path = tmp_path / "c.yaml"
    path.write_text("rollups: [{name: a, query: 'SELECT MAX(a) FROM b', "
                    + rollup + "}]\n", encoding="utf-8")
    status, _, errors = tocsin("drill", "--config", path, *OUTAGE, path)
    assert status == 1 and said in errors
