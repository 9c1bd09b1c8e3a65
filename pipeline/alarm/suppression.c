#include "pipeline/alarm/suppression.h"

static bool
suppression_release(struct suppression *suppression)
{
	*suppression = (struct suppression){SUPPRESSED_NOT, 0};
	return true;
}

static bool
suppression_hold(struct suppression *suppression)
{
	*suppression = (struct suppression){SUPPRESSED_ALARM, 0};
	return false;
}

/* A period from now on; one of zero is over. */
static bool
suppression_begin(struct suppression *suppression, enum suppressed_by by,
    int64_t now_ms, int64_t period_ms)
{
	if (period_ms <= 0)
		return suppression_release(suppression);
	suppression->by = by;
	if (__builtin_add_overflow(now_ms, period_ms, &suppression->until_ms))
		suppression->until_ms = INT64_MAX;
	return false;
}

static bool
suppression_timed(const struct suppression *suppression)
{
	return suppression->by == SUPPRESSED_WAIT ||
	    suppression->by == SUPPRESSED_EXTENSION;
}

bool
suppression_changed(struct suppression *suppression,
    const struct alarm *composite, bool suppressor_in_alarm, int64_t now_ms)
{
	if (composite->suppressor.len == 0)
		return suppression_release(suppression);
	if (suppressor_in_alarm)
		return suppression_hold(suppression);
	return suppression_begin(suppression, SUPPRESSED_WAIT, now_ms,
	    composite->suppressor_wait_ms);
}

bool
suppression_suppressor(struct suppression *suppression,
    const struct alarm *composite, bool in_alarm, int64_t now_ms)
{
	if (in_alarm && suppression_timed(suppression))
		return suppression_hold(suppression);
	if (!in_alarm && suppression->by == SUPPRESSED_ALARM)
		return suppression_begin(suppression, SUPPRESSED_EXTENSION,
		    now_ms, composite->suppressor_extension_ms);
	return false;
}

bool
suppression_due(struct suppression *suppression, int64_t now_ms)
{
	if (!suppression_timed(suppression) || suppression->until_ms > now_ms)
		return false;
	return suppression_release(suppression);
}

int64_t
suppression_next(const struct suppression *suppression)
{
	if (!suppression_timed(suppression))
		return INT64_MAX;
	return suppression->until_ms;
}

bool
suppression_replaced(struct suppression *suppression, bool suppressor_in_alarm)
{
	if (suppression->by == SUPPRESSED_NOT)
		return false;
	if (suppressor_in_alarm)
		return suppression_hold(suppression);
	return suppression_release(suppression);
}

bool
suppression_unmuted(struct suppression *suppression,
    const struct alarm *composite, bool suppressor_in_alarm)
{
	if (suppression->by != SUPPRESSED_NOT)
		return false;
	if (composite->suppressor.len > 0 && suppressor_in_alarm)
		return suppression_hold(suppression);
	return true;
}
