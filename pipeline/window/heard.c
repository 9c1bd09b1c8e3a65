#include "pipeline/window/heard.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"

#define HOUR_MS (60 * 60 * 1000LL)

void
heard_init(struct heard *heard)
{
	*heard =
	    (struct heard){.clock_ms = INT64_MIN, .listening_ms = INT64_MIN};
	arena_init(&heard->arena);
}

void
heard_fini(struct heard *heard)
{
	table_fini(&heard->by_key);
	arena_fini(&heard->arena);
	free(heard->at);
	*heard = (struct heard){0};
}

static void
heard_fade(struct heard *heard)
{
	for (size_t i = 0; i < heard->count; i++)
		if (heard->at[i]->lateness != NULL)
			lateness_fade(heard->at[i]->lateness);
}

void
heard_clock(struct heard *heard, int64_t now_ms)
{
	if (heard->clock_ms == INT64_MIN ||
	    now_ms - heard->clock_ms >= HEARD_GAP_MS)
		heard->listening_ms = now_ms;
	else if (now_ms / HOUR_MS != heard->clock_ms / HOUR_MS)
		heard_fade(heard);
	heard->clock_ms = now_ms;
}

static struct heard_mark *
heard_make(struct heard *heard, struct span key, const struct heard_mark *as)
{
	struct heard_mark *mark;

	if (heard->count >= LIMIT_HEARD) {
		heard->refused++;
		return NULL;
	}
	if (heard->count == heard->room) {
		heard->room = heard->room * 2 + 16;
		heard->at = realloc(
		    heard->at, heard->room * sizeof(struct heard_mark *));
		if (heard->at == NULL)
			log_die("out of memory: %zu marks", heard->room);
	}
	mark = arena_alloc(&heard->arena, sizeof(*mark));
	*mark =
	    (struct heard_mark){as->kind, arena_copy(&heard->arena, as->feed),
		arena_copy(&heard->arena, as->account),
		arena_copy(&heard->arena, as->region),
		arena_copy(&heard->arena, as->namespace), NULL, INT64_MIN};
	if (as->kind == HEARD_STREAM) {
		mark->lateness =
		    arena_alloc(&heard->arena, sizeof(*mark->lateness));
		*mark->lateness = (struct lateness){0};
	}
	table_put(&heard->by_key, arena_copy(&heard->arena, key), mark);
	heard->at[heard->count++] = mark;
	return mark;
}

static struct heard_mark *
heard_get(struct heard *heard, const struct heard_mark *as)
{
	const struct span parts[] = {
	    as->feed, as->account, as->region, as->namespace};
	struct heard_mark *mark;
	struct buf key = {0};

	buf_byte(&key, (char)('0' + as->kind));
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		buf_u32(&key, (unsigned)parts[i].len);
		buf_span_put(&key, parts[i]);
	}
	mark = table_get(&heard->by_key, buf_span(&key));
	if (mark == NULL)
		mark = heard_make(heard, buf_span(&key), as);
	buf_fini(&key);
	return mark;
}

struct heard_mark *
heard_feed(struct heard *heard, struct span feed)
{
	const struct heard_mark as = {.kind = HEARD_FEED, .feed = feed};

	return heard_get(heard, &as);
}

struct heard_mark *
heard_stream(struct heard *heard, struct span account, struct span region,
    struct span namespace)
{
	const struct heard_mark as = {.kind = HEARD_STREAM,
	    .account = account,
	    .region = region,
	    .namespace = namespace};

	return heard_get(heard, &as);
}

struct heard_mark *
heard_peer(struct heard *heard, struct span peer, struct span region)
{
	const struct heard_mark as = {
	    .kind = HEARD_PEER, .feed = peer, .region = region};

	return heard_get(heard, &as);
}

bool
heard_is_own(const struct heard_mark *mark)
{
	return mark->kind == HEARD_FEED ? span_is(mark->feed, "tocsin")
					: span_is(mark->namespace, "Tocsin");
}
