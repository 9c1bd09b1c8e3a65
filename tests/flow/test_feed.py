"""The Firehose endpoint, case by case: what is answered and what is kept.

The names are those of the tables of known Firehose receivers' tests: E the
envelope, A access keys, R compressed records, P repeats and shutdown, J and O
the payload in JSON and OTLP.
"""

import gzip
import json
import socket
import threading
import time

import pytest

import payloads
from firehose import Sender, envelope, headers, line
from servers import Tocsin, tocsin, until

MIB = 1024 * 1024
LIMIT = 96 * MIB  # of a body: 64 MiB of records as base64 in JSON


@pytest.fixture(scope="module")
def door(tmp_path_factory):
    config = {"journal": {"segment_size": "1GiB", "segment_age": "1h"}}
    with Tocsin(tmp_path_factory.mktemp("door"), config) as server:
        yield server


class Kept:
    """What the journal gained since it was made."""

    def __init__(self, server):
        self.server, self.before = server, len(server.plain())

    def bytes(self):
        return self.server.plain()[self.before:]


def is_contract(answer, request_id):
    """AWS: 'HTTP endpoint delivery request and response specifications'."""
    assert answer.headers["content-type"] == "application/json"
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert "content-encoding" not in answer.headers
    body = answer.json()
    assert body["requestId"] == request_id
    assert isinstance(body["timestamp"], int)
    assert body["timestamp"] > 1_600_000_000_000
    if answer.status == 200:
        assert set(body) == {"requestId", "timestamp"}
    else:
        assert set(body) == {"requestId", "timestamp", "errorMessage"}
        assert 0 < len(body["errorMessage"]) <= 8192


def of(*records, **more):
    """A body with these records, for the request id that it is given."""
    return lambda name: envelope(records, name, **more)


def packed(name):
    return gzip.compress(envelope([payloads.OK], name))


GOOD = of(payloads.OK)
BOMBS = [gzip.compress(bytes(15 * MIB))] * 8

# (case, body of a request id, headers that differ, status, kept)
ENVELOPE = [
    ("E01", GOOD, {}, 200, payloads.OK),
    ("E02", of(), {}, 200, b""),
    ("E03", of(payloads.OK * 2, payloads.OTLP), {}, 200,
     payloads.OK * 2 + payloads.OTLP),
    ("E04", GOOD, {"X_Amz_Firehose_Request_Id": None}, 400, b""),
    ("E05", lambda name: b'{"timestamp":1700000000000,"records":[]}', {}, 400,
     b""),
    ("E06", lambda name: envelope([payloads.OK], "other"), {}, 400, b""),
    ("E07", lambda name: b"{ test: ", {}, 400, b""),
    ("E08", lambda name: b"", {}, 400, b""),
    ("E09", lambda name: b"blahblahblah: 42\n", {}, 400, b""),
    ("E10", of(payloads.OK, payloads.CORRUPT), {}, 400, b""),
    ("E11", of(b""), {}, 200, b""),
    ("E12", of(payloads.OK, more={"a": [1, None]}), {}, 200, payloads.OK),
    ("E13", lambda name: b"\x00\xff\x00\xff" + GOOD(name)[4:], {}, 400, b""),
    ("E14", packed, {"Content_Encoding": "gzip"}, 200, payloads.OK),
    ("E15", GOOD, {"Content_Encoding": "gzip"}, 400, b""),
    ("E15-cut", lambda name: packed(name)[:-9], {"Content_Encoding": "gzip"},
     400, b""),
    ("E18", GOOD, {"X_Amz_Firehose_Protocol_Version": "9.9"}, 400, b""),
    ("E19", GOOD, {"X_Amz_Firehose_Source_Arn": None}, 200, payloads.OK),
    ("A04", GOOD, {"X_Amz_Firehose_Access_Key": "whatever"}, 200,
     payloads.OK),
    ("C01", GOOD, {"X_Amz_Firehose_Common_Attributes":
                   '{"commonAttributes":{"a":"b"}}'}, 200, payloads.OK),
    ("C02", GOOD, {"X_Amz_Firehose_Common_Attributes": "malformed"}, 200,
     payloads.OK),
    ("R01", of(payloads.GZ), {}, 200, payloads.OK),
    # It only begins like gzip: kept as it is, refused by the decoder.
    ("R05", of(payloads.GZ[:20]), {}, 200, payloads.GZ[:20]),
    ("R06", of(gzip.compress(bytes(100 * MIB))), {}, 400, b""),
    ("R07", of(*BOMBS), {}, 400, b""),
]


@pytest.mark.parametrize("case, body, differs, status, kept", ENVELOPE,
                         ids=[row[0] for row in ENVELOPE])
def test_envelope(door, case, body, differs, status, kept):
    journal = Kept(door)
    answer = Sender(door.feed_port).request(
        body(case), headers(case, **differs))
    assert answer.status == status, answer.body
    is_contract(answer, "" if case == "E04" else case)
    assert journal.bytes() == kept
    if case == "E10":
        assert "1" in answer.json()["errorMessage"]


def test_encoding_unknown(door):
    """E16"""
    answer = Sender(door.feed_port).request(
        GOOD("E16"), headers("E16", Content_Encoding="br"))
    assert answer.status in (400, 415)
    is_contract(answer, "E16")


def test_version_absent(door):
    """E17: accepted, or refused with the contract's body."""
    answer = Sender(door.feed_port).request(
        envelope([], "E17"),
        headers("E17", X_Amz_Firehose_Protocol_Version=None))
    assert answer.status in (200, 400)
    is_contract(answer, "E17")


def test_get(door):
    """E20"""
    answer = Sender(door.feed_port).request(None, {}, method="GET")
    assert answer.status == 405
    is_contract(answer, "")


def test_any_path(door):
    """E21"""
    for path in ("/foobar", "/a/b?c=d", "/"):
        answer = Sender(door.feed_port).request(
            envelope([], "E21"), headers("E21"), path=path)
        assert answer.status == 200


def test_length_at_the_limit(door):
    """E22, and one byte over it"""
    body = envelope([], "E22")
    answer = Sender(door.feed_port).request(
        body + b" " * (LIMIT - len(body)), headers("E22"))
    assert answer.status == 200, answer.body
    connection = Sender(door.feed_port).connect()
    connection.putrequest("POST", "/")
    for name, value in headers("E23").items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(LIMIT + 1))
    connection.endheaders()
    assert connection.getresponse().status == 413


def test_largest_legal_request(door):
    """E24: 64 MiB in 10,000 records."""
    journal = Kept(door)
    record = line(dimensions={f"d{i}": "x" * 600 for i in range(10)})
    record = record[:-2] + b" " * (6500 - len(record)) + b"}\n"
    answer = Sender(door.feed_port, seconds=120).send([record] * 10000, "E24")
    assert answer.status == 200, answer.body
    assert journal.bytes() == record * 10000


def test_too_many_records(door):
    answer = Sender(door.feed_port).send([b""] * 10001, "r-many")
    assert answer.status == 400
    is_contract(answer, "r-many")


def test_answers_are_plain(door):
    """E25, E26"""
    for body in (envelope([], "E25"), b"{"):
        answer = Sender(door.feed_port).request(
            body, headers("E25", Accept_Encoding="gzip"))
        is_contract(answer, "E25")


def raw(port, text):
    """Sends bytes as they are; gives all that comes back."""
    with socket.create_connection(("127.0.0.1", port), 10) as peer:
        peer.sendall(text)
        got = b""
        try:
            while part := peer.recv(65536):
                got += part
        except OSError:
            pass
        return got


@pytest.mark.parametrize("lines", [
    "Content-Length: 2\r\nContent-Length: 2\r\n",
    "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip\r\n",
    "Content-Length: +2\r\n",
    "Content-Length: 0x2\r\n",
    "Content-Length: 2, 2\r\n",
    "Content-Length: -1\r\n",
])
def test_odd_framing(door, lines):
    """400 and close, nothing is read on. (What libmicrohttpd refuses by
    itself it answers in its own words, with the status line twice.)"""
    head = "".join(f"{k}: {v}\r\n" for k, v in headers("r-odd").items())
    got = raw(door.feed_port, f"POST / HTTP/1.1\r\nHost: h\r\n{head}{lines}"
              "\r\n{}POST / HTTP/1.1\r\nHost: h\r\n\r\n".encode())
    assert got.startswith(b"HTTP/1.1 400 "), got[:200]
    assert b"HTTP/1.1 200" not in got
    assert b"connection: close" in got.lower()


def test_chunked(door):
    journal = Kept(door)
    answer = Sender(door.feed_port).request(
        iter([envelope([payloads.OK], "chunk")[:50],
              envelope([payloads.OK], "chunk")[50:]]), headers("chunk"))
    assert answer.status == 200
    assert journal.bytes() == payloads.OK


CASES = payloads.JSON_CASES + payloads.OTLP_CASES


@pytest.mark.parametrize("case, record, points, rejects", CASES,
                         ids=[row[0] for row in CASES])
def test_payload(door, tmp_path, case, record, points, rejects):
    """J, O: kept, and the good part becomes points; a request with nothing
    in it but broken framing is 400 and leaves nothing."""
    journal = Kept(door)
    unframed = case[:3] in ("O04", "O05", "O06", "O10")
    began = time.monotonic()
    answer = Sender(door.feed_port).send([record], "pay-" + case)
    assert answer.status == (400 if unframed else 200), answer.body
    if case.startswith("O0"):
        assert time.monotonic() - began < 5  # at once; a busy machine's once
    is_contract(answer, "pay-" + case)
    newline = b"\n" if record[:1] == b"{" and record[-1:] != b"\n" else b""
    assert journal.bytes() == (b"" if unframed else record + newline)
    path = tmp_path / "record"
    path.write_bytes(record)
    status, out, errors = tocsin("decode", path)
    tail = errors.strip().split("\n")[-1]
    assert tail.startswith(f"{points} points, "), errors
    refused = int(tail.split()[2])
    assert refused == rejects
    assert len(out.splitlines()) == points
    assert status == (1 if rejects else 0)


def point_of(record, tmp_path):
    path = tmp_path / "one"
    path.write_bytes(record)
    status, out, errors = tocsin("decode", path)
    assert status == 0, errors
    return json.loads(out)


def test_point_fields(tmp_path):
    """What J01, J05, J22 to J24, J11 and O01 are to come out as."""
    assert point_of(payloads.OK, tmp_path) == {
        "account": "1234567890", "region": "us-east-1",
        "namespace": "AWS/EC2", "metric": "DiskWriteOps",
        "dimensions": {"InstanceId": "i-123456789012"}, "unit": "Seconds",
        "timestamp": 1611929698000, "sum": 20, "count": 3, "min": 0,
        "max": 18, "statistics": {}}
    many = point_of(payloads.having(value=payloads.STATISTICS), tmp_path)
    assert many["statistics"] == payloads.STATISTICS
    odd = point_of(payloads.having(
        timestamp=1651679580123, value={"count": 2.5},
        dimensions={"region": "r", "accountId": "a"}), tmp_path)
    assert (odd["timestamp"], odd["count"]) == (1651679580123, 2.5)
    assert odd["dimensions"] == {"region": "r", "accountId": "a"}
    assert odd["region"] == "us-east-1"
    assert point_of(payloads.without("unit"), tmp_path)["unit"] == "None"
    assert point_of(payloads.OTLP, tmp_path) == {
        "account": "123456789012", "region": "us-east-1",
        "namespace": "AWS/RDS", "metric": "ReplicaLag",
        "dimensions": {"DBInstanceIdentifier": "db1"}, "unit": "Count",
        "timestamp": 1611929638000, "sum": 20, "count": 3, "min": 0,
        "max": 18, "statistics": {}}


def test_formats_mix(door):
    """O09: each record is told by its own content."""
    journal = Kept(door)
    answer = Sender(door.feed_port).send([payloads.OTLP, payloads.OK], "O09")
    assert answer.status == 200
    assert journal.bytes() == payloads.OTLP + payloads.OK


def test_quarantine(tmp_path):
    """What is refused lies in quarantine/ with its reason."""
    with Tocsin(tmp_path) as server:
        record = payloads.OK + payloads.BAD_LINE + payloads.OK
        assert Sender(server.feed_port).send([record], "q").status == 200
        until(lambda: any(
            payloads.BAD_LINE.strip()[:20] in path.read_bytes().replace(
                b"\\", b"")
            for path in (server.data / "quarantine").glob("*.jsonl")),
            "the line in quarantine")


def test_repeat(door):
    """P03: the same request id again is 200 and adds nothing."""
    sender = Sender(door.feed_port)
    journal = Kept(door)
    for _ in range(3):
        answer = sender.send([line("Repeat")], "P03")
        assert answer.status == 200
        is_contract(answer, "P03")
    assert journal.bytes() == line("Repeat")


def test_repeat_after_restart(tmp_path):
    server = Tocsin(tmp_path).start()
    assert Sender(server.feed_port).send([line("A")], "again").status == 200
    server.kill()
    with server:
        sender = Sender(server.feed_port)
        assert sender.send([line("A")], "again").status == 200
        assert sender.send([line("B")], "fresh").status == 200
        assert server.plain() == line("A") + line("B")


def test_stop_while_sending(tmp_path):
    """P04: every request around a stop is 200 and kept, or not 200."""
    server = Tocsin(tmp_path).start()
    good, stop = [], threading.Event()

    def load(worker):
        sender, number = Sender(server.feed_port), 0
        while not stop.is_set():
            number += 1
            metric = f"w{worker}n{number}"
            try:
                if sender.send([line(metric)], metric).status == 200:
                    good.append(metric)
            except Exception:  # refused or closed: the server is going
                return

    threads = [threading.Thread(target=load, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    until(lambda: len(good) > 100, "a hundred requests")
    assert server.stop() == 0
    stop.set()
    for thread in threads:
        thread.join()
    kept = [json.loads(row)["metric_name"]
            for row in server.plain().splitlines()]
    assert len(kept) == len(set(kept))
    assert set(good) <= set(kept)


# ---- access keys ------------------------------------------------------------

@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "primary").write_text("old-key-123\nnew-key-456\n")
    (folder / "dr").write_text("dr-key-789\n")
    config = {"feeds": [
        {"name": "primary", "access_key_file": str(folder / "primary")},
        {"name": "dr", "access_key_file": str(folder / "dr")}]}
    with Tocsin(folder, config) as server:
        yield server


@pytest.mark.parametrize("case, key, status", [
    ("A01-old", "old-key-123", 200), ("A01-new", "new-key-456", 200),
    ("A01-dr", "dr-key-789", 200), ("A02", "wrong", 401),
    ("A02-prefix", "old-key-12", 401), ("A02-longer", "old-key-1234", 401),
    ("A03-empty", "", 401), ("A03-missing", None, 401)])
def test_access_key(guarded, case, key, status):
    journal = Kept(guarded)
    answer = Sender(guarded.feed_port).send([line(case)], case, key=key)
    assert answer.status == status
    is_contract(answer, case)
    assert journal.bytes() == (line(case) if status == 200 else b"")


def test_key_comes_first(guarded):
    """A06: a bad key and no request id is 401."""
    answer = Sender(guarded.feed_port).request(
        b"{", headers(None, key="wrong"))
    assert answer.status == 401
    is_contract(answer, "")


def test_key_is_asked_before_the_body(guarded):
    """A wrong key is answered while the body is still to come."""
    connection = Sender(guarded.feed_port, seconds=10).connect()
    connection.putrequest("POST", "/")
    for name, value in headers("early", key="wrong").items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(50 * MIB))
    connection.endheaders()
    assert connection.getresponse().status == 401


def test_key_is_not_logged(guarded):
    """A05"""
    Sender(guarded.feed_port).send([b""], "log", key="secret-shown")
    log = guarded.log()
    for word in ("old-key-123", "dr-key-789", "secret-shown"):
        assert word not in log
    assert not any(word in row for word in ("old-key", "dr-key")
                   for row in guarded.metrics())


def test_feeds_have_their_own_request_ids(guarded):
    """Two streams may use the same id; neither is a repeat of the other."""
    journal = Kept(guarded)
    sender = Sender(guarded.feed_port)
    for key in ("old-key-123", "new-key-456", "dr-key-789"):
        assert sender.send([line("Own")], "same", key=key).status == 200
    assert journal.bytes() == line("Own") * 2
