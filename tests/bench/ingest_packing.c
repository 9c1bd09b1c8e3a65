#include "ingest_packing.h"

#include "journal/codec.h"

struct expander *
packing_create(void)
{
	return expander_create();
}

void
packing_free(struct expander **expander)
{
	expander_free(expander);
}

void
packing_squeeze(struct buf *out, const struct span *records, size_t nrecords)
{
	codec_squeeze(out, records, nrecords);
}

bool
packing_expand(struct expander *expander, struct span packed, size_t plain_len,
    struct buf *out)
{
	const struct segment_frame frame = {.coding = CODING_ZSTD,
	    .plain_len = plain_len,
	    .payload_len = packed.len,
	    .payload = packed};

	return expander_run(expander, &frame, out);
}
