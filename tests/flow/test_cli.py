"""The commands, as the contract says: what they print, how they end."""

import gzip
import json
import pathlib
import random
import subprocess
import zipfile

import pytest

import story
from firehose import envelope, line
from payloads import BAD_LINE, LONE_VARINT, OK, OTLP
from servers import PATIENCE, ROOT, tocsin, tocsin_binary


def last(text):
    return text.strip().split("\n")[-1]


# ---- usage, help, version ---------------------------------------------------

@pytest.mark.parametrize("words", [
    [], ["nonsense"], ["run"], ["run", "--nonsense"], ["decode"],
    ["decode", "--format", "xml", "x"], ["replay", "--delay", "x", "y"],
    ["check"], ["journal"], ["journal", "nonsense", "x"],
    ["help", "nonsense"]])
def test_wrong_usage(words):
    status, out, errors = tocsin(*words)
    assert (status, out) == (2, "")
    assert errors


def test_nearest_command_is_named():
    assert "decode" in tocsin("decoed")[2]


@pytest.mark.parametrize("words", [
    ["help"], ["--help"], ["help", "replay"], ["replay", "--help"],
    ["run", "--help"], ["decode", "--help"], ["check", "--help"],
    ["journal", "--help"], ["options", "--help"], ["version", "--help"],
    ["scenario", "--help"], ["deliver", "--help"], ["delays", "--help"],
    ["drill", "--help"]])
def test_help(words):
    status, out, errors = tocsin(*words)
    assert (status, errors) == (0, "")
    assert len(out) > 50
    assert all(len(row) <= 80 for row in out.split("\n"))


def test_version():
    for words in (["version"], ["--version"]):
        status, out, _ = tocsin(*words)
        assert status == 0 and "0." in out


def test_lost_file():
    status, out, errors = tocsin("decode", "/nonexistent/file")
    assert status == 3 and out == "" and "/nonexistent/file" in errors


def test_full_disk():
    with open("/dev/full", "wb") as full:
        done = subprocess.run([tocsin_binary(), "options"], stdout=full,
                              stderr=subprocess.PIPE, timeout=PATIENCE,
                              check=False)
    assert done.returncode == 3


# ---- configuration ----------------------------------------------------------

def test_options_load(tmp_path):
    """What `options` prints is a configuration, once `data` is there."""
    status, out, _ = tocsin("options")
    assert status == 0
    path = tmp_path / "all.yaml"
    path.write_text(out if "\ndata:" in out else out + "\ndata: d\n",
                    encoding="utf-8")
    status, out, errors = tocsin("check", "--config", path)
    assert (status, out.strip()) == (0, "ok"), errors


@pytest.mark.parametrize("text, place, words", [
    ("region: us-east-2\n", "", "data"),
    ("data: d\nregoin: x\n", ":2:1", "region"),
    ("data: d\njournal: {segment_size: 1KiB}\n", ":2:", "segment_size"),
    ("data: d\njournal:\n  segment_age: soon\n", ":3:", "segment_age"),
    ("data: d\nsinks: {s3: {prefix: x}}\n", ":2:", "bucket"),
    ("data: d\nclock: {start: yesterday}\n", ":2:", "start"),
    ("data: [\n", ":", ""),
    ("data: d\nalarms: [missing.json]\n", ":2:", "missing.json"),
    ("data: d\nfeeds: [{name: a, access_key_file: none}]\n", ":2:", "none"),
])
def test_faults_have_places(tmp_path, text, place, words):
    path = tmp_path / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    status, out, errors = tocsin("check", "--config", path)
    assert status == 1 and "ok" not in out.split()
    assert f"bad.yaml{place}" in out + errors
    assert words in out + errors
    # The service refuses the same, at once.
    assert tocsin("run", "--config", path)[0] == 1


def test_all_faults_at_once(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text("regoin: x\nacount: y\n", encoding="utf-8")
    _, out, errors = tocsin("check", "--config", path)
    for word in ("region", "account", "data"):
        assert word in out + errors


def test_environment_is_read(tmp_path, monkeypatch):
    path = tmp_path / "env.yaml"
    path.write_text("data: ${TRY_DATA}\nregion: ${TRY_REGION:-us-east-2}\n"
                    "journal: {segment_age: '${TRY_AGE}'}\n",
                    encoding="utf-8")
    monkeypatch.setenv("TRY_DATA", "d")
    monkeypatch.setenv("TRY_AGE", "5m")
    assert tocsin("check", "--config", path)[0] == 0
    monkeypatch.setenv("TRY_AGE", "never")
    assert tocsin("check", "--config", path)[0] == 1


def test_alarm_faults_have_places(tmp_path):
    definition = story.alarm("a", "arn:aws:sns:us-east-2:1:t", Period=7)
    (tmp_path / "alarms.json").write_text(
        json.dumps({"MetricAlarms": [definition]}, indent=1),
        encoding="utf-8")
    path = tmp_path / "t.yaml"
    path.write_text("data: d\nalarms: ['*.json']\n", encoding="utf-8")
    status, out, errors = tocsin("check", "--config", path)
    assert status == 1
    assert "alarms.json:" in out + errors and "Period" in out + errors


# ---- decode -----------------------------------------------------------------

def decode(*paths, given=None):
    status, out, errors = tocsin("decode", *paths, given=given)
    return status, [json.loads(row) for row in out.splitlines()], errors


def totals(points):
    keys = ("count", "sum", "min", "max")
    return {key: sum(point[key] for point in points) for key in keys}


@pytest.mark.parametrize("name", [
    "json-1160-points.firehose.json", "json-1160-points.firehose.json.gz",
    "json-1160-points.s3-object.jsonl"])
def test_corpus_json(corpus, name):
    status, points, errors = decode(corpus / name)
    assert (status, last(errors)) == (0, "1160 points, 0 rejected")
    spaces = [point["namespace"] for point in points]
    assert (spaces.count("AWS/EC2"), spaces.count("AWS/EBS")) == (785, 375)
    got = totals(points)
    assert got["count"] == 4139
    assert got["sum"] == pytest.approx(25743114311.2699, rel=1e-14)
    assert got["min"] == pytest.approx(8087627940.588477, rel=1e-14)
    assert got["max"] == pytest.approx(23818159639.32007, rel=1e-14)
    times = [point["timestamp"] for point in points]
    assert (min(times), max(times)) == (1651679340000, 1651679640000)
    assert sum(not point["dimensions"] for point in points) == 12


@pytest.mark.parametrize("name", ["otel10-710-points.firehose.json",
                                  "otel10-710-points.s3-object.bin"])
def test_corpus_otel10(corpus, name):
    status, points, errors = decode(corpus / name)
    assert (status, last(errors)) == (0, "710 points, 0 rejected")
    assert sum(not point["dimensions"] for point in points) == 46


def test_corpus_otel07(corpus):
    path = corpus / "otel07-984-points.firehose.json"
    status, points, errors = decode(path)
    assert (status, last(errors)) == (0, "984 points, 0 rejected")
    parts = [points[:282], points[282:641], points[641:]]
    assert [sum(point["namespace"] == "AWS/RDS" for point in part)
            for part in parts] == [125, 153, 151]
    status, points, errors = decode(corpus / "otel07-52-points.firehose.json")
    assert (status, last(errors)) == (0, "52 points, 0 rejected")
    assert all(point["dimensions"] for point in points)


def test_corpus_small(corpus):
    status, points, errors = decode(
        corpus / "json-one-point-no-newline.firehose.json")
    assert (status, len(points)) == (0, 1)
    _, points, errors = decode(corpus / "json-percentiles.jsonl")
    assert set(points[0]["statistics"]) == {"p50", "p90", "p99"}
    _, points, errors = decode(corpus / "json-extended-statistics.jsonl")
    sent = json.loads((corpus / "json-extended-statistics.jsonl").read_text())
    sent = {k: v for k, v in sent["value"].items()
            if k not in ("count", "sum", "min", "max")}
    assert len(sent) >= 8 and points[0]["statistics"] == sent


@pytest.mark.parametrize("name, rejects", [
    ("otel10-no-attributes.bin", 6),
    ("invalid-lone-varint.firehose.json", 1),
    ("console-demo-data.firehose.json", 1)])
def test_corpus_rejects(corpus, name, rejects):
    status, points, errors = decode(corpus / name)
    assert (status, points) == (1, [])
    assert last(errors) == f"0 points, {rejects} rejected"
    assert len(errors.strip().split("\n")) == rejects + 1


def test_decode_containers(tmp_path):
    """Plain, gzip (of several members), zstd, standard input, a body, a
    folder: all the same points."""
    text = OK + line("A") + line("B")
    wanted = decode("-", given=text)[1]
    assert len(wanted) == 3
    forms = {
        "plain": text,
        "gz": gzip.compress(OK) + gzip.compress(line("A") + line("B")),
        "zst": subprocess.run(["zstd", "-c"], input=text, check=True,
                              capture_output=True, timeout=PATIENCE).stdout,
        "body": envelope([OK, line("A") + line("B")]),
        "body.gz": gzip.compress(envelope([OK + line("A"), line("B")])),
    }
    for name, blob in forms.items():
        (tmp_path / name).write_bytes(blob)
        assert decode(tmp_path / name)[:2] == (0, wanted), name
    status, points, _ = decode(tmp_path)
    assert status == 0 and points == wanted * len(forms)


def test_decode_snappy(tmp_path):
    """Both kinds, as python-snappy 0.7.3 wrote them, and torn; ZIP is told
    by name."""
    seeds = pathlib.Path(__file__).parents[1] / "fuzz/seeds/snappy"
    wanted = decode(seeds / "framed")[1]
    assert [point["max"] for point in wanted] == [0, 1.5, 3, 4.5, 6]
    assert decode(seeds / "hadoop")[:2] == (0, wanted)
    for name in "framed", "hadoop":
        path = tmp_path / name
        path.write_bytes((seeds / name).read_bytes()[:-9])
        status, points, errors = decode(path)
        assert (status, points) == (1, [])
        assert f"{path}: offset 0: snappy ends within the chunk at" in errors
    with zipfile.ZipFile(tmp_path / "zip", "w") as archive:
        archive.writestr("lines", OK)
    status, _, errors = decode(tmp_path / "zip")
    assert status != 0 and "a ZIP archive, which is not read" in errors
    assert "unzip -p" in errors


def test_decode_rejects_have_places(tmp_path):
    path = tmp_path / "mixed"
    path.write_bytes(OK + BAD_LINE + OK + b"nonsense\n")
    status, points, errors = decode(path)
    assert (status, len(points)) == (1, 2)
    rows = errors.strip().split("\n")
    assert rows[0].startswith(f"{path}: record 2, offset {len(OK)}: ")
    assert rows[1].startswith(
        f"{path}: record 4, offset {2 * len(OK) + len(BAD_LINE)}: ")
    assert rows[2] == "2 points, 2 rejected"


def test_decode_format(tmp_path):
    path = tmp_path / "otlp"
    path.write_bytes(OTLP + OTLP)
    assert tocsin("decode", "--format", "otlp", path)[0] == 0
    assert tocsin("decode", "--format", "json", path)[0] == 1
    path.write_bytes(LONE_VARINT)
    assert tocsin("decode", path, seconds=10)[0] == 1


def test_numbers_read_back(tmp_path):
    """Shortest form that is the same double again."""
    values = [0.1, 1e-7, 1.5e100, 25743114311.2699, 5e-324, -0.0, 1 / 3,
              123456789012345680.0, 20, 4.0]
    text = b"".join(line("N", value=value, count=2.5) for value in values)
    points = decode("-", given=text)[1]
    assert [point["sum"] for point in points] == values


# ---- replay -----------------------------------------------------------------

@pytest.fixture
def archive(tmp_path):
    """The small outage as lines without arrival times, and its alarms."""
    (tmp_path / "alarms.json").write_text(
        json.dumps(story.alarms("arn:aws:sns:us-east-2:123456789012:t")),
        encoding="utf-8")
    rows = [row for _, records in story.minutes()
            for record in records for row in record.splitlines(True)]
    return tmp_path / "alarms.json", rows


def test_replay_event_order(archive, tmp_path):
    """The output is the same however the input lies."""
    definitions, rows = archive
    path = tmp_path / "in.jsonl"
    path.write_bytes(b"".join(rows))
    status, wanted, errors = tocsin("replay", "--alarms", definitions, path)
    assert status == 0, errors
    assert [json.loads(row)["to"] for row in wanted.splitlines()
            if json.loads(row)["alarm"] == "lag"][:3] == ["OK", "ALARM", "OK"]
    for seed in range(5):
        random.Random(seed).shuffle(rows)
        path.write_bytes(b"".join(rows))
        assert tocsin("replay", "--alarms", definitions, path)[1] == wanted
    halves = tmp_path / "halves"
    halves.mkdir()
    (halves / "a").write_bytes(b"".join(rows[:40]))
    (halves / "b").write_bytes(gzip.compress(b"".join(rows[40:])))
    assert tocsin("replay", "--alarms", definitions, halves)[1] == wanted
    assert tocsin("replay", "--alarms", definitions, halves / "b",
                  halves / "a")[1] == wanted
    assert tocsin("replay", "--alarms", definitions, "-",
                  given=b"".join(rows))[1] == wanted


def test_replay_bounds(archive, tmp_path):
    definitions, rows = archive
    path = tmp_path / "in.jsonl"
    path.write_bytes(b"".join(rows))

    def times(*words):
        status, out, errors = tocsin("replay", "--alarms", definitions,
                                     *words, path)
        assert status == 0, errors
        return [json.loads(row)["time"] for row in out.splitlines()]

    everything = times()
    middle = "2026-01-01T00:15:00Z"
    assert everything == sorted(everything)
    assert all(t > middle for t in times("--from", middle))
    assert all(t <= "2026-01-01T00:15:00.000Z" for t in times("--to", middle))
    late = times("--to", "2026-01-01T02:00:00Z")
    assert late[:len(everything)] == everything and len(late) > len(everything)

    def first_ok(*words):
        rows = map(json.loads, tocsin("replay", "--alarms", definitions,
                                      *words, path)[1].splitlines())
        return next(row["time"] for row in rows if row["to"] == "OK")

    assert first_ok("--delay", "0") == "2026-01-01T00:01:00.000Z"
    assert first_ok("--delay", "10m") == "2026-01-01T00:11:00.000Z"


def test_transition_lines(archive, tmp_path):
    definitions, rows = archive
    path = tmp_path / "in.jsonl"
    path.write_bytes(b"".join(rows))
    out = tocsin("replay", "--alarms", definitions, path)[1]
    ids = set()
    for text in out.splitlines():
        row = json.loads(text)
        assert list(row)[:8] == ["id", "time", "alarm", "arn", "from", "to",
                                 "reason", "data"]
        assert row["data"]["version"] == "1.0"
        assert row["arn"].endswith(f":alarm:{row['alarm']}")
        ids.add(row["id"])
    assert len(ids) == len(out.splitlines()) > 5


def test_replay_bad_alarms(tmp_path):
    path = tmp_path / "alarms.json"
    path.write_text("{", encoding="utf-8")
    status, out, errors = tocsin("replay", "--alarms", path, "-", given=b"")
    assert (status, out) == (1, "") and "alarms.json:1" in errors


# ---- scenario and journal ---------------------------------------------------

def scenario(*words):
    """The demo's stream, as a segment."""
    done = subprocess.run([tocsin_binary(), "scenario", *words,
                           ROOT / "packs/demo/outage.yaml"],
                          capture_output=True, timeout=PATIENCE, check=True)
    return done.stdout


def test_scenario_is_the_same_each_time():
    assert scenario() == scenario() and len(scenario()) > 1000
    rows = [json.loads(row) for row in scenario("--batches").splitlines()]
    assert len({row["region"] for row in rows}) > 1
    times = [row["arrival"] for row in rows]
    assert times == sorted(times)
    _, points, _ = decode("-", given=scenario())
    assert len(points) == sum(row["lines"].count("\n") for row in rows)


def test_journal_commands(tmp_path):
    blob = scenario()
    path = tmp_path / "00000000000000000001.zst"
    path.write_bytes(blob)
    for words in (["verify"], ["ls"], ["cat"]):
        status, out, errors = tocsin("journal", *words, path)
        assert status == 0, errors
    rows = [json.loads(row) for row in out.splitlines()]
    assert len(rows) > 10
    status, out, _ = tocsin("journal", "ls", path)
    assert all(isinstance(json.loads(row), dict) for row in out.splitlines())
    # One byte flipped in the middle is found.
    broken = bytearray(blob)
    broken[len(broken) // 2] ^= 0x40
    path.write_bytes(broken)
    status, out, errors = tocsin("journal", "verify", path)
    assert status == 1 and "0000001.zst" in out + errors


def test_journal_repair(tmp_path):
    blob = scenario()
    source, new = tmp_path / "journal", tmp_path / "new"
    source.mkdir()
    path = source / "00000000000000000001.zst"
    path.write_bytes(blob)
    status, out, errors = tocsin("journal", "repair", source, "--to", new)
    assert status == 0, errors
    assert (new / path.name).read_bytes() == blob
    _, before, _ = tocsin("journal", "cat", source)
    # It never goes into a folder that has segments, least of all its own.
    for words in ([source, "--to", new], [source, "--to", source]):
        status, _, errors = tocsin("journal", "repair", *words)
        assert status != 0 and "segments already" in errors
    for words in ([source], [source, new, "--to", tmp_path / "x"]):
        status, _, errors = tocsin("journal", "repair", *words)
        assert status == 2 and "--to" in errors
    # One entry is damaged: the others are copied, the source stays.
    broken = bytearray(blob)
    broken[len(broken) // 2] ^= 0x40
    path.write_bytes(broken)
    new = tmp_path / "again"
    status, out, errors = tocsin("journal", "repair", source, "--to", new)
    row = json.loads(out)
    assert status == 1 and len(row["damage"]) == 1 and path.name in errors
    assert path.read_bytes() == broken
    _, after, _ = tocsin("journal", "cat", new)
    rows = before.splitlines()
    assert row["entries"] == len(rows) - 1
    assert [one for one in rows if one not in after.splitlines()] != []
    assert all(one in rows for one in after.splitlines())


def test_journal_verify_looks_at_checkpoints(tmp_path):
    for name in ("journal", "checkpoint"):
        (tmp_path / name).mkdir()
    (tmp_path / "journal/00000000000000000001.zst").write_bytes(scenario())
    assert tocsin("journal", "verify", tmp_path)[0] == 0
    bad = tmp_path / "checkpoint/00000000000000000004.checkpoint"
    bad.write_bytes(b"no checkpoint at all" * 20)
    status, out, errors = tocsin("journal", "verify", tmp_path)
    row = json.loads(out.splitlines()[-1])
    assert status == 1 and row["last"] == 4 and bad.name in errors
    assert "is no checkpoint" in row["damage"][0]["reason"]
