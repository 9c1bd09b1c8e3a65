"""Two tocsins in two Regions that watch each other: a feed that is cut, a
Region that dies, a link that is cut, and both, told apart by what rings where
and by the words of the reasons, within `After` and a tick."""

import datetime
import json
import threading

import regions
from firehose import line
from servers import until

SPEED = 30  # a minute in two seconds
AFTER = 180  # seconds of that clock
TICK = 10
BEAT = 0.2  # seconds between requests
NAMES = {"near": "us-east-1", "far": "us-west-2"}


def alarm(name, **silence):
    return {"AlarmName": name,
            "Tocsin": {"Silence": silence, "After": f"{AFTER}s"}}


def config(folder, peer, peer_address):
    folder.mkdir()
    feeds = []
    for name in NAMES:
        key = folder / f"key-{name}"
        key.write_text(f"key-{name}\n", encoding="utf-8")
        key.chmod(0o600)
        feeds.append({"name": name, "access_key_file": str(key)})
    alarms = folder / "alarms.json"
    alarms.write_text(json.dumps(
        [alarm(f"feed-{name}", Feed=name) for name in NAMES]
        + [alarm(region, Region=region) for region in NAMES.values()]
        + [alarm("bell", Peer=peer)]), encoding="utf-8")
    return {"name": folder.name, "feeds": feeds, "alarms": [str(alarms)],
            "clock": {"start": "2026-01-01T00:00:00Z", "speed": SPEED},
            "peer": [{"name": peer, "every": "15s",
                      "url": f"http://{peer_address}:{regions.ADMIN}"}]}


class Stream(threading.Thread):
    """A Region's metric stream to one tocsin; what is refused or lost on the
    way is Firehose's to keep."""

    def __init__(self, name, home, there):
        super().__init__(daemon=True)
        self.name_of, self.home, self.there = name, home, there
        self.flows, self.enough = threading.Event(), threading.Event()
        self.flows.set()

    def run(self):
        sender = regions.RegionSender(self.home, self.there.address, 1)
        number = 0
        while not self.enough.wait(BEAT):
            if not self.flows.is_set():
                continue
            number += 1
            try:
                sender.send([line("beat", region=NAMES[self.name_of])],
                            f"{self.name_of}-{number}",
                            f"key-{self.name_of}")
            except OSError:
                sender.close()
        sender.close()


class World:
    def __init__(self, folder, link):
        self.link = link
        self.home = {"near": link.near, "far": link.far}
        self.tocsin = {
            "near": regions.RegionTocsin(folder / "near", link.near, config(
                folder / "near", "far", link.far.address)),
            "far": regions.RegionTocsin(folder / "far", link.far, config(
                folder / "far", "near", link.near.address))}
        self.stream = {(name, to): Stream(name, self.home[name],
                                          self.home[to])
                       for name in NAMES for to in NAMES}

    def __enter__(self):
        for one in self.tocsin.values():
            one.start()
        for one in self.stream.values():
            one.start()
        self.settle()
        return self

    def __exit__(self, *why):
        for one in self.stream.values():
            one.enough.set()
        for one in self.stream.values():
            one.join()
        for one in self.tocsin.values():
            one.stop()

    def last(self, at):
        """{alarm: its last transition} of one tocsin."""
        return {one["alarm"]: one for one in map(
            json.loads, self.tocsin[at].transitions())}

    def ringing(self, at):
        return {name for name, one in self.last(at).items()
                if one["to"] == "ALARM"}

    def settle(self):
        for at in NAMES:
            until(lambda at=at: len(self.last(at)) == 5
                  and not self.ringing(at), f"{at} to be content")

    def rings(self, at, names, seconds=20):
        """Waits until these ring and gives their reasons; each rang in time,
        by the log's own clock."""
        until(lambda: self.ringing(at) == set(names), f"{names} at {at}",
              seconds)
        told = self.last(at)
        for name in names:
            data = told[name]["data"]
            rang = instant(data["queryDate"])
            since = max(instant(data["last"]), instant(data["listeningSince"]))
            assert AFTER <= (rang - since).total_seconds() <= AFTER + TICK
        return {name: told[name]["reason"] for name in names}


def instant(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")


def test_a_feed_is_cut(tmp_path, link):
    with World(tmp_path, link) as world:
        world.stream["near", "far"].flows.clear()
        said = world.rings("far", ["feed-near", "us-east-1"])
        assert "Feeds that still come: far." in said["us-east-1"]
        assert said["us-east-1"].endswith(": it is not the Region.")
        assert world.ringing("near") == set()
        world.stream["near", "far"].flows.set()
        world.settle()


def test_a_region_dies(tmp_path, link):
    with World(tmp_path, link) as world:
        for to in NAMES:
            world.stream["near", to].flows.clear()
        world.tocsin["near"].kill()
        said = world.rings("far", ["feed-near", "us-east-1", "bell"])
        assert "Feeds that still come: far." in said["us-east-1"]
        assert "Peer near does not answer since" in said["us-east-1"]
        assert "not the Region" not in said["us-east-1"]


def test_the_link_is_cut(tmp_path, link):
    """Over there all looks the same; but here both ring, and each hears its
    own Region."""
    with World(tmp_path, link) as world:
        link.cut()
        said = world.rings("far", ["feed-near", "us-east-1", "bell"])
        assert "Peer near does not answer since" in said["us-east-1"]
        assert "not the Region" not in said["us-east-1"]
        said = world.rings("near", ["feed-far", "us-west-2", "bell"])
        assert "Peer far does not answer since" in said["us-west-2"]
        link.restore()
        world.settle()


def test_a_feed_then_the_link(tmp_path, link):
    with World(tmp_path, link) as world:
        world.stream["near", "far"].flows.clear()
        said = world.rings("far", ["feed-near", "us-east-1"])
        assert said["us-east-1"].endswith(": it is not the Region.")
        link.cut()
        world.rings("far", ["feed-near", "us-east-1", "bell"])
        world.rings("near", ["feed-far", "us-west-2", "bell"])
        world.stream["near", "far"].flows.set()
        link.restore()
        world.settle()
