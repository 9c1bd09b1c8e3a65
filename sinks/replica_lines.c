#include "sinks/replica_lines.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"

void
replica_lines_init(struct replica_lines *lines, struct outcomes_reader *reader,
    enum outcomes_kind kind, struct span source)
{
	*lines = (struct replica_lines){
	    .reader = reader, .kind = kind, .source = source};
	lines->ends = calloc(LIMIT_REPLICA_LINES, sizeof(*lines->ends));
	lines->records = calloc(LIMIT_REPLICA_LINES, sizeof(*lines->records));
	if (lines->ends == NULL || lines->records == NULL)
		log_die("out of memory: lines of a replica");
}

void
replica_lines_fini(struct replica_lines *lines)
{
	outcomes_reader_close(&lines->reader);
	buf_fini(&lines->text);
	buf_fini(&lines->id);
	free(lines->ends);
	free(lines->records);
}

/* Into the load; `last`: no more of that entry follow. */
static void
replica_lines_load(struct replica_lines *lines, struct span origin, bool last,
    struct replica_load *load)
{
	size_t begin = 0;

	for (size_t i = 0; i < lines->count; i++) {
		lines->records[i] = span_make(
		    lines->text.bytes + begin, lines->ends[i] - begin);
		begin = lines->ends[i];
	}
	/* Not of the form of journal/replica_id.h: it is no batch. */
	buf_clear(&lines->id);
	buf_printf(&lines->id, "tocsin-%.*s-%llu-%lld-%.*s-%zu",
	    SPAN_ARGS(origin), (unsigned long long)lines->seq,
	    (long long)lines->arrival_ms, SPAN_ARGS(lines->source),
	    ++lines->loads);
	*load = (struct replica_load){.id = buf_span(&lines->id),
	    .source = lines->source,
	    .seq = lines->seq,
	    .arrival_ms = lines->arrival_ms,
	    .records = lines->records,
	    .nrecords = lines->count,
	    .more = !last};
	lines->count = 0;
	if (last)
		lines->loads = 0;
}

static void
replica_lines_put(struct replica_lines *lines, const struct outcomes_line *line)
{
	if (line->kind != lines->kind)
		return;
	if (lines->count == 0)
		buf_clear(&lines->text);
	buf_span_put(&lines->text, line->text);
	lines->ends[lines->count++] = lines->text.len;
	lines->seq = line->seq;
	lines->arrival_ms = line->arrival_ms;
}

static enum rc
replica_lines_lost(
    struct replica_lines *lines, struct delivery_item *item, struct err *err)
{
	lines->lost = false;
	lines->loads = 0;
	item->reach = lines->lost_reach;
	*err = lines->lost_err;
	return RC_REJECT;
}

enum rc
replica_lines_next(struct replica_lines *lines, struct span origin,
    uint64_t after, struct replica_load *load, struct delivery_item *item,
    struct err *err)
{
	struct outcomes_line line;

	if (!lines->sought)
		outcomes_seek(lines->reader, after);
	lines->sought = true;
	while (!lines->lost) {
		bool full;
		enum rc rc = outcomes_next(
		    lines->reader, &line, &lines->lost_reach, err);

		if (rc == RC_AGAIN)
			item->reach = lines->lost_reach;
		lines->lost = rc == RC_REJECT;
		if (lines->lost)
			lines->lost_err = *err;
		else if (rc != RC_OK)
			return rc;
		else
			replica_lines_put(lines, &line);
		full = lines->count == LIMIT_REPLICA_LINES;
		if (lines->count > 0 && (lines->lost || line.last || full)) {
			replica_lines_load(
			    lines, origin, !lines->lost && line.last, load);
			return RC_OK;
		}
		if (!lines->lost && line.last) {
			/* Full before, and the rest is of another kind. */
			lines->loads = 0;
			item->reach = line.seq;
		}
	}
	return replica_lines_lost(lines, item, err);
}
