#include "pipeline/window/rollup_read.h"

#include "base/limits.h"
#include "pipeline/window/insights.h"

#define MINUTE_MS 60000

const char *const rollup_outputs[] = {
    "archive", "replica", "metrics", "status", NULL};

static bool
rollup_minutes(int64_t ms)
{
	return ms >= MINUTE_MS && ms <= LIMIT_ROLLUP_MS && ms % MINUTE_MS == 0;
}

const char *
rollup_fault(const struct rollup_definition *d)
{
	if (!rollup_minutes(d->window_ms) || !rollup_minutes(d->every_ms))
		return "period, window and every must be whole minutes, from "
		       "1m to 1d";
	if (d->every_ms > d->window_ms)
		return "every must not be longer than window: what lies "
		       "between two windows would be in none";
	if (d->delay_ms < -1 || d->delay_ms > LIMIT_ROLLUP_MS)
		return "delay must be from 0s to 1d";
	if (d->revise_ms < 0 || d->revise_ms > LIMIT_ROLLUP_MS)
		return "revise must be from 0s to 1d";
	return NULL;
}

static void
rollup_read_outputs(
    struct rollup_definition *d, const struct tree *list, struct faults *faults)
{
	struct span text;

	if (!tree_is(list, TREE_LIST, faults))
		return;
	for (const struct tree *t = list->first; t != NULL; t = t->next) {
		if (!tree_text(t, &text, faults))
			continue;
		for (unsigned i = 0; rollup_outputs[i] != NULL; i++)
			if (span_is(text, rollup_outputs[i]))
				d->outputs |= 1u << i;
	}
}

bool
rollup_read(struct rollup_definition *d, struct arena *arena,
    const struct tree *node, struct faults *faults)
{
	struct insights_fault fault = {0};
	size_t before = faults->count;

	*d = (struct rollup_definition){.delay_ms = -1};
	tree_text(tree_get(node, "name"), &d->name, faults);
	tree_text(tree_get(node, "query"), &d->text, faults);
	tree_text(tree_get(node, "unit"), &d->unit, faults);
	tree_int(tree_get(node, "window"), &d->window_ms, faults);
	d->every_ms = d->window_ms;
	tree_int(tree_get(node, "every"), &d->every_ms, faults);
	tree_int(tree_get(node, "delay"), &d->delay_ms, faults);
	tree_int(tree_get(node, "revise"), &d->revise_ms, faults);
	tree_bool(tree_get(node, "early"), &d->early, faults);
	rollup_read_outputs(d, tree_get(node, "output"), faults);
	if (faults->count > before)
		return false;
	if (rollup_fault(d) != NULL) {
		tree_fault(node, faults, "rollup \"%.*s\": %s",
		    SPAN_ARGS(d->name), rollup_fault(d));
		return false;
	}
	d->name = arena_copy(arena, d->name);
	d->text = arena_copy(arena, d->text);
	d->unit = arena_copy(arena, d->unit);
	d->query = insights_parse(arena, d->text, &fault);
	if (d->query == NULL)
		tree_fault(node, faults, "rollup \"%.*s\": column %u: %s",
		    SPAN_ARGS(d->name), fault.column, fault.text);
	return d->query != NULL;
}

void
rollup_write(const struct rollup_definition *d, struct buf *out)
{
	const char *comma = "";

	buf_text(out, "{\"name\":");
	buf_json(out, d->name);
	buf_text(out, ",\"query\":");
	buf_json(out, d->text);
	if (d->unit.len > 0) {
		buf_text(out, ",\"unit\":");
		buf_json(out, d->unit);
	}
	buf_printf(out, ",\"window\":%lld,\"every\":%lld",
	    (long long)d->window_ms, (long long)d->every_ms);
	if (d->delay_ms >= 0)
		buf_printf(out, ",\"delay\":%lld", (long long)d->delay_ms);
	buf_printf(out, ",\"revise\":%lld", (long long)d->revise_ms);
	if (d->early)
		buf_text(out, ",\"early\":true");
	buf_text(out, ",\"output\":[");
	for (unsigned i = 0; rollup_outputs[i] != NULL; i++) {
		if ((d->outputs >> i & 1) == 0)
			continue;
		buf_printf(out, "%s\"%s\"", comma, rollup_outputs[i]);
		comma = ",";
	}
	buf_text(out, "]}");
}
