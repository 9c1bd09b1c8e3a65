/*
 * A document as a tree whose nodes know their line and column: JSON or YAML,
 * told by content. For what people write (configuration, alarm definitions,
 * scenarios), never for the data stream.
 *
 * Ownership. The tree's nodes and texts live in the arena it was parsed into.
 * Limits. LIMIT_TREE_NODES, LIMIT_JSON_DEPTH. YAML anchors and aliases are
 * refused. Of YAML's tags only the short forms of CloudFormation's functions
 * are read: "!Sub x" is {"Fn::Sub": x}, "!Ref x" is {"Ref": x}.
 */
#ifndef BASE_TREE_H
#define BASE_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"

enum tree_kind { TREE_NULL, TREE_SCALAR, TREE_LIST, TREE_MAP };

struct tree {
	enum tree_kind kind;
	bool quoted;	  /* a scalar in quotes: a string whatever it says */
	struct span text; /* of a scalar; NUL behind it */
	struct span key;  /* of a member of a map; NUL behind it */
	struct tree *first, *next; /* children; the next child of the parent */
	size_t count;		   /* children */
	const char *file;
	unsigned line, column; /* from 1; a member's place is its key's */
};

/*
 * Parses the text; faults carry `file`. NULL after a fault. With `env`,
 * ${NAME} and ${NAME:-default} in YAML scalars read the environment.
 */
struct tree *tree_parse(struct arena *arena, struct span text, const char *file,
    bool env, struct faults *faults);

/* The member of a map, NULL when absent or null or `map` is no map. */
const struct tree *tree_get(const struct tree *map, const char *key);

/*
 * Typed reads. Each adds a fault that says what would be right, and returns
 * false, when the node is of another kind. A NULL node is false, no fault.
 */
bool tree_text(const struct tree *node, struct span *out, struct faults *);
bool tree_double(const struct tree *node, double *out, struct faults *);
bool tree_int(const struct tree *node, int64_t *out, struct faults *);
bool tree_bool(const struct tree *node, bool *out, struct faults *);
bool tree_duration(const struct tree *node, int64_t *ms, struct faults *);
bool tree_is(const struct tree *node, enum tree_kind kind, struct faults *);

/* A fault at the node's place. */
void tree_fault(const struct tree *node, struct faults *faults,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Adds a fault for every key of `map` that is not in the NULL-ended list,
 * naming the nearest right one. */
void tree_known(
    const struct tree *map, const char *const *keys, struct faults *faults);
/* Nearest by edit distance; NULL when nothing is near. */
const char *tree_nearest(struct span key, const char *const *keys);

/* The node as compact JSON. */
void tree_print(const struct tree *node, struct buf *out);

#endif
