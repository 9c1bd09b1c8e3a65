/* Metrics Insights: a query that takes and groups series, or a fault with its
 * place. */
#include <stdint.h>

#include "base/log.h"
#include "pipeline/window/group.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* A series that the query asks for, as far as its conditions are of =. */
static struct series_key
wanted(struct arena *arena, const struct insights *query)
{
	struct dimension *dimensions = arena_alloc(arena,
	    (query->ndimensions + query->nconditions + 1) *
		sizeof(*dimensions));
	struct series_key key = {SPAN_OF("1"), SPAN_OF("r"), query->namespace,
	    query->metric, SPAN_OF("None"), dimensions, 0};

	for (size_t i = 0; i < query->ndimensions; i++)
		dimensions[key.ndimensions++].name = query->dimensions[i];
	for (size_t i = 0; i < query->nconditions && !query->schema; i++)
		dimensions[key.ndimensions++] =
		    (struct dimension){query->conditions[i].label.name,
			query->conditions[i].value};
	return key;
}

static void
use(struct arena *arena, const struct insights *query)
{
	struct series_key key = wanted(arena, query);
	struct dimension *labels;
	struct groups groups;
	struct series_table table;
	struct group *group;
	bool is_new;

	insights_matches(query, &key, SPAN_OF("1"));
	/* The decoder gives no more dimensions, a query may name more. */
	if (key.ndimensions > LIMIT_DIMENSIONS)
		key.ndimensions = LIMIT_DIMENSIONS;
	series_table_init(&table);
	groups_init(&groups, query);
	group = groups_bind(&groups, series_intern(&table, &key, &is_new), 0);
	invariant(group != NULL && groups.count == 1);
	invariant(groups_sorted(&groups)[0] == group);
	insights_labels(query, group, arena, &labels);
	groups_fini(&groups);
	series_table_fini(&table);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span text = span_make(bytes, len);
	struct insights_fault fault;
	const struct insights *query;
	struct arena arena;

	arena_init(&arena);
	query = insights_parse(&arena, text, &fault);
	if (query == NULL) {
		invariant(fault.text != NULL && fault.text[0] != 0);
		invariant(fault.column >= 1 && fault.column <= len + 1);
	} else {
		invariant(insights_is_query(text));
		use(&arena, query);
	}
	arena_fini(&arena);
	return 0;
}
