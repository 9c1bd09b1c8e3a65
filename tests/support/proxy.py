"""A fault proxy: HTTP between a program and a real server, and trouble on
the way. Requests are passed on byte for byte in path, headers and body, so
signatures stay good.

    with FaultProxy(aws.url) as proxy:
        … endpoint: proxy.url …
        proxy.plan = ["reset", None, "500"]      one a request, then none
        proxy.chances = {"half": 0.1, "503": 0.1}   of each that follows
        proxy.only = lambda request: request.method == "PUT"
        proxy.seen                               all requests, as they came

    delay     passed on after proxy.seconds
    hang      never answered (until the client or the proxy goes)
    reset     the connection is reset, nothing is passed on
    lost      passed on; the connection is reset instead of an answer
    500, 503  an error of the service (503: SlowDown), nothing is passed on
    forgot    passed on; the answer is 500
    half      passed on; half of the answer, then the connection is closed
    inside    200 with an error inside, nothing is passed on
    claim     passed on; the answer is 200 and says that the last one failed

What an error inside looks like is the service's own: inside.py.
"""

import http.client
import http.server
import random
import socket
import struct
import threading
import time
import urllib.parse

import inside

HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Request:
    """One request, and what became of it."""

    def __init__(self, method, path, headers, body):
        self.method, self.path, self.headers = method, path, headers
        self.body = body
        self.came = time.monotonic()
        self.fault = self.status = self.answer = None

    def target(self):
        """Kinesis_20131202.PutRecords, of services that say so."""
        return self.headers.get("X-Amz-Target", "")


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @classmethod
    def error(cls, request, status, code):
        return cls(status, [], inside.error_body(request, code))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy = None
    upstream = None

    def log_message(self, *words):
        pass

    def finish(self):
        if self.upstream is not None:
            self.upstream.close()
        super().finish()

    def body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        size = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(size)
        if len(body) < size:
            raise ConnectionError("cut")
        return body

    def one(self):
        request = Request(self.command, self.path, self.headers, self.body())
        request.fault = self.proxy.take(request)
        fault = FAULTS.get(request.fault, Handler.well)
        fault(self, request)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = one

    # ---- what may become of a request ----

    def well(self, request):
        self.reply(request, self.forward(request))

    def delay(self, request):
        time.sleep(self.proxy.seconds)
        self.well(request)

    def hang(self, request):
        self.close_connection = True
        self.connection.settimeout(0.1)
        while not self.proxy.closing.is_set():
            try:
                if self.connection.recv(1) == b"":
                    return
            except TimeoutError:
                continue
            except OSError:
                return

    def reset(self, request):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def lost(self, request):
        request.answer = self.forward(request)
        self.reset(request)

    def error_500(self, request):
        self.reply(request, Answer.error(request, 500, "InternalError"))

    def error_503(self, request):
        self.reply(request, Answer.error(request, 503, "SlowDown"))

    def forgot(self, request):
        self.forward(request)
        self.error_500(request)

    def half(self, request):
        answer = self.forward(request)
        self.close_connection = True
        self.head(answer)
        self.wfile.write(answer.body[:len(answer.body) // 2])
        self.wfile.flush()

    def inside(self, request):
        self.reply(request, Answer(200, [], inside.all_failed(request)))

    def claim(self, request):
        answer = self.forward(request)
        if answer.status == 200:
            answer.body = inside.last_failed(request, answer.body)
        self.reply(request, answer)

    # ---- the way there and back ----

    def forward(self, request):
        for fresh in (self.upstream is None, True):
            if fresh:
                self.upstream = http.client.HTTPConnection(
                    self.proxy.host, self.proxy.port, timeout=60)
            try:
                return self.exchange(request)
            except (http.client.RemoteDisconnected, ConnectionError):
                self.upstream.close()
                if fresh:
                    break
        return Answer.error(request, 502, "BadGateway")

    def exchange(self, request):
        upstream = self.upstream
        upstream.putrequest(request.method, request.path, skip_host=True,
                            skip_accept_encoding=True)
        for name, value in request.headers.items():
            if name.lower() not in HOP:
                upstream.putheader(name, value)
        if request.body or request.method in ("PUT", "POST"):
            upstream.putheader("Content-Length", str(len(request.body)))
        upstream.endheaders(request.body or None)
        answer = upstream.getresponse()
        return Answer(answer.status, answer.getheaders(), answer.read())

    def head(self, answer):
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            if name.lower() not in HOP or (
                    self.command == "HEAD"
                    and name.lower() == "content-length"):
                self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()

    def reply(self, request, answer):
        request.status, request.answer = answer.status, answer
        self.head(answer)
        if self.command != "HEAD":
            self.wfile.write(answer.body)


FAULTS = {"delay": Handler.delay, "hang": Handler.hang,
          "reset": Handler.reset, "lost": Handler.lost,
          "500": Handler.error_500, "503": Handler.error_503,
          "forgot": Handler.forgot, "half": Handler.half,
          "inside": Handler.inside, "claim": Handler.claim}


class FaultProxy:
    """`tls`: an ssl.SSLContext; the client then speaks HTTPS."""

    def __init__(self, target, tls=None, seed=0):
        address = urllib.parse.urlsplit(target)
        self.host, self.port = address.hostname, address.port
        self.plan, self.chances, self.seen = [], {}, []
        self.only = lambda request: True
        self.seconds = 0.5
        self.closing = threading.Event()
        self.dice, self.lock = random.Random(seed), threading.Lock()
        handler = type("OneHandler", (Handler,), {"proxy": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *what: None
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket,
                                                 server_side=True)
        self.url = (f"http{'' if tls is None else 's'}://127.0.0.1:"
                    f"{self.server.server_address[1]}")
        self.thread = threading.Thread(target=self.server.serve_forever,
                                       args=(0.05,), daemon=True)
        self.thread.start()

    def take(self, request):
        """Notes the request, and draws its fault."""
        with self.lock:
            self.seen.append(request)
            if not self.only(request):
                return None
            if self.plan:
                return self.plan.pop(0)
            roll = self.dice.random()
            for fault, chance in self.chances.items():
                roll -= chance
                if roll < 0:
                    return fault
            return None

    def faults(self):
        """How often each came to pass."""
        names = [request.fault for request in self.seen if request.fault]
        return {name: names.count(name) for name in names}

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *why):
        self.close()
