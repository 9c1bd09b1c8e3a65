#include "pipeline/alarm/mute.h"

#include "base/limits.h"

/* When the window opened that was the last to open at or before `ms`, among
 * those that could still be open; INT64_MIN: none. */
static int64_t
mute_opened(const struct mute *mute, int64_t ms)
{
	int64_t floor_ms = ms - mute->duration_ms + 1;

	if (!mute->once)
		return cron_before(&mute->cron, mute->zone, ms, floor_ms);
	return mute->at_ms <= ms && mute->at_ms >= floor_ms ? mute->at_ms
							    : INT64_MIN;
}

static int64_t
mute_opens(const struct mute *mute, int64_t ms)
{
	if (!mute->once)
		return cron_after(&mute->cron, mute->zone, ms);
	return mute->at_ms > ms ? mute->at_ms : INT64_MAX;
}

bool
mute_targets(const struct mute *mute, struct span alarm)
{
	for (size_t i = 0; i < mute->nalarms; i++)
		if (span_equal(mute->alarms[i], alarm))
			return true;
	return false;
}

bool
mute_open(const struct mute *mute, int64_t ms)
{
	return ms >= mute->start_ms && ms < mute->expire_ms &&
	    mute_opened(mute, ms) != INT64_MIN;
}

/* Behind the window that is open at `ms` and those that open before it is
 * closed. */
static int64_t
mute_closes(const struct mute *mute, int64_t ms)
{
	for (int i = 0; i < LIMIT_MUTE_WINDOWS && ms < mute->expire_ms; i++) {
		int64_t opened_ms = mute_opened(mute, ms);

		if (opened_ms == INT64_MIN)
			break;
		ms = opened_ms + mute->duration_ms;
	}
	return ms < mute->expire_ms ? ms : mute->expire_ms;
}

int64_t
mute_next(const struct mute *mute, int64_t ms)
{
	int64_t next_ms;

	if (mute_open(mute, ms))
		return mute_closes(mute, ms);
	if (ms < mute->start_ms && mute_open(mute, mute->start_ms))
		return mute->start_ms;
	next_ms = mute_opens(mute, ms < mute->start_ms ? mute->start_ms : ms);
	return next_ms < mute->expire_ms ? next_ms : INT64_MAX;
}

bool
mute_refresh(struct mute *mute, int64_t now_ms)
{
	if (mute->until_ms != INT64_MIN && now_ms < mute->until_ms)
		return false;
	mute->open = mute_open(mute, now_ms);
	mute->until_ms = mute_next(mute, now_ms);
	return true;
}

bool
mutes_open(const struct mute *const *mutes, size_t count, int64_t ms)
{
	for (size_t i = 0; i < count; i++)
		if (mute_open(mutes[i], ms))
			return true;
	return false;
}

int64_t
mutes_next(const struct mute *const *mutes, size_t count, int64_t ms)
{
	int64_t first_ms = INT64_MAX;

	for (size_t i = 0; i < count; i++) {
		int64_t next_ms = mute_next(mutes[i], ms);

		if (next_ms < first_ms)
			first_ms = next_ms;
	}
	return first_ms;
}

bool
mutes_gap(const struct mute *const *mutes, size_t count, int64_t from_ms,
    int64_t to_ms)
{
	for (int i = 0; i < LIMIT_MUTE_WINDOWS && from_ms < to_ms; i++) {
		/* Just behind from_ms all is as at from_ms, unless it changes
		 * in the very next millisecond. */
		int64_t next_ms = mutes_next(mutes, count, from_ms);

		if (next_ms > from_ms + 1 && !mutes_open(mutes, count, from_ms))
			return true;
		if (next_ms > to_ms)
			return false;
		if (!mutes_open(mutes, count, next_ms))
			return true;
		from_ms = next_ms;
	}
	return false;
}

bool
muting_acts(struct muting *muting, bool acts, bool open)
{
	muting->pending = acts && open;
	return acts && !open;
}

bool
muting_ended(struct muting *muting)
{
	bool pending = muting->pending;

	muting->pending = false;
	return pending;
}
