"""Brokers that want to know who we are: passwords and certificates, right and
wrong; what is wrong is said, and no secret is."""

import pytest

from firehose import line
from kafka import PASSWORD, USER, Broker, Reader
from servers import tocsin, until


@pytest.fixture(name="password")
def fixture_password(tmp_path):
    path = tmp_path / "password"
    path.write_text(PASSWORD + "\n", encoding="utf-8")
    path.chmod(0o600)
    return str(path)


class Loud(Reader):
    """Logs all there is."""

    def command(self):
        return [*super().command(), "--log-level", "debug"]


def sasl(kind, password, **more):
    return {"security": "sasl_plaintext", "mechanism": kind, "user": USER,
            "password_file": password, **more}


def tls(broker, **more):
    return {"security": "tls", "brokers": broker.tls,
            "ca_file": str(broker.certificates / "ca.pem"),
            "certificate": str(broker.certificates / "client.pem"),
            "key": str(broker.certificates / "client.key"), **more}


def reads(server, broker, topic):
    with server:
        broker.produce(topic, [line("one")])
        assert server.taken(1) == ["one"]
        assert server.stat("errors_total") == 0
    assert PASSWORD not in server.log()


def complains(server, *words):
    """It says what is wrong, once, and stays; ends when asked."""
    with server:
        until(lambda: "kafka_trouble" in server.log(), "a word")
        until(lambda: server.stat("troubled") == 1, "a gauge")
        assert all(word in server.log() for word in words), server.log()
        assert server.stat("partitions") == 0
        assert server.log().count("error kafka_trouble") == 1
    assert PASSWORD not in server.log()


def test_plain(tmp_path, broker, topic, password):
    reads(Loud(tmp_path, broker, topic, **sasl(
        "PLAIN", password, brokers=broker.sasl)), broker, topic)


@pytest.fixture(scope="module")
def old_broker(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kafka39")
    with Broker(folder, jars="kafka39") as server:
        yield server


@pytest.mark.parametrize("kind", ["SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_scram(tmp_path, old_broker, password, kind):
    """With a broker before Kafka 4.0: see docs/kafka.md."""
    old_broker.create(kind, 1)
    reads(Loud(tmp_path, old_broker, kind, **sasl(
        kind, password, brokers=old_broker.sasl)), old_broker, kind)


def test_sasl_over_tls(tmp_path, broker, topic, password):
    more = sasl("PLAIN", password) | {
        "security": "sasl_tls", "brokers": broker.sasl_tls,
        "ca_file": str(broker.certificates / "ca.pem")}
    reads(Loud(tmp_path, broker, topic, **more), broker, topic)


def test_mutual_tls(tmp_path, broker, topic):
    reads(Loud(tmp_path, broker, topic, **tls(broker)), broker, topic)


@pytest.mark.parametrize("kind", ["PLAIN", "SCRAM-SHA-512"])
def test_wrong_password(tmp_path, broker, topic, password, kind):
    with open(password, "w", encoding="utf-8") as file:
        file.write("wrong-" + PASSWORD)
    complains(Loud(tmp_path, broker, topic, **sasl(
        kind, password, brokers=broker.sasl)),
        "_AUTHENTICATION", "password_file",
        *(["librdkafka 2.6.1"] if kind.startswith("SCRAM") else []))



def test_stranger(tmp_path, broker, topic):
    """A broker whose certificate nobody signed that we know."""
    complains(Loud(tmp_path, broker, topic, **tls(
        broker, ca_file=str(broker.certificates / "stranger.pem"))),
        "_SSL", "certificate")


def test_no_certificate(tmp_path, broker, topic):
    """The broker wants one, and we have none."""
    more = tls(broker)
    del more["certificate"], more["key"]
    complains(Loud(tmp_path, broker, topic, **more))


def test_files(tmp_path, broker, topic, password):
    """What is wrong with the files is known before anything runs."""
    missing = Reader(tmp_path / "a", broker, topic, **sasl(
        "PLAIN", str(tmp_path / "none")))
    missing.write_config()
    status, said, _ = tocsin("check", "--config", missing.config_path)
    assert status == 1 and "none cannot be read" in said
    empty = tmp_path / "empty"
    empty.write_text("\n")
    server = Reader(tmp_path / "b", broker, topic, **sasl(
        "PLAIN", str(empty)))
    server.write_config()
    status, _, said = tocsin("run", "--config", server.config_path)
    assert status == 3 and "empty has no password in its first line" in said
    wrong = Reader(tmp_path / "c", broker, topic, **tls(
        broker, key=password))
    wrong.write_config()
    status, _, said = tocsin("run", "--config", wrong.config_path)
    assert status == 3 and "ssl.key.location" in said
    assert PASSWORD not in said
