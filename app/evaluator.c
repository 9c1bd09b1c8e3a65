#include "app/evaluator.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "app/quarantine.h"
#include "app/rollup_gauges.h"
#include "base/log.h"
#include "base/text.h"
#include "journal/reader.h"
#include "pipeline/engine.h"
#include "sinks/message.h"
#include "sinks/rollup_print.h"

/* How long a stop may go unseen while nothing arrives. */
#define EVALUATOR_LOOK_MS 200
/* Looks in vain before buffers are given back. */
#define EVALUATOR_QUIET_LOOKS 25
#define EVALUATOR_MEASURE_MS 1000
#define EVALUATOR_STEP_MS 60000
/* Longer than any entry takes to apply. */
#define EVALUATOR_STANDING_MS 10000

struct evaluator {
	struct evaluator_options options;
	uint64_t goal;
	_Atomic uint64_t position;
	_Atomic int64_t applied_ms; /* arrival of the last one; 0: none */
	_Atomic int64_t moved_ms;   /* the thread was last here; monotonic */
	atomic_bool stop;
	pthread_t thread;
	pthread_mutex_t lock; /* of config and ended */
	pthread_cond_t changed;
	bool ended;
	struct buf config;
	/* Of the thread: */
	struct engine *engine;
	struct reader *reader;
	struct outcome outcome;
	struct buf line;
	bool quarantine_failing;
	bool joined, abandoned;
	int64_t measured_ms; /* when the gauges were; monotonic */
};

#define POINTS(word, sentence)                                                 \
	{                                                                      \
		.name = "tocsin_points_" word "_total", .help = sentence       \
	}
#define TRANSITIONS(state)                                                     \
	{                                                                      \
		.name = "tocsin_transitions_total",                            \
		.help = "State changes of alarms.",                            \
		.labels = "to=\"" state "\""                                   \
	}
#define GAUGE(title, sentence)                                                 \
	{                                                                      \
		.name = title, .help = sentence, .gauge = true                 \
	}

struct counter evaluator_stats[EVALUATOR_STATS] = {
    [EVALUATOR_ENTRIES] = {.name = "tocsin_engine_entries_total",
	.help = "Journal entries applied, those of recovery too."},
    [EVALUATOR_DECODED] = POINTS("decoded", "Points that the decoder gave."),
    [EVALUATOR_KEPT] = POINTS("kept", "Points that made a new pane."),
    [EVALUATOR_REPLACED] =
	POINTS("replaced", "Points that replaced an earlier version."),
    [EVALUATOR_KEPT_OLD] = POINTS("kept_old",
	"Points left out: an earlier version has the higher sample count."),
    [EVALUATOR_LATE] =
	POINTS("late", "Points left out: older than any window."),
    [EVALUATOR_FUTURE] =
	POINTS("future", "Points left out: too far in the future."),
    [EVALUATOR_UNREAD] = POINTS("unread",
	"Points left out: no alarm and no rollup reads their series."),
    [EVALUATOR_REFUSED] =
	POINTS("refused", "Points left out: of new series above the limit."),
    [EVALUATOR_REJECTED] = {.name = "tocsin_rejects_total",
	.help = "Lines and messages that cannot be read, in quarantine."},
    [EVALUATOR_UNGROUPED] = {.name = "tocsin_series_ungrouped_total",
	.help = "Series that found no room among the groups of an alarm or a "
		"rollup."},
    [EVALUATOR_ROLLUP_LINES] = {.name = "tocsin_rollup_lines_total",
	.help = "Lines of rollups, early, final and revised."},
    [EVALUATOR_ROLLUP_CUT] = {.name = "tocsin_rollup_lines_cut_total",
	.help = "Lines of rollups above the limit of one entry."},
    [EVALUATOR_TO_INSUFFICIENT] = TRANSITIONS("INSUFFICIENT_DATA"),
    [EVALUATOR_TO_OK] = TRANSITIONS("OK"),
    [EVALUATOR_TO_ALARM] = TRANSITIONS("ALARM"),
    [EVALUATOR_FORGOTTEN] = {.name = "tocsin_series_forgotten_total",
	.help = "Series not seen for as long as series: forget says."},
    [EVALUATOR_COMPLAINTS] = {.name = "tocsin_complaints_total",
	.help = "Definitions found to be ambiguous; the log says which."},
    [EVALUATOR_CONFIG_BAD] = {.name = "tocsin_config_rejected_total",
	.help = "Config entries that could not be read."},
    [EVALUATOR_DAMAGED] = {.name = "tocsin_engine_damaged_total",
	.help = "Damaged places of the journal that were stepped over."},
    [EVALUATOR_POSITION] = GAUGE(
	"tocsin_engine_position", "The entry up to which all is applied."),
    [EVALUATOR_SERIES] = GAUGE("tocsin_series", "Series known."),
    [EVALUATOR_SERIES_READ] =
	GAUGE("tocsin_series_read", "Series that an alarm or a rollup reads."),
    [EVALUATOR_PANES] = GAUGE("tocsin_panes", "Panes held."),
    [EVALUATOR_ALARMS] = GAUGE("tocsin_alarms", "Alarms defined."),
    [EVALUATOR_IN_ALARM] =
	GAUGE("tocsin_alarms_in_alarm", "Alarms in the state ALARM."),
    [EVALUATOR_ROLLUPS] = GAUGE("tocsin_rollups", "Rollups defined."),
    [EVALUATOR_ROLLUP_GROUPS] =
	GAUGE("tocsin_rollup_groups", "Groups of all rollups."),
    [EVALUATOR_UNHEARD] = GAUGE("tocsin_heard_refused",
	"Look-ups of feeds and namespaces above the limit, whose silence "
	"cannot be told."),
    [EVALUATOR_STANDING] = GAUGE("tocsin_engine_standing",
	"1 while entries wait and none has been applied for ten seconds.")};

static int64_t
evaluator_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void
evaluator_count(const struct outcome *outcome)
{
	const struct outcome_counts *counts = &outcome->counts;
	const uint64_t points[] = {counts->decoded, counts->kept,
	    counts->replaced, counts->kept_old, counts->late, counts->future,
	    counts->unread, counts->refused,
	    outcome->nrejects + outcome->nrejects_over, counts->ungrouped,
	    outcome->nrollups, counts->cut};

	counter_add(&evaluator_stats[EVALUATOR_ENTRIES], 1);
	for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++)
		counter_add(&evaluator_stats[EVALUATOR_DECODED + i],
		    (int64_t)points[i]);
	for (size_t i = 0; i < outcome->ntransitions; i++)
		counter_add(&evaluator_stats[EVALUATOR_TO_INSUFFICIENT +
				outcome->transitions[i].to],
		    1);
	counter_add(
	    &evaluator_stats[EVALUATOR_FORGOTTEN], (int64_t)outcome->forgotten);
	counter_add(&evaluator_stats[EVALUATOR_COMPLAINTS],
	    (int64_t)outcome->ncomplaints);
}

/* Counting goes over every series, so not at every entry. */
static void
evaluator_measure(const struct evaluator *self)
{
	struct engine_sizes sizes = engine_sizes(self->engine);
	const size_t values[] = {sizes.series, sizes.series_read, sizes.panes,
	    sizes.alarms, sizes.in_alarm, sizes.rollups, sizes.rollup_groups,
	    sizes.unheard};

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		counter_set(
		    &evaluator_stats[EVALUATOR_SERIES + i], (int64_t)values[i]);
	rollup_gauges_update(self->engine);
}

/* An accelerated clock ticks many times a second. */
static bool
evaluator_measure_due(struct evaluator *self)
{
	int64_t ms = evaluator_now_ms();

	if (ms < self->measured_ms + EVALUATOR_MEASURE_MS)
		return false;
	self->measured_ms = ms;
	return true;
}

static bool
evaluator_recovers(const struct evaluator *self)
{
	return self->position < self->goal;
}

static void
evaluator_tell(struct evaluator *self, const struct entry *entry,
    const struct transition *t)
{
	buf_clear(&self->line);
	transition_print(&self->line, t);
	transitions_push(self->options.transitions, buf_span(&self->line));
	log_write(evaluator_recovers(self) ? LOG_DEBUG : LOG_INFO, "transition",
	    "seq=%llu id=%s from=%s to=%s alarm=\"%.*s\"",
	    (unsigned long long)t->seq, t->id, alarm_state_names[t->from],
	    alarm_state_names[t->to], SPAN_ARGS(t->alarm->name));
	if (self->options.outcomes != NULL)
		outcomes_push(self->options.outcomes, OUTCOMES_TRANSITION,
		    entry->seq, entry->arrival_ms, buf_span(&self->line));
	if (self->options.notifier != NULL)
		notifier_push(self->options.notifier, t);
}

static void
evaluator_tell_rollup(struct evaluator *self, const struct entry *entry,
    const struct rollup_line *line)
{
	static const enum outcomes_kind kinds[] = {
	    OUTCOMES_ROLLUP_ARCHIVE, OUTCOMES_ROLLUP_REPLICA};
	const struct evaluator_options *options = &self->options;
	unsigned outputs =
	    line->rollup->outputs & (options->rollup_sinks | ROLLUP_STATUS);

	if (outputs == 0)
		return;
	buf_clear(&self->line);
	rollup_print(&self->line, line);
	if ((outputs & ROLLUP_STATUS) != 0 && options->rollups != NULL)
		transitions_push(options->rollups, buf_span(&self->line));
	for (unsigned i = 0; i < 2 && options->outcomes != NULL; i++)
		if ((outputs & 1u << i) != 0)
			outcomes_push(options->outcomes, kinds[i], entry->seq,
			    entry->arrival_ms, buf_span(&self->line));
}

static void
evaluator_quarantine(struct evaluator *self, const struct entry *entry)
{
	const struct outcome *outcome = &self->outcome;
	struct err err;

	if (outcome->nrejects == 0)
		return;
	if (!evaluator_recovers(self))
		log_warn("quarantined", "seq=%llu rejects=%zu first=\"%s\"",
		    (unsigned long long)entry->seq, outcome->nrejects,
		    outcome->rejects[0].reason);
	if (quarantine_write(self->options.quarantine_folder, entry, outcome,
		&err) == RC_OK) {
		self->quarantine_failing = false;
		return;
	}
	if (!self->quarantine_failing)
		log_error("quarantine_failed", "%s", err.text);
	self->quarantine_failing = true;
}

static void
evaluator_remember(struct evaluator *self, struct span config)
{
	pthread_mutex_lock(&self->lock);
	buf_clear(&self->config);
	buf_span_put(&self->config, config);
	pthread_mutex_unlock(&self->lock);
}

/* What was heard, for those who ask and for delays that follow it. */
static void
evaluator_observe(struct evaluator *self, int64_t now_ms)
{
	const struct heard *heard = engine_heard(self->engine);

	if (self->options.heard != NULL)
		heard_report_take(self->options.heard, heard);
	if (self->options.follow != NULL)
		delay_follow_take(self->options.follow, heard, now_ms);
}

static void
evaluator_apply(struct evaluator *self, const struct entry *entry)
{
	struct outcome *outcome = &self->outcome;
	struct err err;

	outcome_clear(outcome);
	if (engine_apply(self->engine, entry, outcome, &err) != RC_OK) {
		counter_add(&evaluator_stats[EVALUATOR_CONFIG_BAD], 1);
		log_error("config_rejected", "seq=%llu %s",
		    (unsigned long long)entry->seq, err.text);
	}
	if (entry->kind == ENTRY_CONFIG)
		evaluator_remember(self, entry->config);
	evaluator_count(outcome);
	for (size_t i = 0; i < outcome->nrollups; i++)
		evaluator_tell_rollup(self, entry, &outcome->rollups[i]);
	for (size_t i = 0; i < outcome->ntransitions; i++) {
		outcome->transitions[i].received_ns = entry->received_ns;
		evaluator_tell(self, entry, &outcome->transitions[i]);
	}
	for (size_t i = 0; i < outcome->ncomplaints; i++)
		log_warn("alarm_ambiguous", "%s", outcome->complaints[i]);
	evaluator_quarantine(self, entry);
	if (entry->kind == ENTRY_TICK && !evaluator_recovers(self))
		evaluator_observe(self, entry->arrival_ms);
	if (self->options.notifier != NULL)
		notifier_advance(self->options.notifier, entry->seq);
	if (entry->kind != ENTRY_BATCH && !evaluator_recovers(self) &&
	    evaluator_measure_due(self))
		evaluator_measure(self);
}

static void
evaluator_reach(struct evaluator *self, uint64_t seq)
{
	if (self->options.outcomes != NULL)
		outcomes_advance(self->options.outcomes, seq);
	self->position = seq;
	self->moved_ms = evaluator_now_ms();
	counter_set(&evaluator_stats[EVALUATOR_POSITION], (int64_t)seq);
}

/* Between two entries; `applied`: the one before, NULL: nothing came. */
static void
evaluator_step(struct evaluator *self, const struct entry *applied)
{
	const struct checkpointer_state state = {
	    self->position, self->engine, buf_span(&self->config)};
	uint64_t bytes = 0;

	self->moved_ms = evaluator_now_ms();
	if (self->options.checkpointer == NULL)
		return;
	for (size_t i = 0; applied != NULL && i < applied->nrecords; i++)
		bytes += applied->records[i].len;
	checkpointer_applied(self->options.checkpointer, bytes);
	if (applied == NULL || applied->kind == ENTRY_TICK)
		checkpointer_step(
		    self->options.checkpointer, &state, applied != NULL);
}

/* The log may begin behind what is known: its memory begins there too. */
static void
evaluator_gap(const struct evaluator *self, const struct entry *first)
{
	char time[TEXT_TIME_SIZE];

	text_time(time, first->arrival_ms);
	if (first->seq > self->options.seq + 1)
		log_error("journal_gap",
		    "entries %llu to %llu are not in the journal any more: "
		    "what alarms know begins at %s",
		    (unsigned long long)self->options.seq + 1,
		    (unsigned long long)first->seq - 1, time);
}

/* Applies all up to `last`; false when it is time to end. */
static bool
evaluator_read(struct evaluator *self, uint64_t last)
{
	struct entry entry;
	struct err err;
	enum rc rc;

	reader_bound(self->reader, last);
	while ((rc = reader_next(self->reader, &entry, &err)) == RC_OK ||
	    rc == RC_REJECT) {
		if (self->stop && evaluator_recovers(self))
			return false;
		if (rc == RC_OK) {
			if (self->position == self->options.seq)
				evaluator_gap(self, &entry);
			evaluator_apply(self, &entry);
			self->applied_ms = entry.arrival_ms;
			evaluator_reach(self, entry.seq);
			evaluator_step(self, &entry);
			continue;
		}
		counter_add(&evaluator_stats[EVALUATOR_DAMAGED], 1);
		log_error("journal_damaged", "%s", err.text);
	}
	if (rc != RC_AGAIN)
		log_die("journal: %s", err.text);
	/* What is not there up to the bound was said to be damaged. */
	evaluator_reach(self, last);
	return true;
}

static void *
evaluator_main(void *cookie)
{
	struct evaluator *self = cookie;
	unsigned quiet = 0;

	pthread_setname_np(pthread_self(), "engine");
	while (self->position < journal_last(self->options.journal) ||
	    !self->stop) {
		uint64_t last = journal_last(self->options.journal);

		evaluator_step(self, NULL);
		if (last != self->position) {
			quiet = 0;
			if (!evaluator_read(self, last))
				break;
		} else if (journal_wait(self->options.journal, last,
			       EVALUATOR_LOOK_MS) == RC_AGAIN &&
		    ++quiet == EVALUATOR_QUIET_LOOKS) {
			reader_rest(self->reader);
		}
	}
	pthread_mutex_lock(&self->lock);
	self->ended = true;
	pthread_cond_signal(&self->changed);
	pthread_mutex_unlock(&self->lock);
	return NULL;
}

static void
evaluator_free(struct evaluator *self)
{
	checkpointer_free(&self->options.checkpointer);
	reader_close(&self->reader);
	engine_free(&self->engine);
	outcome_fini(&self->outcome);
	buf_fini(&self->line);
	buf_fini(&self->config);
	pthread_cond_destroy(&self->changed);
	pthread_mutex_destroy(&self->lock);
	free(self);
}

struct engine *
evaluator_engine(void)
{
	const struct engine_options engine = {
	    .step_ms = EVALUATOR_STEP_MS, .delay_ms = -1, .from_ms = INT64_MIN};

	return engine_create(&engine);
}

enum rc
evaluator_start(struct evaluator **evaluator,
    const struct evaluator_options *options, struct err *err)
{
	struct evaluator *self = calloc(1, sizeof(*self));
	pthread_condattr_t attr;
	enum rc rc;

	*evaluator = NULL;
	if (self == NULL)
		log_die("out of memory: evaluator");
	self->options = *options;
	self->goal = journal_last(options->journal);
	pthread_mutex_init(&self->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&self->changed, &attr);
	pthread_condattr_destroy(&attr);
	outcome_init(&self->outcome);
	self->engine =
	    options->engine != NULL ? options->engine : evaluator_engine();
	evaluator_remember(self, options->config);
	evaluator_reach(self, options->seq);
	evaluator_measure(self);
	rc = reader_open(
	    &self->reader, options->journal_folder, options->seq + 1, err);
	if (rc == RC_OK)
		reader_recent(self->reader, journal_recent(options->journal));
	if (rc == RC_OK &&
	    pthread_create(&self->thread, NULL, evaluator_main, self) != 0)
		rc = err_set(err, RC_FATAL, "no thread for the engine");
	if (rc == RC_OK)
		*evaluator = self;
	else
		evaluator_free(self);
	return rc;
}

uint64_t
evaluator_position(const struct evaluator *evaluator)
{
	return evaluator->position;
}

uint64_t
evaluator_goal(const struct evaluator *evaluator)
{
	return evaluator->goal;
}

int64_t
evaluator_behind_ms(const struct evaluator *evaluator, int64_t now_ms)
{
	int64_t applied_ms = evaluator->applied_ms;

	if (applied_ms == 0 || applied_ms > now_ms ||
	    evaluator->position >= journal_last(evaluator->options.journal))
		return 0;
	return now_ms - applied_ms;
}

bool
evaluator_standing(const struct evaluator *evaluator, struct buf *why)
{
	int64_t ms = evaluator_now_ms() - evaluator->moved_ms;
	uint64_t position = evaluator->position;
	uint64_t last = journal_last(evaluator->options.journal);
	bool standing = ms >= EVALUATOR_STANDING_MS && position < last;

	counter_set(&evaluator_stats[EVALUATOR_STANDING], standing);
	if (!standing)
		return false;
	buf_printf(why,
	    "standing still for %lld s: %llu of %llu entries are applied",
	    (long long)ms / 1000, (unsigned long long)position,
	    (unsigned long long)last);
	if (evaluator->options.notifier == NULL)
		return true;
	buf_text(why, "; ");
	if (!notifier_stuck(evaluator->options.notifier, why))
		buf_text(why, "the engine is at work on one entry");
	return true;
}

void
evaluator_config(struct evaluator *evaluator, struct buf *out)
{
	pthread_mutex_lock(&evaluator->lock);
	buf_span_put(out, buf_span(&evaluator->config));
	pthread_mutex_unlock(&evaluator->lock);
}

/* True when the thread ended by itself in time. */
static bool
evaluator_wait_end(struct evaluator *self, int64_t within_ms)
{
	struct timespec until;
	int late = 0;
	bool ended;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += within_ms / 1000;
	pthread_mutex_lock(&self->lock);
	while (!self->ended && late == 0)
		late =
		    pthread_cond_timedwait(&self->changed, &self->lock, &until);
	ended = self->ended;
	pthread_mutex_unlock(&self->lock);
	return ended;
}

void
evaluator_end(struct evaluator *evaluator, int64_t within_ms)
{
	if (evaluator == NULL || evaluator->joined)
		return;
	evaluator->stop = true;
	if (!evaluator_wait_end(evaluator, within_ms) &&
	    evaluator->options.notifier != NULL) {
		notifier_abandon(evaluator->options.notifier);
		evaluator->abandoned = true;
	}
	pthread_join(evaluator->thread, NULL);
	evaluator->joined = true;
}

void
evaluator_checkpoint(struct evaluator *evaluator)
{
	struct checkpointer_state state;

	if (evaluator == NULL || evaluator->abandoned ||
	    evaluator->options.checkpointer == NULL)
		return;
	state = (struct checkpointer_state){evaluator->position,
	    evaluator->engine, buf_span(&evaluator->config)};
	checkpointer_finish(evaluator->options.checkpointer, &state);
}

void
evaluator_stop(struct evaluator **evaluator)
{
	if (*evaluator == NULL)
		return;
	evaluator_end(*evaluator, 0);
	evaluator_free(*evaluator);
	*evaluator = NULL;
}
