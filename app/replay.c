#include "app/replay.h"

#include <stdlib.h>

#include "app/command.h"
#include "app/progress.h"
#include "app/readahead.h"
#include "app/replay_order.h"
#include "base/log.h"
#include "base/text.h"
#include "pipeline/decode/decode.h"
#include "pipeline/engine.h"
#include "sinks/message.h"
#include "sinks/rollup_print.h"

struct replay {
	const struct replay_options *options;
	struct inputs *inputs;
	struct engine_options engine_options;
	struct engine *engine;
	struct outcome outcome;
	struct readahead *ahead;
	struct buf out;
	struct progress progress;
	uint64_t before; /* bytes of the inputs that are finished */
	uint64_t points, rejected, transitions, lines;
	uint64_t last_seq; /* log order: of the entry applied last */
	int64_t last_ms;
	uint64_t copies;
	bool defined; /* definitions were seen */
	bool damaged;
};

static void
replay_say(const char *text)
{
	fprintf(stderr, "tocsin replay: %s\n", text);
}

static void
replay_damage(struct replay *self, const struct err *err)
{
	self->damaged = true;
	fprintf(stderr, "%s\n", err->text);
}

static void
replay_print_one(struct replay *self, const struct transition *transition)
{
	switch (self->options->as) {
	case REPLAY_AS_TRANSITIONS:
		transition_print(&self->out, transition);
		return;
	case REPLAY_AS_SNS:
		message_body(&self->out, transition, SIZE_MAX);
		break;
	case REPLAY_AS_EVENTS:
		message_event(&self->out, transition);
		break;
	case REPLAY_AS_LAMBDA:
		message_lambda(&self->out, transition);
		break;
	}
	buf_byte(&self->out, '\n');
}

static void
replay_tell(const struct replay *self)
{
	const struct outcome *outcome = &self->outcome;

	for (size_t i = 0; i < outcome->nrollups; i++)
		self->options->tell(
		    self->options->cookie, &outcome->rollups[i]);
}

static void
replay_print(struct replay *self)
{
	const struct outcome *outcome = &self->outcome;
	bool events = self->options->as == REPLAY_AS_EVENTS;

	for (size_t i = 0; events && i < outcome->nchanges; i++) {
		message_event_change(&self->out, &outcome->changes[i]);
		buf_byte(&self->out, '\n');
	}
	for (size_t i = 0; self->options->rollups && i < outcome->nrollups; i++)
		rollup_print(&self->out, &outcome->rollups[i]);
	for (size_t i = 0; i < outcome->ntransitions; i++)
		replay_print_one(self, &outcome->transitions[i]);
	self->transitions += outcome->ntransitions;
	self->lines += outcome->nrollups;
	fputs(buf_cstr(&self->out), stdout);
	buf_clear(&self->out);
}

/* What the engine saves is all that it remembers: a new one goes on. */
static void
replay_restart(struct replay *self)
{
	struct buf saved = {0};
	struct err err;

	engine_save(self->engine, &saved);
	engine_free(&self->engine);
	self->engine = engine_create(&self->engine_options);
	if (engine_load(self->engine, buf_span(&saved), &err) != RC_OK)
		log_die("%s", err.text);
	buf_fini(&saved);
}

static void
replay_apply(struct replay *self, const struct entry *entry, bool print)
{
	struct err err;

	outcome_clear(&self->outcome);
	if (engine_apply(self->engine, entry, &self->outcome, &err) != RC_OK)
		replay_damage(self, &err);
	if (self->options->tell != NULL)
		replay_tell(self);
	else if (print)
		replay_print(self);
	if (self->options->restart)
		replay_restart(self);
	for (size_t i = 0; i < self->outcome.ncomplaints; i++)
		replay_say(self->outcome.complaints[i]);
	self->points += self->outcome.counts.decoded;
	self->rejected += self->outcome.nrejects + self->outcome.nrejects_over;
	if (entry->kind == ENTRY_CONFIG)
		self->defined = true;
}

/* Definitions of its own come before the first entry, at its clock. */
static void
replay_define(struct replay *self, int64_t arrival_ms)
{
	struct entry entry = {.kind = ENTRY_CONFIG, .arrival_ms = arrival_ms};
	struct buf payload = {0};

	if (self->options->config == NULL || self->defined)
		return;
	config_entry(self->options->config, NULL, &payload);
	entry.config = buf_span(&payload);
	replay_apply(self, &entry, true);
	buf_fini(&payload);
}

/*
 * Log order.
 */

static int
replay_compare_inputs(const void *a, const void *b)
{
	const struct input *x = a, *y = b;

	if (x->first_seq != y->first_seq)
		return x->first_seq < y->first_seq ? -1 : 1;
	return strcmp(x->path, y->path);
}

/* An entry of a segment; false when it shows that the inputs are two logs. */
static bool
replay_log_entry(
    struct replay *self, const struct input *input, const struct entry *entry)
{
	const struct replay_options *options = self->options;
	bool print = options->from_ms == INT64_MIN ||
	    entry->arrival_ms >= options->from_ms;

	if (entry->arrival_ms < options->since_ms)
		return true;
	if (entry->seq <= self->last_seq) {
		self->copies++;
		return true;
	}
	if (entry->arrival_ms < self->last_ms) {
		fprintf(stderr,
		    "tocsin replay: %s: entry %llu arrived before the entry "
		    "before it: segments of two logs; replay one at a time\n",
		    input->path, (unsigned long long)entry->seq);
		return false;
	}
	if (self->last_seq > 0 && entry->seq > self->last_seq + 1) {
		self->damaged = true;
		fprintf(stderr,
		    "tocsin replay: entries %llu to %llu are not in the "
		    "input\n",
		    (unsigned long long)self->last_seq + 1,
		    (unsigned long long)entry->seq - 1);
	}
	replay_define(self, entry->arrival_ms);
	self->last_seq = entry->seq;
	self->last_ms = entry->arrival_ms;
	replay_apply(self, entry, print);
	return true;
}

static int
replay_log_input(struct replay *self, const struct input *input, bool *finished)
{
	int64_t to_ms = self->options->to_ms;
	struct source_chunk chunk;
	struct err err;
	enum rc rc;

	while ((rc = readahead_next(self->ahead, &chunk, &err)) == RC_OK ||
	    rc == RC_REJECT) {
		const struct entry *entry = &chunk.entry;

		if (rc == RC_REJECT) {
			replay_damage(self, &err);
			continue;
		}
		*finished = to_ms != INT64_MIN && entry->arrival_ms > to_ms;
		if (*finished)
			return STATUS_GOOD;
		if (!replay_log_entry(self, input, entry))
			return STATUS_USAGE;
		progress_at(
		    &self->progress, self->before + input_done(input, &chunk));
	}
	return rc == RC_AGAIN ? STATUS_GOOD : command_stuck("replay", &err);
}

static int
replay_log(struct replay *self)
{
	int status = STATUS_GOOD;
	bool finished = false;

	qsort(self->inputs->at, self->inputs->count, sizeof(*self->inputs->at),
	    replay_compare_inputs);
	self->ahead = readahead_create(self->inputs, self->options->ahead);
	for (size_t i = 0;
	     i < self->inputs->count && !finished && status == STATUS_GOOD;
	     i++) {
		const struct input *input = &self->inputs->at[i];

		status = replay_log_input(self, input, &finished);
		self->before += input->bytes;
	}
	if (self->copies > 0)
		fprintf(stderr,
		    "tocsin replay: %llu entries stood in the input more than "
		    "once and were taken once\n",
		    (unsigned long long)self->copies);
	if (status == STATUS_GOOD && !self->defined)
		replay_say(self->options->since_ms == INT64_MIN
			? "the log holds no alarm definitions; give --config "
			  "or --alarms"
			: "the log holds no alarm definitions behind --since; "
			  "give --config or --alarms");
	return status;
}

/*
 * Event order.
 */

static enum rc
replay_collect_chunk(struct replay *self, struct replay_order *order,
    struct arena *arena, const struct source_chunk *chunk, struct err *err)
{
	struct decoded decoded;
	enum rc rc = RC_OK;

	arena_reset(arena);
	decoded_init(&decoded, arena);
	decoded.identities = replay_order_identities(order);
	for (size_t i = 0; i < chunk->nrecords; i++)
		decode_record(&decoded, chunk->records[i], i);
	for (size_t i = 0; i < decoded.npoints && rc == RC_OK; i++)
		rc = replay_order_add(order, &decoded.points[i], err);
	self->points += decoded.npoints;
	self->rejected += decoded.nrejects;
	return rc;
}

static enum rc
replay_collect_input(struct replay *self, struct replay_order *order,
    struct arena *arena, const struct input *input, struct err *err)
{
	struct source_chunk chunk;
	enum rc rc;

	while ((rc = readahead_next(self->ahead, &chunk, err)) == RC_OK ||
	    rc == RC_REJECT) {
		if (rc == RC_REJECT) {
			replay_damage(self, err);
			continue;
		}
		rc = replay_collect_chunk(self, order, arena, &chunk, err);
		if (rc != RC_OK)
			return rc;
		progress_at(
		    &self->progress, self->before + input_done(input, &chunk));
	}
	self->before += input->bytes;
	return rc == RC_AGAIN ? RC_OK : rc;
}

static enum rc
replay_collect(struct replay *self, struct replay_order *order, struct err *err)
{
	struct arena arena;
	enum rc rc = RC_OK;

	arena_init(&arena);
	self->ahead = readahead_create(self->inputs, self->options->ahead);
	for (size_t i = 0; i < self->inputs->count && rc == RC_OK; i++)
		rc = replay_collect_input(
		    self, order, &arena, &self->inputs->at[i], err);
	/* Evaluating needs the memory. */
	readahead_free(&self->ahead);
	arena_fini(&arena);
	return rc;
}

static void
replay_steps(struct replay *self, struct replay_order *order)
{
	uint64_t points = self->points, done = 0;
	struct entry entry;

	progress_end(&self->progress);
	progress_begin(&self->progress, "evaluate", "steps",
	    replay_order_counts(order).steps);
	while (replay_order_next(order, &entry) == RC_OK) {
		replay_define(self, entry.arrival_ms);
		replay_apply(self, &entry, true);
		progress_at(&self->progress, ++done);
	}
	self->points = points; /* counted when they were decoded */
}

static int
replay_event(struct replay *self)
{
	const struct replay_range range = {
	    self->options->from_ms, self->options->to_ms};
	struct replay_order *order =
	    replay_order_create(self->options->step_ms, &range);
	struct err err;
	enum rc rc = replay_collect(self, order, &err);

	if (rc == RC_OK)
		rc = replay_order_seal(order, &err);
	if (rc == RC_OK)
		replay_steps(self, order);
	replay_order_free(&order);
	if (rc == RC_REJECT) {
		replay_say(err.text);
		return STATUS_USAGE;
	}
	return rc == RC_OK ? STATUS_GOOD : command_stuck("replay", &err);
}

/* Whether every input that holds anything is a segment of ours, and one is. */
static enum rc
replay_probe(struct replay *self, bool *segments, struct err *err)
{
	bool others = false;

	*segments = false;
	for (size_t i = 0; i < self->inputs->count; i++) {
		struct input *input = &self->inputs->at[i];
		enum rc rc = input_probe(input, err);

		if (rc != RC_OK)
			return rc;
		if (!input->empty && input->kind == SOURCE_SEGMENT)
			*segments = true;
		else if (!input->empty)
			others = true;
		if (input->damaged)
			self->damaged = true;
	}
	*segments = *segments && !others;
	return RC_OK;
}

static struct engine_options
replay_engine_options(const struct replay_options *options, bool segments)
{
	return (struct engine_options){.step_ms = options->step_ms,
	    .delay_ms = options->delay_ms,
	    .from_ms = segments
		? INT64_MIN
		: replay_order_from(options->from_ms, options->step_ms),
	    .pinned = options->config != NULL,
	    .event_order = !segments};
}

static int
replay_run(struct replay *self)
{
	bool segments;
	struct err err;
	int status;

	if (replay_probe(self, &segments, &err) != RC_OK)
		return command_stuck("replay", &err);
	if (!segments && self->options->since_ms != INT64_MIN) {
		replay_say("--since is for segments of ours: these inputs have "
			   "no arrival times");
		return STATUS_USAGE;
	}
	if (!segments && self->options->config == NULL) {
		replay_say("these inputs carry no alarm definitions; give "
			   "--config or --alarms");
		return STATUS_USAGE;
	}
	self->engine_options = replay_engine_options(self->options, segments);
	self->engine = engine_create(&self->engine_options);
	progress_begin(
	    &self->progress, "read", NULL, inputs_bytes(self->inputs));
	status = segments ? replay_log(self) : replay_event(self);
	progress_end(&self->progress);
	if (status != STATUS_GOOD)
		return status;
	fflush(stdout);
	if (self->options->tell != NULL)
		return self->damaged ? STATUS_BAD : STATUS_GOOD;
	fprintf(stderr, "%llu points, %llu rejected, %llu transitions",
	    (unsigned long long)self->points,
	    (unsigned long long)self->rejected,
	    (unsigned long long)self->transitions);
	if (self->options->rollups)
		fprintf(stderr, ", %llu lines of rollups",
		    (unsigned long long)self->lines);
	fputc('\n', stderr);
	return command_flush(self->damaged ? STATUS_BAD : STATUS_GOOD);
}

int
replay(struct inputs *inputs, const struct replay_options *options)
{
	struct replay self = {
	    .options = options, .inputs = inputs, .last_ms = INT64_MIN};
	int status;

	outcome_init(&self.outcome);
	status = replay_run(&self);
	readahead_free(&self.ahead);
	outcome_fini(&self.outcome);
	engine_free(&self.engine);
	buf_fini(&self.out);
	return status;
}
