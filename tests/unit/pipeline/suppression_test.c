/* The actions suppressor of a composite: AWS's examples step by step, what was
 * captured, and clocks that jump. A unit of time is a minute. */
#include <stdint.h>

#include "pipeline/alarm/suppression.h"
#include "testing.h"

#define MINUTE 60000LL
#define EVENTS 8
#define ACTIONS 4

enum { O = STATE_OK, A = STATE_ALARM };

struct event {
	int64_t minute;
	int state;
};

/* A story: what the two alarms do, and which actions run when. */
struct story {
	const char *name;
	int64_t wait, extension; /* minutes */
	bool suppressed_at_start;
	struct event composite[EVENTS], suppressor[EVENTS], actions[ACTIONS];
	enum suppressed_by by; /* at the end */
};

/* The examples of "Alarm suppression", then more of the same kind. Minute 0
 * ends a list. */
static const struct story stories[] = {
    {"picture 1: wait", 6, 3, false, {{2, A}}, {{4, A}}, {{0}},
	SUPPRESSED_ALARM},
    {"picture 2: extension", 2, 6, false, {{1, A}, {5, O}}, {{1, A}, {2, O}},
	{{7, O}}, SUPPRESSED_NOT},
    {"example 1", 2, 3, false, {{2, A}}, {{0}}, {{4, A}}, SUPPRESSED_NOT},
    {"example 2", 2, 3, false, {{2, A}}, {{3, A}}, {{0}}, SUPPRESSED_ALARM},
    {"example 3", 2, 3, false, {{2, A}, {3, O}}, {{0}}, {{5, O}},
	SUPPRESSED_NOT},
    {"example 4", 2, 3, true, {{2, A}}, {{0}}, {{0}}, SUPPRESSED_ALARM},
    {"example 5", 2, 3, false, {{2, A}}, {{3, A}, {6, O}}, {{9, A}},
	SUPPRESSED_NOT},
    {"example 6", 2, 3, false, {{2, A}, {7, O}}, {{3, A}, {6, O}}, {{9, O}},
	SUPPRESSED_NOT},

    {"once released, the suppressor says nothing", 2, 3, false, {{2, A}},
	{{5, A}, {6, O}}, {{4, A}}, SUPPRESSED_NOT},
    {"until the composite changes again", 2, 3, false, {{2, A}, {7, O}},
	{{5, A}}, {{4, A}}, SUPPRESSED_ALARM},
    {"no wait: at once", 0, 3, false, {{2, A}}, {{3, A}}, {{2, A}},
	SUPPRESSED_NOT},
    {"no wait, but suppressed", 0, 3, true, {{2, A}}, {{5, O}}, {{8, A}},
	SUPPRESSED_NOT},
    {"no extension: at once", 2, 0, true, {{2, A}}, {{5, O}}, {{5, A}},
	SUPPRESSED_NOT},
    {"back to ALARM in the extension", 2, 3, true, {{2, A}},
	{{5, O}, {7, A}, {9, O}}, {{12, A}}, SUPPRESSED_NOT},
    {"changes while suppressed stay suppressed", 2, 3, true,
	{{2, A}, {3, O}, {4, A}}, {{5, O}}, {{8, A}}, SUPPRESSED_NOT},
    {"the suppressor in the last moment of the wait", 2, 3, false, {{2, A}},
	{{4, A}}, {{0}}, SUPPRESSED_ALARM},
    {"the composite in the last moment of the extension", 2, 3, true,
	{{2, A}, {8, O}}, {{5, O}}, {{10, O}}, SUPPRESSED_NOT},
    {"a moment too late", 2, 3, false, {{2, A}}, {{5, A}}, {{4, A}},
	SUPPRESSED_NOT},
    {"both in one moment", 2, 3, false, {{2, A}}, {{2, A}}, {{0}},
	SUPPRESSED_ALARM},
    {"both back in one moment", 2, 3, false, {{2, A}, {6, O}}, {{2, A}, {6, O}},
	{{8, O}}, SUPPRESSED_NOT},
    {"two changes, two releases", 2, 3, false, {{2, A}, {8, O}}, {{0}},
	{{4, A}, {10, O}}, SUPPRESSED_NOT},
    {"none when the suppressor comes and goes alone", 2, 3, false, {{0}},
	{{2, A}, {4, O}}, {{0}}, SUPPRESSED_NOT},
};

struct play {
	const struct story *story;
	struct alarm alarm;
	struct suppression suppression;
	int state;
	bool in_alarm;
	size_t nactions;
};

static const struct event *
at(const struct event *events, int64_t minute)
{
	for (size_t i = 0; i < EVENTS && events[i].minute > 0; i++)
		if (events[i].minute == minute)
			return &events[i];
	return NULL;
}

static void
ran(struct play *play, int64_t minute)
{
	const struct event *expected = &play->story->actions[play->nactions++];

	ck_assert_msg(
	    expected->minute == minute && expected->state == play->state,
	    "%s: actions of %s at %lld", play->story->name,
	    alarm_state_names[play->state], (long long)minute);
}

static void
step(struct play *play, int64_t minute)
{
	struct suppression *s = &play->suppression;
	const struct event *suppressor = at(play->story->suppressor, minute);
	const struct event *composite = at(play->story->composite, minute);
	int64_t now_ms = minute * MINUTE, next_ms = suppression_next(s);

	ck_assert_msg(!suppression_due(s, now_ms - 1), "%s: asked each minute",
	    play->story->name);
	if (suppressor != NULL) {
		play->in_alarm = suppressor->state == A;
		if (suppression_suppressor(
			s, &play->alarm, play->in_alarm, now_ms))
			ran(play, minute);
	}
	if (composite != NULL) {
		play->state = composite->state;
		if (suppression_changed(
			s, &play->alarm, play->in_alarm, now_ms))
			ran(play, minute);
	}
	if (suppression_due(s, now_ms)) {
		ck_assert_int_eq(next_ms, now_ms);
		ran(play, minute);
	}
}

START_TEST(stories_come_out)
{
	for (size_t i = 0; i < sizeof(stories) / sizeof(*stories); i++) {
		const struct story *story = &stories[i];
		struct play play = {.story = story,
		    .alarm = {.suppressor = SPAN_OF("s"),
			.suppressor_wait_ms = story->wait * MINUTE,
			.suppressor_extension_ms = story->extension * MINUTE},
		    .state = O,
		    .in_alarm = story->suppressed_at_start};

		for (int64_t minute = 1; minute < 30; minute++)
			step(&play, minute);
		ck_assert_msg(play.nactions == ACTIONS ||
			story->actions[play.nactions].minute == 0,
		    "%s: %zu actions", story->name, play.nactions);
		ck_assert_msg(play.suppression.by == story->by, "%s: by %d",
		    story->name, play.suppression.by);
		ck_assert_int_eq(
		    suppression_next(&play.suppression), INT64_MAX);
	}
}
END_TEST

static const struct alarm five = {.suppressor = SPAN_OF("s"),
    .suppressor_wait_ms = 5000,
    .suppressor_extension_ms = 5000};

/* Captured with periods of 5 s: …17.960 changes, …22.960 released. */
START_TEST(a_period_ends_on_the_millisecond)
{
	struct suppression s = {0};

	ck_assert(!suppression_changed(&s, &five, false, 17960));
	ck_assert_int_eq(s.by, SUPPRESSED_WAIT);
	ck_assert_int_eq(suppression_next(&s), 22960);
	ck_assert(!suppression_due(&s, 22959));
	ck_assert(suppression_due(&s, 22960));
	ck_assert_int_eq(s.by, SUPPRESSED_NOT);
	ck_assert(!suppression_due(&s, 22960));
	/* Captured, …29 and …40: a suppressor in ALARM for 20 s afterwards. */
	ck_assert(!suppression_suppressor(&s, &five, true, 63924));
	ck_assert_int_eq(s.by, SUPPRESSED_NOT);
	ck_assert(!suppression_suppressor(&s, &five, false, 84696));
	ck_assert_int_eq(s.by, SUPPRESSED_NOT);
}
END_TEST

START_TEST(the_clock_may_jump)
{
	struct suppression s = {0};

	/* Over the end of the wait to a suppressor in ALARM: too late. */
	suppression_changed(&s, &five, false, 1000);
	ck_assert(suppression_due(&s, 3600000 - 1));
	ck_assert(!suppression_suppressor(&s, &five, true, 3600000));
	ck_assert_int_eq(s.by, SUPPRESSED_NOT);

	/* Over the end of the wait to the next change: both have actions. */
	suppression_changed(&s, &five, false, 1000);
	ck_assert(suppression_due(&s, 9000 - 1));
	ck_assert(!suppression_changed(&s, &five, false, 9000));
	ck_assert_int_eq(suppression_next(&s), 14000);
	ck_assert(!suppression_due(&s, 9000));

	/* To the very end: the change counts, the period does not. */
	suppression_changed(&s, &five, false, 1000);
	ck_assert(!suppression_due(&s, 6000 - 1));
	ck_assert(!suppression_suppressor(&s, &five, true, 6000));
	ck_assert(!suppression_due(&s, 6000));
	ck_assert_int_eq(s.by, SUPPRESSED_ALARM);
	ck_assert_int_eq(suppression_next(&s), INT64_MAX);
}
END_TEST

START_TEST(without_a_suppressor_actions_run)
{
	static const struct alarm alone = {.suppressor_wait_ms = 5000};
	struct suppression s = {SUPPRESSED_WAIT, 10};

	ck_assert(suppression_changed(&s, &alone, false, 1));
	ck_assert_int_eq(s.by, SUPPRESSED_NOT);
}
END_TEST

START_TEST(the_suppressor_is_replaced)
{
	static const struct {
		enum suppressed_by before;
		bool in_alarm, runs;
		enum suppressed_by after;
	} rows[] = {/* Nothing held: nothing begins (captured). */
	    {SUPPRESSED_NOT, false, false, SUPPRESSED_NOT},
	    {SUPPRESSED_NOT, true, false, SUPPRESSED_NOT},
	    /* Captured: suppressed by an alarm, replaced by one in OK. */
	    {SUPPRESSED_ALARM, false, true, SUPPRESSED_NOT},
	    {SUPPRESSED_ALARM, true, false, SUPPRESSED_ALARM},
	    {SUPPRESSED_WAIT, false, true, SUPPRESSED_NOT},
	    {SUPPRESSED_WAIT, true, false, SUPPRESSED_ALARM},
	    {SUPPRESSED_EXTENSION, false, true, SUPPRESSED_NOT},
	    {SUPPRESSED_EXTENSION, true, false, SUPPRESSED_ALARM}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct suppression s = {rows[i].before, 99};

		ck_assert(
		    suppression_replaced(&s, rows[i].in_alarm) == rows[i].runs);
		ck_assert_int_eq(s.by, rows[i].after);
		ck_assert_int_eq(suppression_next(&s), INT64_MAX);
	}
}
END_TEST

START_TEST(a_mute_window_ends)
{
	static const struct alarm alone;
	struct suppression s = {0};

	ck_assert(suppression_unmuted(&s, &alone, false));
	ck_assert(suppression_unmuted(&s, &five, false));
	ck_assert(!suppression_unmuted(&s, &five, true));
	ck_assert_int_eq(s.by, SUPPRESSED_ALARM);
	ck_assert(!suppression_unmuted(&s, &five, false));
	ck_assert_int_eq(s.by, SUPPRESSED_ALARM);
	s = (struct suppression){SUPPRESSED_WAIT, 10};
	ck_assert(!suppression_unmuted(&s, &five, true));
	ck_assert_int_eq(suppression_next(&s), 10);
}
END_TEST

START_TEST(endless_periods)
{
	static const struct alarm endless = {
	    .suppressor = SPAN_OF("s"), .suppressor_wait_ms = INT64_MAX};
	struct suppression s = {0};

	ck_assert(!suppression_changed(&s, &endless, false, 1000));
	ck_assert_int_eq(suppression_next(&s), INT64_MAX);
	ck_assert(!suppression_due(&s, INT64_MAX - 1));
}
END_TEST

TEST_MAIN("suppression", stories_come_out, a_period_ends_on_the_millisecond,
    the_clock_may_jump, without_a_suppressor_actions_run,
    the_suppressor_is_replaced, a_mute_window_ends, endless_periods)
