"""A server of ours that takes webhooks, and checks who sends:

    hook = Hook(b"secret", folder)      … url: hook.url + "/hook"
    hook.got                            (id, body) of what was signed well
    hook.statuses, hook.close()
"""

import hashlib
import hmac
import http.server
import json
import ssl
import subprocess
import threading


def secured(folder):
    """TLS with a certificate of its own, hook.pem."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
         "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", folder / "hook.key",
         "-out", folder / "hook.pem"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "hook.pem", folder / "hook.key")
    return context


class Hook:
    """`folder`: it speaks TLS, and its certificate is in there."""

    def __init__(self, secret, folder=None):
        self.secret, self.got, self.statuses = secret, [], []
        self.certificate = folder and folder / "hook.pem"
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *words):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(hook.take(self.headers, body))
                self.send_header("Content-Length", "0")
                self.end_headers()

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        if folder:
            self.server.socket = secured(folder).wrap_socket(
                self.server.socket, server_side=True)
        self.url = (f"http{'s' if folder else ''}://127.0.0.1:"
                    f"{self.server.server_address[1]}")
        threading.Thread(target=self.server.serve_forever, args=(0.05,),
                         daemon=True).start()

    def take(self, headers, body):
        parts = dict(part.split("=") for part in
                     headers["Tocsin-Signature"].split(","))
        right = hmac.new(self.secret, parts["t"].encode() + b"." + body,
                         hashlib.sha256).hexdigest()
        if not hmac.compare_digest(right, parts["v1"]):
            self.statuses.append(401)
            return 401
        self.statuses.append(200)
        self.got.append((headers["Tocsin-Id"], json.loads(body)))
        return 200

    def close(self):
        self.server.shutdown()
        self.server.server_close()
