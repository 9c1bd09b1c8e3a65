/* Points as the two formats have them on the wire. */
#include "decoder_points.h"

void
write_line(struct buf *out, const struct drawn *d, int64_t ms)
{
	char time[24];
	size_t at = sizeof(time);

	buf_text(out,
	    "{\"metric_stream_name\":\"main\",\"account_id\":"
	    "\"" POINTS_ACCOUNT "\",\"region\":\"");
	buf_text(out, d->name.region);
	buf_text(out, "\",\"namespace\":\"");
	buf_text(out, d->name.namespace);
	buf_text(out, "\",\"metric_name\":\"");
	buf_text(out, d->name.metric);
	buf_text(out, "\",\"dimensions\":{");
	for (size_t i = 0; i < d->name.ndimensions; i++) {
		buf_text(out, i > 0 ? ",\"" : "\"");
		buf_text(out, d->name.dimensions[i].name);
		buf_text(out, "\":\"");
		buf_put(out, d->name.dimensions[i].value,
		    d->name.dimensions[i].len);
		buf_byte(out, '"');
	}
	buf_text(out, "},\"timestamp\":");
	for (; ms > 0; ms /= 10)
		time[--at] = (char)('0' + ms % 10);
	buf_put(out, time + at, sizeof(time) - at);
	buf_text(out, ",\"value\":");
	buf_put(out, d->figures->text, d->figures->len);
	buf_text(out, ",\"unit\":\"");
	buf_text(out, d->name.unit);
	buf_text(out, "\"}\n");
}

void
write_varint(struct buf *out, uint64_t value)
{
	for (; value >= 128; value >>= 7)
		buf_byte(out, (char)(value | 128));
	buf_byte(out, (char)value);
}

/* A field of bytes; numbers are below 16. */
static void
field_put(struct buf *out, unsigned number, struct span bytes)
{
	buf_byte(out, (char)(number << 3 | 2));
	write_varint(out, bytes.len);
	buf_span_put(out, bytes);
}

static void
fixed_put(struct buf *out, unsigned number, uint64_t value)
{
	buf_byte(out, (char)(number << 3 | 1));
	buf_u64(out, value);
}

/* Zero is not written (proto3). */
static void
double_put(struct buf *out, unsigned number, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	if (bits != 0)
		fixed_put(out, number, bits);
}

/* KeyValue{1 key, 2 AnyValue{`kind` value}} as field `number`. */
static void
pair_put(struct buf *out, unsigned number, const char *key, unsigned kind,
    struct span value)
{
	char bytes[8];
	struct buf any = {.bytes = bytes, .room = sizeof(bytes)};
	size_t len;

	buf_byte(&any, (char)(kind << 3 | 2));
	write_varint(&any, value.len);
	len = any.len + value.len;
	buf_byte(out, (char)(number << 3 | 2));
	write_varint(out, 2 + strlen(key) + (len >= 128 ? 3 : 2) + len);
	field_put(out, 1, span_text(key));
	buf_byte(out, 2 << 3 | 2);
	write_varint(out, len);
	buf_put(out, any.bytes, any.len);
	buf_span_put(out, value);
}

static void
quantile_put(struct buf *out, double at, double value)
{
	char bytes[32];
	struct buf in = {.bytes = bytes, .room = sizeof(bytes)};

	double_put(&in, 1, at);
	double_put(&in, 2, value);
	field_put(out, 6, buf_span(&in));
}

static void
data_point_put(
    struct buf *out, struct buf *kvlist, const struct drawn *d, int64_t ms)
{
	buf_clear(kvlist);
	for (size_t i = 0; i < d->name.ndimensions; i++)
		pair_put(kvlist, 1, d->name.dimensions[i].name, 1,
		    span_make(d->name.dimensions[i].value,
			d->name.dimensions[i].len));
	buf_clear(out);
	fixed_put(out, 2, (uint64_t)(ms * 1000000));
	fixed_put(out, 3, (uint64_t)((ms + 60000) * 1000000));
	fixed_put(out, 4, (uint64_t)d->figures->count);
	double_put(out, 5, d->figures->sum);
	quantile_put(out, 0, d->figures->min);
	quantile_put(out, 1, d->figures->max);
	pair_put(out, 7, "Namespace", 1, span_text(d->name.namespace));
	pair_put(out, 7, "MetricName", 1, span_text(d->name.metric));
	pair_put(out, 7, "Dimensions", 6, buf_span(kvlist));
}

void
write_metric(
    struct buf scratch[], struct buf *out, const struct drawn *d, int64_t ms)
{
	struct buf *kvlist = &scratch[0], *point = &scratch[1];
	struct buf *summary = &scratch[2], *metric = &scratch[3];
	char name[128];

	data_point_put(point, kvlist, d, ms);
	buf_clear(summary);
	field_put(summary, 1, buf_span(point));
	buf_clear(metric);
	*stpcpy(
	    stpcpy(
		stpcpy(stpcpy(name, "amazonaws.com/"), d->name.namespace), "/"),
	    d->name.metric) = 0;
	field_put(metric, 1, span_text(name));
	field_put(metric, 3, span_text(d->name.otlp_unit));
	field_put(metric, 11, buf_span(summary));
	field_put(out, 2, buf_span(metric));
}

/* ResourceMetrics of one Region: {1 Resource, 2 ScopeMetrics}. */
void
write_region(struct buf scratch[], struct buf *out, struct span metrics,
    const char *region)
{
	struct buf *resource = &scratch[0], *whole = &scratch[1];

	buf_clear(resource);
	pair_put(resource, 1, "cloud.provider", 1, SPAN_OF("aws"));
	pair_put(resource, 1, "cloud.account.id", 1, SPAN_OF(POINTS_ACCOUNT));
	pair_put(resource, 1, "cloud.region", 1, span_text(region));
	pair_put(resource, 1, "aws.exporter.arn", 1,
	    SPAN_OF("arn:aws:cloudwatch:us-east-1:" POINTS_ACCOUNT
		    ":metric-stream/main"));
	buf_clear(whole);
	field_put(whole, 1, buf_span(resource));
	field_put(whole, 2, metrics);
	field_put(out, 1, buf_span(whole));
}
