"""OTLP messages as a metric stream writes them: one resource, one metric with
one summary point each, length-delimited."""

import struct


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def part(field, body):
    """A field that is text, bytes or a message."""
    body = body.encode() if isinstance(body, str) else body
    return varint(field << 3 | 2) + varint(len(body)) + body


def fixed(field, packed):
    return varint(field << 3 | 1) + packed


def text_pair(field, name, value):
    return part(field, part(1, name) + part(2, part(1, value)))


def dimensions_pair(field, dimensions):
    rows = b"".join(text_pair(1, *pair) for pair in dimensions.items())
    return part(field, part(1, "Dimensions") + part(2, part(6, rows)))


def quantile(level, value):
    # Zeros are not on the wire.
    out = fixed(1, struct.pack("<d", level)) if level else b""
    out += fixed(2, struct.pack("<d", value)) if value else b""
    return part(6, out)


def summary(metric, timestamp, value, namespace, dimensions):
    out = fixed(2, struct.pack("<Q", timestamp * 1000000))
    out += fixed(3, struct.pack("<Q", (timestamp + 60000) * 1000000))
    out += fixed(4, struct.pack("<Q", int(value["count"])))
    out += fixed(5, struct.pack("<d", value["sum"]))
    out += quantile(0.0, value["min"]) + quantile(1.0, value["max"])
    out += text_pair(7, "Namespace", namespace)
    out += text_pair(7, "MetricName", metric)
    return out + dimensions_pair(7, dimensions)


def message(metric, timestamp, value, region="us-east-1",
            namespace="AWS/RDS", account="123456789012",
            dimensions=None, unit="{Seconds}"):
    """One point, with the fields of firehose.line(); value as there."""
    dimensions = {"Cluster": "dr"} if dimensions is None else dimensions
    arn = f"arn:aws:cloudwatch:{region}:{account}:metric-stream/s"
    resource = b"".join(text_pair(1, name, text) for name, text in (
        ("cloud.provider", "aws"), ("cloud.account.id", account),
        ("cloud.region", region), ("aws.exporter.arn", arn)))
    point = summary(metric, timestamp, value, namespace, dimensions)
    body = part(1, f"amazonaws.com/{namespace}/{metric}") + part(3, unit)
    body += part(11, part(1, point))
    out = part(1, part(1, resource) + part(2, part(2, body)))
    return varint(len(out)) + out
