#include "determinism_stream.h"

#include <stdlib.h>

#include "oracle_world.h"
#include "testing.h"

#define STREAM_REPEATS 8 /* percent of the entries */
#define STREAM_CONFIGS 1

struct stream_maker {
	struct stream *stream;
	struct oracle_world world;
	struct oracle_dice dice;
	size_t room;
};

static struct entry *
stream_add(struct stream_maker *maker, enum entry_kind kind, int64_t clock_ms)
{
	struct stream *stream = maker->stream;
	struct entry *entry;

	ck_assert_uint_lt(stream->count, maker->room);
	entry = &stream->entries[stream->count++];
	*entry = (struct entry){
	    .seq = stream->count, .kind = kind, .arrival_ms = clock_ms};
	return entry;
}

static struct span
stream_keep(struct stream_maker *maker, struct buf *bytes)
{
	struct span kept = arena_copy(&maker->stream->arena, buf_span(bytes));

	buf_fini(bytes);
	return kept;
}

/* As a metric stream's JSON has it. */
static void
stream_line(
    struct stream_maker *maker, const struct oracle_point *p, struct buf *out)
{
	const struct oracle_name *s = &maker->world.series[p->series];

	buf_printf(out,
	    "{\"metric_stream_name\":\"s\",\"account_id\":\"1\","
	    "\"region\":\"%s\",\"namespace\":\"%s\",\"metric_name\":\"%s\","
	    "\"dimensions\":{",
	    s->region, s->namespace, s->metric);
	if (s->host != NULL)
		buf_printf(out, "\"Host\":\"%s\"", s->host);
	if (s->team != NULL)
		buf_printf(out, "%s\"Team\":\"%s\"", s->host != NULL ? "," : "",
		    s->team);
	buf_printf(out,
	    "},\"timestamp\":%lld,\"value\":{\"max\":%.1f,\"min\":%.1f,"
	    "\"sum\":%.1f,\"count\":%.1f",
	    (long long)p->at_ms, p->max, p->min, p->sum, p->count);
	if (p->p50 >= 0)
		buf_printf(out, ",\"p50\":%.1f,\"p90\":%.1f", p->p50, p->p90);
	buf_printf(
	    out, "},\"unit\":\"%s\"}\n", s->unit != NULL ? s->unit : "None");
}

static void
stream_batch(struct stream_maker *maker, const struct oracle_entry *e)
{
	const struct oracle_point *points = maker->world.points;
	struct arena *arena = &maker->stream->arena;
	struct entry *entry = stream_add(maker, ENTRY_BATCH, e->clock_ms);
	size_t half = e->npoints / 2;
	struct span *records = arena_alloc(arena, 2 * sizeof(*records));
	struct buf lines[2] = {0};

	/* Each feed is silent for ten minutes, in turn. */
	entry->source = e->clock_ms / (10 * ORACLE_MINUTE) % 2 == 0
	    ? SPAN_OF("one")
	    : SPAN_OF("two");
	for (size_t i = 0; i < e->npoints; i++)
		stream_line(maker, &points[e->first + i], &lines[i >= half]);
	for (int i = 0; i < 2; i++)
		if (lines[i].len > 0)
			records[entry->nrecords++] =
			    stream_keep(maker, &lines[i]);
	entry->records = records;
	maker->stream->batches++;
}

/* Some batch from before, as it was. */
static void
stream_repeat(struct stream_maker *maker, int64_t clock_ms)
{
	struct stream *stream = maker->stream;
	size_t at = (size_t)oracle_roll(&maker->dice, (int64_t)stream->count);
	const struct entry *old = &stream->entries[at];
	struct entry *entry;

	if (old->kind != ENTRY_BATCH)
		return;
	entry = stream_add(maker, ENTRY_BATCH, clock_ms);
	entry->records = old->records;
	entry->nrecords = old->nrecords;
	stream->repeats++;
}

/* Alarms on silence before the world's own, and rollups behind them. */
#define STREAM_ALARMS "\"alarms\":["
#define STREAM_SILENCES                                                        \
	"{\"AlarmName\":\"silent-feed\",\"Tocsin\":{\"Silence\":{\"Feed\":"    \
	"\"one\"},\"After\":\"3m\"}},{\"AlarmName\":\"silent-region\","        \
	"\"Tocsin\":{\"Silence\":{\"Region\":\"r2\"}}},{\"AlarmName\":"        \
	"\"silent-namespace\",\"Tocsin\":{\"Silence\":{\"Region\":\"r1\","     \
	"\"Namespace\":\"AWS/DynamoDB\",\"After\":\"2m\"}}}"
#define STREAM_ROLLUPS                                                         \
	",\"rollups\":[{\"name\":\"a\",\"query\":\"SELECT MAX(errors) FROM "   \
	"\\\"N\\\" GROUP BY AWS.Region, "                                      \
	"Team\",\"window\":60000,\"every\":60000,"                             \
	"\"early\":true},{\"name\":\"b\",\"query\":\"SELECT SUM(requests) "    \
	"FROM "                                                                \
	"\\\"N\\\" GROUP BY Host ORDER BY SUM() DESC LIMIT "                   \
	"2\",\"window\":300000,"                                               \
	"\"every\":60000,\"delay\":60000,\"revise\":1800000}]}"

static void
stream_config(struct stream_maker *maker, int64_t clock_ms)
{
	struct entry *entry = stream_add(maker, ENTRY_CONFIG, clock_ms);
	struct buf world = {0}, config = {0};
	const char *all, *alarms;

	oracle_world_config(&maker->world, &world);
	all = buf_cstr(&world);
	alarms = strstr(all, STREAM_ALARMS) + strlen(STREAM_ALARMS);
	buf_put(&config, all, (size_t)(alarms - all));
	buf_text(&config, STREAM_SILENCES);
	buf_text(&config, *alarms == ']' ? "" : ",");
	buf_put(&config, alarms, world.len - (size_t)(alarms - all) - 1);
	buf_text(&config, STREAM_ROLLUPS);
	buf_fini(&world);
	entry->config = stream_keep(maker, &config);
	maker->stream->configs++;
}

/* Another threshold somewhere. */
static void
stream_change(struct stream_maker *maker, int64_t clock_ms)
{
	struct oracle_world *world = &maker->world;
	int64_t at = oracle_roll(&maker->dice, world->nalarms);

	world->alarms[at].threshold++;
	stream_config(maker, clock_ms);
}

void
stream_make(struct stream *stream, uint64_t seed)
{
	struct stream_maker maker = {
	    .stream = stream, .dice = {seed * 0x9E3779B97F4A7C15ULL}};
	size_t n;

	oracle_world_make(&maker.world, seed);
	n = maker.world.nentries;
	*stream = (struct stream){.delay_ms = maker.world.option_delay_ms};
	arena_init(&stream->arena);
	maker.room = 3 * n + 1;
	stream->entries = calloc(maker.room, sizeof(*stream->entries));
	ck_assert_ptr_nonnull(stream->entries);
	stream_config(&maker, ORACLE_START);
	for (size_t i = 0; i < n; i++) {
		const struct oracle_entry *e = &maker.world.entries[i];

		if (e->npoints > 0)
			stream_batch(&maker, e);
		else
			stream_add(&maker, ENTRY_TICK, e->clock_ms);
		if (oracle_chance(&maker.dice, STREAM_REPEATS))
			stream_repeat(&maker, e->clock_ms);
		if (oracle_chance(&maker.dice, STREAM_CONFIGS))
			stream_change(&maker, e->clock_ms);
	}
	oracle_world_fini(&maker.world);
}

void
stream_fini(struct stream *stream)
{
	free(stream->entries);
	arena_fini(&stream->arena);
}
