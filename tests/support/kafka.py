"""A Kafka broker for tests, and kcat as the one who sends.

    with Broker(folder) as broker:
        broker.create("metrics", 3)
        broker.produce("metrics", [b"one", b"two"], partition=0)
        with Reader(folder, broker, "metrics") as server:
            server.taken(2)

Listeners: `address` plain, `sasl` PLAIN and SCRAM, and with certificates
`tls` (mutual) and `sasl_tls`. User tocsin, password `secret`.
"""

import functools
import json
import os
import pathlib
import socket
import subprocess
import tempfile

from servers import CACHE, PATIENCE, ROOT, Server, Tocsin, free_port, until

JVM = ["-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
       "-XX:-UsePerfData", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
       "-Djava.net.preferIPv4Stack=true"]
USER, PASSWORD = "tocsin", "a-secret-of-tests"
JAAS = "org.apache.kafka.common.security"
SCRAM = ("SCRAM-SHA-256", "SCRAM-SHA-512")


@functools.cache
def admin_binary():
    """kafka_admin.c, compiled once a run."""
    program = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-")) / "kafka_admin"
    subprocess.run(["cc", "-O1", "-Wall", "-Wextra", "-Werror", "-o", program,
                    ROOT / "tests/support/kafka/kafka_admin.c", "-lrdkafka"],
                   check=True)
    return program


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True,
                   capture_output=True, timeout=PATIENCE)


def certificates(folder):
    """ca.pem, which signed those of server (127.0.0.1; both.pem has its key
    too) and client; and stranger.pem, which signed nothing."""
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    for name in ("ca", "stranger"):
        openssl("req", "-x509", *curve, "-days", "2", "-subj", f"/CN={name}",
                "-keyout", folder / f"{name}.key",
                "-out", folder / f"{name}.pem")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    for name in ("server", "client"):
        openssl("req", *curve, "-subj", f"/CN={name}", "-keyout",
                folder / f"{name}.key", "-out", folder / f"{name}.csr")
        openssl("x509", "-req", "-days", "2", "-in", folder / f"{name}.csr",
                "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key",
                "-CAcreateserial", "-extfile", folder / "names",
                "-out", folder / f"{name}.pem")
    (folder / "both.pem").write_bytes((folder / "server.key").read_bytes()
                                      + (folder / "server.pem").read_bytes())
    return folder


class Broker(Server):
    """One node that is broker and controller. What it was given survives
    kill() and start()."""

    name = "kafka"

    def __init__(self, folder, certificates=None, jars="kafka"):
        super().__init__(folder)
        self.certificates, self.jars = certificates, jars
        ports = {name: free_port() for name in
                 ("PLAIN", "SASL", "TLS", "STLS", "CONTROLLER")}
        self.ports = ports
        self.address, self.sasl, self.tls, self.sasl_tls = (
            f"127.0.0.1:{ports[name]}"
            for name in ("PLAIN", "SASL", "TLS", "STLS"))
        self.secret = PASSWORD
        self.properties = self.folder / "server.properties"

    def listeners(self):
        kinds = {"PLAIN": "PLAINTEXT", "SASL": "SASL_PLAINTEXT",
                 "TLS": "SSL", "STLS": "SASL_SSL"}
        if self.certificates is None:
            kinds = {name: kinds[name] for name in ("PLAIN", "SASL")}
        return kinds

    def security(self):
        rows = {"sasl.enabled.mechanisms": ",".join(("PLAIN", *SCRAM))}
        for name in self.listeners():
            if self.listeners()[name].startswith("SASL"):
                at = f"listener.name.{name.lower()}"
                rows[f"{at}.plain.sasl.jaas.config"] = (
                    f"{JAAS}.plain.PlainLoginModule required "
                    f'user_{USER}="{PASSWORD}";')
                for kind in SCRAM:
                    rows[f"{at}.{kind.lower()}.sasl.jaas.config"] = (
                        f"{JAAS}.scram.ScramLoginModule required;")
        if self.certificates is not None:
            rows |= {"ssl.keystore.type": "PEM", "ssl.truststore.type": "PEM",
                     "ssl.keystore.location": self.certificates / "both.pem",
                     "ssl.truststore.location": self.certificates / "ca.pem",
                     "listener.name.tls.ssl.client.auth": "required"}
        return rows

    def write(self):
        kinds = self.listeners()
        shown = ",".join(f"{name}://127.0.0.1:{self.ports[name]}"
                         for name in kinds)
        controller = f"127.0.0.1:{self.ports['CONTROLLER']}"
        rows = {
            "process.roles": "broker,controller", "node.id": 1,
            "controller.quorum.voters": f"1@{controller}",
            "listeners": f"{shown},CONTROLLER://{controller}",
            "advertised.listeners": shown,
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": ",".join(
                f"{name}:{kind}" for name, kind in
                [*kinds.items(), ("CONTROLLER", "PLAINTEXT")]),
            "inter.broker.listener.name": "PLAIN",
            "log.dirs": self.folder / "logs",
            "group.initial.rebalance.delay.ms": 0,
            "group.min.session.timeout.ms": 1000,
            "log.cleaner.dedupe.buffer.size": 2097152,
            "num.network.threads": 2, "num.io.threads": 2,
            "background.threads": 2, "auto.create.topics.enable": "false",
            "log.flush.interval.messages": 1000,
            "broker.session.timeout.ms": 1500,
            "broker.heartbeat.interval.ms": 300,
            "offsets.topic.num.partitions": 1,
            "transaction.state.log.num.partitions": 1}
        for kind in ("offsets.topic", "transaction.state.log",
                     "share.coordinator.state.topic"):
            rows[f"{kind}.replication.factor"] = 1
            if kind != "offsets.topic":
                rows[f"{kind}.min.isr"] = 1
        self.properties.write_text("".join(
            f"{key}={value}\n" for key, value in
            {**rows, **self.security()}.items()), encoding="utf-8")

    def java(self):
        return ["java", *JVM, "-cp", f"{CACHE}/{self.jars}/*"]

    def start(self, wait=True):
        if not self.properties.exists():
            self.write()
            words = []
            for kind in SCRAM:
                words += ["--add-scram",
                          f'{kind}=[name="{USER}",password="{PASSWORD}"]']
            subprocess.run(
                [*self.java(), "kafka.tools.StorageTool", "format", "-t",
                 "AAAAAAAAQACAAAAAAAAAAQ", "-c", self.properties, *words],
                check=True, capture_output=True, timeout=PATIENCE)
        return super().start(wait)

    def command(self):
        return [*self.java(), "kafka.Kafka", str(self.properties)]

    def ready(self):
        try:
            socket.create_connection(
                ("127.0.0.1", self.ports["PLAIN"]), 1).close()
        except OSError:
            return False
        return subprocess.run(
            ["kcat", "-b", self.address, "-L", "-m", "2"], check=False,
            capture_output=True, timeout=PATIENCE).returncode == 0

    def admin(self, *words, check=True):
        """See kafka/kafka_admin.c."""
        done = subprocess.run(
            [admin_binary(), self.address, *map(str, words)], text=True,
            capture_output=True, timeout=PATIENCE, check=False)
        assert not check or done.returncode == 0, done.stderr
        return done.stdout.strip()

    def create(self, topic, partitions=1, **settings):
        self.admin("create", topic, partitions,
                   *(f"{key.replace('_', '.')}={value}"
                     for key, value in settings.items()))

    def delete(self, topic):
        self.admin("delete", topic)

    def committed(self, group, topic, partition=0):
        """The group's next message; -1: none."""
        return int(self.admin("committed", group, topic, partition))

    def high(self, topic, partition=0):
        """Behind the last message."""
        return int(self.admin("high", topic, partition))

    def kcat(self, *words, given=None, seconds=PATIENCE):
        return subprocess.run(
            ["kcat", "-q", "-b", self.address, *map(str, words)],
            check=True, capture_output=True, timeout=seconds,
            input=given, env={**os.environ, "LC_ALL": "C"}).stdout

    def produce(self, topic, messages, partition=None, codec="none",
                header=None):
        """Any bytes: each message goes through a file of its own."""
        where = [] if partition is None else ["-p", partition]
        if header is not None:
            where += ["-H", header]
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for number, message in enumerate(messages):
                paths.append(pathlib.Path(folder) / str(number))
                paths[-1].write_bytes(message)
            self.kcat("-P", "-t", topic, "-z", codec, *where, *paths)

    def produce_nothing(self, topic, partition=0):
        """A message that is a key alone, as compaction's tombstones are."""
        self.kcat("-P", "-t", topic, "-p", partition, "-Z", "-K", ":",
                  given=b"key:\n")

    def produce_lines(self, topic, path, partition=None, codec="none",
                      seconds=PATIENCE):
        """Each line of the file is a message, without its newline."""
        where = [] if partition is None else ["-p", partition]
        self.kcat("-P", "-t", topic, "-z", codec, *where, "-l", path,
                  seconds=seconds)


class Reader(Tocsin):
    """A tocsin that reads a topic as its source "s"."""

    def __init__(self, folder, broker, topic, config=None, **kafka):
        self.broker, self.topic = broker, topic
        super().__init__(folder, {**(config or {}), "sources": [{
            "name": "s", "kafka": {
                "brokers": broker and broker.address, "topics": [topic],
                "group": f"group-{topic}", "session_timeout": "6s",
                **kafka}}]})

    def stat(self, name):
        return self.metrics().get(f'tocsin_kafka_{name}{{source="s"}}', 0)

    def rows(self):
        return self.plain().splitlines()

    def taken(self, count, seconds=PATIENCE):
        """Waits until so many lines are in the journal; gives their metrics,
        in its order."""
        until(lambda: len(self.rows()) >= count, f"{count} lines", seconds,
              every=0.1)
        return [json.loads(row)["metric_name"] for row in self.rows()]

    def committed(self, partitions=3):
        """All that the brokers were told, if nothing was before."""
        return sum(max(0, self.broker.committed(
            f"group-{self.topic}", self.topic, number))
            for number in range(partitions))
