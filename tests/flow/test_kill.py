"""kill -9 at random moments: what was acknowledged is there exactly once."""

import collections
import json
import os
import random
import threading
import time

from firehose import Sender, line
from servers import Tocsin, tocsin, until

REQUESTS = 2000
THREADS = 4
KILLS = 8


class Load:
    """Sends requests from several threads; one that got no 200 is sent again
    under its own request id, until it has one."""

    def __init__(self, port):
        self.port = port
        self.acknowledged = collections.Counter()
        self.sent_again = 0
        self.give_up = threading.Event()
        self.threads = [threading.Thread(target=self.work, args=(i,))
                        for i in range(THREADS)]

    def work(self, worker):
        sender = Sender(self.port, seconds=10)
        for number in range(worker, REQUESTS, THREADS):
            # Two records of two points: a request is whole or not at all.
            metrics = [f"r{number}p{i}" for i in range(4)]
            records = [line(metrics[0]) + line(metrics[1]),
                       line(metrics[2]) + line(metrics[3])]
            while not self.send(sender, records, f"id-{number}"):
                self.sent_again += 1
                if self.give_up.wait(0.02):
                    return
            self.acknowledged.update(metrics)

    @staticmethod
    def send(sender, records, name):
        try:
            return sender.send(records, name).status == 200
        except Exception:  # refused, reset, cut: the server is being killed
            sender.close()
            return False

    def done(self):
        return not any(thread.is_alive() for thread in self.threads)


def test_kill(tmp_path):
    seed = int(os.environ.get("SEED", time.time_ns() % 1_000_000))
    print(f"SEED={seed}")
    dice = random.Random(seed)
    # One-second segments: kills also fall around the change of a segment.
    server = Tocsin(tmp_path, {"journal": {"segment_size": "256KiB",
                                           "segment_age": "1s"}}).start()
    load = Load(server.feed_port)
    for thread in load.threads:
        thread.start()
    try:
        for kill in range(1, KILLS + 1):
            goal = 4 * REQUESTS * kill // (KILLS + 1)
            until(lambda: load.acknowledged.total() >= goal, "the load", 120)
            time.sleep(dice.random() * 0.05)
            server.kill()
            server.start()
        until(load.done, "the rest of the load", 120)
    finally:
        load.give_up.set()
        server.kill()
    assert load.sent_again > 0, "no kill met a request; the test says nothing"
    check(tmp_path, server, load)


def check(tmp_path, server, load):
    want = load.acknowledged
    assert len(want) == 4 * REQUESTS
    kept = collections.Counter(json.loads(row)["metric_name"]
                               for row in server.plain().splitlines())
    assert kept == want
    status, out, errors = tocsin("decode", server.journal)
    assert status == 0, errors
    assert errors.strip().split("\n")[-1] == (
        f"{4 * REQUESTS} points, 0 rejected")
    assert collections.Counter(
        json.loads(row)["metric"] for row in out.splitlines()) == want
    status, out, errors = tocsin("journal", "verify", server.journal)
    assert status == 0, out + errors


def test_torn_tail(tmp_path):
    """A tail that was cut is dropped and said; what was whole stays."""
    server = Tocsin(tmp_path).start()
    sender = Sender(server.feed_port)
    for number in range(20):
        assert sender.send([line(f"n{number}")],
                           f"id-{number}").status == 200
    server.kill()
    last = server.segments()[-1]
    os.truncate(last, last.stat().st_size - 7)
    sender.close()
    with server:
        kept = [json.loads(row)["metric_name"]
                for row in server.plain().splitlines()]
        assert kept == [f"n{i}" for i in range(19)]
        # Its request id is not remembered: it is taken again.
        assert sender.send([line("n19")], "id-19").status == 200
        assert sender.send([line("n18")], "id-18").status == 200
        kept = [json.loads(row)["metric_name"]
                for row in server.plain().splitlines()]
        assert kept == [f"n{i}" for i in range(20)]
        assert server.metrics()["tocsin_journal_torn_total"] == 1
