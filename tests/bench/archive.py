"""What archiving costs: CPU of the threads that upload (the sink's own, and
the HTTP client's), a byte of what they sent, over the CPU of all others a byte
of what they took in. Hashing (SHA-256 for the signature, CRC32C) is in it,
TLS is not: the S3 here speaks plain HTTP.
"""

import json
import pathlib
import tempfile

from ingest import (ALARMS_EACH, ROUND_BODIES, SERIES, SPEED, START_MS, Bench,
                    spread, table)
from support import servers

BUCKET = "bench"
UPLOADERS = ("s3", "http")


def cpu_ns(process):
    """{name of thread: CPU}, also of those that share a name."""
    found = {}
    for task in pathlib.Path(f"/proc/{process.pid}/task").iterdir():
        name = (task / "comm").read_text("utf-8").strip()
        ran = int((task / "schedstat").read_text("utf-8").split()[0])
        found[name] = found.get(name, 0) + ran
    return found


def turn(bench, s3, number):
    """One run: what was sent and taken in, and what it cost."""
    server = bench.server(
        f"archive-{number}", region="us-east-2",
        journal={"segment_size": "16MiB", "segment_age": "1d"},
        sinks={"s3": {"bucket": BUCKET, "endpoint": s3.url}})
    server.env.update(s3.credentials())
    with server:
        bench.feed(server, "feed", "json", SERIES, ALARMS_EACH, 6,
                   ROUND_BODIES, START_MS, SPEED)
        sealed = server.segments()[:-1]
        servers.until(lambda: server.metrics()[
            'tocsin_delivery_sent_total{sink="s3"}'] >= len(sealed),
            "all to be archived", 120)
        ran = cpu_ns(server.process)
        journal = sum(path.stat().st_size for path in server.segments())
        sent = sum(path.stat().st_size for path in sealed)
    upload = sum(ran.get(name, 0) for name in UPLOADERS)
    return {"upload": upload / sent * 1e6,
            "take": (sum(ran.values()) - upload) / journal * 1e6,
            "sent": sent / 1e6, "threads": ran}


def run(build, args):
    servers.os.environ["TOCSIN"] = str(build / "tocsin")
    turns = []
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        bench = Bench(build, folder)
        for number in range(args.rounds):
            path = pathlib.Path(folder) / f"s3-{number}"
            path.mkdir()
            with servers.S3Proxy(path) as s3:  # it keeps all in memory
                s3.client().create_bucket(
                    Bucket=BUCKET, CreateBucketConfiguration={
                        "LocationConstraint": "us-east-2"})
                turns.append(turn(bench, s3, number))
    table(["archive", "CPU ns a compressed MB"],
          [["received, evaluated, written", spread(
              [t["take"] for t in turns])],
           ["archived (without TLS)", spread([t["upload"] for t in turns])],
           ["share", spread([t["upload"] / t["take"] * 100 for t in turns],
                            "{:.2f} %")]], args.markdown)
    print(json.dumps({"sent_mb": round(turns[0]["sent"], 1), **{
        name: round(ran / 1e6) for name, ran in
        sorted(turns[0]["threads"].items())}}))
