/* Group commit alone: many who append, one file that is synced. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "base/log.h"
#include "ingest_bench.h"
#include "journal/journal.h"

#define COMMIT_THREADS 64
/* As ten points of JSON; compressed, half of it. */
#define COMMIT_BYTES (4 * KIB)

struct commit {
	struct journal *journal;
	struct span record;
	pthread_mutex_t *turn; /* NULL: all at a time */
	atomic_bool stop;
	atomic_ulong done;
};

static void *
commit_run(void *cookie)
{
	struct commit *self = cookie;
	const struct entry entry = {
	    .kind = ENTRY_BATCH, .records = &self->record, .nrecords = 1};
	struct err err;
	uint64_t seq;

	while (!self->stop) {
		if (self->turn != NULL)
			pthread_mutex_lock(self->turn);
		if (journal_append_wait(self->journal, &entry, &seq, &err) !=
		    RC_OK)
			log_die("%s", err.text);
		if (self->turn != NULL)
			pthread_mutex_unlock(self->turn);
		atomic_fetch_add(&self->done, 1);
	}
	return NULL;
}

/* Appends a second. */
static double
commit_measure(struct commit *self, size_t threads, double seconds)
{
	const struct timespec length = {
	    (time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
	pthread_t ids[COMMIT_THREADS];

	self->stop = false;
	self->done = 0;
	for (size_t i = 0; i < threads; i++)
		if (pthread_create(&ids[i], NULL, commit_run, self) != 0)
			log_die("no thread");
	nanosleep(&length, NULL);
	self->stop = true;
	for (size_t i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	return (double)self->done / seconds;
}

void
commit_bench(const char *folder, double seconds)
{
	const struct journal_config config = {
	    1 * GIB, 3600000, 3600000, 64 * GIB};
	const struct journal_clock clock = {.start_ms = -1, .speed = 1};
	pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
	struct commit self = {0};
	struct buf bytes = {0};
	uint64_t state = 1;
	double one, together, each;
	struct err err;

	while (bytes.len < COMMIT_BYTES)
		buf_printf(&bytes, "%08x,", bench_random(&state));
	self.record = span_make(bytes.bytes, COMMIT_BYTES);
	if (journal_open(&self.journal, folder, &config, &clock, NULL, &err) !=
	    RC_OK)
		log_die("%s", err.text);
	one = commit_measure(&self, 1, seconds);
	together = commit_measure(&self, COMMIT_THREADS, seconds);
	self.turn = &turn;
	each = commit_measure(&self, COMMIT_THREADS, seconds);
	printf("{\"one\":%.0f,\"together\":%.0f,\"each\":%.0f}\n", one,
	    together, each);
	fflush(stdout);
	journal_close(&self.journal);
	buf_fini(&bytes);
}
