#include "pipeline/decode/decode_json.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "pipeline/decode/check.h"
#include "pipeline/decode/json_shape.h"

/* Year 9999 ends: what RFC 3339 can still write. */
#define JSON_TIME_MAX_MS 253402300799999

enum json_field {
	FIELD_ACCOUNT,
	FIELD_REGION,
	FIELD_NAMESPACE,
	FIELD_METRIC,
	FIELD_DIMENSIONS,
	FIELD_TIMESTAMP,
	FIELD_VALUE,
	FIELD_UNIT,
	FIELDS
};

/* The members of a line; those without a `missing` may be absent. */
static const struct json_field_row {
	const char *key, *missing, *wrong;
} json_fields[FIELDS] = {
    [FIELD_ACCOUNT] = {"account_id", "incomplete: account_id is missing",
	"account_id is not a string"},
    [FIELD_REGION] = {"region", "incomplete: region is missing",
	"region is not a string"},
    [FIELD_NAMESPACE] = {"namespace", "namespace is missing",
	"namespace is not a string"},
    [FIELD_METRIC] = {"metric_name", "metric_name is missing",
	"metric_name is not a string"},
    [FIELD_DIMENSIONS] = {"dimensions", NULL, "dimensions is not an object"},
    [FIELD_TIMESTAMP] = {"timestamp", "timestamp is missing",
	"timestamp is not an integer of milliseconds"},
    [FIELD_VALUE] = {"value", "value is missing", "value is not an object"},
    [FIELD_UNIT] = {"unit", NULL, "unit is not a string"}};

enum json_figure { FIGURE_MAX, FIGURE_MIN, FIGURE_SUM, FIGURE_COUNT, FIGURES };

static const struct json_figure_row {
	const char *key, *missing, *wrong;
} json_figures[FIGURES] = {
    [FIGURE_MAX] = {"max", "value has no max", "max is not a number"},
    [FIGURE_MIN] = {"min", "value has no min", "min is not a number"},
    [FIGURE_SUM] = {"sum", "value has no sum", "sum is not a number"},
    [FIGURE_COUNT] = {"count", "value has no count", "count is not a number"}};

/* Where in the text the parts of a point stood, for json_line_teach(). */
struct json_places {
	const char *timestamp, *value, *value_end, *common_end;
};

/* One object being read. `reason` is a fault of content: reading goes on, so
 * that the object's end is found. */
struct json_point {
	struct arena *arena;
	struct json *json;
	struct point *point;
	const char *reason;
	struct json_places places;
	unsigned seen, figures_seen; /* by the enums above, a bit each */
	struct dimension dimensions[LIMIT_DIMENSIONS];
	struct statistic statistics[LIMIT_STATISTICS];
	size_t ndimensions, nstatistics;
};

static void
json_refuse(struct json_point *p, const char *reason)
{
	if (p->reason == NULL)
		p->reason = reason;
}

/* Steps over a value of the wrong kind. */
static void
json_wrong(struct json_point *p, const char *reason)
{
	json_refuse(p, reason);
	json_skip(p->json);
}

static void
json_name(struct json_point *p, struct span *out, const char *wrong)
{
	struct json_text text;

	if (json_kind(p->json) != JSON_STRING)
		json_wrong(p, wrong);
	else if (json_string(p->json, &text))
		*out = json_unescape(p->arena, text);
}

static void
json_timestamp(struct json_point *p)
{
	const char *wrong = json_fields[FIELD_TIMESTAMP].wrong;
	struct span raw;
	int64_t ms;

	if (json_kind(p->json) != JSON_NUMBER) {
		json_wrong(p, wrong);
		return;
	}
	if (!json_number(p->json, &raw))
		return;
	p->places.timestamp = raw.at;
	if (!text_parse_int(raw, &ms))
		json_refuse(p, wrong);
	else if (ms < 0 || ms > JSON_TIME_MAX_MS)
		json_refuse(p, "timestamp is before 1970 or after 9999");
	else
		p->point->timestamp_ms = ms;
}

static void
json_dimensions(struct json_point *p)
{
	struct json_text key;
	struct span value = {0};

	if (json_kind(p->json) != JSON_OBJECT) {
		json_wrong(p, json_fields[FIELD_DIMENSIONS].wrong);
		return;
	}
	json_enter(p->json, '{');
	while (json_member(p->json, &key)) {
		if (p->ndimensions == 0)
			p->places.common_end = p->json->at;
		json_name(p, &value, "a dimension's value is not a string");
		if (p->ndimensions == LIMIT_DIMENSIONS)
			json_refuse(p, "more than 30 dimensions");
		else
			p->dimensions[p->ndimensions++] = (struct dimension){
			    json_unescape(p->arena, key), value};
	}
}

/* A number of `value`. What is no number is refused where `wrong` is given,
 * else stepped over. */
static bool
json_figure(struct json_point *p, double *value, const char *wrong)
{
	if (json_kind(p->json) == JSON_NUMBER)
		return json_double(p->json, value);
	if (wrong != NULL)
		json_refuse(p, wrong);
	json_skip(p->json);
	return false;
}

static void
json_statistic(struct json_point *p, struct span name)
{
	double value;

	if (!json_figure(p, &value, NULL))
		return;
	for (size_t i = 0; i < p->nstatistics; i++)
		if (span_equal(p->statistics[i].name, name))
			json_refuse(p, "a statistic stands twice");
	if (p->nstatistics == LIMIT_STATISTICS)
		json_refuse(p, "more than 32 extended statistics");
	else
		p->statistics[p->nstatistics++] =
		    (struct statistic){name, value};
}

static void
json_value_member(struct json_point *p, struct span key)
{
	double *const into[FIGURES] = {[FIGURE_MAX] = &p->point->max,
	    [FIGURE_MIN] = &p->point->min,
	    [FIGURE_SUM] = &p->point->sum,
	    [FIGURE_COUNT] = &p->point->count};

	for (unsigned i = 0; i < FIGURES; i++) {
		if (!span_is(key, json_figures[i].key))
			continue;
		if (p->figures_seen & 1u << i)
			json_refuse(p, "a key stands twice");
		if (json_kind(p->json) == JSON_NULL) {
			json_wrong(p, json_figures[i].missing);
			return;
		}
		p->figures_seen |= 1u << i;
		json_figure(p, into[i], json_figures[i].wrong);
		return;
	}
	json_statistic(p, key);
}

static void
json_value(struct json_point *p)
{
	struct json_text key;

	if (json_kind(p->json) != JSON_OBJECT) {
		json_wrong(p, json_fields[FIELD_VALUE].wrong);
		return;
	}
	p->places.value = p->json->at;
	json_enter(p->json, '{');
	while (json_member(p->json, &key))
		json_value_member(p, json_unescape(p->arena, key));
	p->places.value_end = p->json->at;
	for (unsigned i = 0; i < FIGURES; i++)
		if (!(p->figures_seen & 1u << i))
			json_refuse(p, json_figures[i].missing);
}

static void
json_point_field(struct json_point *p, enum json_field field)
{
	struct series_key *key = &p->point->series;
	struct span *const names[FIELDS] = {[FIELD_ACCOUNT] = &key->account,
	    [FIELD_REGION] = &key->region,
	    [FIELD_NAMESPACE] = &key->namespace,
	    [FIELD_METRIC] = &key->metric,
	    [FIELD_UNIT] = &key->unit};

	if (p->seen & 1u << field)
		json_refuse(p, "a key stands twice");
	if (json_kind(p->json) == JSON_NULL) {
		json_skip(p->json);
		return;
	}
	p->seen |= 1u << field;
	if (names[field] != NULL)
		json_name(p, names[field], json_fields[field].wrong);
	else if (field == FIELD_TIMESTAMP)
		json_timestamp(p);
	else if (field == FIELD_VALUE)
		json_value(p);
	else
		json_dimensions(p);
}

static void
json_point_members(struct json_point *p)
{
	struct json_text raw;

	if (!json_enter(p->json, '{'))
		return;
	while (json_member(p->json, &raw)) {
		struct span key = json_unescape(p->arena, raw);
		unsigned field = 0;

		while (field < FIELDS && !span_is(key, json_fields[field].key))
			field++;
		if (field < FIELDS)
			json_point_field(p, field);
		else
			json_skip(p->json);
	}
}

/* What must be there, and the arrays from the stack into the arena. */
static void
json_point_finish(struct json_point *p)
{
	static const unsigned char order[] = {FIELD_METRIC, FIELD_NAMESPACE,
	    FIELD_VALUE, FIELD_TIMESTAMP, FIELD_ACCOUNT, FIELD_REGION};
	struct point *point = p->point;
	size_t size = p->ndimensions * sizeof(*p->dimensions);

	for (size_t i = 0; i < sizeof(order); i++)
		if (!(p->seen & 1u << order[i]))
			json_refuse(p, json_fields[order[i]].missing);
	if (!dimensions_sort(p->dimensions, p->ndimensions))
		json_refuse(p, "a dimension stands twice");
	if (p->reason != NULL)
		return;
	if (point->series.unit.len == 0)
		point->series.unit = SPAN_OF("None");
	point->series.ndimensions = p->ndimensions;
	if (size > 0)
		point->series.dimensions =
		    memcpy(arena_alloc(p->arena, size), p->dimensions, size);
	point->nstatistics = p->nstatistics;
	size = p->nstatistics * sizeof(*p->statistics);
	if (size > 0)
		point->statistics =
		    memcpy(arena_alloc(p->arena, size), p->statistics, size);
	json_refuse(p, check_point(point));
}

/* One object; the reason when it is no point, and json->fault stands when
 * what follows it cannot be read. */
static const char *
json_object(struct decoded *out, struct json *json, struct json_places *places)
{
	struct json_point p = {.arena = out->arena, .json = json};
	struct arena_mark mark;

	p.point = decoded_point(out);
	mark = arena_mark(out->arena);
	json_point_members(&p);
	if (json->fault != NULL)
		p.reason = json->fault;
	else
		json_point_finish(&p);
	*places = p.places;
	if (p.reason == NULL)
		out->npoints++;
	else
		arena_rollback(out->arena, mark);
	return p.reason;
}

/*
 * The last point is all that the line has. Where the parser found timestamp
 * and numbers at the places that the shape took them from, any line with the
 * same bytes around them is the same but for those: the cache may learn them.
 */
static void
json_line_teach(struct decoded *out, const struct json_places *places,
    const struct json_shape *shape)
{
	const struct span body = shape->key.body;
	struct identity_key *key;

	if (places->timestamp != body.at + body.len ||
	    places->value != shape->value ||
	    places->value_end != shape->key.tail.at + 1)
		return;
	key = arena_alloc(out->arena, sizeof(*key));
	*key = shape->key;
	/* All series of a metric have in common what is before the values. */
	if (places->common_end != NULL &&
	    places->common_end <= places->timestamp)
		key->shared = (uint32_t)(places->common_end - body.at);
	out->points[out->npoints - 1].teach = key;
}

void
json_line(struct decoded *out, struct span record, struct span line,
    size_t index, size_t number, const struct json_shape *shape)
{
	const char *reason = NULL, *bad = line.at;
	struct json_places places;
	size_t objects = 0;
	struct json json;

	json_init(&json, line);
	for (; json.fault == NULL && !json_done(&json); objects++) {
		const char *from = objects == 0 ? line.at : json.at;
		const char *why = json_object(out, &json, &places);

		if (reason == NULL && why != NULL) {
			reason = why;
			bad = from;
		}
	}
	if (reason != NULL)
		decoded_reject(out, index, number, (size_t)(bad - record.at),
		    (size_t)(line.at + line.len - bad), reason);
	else if (objects == 1 && shape != NULL)
		json_line_teach(out, &places, shape);
}

void
decode_json(struct decoded *out, struct span record, size_t index)
{
	const char *at = record.at, *end = record.at + record.len;

	if (out->identities != NULL) {
		json_record(out, record, index, json_path_best());
		return;
	}
	for (size_t number = 1; at < end; number++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *stop = newline == NULL ? end : newline;

		json_line(out, record, span_make(at, (size_t)(stop - at)),
		    index, number, NULL);
		at = stop + (newline != NULL);
	}
}
