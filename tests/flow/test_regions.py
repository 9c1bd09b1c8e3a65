"""Two Regions, a tocsin in each, and the link between them is cut under load:
both go on, and when it is back each holds the same set, in order per series.

The cut lasts TOCSIN_CUT_SECONDS (15).
"""

import json
import os
import threading
import time

import regions
import story
import streams
from servers import until

CUT = float(os.environ.get("TOCSIN_CUT_SECONDS", "15"))
SPEED = 60  # of the clocks: a minute of data each second
AFTER = 60  # seconds: a back-off takes 20 at most


class SideLoad(threading.Thread):
    """Posts to its own Region's tocsin, several minutes of data a second, and
    wants 200 each time. `high`: what it tells of breaches."""

    def __init__(self, tocsin, name, batches_a_second=10):
        super().__init__(daemon=True)
        self.tocsin, self.side = tocsin, name
        self.load = streams.Load(series=20, prefix=f"{name}-")
        self.every = 1 / batches_a_second
        self.enough = threading.Event()
        self.high = False
        self.slowest, self.refused = 0.0, []
        self.began = time.monotonic()

    def watched(self):
        """The line that this side's alarm reads, of the clock's minute."""
        minute = int(time.monotonic() - self.began) * SPEED // 60
        stamp = (story.START_S + 60 * minute) * 1000
        return streams.line(f"watched-{self.side}", stamp,
                            2500.0 if self.high else 10.0, 1.0,
                            region=story.REGION)

    def run(self):
        sender = self.tocsin.sender()
        number = 0
        while not self.enough.wait(self.every):
            number += 1
            began = time.monotonic()
            answer = sender.send(
                [*self.load.batch(), self.watched()], f"{self.side}-{number}",
                f"key-{self.side}")
            self.slowest = max(self.slowest, time.monotonic() - began)
            if answer.status != 200:
                self.refused.append(answer.status)
        sender.close()

    def finish(self):
        self.enough.set()
        self.join()
        assert self.refused == []


def config(folder, me, other, replicates):
    keys = {}
    for name in ("near", "far"):
        keys[name] = folder / f"key-{name}"
        keys[name].write_text(f"key-{name}\n", encoding="utf-8")
    alarms = folder / f"alarms-{me}.json"
    alarms.write_text(json.dumps({"MetricAlarms": [
        story.alarm("watched", "x", metric=f"watched-{me}", OKActions=[],
                    AlarmActions=[], InsufficientDataActions=[])],
        "CompositeAlarms": []}), encoding="utf-8")
    return {
        "name": me, "region": story.REGION, "account": story.ACCOUNT,
        "alarms": [str(alarms)], "delay": {"default": "1m"},
        "clock": {"start": story.START, "speed": SPEED},
        "feeds": [{"name": name, "access_key_file": str(key)}
                  for name, key in keys.items()],
        "sinks": {"replica": [{"name": "other", "firehose_http": {
            "url": f"http://{other.address}:{regions.FEED}/",
            "access_key_file": str(keys[me])}}] if replicates else []}}


def states(tocsin):
    return [json.loads(row)["to"] for row in tocsin.transitions()]


def lines_of(tocsin, side):
    """The load's lines that it holds of one side; in order per series."""
    mark = f'"metric_name":"{side}-'.encode()
    return streams.in_order(
        row for row in tocsin.plain().splitlines(keepends=True)
        if mark in row)


def applied(tocsin):
    return tocsin.metrics()["tocsin_engine_entries_total"]


def lag(tocsin):
    return tocsin.metrics()['tocsin_replica_lag_seconds{sink="replica-other"}']


def cut_for(link, sides, replicating):
    """The cut itself, and what both do meanwhile."""
    before = {side.side: (len(side.load.sent), applied(side.tocsin))
              for side in sides}
    link.cut()
    began = time.monotonic()
    for side in sides:
        side.high = True
    for side in sides:
        until(lambda s=side: "ALARM" in states(s.tocsin),
              f"{side.side} to ring while the link is cut", CUT + 10)
    time.sleep(max(0.0, CUT - (time.monotonic() - began)))
    for tocsin in replicating:
        assert lag(tocsin) > CUT / 2 * SPEED
    link.restore()
    for side in sides:
        sent, entries = before[side.side]
        assert len(side.load.sent) > sent + CUT * 20 * 2
        assert applied(side.tocsin) > entries + CUT * 2
        assert side.refused == []
        side.high = False


def run(tmp_path, link, both):
    near = regions.RegionTocsin(tmp_path / "near", link.near, config(
        tmp_path, "near", link.far, True))
    far = regions.RegionTocsin(tmp_path / "far", link.far, config(
        tmp_path, "far", link.near, both))
    near.start()
    far.start()
    sides = [SideLoad(near, "near"), SideLoad(far, "far")]
    for side in sides:
        side.start()
    until(lambda: lines_of(far, "near"), "the first to be over there")
    replicating = [near, far] if both else [near]
    cut_for(link, sides, replicating)
    until(lambda: all(lag(one) < 5 * SPEED for one in replicating),
          "the other to catch up, under load", AFTER)
    for side in sides:
        side.finish()
    until(lambda: all(lag(one) == 0 for one in replicating), "the rest")
    for holder, side in [(near, sides[0]), (far, sides[1]), (far, sides[0])
                         ] + ([(near, sides[1])] if both else []):
        until(lambda h=holder, s=side: lines_of(h, s.side)
              == sorted(s.load.sent), f"{side.side}'s data", 10)
    print("slowest answers:", [round(side.slowest, 3) for side in sides],
          "sent:", [len(side.load.sent) for side in sides])
    for tocsin in (near, far):
        assert "ALARM" in states(tocsin)
        assert tocsin.stop() == 0


def test_the_link_is_cut(tmp_path, link):
    """One replicates to the other."""
    run(tmp_path, link, both=False)


def test_both_ways(tmp_path, link):
    """Each replicates to the other: no doubles, nothing goes round."""
    run(tmp_path, link, both=True)
