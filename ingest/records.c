#include "ingest/records.h"

#include <stdlib.h>

#include "base/log.h"

void
records_put(struct records *records, struct span record, struct span end)
{
	if (records->count == records->room) {
		size_t room = records->room == 0 ? 64 : records->room * 2;

		records->spans =
		    realloc(records->spans, room * sizeof(*records->spans));
		if (records->spans == NULL)
			log_die("out of memory: records");
		records->room = room;
	}
	/* The bytes may move yet: the place is known in the end. */
	records->spans[records->count++] =
	    span_make(NULL, record.len + end.len);
	buf_span_put(&records->bytes, record);
	buf_span_put(&records->bytes, end);
}

const struct span *
records_spans(struct records *records)
{
	const char *at = records->bytes.bytes;

	invariant(!buf_failed(&records->bytes));
	for (size_t i = 0; i < records->count; i++) {
		records->spans[i].at = at;
		at += records->spans[i].len;
	}
	return records->spans;
}

void
records_fini(struct records *records)
{
	buf_fini(&records->bytes);
	free(records->spans);
	*records = (struct records){0};
}
