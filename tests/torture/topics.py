"""A topic through kill -9 of its reader, stops, and kills of the broker: each
record is in the journal exactly once.

    topics.py --folder FOLDER [--seed N] [--records N] [--seconds S]
              [--breaks N]

The records are sent over about so many seconds, and the broker breaks at most
so often. The last line is a JSON object
of counts; exit status 1 when a record is missing or there twice.
"""

import argparse
import json
import pathlib
import random
import re
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support")]

from kafka import Broker, Reader  # noqa: E402
from servers import until  # noqa: E402

PARTITIONS = 4
CHUNKS = 50
DRAIN_SECONDS = 300
ID = re.compile(rb'"sum":(\d+)\.0,')


def record(number):
    """A line of some 350 bytes; its sum is its number."""
    return (f'{{"metric_stream_name":"torture","account_id":"111122223333",'
            f'"region":"us-east-{number % 2 + 1}","namespace":"AWS/RDS",'
            f'"metric_name":"ReplicaLag{number % 40}","dimensions":'
            f'{{"DBClusterIdentifier":"cluster-{number % 25}",'
            f'"DBInstanceIdentifier":"database-instance-{number % 50}"}},'
            f'"timestamp":{1767225600000 + number // 1000 * 60000},"value":'
            f'{{"max":{number % 997}.0,"min":0.0,"sum":{number}.0,'
            f'"count":60.0}},"unit":"Seconds"}}\n')


class Sender(threading.Thread):
    """Sends the chunks, through whatever happens to the broker."""

    def __init__(self, broker, folder, records, seconds):
        super().__init__()
        self.broker, self.path = broker, folder / "chunk"
        self.records, self.pause = records, seconds / CHUNKS
        self.sent, self.failed = 0, None

    def run(self):
        try:
            size = -(-self.records // CHUNKS)
            while self.sent < self.records:
                began = time.monotonic()
                last = min(self.records, self.sent + size)
                self.path.write_text("".join(
                    map(record, range(self.sent, last))), encoding="utf-8")
                self.broker.kcat(
                    "-P", "-E", "-t", "torture", "-z", "lz4", "-X",
                    "enable.idempotence=true", "-l", self.path, seconds=120)
                self.sent = last
                time.sleep(max(0, began + self.pause - time.monotonic()))
        except (OSError, subprocess.SubprocessError) as error:
            self.failed = error


class Round:
    def __init__(self, words):
        self.words = words
        self.dice = random.Random(f"{words.seed} topics")
        self.folder = words.folder.resolve()
        self.broker = Broker(self.folder / "kafka")
        self.counts = {"records": words.records, "kills": 0, "stops": 0,
                       "broker kills": 0, "broker stops": 0, "repeats": 0}
        self.sender = self.server = None

    def trouble(self):
        """One of the things that happen."""
        what = self.dice.choice(["kills"] * 3 + ["stops", "broker kills",
                                                 "broker kills",
                                                 "broker stops"])
        breaks = self.counts["broker kills"] + self.counts["broker stops"]
        if what.startswith("broker") and breaks >= self.words.breaks:
            what = "kills"
        self.counts[what] += 1
        if what.startswith("broker"):
            if what == "broker kills":
                self.broker.kill()
            else:
                self.broker.stop()
            time.sleep(self.dice.choice([0, 0.5]))
            self.broker.start()
        elif what == "kills":
            self.counts["repeats"] += int(
                self.server.stat("repeats_total"))
            self.server.kill()
            self.server.start()
        else:
            assert self.server.stop() == 0
            self.server.start()

    def kept(self):
        """How often each record is in the journal."""
        seen = bytearray(self.words.records)
        for path in self.server.segments():
            plain = subprocess.run(["zstd", "-dc", path], check=True,
                                   capture_output=True, timeout=120).stdout
            for number in map(int, ID.findall(plain)):
                seen[number] = min(255, seen[number] + 1)
        return seen

    def drain(self):
        """Waits until the brokers were told of the last one."""
        until(lambda: self.server.stat("partitions") == PARTITIONS,
              "partitions", DRAIN_SECONDS, every=0.2)
        high = [self.broker.high("torture", number)
                for number in range(PARTITIONS)]
        assert sum(high) == self.words.records, high
        until(lambda: [self.broker.committed("torture", "torture", number)
                       for number in range(PARTITIONS)] == high,
              "everything", DRAIN_SECONDS, every=0.2)

    def play(self):
        began = time.monotonic()
        self.broker.start()
        self.broker.create("torture", PARTITIONS)
        self.server = Reader(
            self.folder / "tocsin", self.broker, "torture",
            {"journal": {"checkpoint": "10s", "limit": "4GiB"}},
            group="torture", instance="one")
        self.server.start()
        self.sender = Sender(self.broker, self.folder, self.words.records,
                             self.words.seconds)
        self.sender.start()
        while self.sender.is_alive():
            time.sleep(self.dice.uniform(0.2, 1.5))
            self.trouble()
        self.sender.join()
        if self.sender.failed:
            raise self.sender.failed
        self.drain()
        seen = self.kept()
        self.counts["missing"] = seen.count(0)
        self.counts["twice"] = len(seen) - seen.count(0) - seen.count(1)
        self.counts["entries"] = self.entries()
        assert self.server.stop() == 0
        self.broker.stop()
        self.counts["seconds"] = round(time.monotonic() - began)
        return not self.counts["missing"] and not self.counts["twice"]

    def entries(self):
        return int(self.server.metrics()["tocsin_journal_last_seq"])

    def end(self):
        for server in (self.server, self.broker):
            if server is not None:
                server.kill()


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--folder", type=pathlib.Path, required=True)
    words.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    words.add_argument("--records", type=int, default=1_000_000)
    words.add_argument("--seconds", type=float, default=40)
    words.add_argument("--breaks", type=int, default=8)
    one = Round(words.parse_args())
    try:
        good = one.play()
    finally:
        one.end()
    print(json.dumps({"seed": one.words.seed, **one.counts}))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
