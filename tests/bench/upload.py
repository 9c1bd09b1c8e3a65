"""What archiving costs: CPU of the threads that upload (the sink's own, which
reads and checksums, and the HTTP client's, which sends), a byte of what they
sent, over the CPU of all others a byte of what they took in. Once in the
clear, where the signature covers a SHA-256 of the content, and once over TLS,
where it need not.
"""

import pathlib
import ssl
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from ingest import (ALARMS_EACH, ROUND_BODIES, SERIES, SPEED, START_MS, Bench,
                    spread, table)  # noqa: E402
from support import servers  # noqa: E402

from http2 import certificate  # noqa: E402
from proxy import FaultProxy  # noqa: E402

BUCKET = "bench"


def cpu_ns(process):
    """{name of thread: CPU}, also of those that share a name."""
    found = {}
    for task in pathlib.Path(f"/proc/{process.pid}/task").iterdir():
        name = (task / "comm").read_text("utf-8").strip()
        ran = int((task / "schedstat").read_text("utf-8").split()[0])
        found[name] = found.get(name, 0) + ran
    return found


def turn(bench, s3, name, url, **env):
    """One run: what was sent and taken in, and what it cost."""
    server = bench.server(
        name, region="us-east-2",
        journal={"segment_size": "16MiB", "segment_age": "1d"},
        sinks={"s3": {"bucket": BUCKET, "endpoint": url}})
    server.env.update(s3.credentials(), **env)
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
    return {"read": ran["s3"] / sent * 1e3, "send": ran["http"] / sent * 1e3,
            "take": (sum(ran.values()) - ran["s3"] - ran["http"])
            / journal * 1e3}


def one(bench, number, tls):
    """An S3 for each turn: it keeps all in memory."""
    name = f"{number}-{'tls' if tls else 'clear'}"
    path = bench.folder / f"s3-{name}"
    path.mkdir()
    with servers.S3Proxy(path) as s3:
        s3.client().create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={
                "LocationConstraint": "us-east-2"})
        if not tls:
            return turn(bench, s3, name, s3.url)
        ca, key = certificate(path)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(ca, key)
        with FaultProxy(s3.url, tls=context) as proxy:
            return turn(bench, s3, name, proxy.url, AWS_CA_BUNDLE=str(ca))


def row(name, turns):
    share = [(t["read"] + t["send"]) / t["take"] * 100 for t in turns]
    return [name, *(spread([t[part] for t in turns])
                    for part in ("take", "read", "send")),
            spread(share, "{:.1f} %"),
            spread([t["send"] / t["take"] * 100 for t in turns], "{:.1f} %")]


def run(build, args):
    servers.os.environ["TOCSIN"] = str(build / "tocsin")
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        bench = Bench(build, folder)
        clear, tls = [], []
        for number in range(args.rounds):
            clear.append(one(bench, number, False))
            tls.append(one(bench, number, True))
    table(["archive, CPU ns a compressed kB", "received, evaluated, written",
           "read and hashed", "sent", "share", "of sending alone"],
          [row("in the clear, SHA-256 and CRC32C", clear),
           row("over TLS, CRC32C", tls),
           # What is left without SHA-256 and without TLS, of both.
           row("of these: CRC32C, and sending in the clear", [
               {**one, "read": other["read"]}
               for one, other in zip(clear, tls)])], args.markdown)
