"""A sender that speaks Firehose's HTTP delivery, and records to send."""

import base64
import gzip
import http.client
import json
import ssl

ARN = "arn:aws:firehose:us-east-1:123456789012:deliverystream/x"


def line(metric="Lag", timestamp=1611929640000, value=20.0, count=3.0,
         **more):
    """One point as a JSON line of a metric stream."""
    point = {"metric_stream_name": "s", "account_id": "123456789012",
             "region": "us-east-1", "namespace": "AWS/RDS",
             "metric_name": metric, "dimensions": {"Cluster": "dr"},
             "timestamp": timestamp,
             "value": {"max": value, "min": 0.0, "sum": value,
                       "count": count}, "unit": "Seconds"}
    point.update(more)
    return json.dumps(point, separators=(",", ":")).encode() + b"\n"


def envelope(records, request_id="r-1", timestamp=1700000000000, **more):
    """The body of a request; records are bytes, or ready base64 text."""
    data = [{"data": r if isinstance(r, str) else base64.b64encode(r).decode()}
            for r in records]
    return json.dumps({"requestId": request_id, "timestamp": timestamp,
                       "records": data, **more}).encode()


def headers(request_id="r-1", key=None, **more):
    """Firehose's own; one given as None is left out."""
    out = {"Content-Type": "application/json",
           "X-Amz-Firehose-Protocol-Version": "1.0",
           "X-Amz-Firehose-Request-Id": request_id,
           "X-Amz-Firehose-Source-Arn": ARN,
           "User-Agent": "Amazon Kinesis Data Firehose Agent/1.0"}
    if key is not None:
        out["X-Amz-Firehose-Access-Key"] = key
    out.update({name.replace("_", "-"): value for name, value in more.items()})
    return {name: value for name, value in out.items() if value is not None}


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.body = response.read()
        self.headers = {k.lower(): v for k, v in response.getheaders()}

    def json(self):
        return json.loads(self.body)


class Sender:
    """One connection, kept; a broken one is made again by the next send."""

    def __init__(self, port, tls=None, seconds=60):
        self.port, self.tls, self.seconds = port, tls, seconds
        self.connection = None

    def connect(self):
        if self.tls is None:
            return http.client.HTTPConnection("127.0.0.1", self.port,
                                              timeout=self.seconds)
        context = ssl.create_default_context(cafile=self.tls)
        context.check_hostname = False
        return http.client.HTTPSConnection("127.0.0.1", self.port,
                                           timeout=self.seconds,
                                           context=context)

    def request(self, body, heads, method="POST", path="/"):
        if self.connection is None:
            self.connection = self.connect()
        try:
            self.connection.request(method, path, body, heads)
            answer = Answer(self.connection.getresponse())
        except BaseException:
            self.close()
            raise
        if answer.headers.get("connection", "").lower() == "close":
            self.close()
        return answer

    def send(self, records, request_id="r-1", key=None, packed=False, **more):
        """Records under a request id, as Firehose would."""
        body = envelope(records, request_id)
        heads = headers(request_id, key, **more)
        if packed:
            body = gzip.compress(body, mtime=0)
            heads["Content-Encoding"] = "gzip"
        return self.request(body, heads)

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None
