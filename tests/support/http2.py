"""A server of HTTP/2 over TLS, as small as one can be: it reads no header
(HPACK needs tables that this does without) and answers each stream with 200
and how many bytes it got.

    with Http2(folder, together=4) as server:     answers wait until so many
        server.url, server.ca, server.connections      streams are open at once

Also offers HTTP/1.1 alone: Http2(folder, alpn=["http/1.1"]).
"""

import pathlib
import socket
import ssl
import struct
import subprocess
import threading

from servers import PATIENCE

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST, SETTINGS, PING, GOAWAY, WINDOW = 0, 1, 3, 4, 6, 7, 8
END_STREAM, END_HEADERS, ACK = 1, 4, 1
STATUS_200 = b"\x88"  # of HPACK's static table


def certificate(folder):
    """(certificate, key) of 127.0.0.1, its own authority."""
    folder = pathlib.Path(folder)
    paths = folder / "h2.pem", folder / "h2.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
         "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-out",
         paths[0], "-keyout", paths[1]], check=True, capture_output=True,
        timeout=PATIENCE)
    return paths


def frame(kind, flags, stream, payload=b""):
    return (struct.pack(">I", len(payload))[1:] + bytes([kind, flags])
            + struct.pack(">I", stream) + payload)


class Connection:
    """One connection; answers when `together` streams have ended."""

    def __init__(self, server, sock):
        self.server, self.sock = server, sock
        self.sizes, self.waiting, self.served = {}, [], 0

    def exactly(self, size):
        parts = b""
        while len(parts) < size:
            part = self.sock.recv(size - len(parts))
            if not part:
                raise ConnectionError
            parts += part
        return parts

    def run(self):
        assert self.exactly(len(PREFACE)) == PREFACE
        self.sock.sendall(frame(SETTINGS, 0, 0))
        while True:
            head = self.exactly(9)
            size = int.from_bytes(head[:3], "big")
            stream = int.from_bytes(head[5:9], "big")
            self.take(head[3], head[4], stream, self.exactly(size))

    def take(self, kind, flags, stream, payload):
        if kind == SETTINGS and not flags & ACK:
            self.sock.sendall(frame(SETTINGS, ACK, 0))
        elif kind == PING and not flags & ACK:
            self.sock.sendall(frame(PING, ACK, 0, payload))
        elif kind == HEADERS:
            self.sizes[stream] = 0
        elif kind == DATA and payload:
            self.sizes[stream] += len(payload)
            more = struct.pack(">I", len(payload))
            self.sock.sendall(frame(WINDOW, 0, 0, more)
                              + frame(WINDOW, 0, stream, more))
        if kind in (HEADERS, DATA) and flags & END_STREAM:
            self.waiting.append(stream)
            self.server.most = max(self.server.most, len(self.waiting))
            if self.served == 0 or (
                    len(self.waiting) >= self.server.together):
                self.answer()

    def answer(self):
        for stream in self.waiting:
            self.served += 1
            self.server.streams += 1
            self.sock.sendall(
                frame(HEADERS, END_HEADERS, stream, STATUS_200)
                + frame(DATA, END_STREAM, stream,
                        b"%d" % self.sizes.pop(stream)))
        self.waiting = []
        if self.server.goaway and self.served >= self.server.goaway:
            self.server.goaway = 0
            self.sock.sendall(frame(GOAWAY, 0, 0, struct.pack(
                ">II", 2 * self.served, 0)))
            raise ConnectionError


def one_point_one(sock, heads):
    """The same answers by HTTP/1.1; keeps what was asked."""
    reader = sock.makefile("rb")
    while True:
        size = None
        for line in iter(reader.readline, b"\r\n"):
            if not line:
                return
            heads.append(line.decode().strip())
            if line.lower().startswith(b"content-length:"):
                size = int(line.split(b":")[1])
        body = b"%d" % len(reader.read(size or 0))
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
                     % (len(body), body))


class Http2:
    def __init__(self, folder, together=1, goaway=0, alpn=("h2", "http/1.1")):
        self.together, self.goaway = together, goaway
        self.most = self.streams = 0
        self.connections = []  # the protocol of each
        self.heads = []        # header lines of HTTP/1.1
        self.ca, key = certificate(folder)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.ca, key)
        self.context.set_alpn_protocols(list(alpn))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self.listener.getsockname()[1]}"

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,),
                             daemon=True).start()

    def serve(self, sock):
        try:
            with self.context.wrap_socket(sock, server_side=True) as secure:
                protocol = secure.selected_alpn_protocol()
                self.connections.append(protocol)
                if protocol == "h2":
                    Connection(self, secure).run()
                else:
                    one_point_one(secure, self.heads)
        except OSError:
            pass

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *failure):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
