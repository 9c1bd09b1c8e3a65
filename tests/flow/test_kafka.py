"""Topics as a source: forms of messages, and that each is taken once."""

import gzip
import json
import re
import secrets
import subprocess
import time

import pytest

import payloads
from firehose import envelope, line
from kafka import Reader
from servers import until

# Segments come and go by the second.
FAST = {"clock": {"start": "2026-01-01T00:00:00Z", "speed": 60},
        "journal": {"limit": "1MiB", "segment_size": "256KiB",
                    "segment_age": "1s", "retain": "1s", "checkpoint": "1s"}}


def lines(prefix, count):
    return [line(f"{prefix}{number}") for number in range(count)]


def noise(count):
    """Lines that do not shrink."""
    return b"".join(line(f"M{i}", dimensions={"Id": secrets.token_hex(100)})
                    for i in range(count))


def names(prefix, count):
    return [f"{prefix}{number}" for number in range(count)]


def zstd(message):
    return subprocess.run(["zstd", "-c"], input=message, check=True,
                          capture_output=True).stdout


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_codecs(tmp_path, broker, topic, codec):
    """Kafka's own compression, of batches."""
    with Reader(tmp_path, broker, topic) as server:
        broker.produce(topic, lines("M", 50), codec=codec)
        assert sorted(server.taken(50)) == sorted(names("M", 50))


def test_forms(tmp_path, broker, topic):
    """What a message may be, one partition: the order stays."""
    messages = [
        line("one"), line("two")[:-1], line("three") + line("four"),
        envelope([line("five"), line("six")], "id"),
        gzip.compress(line("seven")), zstd(line("eight") + line("nine")),
        gzip.compress(envelope([line("ten")], "id")),
        zstd(envelope([gzip.compress(line("eleven"))], "id"))]
    with Reader(tmp_path, broker, topic) as server:
        broker.produce(topic, messages, partition=1)
        assert server.taken(11) == [
            "one", "two", "three", "four", "five", "six", "seven", "eight",
            "nine", "ten", "eleven"]
        assert server.stat("messages_total") == len(messages)
        broker.produce_nothing(topic, partition=1)
        until(lambda: server.stat("empty_total") == 1, "a tombstone")
        until(lambda: server.stat("lag_messages") == 0, "no lag")
        assert server.stat("unreadable_total") == 0
        decoded = "tocsin_points_decoded_total"
        until(lambda: server.metrics()[decoded] == 11, "points")
        broker.produce(topic, [payloads.OTLP * 3, gzip.compress(
            payloads.OTLP)], partition=2)
        until(lambda: server.metrics()[decoded] == 15, "OTLP points")
        assert server.metrics()["tocsin_rejects_total"] == 0


def test_unreadable(tmp_path, broker, topic):
    """Nothing is dropped: what cannot be read is in quarantine, with its
    reason."""
    broken = gzip.compress(line("x"))[:-5]
    messages = [line("a"), b"what is this", broken, payloads.LENGTH_1000,
                b'{"requestId":"r","records":[{"data":"?"}]}', line("b")]
    with Reader(tmp_path, broker, topic) as server:
        broker.produce(topic, messages, partition=0)
        until(lambda: server.metrics()["tocsin_rejects_total"] == 4,
              "rejects")
        assert server.metrics()["tocsin_points_decoded_total"] == 2
        assert server.stat("unreadable_total") == 2
        assert server.stat("messages_total") == 6
        kept = "".join(path.read_text("utf-8") for path in
                       (server.data / "quarantine").iterdir())
        assert kept.count(f"kafka/s/{topic}/0") >= 1
        assert "what is this" in kept
        assert len(re.findall("kafka_unreadable", server.log())) == 1


def test_entries(tmp_path, broker, topic):
    """Many small messages are few entries, named by their offsets."""
    path = tmp_path / "lines"
    path.write_bytes(b"".join(lines("M", 5000)))
    broker.produce_lines(topic, path)
    with Reader(tmp_path, broker, topic) as server:
        assert sorted(server.taken(5000)) == sorted(names("M", 5000))
        assert server.stat("entries_total") <= 60
        assert server.stat("lag_messages") == 0
        until(lambda: server.committed() == 5000, "commits")
        assert server.stat("partitions") == 3
    for number in range(3):
        assert (broker.committed(f"group-{topic}", topic, number)
                == broker.high(topic, number))


def test_restart(tmp_path, broker, topic):
    """A stop, a kill, and a new group: it goes on behind what it has."""
    server = Reader(tmp_path, broker, topic)
    with server:
        broker.produce(topic, lines("A", 20))
        server.taken(20)
    broker.produce(topic, lines("B", 20))
    server.start()
    server.taken(40)
    server.kill()
    # Without any commit the journal's own marks say where to go on.
    server.config["sources"][0]["kafka"]["group"] = f"other-{topic}"
    broker.produce(topic, lines("C", 20))
    with server:
        taken = server.taken(60)
        time.sleep(0.5)
        assert sorted(taken) == sorted(
            names("A", 20) + names("B", 20) + names("C", 20))
        assert len(server.rows()) == 60
        assert server.stat("messages_total") == 20
        assert server.stat("repeats_total") == 0


def test_marks_in_checkpoint(tmp_path, broker, topic):
    """The same when the segments are gone: a checkpoint has the marks."""
    server = Reader(tmp_path, broker, topic, FAST)
    with server:
        for number in range(3):
            broker.produce(topic, lines("A", 10), partition=number)
        until(lambda: server.stat("messages_total") == 30, "messages")
        until(lambda: server.metrics()["tocsin_journal_trimmed_total"] > 2
              and not server.rows(), "trimmed segments")
        assert server.metrics()["tocsin_journal_marks"] == 3
    server.config["sources"][0]["kafka"]["group"] = f"other-{topic}"
    server.config |= {"journal": {}, "clock": {}}
    broker.produce(topic, lines("B", 3))
    with server:
        assert sorted(server.taken(3)) == names("B", 3)
        time.sleep(0.5)
        assert len(server.rows()) == 3


def test_replica_ids(tmp_path, broker, topic):
    """What another tocsin sends has an id: kept once by whatever partition and
    whenever it comes, and not at all when it comes home."""
    def ids(number, metric, partition, origin="0123456789abcdef"):
        broker.produce(topic, [line(metric)], partition, header=(
            f"tocsin-id=tocsin-{origin}-{number}-1789384732496"))

    server = Reader(tmp_path, broker, topic)
    with server:
        ids(1, "one", 0)
        ids(1, "one", 0)
        ids(2, "two", 0)
        ids(1, "one", 1)
        broker.produce(topic, lines("P", 3), 0)
        ids(3, "three", 0)
        until(lambda: server.stat("messages_total") == 8, "messages")
        assert sorted(server.taken(6)) == [
            "P0", "P1", "P2", "one", "three", "two"]
        until(lambda: server.stat("repeats_total") == 2, "repeats")
        # Home: the origin is its own, and it has that position.
        home = (server.data / "origin").read_text("ascii").strip()
        ids(2, "home", 2, home)
        until(lambda: server.metrics()["tocsin_journal_returned_total"] == 1,
              "what came home")
        until(lambda: server.committed() == 9, "commits")
    with server:
        ids(2, "two", 2)
        ids(4, "four", 0)
        assert sorted(server.taken(7)) == [
            "P0", "P1", "P2", "four", "one", "three", "two"]
        until(lambda: server.stat("repeats_total") == 1, "a repeat")
        assert len(server.rows()) == 7


def test_latest(tmp_path, broker, topic):
    broker.produce(topic, lines("A", 10))
    with Reader(tmp_path, broker, topic, reset="latest") as server:
        until(lambda: server.stat("partitions") == 3, "partitions")
        until(lambda: server.committed() == 10, "the beginning")
        broker.produce(topic, lines("B", 10))
        assert sorted(server.taken(10)) == names("B", 10)


def test_topic_made_anew(tmp_path, broker, topic):
    """What was read lies beyond the end: said, counted, and read from its
    beginning."""
    server = Reader(tmp_path, broker, topic)
    with server:
        broker.produce(topic, lines("A", 30), partition=0)
        server.taken(30)
    broker.delete(topic)

    def again():
        broker.admin("create", topic, 3, check=False)
        return broker.admin("high", topic, 0, check=False) == "0"

    until(again, "the topic again")
    broker.produce(topic, lines("B", 10), partition=0)
    with server:
        assert server.taken(40)[30:] == names("B", 10)
        assert server.stat("topics_anew_total") >= 1
        assert "kafka_topic_anew" in server.log()
    # The mark is the new one's: nothing is taken again.
    broker.produce(topic, lines("C", 1), partition=0)
    with server:
        assert server.taken(41)[40:] == ["C0"]
        assert server.stat("topics_anew_total") == 0


def test_removed_messages(tmp_path, broker, topic):
    """What the brokers removed before it was read is counted and said."""
    server = Reader(tmp_path, broker, topic)
    with server:
        broker.produce(topic, lines("A", 5), partition=0)
        server.taken(5)
    broker.produce(topic, lines("B", 20), partition=0)
    broker.admin("trim", topic, 0, 15)
    with server:
        assert server.taken(15)[5:] == names("B", 20)[10:]
        assert server.stat("lost_total") == 10
        assert "kafka_messages_lost" in server.log()


def test_full(tmp_path, broker, topic):
    """The journal takes nothing: reading pauses, nothing is committed that is
    not durable, and after it all is there once."""
    count = 30000
    path = tmp_path / "lines"
    path.write_bytes(noise(count))
    broker.produce_lines(topic, path)
    server = Reader(tmp_path, broker, topic, {"journal": {
        "limit": "512KiB", "segment_size": "256KiB"}})
    with server:
        until(lambda: server.stat("paused") == 1, "a pause")
        # A second of commits and of tries.
        time.sleep(2.5)
        assert server.stat("paused") == 1
        assert server.stat("lag_messages") > 0
        assert server.stat("lag_most_messages") > 0
        durable = len(server.rows())
        assert 0 < durable < count
        assert server.committed() == durable
        assert server.stat("partitions") == 3
        assert server.stat("rebalances_total") == 1
        # What was read ahead is bounded: a batch flying and one open each.
        assert server.stat("messages_total") - durable < 6 * 6000
    server.config["journal"] = {}
    with server:
        assert sorted(server.taken(count)) == sorted(names("M", count))
        time.sleep(0.3)
        assert len(server.rows()) == count


def test_pause_and_on(tmp_path, broker, topic):
    """The journal frees room by itself: reading goes on, nothing is lost or
    doubled."""
    count = 20000
    path = tmp_path / "lines"
    path.write_bytes(noise(count))
    server = Reader(tmp_path, broker, topic, FAST)
    with server:
        broker.produce_lines(topic, path)
        decoded = "tocsin_points_decoded_total"
        until(lambda: server.metrics()[decoded] >= count, "all points", 60)
        time.sleep(0.3)
        assert server.metrics()[decoded] == count
        assert server.stat("messages_total") == count
        assert server.stat("pauses_total") >= 1
        until(lambda: server.stat("paused") == 0, "no pause")
        until(lambda: server.stat("lag_messages") == 0, "no lag")
        assert "kafka_resumed" in server.log()


def test_own_metric(tmp_path, broker, topic):
    """Lag is a metric that alarms can read."""
    alarms = tmp_path / "alarms.json"
    alarms.write_text(json.dumps({"MetricAlarms": [{
        "AlarmName": "lag", "Namespace": "Tocsin", "MetricName": "KafkaLag",
        "Dimensions": [{"Name": "Name", "Value": "tocsin"},
                       {"Name": "Source", "Value": "s"}],
        "Statistic": "Maximum", "Period": 60, "EvaluationPeriods": 1,
        "Threshold": 100.0, "ComparisonOperator": "GreaterThanThreshold"}]}))
    with Reader(tmp_path, broker, topic, {
            "alarms": [str(alarms)], "clock": FAST["clock"]}) as server:
        broker.produce(topic, lines("M", 5))
        until(lambda: b'"KafkaLag"' in server.plain(), "the metric")
        row = next(json.loads(row) for row in server.rows()
                   if b'"KafkaLag"' in row)
        assert row["dimensions"] == {"Name": "tocsin", "Source": "s"}
        assert row["value"]["max"] <= 5 and row["unit"] == "Count"


def test_unknown_topic(tmp_path, broker):
    """A topic that is not there is said."""
    server = Reader(tmp_path, broker, "made-later")
    with server:
        until(lambda: "kafka_trouble" in server.log(), "a word")
        assert "UNKNOWN_TOPIC_OR_PART" in server.log()
        until(lambda: server.stat("troubled") == 1, "a gauge")
        assert server.stat("errors_total") >= 1
