"""Real servers for tests and the demo: each is a process of ours on a free
port of 127.0.0.1, awaited until it answers and ended by its own id.

    with Moto(folder) as aws:             SNS, SQS, S3 …; signatures verified
        sns = aws.client("sns", "us-east-2")
    with S3Proxy(folder) as s3:           an S3 that verifies everything
    with Tocsin(folder, config) as one:   the program itself
"""

import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import boto3
from botocore.config import Config

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("TOCSIN_CACHE") or pathlib.Path(
    os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    / "tocsin")
PATIENCE = 30  # seconds that any wait may take


def tocsin_binary():
    return str(pathlib.Path(os.environ.get(
        "TOCSIN", ROOT / "build/release/tocsin")).resolve())


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition, what, seconds=PATIENCE, every=0.02):
    """Waits until condition() is true and gives its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(every)


def http_get(port, path, seconds=10):
    """(status, body), or (0, b"") when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


class Server:
    """A process with a log file. Subclasses give command() and ready()."""

    name = "server"
    started = []  # all of them, for those who clean up after a failure

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log_path = self.folder / f"{self.name}.log"
        self.process = None

    def command(self):
        raise NotImplementedError

    def ready(self):
        raise NotImplementedError

    def environment(self):
        return None

    def start(self, wait=True):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env=self.environment())
        Server.started.append(self)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self):
        try:
            until(self.ready_or_dead, f"{self.name} to answer")
        except BaseException:
            self.kill()
            raise

    def ready_or_dead(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} ended with status "
                               f"{self.process.returncode}:\n{self.tail()}")
        return self.ready()

    def log(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def tail(self):
        return "\n".join(self.log().split("\n")[-30:])

    def stop(self, seconds=PATIENCE):
        """SIGTERM; gives the exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self):
        """SIGKILL, as a power cut of the process."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        if kind is None:
            self.stop()
        else:
            self.kill()
            sys.stderr.write(f"--- {self.name}\n{self.tail()}\n")


class Moto(Server):
    """Local AWS services. The first three calls (user, its key, its policy)
    are free; from then on every signature is verified."""

    name = "moto"

    def __init__(self, folder, port=None):
        super().__init__(folder)
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.key_id = self.secret = None

    def command(self):
        return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p",
                str(self.port)]

    def environment(self):
        return {**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": "3"}

    def ready(self):
        return http_get(self.port, "/moto-api/")[0] == 200

    def start(self, wait=True):
        super().start(wait)
        self.key_id, self.secret = "free", "free"
        iam = self.client("iam", "us-east-1")
        iam.create_user(UserName="tocsin")
        key = iam.create_access_key(UserName="tocsin")["AccessKey"]
        iam.put_user_policy(
            UserName="tocsin", PolicyName="all", PolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": [{
                    "Effect": "Allow", "Action": "*", "Resource": "*"}]}))
        self.key_id, self.secret = key["AccessKeyId"], key["SecretAccessKey"]
        return self

    def client(self, service, region, secret=None):
        return boto3.client(
            service, region_name=region, endpoint_url=self.url,
            aws_access_key_id=self.key_id,
            aws_secret_access_key=secret or self.secret,
            config=Config(retries={"max_attempts": 1},
                          s3={"addressing_style": "path"}))

    def credentials(self):
        return {"AWS_ACCESS_KEY_ID": self.key_id,
                "AWS_SECRET_ACCESS_KEY": self.secret}

    def configure(self, **what):
        """Moto's own settings: lambda_={"use_docker": False}."""
        with urllib.request.urlopen(urllib.request.Request(
                f"{self.url}/moto-api/config", method="POST",
                data=json.dumps({name.rstrip("_"): value for name, value
                                 in what.items()}).encode(),
                headers={"Content-Type": "application/json"})) as answer:
            answer.read()

    def function(self, name, region, version=False):
        """The ARN of a new Lambda function, which runs nothing."""
        self.configure(lambda_={"use_docker": False})
        iam = self.client("iam", "us-east-1")
        if not any(role["RoleName"] == "runs"
                   for role in iam.list_roles()["Roles"]):
            iam.create_role(RoleName="runs", AssumeRolePolicyDocument="{}")
        role = iam.get_role(RoleName="runs")["Role"]["Arn"]
        client = self.client("lambda", region)
        arn = client.create_function(
            FunctionName=name, Runtime="python3.12", Role=role, Handler="a.b",
            Code={"ZipFile": b"x"})["FunctionArn"]
        return arn + ":" + client.publish_version(
            FunctionName=name)["Version"] if version else arn


class Inbox:
    """A topic with a queue behind it: what SNS delivers, in order."""

    def __init__(self, aws, name, region):
        fifo = name.endswith(".fifo")
        self.sns = aws.client("sns", region)
        self.sqs = aws.client("sqs", region)
        self.arn = self.sns.create_topic(Name=name, Attributes={
            "FifoTopic": "true"} if fifo else {})["TopicArn"]
        self.url = self.sqs.create_queue(QueueName=name, Attributes={
            "FifoQueue": "true"} if fifo else {})["QueueUrl"]
        queue = self.sqs.get_queue_attributes(
            QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]
        self.sns.subscribe(TopicArn=self.arn, Protocol="sqs",
                           Endpoint=queue["QueueArn"])
        self.messages = []

    def fetch(self):
        """Takes what is there; gives all messages since the start."""
        while True:
            got = self.sqs.receive_message(
                QueueUrl=self.url, MaxNumberOfMessages=10,
                WaitTimeSeconds=0).get("Messages", [])
            if not got:
                return self.messages
            for one in got:
                self.messages.append(json.loads(one["Body"]))
                self.sqs.delete_message(QueueUrl=self.url,
                                        ReceiptHandle=one["ReceiptHandle"])

    def attributes(self, name):
        """That message attribute of each; "" where it is not."""
        return [one.get("MessageAttributes", {}).get(name, {}).get("Value", "")
                for one in self.messages]


class S3Proxy(Server):
    """An S3 that verifies signatures and hashes, in memory."""

    name = "s3proxy"
    key_id, secret = "testkey", "testsecret"

    def __init__(self, folder, port=None):
        super().__init__(folder)
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def command(self):
        properties = self.folder / "s3proxy.properties"
        properties.write_text("\n".join([
            f"s3proxy.endpoint={self.url}", "s3proxy.authorization=aws-v4",
            f"s3proxy.identity={self.key_id}",
            f"s3proxy.credential={self.secret}",
            "jclouds.provider=transient-nio2", "jclouds.identity=x",
            "jclouds.credential=x", ""]), encoding="utf-8")
        quiet = self.folder / "logback.xml"
        quiet.write_text("""<configuration>
  <appender name="out" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d %-5level %msg%n</pattern></encoder>
  </appender>
  <root level="warn"><appender-ref ref="out"/></root>
</configuration>
""", encoding="utf-8")
        return ["java", "-Xmx512m", "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                f"-Dlogback.configurationFile={quiet}",
                "-cp", f"{CACHE}/s3proxy/*",
                "org.gaul.s3proxy.Main", "--properties", str(properties)]

    def ready(self):
        return http_get(self.port, "/")[0] != 0

    def client(self, secret=None):
        return boto3.client(
            "s3", region_name="us-east-2", endpoint_url=self.url,
            aws_access_key_id=self.key_id,
            aws_secret_access_key=secret or self.secret,
            config=Config(retries={"max_attempts": 1},
                          s3={"addressing_style": "path"}))

    def credentials(self):
        return {"AWS_ACCESS_KEY_ID": self.key_id,
                "AWS_SECRET_ACCESS_KEY": self.secret}


class Tocsin(Server):
    """`tocsin run` with a configuration given as a dictionary: data, feed and
    admin addresses are filled in."""

    name = "tocsin"

    def __init__(self, folder, config=None, env=None):
        super().__init__(folder)
        self.feed_port, self.admin_port = free_port(), free_port()
        self.config = {"data": str(self.folder / "data"), **(config or {})}
        listen = {"feed": f"127.0.0.1:{self.feed_port}",
                  "admin": f"127.0.0.1:{self.admin_port}"}
        self.config["listen"] = {**listen, **self.config.get("listen", {})}
        self.env = {k: v for k, v in os.environ.items()
                    if not k.startswith("AWS_")}
        self.env.update({"AWS_ACCESS_KEY_ID": "none",
                         "AWS_SECRET_ACCESS_KEY": "none", "HOME": str(folder)})
        self.env.update(env or {})
        self.config_path = self.folder / "tocsin.yaml"
        self.data = pathlib.Path(self.config["data"])
        self.journal = self.data / "journal"

    def write_config(self):
        # JSON is YAML: what a dictionary prints as is a configuration.
        self.config_path.write_text(json.dumps(self.config, indent=1),
                                    encoding="utf-8")

    def command(self):
        self.write_config()
        return [tocsin_binary(), "run", "--config", str(self.config_path)]

    def environment(self):
        return self.env

    def ready(self):
        return self.get("/readyz")[0] == 200

    def get(self, path):
        """(status, body) of the admin address."""
        return http_get(self.admin_port, path)

    def transitions(self):
        """The objects of /api/transitions, as the bytes they are: it is an
        array with a line each."""
        status, body = self.get("/api/transitions")
        assert status == 200 and isinstance(json.loads(body), list), body
        return [row.removesuffix(b",") for row in body.splitlines()
                if row not in (b"[", b"]", b"[]")]

    def metrics(self):
        """{name{labels}: value} of /metrics."""
        status, body = self.get("/metrics")
        assert status == 200, body
        rows = {}
        for line in body.decode().splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                rows[name] = float(value)
        return rows

    def segments(self):
        return sorted(self.journal.glob("*.zst"))

    def plain(self):
        """What any zstd makes of the journal: the records, as AWS sent
        them."""
        return b"".join(
            subprocess.run([shutil.which("zstd"), "-dc", str(path)],
                           check=True, timeout=PATIENCE,
                           capture_output=True).stdout
            for path in self.segments())


def tocsin(*words, given=None, seconds=120, env=None):
    """Runs a command to its end; gives (status, output, errors) as text."""
    done = subprocess.run([tocsin_binary(), *map(str, words)], input=given,
                          capture_output=True, timeout=seconds, check=False,
                          stdin=subprocess.DEVNULL if given is None else None,
                          env=env)
    return (done.returncode, done.stdout.decode("utf-8", "replace"),
            done.stderr.decode("utf-8", "replace"))
