"""One journal has one owner: who comes second refuses and says who holds it,
and changes nothing."""

import subprocess
import time

from firehose import Sender, line
from servers import PATIENCE, Tocsin, tocsin, tocsin_binary


def second(server, folder):
    """Another one over the same data; its status and what it said."""
    other = Tocsin(folder, {"data": str(server.data)})
    other.write_config()
    done = subprocess.run([tocsin_binary(), "run", "--config",
                           str(other.config_path)], env=other.env,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=PATIENCE, check=False)
    return done.returncode, done.stderr.decode("utf-8", "replace")


def files(server):
    """The names of all that lies in the data folder."""
    return {path.relative_to(server.data) for path in
            server.data.rglob("*")}


def test_second_refuses(tmp_path):
    server = Tocsin(tmp_path / "one").start()
    sender = Sender(server.feed_port)
    assert sender.send([line("before")], "id-1").status == 200
    there = files(server)
    for attempt in range(2):
        began = time.monotonic()
        status, said = second(server, tmp_path / f"two{attempt}")
        assert status == 3, said
        assert f"process {server.process.pid} writes it already" in said
        assert str(server.journal) in said
        assert time.monotonic() - began < 10
    # The first one did not notice.
    assert sender.send([line("after")], "id-2").status == 200
    assert sender.send([line("before")], "id-1").status == 200
    assert files(server) == there
    assert server.plain() == line("before") + line("after")
    # Reading beside it is no writing.
    assert tocsin("journal", "verify", server.journal)[0] == 0
    assert server.stop() == 0


def test_after_a_kill(tmp_path):
    """A lock dies with its process; its file does not matter."""
    server = Tocsin(tmp_path / "one").start()
    assert second(server, tmp_path / "two")[0] == 3
    server.kill()
    assert (server.journal / "LOCK").exists()
    with Tocsin(tmp_path / "three", {"data": str(server.data)}) as third:
        assert Sender(third.feed_port).send([line("n")]).status == 200
        status, said = second(third, tmp_path / "four")
        assert status == 3 and f"process {third.process.pid} " in said
