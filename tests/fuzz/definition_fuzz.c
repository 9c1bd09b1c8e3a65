/* Alarm definitions: alarms, or faults with their places. */
#include <stdint.h>

#include "base/log.h"
#include "pipeline/alarm/definition/definition.h"
#include "pipeline/alarm/definition/template.h"
#include "pipeline/alarm/rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* What the rest of the pipeline takes for granted of an alarm. */
static void
check_alarm(const struct definitions *all, size_t i)
{
	const struct alarm *a = &all->alarms[i];
	const struct definition_links *links = &all->links[i];

	invariant(a->name.len > 0 && a->arn.len > 0);
	if (a->kind == ALARM_COMPOSITE) {
		invariant(a->rule != NULL);
		for (size_t k = 0; k < a->rule->nchildren; k++)
			invariant(links->children[k] < all->count);
		invariant(links->suppressor == DEFINITION_NONE ||
		    links->suppressor < all->count);
		return;
	}
	invariant(a->period_ms > 0 && a->evaluation_periods > 0);
	invariant(a->datapoints_to_alarm > 0 &&
	    a->datapoints_to_alarm <= a->evaluation_periods);
	invariant(a->period_ms * a->evaluation_periods <= 604800000);
	invariant((a->kind == ALARM_METRIC) == (a->nqueries == 0));
	invariant((a->kind == ALARM_INSIGHTS) == (a->insights != NULL));
	invariant(a->nqueries == 0 || a->returned < a->nqueries);
	for (size_t k = 0; k < a->nmetrics; k++)
		invariant(a->metrics[k].period_ms == a->period_ms);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const struct definition_scope scope;
	static const struct template_options options;
	struct template_alarms found = {0};
	struct definitions all = {0};
	struct faults faults;
	struct arena arena;
	const struct tree *root;

	arena_init(&arena);
	faults_init(&faults);
	root =
	    tree_parse(&arena, span_make(bytes, len), "fuzz", false, &faults);
	invariant(root != NULL || faults.count > 0);
	if (root != NULL) {
		template_read(&found, &arena, root, &options, &faults);
		for (size_t i = 0; i < found.count; i++)
			definition_read_one(
			    &all, &arena, found.at[i], &scope, &faults);
		definitions_link(&all, &arena, &faults);
		invariant(all.nleft_out == 0 || faults.count > 0);
		for (size_t i = 0; i < all.count; i++)
			check_alarm(&all, i);
	}
	faults_fini(&faults);
	arena_fini(&arena);
	return 0;
}
