"""Records for the endpoint's cases: small ones, named as in the tables."""

import base64
import gzip
import json

from firehose import line

OK = (b'{"metric_stream_name":"MyMetricStream","account_id":"1234567890",'
      b'"region":"us-east-1","namespace":"AWS/EC2","metric_name":'
      b'"DiskWriteOps","dimensions":{"InstanceId":"i-123456789012"},'
      b'"timestamp":1611929698000,"value":{"count":3.0,"sum":20.0,'
      b'"max":18.0,"min":0.0},"unit":"Seconds"}\n')
BAD_LINE = (b'{"CHANGE":-0.09,"PRICE":4.96,"TICKER_SYMBOL":"KIN",'
            b'"SECTOR":"ENERGY"}\n')
CORRUPT = "XXXXXaGVsbG8="  # no base64
STATISTICS = {"p99": 17.0, "TM(25%:75%)": 16.43, "WM(10%:90%)": 15.5,
              "TC(0.005:0.030)": 2.5, "TS(80%:)": 19.0, "PR(:300)": 85.0,
              "IQM": 16.0, "tm99": 15.8, "wm98": 16.2}
GZ = gzip.compress(OK, mtime=0)
LONE_VARINT = b"\x80"
LENGTH_1000 = bytes([0xe8, 0x07]) + b"abc"
LENGTH_2_62 = bytes([0x80] * 8 + [0x40]) + b"abc"

# One length-delimited OTLP 1.0 message: AWS/RDS ReplicaLag of db1, count 3,
# sum 20, quantiles 0 and 18.
OTLP = base64.b64decode(
    "kAMKjQMKqwEKFwoOY2xvdWQucHJvdmlkZXISBQoDYXdzCiIKEGNsb3VkLmFjY291bnQuaWQS"
    "DgoMMTIzNDU2Nzg5MDEyChsKDGNsb3VkLnJlZ2lvbhILCgl1cy1lYXN0LTEKTwoQYXdzLmV4"
    "cG9ydGVyLmFybhI7Cjlhcm46YXdzOmNsb3Vkd2F0Y2g6dXMtZWFzdC0xOjEyMzQ1Njc4OTAx"
    "MjptZXRyaWMtc3RyZWFtL3MS3AES2QEKIGFtYXpvbmF3cy5jb20vQVdTL1JEUy9SZXBsaWNh"
    "TGFnGgd7Q291bnR9WqsBCqgBEQD86SN3uV4WGQBUMRyFuV4WIQMAAAAAAAAAKQAAAAAAADRA"
    "MgkRAAAAAAAAAAAyEgkAAAAAAADwPxEAAAAAAAAyQDoWCglOYW1lc3BhY2USCQoHQVdTL1JE"
    "UzoaCgpNZXRyaWNOYW1lEgwKClJlcGxpY2FMYWc6LwoKRGltZW5zaW9ucxIhMh8KHQoUREJJ"
    "bnN0YW5jZUlkZW50aWZpZXISBQoDZGIx")


def without(*keys):
    """OK without some of its members; "value.sum" goes one deeper."""
    point = json.loads(OK)
    for key in keys:
        at = point
        *path, last = key.split(".")
        for step in path:
            at = at[step]
        del at[last]
    return json.dumps(point).encode() + b"\n"


def having(**members):
    point = json.loads(OK)
    value = members.pop("value", {})
    point.update(members)
    point["value"].update(value)
    return json.dumps(point).encode() + b"\n"


# (case, record, points, rejects)
JSON_CASES = [
    ("J01", OK, 1, 0),
    ("J02", having(namespace="CustomNamespace"), 1, 0),
    ("J03", having(dimensions={"InstanceId": "i", "CustomDimension": "x"}),
     1, 0),
    ("J04", having(value={"p90": 16, "p99": 17}), 1, 0),
    ("J05", having(value=STATISTICS), 1, 0),
    ("J06", b"".join(line(f"M{i}") for i in range(127)), 127, 0),
    ("J07", BAD_LINE * 4 + b"".join(line(f"M{i}") for i in range(88)), 88, 4),
    ("J08", BAD_LINE * 3, 0, 3),
    ("J09", OK + without("value") + OK, 2, 1),
    ("J10", b"invalid\n", 0, 1),
    ("J11-name", without("metric_name"), 0, 1),
    ("J11-namespace", without("namespace"), 0, 1),
    ("J11-value", without("value"), 0, 1),
    ("J11-unit", without("unit"), 1, 0),
    ("J12", without("timestamp"), 0, 1),
    ("J13", without("value.count"), 0, 1),
    ("J14", having(more={"a": [1, {"b": None}]}, value={"odd": 1.5}), 1, 0),
    ("J15", OK[:100] + b"\n", 0, 1),
    ("J16", OK[:-1], 1, 0),
    ("J17", OK + b"\n" + OK, 2, 0),
    ("J18", OK[:-1] + b"\r\n" + OK[:-1] + b"\r\n", 2, 0),
    ("J19", having(more="x" * 70000), 1, 0),
    ("J19-dimension", having(dimensions={"d": "x" * 70000}), 1, 0),
    ("J20", OK + b"\n", 1, 0),
    ("J22", having(timestamp=1651679580123), 1, 0),
    ("J23", having(value={"count": 2.5}), 1, 0),
    ("J24", having(dimensions={"region": "r", "accountId": "a"}), 1, 0),
]
OTLP_CASES = [
    ("O01", OTLP, 1, 0),
    ("O02", OTLP + OTLP, 2, 0),
    ("O03", b"", 0, 0),
    ("O04", b"\x01\x02\x03", 0, 1),
    ("O05", LONE_VARINT, 0, 1),
    ("O06-1000", LENGTH_1000, 0, 1),
    ("O06-2^62", LENGTH_2_62, 0, 1),
    ("O07", OTLP + OTLP[:-7], 1, 1),
    ("O10", OTLP[2:], 0, 1),
]
