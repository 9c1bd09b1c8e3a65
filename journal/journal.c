#include "journal/journal.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "journal/commit.h"
#include "journal/recover.h"
#include "journal/resume_codec.h"

#define SECOND_MS 1000LL
#define DAY_MS (24 * 3600 * SECOND_MS)

const struct option journal_options[] = {
    {"segment_size", OPTION_SIZE,
	offsetof(struct journal_config, segment_size_bytes), "64MiB", 256 * KIB,
	4 * GIB,
	"a segment is closed, at the next tick, when it has grown to this "
	"size"},
    {"segment_age", OPTION_DURATION,
	offsetof(struct journal_config, segment_age_ms), "5m", SECOND_MS,
	DAY_MS, "the same when it is this old"},
    {"retain", OPTION_DURATION, offsetof(struct journal_config, retain_ms),
	"7d", SECOND_MS, 3650 * DAY_MS,
	"entries are kept this long at least; a segment whose last entry is "
	"older is removed once a checkpoint and every delivery has passed it"},
    {"limit", OPTION_SIZE, offsetof(struct journal_config, limit_bytes),
	"20GiB", 256 * KIB, 1024 * 1024 * GIB,
	"when the journal has grown to this size, or its file system has less "
	"than 5 % of this size or 256MiB left, new data is answered 503 until "
	"segments are removed; it must hold what arrives within `retain`"},
    {0}};

struct counter journal_stats[JOURNAL_STATS] = {
    [JOURNAL_ENTRIES] = {.name = "tocsin_journal_entries_total",
	.help = "Entries made durable."},
    [JOURNAL_BYTES] = {.name = "tocsin_journal_bytes_total",
	.help = "Bytes of the entries made durable, compressed."},
    [JOURNAL_COMMITS] = {.name = "tocsin_journal_commits_total",
	.help = "Groups of entries made durable by one fdatasync."},
    [JOURNAL_REPEATS] = {.name = "tocsin_journal_repeats_total",
	.help = "Requests whose id was durable or in flight already."},
    [JOURNAL_RETURNED] = {.name = "tocsin_journal_returned_total",
	.help = "Batches of this log that a replica sent back; they are not "
		"kept again."},
    [JOURNAL_REFUSED_FULL] = {.name = "tocsin_journal_refused_total",
	.help = "Entries refused, by reason.",
	.labels = "reason=\"full\""},
    [JOURNAL_REFUSED_BUSY] = {.name = "tocsin_journal_refused_total",
	.help = "Entries refused, by reason.",
	.labels = "reason=\"busy\""},
    [JOURNAL_REFUSED_BAD] = {.name = "tocsin_journal_refused_total",
	.help = "Entries refused, by reason.",
	.labels = "reason=\"too_large\""},
    [JOURNAL_RECENT_MISSED] = {.name = "tocsin_journal_recent_missed_total",
	.help = "Entries that were not kept plain for the engine, for want of "
		"room: it decompresses them."},
    [JOURNAL_SEALED] = {.name = "tocsin_journal_sealed_total",
	.help = "Segments closed for good."},
    [JOURNAL_TORN] = {.name = "tocsin_journal_torn_total",
	.help = "Torn tails that start-up cut off."},
    [JOURNAL_QUARANTINED] = {.name = "tocsin_journal_quarantined_total",
	.help = "Damaged places that start-up found and stepped over."},
    [JOURNAL_TRIMMED] = {.name = "tocsin_journal_trimmed_total",
	.help = "Segments removed after their time."},
    [JOURNAL_COMMIT_TIME] = {.name = "tocsin_journal_commit_seconds_total",
	.help = "Time that all groups took to be written and synced.",
	.milli = true},
    [JOURNAL_COMMIT_SLOWEST] = {.name = "tocsin_journal_commit_slowest_seconds",
	.help = "The slowest of the groups of the last 30 to 60 seconds.",
	.gauge = true,
	.milli = true},
    [JOURNAL_WAITING] = {.name = "tocsin_journal_waiting_bytes",
	.help = "Bytes of entries, compressed, that wait for the disk.",
	.gauge = true},
    [JOURNAL_FREE] = {.name = "tocsin_journal_free_bytes",
	.help = "Bytes that new data may still take, by the limit and by the "
		"file system.",
	.gauge = true},
    [JOURNAL_REQUEST_IDS] = {.name = "tocsin_journal_request_ids",
	.help = "Request ids remembered.",
	.gauge = true},
    [JOURNAL_MARKS] = {.name = "tocsin_journal_marks",
	.help = "Partitions of Kafka topics whose positions are remembered.",
	.gauge = true},
    [JOURNAL_MARKS_FORGOTTEN] = {.name = "tocsin_journal_marks_forgotten_total",
	.help = "Positions of partitions that were one too many to remember."},
    [JOURNAL_SIZE] = {.name = "tocsin_journal_size_bytes",
	.help = "Bytes of all segments in the folder.",
	.gauge = true},
    [JOURNAL_LAST_SEQ] = {.name = "tocsin_journal_last_seq",
	.help = "Position of the last durable entry.",
	.gauge = true}};

static void
journal_free(struct journal *journal)
{
	writer_close(&journal->writer);
	if (journal->clock != NULL)
		clock_fini(journal->clock);
	free(journal->clock);
	if (journal->folder_fd >= 0)
		close(journal->folder_fd);
	if (journal->lock_fd >= 0)
		close(journal->lock_fd);
	requests_fini(&journal->requests);
	marks_fini(&journal->marks);
	recent_free(&journal->recent);
	free(journal->sealed);
	free(journal->iov);
	pthread_cond_destroy(&journal->durable);
	pthread_cond_destroy(&journal->work);
	pthread_mutex_destroy(&journal->lock);
	free(journal);
}

static struct journal *
journal_create(const struct journal_config *config)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	pthread_condattr_t monotonic;

	if (journal == NULL)
		log_die("out of memory: journal");
	journal->config = *config;
	journal->folder_fd = journal->lock_fd = journal->writer.fd = -1;
	journal->last = &journal->first;
	requests_init(&journal->requests);
	marks_init(&journal->marks);
	journal->recent = recent_create();
	pthread_mutex_init(&journal->lock, NULL);
	pthread_cond_init(&journal->work, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&journal->durable, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return journal;
}

static enum rc
journal_open_folder(struct journal *journal, const char *folder,
    const struct journal_resume *resume, struct err *err)
{
	if ((size_t)snprintf(journal->folder, sizeof(journal->folder), "%s",
		folder) >= sizeof(journal->folder) - FOLDER_NAME_SIZE - 1)
		return err_set(err, RC_FATAL, "%s: path too long", folder);
	if (file_make_folder(folder, err) != RC_OK)
		return RC_FATAL;
	if (folder_open(folder, &journal->folder_fd, err) != RC_OK)
		return RC_FATAL;
	if (folder_lock(folder, &journal->lock_fd, err) != RC_OK)
		return RC_FATAL;
	return recover_folder(journal, resume, err);
}

static void
journal_start(struct journal *journal, const struct journal_clock *clock)
{
	journal->clock = calloc(1, sizeof(*journal->clock));
	if (journal->clock == NULL)
		log_die("out of memory: clock");
	clock_init(journal->clock, clock, journal->last_ms);
	counter_set(
	    &journal_stats[JOURNAL_LAST_SEQ], (int64_t)journal->last_seq);
	counter_set(&journal_stats[JOURNAL_REQUEST_IDS],
	    (int64_t)journal->requests.durable);
	counter_set(
	    &journal_stats[JOURNAL_MARKS], (int64_t)journal->marks.table.count);
	counter_set(&journal_stats[JOURNAL_SIZE],
	    (int64_t)(journal->sealed_bytes + journal->writer.bytes));
	meter_init(&journal->meter, (uint64_t)journal->config.limit_bytes);
	commit_look(journal);
	if (pthread_create(&journal->committer, NULL, commit_run, journal) != 0)
		log_die("no thread for the journal");
	log_info("journal_open",
	    "folder=%s last=%llu sealed=%zu request_ids=%zu", journal->folder,
	    (unsigned long long)journal->last_seq, journal->nsealed,
	    journal->requests.durable);
}

enum rc
journal_open(struct journal **journal, const char *folder,
    const struct journal_config *config, const struct journal_clock *clock,
    const struct journal_resume *resume, struct err *err)
{
	struct journal *self = journal_create(config);
	enum rc rc = journal_open_folder(self, folder, resume, err);

	*journal = NULL;
	if (rc != RC_OK) {
		journal_free(self);
		return rc;
	}
	journal_start(self, clock);
	*journal = self;
	return RC_OK;
}

void
journal_close(struct journal **journal)
{
	struct journal *self = *journal;

	if (self == NULL)
		return;
	pthread_mutex_lock(&self->lock);
	self->stop = true;
	pthread_cond_signal(&self->work);
	pthread_mutex_unlock(&self->lock);
	journal_wake_all(self);
	pthread_join(self->committer, NULL);
	if (self->writer.fd >= 0)
		file_sync(self->writer.fd, "the last segment");
	journal_free(self);
	*journal = NULL;
}

struct recent *
journal_recent(struct journal *journal)
{
	return journal->recent;
}

int64_t
journal_now_ms(const struct journal *journal)
{
	return clock_now_ms(journal->clock);
}

uint64_t
journal_last(const struct journal *journal)
{
	return journal->last_seq;
}

int64_t
journal_last_ms(const struct journal *journal)
{
	return journal->durable_ms;
}

void
journal_set_origin(struct journal *journal, const char *origin)
{
	snprintf(journal->origin, sizeof(journal->origin), "%s", origin);
}

struct span
journal_origin(const struct journal *journal)
{
	return span_text(journal->origin);
}

bool
journal_returned(const struct journal *journal, struct span request_id)
{
	uint64_t seq = replica_id_seq(request_id, journal_origin(journal));

	/* A log that was set back gets from others what it lacks. */
	if (seq == 0 || seq > journal->last_seq)
		return false;
	counter_add(&journal_stats[JOURNAL_RETURNED], 1);
	return true;
}

static struct timespec
journal_deadline(int64_t timeout_ms)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += timeout_ms / SECOND_MS;
	at.tv_nsec += timeout_ms % SECOND_MS * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_nsec -= 1000000000;
		at.tv_sec++;
	}
	return at;
}

int64_t
journal_mark(struct journal *journal, struct span source)
{
	int64_t next;

	pthread_mutex_lock(&journal->lock);
	next = marks_next(&journal->marks, source);
	pthread_mutex_unlock(&journal->lock);
	return next;
}

enum rc
journal_wait(struct journal *journal, uint64_t seq, int64_t timeout_ms)
{
	struct timespec until = journal_deadline(timeout_ms);
	int failed = 0;
	enum rc rc;

	pthread_mutex_lock(&journal->lock);
	while (journal->last_seq <= seq && !journal->woken && failed == 0)
		failed = pthread_cond_timedwait(
		    &journal->durable, &journal->lock, &until);
	rc = journal->last_seq > seq ? RC_OK : RC_AGAIN;
	pthread_mutex_unlock(&journal->lock);
	return rc;
}

void
journal_wake_all(struct journal *journal)
{
	pthread_mutex_lock(&journal->lock);
	journal->woken = true;
	pthread_cond_broadcast(&journal->durable);
	pthread_mutex_unlock(&journal->lock);
}

enum rc
journal_sealed(
    struct journal *journal, uint64_t after, struct journal_segment *out)
{
	size_t low = 0, high;
	enum rc rc = RC_AGAIN;

	pthread_mutex_lock(&journal->lock);
	high = journal->nsealed;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (journal->sealed[middle].first_seq > after)
			high = middle;
		else
			low = middle + 1;
	}
	if (low < journal->nsealed) {
		const struct sealed *found = &journal->sealed[low];

		*out = (struct journal_segment){.first_seq = found->first_seq,
		    .last_seq = found->last_seq,
		    .first_ms = found->first_ms,
		    .last_ms = found->last_ms,
		    .bytes = found->bytes};
		folder_path(out->path, journal->folder, found->first_seq);
		rc = RC_OK;
	}
	pthread_mutex_unlock(&journal->lock);
	return rc;
}

void
journal_hold(struct journal *journal)
{
	pthread_mutex_lock(&journal->lock);
}

void
journal_release(struct journal *journal)
{
	pthread_mutex_unlock(&journal->lock);
}

void
journal_save(const struct journal *journal, uint64_t seq, struct buf *out)
{
	resume_save(journal, seq, out);
}
