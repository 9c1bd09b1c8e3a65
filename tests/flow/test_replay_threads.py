"""replay --threads N prints what one thread prints, to both outputs, and ends
as that does; whatever the inputs are."""

import gzip
import json
import os
import random
import subprocess

import pytest

import otlp
import segments
import story
from firehose import envelope, line
from payloads import BAD_LINE
from servers import PATIENCE, ROOT, tocsin, tocsin_binary

THREADS = (2, 4, 64)


def replay(*words, given=None):
    """What one thread comes to, and all others too."""
    wanted = tocsin("replay", *words, given=given)
    for threads in THREADS:
        assert tocsin("replay", "--threads", threads, *words,
                      given=given) == wanted, threads
    return wanted


def rows(out):
    return [json.loads(row) for row in out.splitlines()]


@pytest.fixture(scope="module")
def demo():
    """{name: bytes}: the demo's stream as a log of several segments."""
    done = subprocess.run([tocsin_binary(), "scenario",
                           ROOT / "packs/demo/outage.yaml"],
                          capture_output=True, timeout=PATIENCE, check=True)
    return segments.split(done.stdout, 6)


def put(folder, files):
    for name, blob in files.items():
        (folder / name).write_bytes(blob)
    return folder


ALARMS = ("--alarms", ROOT / "packs/demo/alarms.json")


def test_log_order(tmp_path, demo):
    put(tmp_path, demo)
    status, out, errors = replay(*ALARMS, tmp_path)
    assert status == 0 and len(rows(out)) > 10, errors
    middle = "2026-01-15T09:26:00Z"
    late = replay(*ALARMS, "--from", middle, tmp_path)[1]
    early = replay(*ALARMS, "--to", middle, tmp_path)[1]
    assert early and late and early + late == out
    assert replay(*ALARMS, "--from", "2026-01-15T09:20:00Z", "--to", middle,
                  tmp_path)[1] in early
    assert replay(*ALARMS, "--restart", tmp_path)[1] == out
    # Through a pipe, and not from its begin.
    names = sorted(demo)
    assert replay(*ALARMS, *(tmp_path / name for name in names[1:]), "-",
                  given=demo[names[0]]) == (status, out, errors)


def test_damaged_log(tmp_path, demo):
    put(tmp_path, demo)
    second, third, fifth = (tmp_path / sorted(demo)[n] for n in (1, 2, 4))
    blob = bytearray(demo[second.name])
    for at in (len(blob) // 3, len(blob) // 2):
        blob[at] ^= 0x40
    second.write_bytes(blob)
    status, out, errors = replay(*ALARMS, tmp_path)
    assert status == 1 and errors.count(second.name) == 2 and rows(out)
    assert "are not in the input" in errors
    # A file lost, one twice, one torn.
    third.unlink()
    (tmp_path / "copy").write_bytes(demo[sorted(demo)[3]])
    fifth.write_bytes(demo[fifth.name][:-100])
    status, out, errors = replay(*ALARMS, tmp_path)
    assert status == 1 and fifth.name in errors and rows(out)
    assert "stood in the input more than once" in errors


def test_two_logs(tmp_path, demo):
    """What stops in the middle stops there."""
    names = sorted(demo)
    text = (ROOT / "packs/demo/outage.yaml").read_text(encoding="utf-8")
    (tmp_path / "later.yaml").write_text(
        text.replace("2026-01-15T09:00:00Z", "2026-01-16T09:00:00Z"),
        encoding="utf-8")
    other = subprocess.run([tocsin_binary(), "scenario",
                            tmp_path / "later.yaml"], capture_output=True,
                           timeout=PATIENCE, check=True).stdout
    folder = tmp_path / "log"
    folder.mkdir()
    put(folder, {**demo, names[2]: segments.split(other, 6)[names[2]]})
    status, _, errors = replay(*ALARMS, folder)
    assert status == 2 and "segments of two logs" in errors


def zstd(blob):
    return subprocess.run(["zstd", "-c"], input=blob, check=True,
                          capture_output=True, timeout=PATIENCE).stdout


def otlp_minutes(values):
    return b"".join(
        otlp.message("Lag", 1000 * (story.START_S + 60 * minute),
                     {"count": 1.0, "sum": value, "min": value, "max": value},
                     region=story.REGION, unit="Seconds")
        for minute, value in values)


def json_minutes(values):
    return b"".join(
        line("Lag", 1000 * (story.START_S + 60 * minute), value, 1.0,
             region=story.REGION) + (BAD_LINE if minute % 9 == 4 else b"")
        for minute, value in values)


@pytest.fixture
def mixed(tmp_path):
    """Many files that tell of the same minutes, each something else: of equal
    counts the version that comes last stands."""
    dice = random.Random(7)
    forms = [json_minutes, otlp_minutes,
             lambda values: gzip.compress(json_minutes(values)),
             lambda values: zstd(json_minutes(values)),
             lambda values: zstd(otlp_minutes(values)),
             lambda values: envelope([json_minutes(values)]),
             # The second half is cut off.
             lambda values: zstd(os.urandom(4000) + b"\n"
                                 + json_minutes(values))[:-20],
             lambda values: b"nonsense\n"]
    folder = tmp_path / "mixed"
    folder.mkdir()
    for number in range(120):
        values = [(minute, dice.choice([10.0, 2000.0]))
                  for minute in dice.sample(range(60), 12)]
        blob = forms[number % len(forms)](values)
        (folder / f"{number:03}").write_bytes(blob)
    (folder / "long").write_bytes(json_minutes(
        [(minute % 60, dice.choice([10.0, 2000.0])) for minute in
         range(15000)]))
    definitions = tmp_path / "alarms.json"
    definitions.write_text(json.dumps({"MetricAlarms": [
        story.alarm("each", "arn:aws:sns:us-east-2:123456789012:t",
                    EvaluationPeriods=1, DatapointsToAlarm=1)]}),
        encoding="utf-8")
    return definitions, folder


def test_event_order(mixed):
    definitions, folder = mixed
    words = ("--alarms", definitions, "--delay", "0")
    status, out, errors = replay(*words, folder)
    assert status == 1 and len(rows(out)) > 10, errors
    assert errors.count(": zstd") == 15
    few = sorted(folder.iterdir())[:-1]
    status, other, errors = replay(*words, *few)
    assert other != out and len(rows(other)) > 10
    # The order of the inputs shows, also where standard input stands.
    assert replay(*words, *reversed(few))[1] != other
    given = (folder / "long").read_bytes()
    assert replay(*words, *few, "-", given=given)[1] == out
    assert replay(*words, "-", *few, given=given)[1] != out
    for more in (["--from", "2026-01-01T00:20:00Z"],
                 ["--to", "2026-01-01T00:20:00Z"],
                 ["--from", "2026-01-01T00:10:00Z", "--to",
                  "2026-01-01T00:40:00Z"], ["--tick", "10s"]):
        assert rows(replay(*words, *more, folder)[1])


def test_wrong_numbers(mixed):
    definitions, folder = mixed
    for number in ("0", "-1", "many"):
        status, out, errors = tocsin("replay", "--threads", number,
                                     "--alarms", definitions, folder)
        assert (status, out) == (2, "") and number in errors
