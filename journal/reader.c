#include "journal/reader.h"

#include <stdlib.h>

#include "base/log.h"
#include "journal/codec.h"
#include "journal/recent.h"
#include "journal/walk.h"

/*
 * `bound` is the last committed entry. What lies behind it in the file may
 * still change, so bytes read ahead are believed only for entries that were
 * committed when they were read: up to `fresh`.
 */
struct reader {
	struct walk walk;
	uint64_t from, bound, fresh;
	uint64_t last;	   /* entry given or stepped over last */
	uint64_t expected; /* the entry that must come; 0: after damage */
	struct expander *expander;
	struct buf plain;
	struct span *records;
	size_t room;
	struct reader_damage damage;
	struct recent *recent; /* NULL: everything is decompressed */
};

enum rc
reader_open(
    struct reader **reader, const char *path, uint64_t from, struct err *err)
{
	struct reader *self = calloc(1, sizeof(*self));
	enum rc rc;

	if (self == NULL)
		log_die("out of memory: reader");
	self->from = from;
	self->bound = self->fresh = UINT64_MAX;
	self->expander = expander_create();
	rc = walk_open(&self->walk, path, from, err);
	*reader = self;
	if (rc != RC_OK)
		reader_close(reader);
	return rc;
}

void
reader_close(struct reader **reader)
{
	struct reader *self = *reader;

	if (self == NULL)
		return;
	walk_close(&self->walk);
	expander_free(&self->expander);
	buf_fini(&self->plain);
	free(self->records);
	free(self);
	*reader = NULL;
}

void
reader_bound(struct reader *reader, uint64_t last_seq)
{
	reader->bound = last_seq;
	if (last_seq < reader->fresh) {
		cursor_drop(&reader->walk.cursor);
		reader->fresh = last_seq;
	}
}

const struct reader_damage *
reader_damage(const struct reader *reader)
{
	return &reader->damage;
}

void
reader_recent(struct reader *reader, struct recent *recent)
{
	reader->recent = recent;
	recent_begin(recent);
}

void
reader_rest(struct reader *reader)
{
	buf_fini(&reader->plain);
	if (reader->recent != NULL)
		recent_rest(reader->recent);
}

static enum rc
reader_say(struct reader *reader, uint64_t offset, bool torn,
    const char *reason, struct err *err)
{
	const char *path = reader->walk.cursor.path;

	reader->damage = (struct reader_damage){path, offset, torn, reason};
	reader->expected = 0;
	return err_set(err, RC_REJECT, "%s: offset %llu: %s%s", path,
	    (unsigned long long)offset, reason,
	    torn ? ", and nothing sound behind it" : "");
}

static bool
reader_split(struct reader *reader, const struct segment_frame *frame)
{
	struct span lengths = frame->lengths;
	const char *at = reader->plain.bytes;

	if (frame->nrecords > reader->room) {
		free(reader->records);
		reader->room = frame->nrecords;
		reader->records = calloc(reader->room, sizeof(struct span));
		if (reader->records == NULL)
			log_die("out of memory: records of an entry");
	}
	for (size_t i = 0; i < frame->nrecords; i++) {
		size_t len;

		if (!segment_length(&lengths, &len))
			return false;
		reader->records[i] = span_make(at, len);
		at += len;
	}
	return true;
}

static enum rc
reader_give(struct reader *reader, const struct segment_frame *frame,
    struct entry *entry, struct err *err)
{
	bool plain = reader->recent != NULL &&
	    recent_take(
		reader->recent, frame->seq, frame->plain_len, &reader->plain);

	if ((!plain &&
		!expander_run(reader->expander, frame, &reader->plain)) ||
	    !reader_split(reader, frame))
		return reader_say(reader, reader->walk.cursor.at, false,
		    "payload cannot be decompressed", err);
	*entry = (struct entry){.seq = frame->seq,
	    .arrival_ms = frame->arrival_ms,
	    .kind = (enum entry_kind)frame->kind,
	    .source = frame->source,
	    .request_id = frame->request_id,
	    .records = reader->records,
	    .nrecords = frame->nrecords};
	if (plain)
		entry->received_ns = recent_taken_ns(reader->recent);
	if (frame->kind == SEGMENT_CONFIG)
		entry->config = buf_span(&reader->plain);
	return RC_OK;
}

/* A sound frame. RC_OK without an entry: nothing for the caller in it. */
static enum rc
reader_take(struct reader *reader, const struct segment_frame *frame,
    struct entry *entry, struct err *err)
{
	struct cursor *cursor = &reader->walk.cursor;

	if (frame->kind == SEGMENT_HEAD) {
		if (reader->expected == 0)
			reader->expected = frame->seq;
		return RC_OK;
	}
	if (frame->seq > reader->fresh) {
		cursor_back(cursor, frame);
		cursor_drop(cursor);
		reader->fresh = reader->bound;
		return frame->seq > reader->bound ? RC_AGAIN : RC_OK;
	}
	if (frame->seq <= reader->last)
		return reader_say(
		    reader, cursor->at, false, "position goes back", err);
	if (reader->expected > 0 && frame->seq > reader->expected) {
		cursor_back(cursor, frame);
		return reader_say(reader, cursor->pos, false,
		    "entries are missing before this one", err);
	}
	reader->last = frame->seq;
	reader->expected = frame->seq + 1;
	return frame->seq < reader->from
	    ? RC_OK
	    : reader_give(reader, frame, entry, err);
}

static enum rc
reader_step(struct reader *reader, struct entry *entry, struct err *err)
{
	const struct cursor *cursor = &reader->walk.cursor;
	struct segment_frame frame;
	enum rc rc;

	if (reader->last >= reader->bound)
		return RC_AGAIN;
	if (reader->last >= reader->fresh) {
		cursor_drop(&reader->walk.cursor);
		reader->fresh = reader->bound;
	}
	rc = walk_next(&reader->walk, &frame, err);
	if (rc == RC_REJECT)
		return reader_say(reader, cursor->damage_at, cursor->torn,
		    cursor->reason, err);
	return rc == RC_OK ? reader_take(reader, &frame, entry, err) : rc;
}

enum rc
reader_next(struct reader *reader, struct entry *entry, struct err *err)
{
	enum rc rc = RC_OK;

	*entry = (struct entry){0};
	while (rc == RC_OK && entry->seq == 0)
		rc = reader_step(reader, entry, err);
	return rc;
}
