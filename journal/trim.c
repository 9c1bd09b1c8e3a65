/* journal_trim: the oldest segments go when nothing needs them any more. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "journal/commit.h"

/* In one call: the caller has other things to do. */
#define TRIM_AT_ONCE 64

/* How many of the oldest may go. */
static size_t
trim_count(struct journal *journal, uint64_t upto_seq)
{
	int64_t now_ms = clock_now_ms(journal->clock);
	size_t count = 0;

	pthread_mutex_lock(&journal->lock);
	while (count < journal->nsealed && count < TRIM_AT_ONCE &&
	    journal->sealed[count].last_seq <= upto_seq &&
	    now_ms - journal->sealed[count].last_ms > journal->config.retain_ms)
		count++;
	pthread_mutex_unlock(&journal->lock);
	return count;
}

/* Its file, and the tail that recovery may have cut off it. Synced before the
 * next one goes: after a power cut the log has lost a beginning, not a middle.
 */
static bool
trim_unlink(const struct journal *journal, uint64_t first_seq)
{
	char name[FOLDER_NAME_SIZE], tail[FOLDER_NAME_SIZE + 8];

	folder_name(name, first_seq);
	snprintf(tail, sizeof(tail), "%s.torn", name);
	unlinkat(journal->folder_fd, tail, 0);
	if (unlinkat(journal->folder_fd, name, 0) == 0 || errno == ENOENT) {
		file_sync(journal->folder_fd, journal->folder);
		return true;
	}
	log_error("segment_stays", "path=%s/%s why=\"%s\"", journal->folder,
	    name, strerror(errno));
	return false;
}

/* The first `count` are gone from the disk. */
static void
trim_forget(struct journal *journal, size_t count)
{
	uint64_t bytes = 0;

	pthread_mutex_lock(&journal->lock);
	for (size_t i = 0; i < count; i++)
		bytes += journal->sealed[i].bytes;
	journal->nsealed -= count;
	memmove(journal->sealed, journal->sealed + count,
	    journal->nsealed * sizeof(*journal->sealed));
	pthread_mutex_unlock(&journal->lock);
	journal->sealed_bytes -= bytes;
}

uint64_t
journal_trim(struct journal *journal, uint64_t upto_seq)
{
	size_t count = trim_count(journal, upto_seq), gone = 0;
	uint64_t last_seq = 0;

	/* Only behind `count` may the list grow meanwhile, and move. */
	while (gone < count) {
		uint64_t first_seq;

		pthread_mutex_lock(&journal->lock);
		first_seq = journal->sealed[gone].first_seq;
		last_seq = journal->sealed[gone].last_seq;
		pthread_mutex_unlock(&journal->lock);
		if (!trim_unlink(journal, first_seq))
			break;
		gone++;
	}
	if (gone == 0)
		return 0;
	trim_forget(journal, gone);
	counter_add(&journal_stats[JOURNAL_TRIMMED], (int64_t)gone);
	log_info("segments_trimmed", "count=%zu before=%llu", gone,
	    (unsigned long long)last_seq + 1);
	return gone;
}
