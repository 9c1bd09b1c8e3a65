/*
 * The format of segments. A file named FIRST_SEQ.zst (20 digits) is a row of
 * frames; any tool that reads zstd sees the records joined and nothing else,
 * because all that is ours stands in skippable frames (RFC 8878, 3.1.2):
 *
 *   FIRST_SEQ.zst
 *   +------+--------+------------+--------+------------+------+--------+--
 *   | head | header | zstd frames| header | zstd frames| tick | config | ...
 *   +------+--------+------------+--------+------------+------+--------+--
 *            `---- a batch ----'   `---- a batch ----'
 *
 *   A header, also the whole of a head and of a tick; integers little-endian:
 *
 *    0  4  0x184D2A5C, a skippable frame to zstd
 *    4  4  bytes of the skippable frame that follow
 *    8  8  "tocsinJL"
 *   16  2  version, 1
 *   18  1  kind: 1 batch, 2 tick, 3 config, 16 head
 *   19  1  coding of the payload: 0 as it is, 1 zstd of the records joined
 *   20  1  format of the records, a hint: 0 unknown, 1 JSON, 2 OTLP
 *   21  3  zero
 *   24  4  CRC32C of the payload and then this header, this field as zero
 *   28  4  records
 *   32  8  segment id: random, the same in all frames of a file
 *   40  8  seq; in a head that of the first entry
 *   48  8  arrival, ms since 1970; in a head when it was made
 *   56  4  payload bytes
 *   60  4  payload bytes, plain
 *   64  2  source bytes
 *   66  2  request id bytes
 *   68     source, request id, each record's length as a varint (LEB128)
 *
 * The payload follows the header. That of a batch is zstd frames of at most
 * SEGMENT_CHUNK plain bytes each, content size in the frame (so replay
 * decodes inside the L2 cache). That of a config is the same but still within
 * the skippable frame, so that zstd does not show it.
 *
 * Of every version to come, bytes 0 to 31 of a head keep their meaning and
 * its CRC covers the whole skippable frame: so a later version is told from
 * damage. The segment id keeps bytes of another file, or a segment that came
 * inside a record, from being taken for frames of this one.
 */
#ifndef JOURNAL_SEGMENT_H
#define JOURNAL_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "schemas/entry.h"

#define SEGMENT_VERSION 1
#define SEGMENT_FIXED 68 /* bytes of a header before the source */
#define SEGMENT_CHUNK (256 * KIB)

enum segment_kind {
	SEGMENT_BATCH = ENTRY_BATCH,
	SEGMENT_TICK = ENTRY_TICK,
	SEGMENT_CONFIG = ENTRY_CONFIG,
	SEGMENT_HEAD = 16
};
enum segment_coding { CODING_PLAIN = 0, CODING_ZSTD = 1 };
enum segment_format { FORMAT_UNKNOWN = 0, FORMAT_JSON = 1, FORMAT_OTLP = 2 };

struct segment_frame {
	enum segment_kind kind;
	enum segment_coding coding;
	enum segment_format format;
	uint64_t segment_id, seq;
	int64_t arrival_ms;
	size_t nrecords;
	size_t plain_len, payload_len, header_len;
	struct span source, request_id;
	struct span lengths; /* varints */
	struct span payload; /* as it is coded */
};

/* Appends the frame's header; segment id, seq, arrival and CRC are left to
 * segment_stamp(). `records` gives the lengths. */
void segment_build(struct buf *out, const struct segment_frame *frame,
    const struct span *records);
/* Completes a header; `payload_crc` is crc32c(0, payload). */
void segment_stamp(struct span header, uint32_t payload_crc,
    uint64_t segment_id, uint64_t seq, int64_t arrival_ms);

/*
 * Reads a header's fixed part (SEGMENT_FIXED bytes at least) and checks every
 * length against the limits: the frame is header_len + payload_len bytes long.
 * NULL is good, else the reason.
 */
const char *segment_measure(struct span begin, struct segment_frame *frame);
/* Checks the CRC and fills the spans, which borrow from `bytes`: the whole of
 * a measured frame. Nothing of a frame may be used before. */
const char *segment_check(struct span bytes, struct segment_frame *frame);
/* A sound head of a version that this program does not know. */
bool segment_is_later(struct span begin, unsigned *version);

/* The next length of frame->lengths. */
bool segment_length(struct span *lengths, size_t *len);

/* The bytes that every header has at 8, for those who look for one. */
extern const struct span segment_magic;

#endif
