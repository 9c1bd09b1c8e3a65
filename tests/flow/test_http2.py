"""HTTP/2 over TLS: calls share a connection, large bodies get through, and
servers without it are spoken to in HTTP/1.1."""

import os
import subprocess

from http2 import Http2
from servers import PATIENCE, tocsin_binary

KEYS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret",
        "HOME": "/nowhere", "AWS_MAX_ATTEMPTS": "1"}


def call(server, *words, trust=True):
    done = subprocess.run(
        [os.path.dirname(tocsin_binary()) + "/tests/aws_call", "-e",
         server.url, "-b", "bucket", *words, "s3", "us-east-2", "PUT",
         "PutObject", "/key"], capture_output=True, timeout=PATIENCE,
        check=False, env={
            **KEYS, **({"AWS_CA_BUNDLE": str(server.ca)} if trust else {})})
    return done.stdout.decode(), done.stderr.decode()


def test_calls_share_a_connection(tmp_path):
    """Four callers at once: answers come when all four have asked."""
    with Http2(tmp_path, together=4) as server:
        out, errors = call(server, "-d", "four", "-n", "25", "-j", "4")
        assert out.startswith("0 200 \n\n4"), out
        assert "good: 100" in out, errors
        assert server.connections == ["h2"]
        assert (server.most, server.streams) == (4, 101)


def test_large_bodies(tmp_path):
    """Far beyond a stream's window, from a file and beside small ones."""
    path = tmp_path / "segment"
    path.write_bytes(os.urandom(5_000_000))
    with Http2(tmp_path) as server:
        out, errors = call(server, "-f", str(path), "-n", "2", "-j", "3")
        assert out.startswith("0 200 \n\n5000000"), out
        assert "good: 6" in out, errors
        assert set(server.connections) == {"h2"}


def test_servers_that_leave(tmp_path):
    """GOAWAY after ten streams: the next call opens another connection."""
    with Http2(tmp_path, goaway=10) as server:
        out, errors = call(server, "-d", "x", "-n", "30")
        assert "good: 30" in out, errors
        assert server.connections == ["h2", "h2"]


def test_servers_without_it(tmp_path):
    with Http2(tmp_path, alpn=["http/1.1"]) as server:
        out, errors = call(server, "-d", "three", "-n", "20", "-j", "2")
        assert out.startswith("0 200 \n\n5"), out
        assert "good: 40" in out, errors
        assert set(server.connections) == {"http/1.1"}
        assert len(server.connections) <= 2


def test_payloads_need_no_hash_over_tls(tmp_path):
    path = tmp_path / "segment"
    path.write_bytes(b"content")
    with Http2(tmp_path, alpn=["http/1.1"]) as server:
        out, _ = call(server, "-u", "-f", str(path))
        assert out.startswith("0 200 \n\n7"), out
        assert "x-amz-content-sha256: UNSIGNED-PAYLOAD" in server.heads


def test_strangers_are_not_trusted(tmp_path):
    with Http2(tmp_path) as server:
        out, _ = call(server, "-d", "secret", trust=False)
        assert out.startswith("2 0 s3 PutObject in us-east-2: "), out
        assert "certificate" in out and server.connections == []
