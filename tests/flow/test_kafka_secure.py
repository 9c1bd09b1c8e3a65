"""Brokers that want to know who we are: passwords and certificates, right and
wrong; what is wrong is said, and no secret is."""

import base64
import hashlib
import hmac
import urllib.parse

import pytest

from firehose import line
from kafka import PASSWORD, USER, Broker, Reader, certificates
from oauth_broker import OauthBroker
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
    assert status == 3 and "empty has no password in it" in said
    wrong = Reader(tmp_path / "c", broker, topic, **tls(
        broker, key=password))
    wrong.write_config()
    status, _, said = tocsin("run", "--config", wrong.config_path)
    assert status == 3 and "ssl.key.location" in said
    assert PASSWORD not in said


def signature(url, secret):
    """Of a presigned GET, as its own X-Amz-… say (AWS, "Create a signed AWS
    API request")."""
    parts = urllib.parse.urlsplit(url)
    query = [part for part in parts.query.split("&") if not part.startswith(
        ("X-Amz-Signature=", "User-Agent="))]
    asked = dict(urllib.parse.parse_qsl(parts.query))
    scope = asked["X-Amz-Credential"].split("/", 1)[1]
    canonical = "\n".join([
        "GET", "/", "&".join(sorted(query)), f"host:{parts.netloc}\n", "host",
        hashlib.sha256(b"").hexdigest()])
    signed = "\n".join(["AWS4-HMAC-SHA256", asked["X-Amz-Date"], scope,
                        hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + secret).encode()
    for part in (*scope.split("/"), signed):
        key = hmac.digest(key, part.encode(), "sha256")
    return key.hex(), asked


def test_msk_iam(tmp_path):
    """What a broker of MSK would get; there is none here."""
    secret = "verysecretkeyoftests"
    peer = OauthBroker(certificates(tmp_path))
    server = Loud(
        tmp_path / "t", None, "topic", brokers=peer.address,
        security="sasl_tls", mechanism="AWS_MSK_IAM", region="eu-central-1",
        ca_file=str(tmp_path / "ca.pem"))
    server.env |= {"AWS_ACCESS_KEY_ID": "AKIDTESTS", "AWS_SESSION_TOKEN":
                   "asessionoftests", "AWS_SECRET_ACCESS_KEY": secret}
    with server:
        until(lambda: peer.tokens, "a token")
    peer.close()
    assert peer.mechanisms[0] == "OAUTHBEARER"
    first, token, *_ = peer.tokens[0].split(b"\x01")
    assert first.startswith(b"n,") and token.startswith(b"auth=Bearer ")
    token = token.removeprefix(b"auth=Bearer ")
    url = base64.urlsafe_b64decode(token + b"=" * (-len(token) % 4)).decode()
    wanted, asked = signature(url, secret)
    assert url.startswith("https://kafka.eu-central-1.amazonaws.com/?")
    assert asked["Action"] == "kafka-cluster:Connect"
    assert asked["X-Amz-Expires"] == "900"
    assert asked["X-Amz-Security-Token"] == "asessionoftests"
    assert asked["X-Amz-Credential"].startswith("AKIDTESTS/")
    assert asked["X-Amz-Credential"].endswith(
        "/eu-central-1/kafka-cluster/aws4_request")
    assert asked["X-Amz-Signature"] == wanted
    for word in (secret, "asessionoftests", token.decode(), wanted):
        assert word not in server.log()


def test_msk_iam_without_credentials(tmp_path):
    """Said, tried again, and no end of the program."""
    peer = OauthBroker(certificates(tmp_path))
    server = Loud(
        tmp_path / "t", None, "topic", brokers=peer.address,
        security="sasl_tls", mechanism="AWS_MSK_IAM", region="eu-central-1",
        ca_file=str(tmp_path / "ca.pem"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del server.env[name]
    server.env["AWS_EC2_METADATA_DISABLED"] = "true"
    with server:
        until(lambda: "a token for MSK" in server.log(), "a word")
        assert "kafka_trouble" in server.log()
        assert server.stop() == 0
    peer.close()
    assert not peer.tokens
