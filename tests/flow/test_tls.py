"""The listener: TLS, ports, signals, and who owns a folder."""

import http.client
import signal
import ssl
import subprocess

import pytest

from firehose import Sender, envelope, headers, line
from servers import PATIENCE, Tocsin, free_port, http_get, tocsin, until


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True,
                   capture_output=True, timeout=PATIENCE)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """ca.pem, and server and client certificates that it signed."""
    folder = tmp_path_factory.mktemp("certificates")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=test ca", "-keyout", folder / "ca.key", "-out",
            folder / "ca.pem")
    for name in ("server", "client"):
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-subj", f"/CN={name}", "-keyout",
                folder / f"{name}.key", "-out", folder / f"{name}.csr")
        openssl("x509", "-req", "-days", "2", "-in", folder / f"{name}.csr",
                "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key",
                "-CAcreateserial", "-out", folder / f"{name}.pem")
    return folder


def with_tls(folder, certificates, **more):
    return Tocsin(folder, {"listen": {"tls": {
        "certificate": str(certificates / "server.pem"),
        "key": str(certificates / "server.key"), **more}}})


def test_tls(tmp_path, certificates):
    """A07"""
    with with_tls(tmp_path, certificates) as server:
        sender = Sender(server.feed_port, tls=certificates / "ca.pem")
        assert sender.send([line("Tls")], "tls").status == 200
        assert server.plain() == line("Tls")
        plain = Sender(server.feed_port, seconds=5)
        with pytest.raises((OSError, http.client.HTTPException)):
            plain.send([line("Plain")], "plain")
        assert server.plain() == line("Tls")


def test_mutual_tls(tmp_path, certificates):
    """A08: who shows no certificate is refused."""
    with with_tls(tmp_path, certificates,
                  client_ca=str(certificates / "ca.pem")) as server:
        body, heads = envelope([line("M")], "mtls"), headers("mtls")
        context = ssl.create_default_context(cafile=certificates / "ca.pem")
        context.check_hostname = False
        for shown, good in ((False, False), (True, True)):
            if shown:
                context.load_cert_chain(certificates / "client.pem",
                                        certificates / "client.key")
            peer = http.client.HTTPSConnection(
                "127.0.0.1", server.feed_port, timeout=10, context=context)
            try:
                peer.request("POST", "/", body, heads)
                status = peer.getresponse().status
            except (OSError, http.client.HTTPException):
                status = 0
            assert (status == 200) == good
            assert server.plain() == (line("M") if good else b"")


def test_port_taken(tmp_path):
    """A10: a clear sentence and a status that is not 0."""
    with Tocsin(tmp_path / "a") as first:
        second = Tocsin(tmp_path / "b")
        second.config["listen"]["feed"] = f"127.0.0.1:{first.feed_port}"
        second.start(wait=False)
        assert second.process.wait(PATIENCE) == 3
        assert str(first.feed_port) in second.log()
        assert "in use" in second.log().lower()


def test_one_owner_of_a_folder(tmp_path):
    with Tocsin(tmp_path / "a") as first:
        second = Tocsin(tmp_path / "b", {"data": str(first.data)})
        second.start(wait=False)
        assert second.process.wait(PATIENCE) == 3
        assert str(first.data) in second.log()
        sender = Sender(first.feed_port)
        assert sender.send([line("A")], "still").status == 200


def test_free_port_is_told(tmp_path):
    server = Tocsin(tmp_path)
    server.config["listen"]["feed"] = "127.0.0.1:0"
    with server:
        def port():
            for row in server.log().split("\n"):
                for word in row.replace('"', " ").replace(",", " ").split():
                    _, _, number = word.rpartition("127.0.0.1:")
                    if number.isdigit() and int(number) not in (
                            0, server.admin_port):
                        return int(number)
            return None
        found = until(port, "the port in the log")
        assert Sender(found).send([line("A")], "free").status == 200


def test_signals_end_it(tmp_path):
    for number in (signal.SIGTERM, signal.SIGINT):
        server = Tocsin(tmp_path).start()
        assert "ready" in server.log()
        assert Sender(server.feed_port).send(
            [line("A")], f"s{number}").status == 200
        server.process.send_signal(number)
        assert server.process.wait(PATIENCE) == 0


def test_admin(tmp_path):
    with Tocsin(tmp_path) as server:
        assert http_get(server.admin_port, "/healthz")[0] == 200
        assert http_get(server.admin_port, "/readyz")[0] == 200
        assert http_get(server.admin_port, "/nothing")[0] == 404
        status, body = http_get(server.admin_port, "/metrics")
        assert status == 200 and body.endswith(b"# EOF\n")
        names = [row.split()[2] for row in body.decode().splitlines()
                 if row.startswith("# TYPE ")]
        assert len(names) == len(set(names)) > 10
        assert all(name.startswith("tocsin_") for name in names)
        assert Sender(server.feed_port).send([line("A")], "m").status == 200
        assert server.metrics()['tocsin_feed_responses_total{code="200"}'] == 1


def test_bad_address_is_a_fault(tmp_path):
    """A09"""
    path = tmp_path / "bad.yaml"
    path.write_text("data: d\nlisten:\n  feed: 127.0.0.1\n", encoding="utf-8")
    status, out, errors = tocsin("check", "--config", path)
    assert status == 1
    assert "bad.yaml:3" in out + errors and "feed" in out + errors


def test_open_door_is_a_fault(tmp_path):
    path = tmp_path / "open.yaml"
    path.write_text(f"data: d\nlisten:\n  feed: 0.0.0.0:{free_port()}\n",
                    encoding="utf-8")
    status, out, errors = tocsin("check", "--config", path)
    assert status == 1 and "open.yaml:3" in out + errors
