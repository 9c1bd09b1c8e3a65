"""The rollups part of bench.py: what rollups cost a point, and one rollup over
one archive by `tocsin replay --rollups` and by DuckDB."""

import json
import statistics
import subprocess
import tempfile
import time
import pathlib

import duckdb

import replay_input

QUERY = "SELECT MAX(CPUUtilization) FROM \"AWS/EC2\" GROUP BY InstanceId"
SQL = """
SELECT dimensions['InstanceId'] AS instance,
       timestamp // 300000 * 300000 AS start, max(value.max) AS value
FROM (
  SELECT * FROM read_json('{path}', format = 'newline_delimited',
    compression = 'zstd', columns = {{metric_stream_name: 'VARCHAR',
      account_id: 'VARCHAR', region: 'VARCHAR', namespace: 'VARCHAR',
      metric_name: 'VARCHAR', dimensions: 'MAP(VARCHAR, VARCHAR)',
      timestamp: 'BIGINT', unit: 'VARCHAR',
      value: 'STRUCT(max DOUBLE, min DOUBLE, sum DOUBLE, count DOUBLE)'}})
  WHERE namespace = 'AWS/EC2' AND metric_name = 'CPUUtilization'
  {versions})
GROUP BY ALL ORDER BY start, instance"""
# Of two versions of a minute one stands: what the archive's documentation
# asks of a query, and what replay always does.
VERSIONS = """QUALIFY row_number() OVER (
    PARTITION BY account_id, region, dimensions, unit, timestamp
    ORDER BY value.count DESC) = 1"""


def replayed(tocsin, config, archive):
    began = time.perf_counter()
    done = subprocess.run([tocsin, "replay", "--rollups", "--config", config,
                           archive], check=True, capture_output=True,
                          timeout=600)
    took = time.perf_counter() - began
    return took, [json.loads(row) for row in done.stdout.splitlines()]


def queried(archive, versions, threads):
    began = time.perf_counter()
    with duckdb.connect(config={"threads": threads}) as base:
        rows = base.sql(SQL.format(path=archive,
                                   versions=versions)).fetchall()
    return time.perf_counter() - began, rows


def same(lines, rows):
    """Whether both say the same."""
    ours = sorted((line["group"]["InstanceId"], line["start"], line["value"])
                  for line in lines)
    theirs = sorted((instance, time.strftime(
        "%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(start / 1000)), value)
        for instance, start, value in rows)
    return ours == theirs


def side_by_side(build, args):
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        folder = pathlib.Path(folder)
        archive, config = folder / "archive.zst", folder / "tocsin.yaml"
        lines, _ = replay_input.write(folder, args.points)
        subprocess.run(["zstd", "-q", "-3", lines, "-o", archive], check=True,
                       timeout=600)
        config.write_text(json.dumps({
            "delay": {"default": "0s"},
            "rollups": [{"name": "r", "query": QUERY, "period": "5m"}]}),
            encoding="utf-8")
        ways = {
            "tocsin replay": lambda: replayed(build / "tocsin", config,
                                              archive),
            "DuckDB, 1 thread": lambda: queried(archive, VERSIONS, 1),
            "DuckDB, 2 threads": lambda: queried(archive, VERSIONS, 2),
            "without versions": lambda: queried(archive, "", 2)}
        times, said = {name: [] for name in ways}, {}
        for _ in range(args.rounds):
            for name, way in ways.items():
                took, said[name] = way()
                times[name].append(took)
        for name, rows in said.items():
            if name != "tocsin replay" and not same(
                    said["tocsin replay"], rows):
                raise SystemExit(f"{name}: other values than replay's")
    return times, len(said["tocsin replay"])


def run(build, args):
    subprocess.run([build / "tests/rollups_bench"], check=True, timeout=1200)
    times, count = side_by_side(build, args)
    print(f"{args.points} points of JSON in zstd, one rollup of 5 minutes, "
          f"{count} lines, {args.rounds} rounds; DuckDB {duckdb.__version__}")
    for name, took in times.items():
        ratios = sorted(a / b for a, b in zip(took, times["tocsin replay"]))
        print(f"{name:<18} {statistics.median(took):6.2f} s, "
              f"{statistics.median(ratios):5.2f} x replay "
              f"({ratios[0]:.2f} to {ratios[-1]:.2f})")
