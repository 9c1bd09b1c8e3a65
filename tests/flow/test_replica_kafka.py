"""A replica by way of a topic: from one tocsin to another, through restarts of
all three, and in a circle."""

import collections
import json
import random

from firehose import Sender, line
from kafka import Reader
from payloads import OTLP
from servers import Tocsin, tocsin, until


def near_of(folder, broker, topic, **kafka):
    return Tocsin(folder, {"sinks": {"replica": [{
        "name": "far", "kafka": {"brokers": broker.address, "topic": topic,
                                 **kafka}}]}})


def stat(server, name):
    return server.metrics().get(f'tocsin_{name}{{sink="replica-far"}}', 0)


def kept(server):
    """Each line and how often it is there."""
    return collections.Counter(server.plain().splitlines())


def send(sender, numbers, series=7):
    for number in numbers:
        rows = [line(f"M{i}", timestamp=1611929640000 + number * 60000)
                for i in range(series)]
        assert sender.send([b"".join(rows)], f"id-{number}").status == 200


def lanes(broker, topic):
    """(key, id, value) of each message."""
    out = broker.kcat("-C", "-t", topic, "-e", "-f", "%k\t%h\t%S\n%s")
    while out:
        head, out = out.split(b"\n", 1)
        key, header, size = head.decode().split("\t")
        yield key, header, out[:int(size)]
        out = out[int(size):]


def test_to_a_topic(tmp_path, broker, topic):
    with near_of(tmp_path, broker, topic) as near:
        sender = Sender(near.feed_port)
        send(sender, range(20))
        assert sender.send([OTLP], "otlp").status == 200
        until(lambda: stat(near, "delivery_sent_total") >= 21, "sent")
        seen, keys = collections.Counter(), collections.defaultdict(set)
        for key, head, value in lanes(broker, topic):
            assert head.startswith("tocsin-id=tocsin-")
            seen[head] += 1
            for row in value.splitlines() if value[:1] == b"{" else []:
                keys[json.loads(row)["metric_name"]].add(key)
        # Ids are of a message each; a series has one key.
        assert set(seen.values()) == {1} and len(seen) >= 21
        assert all(len(some) == 1 for some in keys.values())
        assert len(keys) == 7


def test_to_another(tmp_path, broker, topic):
    """Kills of both and of the broker, and a position that is lost: the far
    one has every line once."""
    far = Reader(tmp_path / "far", broker, topic)
    near = near_of(tmp_path / "near", broker, topic)
    far.start()
    near.start()
    sender = Sender(near.feed_port)
    send(sender, range(100))
    near.kill()
    near.start()
    sender.close()
    send(sender, range(100, 200))
    broker.kill()
    send(sender, range(200, 250))
    broker.start()
    far.kill()
    far.start()
    send(sender, range(250, 300))
    until(lambda: len(far.rows()) >= 2100, "all lines", 60, every=0.2)
    # All of it once more: the ids say that it is known.
    near.kill()
    for path in near.data.rglob("*.position"):
        path.unlink()
    near.start()
    sender.close()
    send(sender, range(300, 301))
    until(lambda: len(far.rows()) >= 2107, "the last lines", 60, every=0.2)
    assert near.stop() == 0
    assert kept(far) == kept(near)
    assert set(kept(far).values()) == {1}
    assert far.stat("repeats_total") > 100
    assert far.stop() == 0
    _, _, said = tocsin("journal", "verify", far.journal)
    assert "damage" not in said


def test_circle(tmp_path, broker, topic):
    """Each sends what it has to the other, and it does not go round."""
    broker.create(f"{topic}.back", 3)
    one = near_of(tmp_path / "one", broker, topic)
    two = near_of(tmp_path / "two", broker, f"{topic}.back")
    one.config["sources"] = [{"name": "s", "kafka": {
        "brokers": broker.address, "topics": [f"{topic}.back"],
        "group": "one"}}]
    two.config["sources"] = [{"name": "s", "kafka": {
        "brokers": broker.address, "topics": [topic], "group": "two"}}]
    with one, two:
        a, b = Sender(one.feed_port), Sender(two.feed_port)
        send(a, range(30))
        send(b, range(30, 60))
        until(lambda: len(one.plain().splitlines()) >= 420
              and len(two.plain().splitlines()) >= 420, "all in both")
        send(a, range(60, 61))
        until(lambda: len(two.plain().splitlines()) >= 427, "the last ones")
        until(lambda: one.metrics()["tocsin_journal_returned_total"] > 30,
              "what came home")
        for server in (one, two):
            count = collections.Counter(server.plain().splitlines())
            assert len(count) == 427 and set(count.values()) == {1}


def test_no_topic(tmp_path, broker):
    """A topic that is not there: nothing is lost, and it goes when it is."""
    with near_of(tmp_path, broker, "replica-late") as near:
        sender = Sender(near.feed_port)
        send(sender, range(3))
        until(lambda: "UNKNOWN" in near.log(), "a word", 60)
        broker.create("replica-late", 2)
        until(lambda: stat(near, "delivery_sent_total") >= 3, "sent", 90)
        assert len(list(lanes(broker, "replica-late"))) >= 3


def test_too_large(tmp_path, broker):
    """What the topic never takes is a dead letter; the rest goes."""
    broker.create("replica-small", 2, max_message_bytes=20000)
    with near_of(tmp_path, broker, "replica-small") as near:
        sender = Sender(near.feed_port)
        send(sender, range(1))
        # Always the same: a lane of its own, not that of "small".
        large = line("large", dimensions={"D": random.Random(1).randbytes(30000).hex()})
        assert sender.send([line("small") + large], "large").status == 200
        send(sender, range(1, 2))
        until(lambda: stat(near, "delivery_dead_total") == 1, "a dead letter")
        until(lambda: stat(near, "delivery_sent_total") >= 2, "the others")
        rows = b"".join(value for *_, value in lanes(broker, "replica-small"))
        assert b'"small"' in rows and b'"large"' not in rows
        assert rows.count(b'"M0"') == 2
        dead = next((near.data / "checkpoint").glob("replica-far*.dead"))
        assert "MSG_SIZE_TOO_LARGE" in dead.read_text("utf-8")
