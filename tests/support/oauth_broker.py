"""As much of a broker as SASL/OAUTHBEARER needs: it takes a client's token
over TLS and closes. Kafka protocol: ApiVersions, SaslHandshake,
SaslAuthenticate."""

import socket
import ssl
import struct
import threading

API_VERSIONS, HANDSHAKE, AUTHENTICATE = 18, 17, 36
SUPPORTED = [(3, 0, 4), (HANDSHAKE, 0, 1), (API_VERSIONS, 0, 0),
             (AUTHENTICATE, 0, 0)]


def text(value):
    return struct.pack(">h", len(value)) + value


class OauthBroker:
    """`tokens`: the SASL messages that came. `mechanisms`: what was asked
    for."""

    def __init__(self, certificates):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificates / "server.pem",
                                     certificates / "server.key")
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.tokens, self.mechanisms = [], []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def close(self):
        self.listener.close()

    def run(self):
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            try:
                with self.context.wrap_socket(
                        plain, server_side=True) as peer:
                    self.serve(peer.makefile("rwb"))
            except (OSError, struct.error):
                plain.close()

    def serve(self, peer):
        while True:
            size, = struct.unpack(">i", peer.read(4))
            request = peer.read(size)
            key, version, number, name = struct.unpack(">hhih", request[:10])
            answer = self.answer(key, version, request[10 + max(name, 0):])
            if answer is None:
                return
            answer = struct.pack(">i", number) + answer
            peer.write(struct.pack(">i", len(answer)) + answer)
            peer.flush()

    def answer(self, key, version, body):
        if key == API_VERSIONS:
            # UNSUPPORTED_VERSION is answered in the form of version 0.
            rows = b"".join(struct.pack(">hhh", *row) for row in SUPPORTED)
            return (struct.pack(">hi", 35 if version > 0 else 0,
                                len(SUPPORTED)) + rows)
        if key == HANDSHAKE:
            size, = struct.unpack(">h", body[:2])
            self.mechanisms.append(body[2:2 + size].decode())
            return struct.pack(">hi", 0, 1) + text(b"OAUTHBEARER")
        if key == AUTHENTICATE:
            size, = struct.unpack(">i", body[:4])
            self.tokens.append(body[4:4 + size])
        return None
