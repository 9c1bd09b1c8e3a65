"""One round of kill -9: a server under load, killed at random moments, and
what is then left of it.

    kills.py --folder FOLDER [--seed N] [--kills N]

Everything is drawn from the seed (the moments of the machine are not). The
last line is a JSON object of counts; exit status 1 when an invariant broke,
and FOLDER/events holds the history.
"""

import argparse
import json
import pathlib
import random
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support"), str(HERE.parent / "checker")]

import check  # noqa: E402
import load  # noqa: E402
import story  # noqa: E402
from cloud import Cloud  # noqa: E402
from history import Log  # noqa: E402
from history import load as load_events  # noqa: E402
from judge import judge  # noqa: E402
from servers import Tocsin, tocsin, until  # noqa: E402
from settings import alarms, config, settings  # noqa: E402

BOUNDS = {"VmRSS": 256 << 10, "Threads": 64, "descriptors": 128}
DRAIN_SECONDS = 60
CALM_SECONDS = 3
CHECKPOINT_SECONDS = 1.5  # until one is looked for in vain


class Round:
    def __init__(self, folder, seed, kills):
        self.folder = pathlib.Path(folder).resolve()
        self.seed, self.kills = seed, kills
        self.dice = random.Random(f"{seed} kills")
        self.settings = settings(seed)
        self.alarms = alarms(seed, self.settings["alarms"])
        self.run = self.hasty = 0
        self.log = Log(self.folder / "events/run.jsonl")
        self.load_log = Log(self.folder / "events/load.jsonl")
        self.cloud_log = Log(self.folder / "events/cloud.jsonl")
        self.cloud = Cloud(self.folder / "cloud", self.cloud_log, seed)
        self.cloud.trouble = self.settings["trouble"]
        path = self.folder / "alarms.json"
        path.write_text(json.dumps(self.alarms), encoding="utf-8")
        self.server = Tocsin(self.folder, config(
            self.settings, path, self.cloud), self.slow_disk())
        self.clock = load.Clock(self.settings["speed"])
        self.load, self.live = None, []

    def slow_disk(self):
        """The environment in which slow.c makes the disk slow."""
        library = self.folder / "slow.so"
        subprocess.run(["cc", "-D_GNU_SOURCE", "-O2", "-shared", "-fPIC",
                        "-o", library, HERE / "slow.c", "-ldl"], check=True)
        return {"LD_PRELOAD": str(library), "SLOW_US": str(
            self.settings["slow_us"]), "ASAN_OPTIONS":
            "verify_asan_link_order=0"}

    def last_ms(self):
        """The time of the journal's last entry."""
        for path in reversed(self.server.segments()):
            rows = tocsin("journal", "cat", path)[1].splitlines()
            if rows:
                return int(1000 * story.seconds_of(
                    json.loads(rows[-1])["time"]))
        return 0

    def start(self, wait=True):
        size = sum(path.stat().st_size for path in self.server.segments())
        floor_ms = self.last_ms()
        self.run += 1
        self.log.write("started", run=self.run, bytes=size)
        self.clock.start(floor_ms)
        self.server.start(wait=False)
        if wait:
            self.server.wait_ready()
            self.log.write("ready", run=self.run)

    def sample(self):
        """What the process holds now."""
        proc = pathlib.Path(f"/proc/{self.server.process.pid}")
        rows = dict(row.split(":", 1) for row in (
            proc / "status").read_text(encoding="ascii").splitlines())
        found = {"VmRSS": int(rows["VmRSS"].split()[0]),
                 "Threads": int(rows["Threads"]),
                 "descriptors": len(list((proc / "fd").iterdir()))}
        for what, value in found.items():
            self.log.write("sample", what=what, value=value,
                           bound=BOUNDS[what])

    def unfinished(self):
        """Checkpoints that are being written, or that crashes left."""
        return set((self.server.data / "checkpoint").glob(
            "*.checkpoint.new"))

    def await_moment(self):
        """Just after an answer, while a checkpoint is being written or just
        after, at the stop, or at any time."""
        roll = self.dice.random()
        if roll < self.settings["on_answer"]:
            self.load.trap(self.server.process.kill)
            return
        roll -= self.settings["on_answer"]
        if roll < self.settings["on_checkpoint"]:
            until = time.monotonic() + CHECKPOINT_SECONDS
            left = self.unfinished()
            while time.monotonic() < until and self.unfinished() <= left:
                time.sleep(0.001)
            time.sleep(self.dice.choice([0.03, 0.3]) * self.dice.random())
            return
        roll -= self.settings["on_checkpoint"]
        if 0 <= roll < self.settings["on_stop"]:
            self.server.process.terminate()
            time.sleep(self.dice.random() * 0.1)

    def kill(self, at_once=False):
        """False: it had ended by itself."""
        if self.server.process.poll() is None and not at_once:
            self.await_moment()
        status = self.server.process.poll()
        if status not in (None, 0, -signal.SIGKILL):
            self.log.write("ended", run=self.run, status=status)
            return False
        self.server.kill()
        self.log.write("killed", run=self.run)
        return True

    def torment(self):
        self.start()
        self.load = load.Load(self.server.feed_port, self.clock,
                              self.load_log, self.settings, self.seed)
        for _ in range(self.kills):
            if self.dice.random() < self.settings["outages"]:
                self.cloud.away = self.dice.choice(
                    [set(), set(), {"sns"}, {"s3"}, {"sns", "s3"}])
            calm = self.dice.random() < self.settings["calm"]
            time.sleep(self.dice.random() * 2 * (
                CALM_SECONDS if calm else self.settings["gap"]))
            self.sample()
            if not self.kill():
                return
            if self.dice.random() < self.settings["hasty"]:
                self.hasty += 1
                self.start(wait=False)
                time.sleep(self.dice.random() * 0.05)
                if not self.kill(at_once=True):
                    return
            self.start()

    def waiting(self):
        rows = self.server.metrics()
        behind = (rows["tocsin_journal_last_seq"]
                  - rows["tocsin_engine_position"])
        return rows["tocsin_notifier_waiting"] + behind

    def settle(self):
        """The load ends, everything is delivered, it stops."""
        self.cloud.trouble, self.cloud.away = {}, set()
        if not self.load.finish():
            raise RuntimeError("requests were not acknowledged in the end")
        try:
            until(lambda: self.waiting() == 0, "", DRAIN_SECONDS)
            self.log.write("quiet", waiting=0)
        except TimeoutError:
            self.log.write("quiet", waiting=self.waiting())
        self.live = [text.decode() for text in self.server.transitions()]
        status = self.server.stop()
        if status == 0:
            self.log.write("stopped", run=self.run)
        else:
            self.log.write("ended", run=self.run, status=status)

    def play(self):
        """Sentences about what is broken."""
        failed = []
        try:
            self.torment()
            self.settle()
        except Exception as error:
            failed = [f"{type(error).__name__}: {error}"]
        finally:
            if self.load is not None:
                self.load.give_up.set()
            self.server.kill()
            self.cloud.close()
        return failed + judge(self.folder, self.server, self.cloud,
                              self.alarms, self.live)

    def counts(self):
        rows = check.count(load_events(self.folder / "events"))
        segments = {path.name for path in self.server.segments()}
        return {"seed": self.seed, "kills": rows.get("killed", 0),
                "before ready": self.hasty,
                "requests": self.load.requests if self.load else 0,
                "sent again": self.load.again if self.load else 0,
                "points": rows.get("kept", 0),
                "transitions": rows.get("transition", 0),
                "published": rows.get("published", 0),
                "objects": rows.get("stored", 0),
                "trimmed": len(set(self.cloud.objects()) - segments),
                "checkpoints": self.server.log().count("checkpoint_made")}


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--folder", required=True, type=pathlib.Path)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--kills", type=int, default=20)
    words = words.parse_args()
    one = Round(words.folder, words.seed, words.kills)
    failed = one.play()
    for row in failed[:60]:
        print(row)
    print(json.dumps({**one.counts(), "failed": len(failed)}))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
