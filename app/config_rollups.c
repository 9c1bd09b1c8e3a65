#include "app/config_rollups.h"

#include "app/config_check.h"
#include "base/limits.h"
#include "pipeline/window/insights.h"
#include "pipeline/window/rollup_read.h"

#define DAY_MS (24 * 3600 * 1000LL)

/* What an item says, before it is one. */
struct config_rollup {
	struct span name, query, unit;
	int64_t period_ms, window_ms, every_ms, delay_ms, revise_ms;
	bool early;
	int64_t rpo_ms, rto_ms;
	struct span healthy;
};

#define AT(field) offsetof(struct config_rollup, field)

const struct option config_rollup_options[] = {
    {"name", OPTION_TEXT, AT(name), NULL, 0, 0,
	"what its lines are called; letters, digits, '.', '_' and '-'"},
    {"query", OPTION_TEXT, AT(query), NULL, 0, 0,
	"Metrics Insights: SELECT … FROM … WHERE … GROUP BY … ORDER BY … "
	"LIMIT …"},
    {"unit", OPTION_TEXT, AT(unit), NULL, 0, 0,
	"only series of this unit; without it units are aggregated together, "
	"as the query language does"},
    {"period", OPTION_DURATION, AT(period_ms), NULL, 0, 0,
	"windows one behind the other, of so many minutes; 1m unless window "
	"is given"},
    {"window", OPTION_DURATION, AT(window_ms), NULL, 0, 0,
	"instead of period: the length of windows that slide by every"},
    {"every", OPTION_DURATION, AT(every_ms), NULL, 0, 0,
	"with window: a window ends at each multiple of it; 1m unless given"},
    {"early", OPTION_BOOL, AT(early), "false", 0, 0,
	"tell of windows before they are final too, marked, when they change"},
    {"delay", OPTION_DURATION, AT(delay_ms), NULL, 0, LIMIT_ROLLUP_MS,
	"how long after a window's end it is final; delay of its namespace "
	"unless given"},
    {"revise", OPTION_DURATION, AT(revise_ms), "15m", 0, LIMIT_ROLLUP_MS,
	"how long a final window is still told again when late data change "
	"it"},
    {"rpo", OPTION_DURATION, AT(rpo_ms), NULL, 0, LIMIT_ROLLUP_MS,
	"for `tocsin drill`: the value is a replication lag, in its unit, and "
	"this is what it may be"},
    {"healthy", OPTION_TEXT, AT(healthy), NULL, 0, 0,
	"for `tocsin drill`: values of a group that is well, such as '>= 1'"},
    {"rto", OPTION_DURATION, AT(rto_ms), NULL, 0, LIMIT_ROLLUP_MS,
	"for `tocsin drill`: how soon behind an outage a group must be "
	"healthy"},
    {0}};

static void
rollup_outputs_load(struct rollup_definition *rollup, const struct tree *item,
    struct faults *faults)
{
	const struct tree *list = tree_get(item, "output");
	struct span text;

	if (list == NULL)
		rollup->outputs = ROLLUP_ARCHIVE | ROLLUP_REPLICA |
		    ROLLUP_METRICS | ROLLUP_STATUS;
	if (!tree_is(list, TREE_LIST, faults))
		return;
	for (const struct tree *t = list->first; t != NULL; t = t->next) {
		unsigned i = 0;

		if (!tree_text(t, &text, faults))
			continue;
		while (rollup_outputs[i] != NULL &&
		    !span_is(text, rollup_outputs[i]))
			i++;
		if (rollup_outputs[i] == NULL)
			tree_fault(t, faults,
			    "output is a list of archive, replica, metrics and "
			    "status, not \"%.*s\"",
			    SPAN_ARGS(text));
		else
			rollup->outputs |= 1u << i;
	}
}

static void
rollup_query_load(struct config *config, struct rollup_definition *rollup,
    const struct tree *item, struct faults *faults)
{
	const struct tree *node = tree_get(item, "query");
	struct insights_fault fault = {0};

	if (rollup->text.len == 0)
		return;
	rollup->query = insights_parse(&config->arena, rollup->text, &fault);
	if (rollup->query == NULL)
		tree_fault(node, faults, "query: column %u: %s", fault.column,
		    fault.text);
}

/* period, or window and every. */
static void
rollup_times_load(struct rollup_definition *rollup,
    const struct config_rollup *said, const struct tree *item,
    struct faults *faults)
{
	const struct tree *period = tree_get(item, "period");
	const struct tree *window = tree_get(item, "window");
	const struct tree *every = tree_get(item, "every");

	if (period != NULL && window != NULL)
		tree_fault(window, faults,
		    "a rollup has a period, or a window that slides, not "
		    "both");
	if (every != NULL && window == NULL)
		tree_fault(every, faults,
		    "every is said of a window: add window, or give a period");
	rollup->every_ms = rollup->window_ms = 60000;
	if (window != NULL)
		rollup->window_ms = said->window_ms;
	else if (period != NULL)
		rollup->every_ms = rollup->window_ms = said->period_ms;
	if (every != NULL)
		rollup->every_ms = said->every_ms;
}

/* What a drill judges by. */
static void
rollup_objective_load(struct drill_objective *objective,
    const struct config_rollup *said, const struct tree *item,
    struct faults *faults)
{
	bool milliseconds = span_is(said->unit, "Milliseconds");

	*objective = (struct drill_objective){.rpo_ms = said->rpo_ms,
	    .rto_ms = said->rto_ms,
	    .unit_ms = milliseconds ? 1 : 1000};
	if (said->rpo_ms > 0 && !milliseconds &&
	    !span_is(said->unit, "Seconds"))
		tree_fault(tree_get(item, "rpo"), faults,
		    "rpo needs unit: Seconds or Milliseconds, for a lag is "
		    "told in either");
	if ((said->rto_ms > 0) != (said->healthy.len > 0))
		tree_fault(item, faults, "rto and healthy go together");
	else if (said->rto_ms > 0 &&
	    !drill_healthy_parse(objective, said->healthy))
		tree_fault(tree_get(item, "healthy"), faults,
		    "healthy must be <, <=, > or >= and a number, not "
		    "\"%.*s\"",
		    SPAN_ARGS(said->healthy));
}

static void
rollup_load(struct config *config, struct rollup_definition *rollup,
    struct drill_objective *objective, const struct tree *item,
    struct faults *faults)
{
	static const char *const also[] = {"output", NULL};
	struct config_rollup said = {0};
	size_t before = faults->count;

	option_load(config_rollup_options, item, &said, &config->arena, faults);
	option_known(config_rollup_options, also, item, faults);
	config_required(item, "name", said.name, faults);
	config_required(item, "query", said.query, faults);
	config_plain_name(item, said.name, faults);
	rollup->name = said.name;
	rollup->text = said.query;
	rollup->unit = said.unit;
	rollup->delay_ms = tree_get(item, "delay") == NULL ? -1 : said.delay_ms;
	rollup->revise_ms = said.revise_ms;
	rollup->early = said.early;
	rollup_times_load(rollup, &said, item, faults);
	rollup_objective_load(objective, &said, item, faults);
	rollup_outputs_load(rollup, item, faults);
	rollup_query_load(config, rollup, item, faults);
	if (faults->count == before && rollup_fault(rollup) != NULL)
		tree_fault(item, faults, "%s", rollup_fault(rollup));
}

/* Of several files the rollups add up, as alarms do. */
void
config_rollups_load(
    struct config *config, const struct tree *list, struct faults *faults)
{
	struct rollup_definition *all;
	struct drill_objective *objectives;
	size_t before = config->nrollups;

	if (!tree_is(list, TREE_LIST, faults))
		return;
	all = arena_alloc(
	    &config->arena, (before + list->count + 1) * sizeof(*all));
	objectives = arena_alloc(
	    &config->arena, (before + list->count + 1) * sizeof(*objectives));
	if (before > 0) {
		memcpy(all, config->rollups, before * sizeof(*all));
		memcpy(objectives, config->objectives,
		    before * sizeof(*objectives));
	}
	config->rollups = all;
	config->objectives = objectives;
	if (before + list->count > LIMIT_ROLLUPS) {
		tree_fault(list, faults, "more than %d rollups", LIMIT_ROLLUPS);
		return;
	}
	for (const struct tree *t = list->first; t != NULL; t = t->next) {
		struct rollup_definition *rollup = &all[config->nrollups];

		if (!tree_is(t, TREE_MAP, faults))
			continue;
		rollup_load(
		    config, rollup, &objectives[config->nrollups], t, faults);
		for (size_t i = 0; i < config->nrollups; i++)
			if (span_equal(rollup->name, all[i].name))
				tree_fault(t, faults,
				    "two rollups are named \"%.*s\"",
				    SPAN_ARGS(rollup->name));
		config->nrollups++;
	}
}

unsigned
config_rollup_sinks(const struct config *config)
{
	unsigned sinks = 0;

	for (size_t i = 0; i < config->ns3; i++)
		if (config->s3[i].rollups)
			sinks |= ROLLUP_ARCHIVE;
	for (size_t i = 0; i < config->nreplicas; i++)
		if ((config->replicas[i].send & REPLICA_ROLLUPS) != 0)
			sinks |= ROLLUP_REPLICA;
	return sinks;
}
