"""Notifications through every fault of the proxy: all arrive, a FIFO
subscriber sees no id twice, and each alarm's keep their order."""

import json

import pytest

import story
from proxy import FAULTS, FaultProxy
from ringer import Ringer, called, in_order
from servers import Inbox

def events_queue(aws, name):
    """A queue that is told all events of the source."""
    events = aws.client("events", story.REGION)
    sqs = aws.client("sqs", story.REGION)
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(
        QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    events.put_targets(Rule=name, Targets=[{"Id": "q", "Arn": arn}])
    ids = []

    def fetch():
        while batch := sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for one in batch:
                ids.append(json.loads(one["Body"])["detail"]["tocsin"]["id"])
                sqs.delete_message(QueueUrl=url,
                                   ReceiptHandle=one["ReceiptHandle"])
        return ids
    return fetch


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_fault(tmp_path, aws, fault):
    fifo = Inbox(aws, f"{fault}.fifo", story.REGION)
    plain = Inbox(aws, f"plain-{fault}", story.REGION)
    arn = aws.function(f"faults-{fault}", story.REGION)
    events = events_queue(aws, f"events-{fault}")
    proxies = [FaultProxy(aws.url) for _ in range(3)]
    sns, lambda_, bus = proxies
    ringer = Ringer(tmp_path, 15, [fifo.arn, plain.arn, arn], {
        "sns": {"endpoint": sns.url}, "lambda": {"endpoint": lambda_.url},
        "events": {"endpoint": bus.url, "source": f"events-{fault}"}},
        aws.credentials()).start()
    # The first request of each destination is a single one; the next ones
    # are batches, and what is left of a round that failed.
    times = 1 if fault == "hang" else 4
    sns.plan, lambda_.plan = [fault] * times * 2, [fault] * times
    bus.plan = [fault] * times
    ringer.ring(5000.0)
    ringer.ring(0.0)
    ringer.settled()
    ids = ringer.ids()
    everything = {row["id"] for row in ringer.rows()}
    rows = ringer.server.metrics()
    assert ringer.server.stop() == 0
    for proxy in proxies:
        proxy.close()
        assert proxy.faults() == {fault: len([
            one for one in proxy.seen if one.fault])} and proxy.plan == []
    fifo.fetch(), plain.fetch()
    assert sorted(fifo.attributes("id")) == sorted(ids)
    in_order(fifo.attributes("id"), ids)
    assert set(plain.attributes("id")) == set(ids)
    in_order(plain.attributes("id"), ids)
    assert called(lambda_) == set(ids.values())
    assert set(events()) == everything
    assert not any(value for name, value in rows.items()
                   if name.startswith("tocsin_delivery_dead_total"))
