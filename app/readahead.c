#include "app/readahead.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "pipeline/decode/decode.h"

/* What is handed over at one time: small entries and files go together, or
 * waking threads would cost more than they save. */
#define LOAD_BYTES ((size_t)256 * KIB)
#define LOAD_ITEMS 256
/* Loads that wait beside those being filled. */
#define LOADS_WAITING 3

struct readahead_said {
	enum rc rc;
	const char *text; /* of an error */
	struct readahead_item item;
};

struct readahead_load {
	struct arena arena;
	struct readahead_said *said;
	size_t count;
	size_t bytes; /* as counted in the sum */
	bool ready;   /* for who takes; guarded by the lock */
};

struct readahead {
	struct inputs *inputs;
	size_t at; /* the input being read: of who reads */
	bool decode;
	struct readahead_load *loads; /* a ring */
	size_t nloads, given;	      /* of the load being taken */
	pthread_t *threads;
	size_t nthreads; /* beside the caller's */
	pthread_mutex_t lock;
	pthread_cond_t ready, room;
	/* Guarded by the lock: */
	size_t bytes;	    /* in loads that are not taken */
	size_t begun, done; /* loads, ever: filled or being filled; taken */
	bool reading;	    /* a thread fills a load */
	bool ended;	    /* no more loads begin */
};

static struct readahead_load *
readahead_load(struct readahead *ahead, size_t number)
{
	return &ahead->loads[number % ahead->nloads];
}

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

static void
readahead_decode(struct arena *arena, struct readahead_item *item)
{
	struct decoded decoded;

	decoded_init(&decoded, arena);
	for (size_t i = 0; i < item->chunk.nrecords; i++)
		decode_record(&decoded, item->chunk.records[i], i);
	item->points = decoded.points;
	item->npoints = decoded.npoints;
	item->nrejects = decoded.nrejects;
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
		said->rc = readahead_read(ahead, &said->item.chunk, &err);
		if (said->rc == RC_OK)
			readahead_keep(&load->arena, &said->item.chunk);
		else if (said->rc != RC_AGAIN)
			said->text =
			    arena_text(&load->arena, span_text(err.text));
	}
	return ahead->at == ahead->inputs->count;
}

static bool
readahead_has_room(const struct readahead *ahead)
{
	size_t waiting = ahead->begun - ahead->done;

	return waiting == 0 ||
	    (waiting < ahead->nloads &&
		ahead->bytes < (size_t)LIMIT_READAHEAD_BYTES);
}

static bool
readahead_can_begin(const struct readahead *ahead)
{
	return !ahead->ended && !ahead->reading && readahead_has_room(ahead);
}

static void
readahead_weigh(struct readahead *ahead, struct readahead_load *load)
{
	ahead->bytes += load->arena.used - load->bytes;
	load->bytes = load->arena.used;
}

/* Fills the next load and decodes it. The lock is held before and after. */
static void
readahead_work(struct readahead *ahead)
{
	struct readahead_load *load = readahead_load(ahead, ahead->begun++);
	bool last;

	ahead->reading = true;
	pthread_mutex_unlock(&ahead->lock);
	last = readahead_fill(ahead, load);
	pthread_mutex_lock(&ahead->lock);
	readahead_weigh(ahead, load);
	ahead->reading = false;
	ahead->ended = ahead->ended || last;
	if (ahead->ended)
		pthread_cond_broadcast(&ahead->room);
	else
		pthread_cond_signal(&ahead->room);
	if (ahead->decode) {
		/* Who takes may have nothing to do but read on. */
		pthread_cond_signal(&ahead->ready);
		pthread_mutex_unlock(&ahead->lock);
		for (size_t i = 0; i < load->count; i++)
			readahead_decode(&load->arena, &load->said[i].item);
		pthread_mutex_lock(&ahead->lock);
		readahead_weigh(ahead, load);
	}
	load->ready = true;
	pthread_cond_signal(&ahead->ready);
}

static void *
readahead_main(void *cookie)
{
	struct readahead *ahead = cookie;

	pthread_setname_np(pthread_self(), "readahead");
	pthread_mutex_lock(&ahead->lock);
	while (!ahead->ended)
		if (readahead_can_begin(ahead))
			readahead_work(ahead);
		else
			pthread_cond_wait(&ahead->room, &ahead->lock);
	pthread_mutex_unlock(&ahead->lock);
	return NULL;
}

static void
readahead_load_init(struct readahead_load *load, bool alone)
{
	arena_init(&load->arena);
	if (alone)
		return;
	load->said = calloc(LOAD_ITEMS, sizeof(*load->said));
	if (load->said == NULL)
		log_die("out of memory: reading ahead");
}

struct readahead *
readahead_create(struct inputs *inputs, size_t threads, bool decode)
{
	struct readahead *ahead = calloc(1, sizeof(*ahead));
	bool alone = threads == 1;

	invariant(threads >= 1);
	if (ahead == NULL)
		log_die("out of memory: reading ahead");
	ahead->inputs = inputs;
	ahead->decode = decode;
	ahead->ended = inputs->count == 0;
	ahead->nloads = alone ? 1 : threads - 1 + LOADS_WAITING;
	ahead->loads = calloc(ahead->nloads, sizeof(*ahead->loads));
	ahead->threads = calloc(threads, sizeof(*ahead->threads));
	if (ahead->loads == NULL || ahead->threads == NULL)
		log_die("out of memory: reading ahead");
	for (size_t i = 0; i < ahead->nloads; i++)
		readahead_load_init(&ahead->loads[i], alone);
	pthread_mutex_init(&ahead->lock, NULL);
	pthread_cond_init(&ahead->ready, NULL);
	pthread_cond_init(&ahead->room, NULL);
	for (; ahead->nthreads < threads - 1; ahead->nthreads++)
		if (pthread_create(&ahead->threads[ahead->nthreads], NULL,
			readahead_main, ahead) != 0)
			log_die("cannot start a thread: reading ahead");
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
	pthread_cond_broadcast(&old->room);
	pthread_mutex_unlock(&old->lock);
	for (size_t i = 0; i < old->nthreads; i++)
		pthread_join(old->threads[i], NULL);
	for (size_t i = 0; i < old->nloads; i++) {
		arena_fini(&old->loads[i].arena);
		free(old->loads[i].said);
	}
	pthread_cond_destroy(&old->ready);
	pthread_cond_destroy(&old->room);
	pthread_mutex_destroy(&old->lock);
	free(old->loads);
	free(old->threads);
	free(old);
	*ahead = NULL;
}

static enum rc
readahead_alone(
    struct readahead *ahead, struct readahead_item *item, struct err *err)
{
	struct arena *arena = &ahead->loads[0].arena;
	enum rc rc;

	*item = (struct readahead_item){0};
	rc = readahead_read(ahead, &item->chunk, err);
	if (rc != RC_OK || !ahead->decode)
		return rc;
	arena_reset(arena);
	readahead_decode(arena, item);
	return rc;
}

/* All of it was given. */
static void
readahead_return(struct readahead *ahead, struct readahead_load *load)
{
	size_t bytes = load->bytes;

	arena_reset(&load->arena);
	pthread_mutex_lock(&ahead->lock);
	load->ready = false;
	load->bytes = 0;
	ahead->bytes -= bytes;
	ahead->done++;
	pthread_cond_signal(&ahead->room);
	pthread_mutex_unlock(&ahead->lock);
	ahead->given = 0;
}

/* The next load; NULL behind the last. Instead of waiting for others to decode
 * it, the caller does their work on the one behind it. */
static struct readahead_load *
readahead_wait(struct readahead *ahead)
{
	struct readahead_load *load = readahead_load(ahead, ahead->done);
	bool ready;

	pthread_mutex_lock(&ahead->lock);
	while (!load->ready && !(ahead->ended && ahead->begun == ahead->done))
		if (ahead->decode && readahead_can_begin(ahead))
			readahead_work(ahead);
		else
			pthread_cond_wait(&ahead->ready, &ahead->lock);
	ready = load->ready;
	pthread_mutex_unlock(&ahead->lock);
	return ready ? load : NULL;
}

/* The load to take from. */
static struct readahead_load *
readahead_taken(struct readahead *ahead)
{
	struct readahead_load *load = readahead_load(ahead, ahead->done);

	if (ahead->given > 0 && ahead->given < load->count)
		return load;
	if (ahead->given > 0)
		readahead_return(ahead, load);
	return readahead_wait(ahead);
}

enum rc
readahead_next(
    struct readahead *ahead, struct readahead_item *item, struct err *err)
{
	const struct readahead_load *load;
	const struct readahead_said *said;

	if (ahead->nthreads == 0)
		return readahead_alone(ahead, item, err);
	load = readahead_taken(ahead);
	if (load == NULL)
		return RC_AGAIN;
	said = &load->said[ahead->given++];
	*item = said->item;
	return said->text == NULL ? said->rc
				  : err_set(err, said->rc, "%s", said->text);
}
