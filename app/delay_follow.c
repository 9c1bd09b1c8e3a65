#include "app/delay_follow.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "pipeline/window/lateness.h"

#define MINUTE_MS (60 * 1000LL)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define BOUNDS_LEAST_MS MINUTE_MS
#define BOUNDS_MOST_MS (30 * MINUTE_MS)
/* Fewer points are no evidence. */
#define EVIDENCE 200

struct counter delay_follow_stats[DELAY_FOLLOW_STATS] = {
    [DELAY_FOLLOW_CHANGES] = {.name = "tocsin_delay_changes_total",
	.help = "Delays that followed what was observed."},
    [DELAY_FOLLOW_LEFT_OUT] = {.name = "tocsin_delay_left_out_total",
	.help = "Namespaces above the limit, whose delay follows nothing."}};

struct chosen {
	char *namespace;
	int64_t delay_ms, changed_ms;
};

struct delay_follow {
	pthread_mutex_t lock; /* of all that follows */
	struct arena arena;   /* of the rows */
	struct delay_bounds *bounds;
	size_t nbounds;
	struct namespace_delay *delays;
	size_t ndelays;
	struct chosen chosen[LIMIT_DELAYS];
	size_t nchosen;
	bool changed;
	int64_t minute; /* of the last look */
	struct buf report;
};

struct delay_follow *
delay_follow_create(void)
{
	struct delay_follow *follow = calloc(1, sizeof(*follow));

	if (follow == NULL)
		log_die("out of memory: delays");
	pthread_mutex_init(&follow->lock, NULL);
	arena_init(&follow->arena);
	follow->minute = INT64_MIN;
	buf_text(&follow->report, "[]\n");
	return follow;
}

void
delay_follow_free(struct delay_follow **follow)
{
	if (*follow == NULL)
		return;
	for (size_t i = 0; i < (*follow)->nchosen; i++)
		free((*follow)->chosen[i].namespace);
	pthread_mutex_destroy(&(*follow)->lock);
	arena_fini(&(*follow)->arena);
	buf_fini(&(*follow)->report);
	free(*follow);
	*follow = NULL;
}

/* "1m..20m" */
static bool
bounds_parse(struct span text, struct delay_bounds *bounds)
{
	const char *dots =
	    text.len == 0 ? NULL : memmem(text.at, text.len, "..", 2);
	struct span least, most;

	if (dots == NULL)
		return false;
	least = span_make(text.at, (size_t)(dots - text.at));
	most = span_make(dots + 2, text.len - least.len - 2);
	return text_parse_duration(least, &bounds->least_ms) &&
	    text_parse_duration(most, &bounds->most_ms) &&
	    bounds->least_ms >= 0 && bounds->least_ms <= bounds->most_ms &&
	    bounds->most_ms <= DAY_MS;
}

bool
delay_bounds_read(
    struct delay_bounds *bounds, const struct tree *node, struct faults *faults)
{
	struct span text = node->text;

	if (node->kind != TREE_SCALAR || !span_starts(text, "auto"))
		return false;
	text = span_make(text.at + 4, text.len - 4);
	*bounds =
	    (struct delay_bounds){node->key, BOUNDS_LEAST_MS, BOUNDS_MOST_MS};
	if (text.len == 0)
		return true;
	if (text.at[0] == ' ' &&
	    bounds_parse(span_make(text.at + 1, text.len - 1), bounds))
		return true;
	tree_fault(node, faults,
	    "must be a duration, auto, or auto with bounds such as auto "
	    "1m..20m (at most 1d), not \"%.*s\"",
	    SPAN_ARGS(node->text));
	return true;
}

/* The row that the namespace follows by; NULL: it does not. */
static const struct delay_bounds *
follow_bounds(const struct delay_follow *follow, struct span namespace)
{
	const struct delay_bounds *usual = NULL;

	for (size_t i = 0; i < follow->nbounds; i++) {
		if (span_equal(follow->bounds[i].namespace, namespace))
			return &follow->bounds[i];
		if (span_is(follow->bounds[i].namespace, "default"))
			usual = &follow->bounds[i];
	}
	for (size_t i = 0; i < follow->ndelays; i++)
		if (span_equal(follow->delays[i].namespace, namespace))
			return NULL;
	return usual;
}

static struct chosen *
follow_chosen(struct delay_follow *follow, struct span namespace)
{
	for (size_t i = 0; i < follow->nchosen; i++)
		if (span_is(namespace, follow->chosen[i].namespace))
			return &follow->chosen[i];
	return NULL;
}

static void
follow_set(struct delay_follow *follow, struct span namespace, int64_t delay_ms,
    int64_t now_ms)
{
	struct chosen *chosen = follow_chosen(follow, namespace);

	if (chosen == NULL && follow->nchosen == LIMIT_DELAYS) {
		counter_add(&delay_follow_stats[DELAY_FOLLOW_LEFT_OUT], 1);
		return;
	}
	if (chosen == NULL) {
		chosen = &follow->chosen[follow->nchosen++];
		chosen->namespace = strndup(namespace.at, namespace.len);
		if (chosen->namespace == NULL)
			log_die("out of memory: delays");
	}
	chosen->delay_ms = delay_ms;
	chosen->changed_ms = now_ms;
}

void
delay_follow_rows(struct delay_follow *follow,
    const struct delay_bounds *bounds, size_t count,
    const struct namespace_delay *delays, size_t ndelays)
{
	size_t kept = 0;

	pthread_mutex_lock(&follow->lock);
	arena_fini(&follow->arena);
	arena_init(&follow->arena);
	follow->bounds =
	    arena_alloc(&follow->arena, (count + 1) * sizeof(*follow->bounds));
	follow->delays = arena_alloc(
	    &follow->arena, (ndelays + 1) * sizeof(*follow->delays));
	follow->nbounds = count;
	follow->ndelays = ndelays;
	for (size_t i = 0; i < count; i++)
		follow->bounds[i] = (struct delay_bounds){
		    arena_copy(&follow->arena, bounds[i].namespace),
		    bounds[i].least_ms, bounds[i].most_ms};
	for (size_t i = 0; i < ndelays; i++)
		follow->delays[i] = (struct namespace_delay){
		    arena_copy(&follow->arena, delays[i].namespace),
		    delays[i].delay_ms};
	for (size_t i = 0; i < follow->nchosen; i++) {
		struct chosen *chosen = &follow->chosen[i];

		if (follow_bounds(follow, span_text(chosen->namespace)) != NULL)
			follow->chosen[kept++] = *chosen;
		else
			free(chosen->namespace);
	}
	follow->nchosen = kept;
	pthread_mutex_unlock(&follow->lock);
}

void
delay_follow_restore(struct delay_follow *follow, struct span payload)
{
	struct faults faults;
	struct arena arena;
	const struct tree *tree, *map;
	int64_t delay_ms;

	arena_init(&arena);
	faults_init(&faults);
	tree = tree_parse(&arena, payload, "config", false, &faults);
	map = tree == NULL ? NULL : tree_get(tree, "delay");
	pthread_mutex_lock(&follow->lock);
	for (const struct tree *t = map == NULL ? NULL : map->first; t != NULL;
	     t = t->next) {
		const struct delay_bounds *bounds =
		    follow_bounds(follow, t->key);

		if (bounds != NULL && !span_is(t->key, "default") &&
		    tree_int(t, &delay_ms, &faults) &&
		    delay_ms >= bounds->least_ms && delay_ms <= bounds->most_ms)
			follow_set(follow, t->key, delay_ms, INT64_MIN);
	}
	pthread_mutex_unlock(&follow->lock);
	faults_fini(&faults);
	arena_fini(&arena);
}

/* All that came of one namespace. */
static void
follow_observed(
    const struct heard *heard, struct span namespace, struct lateness *observed)
{
	*observed = (struct lateness){0};
	for (size_t i = 0; i < heard->count; i++) {
		const struct heard_mark *mark = heard->at[i];

		if (mark->lateness != NULL &&
		    span_equal(mark->namespace, namespace))
			lateness_merge(observed, mark->lateness);
	}
}

static void
follow_choose(struct delay_follow *follow, const struct heard *heard,
    struct span namespace, int64_t now_ms)
{
	const struct delay_bounds *bounds = follow_bounds(follow, namespace);
	struct lateness observed;
	const struct chosen *chosen;
	int64_t delay_ms;

	if (bounds == NULL)
		return;
	follow_observed(heard, namespace, &observed);
	if (observed.count < EVIDENCE)
		return;
	delay_ms = lateness_delay(&observed);
	if (delay_ms < bounds->least_ms)
		delay_ms = bounds->least_ms;
	if (delay_ms > bounds->most_ms)
		delay_ms = bounds->most_ms;
	chosen = follow_chosen(follow, namespace);
	if (chosen != NULL &&
	    (delay_ms == chosen->delay_ms ||
		(delay_ms < chosen->delay_ms &&
		    now_ms < chosen->changed_ms + HOUR_MS)))
		return;
	log_info("delay_chosen", "namespace=%.*s seconds=%lld",
	    SPAN_ARGS(namespace), (long long)(delay_ms / 1000));
	counter_add(&delay_follow_stats[DELAY_FOLLOW_CHANGES], 1);
	follow_set(follow, namespace, delay_ms, now_ms);
	follow->changed = true;
}

static void
report_member(struct buf *out, const char *key, struct span value)
{
	buf_printf(out, "\"%s\":", key);
	buf_json(out, value);
	buf_byte(out, ',');
}

static void
follow_report(struct delay_follow *follow, const struct heard *heard)
{
	struct buf *out = &follow->report;
	bool first = true;

	buf_clear(out);
	buf_byte(out, '[');
	for (size_t i = 0; i < heard->count; i++) {
		const struct heard_mark *mark = heard->at[i];

		if (mark->lateness == NULL || mark->lateness->count == 0)
			continue;
		buf_text(out, first ? "\n{" : ",\n{");
		first = false;
		report_member(out, "account", mark->account);
		report_member(out, "region", mark->region);
		report_member(out, "namespace", mark->namespace);
		buf_printf(out,
		    "\"points\":%llu,\"p50_ms\":%lld,\"p99_ms\":%lld,"
		    "\"max_ms\":%lld}",
		    (unsigned long long)mark->lateness->count,
		    (long long)lateness_quantile(mark->lateness, 0.5),
		    (long long)lateness_quantile(mark->lateness, 0.99),
		    (long long)mark->lateness->max_ms);
	}
	buf_text(out, "]\n");
}

void
delay_follow_take(
    struct delay_follow *follow, const struct heard *heard, int64_t now_ms)
{
	if (now_ms / MINUTE_MS == follow->minute)
		return;
	follow->minute = now_ms / MINUTE_MS;
	pthread_mutex_lock(&follow->lock);
	follow_report(follow, heard);
	for (size_t i = 0; follow->nbounds > 0 && i < heard->count; i++)
		if (heard->at[i]->lateness != NULL)
			follow_choose(
			    follow, heard, heard->at[i]->namespace, now_ms);
	pthread_mutex_unlock(&follow->lock);
}

bool
delay_follow_changed(struct delay_follow *follow)
{
	bool changed;

	pthread_mutex_lock(&follow->lock);
	changed = follow->changed;
	follow->changed = false;
	pthread_mutex_unlock(&follow->lock);
	return changed;
}

static void
follow_print_row(
    struct buf *out, struct span namespace, int64_t delay_ms, bool *first)
{
	buf_text(out, *first ? "" : ",");
	*first = false;
	buf_json(out, namespace);
	buf_printf(out, ":%lld", (long long)delay_ms);
}

static bool
follow_is_row(
    const struct namespace_delay *rows, size_t count, struct span namespace)
{
	for (size_t i = 0; i < count; i++)
		if (span_equal(rows[i].namespace, namespace))
			return true;
	return false;
}

void
delay_follow_print(struct delay_follow *follow,
    const struct namespace_delay *rows, size_t count, struct buf *out)
{
	bool first = true;

	if (follow != NULL)
		pthread_mutex_lock(&follow->lock);
	for (size_t i = 0; i < count; i++) {
		const struct chosen *chosen = follow == NULL
		    ? NULL
		    : follow_chosen(follow, rows[i].namespace);

		follow_print_row(out, rows[i].namespace,
		    chosen == NULL ? rows[i].delay_ms : chosen->delay_ms,
		    &first);
	}
	if (follow == NULL)
		return;
	for (size_t i = 0; i < follow->nchosen; i++) {
		struct span namespace = span_text(follow->chosen[i].namespace);

		if (!follow_is_row(rows, count, namespace))
			follow_print_row(
			    out, namespace, follow->chosen[i].delay_ms, &first);
	}
	pthread_mutex_unlock(&follow->lock);
}

void
delay_follow_report(struct delay_follow *follow, struct buf *out)
{
	pthread_mutex_lock(&follow->lock);
	buf_span_put(out, buf_span(&follow->report));
	pthread_mutex_unlock(&follow->lock);
}
