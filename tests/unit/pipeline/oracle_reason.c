/* StateReason in the cases that need no rule of their own. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "oracle_naive.h"

#define INLINE 4 /* from five points on they stand behind the sentence */

static const char *const operator_words[] = {"greater than or equal to",
    "greater than", "less than", "less than or equal to"};

/* The shortest that reads back, with a point; false: it has an exponent. */
static bool
number_text(char out[32], double value)
{
	double size = fabs(value);

	if (size != 0 && (size < 1e-3 || size >= 1e7))
		return false;
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(out, 32, "%.*g", digits, value);
		if (strtod(out, NULL) == value)
			break;
	}
	if (strchr(out, 'e') != NULL) /* 3e+05 */
		snprintf(out, 32, "%.0f", value);
	if (strchr(out, '.') == NULL)
		strcat(out, ".0");
	return true;
}

static bool
point_text(char out[80], const struct naive_slot *slot)
{
	time_t seconds = (time_t)(slot->start_ms / 1000);
	char number[32], at[32];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(at, sizeof(at), "%d/%m/%y %H:%M:%S", &tm);
	if (!number_text(number, slot->value))
		return false;
	snprintf(out, 80, "%s (%s)", number, at);
	return true;
}

/* What of the range supports the state. */
struct support {
	int points, real;
	char list[400]; /* the newest first */
	char newest[80];
};

static bool
find_support(const struct oracle_alarm *alarm, const struct naive_slot *slots,
    enum oracle_state to, struct support *s)
{
	for (int k = 0; k < naive_range(alarm) && s->real < alarm->n; k++) {
		char text[80];
		size_t len = strlen(s->list);

		if (!slots[k].real)
			continue;
		s->real++;
		if (slots[k].bad != (to == RINGS))
			continue;
		if (!point_text(text, &slots[k]))
			return false;
		if (s->points++ == 0)
			strcpy(s->newest, text);
		if (s->points <= INLINE)
			snprintf(s->list + len, sizeof(s->list) - len, "%s%s",
			    s->points == 1 ? "" : ", ", text);
	}
	return true;
}

static const char *
plural(int n)
{
	return n == 1 ? "" : "s";
}

static const char *
was(int n)
{
	return n == 1 ? "was" : "were";
}

/* No point at all in the range. */
static void
reason_of_nothing(const struct oracle_alarm *alarm, enum oracle_state to,
    char *out, size_t room)
{
	int n = alarm->n;

	if (to == UNSURE)
		snprintf(out, room,
		    "Insufficient Data: %d datapoint%s %s "
		    "unknown.",
		    n, plural(n), was(n));
	else
		snprintf(out, room,
		    "Threshold Crossed: no datapoints were received for %d "
		    "period%s and %d missing datapoint%s %s treated as [%s].",
		    n, plural(n), n, plural(n), was(n),
		    to == RINGS ? "Breaching" : "NonBreaching");
}

void
naive_reason(const struct oracle_alarm *alarm, const struct naive_slot *slots,
    enum oracle_state to, bool contributor, char *out, size_t room)
{
	struct support s = {0};
	const char *of = to == RINGS ? "" : "not ";
	int quorum = to == RINGS ? alarm->m : alarm->n - alarm->m + 1;
	char threshold[32], count[64], list[420], behind[160], minimum[80] = "";

	if (!find_support(alarm, slots, to, &s))
		return;
	if (s.real == 0) {
		reason_of_nothing(alarm, to, out, room);
		return;
	}
	/* What missing points add to the sentence is left to reason_test. */
	if (s.real < alarm->n || s.points == 0 || s.points > INLINE)
		return;
	number_text(threshold, alarm->threshold);
	snprintf(list, sizeof(list), " [%s]", s.list);
	snprintf(behind, sizeof(behind),
	    ". The most recent datapoint which %scrossed the threshold: [%s]",
	    of, s.newest);
	if (alarm->m_given) {
		snprintf(count, sizeof(count),
		    "%d out of the last %d "
		    "datapoints",
		    s.points, alarm->n);
		snprintf(minimum, sizeof(minimum),
		    " (minimum %d datapoint%s for %s transition)", quorum,
		    plural(quorum),
		    to == RINGS ? "OK -> ALARM" : "ALARM -> OK");
	} else {
		snprintf(count, sizeof(count), "%d datapoint%s", s.points,
		    plural(s.points));
	}
	snprintf(out, room, "Threshold Crossed: %s%s %s %s%s the threshold "
			    "(%s)%s%s.",
	    count, contributor ? "" : list, was(s.points), of,
	    operator_words[alarm->operator], threshold,
	    contributor ? behind : "", minimum);
}
