/* What may surprise about an alarm; each from a question people ask. */
#include "app/explain.h"
#include "pipeline/window/insights.h"

static bool
beware_uses(const struct alarm *alarm, const char *function)
{
	for (size_t i = 0; i < alarm->nqueries; i++) {
		struct span text = alarm->queries[i].expression;

		if (text.len > 0 &&
		    memmem(text.at, text.len, function, strlen(function)) !=
			NULL)
			return true;
	}
	return false;
}

static bool
beware_any_region(const struct alarm *alarm)
{
	if (alarm->kind == ALARM_INSIGHTS)
		return false;
	for (size_t i = 0; i < alarm->nmetrics; i++)
		if (alarm->metrics[i].regions.count != 1 ||
		    alarm->metrics[i].accounts.count != 1)
			return true;
	return false;
}

static void
beware_actions(struct buf *out, const struct alarm *alarm)
{
	if (!alarm->actions_enabled)
		explain_say(out, "beware",
		    "ActionsEnabled is false: nobody is told of anything.");
	else if (alarm->actions[STATE_ALARM].count == 0)
		explain_say(out, "beware",
		    "It has no AlarmActions: nobody is told when it rings.");
	else if (alarm->actions[STATE_OK].count == 0)
		explain_say(out, "beware",
		    "It has no OKActions: nobody is told when it is over.");
}

static void
beware_silence(struct buf *out, const struct alarm *alarm)
{
	if (alarm->kind == ALARM_INSIGHTS && alarm->insights->ngroup_by > 0)
		explain_say(out, "beware",
		    "A group whose series end becomes OK: a dead Region does "
		    "not ring here.");
	else if (alarm->missing == MISSING_NOT_BREACHING)
		explain_say(out, "beware",
		    "A metric that stops, or a Region that is dead, never "
		    "rings here: silence is OK.");
	else if (alarm->missing == MISSING_IGNORE)
		explain_say(out, "beware",
		    "When the metric stops or the Region is dead, it stays "
		    "in the state it had.");
	else if (alarm->missing == MISSING_MISSING &&
	    alarm->actions[STATE_INSUFFICIENT_DATA].count == 0)
		explain_say(out, "beware",
		    "When the metric stops it goes to INSUFFICIENT_DATA, "
		    "which has no actions: nobody is told of a dead Region.");
	else if (alarm->missing == MISSING_BREACHING)
		explain_say(out, "beware",
		    "A metric that is sent only when something happens rings "
		    "while nothing happens.");
}

static void
beware_data(struct buf *out, const struct alarm *alarm)
{
	if (alarm->period_ms < 60000)
		explain_say(out, "beware",
		    "A metric stream sends one point a minute. Periods "
		    "below a minute are missing but for one; this alarm works "
		    "on other input only.");
	if (beware_any_region(alarm))
		explain_say(out, "beware",
		    "It may read several Regions or accounts. Two series "
		    "that match one metric are a fault: give it a Region "
		    "and an account (\"Tocsin\": {\"Region\": …}).");
	if (beware_uses(alarm, "FILL("))
		explain_say(out, "beware",
		    "FILL makes the newest minute look real before it has "
		    "come; M of N periods are safer than one.");
	if (alarm->low_samples.len == 0 && alarm->nmetrics > 0 &&
	    alarm->metrics[0].statistic == STATISTIC_EXTENDED &&
	    alarm->metrics[0].stat.at[0] == 'p')
		explain_say(out, "beware",
		    "A percentile of a few samples counts like one of "
		    "thousands (EvaluateLowSampleCountPercentile is not "
		    "given).");
}

static void
beware_composite(struct buf *out, const struct alarm *alarm)
{
	explain_say(out, "beware",
	    "A child in INSUFFICIENT_DATA is neither ALARM(…) nor OK(…): a "
	    "dead Region may look like no trouble at all.");
	if (alarm->suppressor_wait_ms > 0)
		explain_say(out, "beware",
		    "The wait delays every message, the first one too.");
}

void
explain_beware(struct buf *out, const struct alarm *alarm)
{
	beware_actions(out, alarm);
	if (alarm->kind == ALARM_COMPOSITE) {
		beware_composite(out, alarm);
		return;
	}
	if (alarm->kind == ALARM_SILENCE)
		return;
	beware_silence(out, alarm);
	beware_data(out, alarm);
	if (alarm->kind == ALARM_ANOMALY)
		explain_say(out, "beware",
		    "CloudWatch does not publish its model; this band is "
		    "tocsin's own and will differ. Until it has learnt, "
		    "periods are missing.");
}
