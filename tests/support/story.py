"""A small outage told in metric stream lines, and the alarms that see it."""

import datetime
import threading
import time

from firehose import Sender, line

START = "2026-01-01T00:00:00Z"
START_S = 1767225600
ACCOUNT = "123456789012"
REGION = "us-east-2"


def alarm(name, topic, metric="Lag", **more):
    out = {"AlarmName": name, "ActionsEnabled": True,
           "AlarmArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}",
           "OKActions": [topic], "AlarmActions": [topic],
           "InsufficientDataActions": [topic], "Namespace": "AWS/RDS",
           "MetricName": metric, "Statistic": "Maximum", "Period": 60,
           "Dimensions": [{"Name": "Cluster", "Value": "dr"}],
           "EvaluationPeriods": 3, "DatapointsToAlarm": 2, "Threshold": 1000.0,
           "ComparisonOperator": "GreaterThanThreshold",
           "TreatMissingData": "missing"}
    out.update(more)
    return out


def alarms(topic):
    return {"MetricAlarms": [
        alarm("lag", topic),
        alarm("lag-average", topic, Statistic="Average", Period=120,
              EvaluationPeriods=1, DatapointsToAlarm=1),
        alarm("silence", topic, metric="Beat", Threshold=0.5,
              ComparisonOperator="LessThanThreshold",
              TreatMissingData="breaching"),
        alarm("quiet", topic, ActionsEnabled=False)], "CompositeAlarms": []}


def minutes():
    """(minute, records): lag rises from the 10th and falls at the 16th, the
    beat is silent from the 12th to the 20th; 30 minutes."""
    for minute in range(30):
        stamp = (START_S + minute * 60) * 1000
        lag = 2500.5 if 10 <= minute < 16 else 120.25 + minute
        text = line("Lag", stamp, lag, 1.0, region=REGION)
        if not 12 <= minute < 20:
            text += line("Beat", stamp, 1.0, 1.0, region=REGION)
        yield minute, [text, line("Unread", stamp, region=REGION)]


class Player:
    """Posts (simulated second, records) pairs when their time comes."""

    def __init__(self, port, speed, key=None):
        self.port, self.speed, self.key = port, speed, key
        self.began = time.monotonic()
        self.stop = threading.Event()

    def wait_until(self, second):
        self.stop.wait(max(0.0, self.began + second / self.speed
                           - time.monotonic()))

    def play(self, batches):
        sender = Sender(self.port)
        for number, (second, records) in enumerate(batches):
            self.wait_until(second)
            answer = sender.send(records, f"batch-{number}", key=self.key)
            assert answer.status == 200, answer.body


def seconds_of(text):
    """RFC 3339 to seconds."""
    return datetime.datetime.fromisoformat(text).timestamp()
