"""What a round is played with: a function of its seed."""

import random

TOPICS = ["arn:aws:sns:us-east-2:123456789012:ring.fifo",
          "arn:aws:sns:us-west-2:123456789012:ring"]
ACCOUNT = "123456789012"
REGION = "us-east-2"


def settings(seed):
    dice = random.Random(f"{seed} settings")
    return {
        "speed": dice.choice([200, 600, 600, 1200]),
        "senders": dice.randrange(2, 5),
        "alarms": dice.randrange(2, 6),
        "pause": dice.choice([0.01, 0.02, 0.04]),
        "repeats": dice.choice([0.05, 0.2]),
        "twice": dice.choice([0.02, 0.1]),
        "late": dice.choice([0.0, 0.1, 0.3]),
        "flaps": dice.choice([0.0, 0.05, 0.2]),
        "gap": dice.choice([0.1, 0.3, 0.6]),  # seconds between two kills
        "calm": dice.choice([0.0, 0.1]),  # some checkpoints between two
        "hasty": dice.choice([0.0, 0.2]),  # killed before it is ready
        "on_answer": dice.choice([0.2, 0.5]),  # killed just after a 200
        "on_checkpoint": dice.choice([0.2, 0.4]),  # while one is written
        "on_stop": 0.1,  # asked to stop, and killed then
        "slow_us": dice.choice([0, 2000, 10000]),
        "outages": dice.choice([0.0, 0.2, 0.4]),  # begin or end
        "trouble": dice.choice([
            {}, {"slow": 0.1}, {"forget": 0.02, "refuse": 0.02},
            {"forget": 0.05, "refuse": 0.05, "slow": 0.2}]),
        "delay": dice.choice(["0s", "1m", "2m"]),
        "journal": {"segment_size": dice.choice(["256KiB", "1MiB"]),
                    "segment_age": dice.choice(["1m", "10m"]),
                    "retain": dice.choice(["1m", "10m", "7d"]),
                    "checkpoint": "1s"}}


def metric_alarm(number, dice):
    wanted = dice.choice([1, 1, 2, 3])
    return {"AlarmName": f"lag{number}", "ActionsEnabled": True,
            "AlarmArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:"
                        f"lag{number}",
            "OKActions": TOPICS, "AlarmActions": TOPICS,
            "InsufficientDataActions": TOPICS, "Namespace": "AWS/RDS",
            "MetricName": f"Lag{number}", "Statistic": "Maximum",
            "Period": 60, "Dimensions": [{"Name": "Cluster", "Value": "dr"}],
            "EvaluationPeriods": wanted + dice.randrange(0, 2),
            "DatapointsToAlarm": wanted, "Threshold": 1000.0,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": dice.choice(
                ["missing", "breaching", "notBreaching", "ignore"])}


def alarms(seed, count):
    dice = random.Random(f"{seed} alarms")
    rule = " OR ".join(f'ALARM("lag{number}")' for number in range(count))
    return {
        "MetricAlarms": [metric_alarm(n, dice) for n in range(count)],
        "CompositeAlarms": [{
            "AlarmName": "any", "ActionsEnabled": True, "AlarmRule": rule,
            "AlarmArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:any",
            "OKActions": TOPICS, "AlarmActions": TOPICS,
            "InsufficientDataActions": []}]}


def config(chosen, alarms_path, cloud):
    return {"name": "one", "region": REGION, "account": ACCOUNT,
            "alarms": [str(alarms_path)],
            "delay": {"default": chosen["delay"]},
            "clock": {"start": "2026-01-01T00:00:00Z",
                      "speed": chosen["speed"]},
            "journal": chosen["journal"],
            "sinks": {"sns": {"endpoint": cloud.url},
                      "s3": {"bucket": "archive", "endpoint": cloud.url}}}
