#include "pipeline/decode/decode_otlp.h"

#include "base/limits.h"
#include "pipeline/decode/check.h"
#include "pipeline/decode/decode_otlp_visit.h"
#include "pipeline/decode/translate.h"
#include "pipeline/decode/wire.h"

#define OTLP_LIKELY_MAX 4096

/* A data point as it stands on the wire; fields that are zero are absent
 * there (proto3), so zero is what they begin with. */
struct otlp_point {
	uint64_t start_ns, count;
	double sum;
	struct span namespace, metric;
	bool labelled, attributed;
	struct dimension dimensions[LIMIT_DIMENSIONS];
	struct otlp_quantile quantiles[OTLP_QUANTILES];
	size_t ndimensions, nquantiles;
	const char *reason; /* it is read, and yet no point */
};

typedef bool otlp_visit(struct otlp *o, struct span bytes);

static bool
otlp_end(struct otlp *o, const struct wire *wire)
{
	if (o->fault == NULL)
		o->fault = wire->fault;
	return o->fault == NULL;
}

/* Visits each submessage with this field number. */
static bool
otlp_each(struct otlp *o, struct span bytes, unsigned number, otlp_visit *visit)
{
	struct wire wire = wire_make(bytes);
	struct wire_field field;

	while (wire_find(&wire, WIRE_TAG(number, WIRE_BYTES), &field))
		if (!visit(o, field.bytes))
			return false;
	return otlp_end(o, &wire);
}

static void
otlp_refuse(struct otlp *o, const char *reason)
{
	if (o->point->reason == NULL)
		o->point->reason = reason;
}

/* A KeyValue or StringKeyValue: key 1, value 2. */
static bool
otlp_pair(
    struct otlp *o, struct span bytes, struct span *key, struct span *value)
{
	struct wire wire = wire_make(bytes);
	struct wire_field field;

	*key = *value = (struct span){0};
	while (wire_next(&wire, &field)) {
		if (field.tag == WIRE_TAG(1, WIRE_BYTES))
			*key = field.bytes;
		else if (field.tag == WIRE_TAG(2, WIRE_BYTES))
			*value = field.bytes;
	}
	return otlp_end(o, &wire);
}

/*
 * An AnyValue: string 1, kvlist 6. `tag` is that of the kind it holds, 0 when
 * it holds none; the last one on the wire stands, as it is a oneof.
 */
static bool
otlp_any(struct otlp *o, struct span bytes, uint64_t *tag, struct span *value)
{
	struct wire wire = wire_make(bytes);
	struct wire_field field;

	*tag = 0;
	*value = (struct span){0};
	while (wire_next(&wire, &field)) {
		*tag = field.tag;
		*value = field.bytes;
	}
	return otlp_end(o, &wire);
}

static bool
otlp_any_text(struct otlp *o, struct span bytes, struct span *text)
{
	uint64_t tag;

	if (!otlp_any(o, bytes, &tag, text))
		return false;
	if (tag != WIRE_TAG(1, WIRE_BYTES))
		*text = (struct span){0};
	return true;
}

static void
otlp_add_dimension(struct otlp *o, struct span name, struct span value)
{
	struct otlp_point *p = o->point;

	if (p->ndimensions == LIMIT_DIMENSIONS)
		otlp_refuse(o, "more than 30 dimensions");
	else
		p->dimensions[p->ndimensions++] =
		    (struct dimension){name, value};
}

static bool
otlp_dimension(struct otlp *o, struct span bytes)
{
	struct span key, any, value;
	uint64_t tag;

	if (!otlp_pair(o, bytes, &key, &any) || !otlp_any(o, any, &tag, &value))
		return false;
	if (tag != WIRE_TAG(1, WIRE_BYTES) && tag != 0)
		otlp_refuse(o, "a dimension's value is not a string");
	otlp_add_dimension(o, key, value);
	return true;
}

/* 1.0: Namespace, MetricName and Dimensions, a list of pairs. */
static bool
otlp_attribute(struct otlp *o, struct span bytes)
{
	struct otlp_point *p = o->point;
	struct span key, any, list;
	uint64_t tag;

	p->attributed = true;
	if (!otlp_pair(o, bytes, &key, &any))
		return false;
	if (span_is(key, "Namespace"))
		return otlp_any_text(o, any, &p->namespace);
	if (span_is(key, "MetricName"))
		return otlp_any_text(o, any, &p->metric);
	if (!otlp_any(o, any, &tag, &list))
		return false;
	if (!span_is(key, "Dimensions") || tag == 0)
		return true;
	if (tag != WIRE_TAG(6, WIRE_BYTES)) {
		otlp_refuse(o, "Dimensions is not a list of pairs");
		return true;
	}
	return otlp_each(o, list, 1, otlp_dimension);
}

/* 0.7: the first Namespace and MetricName are the identity; a customer may
 * have dimensions of these names, which come behind them. */
static bool
otlp_label(struct otlp *o, struct span bytes)
{
	struct otlp_point *p = o->point;
	struct span key, value;

	p->labelled = true;
	if (!otlp_pair(o, bytes, &key, &value))
		return false;
	if (p->namespace.at == NULL && span_is(key, "Namespace"))
		p->namespace = value;
	else if (p->metric.at == NULL && span_is(key, "MetricName"))
		p->metric = value;
	else
		otlp_add_dimension(o, key, value);
	return true;
}

static bool
otlp_quantile(struct otlp *o, struct span bytes)
{
	struct wire wire = wire_make(bytes);
	struct wire_field field;
	struct otlp_quantile quantile = {0};
	struct otlp_point *p = o->point;

	while (wire_next(&wire, &field)) {
		if (field.tag == WIRE_TAG(1, WIRE_FIXED64))
			quantile.at = wire_double(&field);
		else if (field.tag == WIRE_TAG(2, WIRE_FIXED64))
			quantile.value = wire_double(&field);
		else if (field.tag >> 3 <= 2)
			wire.fault = "a quantile's field has another type";
	}
	if (!(quantile.at >= 0 && quantile.at <= 1))
		otlp_refuse(o, "a quantile is not within 0 and 1");
	for (size_t i = 0; i < p->nquantiles; i++)
		if (p->quantiles[i].at == quantile.at)
			otlp_refuse(o, "a quantile stands twice");
	if (p->nquantiles == OTLP_QUANTILES)
		otlp_refuse(o, "more than 32 extended statistics");
	else
		p->quantiles[p->nquantiles++] = quantile;
	return otlp_end(o, &wire);
}

static bool
otlp_point_fields(struct otlp *o, struct span bytes)
{
	struct wire wire = wire_make(bytes);
	struct wire_field field;
	bool good = true;

	while (good && wire_next(&wire, &field)) {
		switch (field.tag) {
		case WIRE_TAG(1, WIRE_BYTES):
			good = otlp_label(o, field.bytes);
			break;
		case WIRE_TAG(2, WIRE_FIXED64):
			o->point->start_ns = field.number;
			break;
		case WIRE_TAG(3, WIRE_FIXED64): /* the end: start + 60 s */
			break;
		case WIRE_TAG(4, WIRE_FIXED64):
			o->point->count = field.number;
			break;
		case WIRE_TAG(5, WIRE_FIXED64):
			o->point->sum = wire_double(&field);
			break;
		case WIRE_TAG(6, WIRE_BYTES):
			good = otlp_quantile(o, field.bytes);
			break;
		case WIRE_TAG(7, WIRE_BYTES):
			good = otlp_attribute(o, field.bytes);
			break;
		default:
			/* Stepped over, it would be read as zero. */
			if (field.tag >> 3 <= 7)
				wire.fault = "a point's field has another type";
		}
	}
	return otlp_end(o, &wire) && good;
}

/* What makes a point; the reason when something is not there. */
static const char *
otlp_missing(const struct otlp *o)
{
	const struct otlp_point *p = o->point;
	unsigned ends = 0;

	if (o->account.len == 0)
		return "incomplete: the resource has no cloud.account.id";
	if (o->region.len == 0)
		return "incomplete: the resource has no cloud.region";
	if (p->namespace.len == 0)
		return "incomplete: the point has no Namespace";
	if (p->metric.len == 0)
		return "incomplete: the point has no MetricName";
	if (p->labelled && p->attributed)
		return "the point has labels and attributes";
	if (p->start_ns == 0)
		return "incomplete: the point has no start time";
	for (size_t i = 0; i < p->nquantiles; i++)
		ends += p->quantiles[i].at == 0 || p->quantiles[i].at == 1;
	if (ends != 2)
		return "incomplete: the point has no minimum and maximum";
	return NULL;
}

/* Quantile 0 is the minimum, 1 the maximum, the others are statistics. */
static void
otlp_statistics(const struct otlp *o, struct point *point)
{
	const struct otlp_point *p = o->point;
	struct arena *arena = o->out->arena;
	struct statistic *statistics = NULL;
	size_t count = 0;

	if (p->nquantiles > 2)
		statistics = arena_alloc(
		    arena, (p->nquantiles - 2) * sizeof(*statistics));
	for (size_t i = 0; i < p->nquantiles; i++) {
		const struct otlp_quantile *q = &p->quantiles[i];

		if (q->at == 0)
			point->min = q->value;
		else if (q->at == 1)
			point->max = q->value;
		else
			statistics[count++] = (struct statistic){
			    translate_quantile(arena, q->at), q->value};
	}
	point->statistics = statistics;
	point->nstatistics = count;
}

static const char *
otlp_make(const struct otlp *o, struct point *point)
{
	struct otlp_point *p = o->point;
	size_t size = p->ndimensions * sizeof(*p->dimensions);
	const char *reason = p->reason != NULL ? p->reason : otlp_missing(o);

	if (reason != NULL)
		return reason;
	if (!dimensions_sort(p->dimensions, p->ndimensions))
		return "a dimension stands twice";
	*point = (struct point){.series = {.account = o->account,
				    .region = o->region,
				    .namespace = p->namespace,
				    .metric = p->metric,
				    .unit = translate_unit(o->unit),
				    .ndimensions = p->ndimensions},
	    .timestamp_ms = (int64_t)(p->start_ns / 1000000),
	    .sum = p->sum,
	    .count = (double)p->count};
	if (size > 0)
		point->series.dimensions = memcpy(
		    arena_alloc(o->out->arena, size), p->dimensions, size);
	otlp_statistics(o, point);
	return check_point(point);
}

bool
otlp_point(struct otlp *o, struct span bytes)
{
	struct otlp_point p = {0};
	struct arena_mark mark;
	const char *reason;
	struct point *point;

	o->point = &p;
	o->points++;
	if (!otlp_point_fields(o, bytes))
		return false;
	if (!o->keep)
		return true;
	point = decoded_point(o->out);
	mark = arena_mark(o->out->arena);
	reason = otlp_make(o, point);
	if (reason == NULL) {
		o->out->npoints++;
		return true;
	}
	arena_rollback(o->out->arena, mark);
	decoded_reject(o->out, o->index, o->item,
	    (size_t)(bytes.at - o->record.at), bytes.len, reason);
	return true;
}

static bool
otlp_summary(struct otlp *o, struct span bytes)
{
	return otlp_each(o, bytes, 1, otlp_point);
}

static bool
otlp_unit(struct otlp *o, struct span bytes)
{
	o->unit = bytes;
	return true;
}

/* Its name is not read: namespaces have slashes too. */
static bool
otlp_metric(struct otlp *o, struct span bytes)
{
	o->unit = (struct span){0};
	return otlp_each(o, bytes, 3, otlp_unit) &&
	    otlp_each(o, bytes, 11, otlp_summary);
}

static bool
otlp_scope(struct otlp *o, struct span bytes)
{
	return otlp_each(o, bytes, 2, otlp_metric);
}

static bool
otlp_resource_attribute(struct otlp *o, struct span bytes)
{
	struct span key, any;

	if (!otlp_pair(o, bytes, &key, &any))
		return false;
	if (span_is(key, "cloud.account.id"))
		return otlp_any_text(o, any, &o->account);
	if (span_is(key, "cloud.region"))
		return otlp_any_text(o, any, &o->region);
	return true;
}

bool
otlp_resource(struct otlp *o, struct span bytes)
{
	return otlp_each(o, bytes, 1, otlp_resource_attribute);
}

/* The resource may stand behind its metrics on the wire. */
static bool
otlp_resource_metrics(struct otlp *o, struct span bytes)
{
	o->account = o->region = (struct span){0};
	return otlp_each(o, bytes, 1, otlp_resource) &&
	    otlp_each(o, bytes, 2, otlp_scope);
}

/* Twice: first only to see that the message can be read to its end and how
 * many points it has, then to keep them. */
static bool
otlp_message(struct otlp *o, struct span message)
{
	struct decoded *out = o->out;

	o->keep = false;
	o->points = 0;
	o->fault = NULL;
	if (!otlp_each(o, message, 1, otlp_resource_metrics))
		return false;
	if (o->points + out->npoints + out->drained > LIMIT_ENTRY_POINTS) {
		o->fault = "more points than a request may hold";
		return false;
	}
	decoded_reserve(out, o->points);
	o->keep = true;
	return otlp_each(o, message, 1, otlp_resource_metrics);
}

static bool
otlp_read(struct otlp *o, struct span message)
{
	return (o->out->identities != NULL && otlp_quick(o, message)) ||
	    otlp_message(o, message);
}

/* Whether whole messages stand up to the end. */
static bool
otlp_framed(struct wire wire)
{
	struct span message;

	while (wire.at < wire.end)
		if (!wire_message(&wire, &message))
			return false;
	return true;
}

/* How many points there may be, so that their array need not grow step by
 * step; a point has some 300 bytes. */
static size_t
otlp_likely(struct span record)
{
	size_t count = record.len / 256;

	return 1 + (count < OTLP_LIKELY_MAX ? count : OTLP_LIKELY_MAX);
}

/*
 * A message that cannot be read is one reject, and the next one follows,
 * while the framing holds. Where it does not, that message or the first
 * length that is wrong is where it broke: one reject to the record's end.
 */
void
decode_otlp(struct decoded *out, struct span record, size_t index)
{
	struct otlp o = {.out = out, .record = record, .index = index};
	struct wire wire = wire_make(record);
	struct span message;
	bool sound = false; /* the framing holds up to the end */

	decoded_reserve(out, otlp_likely(record));
	while (wire.at < wire.end) {
		const char *from = (const char *)wire.at, *to;
		bool framed = wire_message(&wire, &message);

		o.item++;
		if (framed && otlp_read(&o, message))
			continue;
		framed = sound = framed && (sound || otlp_framed(wire));
		to = framed ? (const char *)wire.at : record.at + record.len;
		decoded_reject(out, index, o.item, (size_t)(from - record.at),
		    (size_t)(to - from),
		    wire.fault != NULL ? wire.fault : o.fault);
		if (!framed)
			return;
	}
}

bool
decode_otlp_fits(struct span record)
{
	struct wire wire = wire_make(record), inner;
	struct wire_field field;
	struct span message;

	while (wire_message(&wire, &message)) {
		inner = wire_make(message);
		while (wire_next(&inner, &field))
			if (field.tag != WIRE_TAG(1, WIRE_BYTES))
				return false;
		if (inner.fault != NULL)
			return false;
		if (wire.at == wire.end)
			return true;
	}
	return false;
}
