/* The C libraries that the bench compares with. */
#include <stdlib.h>

#include <jansson.h>
#include <zstd.h>

#include "base/log.h"
#include "decoder_bench.h"
#include "schemas/otlp.pb-c.h"

static uint64_t
jansson_text(const json_t *object, const char *key)
{
	return json_string_length(json_object_get(object, key));
}

static void
jansson_line(json_t *line, struct tally *tally)
{
	static const char *const figures[] = {"max", "min", "sum", "count"};
	json_t *value = json_object_get(line, "value"), *text;
	const char *name;

	tally->points++;
	tally->times_ms +=
	    json_integer_value(json_object_get(line, "timestamp"));
	for (int i = 0; i < 4; i++)
		tally->values +=
		    json_real_value(json_object_get(value, figures[i]));
	tally->names += jansson_text(line, "account_id") +
	    jansson_text(line, "region") + jansson_text(line, "namespace") +
	    jansson_text(line, "metric_name");
	json_object_foreach(json_object_get(line, "dimensions"), name, text)
	    tally->names += strlen(name) + json_string_length(text);
}

void
jansson_read(void *self, const struct input *in, struct tally *tally)
{
	const char *at = in->bytes.at, *end = at + in->bytes.len;

	(void)self;
	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		json_error_t error;
		json_t *line = json_loadb(at, (size_t)(stop - at), 0, &error);

		if (line == NULL)
			log_die("jansson: %s", error.text);
		jansson_line(line, tally);
		json_decref(line);
		at = stop + 1;
	}
}

void *
simdjson_open(const struct reader *reader, size_t series)
{
	(void)reader;
	(void)series;
	return simdjson_make();
}

void
simdjson_read(void *self, const struct input *in, struct tally *tally)
{
	simdjson_tally(self, in->bytes.at, in->bytes.len, tally);
}

/* protobuf-c with an arena: memory is taken in order, and all of it back when
 * a message is done. */
#define ARENA_BYTES (4 << 20)

struct protobuf {
	ProtobufCAllocator allocator;
	size_t used;
	_Alignas(16) char bytes[ARENA_BYTES];
};

static void *
protobuf_take(void *arg, size_t size)
{
	struct protobuf *self = arg;
	size_t at = self->used;

	self->used += (size + 15) & ~(size_t)15;
	return self->used > ARENA_BYTES ? NULL : self->bytes + at;
}

static void
protobuf_give(void *arg, void *pointer)
{
	(void)arg;
	(void)pointer;
}

void *
protobuf_open(const struct reader *reader, size_t series)
{
	struct protobuf *self = malloc(sizeof(*self));

	(void)reader;
	(void)series;
	if (self == NULL)
		log_die("out of memory: bench");
	self->allocator =
	    (ProtobufCAllocator){protobuf_take, protobuf_give, self};
	memset(self->bytes, 0, sizeof(self->bytes));
	return self;
}

void
protobuf_close(void *self)
{
	free(self);
}

static uint64_t
protobuf_name(const Otlp__KeyValue *pair, struct tally *tally)
{
	const Otlp__AnyValue *value = pair->value;
	uint64_t len = 0;

	switch (value->value_case) {
	case OTLP__ANY_VALUE__VALUE_STRING_VALUE:
		return strlen(value->string_value);
	case OTLP__ANY_VALUE__VALUE_KVLIST_VALUE:
		for (size_t i = 0; i < value->kvlist_value->n_values; i++)
			len += strlen(value->kvlist_value->values[i]->key) +
			    protobuf_name(
				value->kvlist_value->values[i], tally);
		return len;
	default:
		return 0;
	}
}

static void
protobuf_point(const Otlp__Point *point, uint64_t region, struct tally *tally)
{
	double min = 0, max = 0;

	for (size_t i = 0; i < point->n_quantile_values; i++) {
		const Otlp__Quantile *q = point->quantile_values[i];

		if (q->quantile == 0)
			min = q->value;
		else if (q->quantile == 1)
			max = q->value;
	}
	tally->points++;
	tally->times_ms += (int64_t)(point->start_time_unix_nano / 1000000);
	tally->values += max;
	tally->values += min;
	tally->values += point->sum;
	tally->values += (double)point->count;
	tally->names += region;
	for (size_t i = 0; i < point->n_attributes; i++)
		tally->names += protobuf_name(point->attributes[i], tally);
}

static void
protobuf_resource(const Otlp__ResourceMetrics *m, struct tally *tally)
{
	uint64_t region = 0;

	for (size_t i = 0; i < m->resource->n_attributes; i++) {
		const Otlp__KeyValue *pair = m->resource->attributes[i];

		if (strcmp(pair->key, "cloud.account.id") == 0 ||
		    strcmp(pair->key, "cloud.region") == 0)
			region += protobuf_name(pair, tally);
	}
	for (size_t i = 0; i < m->n_scope_metrics; i++)
		for (size_t k = 0; k < m->scope_metrics[i]->n_metrics; k++) {
			const Otlp__Metric *metric =
			    m->scope_metrics[i]->metrics[k];

			for (size_t p = 0; p < metric->summary->n_data_points;
			     p++)
				protobuf_point(metric->summary->data_points[p],
				    region, tally);
		}
}

void
protobuf_read(void *arg, const struct input *in, struct tally *tally)
{
	struct protobuf *self = arg;
	const uint8_t *at = (const uint8_t *)in->bytes.at;
	const uint8_t *end = at + in->bytes.len;

	while (at < end) {
		size_t len = 0;
		Otlp__Request *request;

		for (int shift = 0;; shift += 7) {
			len |= (size_t)(*at & 127) << shift;
			if (*at++ < 128)
				break;
		}
		self->used = 0;
		request = otlp__request__unpack(&self->allocator, len, at);
		if (request == NULL)
			log_die("protobuf-c: a message it cannot read");
		for (size_t i = 0; i < request->n_resource_metrics; i++)
			protobuf_resource(request->resource_metrics[i], tally);
		at += len;
	}
}

struct zstd {
	ZSTD_DCtx *context;
	char bytes[POINTS_CHUNK];
};

void *
zstd_open(const struct reader *reader, size_t series)
{
	struct zstd *self = malloc(sizeof(*self));

	(void)reader;
	(void)series;
	if (self == NULL)
		log_die("out of memory: bench");
	memset(self, 0, sizeof(*self));
	self->context = ZSTD_createDCtx();
	return self;
}

void
zstd_read(void *arg, const struct input *in, struct tally *tally)
{
	struct zstd *self = arg;
	size_t len = ZSTD_decompressDCtx(self->context, self->bytes,
	    sizeof(self->bytes), in->bytes.at, in->bytes.len);

	if (ZSTD_isError(len))
		log_die("zstd: %s", ZSTD_getErrorName(len));
	tally->names = len;
}

void
zstd_close(void *arg)
{
	struct zstd *self = arg;

	ZSTD_freeDCtx(self->context);
	free(self);
}
