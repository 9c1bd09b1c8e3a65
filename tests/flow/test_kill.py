"""kill -9 at random moments: what was acknowledged is there exactly once, what
rang was told at least once under one id. tests/torture/kills.py plays the
rounds; here are several at a time, 200 kills in all."""

import json
import os
import signal
import subprocess
import sys
import time

from firehose import Sender, line
from servers import ROOT, Tocsin

ROUNDS = 4
KILLS = 50
SECONDS = 300


def play(folder, seed):
    """A round as a process of its own; what it says is in out.txt."""
    with open(folder / "out.txt", "wb") as out:
        return subprocess.Popen(
            [sys.executable, ROOT / "tests/torture/kills.py", "--folder",
             str(folder), "--seed", str(seed), "--kills", str(KILLS)],
            stdout=out, stderr=out, start_new_session=True)


def end(process):
    """The round and the server that it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_kill(tmp_path):
    seed = int(os.environ.get("SEED", time.time_ns() % 1_000_000))
    print(f"SEED={seed}")
    folders = [tmp_path / str(number) for number in range(ROUNDS)]
    for folder in folders:
        folder.mkdir()
    rounds = [play(folder, seed + number)
              for number, folder in enumerate(folders)]
    try:
        status = [one.wait(SECONDS) for one in rounds]
    finally:
        for one in rounds:
            end(one)
    said = [(folder / "out.txt").read_text(encoding="utf-8")
            for folder in folders]
    assert status == [0] * ROUNDS, "\n".join(said)
    counts = [json.loads(text.splitlines()[-1]) for text in said]
    print("\n".join(map(str, counts)))
    total = {name: sum(one[name] for one in counts) for name in counts[0]}
    assert total["kills"] >= ROUNDS * KILLS
    # Without these the test says nothing.
    assert total["sent again"] > 50 and total["transitions"] > 50
    assert total["published"] > total["transitions"] and total["objects"] > 3


def test_torn_tail(tmp_path):
    """A tail that was cut is dropped and said; what was whole stays."""
    server = Tocsin(tmp_path).start()
    sender = Sender(server.feed_port)
    for number in range(20):
        assert sender.send([line(f"n{number}")],
                           f"id-{number}").status == 200
    server.kill()
    last = server.segments()[-1]
    os.truncate(last, last.stat().st_size - 7)
    sender.close()
    with server:
        kept = [json.loads(row)["metric_name"]
                for row in server.plain().splitlines()]
        assert kept == [f"n{i}" for i in range(19)]
        # Its request id is not remembered: it is taken again.
        assert sender.send([line("n19")], "id-19").status == 200
        assert sender.send([line("n18")], "id-18").status == 200
        kept = [json.loads(row)["metric_name"]
                for row in server.plain().splitlines()]
        assert kept == [f"n{i}" for i in range(20)]
        assert server.metrics()["tocsin_journal_torn_total"] == 1
