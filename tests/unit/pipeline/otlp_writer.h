/*
 * Writes OTLP messages as a metric stream does, from few series, so that they
 * come again; and, as `odd` goes from 0 to 100, ever more that it never sends.
 */
#ifndef OTLP_WRITER_H
#define OTLP_WRITER_H

#include <math.h>
#include <stdint.h>

#include "base/buf.h"

/* xorshift64*: the same messages on every machine. */
static uint64_t writer_seed = 0x9e3779b97f4a7c15;

static inline unsigned
writer_below(unsigned bound)
{
	writer_seed ^= writer_seed >> 12;
	writer_seed ^= writer_seed << 25;
	writer_seed ^= writer_seed >> 27;
	return (unsigned)((writer_seed * 0x2545f4914f6cdd1d) >> 33) % bound;
}

static inline bool
writer_chance(unsigned percent)
{
	return writer_below(100) < percent;
}

static inline void
writer_varint(struct buf *out, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		buf_byte(out, (char)(value | 0x80));
	buf_byte(out, (char)value);
}

/* Behind its length, which may be longer than it need be. */
static inline void
writer_bytes(struct buf *out, unsigned number, struct span bytes, unsigned odd)
{
	writer_varint(out, number << 3 | 2);
	if (writer_chance(odd / 8) && bytes.len < 128) {
		buf_byte(out, (char)(bytes.len | 0x80));
		for (unsigned more = writer_below(4); more > 0; more--)
			buf_byte(out, (char)0x80);
		buf_byte(out, 0);
	} else {
		writer_varint(out, bytes.len);
	}
	buf_span_put(out, bytes);
}

static inline void
writer_text(struct buf *out, unsigned number, const char *text, unsigned odd)
{
	writer_bytes(out, number, span_text(text), odd);
}

/* The inner message into the outer one; the inner is empty then. */
static inline void
writer_close(struct buf *out, unsigned number, struct buf *inner, unsigned odd)
{
	writer_bytes(out, number, buf_span(inner), odd);
	buf_fini(inner);
}

static inline void
writer_frame(struct buf *out, struct span message)
{
	writer_varint(out, message.len);
	buf_span_put(out, message);
}

static inline void
writer_double(struct buf *out, unsigned number, double value, unsigned odd)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	if (bits == 0 && !writer_chance(odd))
		return;
	writer_varint(out, number << 3 | 1);
	buf_u64(out, bits);
}

static inline void
writer_fixed(struct buf *out, unsigned number, uint64_t value)
{
	writer_varint(out, number << 3 | 1);
	buf_u64(out, value);
}

/* KeyValue with a string. */
static inline void
writer_pair(struct buf *out, unsigned number, const char *key,
    const char *value, unsigned odd)
{
	struct buf pair = {0}, any = {0};

	writer_text(&any, writer_chance(odd / 8) ? 2 : 1, value, odd);
	writer_text(&pair, 1, key, odd);
	writer_close(&pair, 2, &any, odd);
	if (writer_chance(odd / 8))
		writer_text(&pair, 9, "more", odd);
	writer_close(out, number, &pair, odd);
}

static inline void
writer_label(struct buf *out, const char *key, const char *value, unsigned odd)
{
	struct buf pair = {0};

	writer_text(&pair, 1, key, odd);
	writer_text(&pair, 2, value, odd);
	writer_close(out, 1, &pair, odd);
}

#define WRITER_PICK(list) ((list)[writer_below(sizeof(list) / sizeof(*(list)))])

static inline double
writer_value(unsigned odd)
{
	static const double values[] = {
	    0, 1, -1, 0.1, 3.25e17, 2.5e-300, 1234567.125, 0x1p360};
	static const double wrong[] = {
	    0x1p361, -0x1p361, (double)INFINITY, -0.0, (double)NAN};

	return writer_chance(odd / 4) ? WRITER_PICK(wrong)
				      : WRITER_PICK(values);
}

/* A field of a point, metric or message that is not asked for. */
static inline void
writer_odd_field(struct buf *out, unsigned odd)
{
	unsigned number = 1 + writer_below(16);

	switch (writer_below(6)) {
	case 0:
		writer_varint(out, number << 3);
		writer_varint(out, writer_below(70000));
		break;
	case 1:
		writer_fixed(out, number, writer_below(70000));
		break;
	case 2:
		writer_varint(out, number << 3 | 5);
		buf_u32(out, writer_below(70000));
		break;
	case 3:
		writer_text(out, number, "", odd);
		break;
	case 4:
		writer_double(out, number, writer_value(odd), 100);
		break;
	default:
		writer_text(out, number, "something", odd);
	}
}

/* Fields that are written apart and then put out in order, or not quite. */
#define WRITER_FIELDS 24
struct writer_list {
	struct buf fields[WRITER_FIELDS];
	size_t count;
};

static inline struct buf *
writer_field(struct writer_list *list)
{
	return &list->fields[list->count < WRITER_FIELDS - 1 ? list->count++
							     : list->count];
}

static inline void
writer_disorder(struct writer_list *list, unsigned odd)
{
	struct buf *a = &list->fields[writer_below((unsigned)list->count)];
	struct buf *b = &list->fields[writer_below((unsigned)list->count)];
	struct buf saved = *a;

	switch (writer_below(5)) {
	case 0:
		*a = *b;
		*b = saved;
		break;
	case 1:
		buf_clear(a);
		break;
	case 2:
		buf_reserve(a, a->len + 1);
		buf_put(a, a->bytes, a->len);
		break;
	case 3:
		if (a != b)
			buf_put(a, b->bytes, b->len);
		break;
	default:
		writer_odd_field(a, odd);
	}
}

static inline void
writer_put(struct buf *out, struct writer_list *list, unsigned odd)
{
	while (list->count > 0 && writer_chance(odd))
		writer_disorder(list, odd);
	for (size_t i = 0; i < WRITER_FIELDS; i++) {
		buf_span_put(out, buf_span(&list->fields[i]));
		buf_fini(&list->fields[i]);
	}
	list->count = 0;
}

static const char *const writer_namespaces[] = {"AWS/EC2", "AWS/Lambda", "x"};
static const char *const writer_metrics[] = {
    "Ops", "CPUUtilization", "a metric with a name of some length"};
static const char *const writer_units[] = {"s", "By", "1", "", "%", "{Count}",
    "{Count}/s", "furlongs", "furlongs a fortnight"};
static const char *const writer_keys[] = {
    "InstanceId", "Zone", "Namespace", "A", "Cluster Name"};
static const char *const writer_values[] = {
    "i-0123456789abcdef0", "a", "", "app/load-balancer/50dc6c495c0c9188"};

static inline void
writer_names(struct writer_list *list, bool labels, unsigned odd)
{
	const char *namespace = WRITER_PICK(writer_namespaces);
	const char *metric = WRITER_PICK(writer_metrics);
	unsigned dimensions = writer_below(3), first = writer_below(5);
	struct buf pairs = {0}, any = {0}, pair = {0};

	if (labels) {
		writer_label(writer_field(list), "Namespace", namespace, odd);
		writer_label(writer_field(list), "MetricName", metric, odd);
		for (unsigned i = 0; i < dimensions; i++)
			writer_label(writer_field(list),
			    writer_keys[(first + i) % 5],
			    WRITER_PICK(writer_values), odd);
		return;
	}
	writer_pair(writer_field(list), 7, "Namespace", namespace, odd);
	writer_pair(writer_field(list), 7, "MetricName", metric, odd);
	for (unsigned i = 0; i < dimensions; i++)
		writer_pair(&pairs, 1, writer_keys[(first + i) % 5],
		    WRITER_PICK(writer_values), odd);
	writer_close(&any, 6, &pairs, odd);
	writer_text(&pair, 1, "Dimensions", odd);
	writer_close(&pair, 2, &any, odd);
	writer_close(writer_field(list), 7, &pair, odd);
}

static inline void
writer_quantile(struct buf *out, double at, unsigned odd)
{
	struct buf quantile = {0};

	writer_double(&quantile, 1, at, odd);
	writer_double(&quantile, 2, writer_value(odd), odd);
	writer_close(out, 6, &quantile, odd);
}

static inline void
writer_figures(struct writer_list *list, unsigned odd)
{
	static const double inner[] = {0.1, 0.5, 0.95, 0.99, 0.999};
	uint64_t start_ns =
	    (27000000 + (uint64_t)writer_below(100)) * 60000000000;

	writer_fixed(writer_field(list), 2, start_ns);
	writer_fixed(writer_field(list), 3, start_ns + 60000000000);
	writer_fixed(writer_field(list), 4,
	    writer_chance(odd) ? UINT64_MAX - writer_below(3)
			       : 1 + writer_below(9));
	writer_double(writer_field(list), 5, writer_value(odd), odd);
	writer_quantile(writer_field(list), 0, odd);
	if (writer_chance(20))
		for (size_t i = writer_below(5); i < 5; i++)
			writer_quantile(writer_field(list), inner[i], odd);
	writer_quantile(
	    writer_field(list), writer_chance(odd / 4) ? 1.5 : 1, odd);
}

static inline void
writer_point(struct buf *out, bool labels, unsigned odd)
{
	struct writer_list list = {0};

	if (labels)
		writer_names(&list, true, odd);
	writer_figures(&list, odd);
	if (!labels)
		writer_names(&list, false, odd);
	writer_put(out, &list, odd);
}

static inline void
writer_metric(struct buf *out, bool labels, unsigned odd)
{
	struct writer_list list = {0};
	struct buf summary = {0}, metric = {0};
	unsigned points = writer_chance(80) ? 1 : writer_below(4);

	for (; points > 0; points--) {
		struct buf point = {0};

		writer_point(&point, labels, odd);
		writer_close(&summary, 1, &point, odd);
	}
	if (writer_chance(odd / 4))
		writer_odd_field(&summary, odd);
	writer_text(writer_field(&list), 1, "amazonaws.com/whatever", odd);
	if (writer_chance(95))
		writer_text(
		    writer_field(&list), 3, WRITER_PICK(writer_units), odd);
	writer_close(writer_field(&list), 11, &summary, odd);
	writer_put(&metric, &list, odd / 4);
	writer_close(out, 2, &metric, odd);
}

static inline void
writer_resource(struct buf *out, unsigned odd)
{
	static const char *const accounts[] = {
	    "111122223333", "444455556666", "1"};
	static const char *const regions[] = {"us-east-1", "eu-west-1"};
	struct writer_list list = {0};
	struct buf resource = {0};

	writer_pair(writer_field(&list), 1, "cloud.provider", "aws", odd / 4);
	writer_pair(writer_field(&list), 1, "cloud.account.id",
	    WRITER_PICK(accounts), odd / 4);
	writer_pair(writer_field(&list), 1, "cloud.region",
	    WRITER_PICK(regions), odd / 4);
	writer_pair(writer_field(&list), 1, "aws.exporter.arn",
	    writer_chance(50) ? "arn:aws:cloudwatch:…/one"
			      : "arn:aws:cloudwatch:…/another",
	    odd / 4);
	writer_put(&resource, &list, odd / 4);
	writer_close(out, 1, &resource, odd);
}

/* Framed by its length: up to three resources, up to forty metrics each. */
static inline void
writer_message(struct buf *out, unsigned odd)
{
	bool labels = writer_chance(50);
	struct buf message = {0};

	for (unsigned n = writer_below(4); n > 0; n--) {
		struct writer_list list = {0};
		struct buf all = {0}, scope = {0};

		for (unsigned k = writer_below(writer_chance(10) ? 60 : 8);
		     k > 0; k--)
			writer_metric(
			    &scope, labels ^ writer_chance(odd / 4), odd);
		if (writer_chance(odd / 4))
			writer_odd_field(&scope, odd);
		writer_resource(writer_field(&list), odd);
		writer_close(writer_field(&list), 2, &scope, odd);
		if (writer_chance(5))
			writer_text(writer_field(&list), 3, "schema", odd);
		writer_put(&all, &list, odd / 4);
		writer_close(&message, 1, &all, odd);
	}
	if (writer_chance(odd / 4))
		writer_odd_field(&message, odd);
	writer_frame(out, buf_span(&message));
	buf_fini(&message);
}

/* A bit or three changed, or the end missing. */
static inline void
writer_damage(struct buf *record)
{
	for (unsigned n = writer_below(4); n > 0 && record->len > 0; n--)
		record->bytes[writer_below((unsigned)record->len)] ^=
		    (char)(1u << writer_below(8));
	if (record->len > 0 && writer_chance(30))
		record->len = writer_below((unsigned)record->len);
}

/* Resource metrics are made of these two. NULL: there is no such attribute. */
static inline void
writer_resource_of(struct buf *out, const char *account, const char *region)
{
	struct buf resource = {0};

	if (account != NULL)
		writer_pair(&resource, 1, "cloud.account.id", account, 0);
	if (region != NULL)
		writer_pair(&resource, 1, "cloud.region", region, 0);
	writer_close(out, 1, &resource, 0);
}

static inline void
writer_scope_of(struct buf *out, const char *unit, struct span point)
{
	struct buf summary = {0}, metric = {0}, scope = {0};

	writer_bytes(&summary, 1, point, 0);
	if (unit != NULL)
		writer_text(&metric, 3, unit, 0);
	writer_close(&metric, 11, &summary, 0);
	writer_close(&scope, 2, &metric, 0);
	writer_close(out, 2, &scope, 0);
}

#endif
