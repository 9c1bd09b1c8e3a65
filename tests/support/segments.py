"""Segments cut and put together, as journal/segment.h has them."""

import struct

MAGIC = 0x184D2A5C
HEAD = 16
BATCH = 1


def crc32c(blob):
    crc = 0xFFFFFFFF
    for byte in blob:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def frames(blob):
    """(kind, seq, bytes) of each frame, the head first."""
    at = 0
    while at < len(blob):
        magic, rest = struct.unpack_from("<II", blob, at)
        assert magic == MAGIC
        size, kind = 8 + rest, blob[at + 18]
        if kind == BATCH:
            size += struct.unpack_from("<I", blob, at + 56)[0]
        seq, = struct.unpack_from("<Q", blob, at + 40)
        yield kind, seq, blob[at:at + size]
        at += size


def split(blob, count):
    """{name: bytes}: the same log in about so many segments."""
    (kind, _, head), *rest = frames(blob)
    assert kind == HEAD
    step, files = -(-len(rest) // count), {}
    for begin in range(0, len(rest), step):
        part = rest[begin:begin + step]
        first = bytearray(head)
        struct.pack_into("<I", first, 24, 0)
        struct.pack_into("<Q", first, 40, part[0][1])
        struct.pack_into("<I", first, 24, crc32c(first))
        files[f"{part[0][1]:020}.zst"] = bytes(first) + b"".join(
            frame for _, _, frame in part)
    return files
