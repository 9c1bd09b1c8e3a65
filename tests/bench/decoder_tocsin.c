/* Our own rows: the public interfaces, as the program calls them. */
#include <stdlib.h>

#include "base/log.h"
#include "decoder_bench.h"
#include "pipeline/decode/decode.h"
#include "pipeline/engine.h"

/* With `known`, what was seen before is not read again: the cache is taught
 * the length of its names. */
struct decode {
	struct arena arena, lengths;
	struct identities identities;
	struct decoded decoded;
	bool known;
};

void *
decode_open(const struct reader *reader, size_t series)
{
	struct decode *self = calloc(1, sizeof(*self));

	(void)series;
	if (self == NULL)
		log_die("out of memory: bench");
	arena_init(&self->arena);
	arena_init(&self->lengths);
	identities_init(&self->identities);
	self->known = reader->kind == KIND_KNOWN;
	return self;
}

static uint64_t
decode_length(const struct series_key *key)
{
	uint64_t len = key->account.len + key->region.len + key->namespace.len +
	    key->metric.len;

	for (size_t d = 0; d < key->ndimensions; d++)
		len +=
		    key->dimensions[d].name.len + key->dimensions[d].value.len;
	return len;
}

static void
decode_teach(struct decode *self, const struct point *p)
{
	uint64_t *len = arena_alloc(&self->lengths, sizeof(*len));

	*len = decode_length(&p->series);
	identities_teach(&self->identities, p->teach, len);
}

void
decode_read(void *arg, const struct input *in, struct tally *tally)
{
	struct decode *self = arg;
	struct decoded *decoded = &self->decoded;

	arena_reset(&self->arena);
	decoded_init(decoded, &self->arena);
	if (self->known)
		decoded->identities = &self->identities;
	decode_record(decoded, in->bytes, 0);
	if (decoded->nrejects > 0)
		log_die("decode: %s", decoded->rejects[0].reason);
	for (size_t i = 0; i < decoded->npoints; i++) {
		const struct point *p = &decoded->points[i];

		if (p->teach != NULL)
			decode_teach(self, p);
		tally->times_ms += p->timestamp_ms;
		tally->values += p->max;
		tally->values += p->min;
		tally->values += p->sum;
		tally->values += p->count;
	}
	tally->points += decoded->npoints;
}

void
decode_names(void *arg, struct tally *tally)
{
	const struct decoded *decoded = &((struct decode *)arg)->decoded;

	for (size_t i = 0; i < decoded->npoints; i++) {
		const struct point *p = &decoded->points[i];

		tally->names += p->known != NULL ? *(uint64_t *)p->known
						 : decode_length(&p->series);
	}
}

void
decode_close(void *arg)
{
	struct decode *self = arg;

	identities_fini(&self->identities);
	arena_fini(&self->lengths);
	arena_fini(&self->arena);
	free(self);
}

struct through {
	struct engine *engine;
	struct outcome outcome;
	struct entry entry;
	bool alarms;
	uint64_t transitions;
};

/* M of N, the ordinary alarm. */
static void
through_define(struct through *self, size_t series, unsigned each)
{
	struct entry entry = {.kind = ENTRY_CONFIG, .arrival_ms = 1};
	struct buf config = {0};
	struct err err;

	buf_text(&config,
	    "{\"account\":\"\",\"region\":\"\",\"delay\":"
	    "{\"default\":180000},\"alarms\":[");
	for (size_t i = 0; i < series; i += each) {
		buf_printf(
		    &config, "%s{\"AlarmName\":\"a%zu\",", i > 0 ? "," : "", i);
		points_alarm(&config, i);
		buf_text(&config,
		    ",\"Statistic\":\"Average\",\"Period\":60,"
		    "\"EvaluationPeriods\":3,\"DatapointsToAlarm\":2,"
		    "\"Threshold\":1000.0,\"ComparisonOperator\":"
		    "\"GreaterThanThreshold\"}");
	}
	buf_text(&config, "]}");
	entry.config = buf_span(&config);
	if (engine_apply(self->engine, &entry, &self->outcome, &err) != RC_OK)
		log_die("%s", err.text);
	buf_fini(&config);
}

void *
through_open(const struct reader *reader, size_t series)
{
	const struct engine_options options = {
	    .step_ms = 60000, .delay_ms = -1, .from_ms = INT64_MIN};
	struct through *self = calloc(1, sizeof(*self));

	if (self == NULL)
		log_die("out of memory: bench");
	self->engine = engine_create(&options);
	outcome_init(&self->outcome);
	self->entry = (struct entry){.kind = ENTRY_BATCH, .nrecords = 1};
	self->alarms = reader->alarms > 0;
	if (self->alarms)
		through_define(self, series, reader->alarms);
	return self;
}

void
through_read(void *arg, const struct input *in, struct tally *tally)
{
	struct through *self = arg;
	const struct outcome_counts *counts = &self->outcome.counts;
	struct err err;

	outcome_clear(&self->outcome);
	self->entry.seq++;
	self->entry.arrival_ms = in->newest_ms + 120000;
	self->entry.records = &in->bytes;
	if (engine_apply(self->engine, &self->entry, &self->outcome, &err) !=
	    RC_OK)
		log_die("%s", err.text);
	if (self->outcome.nrejects > 0)
		log_die("engine: %s", self->outcome.rejects[0].reason);
	tally->points = counts->kept + counts->unread;
	self->transitions += self->outcome.ntransitions;
}

void
through_close(void *arg)
{
	struct through *self = arg;

	outcome_fini(&self->outcome);
	engine_free(&self->engine);
	free(self);
}
