"""Destinations that are away, refuse, or come back: stand-ins, breakers, dead
letters, kills and stops in between."""

import json
import os
import time

import story
from proxy import FaultProxy
from ringer import Ringer, called, in_order
from servers import Inbox, tocsin, until

WEST = "us-west-2"


def test_killed_in_between(tmp_path, aws):
    """kill -9 while half of the answers are lost: nothing is missing, a FIFO
    subscriber sees nothing twice."""
    fifo = Inbox(aws, "killed.fifo", story.REGION)
    with FaultProxy(aws.url) as proxy:
        proxy.chances = {"lost": 0.3, "claim": 0.2, "reset": 0.2}
        ringer = Ringer(tmp_path, 40, [fifo.arn],
                        {"sns": {"endpoint": proxy.url}},
                        aws.credentials()).start()
        for value in (5000.0, 0.0, 5000.0):
            ringer.ring(value)
            seen = len(proxy.seen)
            until(lambda: len(proxy.seen) > seen, "a request")
            ringer.server.kill()
            ringer.server.start()
        proxy.chances = {}
        ringer.settled()
        ids = ringer.ids()
        assert ringer.server.stop() == 0
    fifo.fetch()
    assert sorted(fifo.attributes("id")) == sorted(ids) and len(ids) == 120
    in_order(fifo.attributes("id"), ids)


def in_east(request):
    return f"/{story.REGION}/sns/" in request.headers["Authorization"]


def test_stand_in(tmp_path, aws):
    """The topic's Region is away: the other one is told after a while, once,
    also over a kill; the topic itself is told when it is back."""
    east = Inbox(aws, "stands", story.REGION)
    west = Inbox(aws, "stands", WEST)
    with FaultProxy(aws.url) as proxy:
        proxy.only, proxy.chances = in_east, {"500": 1.0}
        ringer = Ringer(tmp_path, 12, [east.arn], {"sns": {
            "endpoint": proxy.url, "stand_in": {east.arn: west.arn},
            "stand_in_after": "2s"}}, aws.credentials()).start()
        ringer.ring(5000.0)
        until(lambda: len(west.fetch()) == 12, "the stand-in to be told")
        position = ringer.server.data / "checkpoint"
        until(lambda: any(
            int(path.read_text(encoding="ascii")) > 1
            for path in position.glob("sns-us-west-2-*.position")),
            "that to be on record")
        ringer.server.kill()
        ringer.server.start()
        ringer.ring(0.0)
        until(lambda: len(west.fetch()) == 24, "the stand-in to be told")
        assert east.fetch() == []
        proxy.chances = {}
        ringer.settled()
        ids = ringer.ids()
        rows = ringer.server.metrics()
        assert ringer.server.stop() == 0
    east.fetch(), west.fetch()
    assert sorted(west.attributes("id")) == sorted(ids)
    assert sorted(east.attributes("id")) == sorted(ids)
    assert set(west.attributes("stand_in")) == {east.arn}
    assert set(east.attributes("stand_in")) == {""}
    assert rows["tocsin_notifier_stood_in_total"] == 12


def deliver(server, *more):
    status, out, errors = tocsin("deliver", "--retry", "--config",
                                 server.config_path, *more,
                                 env={**os.environ, **server.env})
    return status, [json.loads(row) for row in out.splitlines()], errors


def test_dead_letters_again(tmp_path, aws):
    """What was refused is sent again under its ids, while the service runs
    and buries others."""
    aws.configure(lambda_={"use_docker": True})
    arn = (f"arn:aws:lambda:{story.REGION}:{story.ACCOUNT}:"
           "function:comes-later")
    inbox = Inbox(aws, "letters.fifo", story.REGION)
    with FaultProxy(aws.url) as proxy:
        ringer = Ringer(tmp_path, 8, [arn, inbox.arn], {
            "lambda": {"endpoint": proxy.url},
            "sns": {"endpoint": aws.url}}, aws.credentials()).start()
        ringer.ring(5000.0)
        ringer.settled()
        status, rows, _ = deliver(ringer.server, "--dry-run")
        assert status == 1 and {row["result"] for row in rows} == {"waiting"}
        status, rows, _ = deliver(ringer.server)
        assert status == 1 and {row["result"] for row in rows} == {"refused"}
        assert len(rows) == 8
        aws.function("comes-later", story.REGION)
        proxy.plan = ["500"] * 3  # the attempts of one call
        status, rows, _ = deliver(ringer.server)
        assert status == 1
        assert sorted(row["result"] for row in rows) == (
            ["delivered"] * 7 + ["failed"])
        status, rows, _ = deliver(ringer.server)
        assert status == 0 and [row["result"] for row in rows] == ["delivered"]
        ids = ringer.ids()
        assert deliver(ringer.server)[:2] == (0, [])
        assert called(proxy) == set(ids.values())
        assert ringer.server.stop() == 0
    inbox.fetch()
    assert sorted(inbox.attributes("id")) == sorted(ids)


def test_breaker(tmp_path, aws):
    """One destination away: its breaker opens, the other's does not."""
    good = Inbox(aws, "breaker", story.REGION)
    away = "arn:aws:sns:us-west-2:123456789012:away"
    with FaultProxy(aws.url) as proxy:
        proxy.only = lambda request: not in_east(request)
        proxy.chances = {"503": 1.0}
        ringer = Ringer(tmp_path, 4, [good.arn, away],
                        {"sns": {"endpoint": proxy.url}},
                        aws.credentials()).start()

        def breakers():
            return {name.split("-")[2]: value for name, value in
                    ringer.server.metrics().items() if name.startswith(
                        "tocsin_delivery_breaker{sink=\"sns-us-")}
        ringer.ring(5000.0)
        until(lambda: breakers().get("west") == 2, "the breaker to open")
        assert breakers()["east"] == 0
        began = time.monotonic()
        ringer.ring(0.0)
        until(lambda: len(good.fetch()) == 8, "the other topic")
        assert time.monotonic() - began < 10
        assert "breaker_open sink=sns-us-west-2-away" in ringer.server.log()
        ringer.server.kill()


def test_stop_with_silent_sinks(tmp_path, aws):
    """Servers that never answer hold up a stop for the time it has, not for
    their requests' own; what they did not take is told after the start."""
    inbox = Inbox(aws, "silent", story.REGION)
    with FaultProxy(aws.url) as proxy:
        proxy.chances = {"hang": 1.0}
        ringer = Ringer(tmp_path, 3, [inbox.arn],
                        {"sns": {"endpoint": proxy.url}},
                        aws.credentials()).start()
        ringer.ring(5000.0)
        until(lambda: proxy.seen, "a request")
        began = time.monotonic()
        assert ringer.server.stop() == 0
        assert time.monotonic() - began < 12
        proxy.chances = {}
        ringer.server.start()
        ringer.settled()
        ids = ringer.ids()
        assert ringer.server.stop() == 0
    inbox.fetch()
    assert sorted(inbox.attributes("id")) == sorted(ids)
