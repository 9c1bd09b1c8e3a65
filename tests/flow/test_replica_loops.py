"""Tocsins that replicate to one another, in circles too: each keeps every
batch once, whoever got it first and by however many ways it comes."""

import pytest

import streams
from firehose import Sender
from servers import Tocsin, free_port, until

PAIR = [("a", "b"), ("b", "a")]
RING = [("a", "b"), ("b", "c"), ("c", "a")]
DIAMOND = [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]
MESH = [(x, y) for x in "abc" for y in "abc" if x != y]


def build(folder, edges):
    """A tocsin for each name; each sender has a key, and so a feed, of its
    own with each receiver."""
    names = sorted({name for edge in edges for name in edge})
    ports = {name: free_port() for name in names}
    keys = {}
    for name in [*names, "load"]:
        keys[name] = folder / f"key-{name}"
        keys[name].write_text(f"key-{name}\n", encoding="utf-8")
    made = {}
    for name in names:
        made[name] = Tocsin(folder / name, {
            "listen": {"feed": f"127.0.0.1:{ports[name]}"},
            "feeds": [{"name": f"from-{other}",
                       "access_key_file": str(keys[other])}
                      for other in [*names, "load"]],
            "sinks": {"replica": [
                {"name": f"to-{to}", "firehose_http": {
                    "url": f"http://127.0.0.1:{ports[to]}/",
                    "access_key_file": str(keys[name])}}
                for of, to in edges if of == name]}})
        made[name].feed_port = ports[name]
    return made


def settled(nodes):
    """Every replica has all of its log, twice in a row without news."""
    def position():
        rows = [node.metrics() for node in nodes]
        behind = [name for row in rows for name, value in row.items()
                  if name.startswith("tocsin_delivery_position{")
                  and value < row["tocsin_journal_last_seq"] - 1]
        kept = [row["tocsin_feed_records_total"] for row in rows]
        return None if behind else kept
    seen = []

    def quiet():
        seen.append(position())
        return len(seen) > 1 and seen[-1] is not None and seen[-1] == seen[-2]
    until(quiet, "the replicas to have it all", 60, every=0.5)


def everywhere(nodes, load):
    """Each has every line once, in order per series."""
    for node in nodes:
        assert streams.in_order([node.plain()]) == sorted(load.sent), (
            node.folder.name)


def send(nodes, load, batches, first=0):
    """To all in turn, but each series to one only."""
    senders = [Sender(node.feed_port) for node in nodes]
    for number in range(first, first + batches):
        for which, node in enumerate(senders):
            assert node.send(load[which].batch(), f"b{number}",
                             "key-load").status == 200
    for node in senders:
        node.close()


def whole(loads):
    one = streams.Load()
    one.sent = [row for load in loads for row in load.sent]
    return one


@pytest.mark.parametrize("edges,into,returned", [
    (PAIR, "ab", True), (RING, "abc", True), (DIAMOND, "a", False),
    (MESH, "abc", True)], ids=["pair", "ring", "diamond", "mesh"])
def test_once_each(tmp_path, edges, into, returned):
    nodes = build(tmp_path, edges)
    loads = [streams.Load(series=4, prefix=f"m{name}-") for name in into]
    for node in nodes.values():
        node.start()
    send([nodes[name] for name in into], loads, 15)
    settled(nodes.values())
    everywhere(nodes.values(), whole(loads))
    # A kill in the middle of it, and positions that are too old.
    victim = nodes[sorted(nodes)[-1]]
    victim.kill()
    senders = [name for name in into if nodes[name] is not victim]
    send([nodes[name] for name in senders],
         [load for name, load in zip(into, loads) if name in senders], 10, 15)
    for path in victim.data.rglob("*.position"):
        path.unlink()
    victim.start()
    settled(nodes.values())
    everywhere(nodes.values(), whole(loads))
    rows = [node.metrics() for node in nodes.values()]
    home = sum(row["tocsin_journal_returned_total"] for row in rows)
    assert (home > 0) == returned
    for node in nodes.values():
        assert node.stop() == 0


def test_the_origin_stays(tmp_path):
    """It is the log's: a start keeps it, another folder has another."""
    nodes = build(tmp_path, PAIR)
    for _ in range(2):
        for node in nodes.values():
            node.start()
        found = [(node.data / "origin").read_text(encoding="ascii")
                 for node in nodes.values()]
        for node in nodes.values():
            node.stop()
    assert found == [(node.data / "origin").read_text(encoding="ascii")
                     for node in nodes.values()]
    assert found[0] != found[1] and all(len(one) == 17 for one in found)


def test_what_was_lost_comes_back(tmp_path):
    """A log that is gone is a new one: what it had comes home and is kept."""
    nodes = build(tmp_path, PAIR)
    load = streams.Load(series=4)
    for node in nodes.values():
        node.start()
    send([nodes["a"]], [load], 10)
    settled(nodes.values())
    nodes["a"].kill()
    nodes["a"].data.rename(tmp_path / "gone")
    # What b has sent of it is behind b's position: it sends all again.
    nodes["b"].stop()
    for path in nodes["b"].data.rglob("replica-to-a.position"):
        path.unlink()
    for node in nodes.values():
        node.start()
    until(lambda: sorted(nodes["a"].plain().splitlines(keepends=True))
          == sorted(load.sent), "a to have it again")
    settled(nodes.values())
    everywhere(nodes.values(), load)
