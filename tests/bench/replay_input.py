"""An archive of JSON lines and alarms on it, for programs that replay."""

import json
import random

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


def write(folder, points):
    """The paths of both, in the folder."""
    lines, alarms = folder / "lines", folder / "alarms.json"
    write_lines(lines, points)
    write_alarms(alarms)
    return lines, alarms
