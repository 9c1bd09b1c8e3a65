#include "app/readahead.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"

/* What is handed over at one time: small entries and files go together, or
 * waking threads would cost more than they save. */
#define LOAD_BYTES ((size_t)256 * KIB)
#define LOAD_ITEMS 256
#define LOADS 4

struct readahead_said {
	enum rc rc;
	const char *text; /* of an error */
	struct source_chunk chunk;
};

struct readahead_load {
	struct arena arena;
	struct readahead_said *said;
	size_t count;
	size_t bytes; /* as counted in the sum */
};

struct readahead {
	struct inputs *inputs;
	size_t at; /* the input being read: of who reads */
	bool alone;
	pthread_t reader;
	struct readahead_load loads[LOADS]; /* a ring */
	size_t given;			    /* of the load being taken */
	pthread_mutex_t lock;
	pthread_cond_t ready, room;
	/* Guarded by the lock: */
	size_t bytes;	     /* in loads that are not taken */
	size_t filled, done; /* loads, ever */
	bool ended;	     /* no more loads come */
};

/* The next of the inputs, one after the other. */
static enum rc
readahead_read(
    struct readahead *ahead, struct source_chunk *chunk, struct err *err)
{
	enum rc rc;

	if (ahead->at == ahead->inputs->count)
		return RC_AGAIN;
	rc = input_next(&ahead->inputs->at[ahead->at], chunk, err);
	if (rc == RC_AGAIN)
		ahead->at++;
	else if (rc != RC_OK && rc != RC_REJECT)
		ahead->at = ahead->inputs->count;
	return rc;
}

/* The next chunk takes the memory of what the chunk borrows. */
static void
readahead_keep(struct arena *arena, struct source_chunk *chunk)
{
	struct entry *entry = &chunk->entry;
	struct span *records;
	size_t len = 0;
	char *to;

	records = arena_room(arena, chunk->nrecords * sizeof(*records));
	for (size_t i = 0; i < chunk->nrecords; i++)
		len += chunk->records[i].len;
	to = arena_room(arena, len);
	for (size_t i = 0; i < chunk->nrecords; i++) {
		records[i] = span_make(to, chunk->records[i].len);
		if (records[i].len > 0)
			memcpy(to, chunk->records[i].at, records[i].len);
		to += records[i].len;
	}
	chunk->records = records;
	if (chunk->kind != SOURCE_SEGMENT)
		return;
	entry->source = arena_copy(arena, entry->source);
	entry->request_id = arena_copy(arena, entry->request_id);
	entry->config = arena_copy(arena, entry->config);
	if (entry->kind == ENTRY_BATCH)
		entry->records = records;
}

/* Who fills is alone; true when nothing is left to read. */
static bool
readahead_fill(struct readahead *ahead, struct readahead_load *load)
{
	struct err err;

	load->count = 0;
	while (ahead->at < ahead->inputs->count && load->count < LOAD_ITEMS &&
	    load->arena.used < LOAD_BYTES) {
		struct readahead_said *said = &load->said[load->count++];

		*said = (struct readahead_said){0};
		said->rc = readahead_read(ahead, &said->chunk, &err);
		if (said->rc == RC_OK)
			readahead_keep(&load->arena, &said->chunk);
		else if (said->rc != RC_AGAIN)
			said->text =
			    arena_text(&load->arena, span_text(err.text));
	}
	return ahead->at == ahead->inputs->count;
}

static bool
readahead_has_room(const struct readahead *ahead)
{
	size_t waiting = ahead->filled - ahead->done;

	return waiting == 0 ||
	    (waiting < LOADS && ahead->bytes < (size_t)LIMIT_READAHEAD_BYTES);
}

/* The lock is held before and after. */
static void
readahead_work(struct readahead *ahead)
{
	struct readahead_load *load = &ahead->loads[ahead->filled % LOADS];
	bool last;

	pthread_mutex_unlock(&ahead->lock);
	last = readahead_fill(ahead, load);
	pthread_mutex_lock(&ahead->lock);
	load->bytes = load->arena.used;
	ahead->bytes += load->bytes;
	ahead->filled++;
	ahead->ended = ahead->ended || last;
	pthread_cond_signal(&ahead->ready);
}

static void *
readahead_main(void *cookie)
{
	struct readahead *ahead = cookie;

	pthread_setname_np(pthread_self(), "readahead");
	pthread_mutex_lock(&ahead->lock);
	while (!ahead->ended)
		if (readahead_has_room(ahead))
			readahead_work(ahead);
		else
			pthread_cond_wait(&ahead->room, &ahead->lock);
	pthread_mutex_unlock(&ahead->lock);
	return NULL;
}

static void
readahead_start(struct readahead *ahead)
{
	for (size_t i = 0; i < LOADS; i++) {
		ahead->loads[i].said =
		    calloc(LOAD_ITEMS, sizeof(*ahead->loads[i].said));
		if (ahead->loads[i].said == NULL)
			log_die("out of memory: reading ahead");
	}
	if (pthread_create(&ahead->reader, NULL, readahead_main, ahead) != 0)
		log_die("cannot start a thread: reading ahead");
}

struct readahead *
readahead_create(struct inputs *inputs, bool by_thread)
{
	struct readahead *ahead = calloc(1, sizeof(*ahead));

	if (ahead == NULL)
		log_die("out of memory: reading ahead");
	ahead->inputs = inputs;
	ahead->ended = inputs->count == 0;
	ahead->alone = !by_thread;
	for (size_t i = 0; i < LOADS; i++)
		arena_init(&ahead->loads[i].arena);
	pthread_mutex_init(&ahead->lock, NULL);
	pthread_cond_init(&ahead->ready, NULL);
	pthread_cond_init(&ahead->room, NULL);
	if (by_thread)
		readahead_start(ahead);
	return ahead;
}

void
readahead_free(struct readahead **ahead)
{
	struct readahead *old = *ahead;

	if (old == NULL)
		return;
	pthread_mutex_lock(&old->lock);
	old->ended = true;
	pthread_cond_signal(&old->room);
	pthread_mutex_unlock(&old->lock);
	if (!old->alone)
		pthread_join(old->reader, NULL);
	for (size_t i = 0; i < LOADS; i++) {
		arena_fini(&old->loads[i].arena);
		free(old->loads[i].said);
	}
	pthread_cond_destroy(&old->ready);
	pthread_cond_destroy(&old->room);
	pthread_mutex_destroy(&old->lock);
	free(old);
	*ahead = NULL;
}

/* All of it was given. */
static void
readahead_return(struct readahead *ahead, struct readahead_load *load)
{
	size_t bytes = load->bytes;

	arena_reset(&load->arena);
	pthread_mutex_lock(&ahead->lock);
	load->bytes = 0;
	ahead->bytes -= bytes;
	ahead->done++;
	pthread_cond_signal(&ahead->room);
	pthread_mutex_unlock(&ahead->lock);
	ahead->given = 0;
}

/* The next load; NULL behind the last. */
static struct readahead_load *
readahead_wait(struct readahead *ahead)
{
	bool ready;

	pthread_mutex_lock(&ahead->lock);
	while (ahead->filled == ahead->done && !ahead->ended)
		pthread_cond_wait(&ahead->ready, &ahead->lock);
	ready = ahead->filled > ahead->done;
	pthread_mutex_unlock(&ahead->lock);
	return ready ? &ahead->loads[ahead->done % LOADS] : NULL;
}

/* The load to take from. */
static struct readahead_load *
readahead_taken(struct readahead *ahead)
{
	struct readahead_load *load = &ahead->loads[ahead->done % LOADS];

	if (ahead->given > 0 && ahead->given < load->count)
		return load;
	if (ahead->given > 0)
		readahead_return(ahead, load);
	return readahead_wait(ahead);
}

enum rc
readahead_next(
    struct readahead *ahead, struct source_chunk *chunk, struct err *err)
{
	const struct readahead_load *load;
	const struct readahead_said *said;

	if (ahead->alone)
		return readahead_read(ahead, chunk, err);
	load = readahead_taken(ahead);
	if (load == NULL)
		return RC_AGAIN;
	said = &load->said[ahead->given++];
	*chunk = said->chunk;
	return said->text == NULL ? said->rc
				  : err_set(err, said->rc, "%s", said->text);
}
