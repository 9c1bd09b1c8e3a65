"""Kinesis and Firehose streams to read back what a replica sent, and a load
whose order can be checked.

    load = Load(series=12)
    sender.send(load.batch(), …)          each batch is one minute of all series
    seen = KinesisStream(aws, "s", shards=3).records()
    assert in_order(without_repeats(seen)) == load.points
"""

import hashlib
import json

from firehose import line

BEGIN = 1611929640000


class Load:
    """Batches of JSON lines: minute after minute of the same series."""

    def __init__(self, series=12, records=3, prefix="Lag"):
        self.series, self.records, self.prefix = series, records, prefix
        self.minute = 0
        self.sent = []  # all lines

    def batch(self):
        """Some records with one line a series."""
        when = BEGIN + 60000 * self.minute
        self.minute += 1
        lines = [line(f"{self.prefix}{number}", when, float(self.minute))
                 for number in range(self.series)]
        self.sent += lines
        cut = -(-len(lines) // self.records)
        return [b"".join(lines[at:at + cut])
                for at in range(0, len(lines), cut)]


def name_of(point):
    return (point["account_id"], point["region"], point["namespace"],
            point["metric_name"], json.dumps(point["dimensions"]),
            point["unit"])


def in_order(datas):
    """The lines of these bytes as a sorted list; fails when a series goes
    back in time."""
    newest, lines = {}, []
    for data in datas:
        for row in data.splitlines(keepends=True):
            point = json.loads(row)
            name = name_of(point)
            assert newest.get(name, -1) < point["timestamp"], (
                f"{name}: {point['timestamp']} after {newest[name]}")
            newest[name] = point["timestamp"]
            lines.append(row)
    return sorted(lines)


class KinesisStream:
    def __init__(self, aws, name, region="us-west-2", shards=3):
        self.client = aws.client("kinesis", region)
        self.name = name
        self.client.create_stream(StreamName=name, ShardCount=shards)

    def shards(self):
        """The records of each shard, in its order."""
        found = []
        for shard in self.client.list_shards(StreamName=self.name)["Shards"]:
            at = self.client.get_shard_iterator(
                StreamName=self.name, ShardId=shard["ShardId"],
                ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
            records = []
            while True:
                got = self.client.get_records(ShardIterator=at)
                records += got["Records"]
                if not got["Records"]:
                    break
                at = got["NextShardIterator"]
            found.append(records)
        return found

    def count(self):
        return sum(row["Data"].count(b"\n")
                   for shard in self.shards() for row in shard)


def without_repeats(records):
    """What docs/replica.md tells a consumer of Kinesis to do: sent again, a
    record has the same key and the same bytes."""
    seen, kept = set(), []
    for record in records:
        name = (record["PartitionKey"],
                hashlib.sha256(record["Data"]).digest())
        if name not in seen:
            seen.add(name)
            kept.append(record["Data"])
    return kept
