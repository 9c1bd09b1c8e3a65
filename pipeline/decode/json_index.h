/*
 * Where lines of JSON end, and where their timestamps begin: what the fast
 * path needs to know before it reads anything. Found by vectors, 64 bytes a
 * step; each kind of vector is a path, chosen when the program runs.
 *
 *   json_index_init(&index, record, json_path_best());
 *   while (json_index_next(&index, &line, &digits))
 *           ... line without its newline; digits is NULL, or behind the
 *               line's first },"timestamp":
 */
#ifndef PIPELINE_DECODE_JSON_INDEX_H
#define PIPELINE_DECODE_JSON_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/* What stands before a line's timestamp, behind the dimensions. */
#define JSON_MARK "},\"timestamp\":"
#define JSON_MARK_LEN (sizeof(JSON_MARK) - 1)

/* Events kept at one time: a block of 64 bytes can be 64 newlines. */
#define JSON_BLOCK 64
#define JSON_EVENTS 256
#define JSON_FIGURE_BEFORE 32
/* A block is looked at together with what stands this far behind it. */
#define JSON_AHEAD 3

struct json_figures {
	double max, min, sum, count;
};

struct json_path {
	const char *name;
	bool (*usable)(void); /* on this processor */
	/*
	 * Events from *at on, in their order: each newline, and each '}' with
	 * a 't' three bytes on (so some are none). Whole blocks: it moves *at
	 * past them and stops before the last that ends less than JSON_AHEAD
	 * bytes before `end`, or when `events` has no room for another block.
	 * Gives how many, at most JSON_EVENTS; two more may be written.
	 */
	size_t (*scan)(const char **at, const char *end, const char **events);
	/* Four numbers, the first at `at`, and what stands between them; where
	 * the object ends behind the last, or NULL. JSON_FIGURE_BEFORE bytes
	 * before `at` can be looked at. */
	const char *(*figures)(
	    const char *at, const char *end, struct json_figures *figures);
};

/* The best first; the last is portable. Ends with NULL. */
extern const struct json_path *const json_paths[];
extern const struct json_path json_path_avx2, json_path_sse2, json_path_neon;
/* The portable one's, for paths without their own. */
const char *json_figures_portable(
    const char *at, const char *end, struct json_figures *figures);
/* The first that is usable here. */
const struct json_path *json_path_best(void);

struct json_index {
	const struct json_path *path;
	const char *at, *end; /* scanned up to `at` */
	const char *line;     /* where the next line begins */
	const char *events[JSON_EVENTS + 2];
	size_t next, count;
};

void json_index_init(
    struct json_index *index, struct span record, const struct json_path *path);
/* The next line, the last with or without a newline; false at the end. */
bool json_index_next(
    struct json_index *index, struct span *line, const char **digits);

/* Events of a block as bits, the lowest first. */
static inline size_t
json_index_put(
    const char **events, size_t count, const char *block, uint64_t bits)
{
	for (; bits != 0; bits &= bits - 1)
		events[count++] = block + __builtin_ctzll(bits);
	return count;
}

#endif
