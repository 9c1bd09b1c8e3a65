"""Every kind of action against its real server: what arrives is what rang,
in the order of each alarm."""

import json

import pytest

import story
from proxy import FaultProxy
from ringer import Ringer, in_order
from servers import Inbox, until


def names(messages):
    return [json.loads(one["Message"])["AlarmName"] for one in messages]


@pytest.mark.parametrize("name", ["kinds", "kinds.fifo"])
def test_sns(tmp_path, aws, name):
    """30 alarms at a time: in batches; each once, with its attributes."""
    inbox = Inbox(aws, name, story.REGION)
    with FaultProxy(aws.url) as proxy:
        ringer = Ringer(tmp_path, 30, [inbox.arn],
                        {"sns": {"endpoint": proxy.url}},
                        aws.credentials()).start()
        ringer.ring(5000.0)
        ringer.ring(0.0)
        ringer.settled()
        ids = ringer.ids()
        assert ringer.server.stop() == 0
        assert len(ids) == 60
        assert len(proxy.seen) < 40  # not one each
        assert {request.status for request in proxy.seen} == {200}
    inbox.fetch()
    said = inbox.attributes("id")
    assert sorted(said) == sorted(ids)
    in_order(said, ids)
    assert {one["MessageAttributes"]["alarm"]["Value"]
            for one in inbox.messages} == {name for name, _ in ids.values()}
    assert inbox.attributes("alarm") == names(inbox.messages)
    assert set(inbox.attributes("severity")) == {"high"}
    assert set(inbox.attributes("region")) == {story.REGION}


@pytest.mark.parametrize("version", [False, True])
def test_lambda(tmp_path, aws, version):
    arn = aws.function(f"ring-{version}", story.REGION, version)
    with FaultProxy(aws.url) as proxy:
        ringer = Ringer(tmp_path, 12, [arn],
                        {"lambda": {"endpoint": proxy.url}},
                        aws.credentials()).start()
        ringer.ring(5000.0)
        ringer.settled()
        assert ringer.server.stop() == 0
        assert {request.status for request in proxy.seen} == {202}
        bodies = [json.loads(request.body) for request in proxy.seen]
        assert all(request.headers["X-Amz-Invocation-Type"] == "Event"
                   for request in proxy.seen)
    assert sorted(body["alarmData"]["alarmName"] for body in bodies) == [
        f"a{number:02}" for number in range(12)]


def test_events(tmp_path, aws):
    """A rule sees every change of state, and passes it to a queue."""
    events = aws.client("events", story.REGION)
    sqs = aws.client("sqs", story.REGION)
    url = sqs.create_queue(QueueName="events")["QueueUrl"]
    queue = sqs.get_queue_attributes(
        QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="ring", EventPattern=json.dumps({
        "source": ["dr.tocsin"], "detail-type": ["CloudWatch Alarm State "
                                                 "Change"],
        "detail": {"state": {"value": ["ALARM"]}}}))
    events.put_targets(Rule="ring", Targets=[{"Id": "q", "Arn": queue}])
    ringer = Ringer(tmp_path, 25, [], {"events": {
        "endpoint": aws.url, "source": "dr.tocsin"}},
        aws.credentials()).start()
    ringer.ring(5000.0)
    ringer.ring(0.0)
    ringer.settled()
    rang = {row["id"] for row in ringer.rows() if row["to"] == "ALARM"}
    assert ringer.server.stop() == 0 and len(rang) == 25
    got = []
    while batch := sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for one in batch:
            got.append(json.loads(one["Body"]))
            sqs.delete_message(QueueUrl=url,
                               ReceiptHandle=one["ReceiptHandle"])
    assert sorted(one["detail"]["tocsin"]["id"] for one in got) == sorted(rang)
    assert {one["detail"]["alarmName"] for one in got} == {
        f"a{number:02}" for number in range(25)}
    assert all(one["detail"]["state"]["value"] == "ALARM"
               and one["resources"][0].endswith(one["detail"]["alarmName"])
               for one in got)


def test_what_nobody_runs(tmp_path, aws):
    """Named once, and counted each time."""
    other = "arn:aws:automate:us-east-2:ec2:recover"
    ringer = Ringer(tmp_path, 3, [other], {"sns": {"endpoint": aws.url}},
                    aws.credentials()).start()
    ringer.ring(5000.0)
    ringer.ring(0.0)
    rows = ringer.server.metrics()
    assert ringer.server.stop() == 0
    assert rows["tocsin_notifier_unsupported_total"] == 6
    assert ringer.server.log().count("action_unsupported") == 1


def test_latency_is_measured(tmp_path, aws):
    inbox = Inbox(aws, "latency", story.REGION)
    ringer = Ringer(tmp_path, 2, [inbox.arn],
                    {"sns": {"endpoint": aws.url}}, aws.credentials()).start()
    ringer.ring(5000.0)
    ringer.settled()
    names_of = ringer.server.metrics()
    assert ringer.server.stop() == 0
    assert "tocsin_notification_latency_seconds_count" in names_of
    assert 'tocsin_notification_latency_seconds_bucket{le="+Inf"}' in names_of
