"""Each source of credentials, as the program itself uses it: an alarm fires
and is published to an SNS that verifies the signature (moto), or to one that
says whose key it was."""

import json
import threading
import time

import pytest

import story
from firehose import line
from metadata import Metadata
from servers import Inbox, Tocsin, until

SPEED = 600


def config(folder, topic, endpoint, speed=SPEED):
    """One alarm that fires by itself: what it watches never comes."""
    path = folder / "alarms.json"
    alarm = story.alarm("fires", topic, metric="Never", EvaluationPeriods=1,
                        DatapointsToAlarm=1, Threshold=0.5,
                        ComparisonOperator="LessThanThreshold",
                        TreatMissingData="breaching")
    flips = story.alarm("flips", topic, EvaluationPeriods=1,
                        DatapointsToAlarm=1)
    path.write_text(json.dumps({"MetricAlarms": [alarm, flips],
                                "CompositeAlarms": []}), encoding="utf-8")
    return {"region": story.REGION, "account": story.ACCOUNT,
            "alarms": [str(path)], "delay": {"default": "0s"},
            "clock": {"start": story.START, "speed": speed},
            "sinks": {"sns": {"endpoint": endpoint}}}


def tocsin_with(folder, topic, endpoint, env):
    """A server whose environment has these variables of AWS's, no others."""
    server = Tocsin(folder, config(folder, topic, endpoint),
                    env={"AWS_EC2_METADATA_DISABLED": "true",
                         "AWS_REGION": story.REGION, **env})
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        if name not in env:
            del server.env[name]
    (folder / ".aws").mkdir()
    return server


def write(server, name, text):
    path = server.folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def role(aws):
    """A role that may do everything, and a session of it."""
    iam = aws.client("iam", "us-east-1")
    arn = iam.create_role(RoleName="dr", AssumeRolePolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": "*"},
            "Action": "sts:AssumeRole"}]}))["Role"]["Arn"]
    iam.put_role_policy(
        RoleName="dr", PolicyName="all", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": "*", "Resource": "*"}]}))
    got = aws.client("sts", story.REGION).assume_role(
        RoleArn=arn, RoleSessionName="test")["Credentials"]
    return arn, {"AccessKeyId": got["AccessKeyId"],
                 "SecretAccessKey": got["SecretAccessKey"],
                 "Token": got["SessionToken"]}


def keys_text(aws, section):
    return (f"[{section}]\naws_access_key_id = {aws.key_id}\n"
            f"aws_secret_access_key = {aws.secret}\n")


def environment(server, aws, role, source):
    server.env.update(aws.credentials())


def shared(server, aws, role, source):
    write(server, ".aws/credentials", keys_text(aws, "west"))
    server.env["AWS_PROFILE"] = "west"


def in_config(server, aws, role, source):
    write(server, ".aws/config", keys_text(aws, "default"))


def assume_role(server, aws, role, source):
    """A role of a role of a user, by moto's STS, which verifies both."""
    write(server, ".aws/credentials", keys_text(aws, "base"))
    write(server, ".aws/config",
          f"[default]\nrole_arn = {role[0]}\nsource_profile = middle\n"
          f"external_id = tocsin\n[profile middle]\nrole_arn = {role[0]}\n"
          "source_profile = base\n")
    server.env["AWS_ENDPOINT_URL_STS"] = aws.url


def web_identity(server, aws, role, source):
    server.env.update({
        "AWS_WEB_IDENTITY_TOKEN_FILE": write(server, "token", "ey.ey.x\n"),
        "AWS_ROLE_ARN": role[0], "AWS_ENDPOINT_URL_STS": source.url})


def process(server, aws, role, source):
    keys = {"Version": 1, "AccessKeyId": role[1]["AccessKeyId"],
            "SecretAccessKey": role[1]["SecretAccessKey"],
            "SessionToken": role[1]["Token"]}
    path = write(server, "its keys.json", json.dumps(keys))
    write(server, ".aws/config",
          f"[default]\ncredential_process = cat '{path}'\n")


def container(server, aws, role, source):
    source.authorization = "Basic hush"
    server.env.update({
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{source.url}/v1/credentials",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE":
            write(server, "pod-token", "Basic hush")})


def imds(server, aws, role, source):
    server.env.update({"AWS_EC2_METADATA_DISABLED": "false",
                       "AWS_EC2_METADATA_SERVICE_ENDPOINT": source.url})


SOURCES = {"environment": environment, "shared": shared, "config": in_config,
           "assume_role": assume_role, "web_identity": web_identity,
           "process": process, "container": container, "imds": imds}


@pytest.mark.parametrize("name", SOURCES)
def test_each_source(tmp_path, aws, role, name):
    """The message is published with a signature that moto takes."""
    inbox = Inbox(aws, f"credentials-{name}", story.REGION)
    with Metadata() as source:
        source.keys = role[1]
        server = tocsin_with(tmp_path, inbox.arn, aws.url, {})
        SOURCES[name](server, aws, role, source)
        with server:
            got = until(inbox.fetch, "the message")
        assert json.loads(got[0]["Message"])["AlarmName"] == "fires"
        assert f"credentials source={name} " in server.log()
        for secret in (aws.secret, role[1]["SecretAccessKey"],
                       role[1]["Token"], "hush", "ey.ey.x"):
            assert secret not in server.log()


def flipping(minutes):
    """The alarm "flips" changes its state every second minute."""
    for minute in range(minutes):
        stamp = (story.START_S + minute * 60) * 1000
        high = minute // 2 % 2
        yield (minute + 1) * 60 + 5, [
            line("Lag", stamp, 2000.0 if high else 1.0, 1.0,
                 region=story.REGION)]


def publishes(source, key, more=3):
    """Waits until so many more messages came with that key."""
    want = source.published.count(key) + more
    until(lambda: source.published.count(key) >= want,
          f"{more} messages with {key}")


def waits(server, words):
    until(lambda: words in server.log(), words)


def expiring_role(server, source):
    server.env["AWS_ENDPOINT_URL_STS"] = source.url
    write(server, ".aws/config", "[default]\nrole_arn = arn:aws:iam::1:role/r"
          "\nsource_profile = base\n[profile base]\naws_access_key_id = B\n"
          "aws_secret_access_key = hush\n")


def expiring_identity(server, source):
    server.env.update({
        "AWS_WEB_IDENTITY_TOKEN_FILE": write(server, "token", "hush"),
        "AWS_ROLE_ARN": "arn:aws:iam::1:role/r",
        "AWS_ENDPOINT_URL_STS": source.url})


def expiring_process(server, source):
    write(server, ".aws/config", "[default]\ncredential_process = "
          f"curl --silent --fail {source.url}/process\n")


def expiring_container(server, source):
    server.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = f"{source.url}/v1"


def expiring_imds(server, source):
    imds(server, None, None, source)


def in_background(player, batches):
    thread = threading.Thread(target=player.play, args=(batches,),
                              daemon=True)
    thread.start()
    return thread


EXPIRING = {
    "assume_role": (expiring_role, "sts AssumeRole in us-east-2: status 400"),
    "web_identity": (expiring_identity, "sts AssumeRoleWithWebIdentity in "
                     "us-east-2: status 400"),
    "process": (expiring_process, "credential_process curl ended with "
                "status 22"),
    "container": (expiring_container, "credentials: status 400"),
    "imds": (expiring_imds, "answered with status 400")}


@pytest.mark.parametrize("name", EXPIRING)
def test_expiry_and_failing_refresh(tmp_path, name):
    """Keys of a few seconds: renewed before their end; kept while there are
    no new ones and they are good; not used after it, but for an instance's;
    new ones mend it."""
    with Metadata() as source:
        source.give("FIRST")
        source.lives = 4
        server = tocsin_with(tmp_path, "arn:aws:sns:us-east-2:1:topic",
                             source.url, {})
        EXPIRING[name][0](server, source)
        with server:
            player = story.Player(server.feed_port, SPEED)
            thread = in_background(player, flipping(400))
            publishes(source, "FIRST", 1)
            source.give("SECOND")           # there are newer ones
            publishes(source, "SECOND", 1)
            source.broken = 400             # and now none
            waits(server, "credentials_kept")
            metrics = server.metrics()
            assert metrics["tocsin_aws_credentials_renewed_total"] >= 2
            assert metrics["tocsin_aws_credentials_failed_total"] >= 1
            assert abs(metrics["tocsin_aws_credentials_expire_seconds"]
                       - time.time()) < 10
            publishes(source, "SECOND", 1)  # the old ones are still good
            assert EXPIRING[name][1] in server.log()
            if name == "imds":
                waits(server, "credentials_extended")
                publishes(source, "SECOND", 10)
            else:
                waits(server, "delivery_failed")
                source.give("THIRD")
                source.broken = None
                publishes(source, "THIRD", 1)
            player.stop.set()
            thread.join()
        assert set(source.published) == {"FIRST", "SECOND"} | (
            set() if name == "imds" else {"THIRD"})
        assert "hush" not in server.log()


def test_instances_without_newer_keys(tmp_path):
    """The instance hands out keys that are over: they are used on."""
    with Metadata() as source:
        source.give("STALE")
        source.lives = -30
        server = tocsin_with(tmp_path, "arn:aws:sns:us-east-2:1:topic",
                             source.url, {
                                 "AWS_EC2_METADATA_DISABLED": "false",
                                 "AWS_EC2_METADATA_SERVICE_ENDPOINT":
                                     source.url})
        with server:
            publishes(source, "STALE", 1)
            waits(server, "credentials_extended")


def test_identity_tokens_are_read_again(tmp_path):
    """Whoever writes the token's file writes it anew before it is over."""
    with Metadata() as source:
        source.give("WEB")
        source.lives = 2
        server = tocsin_with(tmp_path, "arn:aws:sns:us-east-2:1:topic",
                             source.url, {
                                 "AWS_ROLE_ARN": "arn:aws:iam::1:role/dr",
                                 "AWS_ENDPOINT_URL_STS": source.url})
        server.env["AWS_WEB_IDENTITY_TOKEN_FILE"] = write(
            server, "token", "first")
        with server:
            player = story.Player(server.feed_port, SPEED)
            thread = in_background(player, flipping(100))
            publishes(source, "WEB", 1)
            write(server, "token", "second")
            asked = ("AssumeRoleWithWebIdentity", "second")
            until(lambda: asked in source.asked, "the new token")
            player.stop.set()
            thread.join()
        assert source.asked[0] == ("AssumeRoleWithWebIdentity", "first")
