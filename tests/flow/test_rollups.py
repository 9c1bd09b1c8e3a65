"""Rollups of the service: what the page and /metrics show is what replay
prints, over a kill and a reload."""

import json
import signal

import pytest

import archive
import story
import streams
from firehose import Sender, line
from servers import Tocsin, http_get, tocsin, until

SPEED = 600
MAX = {"name": "lag", "period": "1m",
       "query": 'SELECT MAX("Lag") FROM SCHEMA("AWS/RDS", "Cluster") '
                'GROUP BY AWS.Region, "Cluster"'}
MEAN = {"name": "mean", "window": "5m", "every": "2m", "early": True,
        "query": 'SELECT AVG("Lag") FROM "AWS/RDS"'}
HIDDEN = {"name": "hidden", "output": ["metrics"], "period": "3m",
          "query": 'SELECT SUM("Lag") FROM "AWS/RDS" GROUP BY "Cluster"'}


def config(*rollups):
    return {"region": story.REGION, "account": story.ACCOUNT,
            "rollups": list(rollups), "delay": {"default": "2m"},
            "clock": {"start": story.START, "speed": SPEED}}


def lines(minute):
    stamp = (story.START_S + minute * 60) * 1000
    return [line("Lag", stamp, 100.0 + minute, 2.0, region=story.REGION)
            + line("Lag", stamp, 10.0 + minute, 1.0, region="us-west-2",
                   dimensions={"Cluster": 'odd "\\" name'})]


def shown(server):
    status, body = http_get(server.admin_port, "/api/rollups")
    assert status == 200
    return json.loads(body)


def replayed(server):
    """The lines of the log, as replay prints them."""
    status, out, errors = tocsin("replay", "--rollups", server.journal)
    assert status == 0, errors
    return [json.loads(row) for row in out.splitlines()]


def play(server, first, last):
    story.Player(server.feed_port, SPEED).play(
        ((minute - first + 1) * 60 + 5, lines(minute))
        for minute in range(first, last))


def final(rows, name):
    return [row for row in rows if row["rollup"] == name and row["final"]]


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    server = Tocsin(tmp_path_factory.mktemp("rollups"),
                    config(MAX, MEAN, HIDDEN)).start()
    play(server, 0, 12)
    until(lambda: len(final(shown(server), "lag")) >= 20, "twenty windows")
    yield server
    server.kill()


def test_page_shows_what_replay_prints(played):
    rows = shown(played)
    same = [row for row in replayed(played) if row["rollup"] != "hidden"]
    assert rows == same[:len(rows)]
    assert {row["rollup"] for row in rows} == {"lag", "mean"}
    lag = final(rows, "lag")
    assert lag[0]["group"] == {"AWS.Region": "us-east-2", "Cluster": "dr"}
    assert [row["value"] for row in lag if row["group"]["Cluster"] == "dr"][
        :3] == [101.0, 102.0, 103.0]
    assert any(not row["final"] for row in rows if row["rollup"] == "mean")


def test_gauges_are_the_newest_final_window(played):
    def agrees():
        rows = final(replayed(played), "lag")
        newest = [row for row in rows if row["start"] == rows[-1]["start"]]
        gauges = played.metrics()
        name = 'tocsin_rollup{rollup="lag",AWS_Region="us-east-2",' \
            'Cluster="dr"}'
        odd = 'tocsin_rollup{rollup="lag",AWS_Region="us-west-2",' \
            'Cluster="odd \\"\\\\\\" name"}'
        ended = story.seconds_of(rows[-1]["start"]) + 60
        return [gauges.get(name), gauges.get(odd), gauges.get(
            'tocsin_rollup_window_end_timestamp_seconds{rollup="lag"}')] == [
                newest[0]["value"], newest[-1]["value"], ended]

    sender = Sender(played.feed_port)
    for minute in range(12, 18):
        assert sender.send(lines(minute), f"more-{minute}").status == 200
    sender.close()
    until(agrees, "gauges of a window that stands still for a moment")
    assert played.metrics()["tocsin_rollups"] == 3


def test_reload_and_kill(tmp_path):
    """A rollup that is added begins; one that stays goes on; a kill changes
    nothing of what the log says."""
    server = Tocsin(tmp_path, config(MAX)).start()
    play(server, 0, 5)
    until(lambda: final(shown(server), "lag"), "a window")
    server.config["rollups"] = [HIDDEN | {"output": ["status"]}, MAX]
    server.write_config()
    server.process.send_signal(signal.SIGHUP)
    until(lambda: server.metrics()["tocsin_rollups"] == 2, "the reload")
    before = final(replayed(server), "lag")
    server.kill()
    server.start()
    now = json.loads(tocsin("journal", "cat", server.journal)[1]
                     .splitlines()[-1])["time"]
    minute = int((story.seconds_of(now) - story.START_S) // 60)
    play(server, minute, minute + 8)
    until(lambda: final(shown(server), "hidden"), "the added rollup")
    rows = replayed(server)
    assert final(rows, "lag")[:len(before)] == before
    assert len({(row["rollup"], row["start"], json.dumps(row["group"]))
                for row in rows if row["final"] and "revised" not in row}) \
        == len([row for row in rows
                if row["final"] and "revised" not in row])
    server.stop()



TWO = [MAX | {"output": ["archive", "status"]},
       HIDDEN | {"output": ["replica", "status"]}, MEAN]


def killed_again_and_again(server, size, more):
    """Three lives, each until `size` of what was sent has grown by so many;
    all in peace at the end."""
    batch = [row for minute in range(900) for row in lines(minute)]
    for life in range(3):
        server.start()
        sender = Sender(server.feed_port)
        before, count = size(), 0

        def grown():
            nonlocal count
            count += 1
            assert sender.send(batch, f"{life}-{count}").status == 200
            return size() > before + more

        until(grown, "more to be sent", 60)
        server.kill()
    with server:
        pass
    assert not list(server.data.rglob("*.dead"))


def of(server, *names):
    return [row for row in replayed(server) if row["rollup"] in names]


def test_archive_through_kills(tmp_path, s3):
    """What S3 has are the lines that replay gives of the rollups that are
    meant for it, each once, in order."""
    client = s3.client()
    archive.make_bucket(client, "rollups")
    words = archive.config(s3.url, "r/", bucket="rollups", rollups=True,
                           clock={"speed": SPEED},
                           journal={"segment_age": "5m", "checkpoint": "1s"})
    server = Tocsin(tmp_path, words | {"rollups": TWO}, env=s3.credentials())
    killed_again_and_again(
        server, lambda: len(archive.keys(client, "r/", "rollups")), 3)
    stored = b"".join(
        archive.zstd(blob) for key, blob in archive.objects(
            client, "r/", "rollups").items()
        if "/rollups/" in key).splitlines()
    wanted = of(server, "lag", "mean")
    assert len(stored) > 20
    assert list(map(json.loads, stored)) == wanted[:len(stored)]


def test_replica_through_kills(tmp_path, aws):
    """The same of a replica, which may get a line more than once."""
    stream = streams.KinesisStream(aws, "rollups", "us-west-2")
    words = config(*TWO) | {"journal": {"checkpoint": "1s"}, "sinks": {
        "replica": [{"name": "kds", "send": ["rollups"], "kinesis": {
            "stream": "rollups", "region": "us-west-2",
            "endpoint": aws.url}}]}}
    server = Tocsin(tmp_path, words, env=aws.credentials())

    def sent():
        return [row for shard in stream.shards() for record in shard
                for row in record["Data"].splitlines()]

    killed_again_and_again(server, lambda: len(sent()), 10)
    once = list(dict.fromkeys(sent()))
    assert len(once) > 20
    assert list(map(json.loads, once)) == of(
        server, "hidden", "mean")[:len(once)]
