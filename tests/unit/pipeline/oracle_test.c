/*
 * A naive evaluator that keeps everything and recomputes everything, against
 * the engine: random alarms, random streams with gaps, lateness, reordering,
 * repeats and growing counts; live (log order) and in event order.
 */
#include <math.h>

#include "base/buf.h"
#include "pipeline/engine.h"
#include "testing.h"

#define START 1767225600000
#define MINUTE 60000
#define MINUTES 160
#define ROUNDS 600

struct naive {
	struct alarm alarm;
	struct point panes[MINUTES]; /* count 0: nothing */
	int64_t delay_ms, first_ms;  /* first_ms: start of the log */
	enum alarm_state state;
};

static uint64_t seed;

static int64_t
pick(int64_t below)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (int64_t)((seed >> 33) % (uint64_t)below);
}

static int64_t
floor_to(int64_t ms, int64_t step)
{
	return (int64_t)floor((double)ms / (double)step) * step;
}

/* The statistic of [start, start + period); panes present in *have. */
static bool
naive_value(const struct naive *n, int64_t start, double *value, int *have)
{
	double sum = 0, count = 0, low = INFINITY, high = -INFINITY;

	*have = 0;
	for (int m = 0; m < MINUTES; m++) {
		int64_t at = START + (int64_t)m * MINUTE;

		if (at < start || at >= start + n->alarm.period_ms ||
		    n->panes[m].count == 0)
			continue;
		(*have)++;
		sum += n->panes[m].sum;
		count += n->panes[m].count;
		low = fmin(low, n->panes[m].min);
		high = fmax(high, n->panes[m].max);
	}
	switch (n->alarm.statistic) {
	case STATISTIC_AVERAGE:
		*value = sum / count;
		break;
	case STATISTIC_SUM:
		*value = sum;
		break;
	case STATISTIC_MINIMUM:
		*value = low;
		break;
	case STATISTIC_MAXIMUM:
		*value = high;
		break;
	case STATISTIC_SAMPLE_COUNT:
		*value = count;
	}
	return *have > 0;
}

static bool
naive_bad(const struct naive *n, double value)
{
	double t = n->alarm.threshold;

	return (n->alarm.operator== OPERATOR_GT && value> t) ||
	    (n->alarm.operator== OPERATOR_GE && value >= t) ||
	    (n->alarm.operator== OPERATOR_LT && value<t) ||
	    (n->alarm.operator== OPERATOR_LE && value <= t);
}

/* Minutes of the period that may still come and are not there. */
static int
naive_open(const struct naive *n, int64_t start, int64_t frontier)
{
	int open = 0;

	for (int64_t at = start; at < start + n->alarm.period_ms;
	     at += MINUTE) {
		int64_t minute = (at - START) / MINUTE;

		open += at >= frontier &&
		    (at < START || minute >= MINUTES ||
			n->panes[minute].count == 0);
	}
	return open;
}

static bool
naive_early(const struct naive *n, int64_t end, int64_t frontier)
{
	bool up =
	    n->alarm.operator== OPERATOR_GT || n->alarm.operator== OPERATOR_GE;
	int64_t bad = 0;

	for (int64_t k = 1; k <= n->alarm.evaluation_periods; k++) {
		double value;
		int have;
		bool sure;

		if (!naive_value(
			n, end - k * n->alarm.period_ms, &value, &have))
			continue;
		sure = naive_open(n, end - k * n->alarm.period_ms, frontier) ==
			0 ||
		    (up &&
			(n->alarm.statistic == STATISTIC_MAXIMUM ||
			    n->alarm.statistic == STATISTIC_SAMPLE_COUNT)) ||
		    (!up && n->alarm.statistic == STATISTIC_MINIMUM);
		bad += sure && naive_bad(n, value);
	}
	return bad >= n->alarm.datapoints_to_alarm;
}

/* The rule as a list of the newest N real points, and what is not there. */
static enum alarm_state
naive_settled(const struct naive *n, int64_t end)
{
	int64_t N = n->alarm.evaluation_periods;
	int64_t M = n->alarm.datapoints_to_alarm;
	int64_t real = 0, bad = 0, seen_missing = 0, age = 0, holes, guess;

	for (int64_t k = 1; k <= N + 2 && real < N; k++) {
		int64_t start = end - k * n->alarm.period_ms;
		double value;
		int have;

		if (naive_value(n, start, &value, &have)) {
			real++;
			bad += naive_bad(n, value);
			age = k;
		} else if (start + n->alarm.period_ms > n->first_ms) {
			seen_missing++;
		}
	}
	holes = N - real;
	guess = holes < seen_missing ? holes : seen_missing;
	if (holes == 0 || n->alarm.missing == MISSING_NOT_BREACHING)
		return bad >= M ? STATE_ALARM : STATE_OK;
	if (n->alarm.missing == MISSING_BREACHING) {
		if (bad + holes < M)
			return STATE_OK;
		return bad + guess >= M ? STATE_ALARM : n->state;
	}
	if (real == 0)
		return n->alarm.missing == MISSING_IGNORE
		    ? n->state
		    : STATE_INSUFFICIENT_DATA;
	if (bad >= M)
		return STATE_ALARM;
	if (bad < real)
		return STATE_OK;
	if (n->alarm.missing == MISSING_IGNORE)
		return n->state;
	return age >= M ? STATE_ALARM : STATE_INSUFFICIENT_DATA;
}

static void
naive_step(struct naive *n, int64_t now)
{
	int64_t frontier = floor_to(now - n->delay_ms, MINUTE);

	for (int64_t end = floor_to(now, MINUTE); end > frontier; end -= MINUTE)
		if (naive_early(n, end, frontier)) {
			n->state = STATE_ALARM;
			return;
		}
	n->state = naive_settled(n, frontier);
}

static void
naive_take(struct naive *n, const struct point *p)
{
	struct point *at = &n->panes[(p->timestamp_ms - START) / MINUTE];

	if (p->count >= at->count)
		*at = *p;
}

static struct naive
random_alarm(struct buf *config)
{
	static const int64_t periods[] = {60, 60, 60, 120, 300};
	int64_t N = 1 + pick(5), M = 1 + pick(N);
	struct naive n = {.delay_ms = pick(5) * 30000,
	    .alarm = {.period_ms = periods[pick(5)] * 1000,
		.evaluation_periods = N,
		.datapoints_to_alarm = M,
		.statistic = (enum alarm_statistic)pick(5),
		.operator=(enum alarm_operator) pick(4),
		.missing = (enum alarm_missing)pick(4),
		.threshold = (double)pick(4)}};

	buf_clear(config);
	buf_printf(config,
	    "{\"delay\":{\"default\":%lld},\"alarms\":[{\"AlarmName\":\"a\","
	    "\"Namespace\":\"N\",\"MetricName\":\"m\",\"Period\":%lld,"
	    "\"Statistic\":\"%s\",\"EvaluationPeriods\":%lld,"
	    "\"DatapointsToAlarm\":%lld,\"Threshold\":%g,"
	    "\"ComparisonOperator\":\"%s\",\"TreatMissingData\":\"%s\"}]}",
	    (long long)n.delay_ms, (long long)n.alarm.period_ms / 1000,
	    alarm_statistic_names[n.alarm.statistic], (long long)N,
	    (long long)M, n.alarm.threshold,
	    alarm_operator_names[n.alarm.operator],
	    alarm_missing_names[n.alarm.missing]);
	return n;
}

static struct point
random_point(int64_t minute)
{
	double a = (double)pick(5), b = (double)pick(5);
	double count = (double)(1 + pick(3));

	return (struct point){
	    .series = {SPAN_OF("1"), SPAN_OF("r"), SPAN_OF("N"), SPAN_OF("m"),
		SPAN_OF("None"), NULL, 0},
	    .timestamp_ms = START + minute * MINUTE + pick(60) * 1000,
	    .sum = (a + b) / 2 * count,
	    .count = count,
	    .min = fmin(a, b),
	    .max = fmax(a, b)};
}

/* One entry into both; the states must agree after it. */
static void
step_both(struct engine *engine, struct naive *n, enum alarm_state *state,
    struct outcome *outcome, struct entry entry)
{
	struct err err;

	outcome_clear(outcome);
	ck_assert_int_eq(engine_apply(engine, &entry, outcome, &err), RC_OK);
	ck_assert_uint_le(outcome->ntransitions, 1);
	for (size_t i = 0; i < outcome->ntransitions; i++) {
		ck_assert_int_eq(outcome->transitions[i].from, *state);
		*state = outcome->transitions[i].to;
	}
	for (size_t i = 0; i < entry.npoints; i++)
		naive_take(n, &entry.points[i]);
	naive_step(n, entry.arrival_ms);
	ck_assert_msg(n->state == *state, "seq %llu: naive %s, engine %s",
	    (unsigned long long)entry.seq, alarm_state_names[n->state],
	    alarm_state_names[*state]);
}

static void
run_round(bool event_order)
{
	const struct engine_options options = {.step_ms = MINUTE,
	    .delay_ms = -1,
	    .from_ms = INT64_MIN,
	    .event_order = event_order};
	struct engine *engine = engine_create(&options);
	enum alarm_state state = STATE_INSUFFICIENT_DATA;
	struct outcome outcome;
	struct buf config = {0};
	struct naive n = random_alarm(&config);
	int64_t clock = START + 20 * MINUTE, density = 1 + pick(10);
	struct entry entry = {.kind = ENTRY_CONFIG, .arrival_ms = START};
	struct err err;

	outcome_init(&outcome);
	entry.config = span_text(buf_cstr(&config));
	ck_assert_int_eq(engine_apply(engine, &entry, &outcome, &err), RC_OK);
	n.first_ms = event_order ? INT64_MIN : clock;
	for (uint64_t seq = 1; clock < START + (MINUTES - 5) * MINUTE; seq++) {
		int64_t late = pick(4) == 0 ? pick(6) : pick(3);
		int64_t minute = (clock - START) / MINUTE - 1 - late;
		struct point point = random_point(minute);

		entry = (struct entry){
		    .seq = seq, .kind = ENTRY_TICK, .arrival_ms = clock};
		if (pick(10) < density) {
			entry.kind = ENTRY_POINTS;
			entry.points = &point;
			entry.npoints = 1;
		}
		step_both(engine, &n, &state, &outcome, entry);
		clock += event_order ? MINUTE : 1000 * (1 + pick(45));
	}
	buf_fini(&config);
	outcome_fini(&outcome);
	engine_free(&engine);
}

START_TEST(live_agrees)
{
	for (seed = 1; seed < ROUNDS;) {
		uint64_t kept = seed;

		run_round(false);
		seed = kept + 1;
	}
}
END_TEST

START_TEST(event_order_agrees)
{
	for (seed = 1; seed < ROUNDS;) {
		uint64_t kept = seed;

		run_round(true);
		seed = kept + 1;
	}
}
END_TEST

TEST_MAIN("oracle", live_agrees, event_order_agrees)
