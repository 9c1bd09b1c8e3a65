"""tocsin delays: how late an archive's namespaces came."""

import json
import subprocess

from firehose import Sender, line
from servers import PATIENCE, Tocsin, http_get, tocsin, tocsin_binary, until

SCENARIO = """
start: 2026-01-15T09:00:00Z
duration: 60m
account: "111122223333"
arrival: {delay: 100s, jitter: 30s}
series:
  - {region: us-east-1, namespace: AWS/RDS, metric: ReplicaLag, value: 1}
  - {region: us-west-2, namespace: AWS/EC2, metric: CPUUtilization, value: 1}
"""


def test_delays(tmp_path):
    scenario, archive = tmp_path / "s.yaml", tmp_path / "s.zst"
    scenario.write_text(SCENARIO, encoding="utf-8")
    archive.write_bytes(subprocess.run(
        [tocsin_binary(), "scenario", scenario], check=True,
        timeout=PATIENCE, capture_output=True).stdout)
    status, out, errors = tocsin("delays", archive)
    assert (status, errors) == (0, "")
    rows = [json.loads(row) for row in out.splitlines()]
    assert [row.get("namespace") for row in rows] == [
        "AWS/EC2", "AWS/RDS", None]
    for row in rows[:2]:
        assert set(row) == {"namespace", "points", "p50", "p99", "max",
                            "delay"}
        assert 50 <= row["points"] <= 60
        assert 90 <= seconds(row["p50"]) <= seconds(row["p99"]) <= 130
        assert seconds(row["p99"]) <= seconds(row["max"]) <= 130
        assert seconds(row["delay"]) in (120, 150)
    assert rows[2] == {"delay": {row["namespace"]: row["delay"]
                                 for row in rows[:2]}}
    # What it proposes is a configuration.
    config = tmp_path / "c.yaml"
    config.write_text(json.dumps({"data": str(tmp_path), **rows[2]}),
                      encoding="utf-8")
    assert tocsin("check", "--config", config)[0] == 0


def seconds(text):
    return int(text[:-1]) * {"s": 1, "m": 60, "h": 3600}[text[-1]]


def test_lines_have_no_arrival(tmp_path):
    (tmp_path / "lines").write_bytes(line())
    status, out, errors = tocsin("delays", tmp_path / "lines")
    assert (status, out) == (1, "")
    assert "has no arrival times" in errors


def test_delay_that_follows(tmp_path):
    """What is chosen becomes an entry of the log; a restart keeps it."""
    server = Tocsin(tmp_path, {
        "clock": {"start": "2026-01-01T00:00:00Z", "speed": 300},
        "delay": {"AWS/RDS": "auto 1m..10m"}})

    with server:
        sender = Sender(server.feed_port)
        minute = 1767225600000 - 400000  # more than six minutes before
        sender.send([b"".join(line(f"m{n}", timestamp=minute)
                              for n in range(300))], "late")
        until(lambda: "delay_chosen" in server.log(), "another delay")
        until(lambda: server.log().count("config_appended") == 2, "the entry")
        rows = json.loads(http_get(server.admin_port, "/api/delays")[1])
        assert [row["namespace"] for row in rows] == ["AWS/RDS"]
        assert rows[0]["p99_ms"] >= 340000
    before = server.log().count("config_appended")
    with server:
        assert server.log().count("config_appended") == before
