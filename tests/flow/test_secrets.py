"""No secret in what tocsin writes: its program, logs at debug level, pages,
journal, checkpoints, dead letters."""

import json
import subprocess

from firehose import Sender, line
from proxy import FaultProxy
from servers import Tocsin, free_port, http_get, tocsin, tocsin_binary, until

REGION = "us-east-2"
SECRETS = {name: f"secret-{name}-{'0123456789abcdef' * 2}" for name in (
    "feed-key", "wrong-key", "replica-key", "webhook-key", "kafka-password",
    "session-token", "private-key")}
PAGES = ("/", "/metrics", "/healthz", "/readyz", "/api/transitions",
         "/api/heard", "/api/delays", "/api/replicas")


def key_file(folder, name):
    path = folder / name
    path.write_text(SECRETS[name] + "\n", encoding="utf-8")
    path.chmod(0o600)
    return str(path)


def broker(folder):
    """A connection to nobody, with a password."""
    return {"brokers": f"127.0.0.1:{free_port()}",
            "security": "sasl_plaintext", "mechanism": "PLAIN",
            "user": "tocsin", "password_file": key_file(folder,
                                                        "kafka-password")}


def alarms(folder, topic):
    """One that rings on the first point, and tells everybody."""
    path = folder / "alarms.json"
    path.write_text(json.dumps([{
        "AlarmName": "lag", "Namespace": "AWS/RDS", "MetricName": "Lag",
        "Dimensions": [{"Name": "Cluster", "Value": "dr"}],
        "Statistic": "Maximum", "Period": 60, "EvaluationPeriods": 1,
        "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "ignore", "Tocsin": {"Region": "*"},
        "AlarmActions": [
            topic, "webhook:pager",
            f"arn:aws:lambda:{REGION}:123456789012:function:fail-over"]}]),
        encoding="utf-8")
    return str(path)


def config(folder, url, topic):
    aws = {"region": REGION, "endpoint": url}
    return {
        "name": "one", "region": REGION, "account": "123456789012",
        "alarms": [alarms(folder, topic)], "delay": {"default": "0s"},
        "clock": {"start": "2021-01-29T14:16:00Z", "speed": 20},
        "journal": {"segment_size": "256KiB", "segment_age": "10s",
                    "checkpoint": "10s"},
        "feeds": [{"name": "primary",
                   "access_key_file": key_file(folder, "feed-key")}],
        "sources": [{"name": "stream", "kafka": {
            **broker(folder), "topics": ["t"], "group": "g"}}],
        "sinks": {
            "s3": {"bucket": "archive", **aws},
            "sns": {"endpoint": url}, "lambda": {"endpoint": url},
            "events": {"bus": "default", **aws},
            "webhooks": [{"name": "pager",
                          "url": f"https://127.0.0.1:{free_port()}/hook",
                          "secret_file": key_file(folder, "webhook-key")}],
            "replica": [
                {"name": "http", "firehose_http": {
                    "url": f"http://127.0.0.1:{free_port()}/",
                    "access_key_file": key_file(folder, "replica-key")}},
                {"name": "kds", "kinesis": {"stream": "s", **aws}},
                {"name": "fh", "firehose": {"stream": "s", **aws}},
                {"name": "log", "kafka": {**broker(folder),
                                          "topic": "r"}}]}}


def written(server):
    """What it wrote, by where that stands."""
    for path in server.data.rglob("*"):
        if path.is_file():
            blob = path.read_bytes()
            yield str(path), blob
            done = subprocess.run(["zstd", "-dcq"], input=blob, check=False,
                                  capture_output=True, timeout=30)
            yield f"{path}, unpacked", done.stdout
    yield "log", server.log_path.read_bytes()
    yield "program", open(tocsin_binary(), "rb").read()


def play(server, proxy):
    """Good and bad requests, good and bad answers; gives the pages."""
    sender = Sender(server.feed_port)
    assert sender.send([line()], "a", SECRETS["wrong-key"]).status == 401
    assert sender.send([line()], "b", SECRETS["feed-key"]).status == 200
    until(lambda: any("/2015-03-31/functions" in one.path
                      for one in proxy.seen), "a call of Lambda")
    until(lambda: any("PutEvents" in one.target() for one in proxy.seen),
          "an event")
    until(lambda: any(b"Action=Publish" in one.body for one in proxy.seen),
          "a publish")
    until(lambda: any(one.method == "PUT" for one in proxy.seen), "a segment")
    until(lambda: "webhook" in server.log(), "words about the webhook")
    return [(page, http_get(server.admin_port, page)[1]) for page in PAGES]


def test_no_secret_is_shown(tmp_path, aws):
    sns = aws.client("sns", REGION)
    topic = sns.create_topic(Name="secrets")["TopicArn"]
    secrets = {**SECRETS, "aws-secret": aws.secret}
    with FaultProxy(aws.url) as proxy:
        proxy.chances = {"500": 0.2, "503": 0.2, "inside": 0.1}
        server = Tocsin(tmp_path, config(tmp_path, proxy.url, topic), env={
            **aws.credentials(),
            "AWS_SESSION_TOKEN": SECRETS["session-token"]})
        run = server.command
        server.command = lambda: run() + ["--log-level", "debug"]
        with server:
            shown = play(server, proxy)
        assert any(SECRETS["session-token"] in str(one.headers)
                   for one in proxy.seen)
    shown += written(server)
    _, out, errors = tocsin("check", "--config", server.config_path)
    shown += [("check", (out + errors).encode())]
    assert "debug" in server.log()
    for place, blob in shown:
        for name, secret in secrets.items():
            assert secret.encode() not in blob, f"{name} is in {place}"
