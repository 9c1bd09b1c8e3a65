"""How far a replica is behind: on /metrics, in /api/replicas, as a metric of
tocsin's own that rings."""

import json

import story
from firehose import Sender, line
from servers import ROOT, Tocsin, http_get, tocsin, until

PACK = ROOT / "packs/tocsin/alarms.json"
SPEED = 600


def replicas(server):
    status, body = http_get(server.admin_port, "/api/replicas")
    assert status == 200
    return json.loads(body)


def near_of(folder, far, **more):
    return Tocsin(folder / "near", {**more, "sinks": {"replica": [
        {"name": "west", "firehose_http": {
            "url": f"http://127.0.0.1:{far.feed_port}/?token=secret"}}]}})


def lag(server):
    return server.metrics()['tocsin_replica_lag_seconds{sink="replica-west"}']


def test_it_is_seen(tmp_path):
    far = Tocsin(tmp_path / "far")
    with near_of(tmp_path, far) as near:
        sender = Sender(near.feed_port)
        with far:
            assert sender.send([line("one")], "1").status == 200
            until(lambda: far.plain() == near.plain(), "the first")
            until(lambda: lag(near) == 0, "nothing to wait")
        assert sender.send([line("two")], "2").status == 200
        assert sender.send([line("three")], "3").status == 200
        until(lambda: lag(near) > 1, "the lag to grow with the ticks", 40)
        one, = replicas(near)
        assert one["name"] == "west" and one["sink"] == "replica-west"
        assert one["kind"] == "firehose_http" and one["sends"] == "records"
        assert one["failing"] is True and one["sent"] == 1
        assert one["lag_seconds"] > 1 and one["waiting_since"].endswith("Z")
        assert "secret" not in json.dumps(one)
        with far:
            until(lambda: far.plain() == near.plain(), "it to catch up", 60)
            until(lambda: lag(near) == 0, "the lag to go")
        one, = replicas(near)
        assert one["sent"] == 3 and one["lag_seconds"] == 0
        assert one["waiting_since"] == ""


def test_it_rings(tmp_path):
    """The pack's alarm, with the clock of a drill."""
    far = Tocsin(tmp_path / "far")
    name = "tocsin-replica-lag"
    near = near_of(tmp_path, far, region=story.REGION, account=story.ACCOUNT,
                   alarms=[str(PACK)], delay={"default": "2m"},
                   clock={"start": story.START, "speed": SPEED})

    def states():
        return [json.loads(row) for row in near.transitions()
                if json.loads(row)["alarm"] == name]
    with near:
        # Its own metrics are batches too: nobody takes them.
        until(lambda: any(row["to"] == "ALARM" for row in states()),
              "the alarm")
        assert {row["contributor"]["attributes"]["Sink"] for row in states()
                if "contributor" in row} == {"replica-west"}
        with far:
            until(lambda: any(row["from"] == "ALARM" and row["to"] == "OK"
                              for row in states()), "the end of it", 90)
    status, out, errors = tocsin("replay", near.journal)
    assert status == 0, errors
    assert any(json.loads(row)["alarm"] == name
               and json.loads(row)["to"] == "ALARM"
               for row in out.splitlines())
