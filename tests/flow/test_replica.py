"""Two tocsins: what the first was sent, the second has too."""

import pytest

import streams
from firehose import Sender, line
from payloads import BAD_LINE, OTLP
from proxy import FaultProxy
from servers import Tocsin, tocsin, until


def pair(folder, proxied=None):
    folder.mkdir(exist_ok=True)
    key = folder / "key"
    key.write_text("shared-key\n", encoding="utf-8")
    far = Tocsin(folder / "far", {"feeds": [
        {"name": "near", "access_key_file": str(key)}]})
    near = Tocsin(folder / "near", {"sinks": {"replica": [
        {"name": "far", "firehose_http": {
            "url": f"{proxied or f'http://127.0.0.1:{far.feed_port}'}/",
            "access_key_file": str(key)}}]}})
    return near, far


def points(server):
    _, out, errors = tocsin("decode", server.journal)
    return out, errors.strip().split("\n")[-1]


def test_replica(tmp_path):
    near, far = pair(tmp_path)
    with near:
        sender = Sender(near.feed_port)
        with far:
            for number in range(30):
                records = [line(f"n{number}"), OTLP, b"", line("x") + BAD_LINE]
                assert sender.send(records, f"{number}",
                                   packed=number % 2).status == 200
            until(lambda: far.plain() == near.plain(), "the replica to agree")
        # The receiver is away; nothing is refused at the near door.
        for number in range(30, 60):
            assert sender.send([line(f"n{number}")],
                               f"{number}").status == 200
        assert far.plain() != near.plain()
        with far:
            until(lambda: far.plain() == near.plain(), "it to catch up", 60)
        with far:  # and nothing comes twice when it was only restarted
            assert sender.send([line("last")], "last").status == 200
            until(lambda: far.plain() == near.plain(), "the last one", 60)
    assert points(near) == points(far)


def test_sender_restarts(tmp_path):
    """Batches sent again after a crash carry the same id: no doubles."""
    near, far = pair(tmp_path)
    with far:
        near.start()
        sender = Sender(near.feed_port)
        for number in range(20):
            assert sender.send([line(f"n{number}")],
                               f"{number}").status == 200
        until(lambda: far.plain() == near.plain(), "the replica to agree")
        near.kill()
        for path in near.data.rglob("*.position"):
            path.unlink()
        near.start()
        sender.close()
        assert sender.send([line("after")], "after").status == 200
        until(lambda: line("after") in far.plain(), "the newest")
        assert far.plain() == near.plain()
        near.stop()


@pytest.mark.parametrize("fault", ["delay", "reset", "lost", "500", "503",
                                   "forgot", "half", "inside", "claim"])
def test_faults(tmp_path, fault):
    """Whatever happens on the way: each batch once, in order."""
    load = streams.Load(series=9)
    _, far = pair(tmp_path)
    with far, FaultProxy(f"http://127.0.0.1:{far.feed_port}") as proxy:
        near, _ = pair(tmp_path / "proxied", proxy.url)
        proxy.seconds = 0.2
        proxy.plan = [fault, None, None, fault]
        with near:
            sender = Sender(near.feed_port)
            for number in range(6):
                assert sender.send(load.batch(), f"{number}").status == 200
            until(lambda: far.plain() == near.plain(), "the replica to agree",
                  60)
            assert proxy.faults() == {fault: 2}
    assert streams.in_order([far.plain()]) == sorted(load.sent)
