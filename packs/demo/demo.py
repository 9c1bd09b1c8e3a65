"""The demo: a Region is lost, and the bell rings in the other one.

    demo.py TOCSIN [--speed N] [--keep]

Everything is real but the time and the data: the program, its journal, the
Firehose requests, an SNS and an S3 on this machine that verify signatures.
"""

import argparse
import atexit
import datetime
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests/support"))

import servers  # noqa: E402
from firehose import Sender  # noqa: E402

SCENARIO = HERE / "outage.yaml"
REGION = "us-east-2"
TOPIC, BUCKET = "dr-alarms", "dr-metrics"
KEYS = {"us-east-1": "demo-key-of-the-primary", REGION: "demo-key-of-dr"}
NAMES = {"us-east-1": "primary", REGION: "dr"}
COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def say(text=""):
    print(text, flush=True)


def title(text):
    say(f"\n\033[1m{text}\033[0m" if COLOUR else f"\n{text}")


def state(text):
    shade = {"ALARM": 31, "OK": 32}.get(text, 33)
    return f"\033[{shade}m{text}\033[0m" if COLOUR else text


def when(text):
    return datetime.datetime.fromisoformat(text)


def clock(text):
    return when(text).strftime("%H:%M:%S")


def show(line, width=150):
    """A transition as an operator reads it."""
    row = json.loads(line)
    reason = row["reason"]
    if len(reason) > width:
        reason = reason[:width - 3] + "..."
    say(f"  {clock(row['time'])}  {row['alarm']}: {row['from']} -> "
        f"{state(row['to'])}\n            {reason}")


class Service(servers.Tocsin):
    """The program under packs/demo/tocsin.yaml as it stands."""

    def __init__(self, folder, aws, start, speed):
        super().__init__(folder)
        self.config_path = HERE / "tocsin.yaml"
        self.data = folder / "data"
        self.journal = self.data / "journal"
        (self.data / "keys").mkdir(parents=True)
        for region, key in KEYS.items():
            path = self.data / "keys" / NAMES[region]
            path.write_text(key + "\n", encoding="utf-8")
            path.chmod(0o600)
        self.env.update(aws.credentials())
        self.env.update({
            "DEMO_DATA": str(self.data), "DEMO_AWS": aws.url,
            "DEMO_FEED": f"127.0.0.1:{self.feed_port}",
            "DEMO_ADMIN": f"127.0.0.1:{self.admin_port}",
            "DEMO_START": start, "DEMO_SPEED": str(speed)})

    def write_config(self):
        """It is in the tree."""


class Firehoses(threading.Thread):
    """One sender a Region, posting each batch when its time has come."""

    def __init__(self, service, batches, start, speed):
        super().__init__(daemon=True)
        self.batches, self.start_at, self.speed = batches, start, speed
        self.senders = {region: Sender(service.feed_port) for region in KEYS}
        self.began = time.monotonic()
        self.points = self.number = 0
        self.trouble = None

    def now(self):
        """The scenario's time."""
        return self.start_at + datetime.timedelta(
            seconds=(time.monotonic() - self.began) * self.speed)

    def run(self):
        try:
            for batch in self.batches:
                ahead = (when(batch["arrival"]) - self.now()).total_seconds()
                time.sleep(max(0.0, ahead / self.speed))
                self.post(batch)
        except Exception as error:
            self.trouble = error

    def post(self, batch):
        region, text = batch["region"], batch["lines"].encode()
        self.number += 1
        answer = self.senders[region].send(
            [text], f"demo-{self.number}", key=KEYS[region], packed=True)
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {answer.body}")
        self.points += text.count(b"\n")


def follow(service, firehoses, end):
    """Shows transitions as they ring, until the scenario is over."""
    shown = 0
    while firehoses.now() < end:
        if firehoses.trouble is not None:
            raise firehoses.trouble
        if service.process.poll() is not None:
            raise RuntimeError(f"tocsin ended:\n{service.tail()}")
        lines = service.transitions()
        for line in lines[shown:]:
            show(line)
        shown = len(lines)
        time.sleep(0.2)
    return shown


def load_scenario():
    """Its batches, and the times at which it begins and ends."""
    status, out, errors = servers.tocsin("scenario", "--batches", SCENARIO)
    if status != 0:
        raise RuntimeError(f"tocsin scenario: {errors}")
    batches = [json.loads(row) for row in out.splitlines()]
    return batches, when(batches[0]["arrival"]), when(batches[-1]["arrival"])


def publishes():
    """Tells of a transition line whether its alarm has an action for it."""
    keys = {"OK": "OKActions", "ALARM": "AlarmActions",
            "INSUFFICIENT_DATA": "InsufficientDataActions"}
    alarms = {alarm["AlarmName"]: alarm for alarm in json.loads(
        (HERE / "alarms.json").read_text("utf-8"))["MetricAlarms"]}

    def has_action(line):
        row = json.loads(line)
        alarm = alarms[row["alarm"]]
        return alarm["ActionsEnabled"] and bool(alarm[keys[row["to"]]])
    return has_action


def show_messages(inbox, wanted):
    servers.until(lambda: len(inbox.fetch()) >= wanted, "SNS to have all")
    title(f"What SNS in {REGION} received ({len(inbox.messages)} messages)")
    for message in inbox.messages:
        body = json.loads(message["Message"])
        say(f"  {body['StateChangeTime'][11:19]}  {message['Subject']}")


def show_archive(aws, service):
    """The newest object, read with zstd and nothing of ours."""
    client = aws.client("s3", REGION)

    def keys():
        rows = client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return sorted(row["Key"] for row in rows)

    found = servers.until(keys, "an archive object")
    title(f"What S3 holds ({len(found)} objects)")
    say(f"  s3://{BUCKET}/{found[0]}")
    blob = client.get_object(Bucket=BUCKET, Key=found[0])["Body"].read()
    same = blob == (service.journal / found[0].rsplit("/", 1)[1]).read_bytes()
    say(f"  the journal's own segment, byte for byte: "
        f"{'yes' if same else 'NO'}")
    plain = subprocess.run(["zstd", "-dc"], input=blob, check=True,
                           capture_output=True, timeout=60).stdout
    say("  $ aws s3 cp s3://… - | zstd -dc | head -1")
    say("  " + plain.split(b"\n", 1)[0].decode()[:300])
    return same


def show_replay(service, live):
    words = ["replay", "--config", service.config_path, service.journal]
    status, out, errors = servers.tocsin(*words, env=service.env)
    if status != 0:
        raise RuntimeError(f"tocsin replay: {errors}")
    same = out.encode().splitlines() == live
    title("Replay of the journal")
    say("  $ tocsin replay --config packs/demo/tocsin.yaml … data/journal")
    say(f"  {out.count(chr(10))} transitions; the same as live, byte for "
        f"byte: {'yes' if same else 'NO'}")
    return same


def run(args, folder):
    began = time.monotonic()
    batches, first, last = load_scenario()
    # The clock begins with the first arrival: before it, silence is not news.
    begin = first.replace(second=0, microsecond=0)
    # Stopped soon after the last one: the stream's own end is no outage.
    end = last.replace(second=0, microsecond=0) + datetime.timedelta(minutes=2)
    with servers.Moto(folder / "moto") as aws:
        inbox = servers.Inbox(aws, TOPIC, REGION)
        aws.client("s3", REGION).create_bucket(
            Bucket=BUCKET,
            CreateBucketConfiguration={"LocationConstraint": REGION})
        service = Service(folder, aws, begin.strftime("%Y-%m-%dT%H:%M:%SZ"),
                          args.speed)
        title(f"A tocsin in {REGION} watches us-east-1")
        say(f"  packs/demo/{SCENARIO.name}: {begin:%H:%M} to {end:%H:%M}, "
            f"{args.speed} times as fast as real")
        with service:
            title("Transitions, as they ring (times are the scenario's)")
            firehoses = Firehoses(service, batches, begin, args.speed)
            firehoses.start()
            follow(service, firehoses, end)
            firehoses.join(30)
            live = service.transitions()
            # What has rung is delivered before it ends.
            stopped = service.stop() == 0
        show_messages(inbox, sum(map(publishes(), live)))
        good = show_archive(aws, service) and stopped
        good = show_replay(service, live) and good
    return summary(live, firehoses.points, time.monotonic() - began) and good


# What goes wrong in outage.yaml, at which minute, and who is to say so.
FAILURES = [
    (20, "payments-replication-lag", "replication fell behind"),
    (24, "payments-unhealthy-hosts", "targets in us-east-1 turned unhealthy"),
    (26, "payments-health-check", "the primary's health check failed"),
    (30, "payments-primary-silent", "us-east-1 fell silent"),
]


def summary(live, points, seconds):
    """What happened; False when an alarm did not ring as it should."""
    start = when(re.search(r"^start: (\S+)", SCENARIO.read_text("utf-8"),
                           re.M).group(1))
    rows = [json.loads(line) for line in live]
    good = True
    title("What happened")
    for minute, alarm, words in FAILURES:
        at = start + datetime.timedelta(minutes=minute)
        rang = [when(row["time"]) for row in rows if row["alarm"] == alarm
                and row["to"] == "ALARM" and when(row["time"]) >= at]
        good = good and bool(rang)
        told = (f"{alarm} rang {(rang[0] - at).total_seconds() / 60:.1f} "
                "minutes later" if rang else f"{alarm} DID NOT RING")
        say(f"  {at:%H:%M}  {words}: {told}")
    ends = {row["alarm"]: row["to"] for row in rows}
    calm = all(to == "OK" for to in ends.values())
    say(f"  Afterwards every alarm is OK again: {'yes' if calm else 'NO'}. "
        f"{points} points came in, {len(rows)} transitions went out, in "
        f"{seconds:.0f} s.")
    title("What to read next")
    say("  packs/demo/tocsin.yaml    the configuration that ran\n"
        "  packs/demo/alarms.json    its alarms; put your own there\n"
        "  packs/demo/outage.yaml    the outage; change it and run again\n"
        "  docs/alarm-rules.md       why each alarm rang when it did\n"
        "  README.md                 what to open to change something")
    return good and calm


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tocsin")
    parser.add_argument("--speed", type=int, default=75)
    parser.add_argument("--keep", action="store_true",
                        help="keep the folder with journal and logs")
    args = parser.parse_args()
    os.environ["TOCSIN"] = str(pathlib.Path(args.tocsin).resolve())
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-demo-"))
    if args.keep:
        say(f"kept: {folder}")
    else:
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    # An end by signal goes through the with-blocks, so nothing is left over.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return 0 if run(args, folder) else 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
