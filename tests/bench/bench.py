"""Speed, as ratios measured side by side: absolute figures say more about the
machine than about the program.

    bench.py TOCSIN [--points N] [--rounds N] [--series N]

One archive is made, compressed with zstd, and read in turn by `zstd -dc`, by
`tocsin decode` and by `tocsin replay`. Each round runs all three; what is
printed is the median over the rounds of each one's time over zstd's. Then
alarms_bench: the same points through engines with 0, 1,000 and 100,000 alarms.
"""

import argparse
import json
import pathlib
import random
import statistics
import subprocess
import tempfile
import time

SERIES = 2000
START_S = 1767225600


def write_lines(path, points):
    """Minutes of a fleet, as AWS writes them."""
    dice = random.Random(1)
    with open(path, "w", encoding="utf-8") as file:
        for number in range(points):
            minute, series = divmod(number, SERIES)
            value = dice.lognormvariate(3, 1)
            file.write(json.dumps({
                "metric_stream_name": "bench", "account_id": "123456789012",
                "region": "us-east-1", "namespace": "AWS/EC2",
                "metric_name": ["CPUUtilization", "NetworkIn"][series % 2],
                "dimensions": {"InstanceId": f"i-{series // 2:017x}"},
                "timestamp": (START_S + 60 * minute) * 1000,
                "value": {"max": value * 1.5, "min": value / 2,
                          "sum": value * 5, "count": 5.0},
                "unit": ["Percent", "Bytes"][series % 2]},
                separators=(",", ":")) + "\n")


def write_alarms(path):
    """One alarm for each hundredth instance."""
    alarms = [{
        "AlarmName": f"cpu-{n}", "Namespace": "AWS/EC2",
        "MetricName": "CPUUtilization", "Statistic": "Maximum", "Period": 60,
        "Dimensions": [{"Name": "InstanceId", "Value": f"i-{n:017x}"}],
        "EvaluationPeriods": 3, "DatapointsToAlarm": 2, "Threshold": 60.0,
        "ComparisonOperator": "GreaterThanThreshold"}
        for n in range(0, SERIES // 2, 100)]
    path.write_text(json.dumps({"MetricAlarms": alarms}), encoding="utf-8")


def seconds(words):
    began = time.perf_counter()
    subprocess.run(words, stdout=subprocess.DEVNULL, check=True,
                   stderr=subprocess.DEVNULL, timeout=600)
    return time.perf_counter() - began


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tocsin")
    parser.add_argument("--points", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--series", type=int, default=1_000_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        folder = pathlib.Path(folder)
        lines, alarms = folder / "lines", folder / "alarms.json"
        archive = folder / "archive.zst"
        write_lines(lines, args.points)
        write_alarms(alarms)
        subprocess.run(["zstd", "-q", "-3", lines, "-o", archive], check=True,
                       timeout=600)
        size = lines.stat().st_size
        print(f"{args.points} points, {size / 1e6:.1f} MB of JSON lines, "
              f"{archive.stat().st_size / 1e6:.1f} MB compressed, "
              f"{args.rounds} rounds")
        runs = {"zstd -dc": ["zstd", "-dc", archive],
                "tocsin decode": [args.tocsin, "decode", archive],
                "tocsin replay": [args.tocsin, "replay", "--alarms", alarms,
                                  archive]}
        times = {name: [] for name in runs}
        for _ in range(args.rounds):
            for name, words in runs.items():
                times[name].append(seconds(words))
    base = times["zstd -dc"]
    for name, took in times.items():
        ratios = sorted(a / b for a, b in zip(took, base))
        middle = statistics.median(took)
        print(f"{name:<14} {statistics.median(ratios):7.1f} x zstd "
              f"({ratios[0]:.1f} to {ratios[-1]:.1f}), "
              f"{args.points / middle / 1e6:.2f} M points/s, "
              f"{size / middle / 1e6:.0f} MB/s of JSON")
    subprocess.run([pathlib.Path(args.tocsin).parent / "tests/alarms_bench",
                    str(args.series)], check=True, timeout=1200)


main()
