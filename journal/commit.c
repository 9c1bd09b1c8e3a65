#include "journal/commit.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"

void
commit_answer(
    struct journal *journal, struct pending *pending, const struct err *err)
{
	struct waiter *waiter = pending->repeats;
	bool repeat = pending->header.len == 0;

	pending->done(pending->cookie, pending->rc, pending->seq, repeat, err);
	while (waiter != NULL) {
		struct waiter *next = waiter->next;

		waiter->done(waiter->cookie, pending->rc, pending->seq,
		    pending->rc == RC_OK, err);
		free(waiter);
		waiter = next;
	}
	recent_drop(journal->recent, &pending->plain);
	buf_fini(&pending->header);
	buf_fini(&pending->payload);
	free(pending);
}

void
commit_seal(struct journal *journal, const struct sealed *sealed)
{
	if (journal->nsealed == journal->sealed_room) {
		size_t room =
		    journal->sealed_room == 0 ? 64 : journal->sealed_room * 2;

		journal->sealed =
		    realloc(journal->sealed, room * sizeof(*sealed));
		if (journal->sealed == NULL)
			log_die("out of memory: sealed segments");
		journal->sealed_room = room;
	}
	journal->sealed[journal->nsealed++] = *sealed;
	journal->sealed_bytes += sealed->bytes;
}

static void
commit_iov(struct journal *journal, const struct buf *bytes)
{
	if (bytes->len == 0)
		return;
	if (journal->niov == journal->iov_room) {
		size_t room =
		    journal->iov_room == 0 ? 64 : journal->iov_room * 2;

		journal->iov =
		    realloc(journal->iov, room * sizeof(*journal->iov));
		if (journal->iov == NULL)
			log_die("out of memory: group of appends");
		journal->iov_room = room;
	}
	journal->iov[journal->niov++] =
	    (struct iovec){bytes->bytes, bytes->len};
}

/* Once when it begins and once when it ends: a full disk lasts. */
static void
commit_refuse(struct journal *journal, const char *why, const char *text)
{
	if (why == journal->refusing)
		return;
	if (why != NULL)
		log_error("journal_refuses", "why=\"%s\" %s", why, text);
	else
		log_info(
		    "journal_accepts", "again after \"%s\"", journal->refusing);
	journal->refusing = why;
}

static const char commit_why_limit[] = "limit";
static const char commit_why_disk[] = "disk";
static const char commit_why_write[] = "write";

/*
 * Room under `journal: limit:` and on the file system; NULL: there is. A tick
 * may pass both: without time the alarms would stand still, and a silent feed
 * would not be seen.
 */
static const char *
commit_full(
    struct journal *journal, const struct pending *pending, uint64_t more)
{
	uint64_t limit = (uint64_t)journal->config.limit_bytes;
	bool data = pending->kind == SEGMENT_BATCH;

	more += pending->header.len + pending->payload.len;
	if (!data)
		limit += LIMIT_TICK_RESERVE;
	if (journal->sealed_bytes + journal->writer.bytes + more > limit)
		return commit_why_limit;
	return data && !meter_admits(&journal->meter, more) ? commit_why_disk
							    : NULL;
}

/* Whether a tick at `now_ms` closes the segment, with `bytes` in it. */
static bool
commit_closes(const struct journal *journal, uint64_t bytes, int64_t now_ms)
{
	return bytes >= (uint64_t)journal->config.segment_size_bytes ||
	    now_ms - journal->writer.made_ms >= journal->config.segment_age_ms;
}

/* What is written at once. */
struct group {
	struct pending *first, *rest;
	uint64_t bytes, entries, refused;
	int64_t now_ms;
	bool closes;
	bool input;	  /* something else than ticks was taken */
	const char *full; /* why some were refused */
	struct err err;
};

static void
commit_stamp(
    struct journal *journal, struct group *group, struct pending *pending)
{
	pending->seq = journal->next_seq + group->entries++;
	segment_stamp(buf_span(&pending->header), pending->payload_crc,
	    journal->writer.segment_id, pending->seq, group->now_ms);
	commit_iov(journal, &pending->header);
	commit_iov(journal, &pending->payload);
	group->bytes += pending->header.len + pending->payload.len;
	group->input = group->input || pending->kind != SEGMENT_TICK;
}

/* Numbers what may be written, up to a tick that closes the segment. */
static void
commit_gather(struct journal *journal, struct group *group)
{
	struct pending *pending = group->first;
	const char *full;

	journal->niov = 0;
	for (; pending != NULL && !group->closes; pending = pending->next) {
		group->rest = pending->next;
		if (pending->header.len == 0)
			continue;
		full = commit_full(journal, pending, group->bytes);
		if (full != NULL) {
			pending->rc = RC_RETRY;
			group->refused++;
			group->full = full;
			continue;
		}
		commit_stamp(journal, group, pending);
		group->closes = pending->kind == SEGMENT_TICK &&
		    commit_closes(journal, journal->writer.bytes + group->bytes,
			group->now_ms);
	}
	if (group->full == commit_why_limit)
		err_set(&group->err, RC_RETRY,
		    "the journal has reached its limit of %lld bytes "
		    "(journal: limit:)",
		    (long long)journal->config.limit_bytes);
	else if (group->full == commit_why_disk)
		err_set(&group->err, RC_RETRY,
		    "the journal's disk has %llu bytes left, and %llu are "
		    "kept for checkpoints",
		    (unsigned long long)journal->meter.disk_bytes,
		    (unsigned long long)journal->meter.reserve_bytes);
}

/* Nothing of the group was kept. */
static void
commit_give_up(struct journal *journal, struct group *group)
{
	struct pending *pending = group->first;

	group->refused = group->entries = group->bytes = 0;
	for (; pending != group->rest; pending = pending->next) {
		if (pending->header.len == 0)
			continue;
		pending->rc = RC_RETRY;
		pending->seq = 0;
		group->refused++;
	}
	group->closes = false;
	commit_refuse(journal, commit_why_write, group->err.text);
}

static enum rc
commit_make_segment(struct journal *journal, int64_t now_ms, struct err *err)
{
	enum rc rc = writer_create(&journal->writer, journal->folder_fd,
	    journal->next_seq, now_ms, err);

	if (rc == RC_OK)
		log_info("segment_opened", "seq=%llu",
		    (unsigned long long)journal->next_seq);
	return rc;
}

void
commit_opened(struct journal *journal)
{
	journal->opened_first = journal->writer.first_seq;
	journal->opened_id = journal->writer.segment_id;
}

/* The first segment of this life, unless recovery left one to go on with. */
static enum rc
commit_first(struct journal *journal, int64_t now_ms, struct err *err)
{
	enum rc rc = commit_make_segment(journal, now_ms, err);

	if (rc != RC_OK)
		return rc;
	pthread_mutex_lock(&journal->lock);
	commit_opened(journal);
	pthread_mutex_unlock(&journal->lock);
	return RC_OK;
}

/* On the disk when this returns, or refused as a whole. */
static void
commit_write(struct journal *journal, struct group *group)
{
	int64_t began_ns = meter_now_ns();
	enum rc rc = RC_OK;

	if (journal->writer.fd < 0)
		rc = commit_first(journal, group->now_ms, &group->err);
	if (rc == RC_OK) {
		commit_gather(journal, group);
		if (group->entries == 0)
			rc = RC_AGAIN;
		else
			rc = writer_put(&journal->writer, journal->iov,
			    journal->niov, &group->err);
	}
	if (rc == RC_RETRY)
		commit_give_up(journal, group);
	if (rc != RC_OK)
		return;
	writer_sync(&journal->writer);
	meter_commit(&journal->meter, began_ns, meter_now_ns());
	meter_wrote(&journal->meter, group->bytes);
	journal->next_seq += group->entries;
	journal->last_ms = group->now_ms;
	if (journal->writer.last_seq < journal->writer.first_seq)
		journal->writer.first_ms = group->now_ms;
	journal->writer.last_seq = journal->next_seq - 1;
	journal->writer.last_ms = group->now_ms;
}

static void
commit_settle(
    struct journal *journal, const struct pending *pending, int64_t now_ms)
{
	if (pending->request != NULL && pending->rc == RC_OK)
		requests_settle(
		    &journal->requests, pending->request, pending->seq, now_ms);
	else if (pending->request != NULL)
		requests_drop(&journal->requests, pending->request);
	if (pending->source_len > 0 && pending->rc == RC_OK)
		marks_note(&journal->marks,
		    span_make(pending->header.bytes + SEGMENT_FIXED,
			pending->source_len),
		    pending->mark, pending->seq);
}

/* Makes it known: request ids, the last entry, those who wait. */
static void
commit_publish(struct journal *journal, struct group *group)
{
	struct pending *pending = group->first;

	pthread_mutex_lock(&journal->lock);
	for (; pending != group->rest; pending = pending->next) {
		journal->waiting_bytes -=
		    pending->header.len + pending->payload.len;
		if (pending->rc == RC_OK)
			recent_keep(
			    journal->recent, &pending->plain, pending->seq);
		commit_settle(journal, pending, group->now_ms);
	}
	counter_set(
	    &journal_stats[JOURNAL_WAITING], (int64_t)journal->waiting_bytes);
	if (group->entries > 0)
		atomic_store(&journal->durable_ms, group->now_ms);
	atomic_store(&journal->last_seq, journal->next_seq - 1);
	counter_set(&journal_stats[JOURNAL_REQUEST_IDS],
	    (int64_t)journal->requests.durable);
	counter_set(
	    &journal_stats[JOURNAL_MARKS], (int64_t)journal->marks.table.count);
	pthread_cond_broadcast(&journal->durable);
	pthread_mutex_unlock(&journal->lock);
}

void
commit_look(struct journal *journal)
{
	uint64_t size = journal->sealed_bytes + journal->writer.bytes;

	counter_set(&journal_stats[JOURNAL_SIZE], (int64_t)size);
	meter_look(&journal->meter, journal->folder_fd, meter_now_ns());
	meter_room(
	    &journal->meter, (uint64_t)journal->config.limit_bytes, size);
}

static void
commit_count(struct journal *journal, const struct group *group)
{
	counter_add(&journal_stats[JOURNAL_ENTRIES], (int64_t)group->entries);
	counter_add(&journal_stats[JOURNAL_BYTES], (int64_t)group->bytes);
	counter_add(&journal_stats[JOURNAL_COMMITS], group->entries > 0);
	counter_add(
	    &journal_stats[JOURNAL_REFUSED_FULL], (int64_t)group->refused);
	commit_look(journal);
	counter_set(
	    &journal_stats[JOURNAL_LAST_SEQ], (int64_t)(journal->next_seq - 1));
	if (group->refused == 0 && group->entries > 0 && group->input)
		commit_refuse(journal, NULL, "");
	else if (group->refused > 0 && journal->refusing == NULL)
		commit_refuse(journal, group->full, group->err.text);
}

/*
 * The tick just written ends the segment, if a successor can be made; without
 * space for one the segment goes on, and the next tick tries again.
 */
static void
commit_rotate(struct journal *journal, int64_t now_ms)
{
	struct writer before = journal->writer;
	const struct sealed sealed = {.first_seq = before.first_seq,
	    .last_seq = before.last_seq,
	    .first_ms = before.first_ms,
	    .last_ms = before.last_ms,
	    .bytes = before.bytes,
	    .id = before.segment_id};
	struct err err;

	file_sync(before.fd, "a segment");
	if (commit_make_segment(journal, now_ms, &err) != RC_OK) {
		commit_refuse(journal, commit_why_write, err.text);
		journal->writer = before;
		return;
	}
	writer_close(&before);
	pthread_mutex_lock(&journal->lock);
	commit_seal(journal, &sealed);
	commit_opened(journal);
	pthread_mutex_unlock(&journal->lock);
	counter_add(&journal_stats[JOURNAL_SEALED], 1);
	log_info("segment_sealed", "first=%llu last=%llu bytes=%llu",
	    (unsigned long long)sealed.first_seq,
	    (unsigned long long)sealed.last_seq,
	    (unsigned long long)sealed.bytes);
}

/* Commits the beginning of the list; returns the rest. */
static struct pending *
commit_group(struct journal *journal, struct pending *first)
{
	struct group group = {
	    .first = first, .now_ms = clock_now_ms(journal->clock)};
	struct pending *next;

	if (group.now_ms < journal->last_ms)
		group.now_ms = journal->last_ms;
	commit_write(journal, &group);
	/* Before anybody is woken, who would look for the sealed segment. */
	if (group.closes)
		commit_rotate(journal, group.now_ms);
	commit_publish(journal, &group);
	commit_count(journal, &group);
	for (; first != group.rest; first = next) {
		next = first->next;
		commit_answer(journal, first, &group.err);
	}
	return group.rest;
}

/* Everything that waits; NULL when there is nothing and will be nothing. */
static struct pending *
commit_take(struct journal *journal)
{
	struct pending *all;

	pthread_mutex_lock(&journal->lock);
	while (journal->first == NULL &&
	    !(journal->stop && journal->entering == 0))
		pthread_cond_wait(&journal->work, &journal->lock);
	all = journal->first;
	journal->first = NULL;
	journal->last = &journal->first;
	pthread_mutex_unlock(&journal->lock);
	return all;
}

void *
commit_run(void *cookie)
{
	struct journal *journal = cookie;
	struct pending *list;

	pthread_setname_np(pthread_self(), "journal");
	while ((list = commit_take(journal)) != NULL)
		while (list != NULL)
			list = commit_group(journal, list);
	return NULL;
}
