/*
 * Options: what a configuration may say, in a table beside the code that uses
 * it. The table parses the configuration, prints the reference and the docs.
 *
 *   static const struct option journal_options[] = {
 *           {"segment_size", OPTION_SIZE, offsetof(struct journal_config,
 *               segment_size_bytes), "64MiB", 256 * KIB, 4 * GIB,
 *               "a segment is closed when it has grown to this size"},
 *           {0}};
 */
#ifndef BASE_OPTION_H
#define BASE_OPTION_H

#include <stdint.h>
#include <stdio.h>

#include "base/fault.h"
#include "base/tree.h"

enum option_type {
	OPTION_TEXT,	 /* struct span, NUL behind it */
	OPTION_PATH,	 /* the same; relative ones are of the file's folder */
	OPTION_ADDRESS,	 /* the same; host:port with a port of 0 to 65535 */
	OPTION_DURATION, /* int64_t, milliseconds */
	OPTION_SIZE,	 /* int64_t, bytes */
	OPTION_INT,	 /* int64_t */
	OPTION_BOOL	 /* bool */
};

struct option {
	const char *key; /* NULL ends the table */
	enum option_type type;
	size_t offset;	      /* into the struct that is filled */
	const char *fallback; /* as it would be written; NULL: stays empty */
	int64_t min, max;     /* of numbers; both 0: any */
	const char *help;     /* one sentence */
};

/*
 * Fills `into` from the map: fallbacks first, then what the map says. `map`
 * may be NULL. Does not look for unknown keys: option_known() does, with the
 * keys that are no options of this table in `also` (NULL-ended, may be NULL).
 */
void option_load(const struct option *table, const struct tree *map, void *into,
    struct arena *arena, struct faults *faults);
void option_known(const struct option *table, const char *const *also,
    const struct tree *map, struct faults *faults);

/* The table as commented YAML, each line indented by `indent` spaces. */
void option_print(const struct option *table, unsigned indent, FILE *to);

/* A path as seen from the folder of `file`. */
struct span
option_path(struct arena *arena, const char *file, struct span path);

#endif
