/* Mute rules: how they are read, when their windows are open, and what an
 * alarm remembers of them. */
#include <stdint.h>
#include <stdio.h>

#include "base/text.h"
#include "pipeline/alarm/mute.h"
#include "testing.h"

#define MINUTE 60000LL
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

struct read {
	struct arena arena;
	struct faults faults;
	struct mutes mutes;
};

static void
read_text(struct read *r, const char *text)
{
	struct tree *tree;

	*r = (struct read){0};
	arena_init(&r->arena);
	faults_init(&r->faults);
	tree =
	    tree_parse(&r->arena, span_text(text), "m.json", false, &r->faults);
	ck_assert_ptr_nonnull(tree);
	mutes_read(&r->mutes, &r->arena, tree, &r->faults);
}

static void
read_done(struct read *r)
{
	faults_fini(&r->faults);
	arena_fini(&r->arena);
}

/* A good rule with this schedule, "more" behind it; freed by read_done(). */
static const struct mute *
rule(struct read *r, const char *expression, const char *duration,
    const char *zone, const char *more)
{
	char text[1024];

	snprintf(text, sizeof(text),
	    "{\"Name\": \"m\", \"Rule\": {\"Schedule\": {\"Expression\": "
	    "\"%s\", \"Duration\": \"%s\", \"Timezone\": \"%s\"}}, "
	    "\"MuteTargets\": {\"AlarmNames\": [\"a\"]}%s}",
	    expression, duration, zone, more);
	read_text(r, text);
	ck_assert_msg(r->faults.count == 0, "%s: %s", expression,
	    r->faults.first == NULL ? "" : r->faults.first->text);
	ck_assert_uint_eq(r->mutes.count, 1);
	return &r->mutes.rules[0];
}

static int64_t
at(const char *text)
{
	int64_t ms;

	ck_assert_msg(text_parse_time(span_text(text), &ms), "%s", text);
	return ms;
}

static const char *
shown(int64_t ms)
{
	static char text[TEXT_TIME_SIZE];

	if (ms == INT64_MAX)
		return "never";
	text_time(text, ms);
	return text;
}

START_TEST(a_rule_is_read)
{
	struct read r;
	const struct mute *m;

	read_text(&r,
	    "{\"Name\": \"sundays\", \"Description\": \"patching\",\n"
	    "\"AlarmMuteRuleArn\": \"arn:aws:cloudwatch:us-east-1:1:alarm-mute-"
	    "rule:sundays\", \"Status\": \"SCHEDULED\",\n"
	    "\"LastUpdatedTimestamp\": \"2026-03-01T00:00:00+00:00\", "
	    "\"MuteType\": \"RECURRING\",\n"
	    "\"Rule\": {\"Schedule\": {\"Expression\": \"cron(0 2 * * SUN)\", "
	    "\"Duration\": \"P2DT12H\", \"Timezone\": \"UTC\"}},\n"
	    "\"MuteTargets\": {\"AlarmNames\": [\"lag\", \"cpu\", \"lag\"]},\n"
	    "\"StartDate\": \"2026-04-15T08:00:00+00:00\", \"ExpireDate\": "
	    "\"2026-12-31T23:59\"}");
	ck_assert_uint_eq(r.faults.count, 0);
	ck_assert_uint_eq(r.mutes.count, 1);
	m = &r.mutes.rules[0];
	ck_assert(span_is(m->name, "sundays"));
	ck_assert(span_is(m->description, "patching"));
	ck_assert(span_is(m->expression, "cron(0 2 * * SUN)"));
	ck_assert(span_is(m->timezone, "UTC"));
	ck_assert(!m->once);
	ck_assert_int_eq(m->duration_ms, 60 * HOUR);
	ck_assert_int_eq(m->start_ms, at("2026-04-15T08:00:00Z"));
	ck_assert_int_eq(m->expire_ms, at("2026-12-31T23:59:00Z"));
	ck_assert_uint_eq(m->nalarms, 2);
	ck_assert(mute_targets(m, SPAN_OF("lag")));
	ck_assert(mute_targets(m, SPAN_OF("cpu")));
	ck_assert(!mute_targets(m, SPAN_OF("cp")));
	ck_assert(!mute_targets(m, SPAN_OF("Lag")));
	read_done(&r);
}
END_TEST

#define SMALL                                                                  \
	"{\"Rule\": {\"Schedule\": {\"Expression\": \"at(2026-05-10T14:00)\"," \
	" \"Duration\": \"PT4H\"}}, \"MuteTargets\": {\"AlarmNames\": "        \
	"[\"a\"]}}"

START_TEST(rules_are_found_in_documents)
{
	static const struct {
		const char *text;
		size_t count, faults;
	} rows[] = {{SMALL, 1, 0}, {"[" SMALL "," SMALL "," SMALL "]", 3, 0},
	    {"[{\"AlarmName\": \"x\"}," SMALL "]", 1, 0},
	    {"{\"MetricAlarms\": [{}], \"AlarmMuteRules\": [" SMALL "]}", 1, 0},
	    {"{\"AlarmMuteRules\": [" SMALL ", {}, " SMALL "]}", 2, 2},
	    {"{\"AlarmMuteRules\": {}}", 0, 1},
	    {"{\"MetricAlarms\": [{\"AlarmName\": \"x\"}]}", 0, 0},
	    {"[]", 0, 0}, {"5", 0, 0}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct read r;

		read_text(&r, rows[i].text);
		ck_assert_msg(r.mutes.count == rows[i].count &&
			r.faults.count == rows[i].faults,
		    "%s: %zu, %zu", rows[i].text, r.mutes.count,
		    r.faults.count);
		read_done(&r);
	}
}
END_TEST

static const struct {
	const char *expression, *duration, *zone, *more;
	const char *key; /* where the fault is */
	const char *text;
} mistakes[] = {
    {"rate(1h)", "PT1H", "UTC", "", "\"Expression\"",
	"Expression must be cron(minute hour day month weekday) or "
	"at(yyyy-MM-ddThh:mm), not \"rate(1h)\""},
    {"0 2 * * SUN", "PT1H", "UTC", "", "\"Expression\"",
	"Expression must be cron"},
    {"cron(0 2 * * SUN", "PT1H", "UTC", "", "\"Expression\"",
	"Expression must be"},
    {"cron(60 2 * * *)", "PT1H", "UTC", "", "\"Expression\"",
	"Expression \"cron(60 2 * * *)\", character 6: the minute must be"},
    {"at(2026-05-10)", "PT1H", "UTC", "", "\"Expression\"",
	"at(…) needs a day and a time, at(yyyy-MM-ddThh:mm), not "
	"\"2026-05-10\""},
    {"at(2026-04-31T10:00)", "PT1H", "UTC", "", "\"Expression\"",
	"at(…) needs"},
    {"at(2026-13-01T10:00)", "PT1H", "UTC", "", "\"Expression\"",
	"at(…) needs"},
    {"at(2026-12-01T24:00)", "PT1H", "UTC", "", "\"Expression\"",
	"at(…) needs"},
    {"at(2026-12-01T10:00Z)", "PT1H", "UTC", "", "\"Expression\"",
	"at(…) needs"},
    {"at(2026-05-10T14:00)", "PT59S", "UTC", "", "\"Duration\"",
	"Duration must be of ISO 8601, PT1M to P15D, such as PT4H or "
	"P2DT12H, not \"PT59S\""},
    {"at(2026-05-10T14:00)", "P15DT1M", "UTC", "", "\"Duration\"", "P15DT1M"},
    {"at(2026-05-10T14:00)", "4h", "UTC", "", "\"Duration\"", "not \"4h\""},
    {"at(2026-05-10T14:00)", "P1M", "UTC", "", "\"Duration\"", "not \"P1M\""},
    {"at(2026-05-10T14:00)", "PT", "UTC", "", "\"Duration\"", "not \"PT\""},
    {"at(2026-05-10T14:00)", "P1DT", "UTC", "", "\"Duration\"", "not \"P1DT\""},
    {"at(2026-05-10T14:00)", "PT1HT1M", "UTC", "", "\"Duration\"",
	"not \"PT1HT1M\""},
    {"at(2026-05-10T14:00)", "PT1H1H", "UTC", "", "\"Duration\"",
	"not \"PT1H1H\""},
    {"at(2026-05-10T14:00)", "PT1M1H", "UTC", "", "\"Duration\"", "\"PT1M1H\""},
    {"at(2026-05-10T14:00)", "PT99999999999999999999M", "UTC", "",
	"\"Duration\"", "Duration must"},
    {"at(2026-05-10T14:00)", "PT1H", "Europe/Nowhere", "", "\"Timezone\"",
	"Timezone \"Europe/Nowhere\" is no time zone"},
    {"at(2026-05-10T14:00)", "PT1H", "UTC", ", \"StartDate\": \"may\"",
	"\"StartDate\"", "StartDate must be a time such as 2026-12-31T23:59"},
    {"at(2026-05-10T14:00)", "PT1H", "UTC",
	", \"StartDate\": \"2026-05-02T00:00\", \"ExpireDate\": "
	"\"2026-05-01T00:00\"",
	"\"ExpireDate\"", "ExpireDate must be later than StartDate"},
    {"at(2026-05-10T14:00)", "PT1H", "UTC", ", \"Targets\": []", "\"Targets\"",
	"unknown key \"Targets\"; did you mean \"Tags\"?"},
};

START_TEST(mistakes_are_told)
{
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		struct read r;
		char text[1024];

		snprintf(text, sizeof(text),
		    "{\"Name\": \"m\", \"Rule\": {\"Schedule\": "
		    "{\"Expression\": \"%s\", \"Duration\": \"%s\", "
		    "\"Timezone\": \"%s\"}}, \"MuteTargets\": "
		    "{\"AlarmNames\": [\"a\"]}%s}",
		    mistakes[i].expression, mistakes[i].duration,
		    mistakes[i].zone, mistakes[i].more);
		read_text(&r, text);
		ck_assert_msg(r.faults.count == 1, "%s: %zu faults", text,
		    r.faults.count);
		ck_assert_uint_eq(r.mutes.count, 0);
		ck_assert_msg(
		    strstr(r.faults.first->text, mistakes[i].text) != NULL,
		    "%s: %s", text, r.faults.first->text);
		ck_assert_msg(strstr(text, mistakes[i].key) ==
			&text[r.faults.first->column - 1],
		    "%s: column %u", text, r.faults.first->column);
		read_done(&r);
	}
}
END_TEST

START_TEST(targets_are_named)
{
	static const struct {
		const char *targets, *text;
	} rows[] = {{"\"Tags\": []",
			"mute rule \"m\" names no alarms; say which in "
			"MuteTargets.AlarmNames"},
	    {"\"MuteTargets\": {\"AlarmNames\": []}", "names no alarms"},
	    {"\"MuteTargets\": {}", "mute rule \"m\" has no AlarmNames"},
	    {"\"MuteTargets\": []", "MuteTargets must be a map"},
	    {"\"MuteTargets\": {\"AlarmNames\": \"a\"}", "must be a list"},
	    {"\"MuteTargets\": {\"AlarmNames\": [\"\"]}", "names of alarms"},
	    {"\"MuteTargets\": {\"AlarmNames\": [[]]}", "names of alarms"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct read r;
		char text[512];
		bool found = false;

		snprintf(text, sizeof(text),
		    "{\"Name\": \"m\", \"Rule\": {\"Schedule\": "
		    "{\"Expression\": \"at(2026-05-10T14:00)\", \"Duration\": "
		    "\"PT1H\"}}, %s}",
		    rows[i].targets);
		read_text(&r, text);
		ck_assert_uint_eq(r.mutes.count, 0);
		for (struct fault *f = r.faults.first; f != NULL; f = f->next)
			found = found || strstr(f->text, rows[i].text) != NULL;
		ck_assert_msg(found, "%s: %s", text,
		    r.faults.first == NULL ? "" : r.faults.first->text);
		read_done(&r);
	}
}
END_TEST

START_TEST(durations)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {{"PT1M", MINUTE}, {"PT60S", MINUTE}, {"P15D", 15 * DAY},
	    {"P2DT12H", 60 * HOUR}, {"PT1H30M", 90 * MINUTE}, {"P2W", 14 * DAY},
	    {"P1DT1H1M1S", DAY + HOUR + MINUTE + 1000}, {"PT360H", 15 * DAY}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct read r;

		ck_assert_int_eq(
		    rule(&r, "at(2026-05-10T14:00)", rows[i].text, "UTC", "")
			->duration_ms,
		    rows[i].ms);
		read_done(&r);
	}
}
END_TEST

/* Steps through mute_next() and writes down where it changes. */
static void
changes(const struct mute *m, const char *from, size_t count, char *out)
{
	int64_t ms = at(from);
	bool open = mute_open(m, ms);

	out[0] = '\0';
	for (size_t i = 0; i < count && ms != INT64_MAX;) {
		int64_t next = mute_next(m, ms);

		ck_assert_int_gt(next, ms);
		if (next != INT64_MAX)
			ck_assert(mute_open(m, next - 1) == open);
		ms = next;
		if (ms != INT64_MAX && mute_open(m, ms) == open)
			continue;
		open = !open;
		i++;
		strcat(out, i > 1 ? " " : "");
		strcat(out, shown(ms));
	}
}

static const struct {
	const char *expression, *duration, *more, *from, *changes;
} scenarios[] = {/* The User Guide's scenarios. */
    {"cron(0 2 * * SUN)", "PT4H", "", "2026-05-09T00:00:00Z",
	"2026-05-10T02:00:00.000Z 2026-05-10T06:00:00.000Z "
	"2026-05-17T02:00:00.000Z"},
    {"cron(0 1 1 * *)", "PT6H", "", "2026-05-01T05:00:00Z",
	"2026-05-01T07:00:00.000Z 2026-06-01T01:00:00.000Z "
	"2026-06-01T07:00:00.000Z"},
    {"cron(0 18 * * FRI)", "P2DT12H", "", "2026-05-08T00:00:00Z",
	"2026-05-08T18:00:00.000Z 2026-05-11T06:00:00.000Z "
	"2026-05-15T18:00:00.000Z"},
    {"cron(0 23 * * *)", "PT2H", "", "2026-05-08T00:30:00Z",
	"2026-05-08T01:00:00.000Z 2026-05-08T23:00:00.000Z "
	"2026-05-09T01:00:00.000Z"},
    {"at(2024-05-10T14:00)", "PT4H", "", "2024-01-01T00:00:00Z",
	"2024-05-10T14:00:00.000Z 2024-05-10T18:00:00.000Z never"},
    {"at(2024-12-23T00:00)", "P7D", "", "2024-12-29T00:00:00Z",
	"2024-12-30T00:00:00.000Z never"},
    /* Windows that touch or overlap are one. */
    {"cron(0 0 * * *)", "P1D", "", "2026-05-08T00:00:00Z", "never"},
    {"cron(0 0 * * MON-FRI)", "P1D", "", "2026-05-09T00:00:00Z",
	"2026-05-11T00:00:00.000Z 2026-05-16T00:00:00.000Z "
	"2026-05-18T00:00:00.000Z"},
    {"cron(0,30 9 * * *)", "PT45M", "", "2026-05-09T00:00:00Z",
	"2026-05-09T09:00:00.000Z 2026-05-09T10:15:00.000Z "
	"2026-05-10T09:00:00.000Z"},
    {"cron(0 0 1 * *)", "P15D", "", "2026-05-15T23:59:00Z",
	"2026-05-16T00:00:00.000Z 2026-06-01T00:00:00.000Z "
	"2026-06-16T00:00:00.000Z"},
    /* Start and end cut. */
    {"cron(0 2 * * *)", "PT4H",
	", \"StartDate\": \"2026-05-10T03:00\", \"ExpireDate\": "
	"\"2026-05-11T05:00:00Z\"",
	"2026-01-01T00:00:00Z",
	"2026-05-10T03:00:00.000Z 2026-05-10T06:00:00.000Z "
	"2026-05-11T02:00:00.000Z 2026-05-11T05:00:00.000Z never"},
    {"cron(0 2 * * *)", "PT4H",
	", \"StartDate\": \"2026-05-10T02:00\", \"ExpireDate\": "
	"\"2026-05-10T02:00:30\"",
	"2026-01-01T00:00:00Z",
	"2026-05-10T02:00:00.000Z 2026-05-10T02:00:30.000Z never"},
    {"cron(0 2 * * *)", "PT4H",
	", \"StartDate\": \"2026-05-10T07:00\", \"ExpireDate\": "
	"\"2026-05-11T02:00\"",
	"2026-01-01T00:00:00Z", "never"},
    {"at(2026-05-10T02:00)", "PT4H",
	", \"StartDate\": 1778382000, \"ExpireDate\": 1778382060",
	"2026-01-01T00:00:00Z",
	"2026-05-10T03:00:00.000Z 2026-05-10T03:01:00.000Z never"},
    {"cron(* * * * *)", "PT1M", ", \"ExpireDate\": \"2026-05-10T00:00\"",
	"2026-05-01T00:00:00Z", "2026-05-10T00:00:00.000Z never"}};

START_TEST(windows)
{
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++) {
		struct read r;
		const struct mute *m = rule(&r, scenarios[i].expression,
		    scenarios[i].duration, "UTC", scenarios[i].more);
		char got[256];
		size_t count = 1;

		for (const char *c = scenarios[i].changes; *c != '\0'; c++)
			count += *c == ' ';
		if (strcmp(scenarios[i].changes, "never") == 0 &&
		    m->expire_ms == INT64_MAX) {
			/* Open for good: asked again and again, rarely. */
			int64_t from = at(scenarios[i].from);

			ck_assert_int_gt(mute_next(m, from), from + 900 * DAY);
			ck_assert(mute_open(m, mute_next(m, from)));
		} else {
			changes(m, scenarios[i].from, count, got);
			ck_assert_msg(strcmp(got, scenarios[i].changes) == 0,
			    "%s: %s", scenarios[i].expression, got);
		}
		read_done(&r);
	}
}
END_TEST

/* Before StartDate only what comes behind it is looked for. */
START_TEST(nothing_changes_before_the_start)
{
	struct read r;
	const struct mute *m = rule(&r, "cron(0 2 * * *)", "PT4H", "UTC",
	    ", \"StartDate\": \"2026-05-10T07:00\"");

	ck_assert_int_eq(mute_next(m, at("2026-01-01T00:00:00Z")),
	    at("2026-05-11T02:00:00Z"));
	read_done(&r);
}
END_TEST

START_TEST(zones)
{
	static const struct {
		const char *expression, *duration, *zone, *from, *changes;
	} rows[] = {{"cron(0 2 * * SUN)", "PT4H", "America/Los_Angeles",
			"2026-05-09T00:00:00Z",
			"2026-05-10T09:00:00.000Z 2026-05-10T13:00:00.000Z"},
	    {"at(2026-01-15T08:00)", "PT1H", "Asia/Kolkata",
		"2026-01-01T00:00:00Z",
		"2026-01-15T02:30:00.000Z 2026-01-15T03:30:00.000Z never"},
	    /* Clocks go forward on 2026-03-29 at 01:00 UTC: 02:30 is skipped,
	     * and the window opens at the change. */
	    {"cron(30 2 * * *)", "PT1H", "Europe/Berlin",
		"2026-03-28T00:00:00Z",
		"2026-03-28T01:30:00.000Z 2026-03-28T02:30:00.000Z "
		"2026-03-29T01:00:00.000Z 2026-03-29T02:00:00.000Z "
		"2026-03-30T00:30:00.000Z"},
	    /* Back on 2026-10-25 at 01:00 UTC: 02:30 comes twice. */
	    {"cron(30 2 * * *)", "PT1H", "Europe/Berlin",
		"2026-10-24T12:00:00Z",
		"2026-10-25T00:30:00.000Z 2026-10-25T01:30:00.000Z "
		"2026-10-26T01:30:00.000Z"},
	    /* What lasts 60 hours lasts 60 hours. */
	    {"cron(0 18 * * FRI)", "P2DT12H", "Europe/Berlin",
		"2026-03-27T00:00:00Z",
		"2026-03-27T17:00:00.000Z 2026-03-30T05:00:00.000Z"},
	    /* Clocks went back from 00:01 to 23:01 of the day before, while
	     * the window was open. */
	    {"cron(0 0 * * *)", "PT30M", "America/St_Johns",
		"2010-11-07T00:00:00Z",
		"2010-11-07T02:30:00.000Z 2010-11-07T03:00:00.000Z "
		"2010-11-08T03:30:00.000Z"},
	    /* Clocks go back from 01:00 to midnight. */
	    {"cron(30 0 * * *)", "PT10M", "America/Havana",
		"2024-11-03T00:00:00Z",
		"2024-11-03T04:30:00.000Z 2024-11-03T04:40:00.000Z "
		"2024-11-04T05:30:00.000Z"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct read r;
		const struct mute *m = rule(
		    &r, rows[i].expression, rows[i].duration, rows[i].zone, "");
		char got[256];
		size_t count = 1;

		for (const char *c = rows[i].changes; *c != '\0'; c++)
			count += *c == ' ';
		changes(m, rows[i].from, count, got);
		ck_assert_msg(strcmp(got, rows[i].changes) == 0, "%s %s: %s",
		    rows[i].expression, rows[i].zone, got);
		read_done(&r);
	}
}
END_TEST

START_TEST(dates_are_of_the_zone)
{
	struct read r;
	const struct mute *m =
	    rule(&r, "cron(0 2 * * *)", "PT1H", "America/Los_Angeles",
		", \"StartDate\": \"2026-04-15T08:00\", \"ExpireDate\": "
		"\"2026-12-31T23:59:59Z\"");

	ck_assert_int_eq(m->start_ms, at("2026-04-15T15:00:00Z"));
	ck_assert_int_eq(m->expire_ms, at("2026-12-31T23:59:59Z"));
	read_done(&r);
}
END_TEST

START_TEST(several_rules_mute_one_alarm)
{
	struct read a, b;
	const struct mute *const both[] = {
	    rule(&a, "at(2026-05-10T01:00)", "PT4H", "UTC", ""),
	    rule(&b, "at(2026-05-10T03:00)", "PT6H", "UTC", "")};
	const int64_t day = at("2026-05-10T00:00:00Z");
	static const struct {
		int64_t from, to;
		bool gap;
	} gaps[] = {{0, HOUR - 1, true}, {HOUR - 2, HOUR, true},
	    {HOUR - 1, HOUR, false}, {HOUR, 9 * HOUR - 1, false},
	    {2 * HOUR, 9 * HOUR, true}, {2 * HOUR, 20 * HOUR, true},
	    {9 * HOUR, 9 * HOUR + 1, true}, {5 * HOUR, 5 * HOUR, false}};

	ck_assert(!mutes_open(both, 2, day));
	ck_assert(mutes_open(both, 2, day + HOUR));
	ck_assert(mutes_open(both, 2, day + 6 * HOUR));
	ck_assert(!mutes_open(both, 2, day + 9 * HOUR));
	ck_assert_int_eq(mutes_next(both, 2, day), day + HOUR);
	ck_assert_int_eq(mutes_next(both, 2, day + HOUR), day + 3 * HOUR);
	ck_assert_int_eq(mutes_next(both, 2, day + 5 * HOUR), day + 9 * HOUR);
	ck_assert_int_eq(mutes_next(both, 2, day + 9 * HOUR), INT64_MAX);
	for (size_t i = 0; i < sizeof(gaps) / sizeof(*gaps); i++)
		ck_assert_msg(mutes_gap(both, 2, day + gaps[i].from,
				  day + gaps[i].to) == gaps[i].gap,
		    "gap %zu", i);
	ck_assert(!mutes_open(NULL, 0, day));
	ck_assert_int_eq(mutes_next(NULL, 0, day), INT64_MAX);
	ck_assert(mutes_gap(NULL, 0, day, day + 1));
	read_done(&a);
	read_done(&b);
}
END_TEST

/* Closed and open again between two looks: the actions have run. */
START_TEST(a_gap_between_two_looks)
{
	struct read r;
	const struct mute *const m[] = {
	    rule(&r, "cron(0 * * * *)", "PT50M", "UTC", "")};
	const int64_t ten = at("2026-05-10T10:00:00Z");

	ck_assert(mutes_gap(m, 1, ten + 10 * MINUTE, ten + 70 * MINUTE));
	ck_assert(!mutes_gap(m, 1, ten + 10 * MINUTE, ten + 49 * MINUTE));
	ck_assert(mutes_gap(m, 1, ten + 10 * MINUTE, ten + 50 * MINUTE));
	ck_assert(!mutes_gap(m, 1, ten + 60 * MINUTE, ten + 109 * MINUTE));
	read_done(&r);
}
END_TEST

/* "How alarm mute rules work": each scenario as what the engine would call. */
START_TEST(what_an_alarm_remembers)
{
	struct muting m = {0};

	/* To ALARM in the window, and still there: its actions run after. */
	ck_assert(!muting_acts(&m, true, true));
	ck_assert(muting_ended(&m));
	ck_assert(!muting_ended(&m));

	/* Back in the window: it is the OK actions' turn, once. */
	ck_assert(!muting_acts(&m, true, true));
	ck_assert(!muting_acts(&m, true, true));
	ck_assert(muting_ended(&m));
	ck_assert(!muting_ended(&m));

	/* No change in the window, none after it. */
	ck_assert(muting_acts(&m, true, false));
	ck_assert(!muting_ended(&m));

	/* Changed again as the window ends: only the new state's. */
	ck_assert(!muting_acts(&m, true, true));
	ck_assert(muting_acts(&m, true, false));
	ck_assert(!muting_ended(&m));

	/* A composite whose suppressor holds the actions: not the window's. */
	ck_assert(!muting_acts(&m, true, true));
	ck_assert(!muting_acts(&m, false, true));
	ck_assert(!muting_ended(&m));
	/* Released in the window: the window's again. */
	ck_assert(!muting_acts(&m, true, true));
	ck_assert(muting_ended(&m));
}
END_TEST

TEST_MAIN("mute", a_rule_is_read, rules_are_found_in_documents,
    mistakes_are_told, targets_are_named, durations, windows,
    nothing_changes_before_the_start, zones, dates_are_of_the_zone,
    several_rules_mute_one_alarm, a_gap_between_two_looks,
    what_an_alarm_remembers)
