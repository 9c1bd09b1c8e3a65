#include "pipeline/alarm/composite.h"

#include <stdlib.h>

#include "base/text.h"
#include "pipeline/alarm/rule.h"
#include "pipeline/alarm/watch.h"

static int
composite_newest_first(const void *a, const void *b)
{
	const struct trigger *x = a, *y = b;

	return (x->time_ms < y->time_ms) - (x->time_ms > y->time_ms);
}

static bool
composite_changed(const struct watch *child, const struct outcome *outcome)
{
	return child->memory.changed_seq == outcome->seq;
}

/* Of a composite that is new or changed, the children that speak for its
 * state; of one that was settled, those of them that changed in this entry,
 * or else whoever did. */
static void
composite_triggers(const struct watch *watch, const struct watch *watches,
    const struct definition_links *links, const enum alarm_state *states,
    struct transition *t, struct outcome *outcome)
{
	const struct rule *rule = watch->alarm->rule;
	size_t n = rule->nchildren;
	bool settled = watch->cause == COMPOSITE_SETTLED, spoke = false;
	bool *speak = arena_alloc(&outcome->arena, (n + 1) * sizeof(*speak));
	struct trigger *triggers =
	    arena_alloc(&outcome->arena, (n + 1) * sizeof(*triggers));

	rule_speakers(rule, states, speak);
	for (size_t c = 0; c < n; c++)
		spoke = spoke ||
		    (speak[c] &&
			composite_changed(
			    &watches[links->children[c]], outcome));
	for (size_t c = 0; c < n; c++) {
		const struct watch *child = &watches[links->children[c]];

		if (settled ? composite_changed(child, outcome) &&
			    (speak[c] || !spoke)
			    : speak[c])
			triggers[t->ntriggers++] =
			    (struct trigger){child->alarm->arn,
				child->memory.state, child->memory.since_ms};
	}
	if (!settled)
		qsort(triggers, t->ntriggers, sizeof(*triggers),
		    composite_newest_first);
	t->triggers = triggers;
}

static struct span
composite_reason(const struct watch *watch, enum alarm_state state,
    const struct transition *t, struct arena *arena)
{
	const char *word = alarm_state_names[state];
	char time[TEXT_TIME_SIZE];
	const struct trigger *last;

	if (watch->cause == COMPOSITE_CREATED)
		return span_text(arena_printf(arena,
		    "%.*s was created and its alarm rule evaluates to %s",
		    SPAN_ARGS(watch->alarm->arn), word));
	if (watch->cause == COMPOSITE_UPDATED || t->ntriggers == 0)
		return span_text(arena_printf(arena,
		    "%.*s was updated and its new alarm rule evaluates to %s",
		    SPAN_ARGS(watch->alarm->arn), word));
	last = &t->triggers[t->ntriggers - 1];
	text_time_long(time, last->time_ms);
	return span_text(arena_printf(arena, "%.*s transitioned to %s at %s",
	    SPAN_ARGS(last->arn), alarm_state_names[last->state], time));
}

static struct span
composite_data(const struct transition *t, struct arena *arena)
{
	char time[TEXT_TIME_SIZE];
	struct buf text = {0};
	struct span copy;

	buf_text(&text, "{\"triggeringAlarms\":[");
	for (size_t i = 0; i < t->ntriggers; i++) {
		text_time_aws(time, t->triggers[i].time_ms);
		buf_text(&text, i > 0 ? ",{\"arn\":" : "{\"arn\":");
		buf_json(&text, t->triggers[i].arn);
		buf_printf(&text,
		    ",\"state\":{\"value\":\"%s\",\"timestamp\":\"%s\"}}",
		    alarm_state_names[t->triggers[i].state], time);
	}
	buf_text(&text, "]}");
	copy = arena_copy(arena, buf_span(&text));
	buf_fini(&text);
	return copy;
}

void
composite_step(struct watch *watch, const struct watch *watches,
    const struct definition_links *links, const struct watch_clock *clock,
    struct outcome *outcome)
{
	const struct alarm *a = watch->alarm;
	struct arena *arena = &outcome->arena;
	size_t n = a->rule->nchildren;
	struct arena_mark mark = arena_mark(arena);
	enum alarm_state *states =
	    arena_alloc(arena, (n + 1) * sizeof(*states));
	struct transition t = {.alarm = a, .time_ms = clock->now_ms};
	enum alarm_state state;

	for (size_t i = 0; i < n; i++)
		states[i] = watches[links->children[i]].memory.state;
	state = rule_holds(a->rule, states) ? STATE_ALARM : STATE_OK;
	if (state == watch->memory.state) {
		watch->cause = COMPOSITE_SETTLED;
		arena_rollback(arena, mark);
		return;
	}
	composite_triggers(watch, watches, links, states, &t, outcome);
	t.reason = composite_reason(watch, state, &t, arena);
	t.data = composite_data(&t, arena);
	watch->cause = COMPOSITE_SETTLED;
	gate_change(watch->gate, &t);
	memory_enter(&watch->memory, &t, state, outcome);
}
