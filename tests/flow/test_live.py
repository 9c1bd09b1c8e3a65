"""Live equals replay, byte for byte, and both equal what SNS was sent."""

import collections
import json

import pytest

import story
from servers import Inbox, Tocsin, tocsin, until

SPEED = 600


def config(folder, aws, topic, **more):
    path = folder / "alarms.json"
    path.write_text(json.dumps(story.alarms(topic)), encoding="utf-8")
    return {"region": story.REGION, "account": story.ACCOUNT,
            "alarms": [str(path)], "delay": {"default": "2m"},
            "clock": {"start": story.START, "speed": SPEED},
            "sinks": {"sns": {"endpoint": aws.url}}, **more}


def replay(server):
    status, out, errors = tocsin("replay", "--config", server.config_path,
                                 server.journal)
    assert status == 0, errors
    return out.encode().splitlines()


def told(messages):
    """What the messages say, in the words of transition lines."""
    out = []
    for message in messages:
        body = json.loads(message["Message"])
        out.append((body["AlarmName"], body["OldStateValue"],
                    body["NewStateValue"], body["NewStateReason"],
                    body["StateChangeTime"]))
        assert message["Subject"].startswith(
            f'{body["NewStateValue"]}: "{body["AlarmName"]}" in US East')
    return out


def expected(lines):
    """The same of transition lines whose alarm publishes."""
    rows = [json.loads(text) for text in lines]
    return [(row["alarm"], row["from"], row["to"], row["reason"],
             row["time"].replace("Z", "+0000"))
            for row in rows if row["alarm"] != "quiet"]


def by_alarm(rows):
    out = collections.defaultdict(list)
    for row in rows:
        out[row[0]].append(row[1:])
    return out


def clock_passed(server, minutes):
    """The journal's own last entry lies behind that minute."""
    status, out, _ = tocsin("journal", "cat", server.journal)
    times = [json.loads(row)["time"] for row in out.splitlines()]
    return status == 0 and times and (
        story.seconds_of(times[-1]) > story.START_S + minutes * 60)


@pytest.fixture(scope="module")
def played(tmp_path_factory, aws):
    """A server that saw the whole story, with its inbox."""
    folder = tmp_path_factory.mktemp("live")
    inbox = Inbox(aws, "live", story.REGION)
    server = Tocsin(folder, config(folder, aws, inbox.arn),
                    env=aws.credentials()).start()
    story.Player(server.feed_port, SPEED).play(
        ((minute + 1) * 60 + 5, records)
        for minute, records in story.minutes())
    until(lambda: clock_passed(server, 36), "the end of the story")
    yield server, inbox
    server.kill()


def test_story_rings(played):
    """The outage is seen: these alarms, in this order of states."""
    server, _ = played
    states = collections.defaultdict(list)
    for text in server.transitions():
        row = json.loads(text)
        states[row["alarm"]].append(row["to"])
    assert states["lag"][:3] == ["OK", "ALARM", "OK"]
    assert states["lag-average"][:3] == ["OK", "ALARM", "OK"]
    assert "OK ALARM OK" in " ".join(states["silence"])
    assert states["quiet"] == states["lag"]


def settled(server, inbox):
    """Stops the clock (the process), so that all is said."""
    lines = server.transitions()
    until(lambda: len(inbox.fetch()) >= len(expected(server.transitions())),
          "SNS to have all")
    return lines


def test_live_equals_replay_and_sns(played):
    server, inbox = played
    settled(server, inbox)
    assert server.stop() == 0
    inbox.fetch()
    again = replay(server)
    assert len(again) >= 9
    # The log carries its definitions: it needs no configuration beside it.
    status, out, errors = tocsin("replay", server.journal)
    assert status == 0, errors
    assert out.encode().splitlines() == again
    # Stopping may see one more tick than the last answer of the API did;
    # what SNS received is all that was published.
    assert by_alarm(told(inbox.messages)) == by_alarm(expected(again))

    # After a restart the same transitions are shown, none is published again.
    before = len(inbox.messages)
    server.start()
    lines = until(
        lambda: len(server.transitions()) >= len(again) and
        server.transitions(), "the transitions to be back")
    assert lines[:len(again)] == again
    settled(server, inbox)
    assert server.stop() == 0
    inbox.fetch()
    after = replay(server)
    assert after[:len(again)] == again
    assert by_alarm(told(inbox.messages)) == by_alarm(expected(after))
    assert len(inbox.messages) - before == (
        len(expected(after)) - len(expected(again)))


def test_sns_down_for_a_while(tmp_path, aws):
    """What rings while SNS is away arrives when it is back, once, in order."""
    inbox = Inbox(aws, "away", story.REGION)
    settings = config(tmp_path, aws, inbox.arn)
    settings["sinks"]["sns"]["endpoint"] = "http://127.0.0.1:1"
    server = Tocsin(tmp_path, settings, env=aws.credentials()).start()
    story.Player(server.feed_port, SPEED).play(
        ((minute + 1) * 60 + 5, records)
        for minute, records in story.minutes())
    until(lambda: len(server.transitions()) >= 6, "the story to ring")
    server.kill()
    assert inbox.fetch() == []
    server.config["sinks"]["sns"]["endpoint"] = aws.url
    server.start()
    settled(server, inbox)
    assert server.stop() == 0
    inbox.fetch()
    want = by_alarm(expected(replay(server)))
    got = by_alarm(told(inbox.messages))
    assert got == want and sum(map(len, got.values())) >= 6
