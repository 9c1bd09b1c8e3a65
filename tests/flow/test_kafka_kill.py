"""Topics through kills: of the reader, of the broker, and of both. The million
is ./dev torture 1 --only kafka."""

import json
import os
import subprocess
import sys
import threading
import time

from firehose import line
from kafka import Reader
from servers import ROOT, until

RECORDS = 100_000


def test_kills(tmp_path):
    seed = int(os.environ.get("SEED", time.time_ns() % 1_000_000))
    print(f"SEED={seed}")
    done = subprocess.run(
        [sys.executable, ROOT / "tests/torture/topics.py", "--folder",
         tmp_path, "--seed", str(seed), "--records", str(RECORDS),
         "--seconds", "6", "--breaks", "2"],
        capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    counts = json.loads(done.stdout.splitlines()[-1])
    print(counts)
    assert counts["records"] == RECORDS
    assert counts["kills"] + counts["stops"] >= 2


class Stream(threading.Thread):
    """Sends lines until it is told to end, ten at a time."""

    def __init__(self, broker, topic):
        super().__init__()
        self.broker, self.topic = broker, topic
        self.sent, self.ending = 0, False
        self.start()

    def run(self):
        while not self.ending:
            self.broker.produce(self.topic, [
                line(f"M{number}")
                for number in range(self.sent, self.sent + 10)])
            self.sent += 10

    def end(self):
        self.ending = True
        self.join()
        return self.sent


def metrics_of(*servers):
    return [json.loads(row)["metric_name"] for server in servers
            for row in server.rows()]


def test_two_members(tmp_path, broker, topic):
    """Partitions go from one to the other and back: nothing is lost, nothing
    is there twice."""
    one = Reader(tmp_path / "one", broker, topic).start()
    two = Reader(tmp_path / "two", broker, topic)
    stream = Stream(broker, topic)

    def shared():
        return {server.stat("partitions") for server in (one, two)} == {1, 2}

    def whole(server):
        return server.stat("partitions") == 3

    until(lambda: whole(one), "all partitions")
    two.start()
    until(shared, "both to have some")
    time.sleep(0.5)
    assert two.stop() == 0
    until(lambda: whole(one), "all partitions again")
    two.start()
    until(shared, "both to have some")
    assert one.stop() == 0
    until(lambda: whole(two), "all partitions at the other")
    one.start()
    until(shared, "both to have some")
    sent = stream.end()
    until(lambda: len(one.rows()) + len(two.rows()) >= sent, "all of them")
    time.sleep(0.3)
    got = metrics_of(one, two)
    assert len(got) == sent and len(set(got)) == sent
    assert min(len(one.rows()), len(two.rows())) > 0
    assert one.stop() == 0 and two.stop() == 0
    assert one.committed() == sent


def test_same_instance(tmp_path, broker, topic):
    """A second one with the same `instance` fences the first, which says so
    and goes on trying; when it is alone again it has the partitions."""
    one = Reader(tmp_path / "one", broker, topic, instance="same").start()
    until(lambda: one.stat("partitions") == 3, "partitions")
    two = Reader(tmp_path / "two", broker, topic, instance="same").start()
    until(lambda: two.stat("partitions") == 3, "partitions")
    until(lambda: one.stat("recreated_total") >= 1, "a new consumer")
    assert "FENCED_INSTANCE_ID" in one.log()
    assert "same `instance`" in one.log()
    assert two.stop() == 0
    until(lambda: one.stat("partitions") == 3, "partitions again", 60)
    broker.produce(topic, [line("after")])
    assert one.taken(1) == ["after"]
    assert one.stop() == 0


def test_broker_gone(tmp_path, broker, topic):
    """Without a broker it waits, says so once, ends when asked, and starts."""
    server = Reader(tmp_path, broker, topic)
    server.config["sources"][0]["kafka"]["brokers"] = "127.0.0.1:1"
    with server:
        until(lambda: "kafka_trouble" in server.log(), "a word")
        until(lambda: server.stat("troubled") == 1, "a gauge")
        assert server.stat("partitions") == 0
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 15
        assert server.log().count("kafka_trouble") == 1
