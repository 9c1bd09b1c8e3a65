/*
 * Snappy files: the same bytes and the same verdict however they come in, and
 * what was read is read again from what our own writer makes of it. The input
 * is taken for plain bytes too.
 */
#include <stdint.h>

#include "base/log.h"
#include "ingest/snappy_stream.h"
#include "unit/ingest/packing.h"

#define SNAPPY_FUZZ_MOST ((size_t)4 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Undone `step` bytes at a time; RC_AGAIN when all is good. */
static enum rc
snappy_fuzz_undo(struct buf *out, struct span packed, bool hadoop, size_t step)
{
	struct snappy_stream *stream = snappy_stream_create(hadoop);
	struct span in = span_make(packed.at, 0), piece;
	size_t have = 0, want;
	enum rc rc = RC_OK;
	struct err err;

	while (rc != RC_REJECT && out->len < SNAPPY_FUZZ_MOST) {
		rc = snappy_stream_next(stream, &in, &piece, &want, &err);
		if (rc == RC_OK)
			buf_span_put(out, piece);
		if (rc != RC_AGAIN)
			continue;
		invariant(want > in.len);
		if (have == packed.len)
			break;
		have = packed.len - have < step ? packed.len : have + step;
		in.len = (size_t)(packed.at + have - in.at);
	}
	if (rc == RC_AGAIN && snappy_stream_end(stream, in, &err) != RC_OK)
		rc = RC_REJECT;
	invariant(rc != RC_REJECT || strstr(err.text, "snappy ") == err.text);
	snappy_stream_free(&stream);
	return rc;
}

static void
snappy_fuzz_again(struct span plain, bool hadoop)
{
	struct buf packed = {0}, again = {0};

	if (hadoop)
		pack_hadoop(&packed, plain, 100000, 3000);
	else
		pack_snappy(&packed, plain);
	invariant(snappy_fuzz_undo(&again, buf_span(&packed), hadoop, 5000) ==
	    RC_AGAIN);
	invariant(span_equal(buf_span(&again), plain));
	buf_fini(&again);
	buf_fini(&packed);
}

static void
snappy_fuzz_both(struct span packed, bool hadoop)
{
	struct buf whole = {0}, steps = {0};
	enum rc rc = snappy_fuzz_undo(&whole, packed, hadoop, SIZE_MAX);

	if (whole.len < SNAPPY_FUZZ_MOST) {
		invariant(snappy_fuzz_undo(&steps, packed, hadoop, 7) == rc);
		invariant(span_equal(buf_span(&whole), buf_span(&steps)));
		if (rc == RC_AGAIN)
			snappy_fuzz_again(buf_span(&whole), hadoop);
	}
	buf_fini(&whole);
	buf_fini(&steps);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span input = span_make(bytes, len);

	snappy_stream_is_framed(input);
	snappy_stream_is_hadoop(input);
	for (int hadoop = 0; hadoop < 2; hadoop++) {
		snappy_fuzz_both(input, hadoop);
		snappy_fuzz_again(input, hadoop);
	}
	return 0;
}
