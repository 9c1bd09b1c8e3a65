#include "pipeline/alarm/verdict.h"

#define MINUTE_MS 60000

size_t
verdict_range(const struct alarm *alarm)
{
	int64_t more =
	    alarm->period_ms < MINUTE_MS ? MINUTE_MS / alarm->period_ms : 2;

	return (size_t)(alarm->evaluation_periods + more);
}

bool
verdict_breaches(const struct alarm *alarm, const struct slot *slot)
{
	double value = slot->value;

	switch (alarm->operator) {
	case OPERATOR_GE:
		return value >= alarm->threshold;
	case OPERATOR_GT:
		return value > alarm->threshold;
	case OPERATOR_LT:
		return value < alarm->threshold;
	case OPERATOR_LE:
		return value <= alarm->threshold;
	case OPERATOR_OUTSIDE:
		return value < slot->lower || value > slot->upper;
	case OPERATOR_BELOW:
		return value < slot->lower;
	case OPERATOR_ABOVE:
		return value > slot->upper;
	}
	return false;
}

/* The newest N real slots, and what is missing to N. */
struct tally {
	int64_t real, bad, missing;
	int64_t unknown;    /* of the missing, those nobody was there to see */
	int64_t oldest_age; /* of the real ones used; 1 is the newest slot */
	double samples;	    /* behind them */
};

static struct tally
verdict_tally(const struct alarm *alarm, const struct slot *slots, size_t range)
{
	struct tally t = {0};
	int64_t n = alarm->evaluation_periods, known = 0;

	for (size_t i = 0; i < range && t.real < n; i++) {
		if (!slots[i].real) {
			known += !slots[i].unknown;
			continue;
		}
		t.real++;
		t.bad += slots[i].bad;
		t.samples += slots[i].count;
		t.oldest_age = (int64_t)i + 1;
	}
	t.missing = n - t.real;
	t.unknown = t.missing > known ? t.missing - known : 0;
	return t;
}

static enum alarm_state
verdict_either(bool alarm)
{
	return alarm ? STATE_ALARM : STATE_OK;
}

bool
verdict_decide(const struct alarm *alarm, const struct slot *slots,
    size_t range, enum alarm_state *state)
{
	struct tally t = verdict_tally(alarm, slots, range);
	int64_t m = alarm->datapoints_to_alarm;

	if (t.real > 0 && t.samples < alarm->samples_needed)
		return false;
	if (t.missing == 0 || alarm->missing == MISSING_NOT_BREACHING) {
		*state = verdict_either(t.bad >= m);
		return true;
	}
	if (alarm->missing == MISSING_BREACHING) {
		*state = verdict_either(t.bad + t.missing >= m);
		return *state == STATE_OK || t.bad + t.missing - t.unknown >= m;
	}
	if (t.real == 0) {
		*state = STATE_INSUFFICIENT_DATA;
		return alarm->missing == MISSING_MISSING;
	}
	if (t.bad >= m)
		*state = STATE_ALARM;
	else if (t.bad < t.real)
		*state = STATE_OK;
	else if (alarm->missing == MISSING_IGNORE)
		return false;
	else if (t.oldest_age >= m)
		*state = STATE_ALARM;
	else
		*state = STATE_INSUFFICIENT_DATA;
	return true;
}

bool
verdict_certain(const struct alarm *alarm, const struct slot *slots)
{
	int64_t bad = 0;
	double samples = 0;

	for (int64_t i = 0; i < alarm->evaluation_periods; i++) {
		bad += slots[i].bad;
		samples += slots[i].count;
	}
	return bad >= alarm->datapoints_to_alarm &&
	    samples >= alarm->samples_needed;
}
