"""The program itself under load: what a body costs, how many small requests
are answered a second, how much memory it takes, how soon it is ready again.
ingest_bench sends and measures; here the server is started, and figures become
a table.
"""

import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support import servers  # noqa: E402

START = "2026-01-01T00:00:00Z"
START_MS = 1767225600000
SPEED = 300        # the data's minutes go by about as fast
SERIES = 20_000
ALARMS_EACH = 20   # an alarm on one series of so many
ROUND_BODIES = 50  # ten minutes of them
QUIET_S = 8        # until buffers that nobody needs are given back
CHECKPOINT = "2s"  # often, to see how long one stops the work


class Bench:
    def __init__(self, build, folder):
        self.build = build
        self.folder = pathlib.Path(folder)
        self.program = build / "tests/ingest_bench"

    def ask(self, *words):
        """The objects that ingest_bench prints."""
        done = subprocess.run([self.program, *map(str, words)], check=True,
                              timeout=900, stdout=subprocess.PIPE)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def server(self, name, alarms_each=ALARMS_EACH, speed=SPEED,
               series=SERIES, **more):
        folder = self.folder / name
        folder.mkdir()
        config = {"clock": {"start": START, "speed": speed}, **more}
        if alarms_each:
            alarms, = self.ask("alarms", series, alarms_each)
            path = folder / "alarms.json"
            path.write_text(json.dumps(alarms), encoding="utf-8")
            config["alarms"] = [str(path)]
        one = servers.Tocsin(folder, config)
        return one

    def feed(self, server, what, *words):
        return self.ask(what, server.process.pid, server.feed_port,
                        server.admin_port, *words)


def middle(values):
    return statistics.median(values)


def spread(values, form="{:,.0f}"):
    values = sorted(values)
    return " ".join([form.format(middle(values)),
                     f"({form.format(values[0])} to "
                     f"{form.format(values[-1])})"])


def table(head, rows, markdown):
    if markdown:
        print("\n| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")
        for row in rows:
            print("| " + " | ".join(row) + " |")
        return
    widths = [max(len(row[i]) for row in [head, *rows])
              for i in range(len(head))]
    for row in [head, *rows]:
        print("  ".join(cell.ljust(width)
                        for cell, width in zip(row, widths)).rstrip())


def body_rounds(bench, form, rounds):
    with bench.server(f"body-{form}") as server:
        return bench.feed(server, "feed", form, SERIES, ALARMS_EACH, rounds,
                          ROUND_BODIES, START_MS, SPEED)


def body_row(form, reached):
    cpu = [r["cpu"] for r in reached]
    zstd = [r["stages"]["zstd -1"] for r in reached]
    return [form, f"{reached[0]['bytes']:.0f} B", spread(cpu), spread(zstd),
            spread([a / b for a, b in zip(cpu, zstd)], "{:.2f} ×")]


def body_parts(form, reached, markdown):
    rows = []
    for name in sorted(reached[0]["threads"]):
        took = [r["threads"].get(name, 0) for r in reached]
        if middle(took) >= 5:
            rows.append([f"thread {name}", spread(took)])
    for name in reached[0]["stages"]:
        rows.append([f"alone: {name}",
                     spread([r["stages"][name] for r in reached])])
    table([f"{form}: part", "ns a point"], rows, markdown)


def bodies(bench, args):
    """CPU of the server a point, body to evaluated; by thread (MHD-worker
    receives, undoes base64 and compresses; journal writes and syncs; engine
    reads, decodes, evaluates) and by step, each alone in another process."""
    reached = {form: body_rounds(bench, form, args.rounds)
               for form in ("json", "otlp")}
    names = {"json": "JSON", "otlp": "OpenTelemetry 1.0"}
    table(["body → durable → 200 → evaluated", "a point", "CPU ns a point",
           "zstd -1 of the same bytes", "ratio"],
          [body_row(names[form], reached[form]) for form in reached],
          args.markdown)
    for form in reached:
        print()
        body_parts(names[form], reached[form], args.markdown)


def commits(bench, args):
    """Requests a second, one after another and together."""
    found = {1: [], 64: []}
    alone = []
    for turn in range(args.rounds):
        with bench.server(f"small-{turn}", alarms_each=0) as server:
            for connections in found:
                reached, = bench.feed(server, "small", connections,
                                      500 * (1 if connections == 1 else 20),
                                      START_MS)
                found[connections].append(reached["requests_a_second"])
        folder = bench.folder / f"commit-{turn}"
        folder.mkdir()
        alone += bench.ask("commit", folder, 1.0)
    rows = [["1 connection", spread(found[1]), "1"],
            ["64 connections", spread(found[64]),
             spread([b / a for a, b in zip(*found.values())], "{:.1f} ×")],
            ["the journal alone, 64 threads, a sync each",
             spread([r["each"] for r in alone]), "1"],
            ["the journal alone, 64 threads, synced together",
             spread([r["together"] for r in alone]),
             spread([r["together"] / r["each"] for r in alone], "{:.1f} ×")]]
    table(["group commit", "durable a second", "ratio"], rows, args.markdown)


def memory_mb(process):
    """Resident now, and the most there was, in MB."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text("utf-8")
    rows = dict(line.split(":", 1) for line in status.splitlines())
    return [int(rows[key].split()[0]) * 1024 / 1e6
            for key in ("VmRSS", "VmHWM")]


def pauses(server, until, found):
    """The longest standstill of each checkpoint, in ms."""
    while not until.wait(0.1):
        now = server.metrics()
        if now["tocsin_checkpoints_total"]:
            found.append(now["tocsin_checkpoint_pause_seconds"] * 1000)


def memory_case(bench, series, alarms_each):
    """Memory after every series was seen three times, with checkpoints
    meanwhile; seconds to be ready again."""
    server = bench.server(f"memory-{series}-{alarms_each}", alarms_each,
                          speed=60, series=series,
                          journal={"checkpoint": CHECKPOINT})
    found, end = [], threading.Event()
    with server:
        watch = threading.Thread(target=pauses, args=(server, end, found))
        watch.start()
        if series:
            bench.feed(server, "fill", "json", series, 3, START_MS)
        at_load = memory_mb(server.process)[0]
        time.sleep(QUIET_S)
        reached = memory_mb(server.process)
        end.set()
        watch.join()
    began = time.monotonic()
    with server:
        took = time.monotonic() - began
    return [at_load, *reached], max(found, default=0), took


def memory(bench, args):
    rows = []
    for series, each in ((0, 0), (args.series // 10, 0), (args.series, 0),
                         (args.series, ALARMS_EACH)):
        memories, pause, took = memory_case(bench, series, each)
        rows.append([f"{series:,} series, "
                     + (f"an alarm on 1 of {each}" if each else "no alarms"),
                     *(f"{one:.0f} MB" for one in memories),
                     f"{pause:.0f} ms", f"{took:.1f} s"])
    table(["memory", "after the load", "then quiet", "at most",
           "checkpoints stop it for", "ready again after"], rows,
          args.markdown)


def run(part, build, args):
    servers.os.environ["TOCSIN"] = str(build / "tocsin")
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        {"ingest": bodies, "commit": commits, "memory": memory}[part](
            Bench(build, folder), args)
