/*
 * The hand-written visitor against code that protoc-c made of the same
 * messages: random ones must read alike, damaged ones must never be read
 * past their end nor give a point that the other does not see.
 */
#include "base/buf.h"
#include "decode_fixture.h"
#include "schemas/otlp.pb-c.h"

#define ORACLE_POINTS_MAX 256

/* xorshift64*: the same messages on every machine. */
static uint64_t oracle_seed = 0x9e3779b97f4a7c15;

static unsigned
oracle_below(unsigned bound)
{
	oracle_seed ^= oracle_seed >> 12;
	oracle_seed ^= oracle_seed << 25;
	oracle_seed ^= oracle_seed >> 27;
	return (unsigned)((oracle_seed * 0x2545f4914f6cdd1d) >> 33) % bound;
}

static bool
oracle_chance(unsigned percent)
{
	return oracle_below(100) < percent;
}

/* Makes a message in the arena: MAKE(arena, Point, POINT). */
#define MAKE(arena, type, init)                                                \
	memcpy(arena_alloc(arena, sizeof(Otlp__##type)),                       \
	    &(Otlp__##type)OTLP__##init##__INIT, sizeof(Otlp__##type))

#define MAKE_LIST(arena, list, n, count)                                       \
	((n) = (count),                                                        \
	    (list) = arena_alloc(arena, ((n) + 1) * sizeof(*(list))))

static Otlp__AnyValue *
make_text(struct arena *arena, char *text)
{
	Otlp__AnyValue *any = MAKE(arena, AnyValue, ANY_VALUE);

	any->value_case = OTLP__ANY_VALUE__VALUE_STRING_VALUE;
	any->string_value = text;
	return any;
}

static Otlp__KeyValue *
make_pair(struct arena *arena, char *key, Otlp__AnyValue *value)
{
	Otlp__KeyValue *pair = MAKE(arena, KeyValue, KEY_VALUE);

	pair->key = key;
	pair->value = value;
	return pair;
}

static char *
make_name(struct arena *arena, const char *stem)
{
	return arena_printf(arena, "%s%u", stem, oracle_below(1000));
}

static double
make_value(void)
{
	switch (oracle_below(4)) {
	case 0:
		return 0;
	case 1:
		return oracle_below(100000);
	case 2:
		return -(double)(1 + oracle_below(1000)) / 7;
	default:
		return (double)oracle_below(1u << 30) * 0x1p60;
	}
}

static void
make_labels(struct arena *arena, Otlp__Point *point, unsigned dimensions)
{
	MAKE_LIST(arena, point->labels, point->n_labels, dimensions + 2);
	for (unsigned i = 0; i < dimensions + 2; i++) {
		Otlp__Label *label = MAKE(arena, Label, LABEL);

		label->key = i == 0 ? (char *)"Namespace"
		    : i == 1	    ? (char *)"MetricName"
				    : arena_printf(arena, "%c-dim-%u",
					  'a' + oracle_below(26), i);
		if (i < 2 || oracle_chance(90))
			label->value = make_name(arena, "label/");
		point->labels[i] = label;
	}
}

static void
make_attributes(struct arena *arena, Otlp__Point *point, unsigned dimensions)
{
	Otlp__AnyValue *any = MAKE(arena, AnyValue, ANY_VALUE);
	Otlp__KeyValueList *list = MAKE(arena, KeyValueList, KEY_VALUE_LIST);

	MAKE_LIST(arena, list->values, list->n_values, dimensions);
	for (unsigned i = 0; i < dimensions; i++)
		list->values[i] = make_pair(arena,
		    arena_printf(arena, "%c-dim-%u", 'a' + oracle_below(26), i),
		    make_text(arena, make_name(arena, "value:")));
	any->value_case = OTLP__ANY_VALUE__VALUE_KVLIST_VALUE;
	any->kvlist_value = list;
	MAKE_LIST(arena, point->attributes, point->n_attributes, 3);
	point->attributes[0] = make_pair(arena, (char *)"Namespace",
	    make_text(arena, make_name(arena, "AWS/")));
	point->attributes[1] = make_pair(arena, (char *)"MetricName",
	    make_text(arena, make_name(arena, "Metric")));
	point->attributes[2] = make_pair(arena, (char *)"Dimensions", any);
}

static Otlp__Point *
make_point(struct arena *arena)
{
	static const double inner[] = {0.1, 0.5, 0.95, 0.99, 0.999};
	Otlp__Point *point = MAKE(arena, Point, POINT);
	unsigned quantiles = 2 + oracle_below(6);

	point->start_time_unix_nano =
	    1600000000000000000 + oracle_below(1000000) * 60000000000;
	point->time_unix_nano = point->start_time_unix_nano + 60000000000;
	point->count = oracle_below(1000);
	point->sum = make_value();
	if (oracle_chance(50))
		make_labels(arena, point, oracle_below(6));
	else
		make_attributes(arena, point, oracle_below(6));
	MAKE_LIST(
	    arena, point->quantile_values, point->n_quantile_values, quantiles);
	for (unsigned i = 0; i < quantiles; i++) {
		Otlp__Quantile *quantile = MAKE(arena, Quantile, QUANTILE);

		quantile->quantile = i == 0 ? 0
		    : i + 1 == quantiles    ? 1
					    : inner[i - 1];
		quantile->value = make_value();
		point->quantile_values[i] = quantile;
	}
	return point;
}

static Otlp__Metric *
make_metric(struct arena *arena)
{
	static const char *const units[] = {"", "1", "By", "ms", "{Count}/s"};
	Otlp__Metric *metric = MAKE(arena, Metric, METRIC);
	unsigned points = oracle_below(4);

	metric->name = make_name(arena, "amazonaws.com/AWS/");
	metric->unit = arena_printf(arena, "%s", units[oracle_below(5)]);
	metric->summary = MAKE(arena, Summary, SUMMARY);
	MAKE_LIST(arena, metric->summary->data_points,
	    metric->summary->n_data_points, points);
	for (unsigned i = 0; i < points; i++)
		metric->summary->data_points[i] = make_point(arena);
	return metric;
}

static Otlp__ResourceMetrics *
make_resource_metrics(struct arena *arena)
{
	Otlp__ResourceMetrics *all =
	    MAKE(arena, ResourceMetrics, RESOURCE_METRICS);
	Otlp__ScopeMetrics *scope = MAKE(arena, ScopeMetrics, SCOPE_METRICS);
	Otlp__Resource *resource = MAKE(arena, Resource, RESOURCE);

	MAKE_LIST(arena, resource->attributes, resource->n_attributes, 3);
	resource->attributes[0] = make_pair(
	    arena, (char *)"cloud.provider", make_text(arena, (char *)"aws"));
	resource->attributes[1] = make_pair(arena, (char *)"cloud.account.id",
	    make_text(arena, make_name(arena, "111122223")));
	resource->attributes[2] = make_pair(arena, (char *)"cloud.region",
	    make_text(arena, make_name(arena, "us-east-")));
	if (oracle_chance(95))
		all->resource = resource;
	MAKE_LIST(arena, scope->metrics, scope->n_metrics, oracle_below(4));
	for (unsigned i = 0; i < scope->n_metrics; i++)
		scope->metrics[i] = make_metric(arena);
	MAKE_LIST(arena, all->scope_metrics, all->n_scope_metrics, 1);
	all->scope_metrics[0] = scope;
	return all;
}

static Otlp__Request *
make_request(struct arena *arena)
{
	Otlp__Request *request = MAKE(arena, Request, REQUEST);

	MAKE_LIST(arena, request->resource_metrics, request->n_resource_metrics,
	    oracle_below(3));
	for (unsigned i = 0; i < request->n_resource_metrics; i++)
		request->resource_metrics[i] = make_resource_metrics(arena);
	return request;
}

/* What the points of a message should be shown as, read from the tree that
 * protobuf-c gives; NULL where a point lacks something. */
struct expected {
	struct arena *arena;
	const char *shown[ORACLE_POINTS_MAX];
	size_t count;
};

static const char *
expect_attribute(size_t n, Otlp__KeyValue **pairs, const char *key)
{
	const char *found = "";

	for (size_t i = 0; i < n; i++)
		if (strcmp(pairs[i]->key, key) == 0)
			found = pairs[i]->value != NULL &&
				pairs[i]->value->value_case ==
				    OTLP__ANY_VALUE__VALUE_STRING_VALUE
			    ? pairs[i]->value->string_value
			    : "";
	return found;
}

static int
expect_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* " name=value" of each dimension, sorted. */
static const char *
expect_dimensions(struct arena *arena, const Otlp__Point *point)
{
	char *pairs[64], *text = arena_printf(arena, "%s", "");
	size_t count = 0;

	for (size_t i = 2; i < point->n_labels && count < 64; i++)
		pairs[count++] = arena_printf(arena, "%s=%s",
		    point->labels[i]->key, point->labels[i]->value);
	for (size_t i = 0; i < point->n_attributes; i++) {
		const Otlp__KeyValue *pair = point->attributes[i];

		if (strcmp(pair->key, "Dimensions") != 0 ||
		    pair->value == NULL ||
		    pair->value->value_case !=
			OTLP__ANY_VALUE__VALUE_KVLIST_VALUE)
			continue;
		for (size_t k = 0;
		     k < pair->value->kvlist_value->n_values && count < 64;
		     k++) {
			Otlp__KeyValue *one =
			    pair->value->kvlist_value->values[k];

			pairs[count++] = arena_printf(arena, "%s=%s", one->key,
			    expect_attribute(1, &one, one->key));
		}
	}
	qsort(pairs, count, sizeof(*pairs), expect_order);
	for (size_t i = 0; i < count; i++)
		text = arena_printf(arena, "%s %s", text, pairs[i]);
	return text;
}

static const char *
expect_unit(const char *unit)
{
	static const char *const words[][2] = {{"", "None"}, {"1", "None"},
	    {"By", "Bytes"}, {"ms", "Milliseconds"},
	    {"{Count}/s", "Count/Second"}};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(unit, words[i][0]) == 0)
			return words[i][1];
	return unit;
}

/* The names of quantiles that no generator makes are not compared: "p*". */
static const char *
expect_statistics(struct arena *arena, const Otlp__Point *point)
{
	char number[TEXT_NUMBER_SIZE], *text = arena_printf(arena, "%s", "");

	for (size_t i = 0; i < point->n_quantile_values; i++) {
		const Otlp__Quantile *q = point->quantile_values[i];
		const char *short_form =
		    arena_printf(arena, "%.3g", q->quantile);

		if (q->quantile == 0 || q->quantile == 1)
			continue;
		if (strtod(short_form, NULL) != q->quantile)
			return arena_printf(arena, "%s p*", text);
		text_double(number, q->value);
		text = arena_printf(
		    arena, "%s p%g=%s", text, q->quantile * 100, number);
	}
	return text;
}

static const char *
expect_point(struct arena *arena, const Otlp__ResourceMetrics *all,
    const Otlp__Metric *metric, const Otlp__Point *point)
{
	char sum[TEXT_NUMBER_SIZE], count[TEXT_NUMBER_SIZE],
	    min[TEXT_NUMBER_SIZE] = "", max[TEXT_NUMBER_SIZE] = "";
	const char *namespace, *name;
	bool labels = point->n_labels >= 2;

	if (all->resource == NULL)
		return NULL;
	namespace = labels ? point->labels[0]->value
			   : expect_attribute(point->n_attributes,
				 point->attributes, "Namespace");
	name = labels ? point->labels[1]->value
		      : expect_attribute(point->n_attributes, point->attributes,
			    "MetricName");
	text_double(sum, point->sum);
	text_double(count, (double)point->count);
	for (size_t i = 0; i < point->n_quantile_values; i++)
		if (point->quantile_values[i]->quantile == 0)
			text_double(min, point->quantile_values[i]->value);
		else if (point->quantile_values[i]->quantile == 1)
			text_double(max, point->quantile_values[i]->value);
	return arena_printf(arena, "%s %s %s %s %s @%llu%s : %s/%s/%s/%s%s",
	    expect_attribute(all->resource->n_attributes,
		all->resource->attributes, "cloud.account.id"),
	    expect_attribute(all->resource->n_attributes,
		all->resource->attributes, "cloud.region"),
	    namespace, name, expect_unit(metric->unit),
	    (unsigned long long)point->start_time_unix_nano / 1000000,
	    expect_dimensions(arena, point), sum, count, min, max,
	    expect_statistics(arena, point));
}

static void
expect_request(struct expected *out, const Otlp__Request *request)
{
	for (size_t i = 0; i < request->n_resource_metrics; i++) {
		const Otlp__ResourceMetrics *all = request->resource_metrics[i];

		for (size_t k = 0; k < all->n_scope_metrics; k++)
			for (size_t m = 0; m < all->scope_metrics[k]->n_metrics;
			     m++) {
				const Otlp__Metric *metric =
				    all->scope_metrics[k]->metrics[m];
				const Otlp__Summary *summary = metric->summary;

				for (size_t p = 0; summary != NULL &&
				     p < summary->n_data_points &&
				     out->count < ORACLE_POINTS_MAX;
				     p++)
					out->shown[out->count++] = expect_point(
					    out->arena, all, metric,
					    summary->data_points[p]);
			}
	}
}

static void
put_framed(struct buf *out, struct arena *arena, const Otlp__Request *request)
{
	size_t len = otlp__request__get_packed_size(request), rest = len;
	uint8_t *packed = arena_alloc(arena, len + 1);

	for (; rest >= 0x80; rest >>= 7)
		buf_byte(out, (char)(rest | 0x80));
	buf_byte(out, (char)rest);
	otlp__request__pack(request, packed);
	buf_put(out, packed, len);
}

START_TEST(random_messages_read_alike)
{
	size_t total = 0;

	for (int round = 0; round < 400; round++) {
		struct fixture f;
		struct buf record = {0};
		struct expected expected = {.arena = &f.arena};
		unsigned messages = 1 + oracle_below(3);
		size_t kept = 0;

		fixture_init(&f);
		for (unsigned i = 0; i < messages; i++) {
			Otlp__Request *request = make_request(&f.arena);

			put_framed(&record, &f.arena, request);
			expect_request(&expected, request);
		}
		fixture_decode(&f, buf_span(&record), 0);
		ck_assert_uint_eq(
		    f.out.npoints + f.out.nrejects, expected.count);
		for (size_t i = 0; i < expected.count; i++)
			if (expected.shown[i] != NULL)
				ck_assert_str_eq(fixture_point(&f, kept++),
				    expected.shown[i]);
		ck_assert_uint_eq(kept, f.out.npoints);
		total += kept;
		buf_fini(&record);
		fixture_fini(&f);
	}
	ck_assert_uint_gt(total, 1000);
}
END_TEST

/* The tree of a framed record of one message; NULL when it is none. */
static Otlp__Request *
unpack_framed(struct span record)
{
	size_t at = 0, len = 0;

	for (unsigned shift = 0; at < record.len && shift < 35; shift += 7) {
		unsigned char byte = (unsigned char)record.at[at++];

		len |= (size_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			break;
	}
	if (len != record.len - at)
		return NULL;
	return otlp__request__unpack(
	    NULL, len, (const uint8_t *)record.at + at);
}

static bool
is_alike(const char *shown, const char *expected)
{
	size_t len = strlen(expected);

	if (len > 0 && expected[len - 1] == '*')
		return strncmp(shown, expected, len - 1) == 0;
	return strcmp(shown, expected) == 0;
}

/* Every point that the visitor keeps stands in the tree, in its order. */
static void
assert_seen_by_both(struct fixture *f, const struct expected *expected)
{
	size_t at = 0;

	for (size_t i = 0; i < f->out.npoints; i++) {
		const char *shown = fixture_point(f, i);

		while (at < expected->count &&
		    (expected->shown[at] == NULL ||
			!is_alike(shown, expected->shown[at])))
			at++;
		ck_assert_msg(at < expected->count, "only one sees %s", shown);
		at++;
	}
}

START_TEST(damaged_messages_give_no_other_points)
{
	size_t both = 0, refused = 0;

	for (int round = 0; round < 20000; round++) {
		struct fixture f;
		struct buf record = {0};
		struct expected expected = {.arena = &f.arena};
		Otlp__Request *tree;

		fixture_init(&f);
		put_framed(&record, &f.arena, make_request(&f.arena));
		for (unsigned n = 1 + oracle_below(3); n > 0; n--)
			record.bytes[oracle_below((unsigned)record.len)] ^=
			    (char)(1u << oracle_below(8));
		if (oracle_chance(10))
			record.len = oracle_below((unsigned)record.len);
		decoders[1].decode(
		    &f.out, fixture_exact(&f, buf_span(&record)), 0);
		tree = unpack_framed(buf_span(&record));
		if (tree != NULL) {
			expect_request(&expected, tree);
			assert_seen_by_both(&f, &expected);
			both += f.out.npoints > 0;
			otlp__request__free_unpacked(tree, NULL);
		}
		refused += f.out.nrejects > 0;
		buf_fini(&record);
		fixture_fini(&f);
	}
	ck_assert_uint_gt(both, 1000);
	ck_assert_uint_gt(refused, 1000);
}
END_TEST

/* Bytes of no meaning: each length to the end of its memory, so that one byte
 * too many is seen. */
START_TEST(noise_is_refused_or_empty)
{
	for (int round = 0; round < 20000; round++) {
		struct fixture f;
		char noise[96];
		size_t len = oracle_below(sizeof(noise)) + 1;

		fixture_init(&f);
		for (size_t i = 0; i < len; i++)
			noise[i] =
			    (char)(oracle_chance(50) ? oracle_below(16)
						     : oracle_below(256));
		fixture_decode(&f, span_make(noise, len), 0);
		ck_assert_uint_eq(f.out.npoints, 0);
		fixture_fini(&f);
	}
}
END_TEST

TEST_MAIN("decode_oracle", random_messages_read_alike,
    damaged_messages_give_no_other_points, noise_is_refused_or_empty)
