"""Two tocsins that watch each other: what is silent, and who says so."""

import json
import threading

from firehose import Sender, line
from servers import Tocsin, free_port, http_get, tocsin, until

SPEED = 120  # a minute in half a second


def alarm(name, **silence):
    return {"AlarmName": name,
            "Tocsin": {"Silence": silence, "After": "4m"}}


def config(folder, peer_port, peer):
    folder.mkdir()
    key, alarms = folder / "key", folder / "alarms.json"
    key.write_text("key\n", encoding="utf-8")
    key.chmod(0o600)
    alarms.write_text(json.dumps([
        alarm("feed", Feed="primary"), alarm("east", Region="us-east-1"),
        alarm("bell", Peer=peer)]), encoding="utf-8")
    return {"name": folder.name, "alarms": [str(alarms)],
            "clock": {"start": "2026-01-01T00:00:00Z", "speed": SPEED},
            "feeds": [{"name": "primary", "access_key_file": str(key)}],
            "peer": [{"name": peer, "every": "20s",
                      "url": f"http://127.0.0.1:{peer_port}/"}]}


def pair(folder):
    """near and far, each the other's peer."""
    near = Tocsin(folder / "near", config(folder / "near", 1, "far"))
    far = Tocsin(folder / "far",
                 config(folder / "far", near.admin_port, "near"))
    near.config["peer"][0]["url"] = f"http://127.0.0.1:{far.admin_port}"
    return near, far


class Stream:
    """A metric stream that sends all the time, until it is cut."""

    def __init__(self, server):
        self.server, self.stop = server, threading.Event()
        self.number = 0
        self.thread = None

    def run(self):
        sender = Sender(self.server.feed_port)
        while not self.stop.wait(0.1):
            self.number += 1
            assert sender.send([line("beat")], f"r-{self.number}",
                               "key").status == 200
        sender.close()

    def flow(self):
        self.stop.clear()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def cut(self):
        self.stop.set()
        self.thread.join()


def states(server):
    """{alarm: its last transition}"""
    return {one["alarm"]: one
            for one in map(json.loads, server.transitions())}


def reach(server, **wanted):
    """Waits until the alarms are in these states; gives their reasons."""
    until(lambda: all(name in states(server)
                      and states(server)[name]["to"] == state
                      for name, state in wanted.items()), f"{wanted}")
    return {name: one["reason"] for name, one in states(server).items()}


def test_what_is_silent(tmp_path):
    near, far = pair(tmp_path)
    streams = [Stream(near), Stream(far)]
    with near, far:
        for stream in streams:
            stream.flow()
        try:
            for one in (near, far):
                reach(one, feed="OK", east="OK", bell="OK")
            streams[0].cut()  # the way from the Region to near
            said = reach(near, feed="ALARM", east="ALARM")
            assert "Peer far answers." in said["feed"]
            assert "Peer far answers, and heard us-east-1 last at" in said[
                "east"]
            assert said["east"].endswith("it is not the Region.")
            assert states(near)["bell"]["to"] == "OK"
            assert states(far)["east"]["to"] == "OK"
            streams[0].flow()
            reach(near, feed="OK", east="OK")
        finally:
            for stream in streams:
                stream.cut()
        far.kill()  # the Region, and its tocsin with it
        said = reach(near, feed="ALARM", east="ALARM", bell="ALARM")
        assert "No other feed comes" in said["feed"]
        assert "Peer far does not answer since" in said["east"]
        live = near.transitions()
    status, out, _ = tocsin("replay", "--config", near.config_path,
                            near.journal)
    assert status == 0
    assert [row.decode() for row in live] == out.splitlines()[:len(live)]


def test_report(tmp_path):
    """/api/heard, as peers and people read it."""
    server = Tocsin(tmp_path, {"name": "one", "peer": [
        {"name": "gone", "url": f"http://127.0.0.1:{free_port()}"}]})
    with server:
        Sender(server.feed_port).send([line("Lag")], "1")

        def heard():
            return json.loads(http_get(server.admin_port, "/api/heard")[1])

        report = until(lambda: heard()["regions"] and heard(), "a report")
        assert report["name"] == "one"
        assert [row["region"] for row in report["regions"]] == ["us-east-1"]
        assert [row["feed"] for row in report["feeds"]] == [""]
        assert 0 <= report["regions"][0]["age_ms"] < 60000
        assert server.metrics()["tocsin_peer_failed_total"] >= 1
    assert server.log().count("peer_silent") == 1
