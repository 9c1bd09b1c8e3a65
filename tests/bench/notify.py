"""How soon somebody is told: under load, and in an outage."""

import http.client
import http.server
import json
import os
import pathlib
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]
                       / "support"))

import firehose  # noqa: E402
import ringer  # noqa: E402
import story  # noqa: E402
from ingest import table  # noqa: E402
from servers import until  # noqa: E402

SECONDS = 10
CLIENTS = 4
POINTS = 100          # of a request
MINUTE_S = 0.06       # so fast the clock of the load goes
ALARMS = 20
OUTAGE = 1000
ANSWER_S = 0.05       # what the slow server takes for a request
TOPIC = f"arn:aws:sns:{story.REGION}:{story.ACCOUNT}:"
BOUND_S = 0.025       # what is asked of the 99th percentile


class Slow:
    """Answers everything with success, each request after a while."""

    def __init__(self, seconds):
        self.seconds, self.requests, self.first, self.last = seconds, 0, 0, 0
        self.lock = threading.Lock()
        slow = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *words):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                slow.note()
                status, said = slow.answer(self, body)
                time.sleep(slow.seconds)
                self.send_response(status)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,),
                         daemon=True).start()

    def note(self):
        with self.lock:
            self.requests += 1
            self.first = self.first or time.monotonic()

    @staticmethod
    def answer(request, body):
        if request.headers.get("X-Amz-Invocation-Type"):
            return 202, b""
        if request.headers.get("X-Amz-Target"):
            entries = len(json.loads(body)["Entries"])
            return 200, json.dumps({"Entries": [{"EventId": "e"}]
                                    * entries}).encode()
        count = body.count(b"PublishBatchRequestEntries.member."
                           b"1.Id=") and body.count(b".Id=")
        rows = "".join(f"<member><Id>{i}</Id></member>" for i in range(count))
        return 200, f"<R><Successful>{rows}</Successful></R>".encode()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Load(threading.Thread):
    """Requests of POINTS points, as fast as they are answered, or so many a
    second. The points are the alarms' own, of the minute that it is."""

    def __init__(self, one, seconds, rate=None):
        super().__init__(daemon=True)
        self.one, self.rate, self.done = one, rate, 0
        self.until = time.monotonic() + seconds
        self.start()

    def body(self, number):
        """High for two minutes, low for two."""
        minute = story.START_S // 60 + int(
            (time.monotonic() - self.one.began) / MINUTE_S)
        value = 5000.0 if minute // 2 % 2 else 0.0
        record = b"".join(firehose.line(
            f"M{point}", minute * 60_000, value, 1.0, region=story.REGION)
            for point in range(POINTS))
        return firehose.envelope([record], f"{id(self)}-{number}")

    def run(self):
        port = self.one.server.feed_port
        connection = http.client.HTTPConnection("127.0.0.1", port)
        due = time.monotonic()
        while time.monotonic() < self.until:
            body = self.body(self.done)
            connection.request("POST", "/", body, firehose.headers(
                f"{id(self)}-{self.done}"))
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200
            self.done += 1
            if self.rate:
                due += 1 / self.rate
                time.sleep(max(0, due - time.monotonic()))


def loaded(one, seconds, rate=None):
    """Requests a second that were answered."""
    threads = [Load(one, seconds, rate and rate / CLIENTS)
               for _ in range(CLIENTS)]
    for thread in threads:
        thread.join()
    return sum(thread.done for thread in threads) / seconds


def quantile(buckets, q):
    """Between the bounds, as if evenly spread there."""
    rank, low, below = buckets[-1][1] * q, 0.0, 0
    for bound, count in buckets:
        if count >= rank:
            return low + (bound - low) * (rank - below) / max(
                1, count - below)
        low, below = bound, count
    return low


def buckets_of(rows):
    mark = "tocsin_notification_latency_seconds_bucket{le=\""
    found = [(float(name[len(mark):-2].replace("+Inf", "1e3")), value)
             for name, value in rows.items() if name.startswith(mark)]
    return sorted(found)


def latency(folder, args):
    slow = Slow(0)
    one = ringer.Ringer(
        folder, ALARMS, [TOPIC + "bench"], {"sns": {"endpoint": slow.url}},
        {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"},
        delay={"default": "0s"},
        clock={"start": story.START, "speed": int(60 / MINUTE_S)}).start()
    full = loaded(one, 3)
    before = one.server.metrics()
    half = loaded(one, SECONDS, full / 2)
    after = one.server.metrics()
    one.server.kill()
    slow.close()
    rows = {name: value - before.get(name, 0)
            for name, value in after.items()}
    buckets = buckets_of(rows)
    count = buckets[-1][1]
    name = "tocsin_journal_commit"
    sync = (rows[f"{name}_seconds_total"] / max(1, rows[f"{name}s_total"]))
    mean = rows["tocsin_notification_latency_seconds_sum"] / max(1, count)
    table(["last byte → request to SNS", "requests a second",
           "notifications", "p50 ms", "p99 ms", "mean ms",
           "a commit to the disk, ms", "its share", "p99 asked"],
          [[f"{CLIENTS} clients, {POINTS} points each",
            f"{half:.0f} (of {full:.0f})", f"{count:.0f}",
            f"{quantile(buckets, .5) * 1e3:.1f}",
            f"{quantile(buckets, .99) * 1e3:.1f}", f"{mean * 1e3:.1f}",
            f"{sync * 1e3:.1f}", f"{sync / max(mean, 1e-9):.0%}",
            f"{BOUND_S * 1e3:.0f} ms"]], args.markdown)


def outage_of(folder, name, actions, sinks):
    slow = Slow(ANSWER_S)
    for sink in sinks.values():
        if isinstance(sink, dict):
            sink["endpoint"] = slow.url
    secret = folder / "secret"
    folder.mkdir(exist_ok=True)
    secret.write_text("secret\n", encoding="utf-8")
    if "webhooks" in sinks:
        sinks["webhooks"] = [{"name": "bench", "url": slow.url + "/",
                              "secret_file": str(secret)}]
    one = ringer.Ringer(
        folder, OUTAGE, actions, sinks,
        {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}).start()
    one.send(5000.0)
    until(lambda: slow.first, "the first request")
    sent = 'tocsin_delivery_sent_total{'

    def delivered():
        return sum(value for key, value in one.server.metrics().items()
                   if key.startswith(sent))
    until(lambda: delivered() >= OUTAGE * max(1, len(actions)), name, 120)
    took = time.monotonic() - slow.first
    one.server.kill()
    slow.close()
    return [name, f"{OUTAGE * max(1, len(actions))}", f"{slow.requests}",
            f"{took:.2f} s", "10 s"]


def outages(folder, args):
    function = f"arn:aws:lambda:{story.REGION}:{story.ACCOUNT}:function:f"
    cases = [("SNS, one topic", [TOPIC + "one"], {"sns": {}}),
             ("SNS, five topics", [f"{TOPIC}t{n}" for n in range(5)],
              {"sns": {}}),
             ("Lambda, one function", [function], {"lambda": {}}),
             ("a webhook", ["webhook:bench"], {"webhooks": []}),
             ("EventBridge", [], {"events": {"bus": "default"}})]
    rows = [outage_of(folder / f"outage-{number}", *case)
            for number, case in enumerate(cases)]
    table([f"{OUTAGE} alarms fire; {ANSWER_S * 1e3:.0f} ms a request",
           "notifications", "requests", "took", "asked"], rows, args.markdown)


def run(build, args):
    os.environ["TOCSIN"] = str(build / "tocsin")
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        folder = pathlib.Path(folder)
        (folder / "load").mkdir()
        latency(folder / "load", args)
        outages(folder, args)
