"""Senders that do not give up: JSON and OTLP requests with request ids, sent
again until they are acknowledged, and now and then once more after that.

Every point is named METRIC@TIMESTAMP=SUM:MAX, and no two have the same sum.
"""

import json
import random
import threading
import time

import otlp
from firehose import Sender, line

REGION = "us-east-2"
START = "2026-01-01T00:00:00Z"
START_MS = 1767225600000
MINUTE_MS = 60000
FILLERS = 40  # series that no alarm reads


class Clock:
    """What the program's accelerated clock shows, within a few seconds. It
    stands while the program is down."""

    def __init__(self, speed):
        self.speed = speed
        self.floor_ms, self.since = START_MS, None

    def start(self, floor_ms):
        self.floor_ms, self.since = max(floor_ms, START_MS), time.monotonic()

    def minute_ms(self):
        since = self.since
        passed = 0 if since is None else time.monotonic() - since
        now_ms = self.floor_ms + int(passed * 1000 * self.speed)
        return now_ms // MINUTE_MS * MINUTE_MS


def json_line(metric, timestamp, value, region):
    point = json.loads(line(metric, timestamp, region=region))
    return json.dumps({**point, "value": value}).encode() + b"\n"


class Load:
    """Works until finish(); then every request begun is acknowledged."""

    def __init__(self, port, clock, log, settings, seed):
        self.port, self.clock, self.log = port, clock, log
        self.settings, self.lock = settings, threading.Lock()
        self.points = self.requests = self.again = self.acknowledged = 0
        self.trapped, self.sprung = None, threading.Event()
        self.ending, self.give_up = threading.Event(), threading.Event()
        self.threads = [threading.Thread(target=self.work, args=(
            number, random.Random(f"{seed} load {number}")))
            for number in range(settings["senders"])]
        for thread in self.threads:
            thread.start()

    def work(self, worker, dice):
        senders = [Sender(self.port, seconds=10) for _ in range(2)]
        done, number = [], 0
        while not self.ending.is_set() and not self.give_up.is_set():
            name = f"w{worker}-{number}"
            number += 1
            records, points = self.request(dice)
            with self.lock:
                self.requests += 1
            while not self.post(senders, name, records, points, dice):
                with self.lock:
                    self.again += 1
                if self.give_up.wait(0.005 + dice.random() * 0.02):
                    return
            with self.lock:
                self.acknowledged += 1
            done = done[-50:] + [(name, records, points)]
            if dice.random() < self.settings["repeats"]:
                self.post(senders, *dice.choice(done), dice)
            self.give_up.wait(dice.random() * self.settings["pause"])

    def post(self, senders, name, records, points, dice):
        """True when it was acknowledged. Sometimes over two connections at
        the same time."""
        answers = []
        twin = threading.Thread(target=lambda: answers.append(
            self.once(senders[1], name, records)))
        self.log.write("sent", request=name, points=points)
        if dice.random() < self.settings["twice"]:
            twin.start()
        answers.append(self.once(senders[0], name, records))
        if twin.ident is not None:
            twin.join()
        return any(answers)

    def once(self, sender, name, records):
        try:
            status = sender.send(records, name).status
            if status == 200 and self.trapped:
                self.spring()
        except Exception as error:  # refused, reset, cut: it is being killed
            sender.close()
            self.log.write("unanswered", request=name,
                           why=type(error).__name__)
            return False
        self.log.write("answered", request=name, status=status)
        return status == 200

    def spring(self):
        with self.lock:
            trapped, self.trapped = self.trapped, None
        if trapped:
            trapped()
            self.sprung.set()

    def trap(self, action, seconds=2):
        """Does it as soon as a sender is acknowledged; waits for that, and
        gives up in the end."""
        self.sprung.clear()
        self.trapped = action
        self.sprung.wait(seconds)
        with self.lock:
            self.trapped = None

    def request(self, dice):
        """(records, points): whole or not at all."""
        rows = []
        for alarm in range(self.settings["alarms"]):
            if dice.random() < 0.5:
                rows.append(self.watched(f"Lag{alarm}", alarm, dice))
        for _ in range(dice.randrange(1, 4)):
            rows.append((f"f{dice.randrange(FILLERS)}",
                         self.clock.minute_ms(), 1.0))
        write = otlp.message if dice.random() < 0.4 else json_line
        records, points = [b""], []
        for metric, stamp, most in rows:
            with self.lock:
                self.points += 1
                total = self.points
            value = {"max": most, "min": 0.0, "sum": float(total),
                     "count": 1.0}
            points.append(f"{metric}@{stamp}={total}:{most:g}")
            records[-1] += write(metric, stamp, value, region=REGION)
            if dice.random() < 0.3:
                records.append(b"")
        return [record for record in records if record], points

    def watched(self, metric, alarm, dice):
        """High for some minutes, low for some, sometimes late or not so."""
        minute = self.clock.minute_ms()
        if dice.random() < self.settings["late"]:
            minute -= dice.randrange(1, 6) * MINUTE_MS
        turn = (minute - START_MS) // MINUTE_MS // (3 + alarm % 3)
        high = turn % 2 == 1
        if dice.random() < self.settings["flaps"]:
            high = not high
        return metric, minute, 2000.0 if high else 10.0

    def finish(self, seconds=60):
        """Begins no more; True when all that was begun is acknowledged."""
        self.ending.set()
        until = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(max(0.0, until - time.monotonic()))
        good = not any(thread.is_alive() for thread in self.threads)
        self.give_up.set()
        for thread in self.threads:
            thread.join()
        return good
