"""Who hands out credentials: an instance's metadata (IMDS), a container's
agent (ECS, EKS Pod Identity) and STS, in this process, with keys as told; and
an SNS that writes down whose key each message was signed with.

    with Metadata() as source:
        source.keys = {"AccessKeyId": …, "SecretAccessKey": …, "Token": …}
        source.lives = 4            seconds until they expire; may be negative
        source.broken = 400         what everybody is answered; None: keys
        source.asked, source.published      what happened
"""

import datetime
import http.server
import json
import threading
import urllib.parse

IMDS = "/latest/meta-data/iam/security-credentials/"


def when(seconds):
    moment = (datetime.datetime.now(datetime.timezone.utc)
              + datetime.timedelta(seconds=seconds))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    source = None

    def log_message(self, *words):
        pass

    def reply(self, status, text=""):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def credentials(self):
        """Of the agents, in JSON."""
        return json.dumps({"Code": "Success", **self.source.keys,
                           "Expiration": when(self.source.lives)})

    def said(self):
        """What a credential process prints, when it is curl."""
        keys = self.source.keys
        return json.dumps({
            "Version": 1, "AccessKeyId": keys["AccessKeyId"],
            "SecretAccessKey": keys["SecretAccessKey"],
            "SessionToken": keys["Token"],
            "Expiration": when(self.source.lives)})

    def session(self, action):
        """Of STS, in XML."""
        keys = self.source.keys
        return (f"<{action}Response><{action}Result><Credentials>"
                f"<AccessKeyId>{keys['AccessKeyId']}</AccessKeyId>"
                f"<SecretAccessKey>{keys['SecretAccessKey']}"
                f"</SecretAccessKey><SessionToken>{keys['Token']}"
                f"</SessionToken><Expiration>{when(self.source.lives)}"
                f"</Expiration></Credentials></{action}Result>"
                f"</{action}Response>")

    def do_PUT(self):
        ttl = self.headers.get("x-aws-ec2-metadata-token-ttl-seconds")
        self.answer(200 if ttl else 400, "a-metadata-token")

    def do_GET(self):
        self.source.asked.append(
            (self.path, self.headers.get("Authorization")))
        wants = self.source.authorization
        if self.path.startswith(IMDS):
            if self.headers.get("x-aws-ec2-metadata-token") != (
                    "a-metadata-token"):
                return self.answer(401)
            return self.answer(200, "dr-role" if self.path == IMDS
                               else self.credentials())
        if wants is not None and self.headers.get("Authorization") != wants:
            return self.answer(401)
        return self.answer(200, self.said() if self.path == "/process"
                           else self.credentials())

    def do_POST(self):
        size = int(self.headers.get("Content-Length", 0))
        form = urllib.parse.parse_qs(self.rfile.read(size).decode())
        action = form["Action"][0]
        if not action.startswith("Publish"):
            self.source.asked.append(
                (action, form.get("WebIdentityToken", [None])[0]))
            return self.answer(200, self.session(action))
        key = self.headers["Authorization"].split("Credential=")[1].split("/")
        self.source.publish(key[0])
        members = "".join(
            f"<member><Id>{values[0]}</Id><MessageId>m</MessageId></member>"
            for name, values in form.items() if name.endswith(".Id"))
        return self.reply(
            200, f"<{action}Response><{action}Result><Successful>{members}"
            f"</Successful><MessageId>m</MessageId></{action}Result>"
            f"</{action}Response>")

    def answer(self, status, text=""):
        if self.source.broken:
            status, text = self.source.broken, ""
        self.reply(status, text)


class Metadata:
    def __init__(self):
        self.keys, self.lives, self.broken = {}, 3600, None
        self.authorization = None
        self.asked, self.published = [], []
        handler = type("Handler", (Handler,), {"source": self})
        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def publish(self, key):
        self.published.append(key)

    def give(self, name):
        """Keys that nobody verifies, with words to look for in logs."""
        self.keys = {"AccessKeyId": name, "SecretAccessKey": f"hush-{name}",
                     "Token": f"hush-token-{name}"}

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,),
                         daemon=True).start()
        return self

    def __exit__(self, *failure):
        self.server.shutdown()
        self.server.server_close()
