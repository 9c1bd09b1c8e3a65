/* The steps of a body's way through the program, each alone in this process:
 * the same functions, one after another over the same bodies. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zstd.h>

#include "base/crc32c.h"
#include "base/log.h"
#include "ingest/base64.h"
#include "ingest/envelope.h"
#include "ingest_bench.h"
#include "ingest_packing.h"
#include "pipeline/decode/decode.h"
#include "pipeline/engine.h"

const char *const stage_names[STAGES] = {[STAGE_ZSTD] = "zstd -1",
    [STAGE_ENVELOPE] = "envelope",
    [STAGE_BASE64] = "base64",
    [STAGE_COMPRESS] = "compress",
    [STAGE_CRC] = "checksum",
    [STAGE_EXPAND] = "decompress",
    [STAGE_DECODE] = "decode",
    [STAGE_WINDOW] = "window and alarms"};

struct stages {
	ZSTD_CCtx *zstd;
	struct expander *expander;
	struct engine *engine;
	struct outcome outcome;
	struct arena arena, lengths;
	struct identities identities;
	struct buf packed, plain;
	uint64_t seq;
};

double
bench_now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
	return (double)at.tv_sec * 1e9 + (double)at.tv_nsec;
}

static void
alarms_config(struct buf *out, size_t series, unsigned each)
{
	buf_text(out,
	    "{\"account\":\"\",\"region\":\"\",\"delay\":"
	    "{\"default\":180000},\"alarms\":[");
	for (size_t i = 0; each > 0 && i < series; i += each) {
		buf_printf(
		    out, "%s{\"AlarmName\":\"a%zu\",", i > 0 ? "," : "", i);
		points_alarm(out, i);
		buf_text(out,
		    ",\"Statistic\":\"Average\",\"Period\":60,"
		    "\"EvaluationPeriods\":3,\"DatapointsToAlarm\":2,"
		    "\"Threshold\":1000.0,\"ComparisonOperator\":"
		    "\"GreaterThanThreshold\"}");
	}
	buf_text(out, "]}");
}

void
alarms_print(size_t series, unsigned each)
{
	struct buf out = {0};
	const char *at;

	alarms_config(&out, series, each);
	at = strstr(buf_cstr(&out), "\"alarms\":");
	printf("{\"MetricAlarms\":%s\n", at + strlen("\"alarms\":"));
	buf_fini(&out);
}

struct stages *
stages_create(size_t series, unsigned alarms_each)
{
	const struct engine_options options = {
	    .step_ms = 60000, .delay_ms = -1, .from_ms = INT64_MIN};
	struct entry entry = {.kind = ENTRY_CONFIG, .arrival_ms = 1};
	struct stages *self = calloc(1, sizeof(*self));
	struct buf config = {0};
	struct err err;

	if (self == NULL)
		log_die("out of memory: bench");
	self->zstd = ZSTD_createCCtx();
	self->expander = packing_create();
	self->engine = engine_create(&options);
	outcome_init(&self->outcome);
	arena_init(&self->arena);
	arena_init(&self->lengths);
	identities_init(&self->identities);
	alarms_config(&config, series, alarms_each);
	entry.config = buf_span(&config);
	if (engine_apply(self->engine, &entry, &self->outcome, &err) != RC_OK)
		log_die("%s", err.text);
	buf_fini(&config);
	return self;
}

void
stages_free(struct stages *self)
{
	ZSTD_freeCCtx(self->zstd);
	packing_free(&self->expander);
	engine_free(&self->engine);
	outcome_fini(&self->outcome);
	identities_fini(&self->identities);
	arena_fini(&self->arena);
	arena_fini(&self->lengths);
	buf_fini(&self->packed);
	buf_fini(&self->plain);
	free(self);
}

static void
stage_zstd(struct stages *self, const struct body *body)
{
	size_t room = ZSTD_compressBound(body->plain.len);
	char *to;

	buf_clear(&self->packed);
	to = buf_reserve(&self->packed, room);
	if (ZSTD_isError(ZSTD_compressCCtx(
		self->zstd, to, room, body->plain.bytes, body->plain.len, 1)))
		log_die("zstd");
}

static void
stage_envelope(struct stages *self, const struct body *body)
{
	struct span bytes = buf_span(&body->request);
	struct envelope envelope;
	struct err err;

	bytes =
	    span_make(bytes.at + body->body_from, bytes.len - body->body_from);
	arena_reset(&self->arena);
	if (envelope_parse(&envelope, bytes, &self->arena, &err) != RC_OK)
		log_die("%s", err.text);
}

/* The first record's text, as often as there are records. */
static void
stage_base64(struct stages *self, const struct body *body)
{
	const char *from =
	    strstr(body->request.bytes + body->body_from, "\"data\":\"");
	struct span text;
	size_t len, bad;

	text.at = from + strlen("\"data\":\"");
	text.len = (body->lens[0] + 2) / 3 * 4;
	buf_clear(&self->plain);
	for (size_t i = 0; i < body->nrecords; i++)
		if (!base64_decode(
			buf_reserve(&self->plain, base64_room(text.len)), &len,
			text, &bad))
			log_die("base64");
}

static void
stage_compress(struct stages *self, const struct body *body)
{
	struct span records[BODY_RECORDS];

	body_records(body, records);
	buf_fini(&self->packed);
	packing_squeeze(&self->packed, records, body->nrecords);
}

static void
stage_crc(struct stages *self, const struct body *body)
{
	volatile uint32_t sum;

	(void)body;
	sum = crc32c(0, self->packed.bytes, self->packed.len);
	(void)sum;
}

static void
stage_expand(struct stages *self, const struct body *body)
{
	if (!packing_expand(self->expander, buf_span(&self->packed),
		body->plain.len, &self->plain))
		log_die("expander");
}

static void
stage_decode(struct stages *self, const struct body *body)
{
	struct span records[BODY_RECORDS];
	struct decoded decoded;

	body_records(body, records);
	arena_reset(&self->arena);
	decoded_init(&decoded, &self->arena);
	decoded.identities = &self->identities;
	for (size_t i = 0; i < body->nrecords; i++)
		decode_record(&decoded, records[i], i);
	for (size_t i = 0; i < decoded.npoints; i++)
		if (decoded.points[i].teach != NULL)
			identities_teach(&self->identities,
			    decoded.points[i].teach,
			    arena_alloc(&self->lengths, 8));
}

/* Decoding and window; what decoding took is taken off by who prints. */
static void
stage_window(struct stages *self, const struct body *body)
{
	struct span records[BODY_RECORDS];
	struct entry entry = {.kind = ENTRY_BATCH,
	    .seq = ++self->seq,
	    .arrival_ms = body->newest_ms + 120000,
	    .records = records,
	    .nrecords = body->nrecords};
	struct err err;

	body_records(body, records);
	outcome_clear(&self->outcome);
	if (engine_apply(self->engine, &entry, &self->outcome, &err) != RC_OK)
		log_die("%s", err.text);
}

void
stages_run(struct stages *self, const struct bodies *bodies, double *spent)
{
	static void (*const run[STAGES])(
	    struct stages *, const struct body *) = {stage_zstd, stage_envelope,
	    stage_base64, stage_compress, stage_crc, stage_expand, stage_decode,
	    stage_window};
	size_t first = spent == NULL ? STAGE_DECODE : 0;

	for (size_t s = 0; spent != NULL && s < STAGES; s++)
		spent[s] = 0;
	for (size_t i = 0; i < bodies->count; i++)
		for (size_t s = first; s < STAGES; s++) {
			double began = bench_now();

			run[s](self, &bodies->at[i]);
			if (spent != NULL)
				spent[s] += (bench_now() - began) /
				    (double)bodies->points;
		}
	if (spent == NULL)
		return;
	spent[STAGE_ENVELOPE] -= spent[STAGE_BASE64];
	spent[STAGE_WINDOW] -= spent[STAGE_DECODE];
}
