#include "pipeline/alarm/definition/definition.h"

#include "base/limits.h"
#include "pipeline/alarm/definition/reading.h"

/* Twice the room whenever it ends: files come one by one. */
static void
definitions_room(struct definitions *all, struct arena *arena, size_t more)
{
	size_t room = all->room * 2;
	const struct tree **nodes;
	struct alarm *alarms;

	if (all->count + more <= all->room)
		return;
	if (room < all->count + more)
		room = all->count + more;
	alarms = arena_alloc(arena, room * sizeof(*alarms));
	nodes = arena_alloc(arena, room * sizeof(*nodes));
	if (all->count > 0) {
		memcpy(alarms, all->alarms, all->count * sizeof(*alarms));
		memcpy(nodes, all->nodes, all->count * sizeof(*nodes));
	}
	all->alarms = alarms;
	all->nodes = nodes;
	all->room = room;
}

void
definitions_leave_out(
    struct definitions *all, struct arena *arena, struct span name)
{
	if (all->nleft_out == all->left_out_room) {
		size_t room = all->left_out_room * 2 + 8;
		struct span *names = arena_alloc(arena, room * sizeof(*names));

		if (all->nleft_out > 0)
			memcpy(names, all->left_out,
			    all->nleft_out * sizeof(*names));
		all->left_out = names;
		all->left_out_room = room;
	}
	all->left_out[all->nleft_out++] = arena_copy(arena, name);
}

/* What CloudWatch alarms on and no metric stream carries. */
static bool
definition_elsewhere(struct reading *r)
{
	const struct tree *promql = r->at[KEY_EVALUATION_CRITERIA];

	if (promql == NULL)
		promql = r->at[KEY_EVALUATION_INTERVAL];
	if (promql != NULL)
		reading_fault(r, promql,
		    "PromQL alarms query another service and cannot be "
		    "evaluated from a metric stream");
	return promql != NULL;
}

static bool
definition_given(const struct tree *node)
{
	return node != NULL && (node->kind != TREE_LIST || node->count > 0);
}

static void
definition_kinds(struct reading *r)
{
	const struct tree *rule = r->at[KEY_ALARM_RULE];
	const bool queries = definition_given(r->at[KEY_METRICS]);
	const bool metric = r->at[KEY_METRIC_NAME] != NULL;

	if (tree_get(r->at[KEY_TOCSIN], "Silence") != NULL) {
		reading_silence(r);
	} else if (rule != NULL && (queries || metric)) {
		reading_fault(r, rule,
		    "an alarm has AlarmRule, or MetricName, or Metrics; not "
		    "two of them");
	} else if (rule != NULL) {
		reading_composite(r);
	} else if (queries) {
		reading_queries(r);
		reading_rule(r);
	} else if (metric) {
		reading_metric(r);
		reading_rule(r);
	} else {
		reading_fault(r, r->node,
		    "has none of MetricName, Metrics, AlarmRule and "
		    "Tocsin.Silence");
	}
}

static bool
definitions_full(
    struct definitions *all, const struct tree *node, struct faults *faults)
{
	if (all->count < LIMIT_ALARMS)
		return false;
	if (!all->full)
		tree_fault(node, faults,
		    "more than %d alarms; this one and what follows is left "
		    "out",
		    LIMIT_ALARMS);
	all->full = true;
	return true;
}

/* Faults name the alarm from the first on. */
static void
definition_name(struct reading *r)
{
	const struct tree *node = tree_get(r->node, "AlarmName");

	if (node != NULL && node->kind == TREE_SCALAR)
		r->alarm->name = node->text;
}

bool
definition_read_one(struct definitions *out, struct arena *arena,
    const struct tree *node, const struct definition_scope *scope,
    struct faults *faults)
{
	struct arena_mark mark;
	struct reading r = {
	    .node = node, .scope = scope, .arena = arena, .faults = faults};
	struct buf name = {0};

	if (definitions_full(out, node, faults))
		return false;
	definitions_room(out, arena, 1);
	mark = arena_mark(arena);
	r.alarm = &out->alarms[out->count];
	*r.alarm = (struct alarm){0};
	faults_init(&r.told);
	definition_name(&r);
	reading_index(&r, node, reading_keys, r.at);
	if (node->kind == TREE_MAP) {
		reading_common(&r);
		if (!definition_elsewhere(&r))
			definition_kinds(&r);
	}
	faults_fini(&r.told);
	if (r.nfaults == 0) {
		out->nodes[out->count++] = node;
		return true;
	}
	buf_span_put(&name, r.alarm->name);
	arena_rollback(arena, mark);
	definitions_leave_out(out, arena, buf_span(&name));
	buf_fini(&name);
	return false;
}
