#include "journal/recent.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "journal/journal.h"

struct recent_plain {
	struct recent_plain *next;
	uint64_t seq;
	int64_t received_ns;
	struct buf bytes;
};

/* `room` is that of all buffers: copied, kept and spare. */
struct recent {
	pthread_mutex_t lock;
	struct recent_plain *first, **last;
	struct recent_plain *spare;
	size_t room;
	int64_t taken_ns;
	bool read;
};

struct recent *
recent_create(void)
{
	struct recent *recent = calloc(1, sizeof(*recent));

	if (recent == NULL)
		log_die("out of memory: journal");
	pthread_mutex_init(&recent->lock, NULL);
	recent->last = &recent->first;
	return recent;
}

static void
recent_free_list(struct recent *recent, struct recent_plain *plain)
{
	while (plain != NULL) {
		struct recent_plain *next = plain->next;

		recent->room -= plain->bytes.room;
		buf_fini(&plain->bytes);
		free(plain);
		plain = next;
	}
}

void
recent_free(struct recent **recent)
{
	struct recent *old = *recent;

	if (old == NULL)
		return;
	recent_free_list(old, old->first);
	recent_free_list(old, old->spare);
	pthread_mutex_destroy(&old->lock);
	free(old);
	*recent = NULL;
}

/* A spare one, or a new one without room yet. */
static struct recent_plain *
recent_new(struct recent *recent)
{
	struct recent_plain *plain = recent->spare;

	if (plain != NULL) {
		recent->spare = plain->next;
		return plain;
	}
	plain = calloc(1, sizeof(*plain));
	if (plain == NULL)
		log_die("out of memory: journal");
	return plain;
}

static void
recent_store(struct recent *recent, struct recent_plain *plain)
{
	plain->next = recent->spare;
	recent->spare = plain;
}

/* Makes the room, and accounts for it. */
static struct recent_plain *
recent_make(struct recent *recent, size_t len)
{
	struct recent_plain *plain = NULL;

	pthread_mutex_lock(&recent->lock);
	if (!recent->read) {
		pthread_mutex_unlock(&recent->lock);
		return NULL;
	}
	plain = recent_new(recent);
	plain->received_ns = 0;
	recent->room -= plain->bytes.room;
	buf_clear(&plain->bytes);
	if (len <= (size_t)LIMIT_RECENT_BYTES / 2)
		buf_reserve(&plain->bytes, len);
	recent->room += plain->bytes.room;
	if (recent->room > (size_t)LIMIT_RECENT_BYTES ||
	    plain->bytes.room < len) {
		plain->next = NULL;
		recent_free_list(recent, plain);
		plain = NULL;
		counter_add(&journal_stats[JOURNAL_RECENT_MISSED], 1);
	}
	pthread_mutex_unlock(&recent->lock);
	return plain;
}

struct recent_plain *
recent_copy(struct recent *recent, const struct span *pieces, size_t npieces,
    size_t len)
{
	struct recent_plain *plain = recent_make(recent, len);

	for (size_t i = 0; plain != NULL && i < npieces; i++)
		buf_span_put(&plain->bytes, pieces[i]);
	return plain;
}

void
recent_keep(struct recent *recent, struct recent_plain **plain, uint64_t seq)
{
	struct recent_plain *kept = *plain;

	*plain = NULL;
	if (kept == NULL)
		return;
	kept->seq = seq;
	kept->next = NULL;
	pthread_mutex_lock(&recent->lock);
	*recent->last = kept;
	recent->last = &kept->next;
	pthread_mutex_unlock(&recent->lock);
}

void
recent_drop(struct recent *recent, struct recent_plain **plain)
{
	if (*plain == NULL)
		return;
	pthread_mutex_lock(&recent->lock);
	recent_store(recent, *plain);
	pthread_mutex_unlock(&recent->lock);
	*plain = NULL;
}

void
recent_received(struct recent_plain *plain, int64_t received_ns)
{
	plain->received_ns = received_ns;
}

int64_t
recent_taken_ns(struct recent *recent)
{
	int64_t taken_ns;

	pthread_mutex_lock(&recent->lock);
	taken_ns = recent->taken_ns;
	pthread_mutex_unlock(&recent->lock);
	return taken_ns;
}

void
recent_begin(struct recent *recent)
{
	pthread_mutex_lock(&recent->lock);
	recent->read = true;
	pthread_mutex_unlock(&recent->lock);
}

bool
recent_take(struct recent *recent, uint64_t seq, size_t len, struct buf *out)
{
	struct recent_plain *plain;
	bool taken = false;

	pthread_mutex_lock(&recent->lock);
	while ((plain = recent->first) != NULL && plain->seq <= seq) {
		recent->first = plain->next;
		if (recent->first == NULL)
			recent->last = &recent->first;
		if (plain->seq == seq && plain->bytes.len == len) {
			struct buf before = *out;

			*out = plain->bytes;
			recent->room += before.room - out->room;
			plain->bytes = before;
			recent->taken_ns = plain->received_ns;
			taken = true;
		}
		recent_store(recent, plain);
	}
	pthread_mutex_unlock(&recent->lock);
	return taken;
}

void
recent_rest(struct recent *recent)
{
	pthread_mutex_lock(&recent->lock);
	recent_free_list(recent, recent->spare);
	recent->spare = NULL;
	pthread_mutex_unlock(&recent->lock);
}
