#include "pipeline/alarm/math/math.h"

#include <stdlib.h>

#include "base/log.h"
#include "pipeline/alarm/math/math_fault.h"
#include "pipeline/alarm/math/math_parse.h"
#include "pipeline/alarm/math/math_type.h"

struct compile {
	struct arena *arena;
	struct math_query *queries;
	size_t count;
	struct math_fault *fault;
	struct math_parse *parse;
	struct math_set *set;
	/* By query. */
	struct math *trees[LIMIT_MATH_QUERIES]; /* NULL: no expression */
	struct math_node *nodes[LIMIT_MATH_QUERIES];
	bool typed[LIMIT_MATH_QUERIES];
	bool rests[LIMIT_MATH_QUERIES][LIMIT_MATH_QUERIES]; /* on another */
	size_t order[LIMIT_MATH_QUERIES], ordered;
};

static bool
math_is_word(struct span text)
{
	static const char *const words[] = {"repeat", "linear", "asc", "desc"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (span_is(text, words[i]))
			return true;
	return false;
}

static bool
math_name(struct compile *compile, struct math_node *node)
{
	size_t i = 0;

	while (i < compile->count &&
	    !span_equal(compile->queries[i].id, node->text))
		i++;
	node->query = i;
	if (i == compile->count && math_is_word(node->text))
		return math_fail(compile->arena, compile->fault, node->column,
		    "keywords are upper case: REPEAT, LINEAR, ASC, DESC");
	if (i == compile->count)
		return math_fail(compile->arena, compile->fault, node->column,
		    "no query has the id %.*s%s", SPAN_ARGS(node->text),
		    math_hint(compile->arena, node->text, compile->set->ids,
			compile->count));
	if (compile->queries[i].skipped)
		return math_fail(compile->arena, compile->fault, node->column,
		    "%.*s is no metric and no metric math; tocsin takes it "
		    "in no expression",
		    SPAN_ARGS(node->text));
	return true;
}

static size_t
math_characters(struct span text)
{
	return math_column(text, text.len) - 1;
}

static bool
math_read(struct compile *compile, size_t query)
{
	struct span text = compile->queries[query].expression;
	struct math_parse *parse = compile->parse;
	struct math *math = arena_alloc(compile->arena, sizeof(*math));
	struct math_node *nodes;

	compile->fault->query = query;
	if (math_characters(text) > LIMIT_EXPRESSION)
		return math_fail(compile->arena, compile->fault, 0,
		    "an expression may have %d characters, not %zu",
		    LIMIT_EXPRESSION, math_characters(text));
	if (!math_parse(parse, compile->arena, text, compile->fault))
		return false;
	nodes = arena_alloc(compile->arena, parse->count * sizeof(*nodes));
	memcpy(nodes, parse->nodes, parse->count * sizeof(*nodes));
	for (size_t i = 0; i < parse->count; i++)
		if (nodes[i].kind == MATH_QUERY &&
		    !math_name(compile, &nodes[i]))
			return false;
	*math = (struct math){
	    .nodes = nodes, .count = parse->count, .set = compile->set};
	compile->trees[query] = math;
	compile->nodes[query] = nodes;
	return true;
}

/* The first expression that the query names and that has no type yet. */
static const struct math_node *
math_waits(const struct compile *compile, size_t query)
{
	const struct math *math = compile->trees[query];

	for (size_t i = 0; i < math->count; i++) {
		const struct math_node *node = &math->nodes[i];

		if (node->kind == MATH_QUERY &&
		    compile->trees[node->query] != NULL &&
		    !compile->typed[node->query])
			return node;
	}
	return NULL;
}

/* What it names, and all that that rests on. */
static void
math_rests(struct compile *compile, size_t query)
{
	struct math *math = compile->trees[query];
	size_t *needs;

	for (size_t i = 0; i < math->count; i++) {
		size_t named = math->nodes[i].query;

		if (math->nodes[i].kind != MATH_QUERY ||
		    compile->trees[named] == NULL)
			continue;
		compile->rests[query][named] = true;
		for (size_t j = 0; j < compile->count; j++)
			compile->rests[query][j] |= compile->rests[named][j];
	}
	needs = arena_alloc(compile->arena, compile->ordered * sizeof(*needs));
	for (size_t i = 0; i < compile->ordered; i++)
		if (compile->rests[query][compile->order[i]])
			needs[math->nneeds++] = compile->order[i];
	math->needs = needs;
}

static bool
math_tell(struct compile *compile, size_t query, size_t *work)
{
	struct math *math = compile->trees[query];
	const struct math_node *whole = &math->nodes[math->count - 1];

	compile->fault->query = query;
	if (!math_type(compile->nodes[query], math->count, compile->set, work,
		compile->arena, compile->fault))
		return false;
	math->type = whole->type;
	math->most = whole->most;
	math_rests(compile, query);
	compile->typed[query] = true;
	compile->order[compile->ordered++] = query;
	return true;
}

/* Follows the names from a query that waits until one comes back. */
static bool
math_cycle(struct compile *compile, size_t query)
{
	bool seen[LIMIT_MATH_QUERIES] = {false};
	const struct math_node *node = NULL;
	const char *path = "";
	size_t at;

	for (; !seen[query]; query = node->query) {
		seen[query] = true;
		node = math_waits(compile, query);
	}
	compile->fault->query = at = query;
	do {
		path = arena_printf(compile->arena, "%s%.*s, ", path,
		    SPAN_ARGS(compile->queries[at].id));
		at = math_waits(compile, at)->query;
	} while (at != query);
	return math_fail(compile->arena, compile->fault,
	    math_waits(compile, query)->column,
	    "expressions name one another in a circle: %s%.*s", path,
	    SPAN_ARGS(compile->queries[query].id));
}

/* Types in an order in which each comes behind what it names. */
static bool
math_tell_all(struct compile *compile)
{
	size_t waiting, before, work = 0;

	do {
		waiting = compile->count;
		before = compile->ordered;
		for (size_t i = 0; i < compile->count; i++) {
			if (compile->trees[i] == NULL || compile->typed[i])
				continue;
			if (math_waits(compile, i) != NULL)
				waiting = i;
			else if (!math_tell(compile, i, &work))
				return false;
		}
	} while (waiting < compile->count && compile->ordered > before);
	return waiting == compile->count || math_cycle(compile, waiting);
}

static bool
math_compile_all(struct compile *compile)
{
	struct math_set *set = compile->set;

	set->count = compile->count;
	set->ids =
	    arena_alloc(compile->arena, compile->count * sizeof(*set->ids));
	set->maths =
	    arena_alloc(compile->arena, compile->count * sizeof(*set->maths));
	set->metric =
	    arena_alloc(compile->arena, compile->count * sizeof(*set->metric));
	for (size_t i = 0; i < compile->count; i++) {
		set->ids[i] = compile->queries[i].id;
		set->metric[i] = compile->queries[i].expression.len == 0 &&
		    !compile->queries[i].skipped;
	}
	for (size_t i = 0; i < compile->count; i++)
		if (compile->queries[i].expression.len > 0 &&
		    !compile->queries[i].skipped && !math_read(compile, i))
			return false;
	for (size_t i = 0; i < compile->count; i++)
		set->maths[i] = compile->trees[i];
	return math_tell_all(compile);
}

bool
math_compile(struct arena *arena, struct math_query *queries, size_t count,
    struct math_fault *fault)
{
	struct compile compile = {.arena = arena,
	    .queries = queries,
	    .count = count,
	    .fault = fault,
	    .set = arena_alloc(arena, sizeof(*compile.set))};
	bool good;

	*fault = (struct math_fault){0};
	for (size_t i = 0; i < count; i++)
		queries[i].math = NULL;
	if (count > LIMIT_MATH_QUERIES) {
		fault->query = LIMIT_MATH_QUERIES;
		return math_fail(arena, fault, 0,
		    "an alarm may have %d queries, not %zu", LIMIT_MATH_QUERIES,
		    count);
	}
	compile.parse = malloc(sizeof(*compile.parse));
	if (compile.parse == NULL)
		log_die("out of memory: %zu bytes", sizeof(*compile.parse));
	good = math_compile_all(&compile);
	free(compile.parse);
	for (size_t i = 0; good && i < count; i++)
		queries[i].math = compile.trees[i];
	return good;
}

bool
math_is_series(const struct math *math)
{
	return math->type == MATH_S || math->type == MATH_TS;
}
