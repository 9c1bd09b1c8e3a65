#include "app/replay_order.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/table.h"
#include "base/text.h"
#include "pipeline/decode/identity.h"

/* A series as it is named first; `name` is all that names it, as bytes. */
struct order_series {
	struct span name;
	struct series_key key;
	uint32_t rank; /* in the order of names, once sealed */
};

/* The extended statistics of a point; few have any. */
struct order_statistics {
	size_t count;
	struct statistic at[];
};

/* 72 bytes: archives hold tens of millions. */
struct order_record {
	int64_t step; /* the pane's number since 1970 */
	const struct order_series *series;
	uint64_t number; /* in the order of the input */
	int64_t timestamp_ms;
	double sum, count, min, max;
	const struct order_statistics *statistics; /* NULL: none */
};

struct replay_order {
	int64_t step_ms;
	struct replay_range range;
	struct arena arena;	      /* series */
	struct table table;	      /* name → order_series */
	struct table names;	      /* of statistics, each once */
	struct identities identities; /* of order_series */
	struct buf name;	      /* of the point being added */
	struct order_record *records;
	size_t nrecords, room, at;
	struct point *points; /* of the entry that was given last */
	size_t points_room;
	int64_t next_step, last_step;
	struct replay_order_counts counts;
};

static int64_t
order_floor(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

int64_t
replay_order_from(int64_t from_ms, int64_t step_ms)
{
	return from_ms == INT64_MIN ? from_ms
				    : -order_floor(-from_ms, step_ms) * step_ms;
}

struct replay_order *
replay_order_create(int64_t step_ms, const struct replay_range *range)
{
	struct replay_order *order = calloc(1, sizeof(*order));

	if (order == NULL)
		log_die("out of memory: replay");
	arena_init(&order->arena);
	identities_init(&order->identities);
	order->step_ms = step_ms;
	order->range.from_ms = replay_order_from(range->from_ms, step_ms);
	order->range.to_ms = range->to_ms;
	if (range->to_ms != INT64_MIN)
		order->range.to_ms =
		    order_floor(range->to_ms, step_ms) * step_ms;
	return order;
}

void
replay_order_free(struct replay_order **order)
{
	struct replay_order *old = *order;

	if (old == NULL)
		return;
	table_fini(&old->table);
	table_fini(&old->names);
	identities_fini(&old->identities);
	arena_fini(&old->arena);
	buf_fini(&old->name);
	free(old->records);
	free(old->points);
	free(old);
	*order = NULL;
}

struct identities *
replay_order_identities(struct replay_order *order)
{
	return &order->identities;
}

static void
order_name_put(struct buf *name, struct span part)
{
	buf_u32(name, (unsigned)part.len);
	buf_span_put(name, part);
}

static void
order_name(struct buf *name, const struct series_key *key)
{
	buf_clear(name);
	order_name_put(name, key->account);
	order_name_put(name, key->region);
	order_name_put(name, key->namespace);
	order_name_put(name, key->metric);
	order_name_put(name, key->unit);
	for (size_t i = 0; i < key->ndimensions; i++) {
		order_name_put(name, key->dimensions[i].name);
		order_name_put(name, key->dimensions[i].value);
	}
}

static struct order_series *
order_series_make(
    struct replay_order *order, struct span name, const struct series_key *key)
{
	struct arena *arena = &order->arena;
	struct order_series *series = arena_alloc(arena, sizeof(*series));
	struct dimension *dimensions =
	    arena_alloc(arena, (key->ndimensions + 1) * sizeof(*dimensions));

	for (size_t i = 0; i < key->ndimensions; i++) {
		dimensions[i].name = arena_copy(arena, key->dimensions[i].name);
		dimensions[i].value =
		    arena_copy(arena, key->dimensions[i].value);
	}
	series->name = arena_copy(arena, name);
	series->key =
	    (struct series_key){.account = arena_copy(arena, key->account),
		.region = arena_copy(arena, key->region),
		.namespace = arena_copy(arena, key->namespace),
		.metric = arena_copy(arena, key->metric),
		.unit = arena_copy(arena, key->unit),
		.dimensions = dimensions,
		.ndimensions = key->ndimensions};
	table_put(&order->table, series->name, series);
	return series;
}

/* The point's, made when it is new; NULL above the limit. */
static struct order_series *
order_series_of(struct replay_order *order, const struct point *point)
{
	struct order_series *series = point->known;

	if (series != NULL)
		return series;
	order_name(&order->name, &point->series);
	series = table_get(&order->table, buf_span(&order->name));
	if (series == NULL && order->table.count >= LIMIT_SERIES)
		return NULL;
	if (series == NULL)
		series = order_series_make(
		    order, buf_span(&order->name), &point->series);
	if (point->teach != NULL)
		identities_teach(&order->identities, point->teach, series);
	return series;
}

/* Names repeat with every point. */
static struct span
order_statistic_name(struct replay_order *order, struct span name)
{
	struct span *kept = table_get(&order->names, name);

	if (kept == NULL) {
		kept = arena_alloc(&order->arena, sizeof(*kept));
		*kept = arena_copy(&order->arena, name);
		table_put(&order->names, *kept, kept);
	}
	return *kept;
}

static const struct order_statistics *
order_statistics(struct replay_order *order, const struct point *point)
{
	struct order_statistics *copy;

	if (point->nstatistics == 0)
		return NULL;
	copy = arena_alloc(&order->arena,
	    sizeof(*copy) + point->nstatistics * sizeof(copy->at[0]));
	copy->count = point->nstatistics;
	for (size_t i = 0; i < copy->count; i++)
		copy->at[i] = (struct statistic){
		    order_statistic_name(order, point->statistics[i].name),
		    point->statistics[i].value};
	return copy;
}

static void
order_push(struct replay_order *order, const struct order_record *record)
{
	if (order->nrecords == order->room) {
		order->room = order->room == 0 ? 4096 : order->room * 2;
		order->records = realloc(
		    order->records, order->room * sizeof(*order->records));
		if (order->records == NULL)
			log_die("out of memory: %zu points to replay",
			    order->nrecords);
	}
	order->records[order->nrecords++] = *record;
}

enum rc
replay_order_add(
    struct replay_order *order, const struct point *point, struct err *err)
{
	int64_t step = order_floor(point->timestamp_ms, order->step_ms);
	struct order_series *series;

	order->counts.points++;
	if (order->range.to_ms != INT64_MIN &&
	    (step + 1) * order->step_ms > order->range.to_ms) {
		order->counts.behind++;
		return RC_OK;
	}
	if (order->nrecords >= LIMIT_REPLAY_POINTS)
		return err_set(err, RC_FATAL,
		    "more than %lld points; replay in parts, with --from and "
		    "--to",
		    LIMIT_REPLAY_POINTS);
	series = order_series_of(order, point);
	if (series == NULL)
		return err_set(
		    err, RC_FATAL, "more than %d series", LIMIT_SERIES);
	order_push(order,
	    &(struct order_record){.step = step,
		.series = series,
		.number = order->nrecords,
		.timestamp_ms = point->timestamp_ms,
		.sum = point->sum,
		.count = point->count,
		.min = point->min,
		.max = point->max,
		.statistics = order_statistics(order, point)});
	return RC_OK;
}

static int
order_compare_names(const void *a, const void *b)
{
	const struct order_series *x = *(struct order_series *const *)a;
	const struct order_series *y = *(struct order_series *const *)b;

	return span_compare(x->name, y->name);
}

static void
order_rank_series(struct replay_order *order)
{
	size_t count = 0;
	struct order_series **all =
	    calloc(order->table.count + 1, sizeof(struct order_series *));

	if (all == NULL)
		log_die("out of memory: series to replay");
	for (size_t i = 0; i < order->table.room; i++)
		if (order->table.slots[i].value != NULL)
			all[count++] = order->table.slots[i].value;
	qsort(all, count, sizeof(struct order_series *), order_compare_names);
	for (size_t i = 0; i < count; i++)
		all[i]->rank = (uint32_t)i;
	free(all);
}

/* By step, then series, then the version that stands first. */
static int
order_compare(const void *a, const void *b)
{
	const struct order_record *x = a, *y = b;

	if (x->step != y->step)
		return x->step < y->step ? -1 : 1;
	if (x->series->rank != y->series->rank)
		return x->series->rank < y->series->rank ? -1 : 1;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->number > y->number ? -1 : x->number < y->number;
}

static void
order_drop_versions(struct replay_order *order)
{
	size_t kept = 0;

	for (size_t i = 0; i < order->nrecords; i++) {
		const struct order_record *record = &order->records[i];

		if (kept > 0 && order->records[kept - 1].step == record->step &&
		    order->records[kept - 1].series == record->series)
			order->counts.superseded++;
		else
			order->records[kept++] = *record;
	}
	order->nrecords = kept;
}

/* The steps that become entries; none when nothing says where they are. */
static void
order_bound(struct replay_order *order)
{
	const struct replay_range *range = &order->range;
	int64_t step_ms = order->step_ms;

	order->next_step = 0;
	order->last_step = -1;
	if (order->nrecords == 0 &&
	    (range->from_ms == INT64_MIN || range->to_ms == INT64_MIN))
		return;
	order->next_step = range->from_ms != INT64_MIN
	    ? range->from_ms / step_ms
	    : order->records[0].step;
	order->last_step = range->to_ms != INT64_MIN
	    ? range->to_ms / step_ms - 1
	    : order->records[order->nrecords - 1].step;
}

enum rc
replay_order_seal(struct replay_order *order, struct err *err)
{
	char first[TEXT_TIME_SIZE], last[TEXT_TIME_SIZE];

	order_rank_series(order);
	if (order->nrecords > 0)
		qsort(order->records, order->nrecords, sizeof(*order->records),
		    order_compare);
	order_drop_versions(order);
	order_bound(order);
	if (order->last_step < order->next_step)
		return RC_OK;
	order->counts.steps =
	    (uint64_t)(order->last_step - order->next_step) + 1;
	if (order->counts.steps <= LIMIT_REPLAY_STEPS)
		return RC_OK;
	text_time(first, order->next_step * order->step_ms);
	text_time(last, (order->last_step + 1) * order->step_ms);
	return err_set(err, RC_REJECT,
	    "the points lie between %s and %s, too far apart; give --from and "
	    "--to",
	    first, last);
}

/* The records of one step, as points. */
static void
order_take(struct replay_order *order, int64_t step, struct entry *entry)
{
	size_t begin = order->at, count;

	while (order->at < order->nrecords &&
	    order->records[order->at].step == step)
		order->at++;
	count = order->at - begin;
	if (count > order->points_room) {
		order->points_room = count * 2;
		free(order->points);
		order->points =
		    calloc(order->points_room, sizeof(struct point));
		if (order->points == NULL)
			log_die("out of memory: points of one step");
	}
	for (size_t i = 0; i < count; i++) {
		const struct order_record *record = &order->records[begin + i];

		order->points[i] = (struct point){.series = record->series->key,
		    .timestamp_ms = record->timestamp_ms,
		    .sum = record->sum,
		    .count = record->count,
		    .min = record->min,
		    .max = record->max};
		if (record->statistics != NULL) {
			order->points[i].statistics = record->statistics->at;
			order->points[i].nstatistics =
			    record->statistics->count;
		}
	}
	entry->kind = count > 0 ? ENTRY_POINTS : ENTRY_TICK;
	entry->points = order->points;
	entry->npoints = count;
}

enum rc
replay_order_next(struct replay_order *order, struct entry *entry)
{
	int64_t step = order->next_step;

	*entry = (struct entry){0};
	/* What lies before the range: the steps that have points. */
	if (order->at < order->nrecords &&
	    order->records[order->at].step < step)
		step = order->records[order->at].step;
	else if (step > order->last_step)
		return RC_AGAIN;
	else
		order->next_step++;
	entry->seq = (uint64_t)step;
	entry->arrival_ms = (step + 1) * order->step_ms;
	order_take(order, step, entry);
	return RC_OK;
}

struct replay_order_counts
replay_order_counts(const struct replay_order *order)
{
	return order->counts;
}
