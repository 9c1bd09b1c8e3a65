"""SNS and S3 in this process, which write down what they took. They check no
signatures (Moto and S3Proxy do): they are there to be fast, to fail as told,
and to outlive whoever talks to them.

    cloud = Cloud(folder, log)      the log is a checker.history.Log
    … endpoint: cloud.url …
    cloud.trouble = {"refuse": 0.05, "forget": 0.05, "slow": 0.1}
    cloud.away = {"sns"}            "s3" too: refuses everything
    cloud.close()

refuse: 503 and nothing is done; of a PublishBatch also single entries. forget: it is done, and answered 500.
slow: answered late. Objects lie below folder/BUCKET/.
"""

import hashlib
import http.server
import json
import pathlib
import random
import threading
import time
import urllib.parse

SLOW_SECONDS = 0.05


def cause_of(body):
    """What a notification is about; see checker.history."""
    return "|".join(body[field] for field in (
        "AlarmName", "OldStateValue", "NewStateValue", "StateChangeTime"))


def messages_of(form):
    """A Publish's message, or the entries of a PublishBatch, each as the form
    of a Publish."""
    if form["Action"] == ["Publish"]:
        return [form]
    entries, mark = {}, "PublishBatchRequestEntries.member."
    for key, value in form.items():
        if key.startswith(mark):
            number, name = key[len(mark):].split(".", 1)
            entries.setdefault(int(number), {"TopicArn": form["TopicArn"]})[
                name] = value
    return [entries[number] for number in sorted(entries)]


def attribute(form, name):
    """A message attribute, by its name."""
    for key, values in form.items():
        if key.endswith(".Name") and values == [name]:
            return form[key[:-4] + "Value.StringValue"][0]
    return ""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    cloud = None

    def log_message(self, *words):
        pass

    def reply(self, status, body=b"", code=None):
        if code is not None:
            body = (f"<ErrorResponse><Error><Code>{code}</Code></Error>"
                    "</ErrorResponse>").encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def body(self):
        size = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(size)
        if len(body) < size:  # cut: as if it had not been sent
            raise ConnectionError("cut")
        return body

    def finish_with(self, done, fate):
        """done: what is answered when all is well."""
        if fate == "forget":
            self.reply(500, code="InternalFailure")
        else:
            self.reply(*done)

    def do_POST(self):
        form = urllib.parse.parse_qs(self.body().decode(),
                                     keep_blank_values=True)
        fate = self.cloud.fate("sns")
        entries = messages_of(form)
        if fate == "refuse":
            for entry in entries:
                self.cloud.publish(entry, accepted=False)
            self.reply(503, code="ServiceUnavailable")
        elif form["Action"] == ["Publish"]:
            self.cloud.publish(form)
            self.finish_with((200, b"<PublishResponse/>"), fate)
        else:
            self.finish_with((200, self.publish_batch(entries)), fate)

    def publish_batch(self, entries):
        """Some of the entries may fail by themselves."""
        rows = {"Successful": "", "Failed": ""}
        for entry in entries:
            taken = self.cloud.fate("sns") != "refuse"
            self.cloud.publish(entry, accepted=taken)
            rows["Successful" if taken else "Failed"] += (
                f'<member><Id>{entry["Id"][0]}</Id>'
                + ("" if taken else "<Code>InternalError</Code>"
                   "<SenderFault>false</SenderFault>") + "</member>")
        return "".join(["<PublishBatchResponse><PublishBatchResult>", *(
            f"<{name}>{row}</{name}>" for name, row in rows.items()),
            "</PublishBatchResult></PublishBatchResponse>"]).encode()

    def do_PUT(self):
        body, fate = self.body(), self.cloud.fate("s3")
        if fate == "refuse":
            self.reply(503, code="SlowDown")
        elif self.cloud.put(self.path, body):
            self.finish_with((200,), fate)
        else:
            self.reply(412, code="PreconditionFailed")

    def do_GET(self):
        path = self.cloud.path_of(self.path)
        if not path.exists():
            self.reply(404, code="NoSuchKey")
            return
        blob, span = path.read_bytes(), self.headers.get("Range")
        if span and span.startswith("bytes=-"):
            self.reply(206, blob[-int(span[7:]):])
        else:
            self.reply(200, blob)


class Cloud:
    def __init__(self, folder, log, seed=0):
        self.folder, self.log = pathlib.Path(folder), log
        self.trouble, self.away = {}, set()
        self.dice = random.Random(seed)
        self.lock = threading.Lock()
        handler = type("OneHandler", (Handler,), {"cloud": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *what: None  # clients get killed
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever,
                                       args=(0.05,), daemon=True)
        self.thread.start()

    def fate(self, service):
        if service in self.away:
            return "refuse"
        with self.lock:
            roll = self.dice.random()
        for fate, chance in self.trouble.items():
            roll -= chance
            if roll < 0:
                if fate == "slow":
                    time.sleep(SLOW_SECONDS)
                return fate
        return "well"

    def publish(self, form, accepted=True):
        text = json.loads(form["Message"][0])["default"]
        body = json.loads(text)
        self.log.write(
            "published", cause=cause_of(body), alarm=body["AlarmName"],
            id=attribute(form, "id"), topic=form["TopicArn"][0],
            dedup=form.get("MessageDeduplicationId", [None])[0],
            text=hashlib.sha256(text.encode()).hexdigest()[:16],
            accepted=accepted)

    def path_of(self, path):
        path = urllib.parse.unquote(urllib.parse.urlsplit(path).path)
        return self.folder / path.lstrip("/")

    def put(self, path, body):
        """False: it is there already."""
        path = self.path_of(path)
        with self.lock:
            if path.exists():
                return False
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        self.log.write("stored", name=path.name,
                       sha256=hashlib.sha256(body).hexdigest())
        return True

    def objects(self):
        """{name: path} of all that is stored, by the last part of its key."""
        return {path.name: path for path in self.folder.rglob("*.zst")}

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
