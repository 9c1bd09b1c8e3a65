#include "ingest/source_file.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "ingest/envelope.h"
#include "ingest/framing.h"
#include "ingest/plain.h"
#include "ingest/source_sniff.h"
#include "ingest/spool.h"
#include "journal/reader.h"

#define SOURCE_CHUNK ((size_t)MIB)
#define SOURCE_LINE_MOST ((size_t)LIMIT_RECORD_BYTES)

struct source_file {
	char *path;
	struct plain plain;
	enum source_kind kind;
	size_t count;  /* lines, messages or records given so far */
	size_t offset; /* bytes of them */
	bool finished;
	struct span record; /* of lines and messages */
	struct arena arena; /* of a Firehose body */
	struct reader *reader;
	struct spool spool; /* a segment that has no file of its own */
};

/* A segment is read by its own reader, which wants a file: this one, or a
 * copy when it came compressed once more, or through a pipe. */
static enum rc
source_open_segment(
    struct source_file *source, const char *path, struct err *err)
{
	struct plain *plain = &source->plain;
	enum rc rc = RC_OK;

	source->kind = SOURCE_SEGMENT;
	if (plain->coding != PLAIN_AS_IS || !plain->regular) {
		path = source->spool.path;
		rc = spool_open(&source->spool, err);
		while (rc == RC_OK) {
			struct span have = plain_fill(plain, SOURCE_CHUNK);

			if (have.len == 0)
				break;
			rc = spool_put(&source->spool, have, err);
			plain_take(plain, have.len);
		}
	}
	return rc == RC_OK ? reader_open(&source->reader, path, 0, err) : rc;
}

enum rc
source_file_open(struct source_file **source, const char *path, struct err *err)
{
	return source_file_open_as(source, path, path, err);
}

enum rc
source_file_open_as(struct source_file **source, const char *path,
    const char *name, struct err *err)
{
	struct source_file *made = calloc(1, sizeof(*made));
	struct span begin;
	enum rc rc;

	if (made == NULL || (made->path = strdup(name)) == NULL)
		log_die("out of memory: source file");
	made->spool.fd = -1;
	arena_init(&made->arena);
	rc = plain_open(&made->plain, path, err);
	if (rc == RC_OK) {
		begin = plain_fill(&made->plain, SOURCE_SNIFF);
		if (segment_is(begin))
			rc = source_open_segment(made, path, err);
		else
			made->kind = source_sniff(begin);
	}
	if (rc != RC_OK)
		source_file_close(&made);
	*source = made;
	return rc;
}

void
source_file_close(struct source_file **source)
{
	struct source_file *old = *source;

	if (old == NULL)
		return;
	reader_close(&old->reader);
	spool_close(&old->spool);
	plain_close(&old->plain);
	arena_fini(&old->arena);
	free(old->path);
	free(old);
	*source = NULL;
}

/* Nothing more comes; says so, or what was damaged, once. What the damage
 * left of a line or message goes with it. */
static enum rc
source_finish(struct source_file *source, struct err *err)
{
	source->finished = true;
	if (!source->plain.damaged)
		return RC_AGAIN;
	return err_set(err, RC_REJECT, "%s: offset %zu: %s", source->path,
	    source->offset, source->plain.damage.text);
}

/* Gives the next `len` bytes of the window, which hold `items`. */
static enum rc
source_give(struct source_file *source, struct source_chunk *chunk, size_t len,
    size_t items)
{
	struct plain *plain = &source->plain;

	source->record = span_make(plain->window.bytes + plain->at, len);
	*chunk = (struct source_chunk){.kind = source->kind,
	    .records = &source->record,
	    .nrecords = 1,
	    .first = source->count + 1,
	    .offset = source->offset};
	source->count += items;
	source->offset += len;
	plain_take(plain, len);
	return RC_OK;
}

static size_t
source_count_lines(struct span bytes)
{
	size_t lines = bytes.len > 0 && bytes.at[bytes.len - 1] != '\n';

	while (bytes.len > 0) {
		const char *end = memchr(bytes.at, '\n', bytes.len);

		if (end == NULL)
			break;
		lines++;
		bytes = span_make(
		    end + 1, bytes.len - (size_t)(end + 1 - bytes.at));
	}
	return lines;
}

static bool
source_is_blank(struct span bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		if (bytes.at[i] != ' ' && bytes.at[i] != '\n' &&
		    bytes.at[i] != '\t' && bytes.at[i] != '\r')
			return false;
	return true;
}

/* Steps over a line that no limit allows. */
static enum rc
source_long_line(struct source_file *source, struct err *err)
{
	size_t began = source->offset;
	bool whole = false;

	while (!whole) {
		struct span have = plain_fill(&source->plain, SOURCE_CHUNK);
		const char *end =
		    have.len == 0 ? NULL : memchr(have.at, '\n', have.len);
		size_t len =
		    end == NULL ? have.len : (size_t)(end + 1 - have.at);

		whole = end != NULL || have.len == 0;
		source->offset += len;
		plain_take(&source->plain, len);
	}
	source->count++;
	return err_set(err, RC_REJECT,
	    "%s: record %zu, offset %zu: the line is longer than %zu bytes",
	    source->path, source->count, began, SOURCE_LINE_MOST);
}

/* How many bytes the next run of whole lines has; 0: the end, or (with
 * *too_long) a line beyond the limit. */
static size_t
source_lines_length(struct source_file *source, bool *too_long)
{
	struct plain *plain = &source->plain;
	struct span have = plain_fill(plain, SOURCE_CHUNK);
	size_t most = have.len < SOURCE_CHUNK ? have.len : SOURCE_CHUNK;
	const char *end;

	*too_long = false;
	if (have.len < SOURCE_CHUNK && !plain->damaged)
		return have.len;
	end = most == 0 ? NULL : memrchr(have.at, '\n', most);
	if (end != NULL)
		return (size_t)(end + 1 - have.at);
	have = plain_fill(plain, SOURCE_LINE_MOST + 1);
	most = have.len < SOURCE_LINE_MOST ? have.len : SOURCE_LINE_MOST;
	end = most == 0 ? NULL : memchr(have.at, '\n', most);
	if (end != NULL)
		return (size_t)(end + 1 - have.at);
	*too_long = have.len > SOURCE_LINE_MOST;
	return *too_long || plain->damaged ? 0 : have.len;
}

static enum rc
source_next_lines(
    struct source_file *source, struct source_chunk *chunk, struct err *err)
{
	for (;;) {
		bool too_long;
		size_t len = source_lines_length(source, &too_long), lines;
		struct span bytes = span_make(
		    source->plain.window.bytes + source->plain.at, len);

		if (too_long)
			return source_long_line(source, err);
		if (len == 0)
			return source_finish(source, err);
		lines = source_count_lines(bytes);
		if (!source_is_blank(bytes))
			return source_give(source, chunk, len, lines);
		source->count += lines;
		source->offset += len;
		plain_take(&source->plain, len);
	}
}

/* What whole messages stand at the beginning of the window: *items of them. */
static size_t
source_messages_length(struct source_file *source, size_t *items)
{
	struct span have = plain_fill(&source->plain, SOURCE_CHUNK);
	size_t used = 0, len;

	*items = 0;
	while (used < have.len && used < SOURCE_CHUNK) {
		enum framing framing = framing_next(
		    span_make(have.at + used, have.len - used), &len);

		if (framing == FRAMING_CUT && used == 0 &&
		    len <= (size_t)LIMIT_RECORD_BYTES) {
			have = plain_fill(&source->plain, len);
			framing = framing_next(have, &len);
		}
		if (framing != FRAMING_WHOLE)
			break;
		used += len;
		(*items)++;
	}
	return used;
}

static enum rc
source_next_messages(
    struct source_file *source, struct source_chunk *chunk, struct err *err)
{
	struct plain *plain = &source->plain;
	size_t items, len = source_messages_length(source, &items);
	size_t left = plain->window.len - plain->at;

	/* Behind broken framing nothing can be found again: the decoder says
	 * what is wrong with the rest, which goes with what stands before. */
	if (left > len && !plain->damaged &&
	    (len == 0 || (plain->ended && len < SOURCE_CHUNK))) {
		source->finished = true;
		return source_give(source, chunk, left, items + 1);
	}
	if (len > 0)
		return source_give(source, chunk, len, items);
	return source_finish(source, err);
}

/* The length of the JSON object at the window's beginning, which is all there
 * is when it has no end; blanks go first. */
static size_t
source_body_length(struct source_file *source)
{
	size_t want = SOURCE_CHUNK;

	for (;;) {
		struct span have = plain_fill(&source->plain, want);
		struct json json;

		json_init(&json, have);
		if (json_skip(&json))
			return (size_t)(json.at - json.begin);
		if (have.len < want || want > (size_t)LIMIT_BODY_BYTES)
			return have.len;
		want = want * 2 < (size_t)LIMIT_BODY_BYTES
		    ? want * 2
		    : (size_t)LIMIT_BODY_BYTES + 1;
	}
}

static enum rc
source_next_firehose(
    struct source_file *source, struct source_chunk *chunk, struct err *err)
{
	struct plain *plain = &source->plain;
	struct envelope envelope;
	size_t len = source_body_length(source);
	struct span body = span_make(plain->window.bytes + plain->at, len);
	enum rc rc;

	if (source_is_blank(body))
		return source_finish(source, err);
	arena_reset(&source->arena);
	if (len > (size_t)LIMIT_BODY_BYTES)
		rc = err_set(err, RC_REJECT, "the body is longer than %lld MiB",
		    LIMIT_BODY_BYTES / MIB);
	else
		rc = envelope_parse(&envelope, body, &source->arena, err);
	plain_take(plain, len);
	if (rc != RC_OK && plain->damaged && plain->at == plain->window.len)
		return source_finish(source, err);
	if (rc != RC_OK) {
		err_prefix(
		    err, "%s: behind record %zu", source->path, source->count);
		return rc;
	}
	*chunk = (struct source_chunk){.kind = SOURCE_FIREHOSE,
	    .records = envelope.records,
	    .nrecords = envelope.nrecords,
	    .first = source->count + 1,
	    .offset = source->offset};
	source->count += envelope.nrecords;
	for (size_t i = 0; i < envelope.nrecords; i++)
		source->offset += envelope.records[i].len;
	return RC_OK;
}

static enum rc
source_next_segment(
    struct source_file *source, struct source_chunk *chunk, struct err *err)
{
	enum rc rc;

	*chunk = (struct source_chunk){.kind = SOURCE_SEGMENT,
	    .first = source->count + 1,
	    .offset = source->offset};
	rc = reader_next(source->reader, &chunk->entry, err);
	if (rc == RC_AGAIN)
		return source_finish(source, err);
	if (rc != RC_OK)
		return rc;
	if (chunk->entry.kind != ENTRY_BATCH)
		return RC_OK;
	chunk->records = chunk->entry.records;
	chunk->nrecords = chunk->entry.nrecords;
	source->count += chunk->nrecords;
	for (size_t i = 0; i < chunk->nrecords; i++)
		source->offset += chunk->records[i].len;
	return RC_OK;
}

enum rc
source_file_next(
    struct source_file *source, struct source_chunk *chunk, struct err *err)
{
	if (source->finished)
		return RC_AGAIN;
	switch (source->kind) {
	case SOURCE_LINES:
		return source_next_lines(source, chunk, err);
	case SOURCE_MESSAGES:
		return source_next_messages(source, chunk, err);
	case SOURCE_FIREHOSE:
		return source_next_firehose(source, chunk, err);
	case SOURCE_SEGMENT:
		break;
	}
	return source_next_segment(source, chunk, err);
}
