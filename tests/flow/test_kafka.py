"""Topics as a source: every form of message, restarts, back-pressure."""

import gzip
import json
import subprocess

import pytest

import payloads
from firehose import envelope, line
from kafka import Broker
from servers import Tocsin, until


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    with Broker(tmp_path_factory.mktemp("kafka")) as server:
        yield server


@pytest.fixture(name="topic")
def fixture_topic(request, broker):
    name = request.node.name.replace("[", ".").replace("]", "")
    broker.create(name, 3)
    return name


def reader(folder, broker, topic, journal=None, **kafka):
    """A tocsin that reads the topic."""
    return Tocsin(folder, {
        "journal": journal or {}, "sources": [{"name": "s", "kafka": {
            "brokers": broker.address, "topics": [topic],
            "group": f"group-{topic}", "session_timeout": "6s", **kafka}}]})


def stat(server, name):
    return server.metrics().get(f'tocsin_kafka_{name}{{source="s"}}', 0)


def taken(server, count):
    until(lambda: stat(server, "messages_total") >= count, "messages")
    until(lambda: stat(server, "lag_messages") == 0, "nothing behind")


def names(server):
    """The metrics of the points in the journal, in its order."""
    return [json.loads(row)["metric_name"]
            for row in server.plain().splitlines()]


def lines(prefix, count, begin=0):
    return [line(f"{prefix}{number}") for number in range(begin, count)]


def zstd(message):
    return subprocess.run(["zstd", "-c"], input=message, check=True,
                          capture_output=True).stdout


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_codecs(tmp_path, broker, topic, codec):
    """Kafka's own compression, of batches."""
    with reader(tmp_path, broker, topic) as server:
        broker.produce(topic, lines("M", 50), codec=codec)
        taken(server, 50)
        assert sorted(names(server)) == sorted(f"M{i}" for i in range(50))
