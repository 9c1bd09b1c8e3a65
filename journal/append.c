/* journal_append: the caller's half of the way to the disk; see commit.h. */
#include <stdlib.h>

#include "base/crc32c.h"
#include "base/limits.h"
#include "base/log.h"
#include "journal/codec.h"
#include "journal/commit.h"

static size_t
append_plain(const struct entry *entry)
{
	size_t sum = entry->config.len;

	for (size_t i = 0; i < entry->nrecords; i++)
		if (entry->records[i].len > LIMIT_ENTRY_BYTES)
			return SIZE_MAX;
		else
			sum += entry->records[i].len;
	return sum;
}

static enum rc
append_check(const struct entry *entry, size_t plain, struct err *err)
{
	invariant(entry->kind == ENTRY_BATCH || entry->kind == ENTRY_TICK ||
	    entry->kind == ENTRY_CONFIG);
	invariant(entry->kind == ENTRY_BATCH || entry->nrecords == 0);
	invariant(entry->kind == ENTRY_CONFIG || entry->config.len == 0);
	if (plain > (size_t)LIMIT_ENTRY_BYTES)
		return err_set(err, RC_REJECT, "an entry of more than %lld MiB",
		    LIMIT_ENTRY_BYTES / MIB);
	if (entry->nrecords > LIMIT_ENTRY_RECORDS)
		return err_set(err, RC_REJECT,
		    "an entry of more than %d records", LIMIT_ENTRY_RECORDS);
	if (entry->source.len > LIMIT_NAME ||
	    entry->request_id.len > LIMIT_REQUEST_ID)
		return err_set(err, RC_REJECT,
		    "a source of more than %d or a request id of more than %d "
		    "bytes",
		    LIMIT_NAME, LIMIT_REQUEST_ID);
	return RC_OK;
}

/* What is answered without being written comes through the queue too, so that
 * callbacks run where they are said to. */
static struct pending *
append_new(journal_done *done, void *cookie)
{
	struct pending *pending = calloc(1, sizeof(*pending));

	if (pending == NULL)
		log_die("out of memory: append");
	pending->done = done;
	pending->cookie = cookie;
	return pending;
}

static void
append_queue(struct journal *journal, struct pending *pending)
{
	*journal->last = pending;
	journal->last = &pending->next;
	pthread_cond_signal(&journal->work);
}

static void
append_join(struct pending *first, journal_done *done, void *cookie)
{
	struct waiter *waiter = malloc(sizeof(*waiter));

	if (waiter == NULL)
		log_die("out of memory: append");
	*waiter = (struct waiter){done, cookie, first->repeats};
	first->repeats = waiter;
}

/*
 * Under the lock. RC_OK: a new entry, in `pending`, to be compressed and
 * queued. RC_AGAIN: a repeat, somebody answers it. Else refused.
 */
static enum rc
append_enter(struct journal *journal, const struct entry *entry,
    struct pending **pending, journal_done *done, void *cookie, struct err *err)
{
	struct request *request = NULL;
	int64_t mark;
	bool marked = entry->kind == ENTRY_BATCH &&
	    marks_range(entry->source, entry->request_id, &mark);

	if (journal->stop)
		return err_set(err, RC_RETRY, "the journal is shutting down");
	if (journal_returned(journal, entry->request_id)) {
		*pending = append_new(done, cookie);
		(*pending)->seq =
		    replica_id_seq(entry->request_id, journal_origin(journal));
		append_queue(journal, *pending);
		return RC_AGAIN;
	}
	if (entry->request_id.len > 0 && !marked)
		request = requests_find(
		    &journal->requests, entry->source, entry->request_id);
	if (request != NULL)
		counter_add(&journal_stats[JOURNAL_REPEATS], 1);
	if (request != NULL && request->seq == 0) {
		append_join(request->pending, done, cookie);
		return RC_AGAIN;
	}
	if (request == NULL &&
	    journal->waiting_bytes > (size_t)LIMIT_COMMIT_BYTES) {
		counter_add(&journal_stats[JOURNAL_REFUSED_BUSY], 1);
		return err_set(err, RC_RETRY,
		    "the disk is behind: %zu bytes wait for it",
		    journal->waiting_bytes);
	}
	*pending = append_new(done, cookie);
	if (request != NULL) {
		(*pending)->seq = request->seq;
		append_queue(journal, *pending);
		return RC_AGAIN;
	}
	if (marked) {
		(*pending)->source_len = entry->source.len;
		(*pending)->mark = mark;
	} else if (entry->request_id.len > 0) {
		(*pending)->request = requests_begin(&journal->requests,
		    entry->source, entry->request_id, *pending);
	}
	journal->entering++;
	return RC_OK;
}

static void
append_encode(struct journal *journal, struct pending *pending,
    const struct entry *entry, size_t plain)
{
	struct segment_frame frame = {.kind = (enum segment_kind)entry->kind,
	    .nrecords = entry->nrecords,
	    .plain_len = plain,
	    .source = entry->source,
	    .request_id = entry->request_id};

	if (entry->kind == ENTRY_BATCH) {
		frame.format = codec_format(entry->records, entry->nrecords);
		codec_squeeze(
		    &pending->payload, entry->records, entry->nrecords);
		pending->plain = recent_copy(
		    journal->recent, entry->records, entry->nrecords, plain);
		if (pending->plain != NULL)
			recent_received(pending->plain, entry->received_ns);
	} else if (plain > 0) {
		codec_squeeze(&pending->payload, &entry->config, 1);
	}
	frame.coding = plain == 0 ? CODING_PLAIN : CODING_ZSTD;
	frame.payload_len = pending->payload.len;
	pending->kind = frame.kind;
	pending->payload_crc =
	    crc32c(0, pending->payload.bytes, pending->payload.len);
	segment_build(&pending->header, &frame, entry->records);
	invariant(
	    !buf_failed(&pending->header) && !buf_failed(&pending->payload));
}

void
journal_append(struct journal *journal, const struct entry *entry,
    journal_done *done, void *cookie)
{
	size_t plain = append_plain(entry);
	struct pending *pending = NULL;
	struct err err = {""};
	enum rc rc = append_check(entry, plain, &err);

	if (rc == RC_OK) {
		pthread_mutex_lock(&journal->lock);
		rc = append_enter(journal, entry, &pending, done, cookie, &err);
		pthread_mutex_unlock(&journal->lock);
	} else {
		counter_add(&journal_stats[JOURNAL_REFUSED_BAD], 1);
	}
	if (rc == RC_AGAIN)
		return;
	if (rc != RC_OK) {
		done(cookie, rc, 0, false, &err);
		return;
	}
	append_encode(journal, pending, entry, plain);
	pthread_mutex_lock(&journal->lock);
	journal->entering--;
	journal->waiting_bytes += pending->header.len + pending->payload.len;
	counter_set(
	    &journal_stats[JOURNAL_WAITING], (int64_t)journal->waiting_bytes);
	append_queue(journal, pending);
	pthread_mutex_unlock(&journal->lock);
}

struct append_wait {
	pthread_mutex_t lock;
	pthread_cond_t told;
	bool done;
	enum rc rc;
	uint64_t seq;
	struct err *err;
};

static void
append_told(
    void *cookie, enum rc rc, uint64_t seq, bool repeat, const struct err *err)
{
	struct append_wait *wait = cookie;

	(void)repeat;
	pthread_mutex_lock(&wait->lock);
	wait->rc = rc;
	wait->seq = seq;
	if (rc != RC_OK)
		*wait->err = *err;
	wait->done = true;
	pthread_cond_signal(&wait->told);
	pthread_mutex_unlock(&wait->lock);
}

enum rc
journal_append_wait(struct journal *journal, const struct entry *entry,
    uint64_t *seq, struct err *err)
{
	struct append_wait wait = {.lock = PTHREAD_MUTEX_INITIALIZER,
	    .told = PTHREAD_COND_INITIALIZER,
	    .err = err};

	journal_append(journal, entry, append_told, &wait);
	pthread_mutex_lock(&wait.lock);
	while (!wait.done)
		pthread_cond_wait(&wait.told, &wait.lock);
	pthread_mutex_unlock(&wait.lock);
	pthread_cond_destroy(&wait.told);
	pthread_mutex_destroy(&wait.lock);
	if (seq != NULL)
		*seq = wait.seq;
	return wait.rc;
}
