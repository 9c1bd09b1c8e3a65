"""Alarms that ring when told to, many at a time, and who hears them.

    ringer = Ringer(folder, 30, actions, sinks, env)   30 alarms a00 … a29
    ringer.ring(5000)        all of them, and waits until they have rung
    ringer.ring(0)           and back
    ringer.ids()             {id: (alarm, state)} of all that should be told
"""

import json
import time

import story
from firehose import Sender, line
from servers import Tocsin, until

SPEED = 600
DELAY_MINUTES = 10  # a second: for a machine that is slow


def alarm(number, actions, **more):
    return story.alarm(
        f"a{number:02}", None, metric=f"M{number}", OKActions=actions,
        AlarmActions=actions, InsufficientDataActions=[],
        EvaluationPeriods=1, DatapointsToAlarm=1, TreatMissingData="ignore",
        Tocsin={"Severity": "high"}, **more)


class Ringer:
    def __init__(self, folder, count, actions, sinks, env, **more):
        self.count, self.sent = count, 0
        folder.mkdir(exist_ok=True)
        path = folder / "alarms.json"
        path.write_text(json.dumps({"MetricAlarms": [
            alarm(number, actions) for number in range(count)]}),
            encoding="utf-8")
        self.server = Tocsin(folder, {
            "region": story.REGION, "account": story.ACCOUNT,
            "alarms": [str(path)], "delay": {"default": f"{DELAY_MINUTES}m"},
            "clock": {"start": story.START, "speed": SPEED},
            "sinks": sinks, **more}, env=env)
        self.states = {}

    def start(self):
        self.server.start()
        self.began = time.monotonic()
        return self

    def minute(self):
        """About that of the server's clock, which never goes back."""
        shown = self.server.transitions()
        last = json.loads(shown[-1])["time"] if shown else story.START
        return max(int(story.seconds_of(last)),
                   story.START_S + int((time.monotonic() - self.began)
                                       * SPEED)) // 60

    def send(self, value):
        stamp = self.minute() * 60_000
        self.sent += 1
        sender = Sender(self.server.feed_port)
        answer = sender.send([b"".join(
            line(f"M{number}", stamp, value, 1.0, region=story.REGION)
            for number in range(self.count))], f"ring-{time.time_ns()}")
        assert answer.status == 200, answer.body
        sender.close()

    def rows(self):
        return [json.loads(row) for row in self.server.transitions()]

    def ring(self, value):
        before = len(self.rows())
        self.send(value)
        until(lambda: len(self.rows()) >= before + self.count,
              "the alarms to ring")

    def ids(self):
        """{id: (alarm, state)} of what has actions, in order."""
        return {row["id"]: (row["alarm"], row["to"]) for row in self.rows()
                if row["to"] != "INSUFFICIENT_DATA"}

    def waiting(self):
        return self.server.metrics()["tocsin_notifier_waiting"]

    def settled(self, seconds=60):
        until(lambda: self.waiting() == 0, "all to be told", seconds)


def in_order(said, ids):
    """Those ids of each alarm, first comings only, in the log's order."""
    place = {one: number for number, one in enumerate(ids)}
    last, seen = {}, set()
    for one in said:
        if one in seen:
            continue
        seen.add(one)
        name = ids[one][0]
        assert last.get(name, -1) < place[one], f"{name}: {one} out of order"
        last[name] = place[one]


# What the proxy does not pass on.
STOPPED = {"hang", "reset", "500", "503", "inside"}


def called(proxy):
    """(alarm, state) of the calls of Lambda that it got."""
    bodies = [json.loads(request.body) for request in proxy.seen
              if request.fault not in STOPPED]
    return {(body["alarmData"]["alarmName"],
             body["alarmData"]["state"]["value"]) for body in bodies}
