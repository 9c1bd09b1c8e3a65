/* Cron expressions: what each form means on the calendar, and what mistakes
 * are told. Zones and their changes are in mute_test.c. */
#include "base/text.h"
#include "pipeline/alarm/cron.h"
#include "testing.h"

#define MINUTE 60000LL
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static struct cron
parsed(const char *text)
{
	struct cron_fault fault;
	struct cron cron;

	ck_assert_msg(cron_parse(&cron, span_text(text), &fault), "%s: %s",
	    text, fault.text);
	return cron;
}

static const struct zone *
utc(void)
{
	return zone_open(SPAN_OF("UTC"));
}

static int64_t
at(const char *text)
{
	int64_t ms;

	ck_assert_msg(text_parse_time(span_text(text), &ms), "%s", text);
	return ms;
}

/* The next opening after an instant, by the calendar alone. */
static const struct {
	const char *expression, *after, *opens;
} openings[] = {
    {"0 2 * * *", "2026-05-10T01:59:59Z", "2026-05-10T02:00:00.000Z"},
    {"0 2 * * *", "2026-05-10T02:00:00Z", "2026-05-11T02:00:00.000Z"},
    {"* * * * *", "2026-05-10T02:00:00Z", "2026-05-10T02:01:00.000Z"},
    {"*/15 * * * *", "2026-05-10T02:46:00Z", "2026-05-10T03:00:00.000Z"},
    {"5/20 * * * *", "2026-05-10T02:25:00Z", "2026-05-10T02:45:00.000Z"},
    {"10-50/20 * * * *", "2026-05-10T02:31:00Z", "2026-05-10T02:50:00.000Z"},
    {"1,3,58-59 * * * *", "2026-05-10T02:04:00Z", "2026-05-10T02:58:00.000Z"},
    {"0 0 1 * *", "2026-05-10T02:00:00Z", "2026-06-01T00:00:00.000Z"},
    {"0 0 31 * *", "2026-06-01T00:00:00Z", "2026-07-31T00:00:00.000Z"},
    {"0 0 29 2 *", "2026-06-01T00:00:00Z", "2028-02-29T00:00:00.000Z"},
    {"0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00.000Z"},
    {"0 0 1 JAN,jul *", "2026-06-01T00:00:00Z", "2026-07-01T00:00:00.000Z"},
    {"59 23 31 12 ?", "2026-06-01T00:00:00Z", "2026-12-31T23:59:00.000Z"},
    /* 2026-05-10 is a Sunday. */
    {"0 2 * * SUN", "2026-05-04T00:00:00Z", "2026-05-10T02:00:00.000Z"},
    {"0 2 * * 0", "2026-05-04T00:00:00Z", "2026-05-10T02:00:00.000Z"},
    {"0 2 ? * 7", "2026-05-04T00:00:00Z", "2026-05-10T02:00:00.000Z"},
    {"0 2 * * 1", "2026-05-10T00:00:00Z", "2026-05-11T02:00:00.000Z"},
    {"0 2 * * MON-FRI", "2026-05-08T03:00:00Z", "2026-05-11T02:00:00.000Z"},
    {"0 2 * * FRI-SUN", "2026-05-09T03:00:00Z", "2026-05-10T02:00:00.000Z"},
    {"0 2 * * 5-7", "2026-05-09T03:00:00Z", "2026-05-10T02:00:00.000Z"},
    {"0 2 * * */3", "2026-05-11T00:00:00Z", "2026-05-13T02:00:00.000Z"},
    {"0 9 * * SUN#4", "2026-05-01T00:00:00Z", "2026-05-24T09:00:00.000Z"},
    {"0 9 * * SUN#5", "2026-05-25T00:00:00Z", "2026-05-31T09:00:00.000Z"},
    {"0 9 * * SUN#5", "2026-06-01T00:00:00Z", "2026-08-30T09:00:00.000Z"},
    {"0 9 * * SUN#1,MON#1", "2026-05-01T00:00:00Z", "2026-05-03T09:00:00.000Z"},
    {"0 9 * * FRIL", "2026-05-01T00:00:00Z", "2026-05-29T09:00:00.000Z"},
    {"0 9 * * 5L", "2026-05-29T09:00:00Z", "2026-06-26T09:00:00.000Z"},
    {"0 9 * * FRIL", "2026-07-01T00:00:00Z", "2026-07-31T09:00:00.000Z"},
    {"0 0 L * *", "2026-02-10T00:00:00Z", "2026-02-28T00:00:00.000Z"},
    {"0 0 L * *", "2028-02-10T00:00:00Z", "2028-02-29T00:00:00.000Z"},
    {"0 0 L-3 * *", "2026-02-10T00:00:00Z", "2026-02-25T00:00:00.000Z"},
    {"0 0 1,L * *", "2026-02-10T00:00:00Z", "2026-02-28T00:00:00.000Z"},
    /* Both days given: one suffices. */
    {"0 0 13 * FRI", "2026-05-09T00:00:00Z", "2026-05-13T00:00:00.000Z"},
    {"0 0 13 * FRI", "2026-05-13T00:00:00Z", "2026-05-15T00:00:00.000Z"},
    /* One with a star: both must fit. */
    {"0 0 */2 * SUN", "2026-05-09T00:00:00Z", "2026-05-17T00:00:00.000Z"}};

START_TEST(times_follow)
{
	for (size_t i = 0; i < sizeof(openings) / sizeof(*openings); i++) {
		const char *expression = openings[i].expression;
		struct cron cron = parsed(expression);
		int64_t after = at(openings[i].after), opens, before;
		char shown[TEXT_TIME_SIZE];

		opens = cron_after(&cron, utc(), after);
		text_time(shown, opens);
		ck_assert_msg(strcmp(shown, openings[i].opens) == 0,
		    "%s after %s: %s", expression, openings[i].after, shown);

		/* And back again. */
		before = cron_before(&cron, utc(), opens, opens);
		ck_assert_int_eq(before, opens);
		before = cron_before(&cron, utc(), opens + MINUTE - 1, opens);
		ck_assert_int_eq(before, opens);
		before = cron_before(&cron, utc(), opens - 1, opens - 40 * DAY);
		ck_assert_int_le(before, after);
	}
}
END_TEST

START_TEST(before_and_after_agree)
{
	static const char *const expressions[] = {"0 */7 * * *",
	    "13,44 1-3 L * MON#2", "0 0 */9 * ?", "59 23 28-31 2 FRIL"};
	const int64_t begin = at("2028-01-28T00:00:00Z");

	for (size_t i = 0; i < sizeof(expressions) / sizeof(*expressions);
	     i++) {
		struct cron cron = parsed(expressions[i]);
		int64_t last = INT64_MIN;

		for (int64_t ms = begin; ms < begin + 40 * DAY; ms += MINUTE) {
			bool now = cron_before(&cron, utc(), ms, ms) == ms;

			if (now)
				last = ms;
			ck_assert(
			    (cron_after(&cron, utc(), ms - 1) == ms) == now);
			if (ms % HOUR == 0)
				ck_assert_int_eq(
				    cron_before(&cron, utc(), ms, begin), last);
		}
	}
}
END_TEST

START_TEST(mistakes_are_told)
{
	static const struct {
		const char *text;
		size_t at;
		const char *part; /* of the fault */
	} rows[] = {{"", 0, "the minute is missing"},
	    {"0 2 * *", 7, "the day of the week is missing"},
	    {"0 2 * * ", 8, "the day of the week is missing"},
	    {"0 2 * * ? 2026", 10, "cron(…) has five fields here"},
	    {"60 2 * * *", 0, "the minute must be 0 to 59, not \"60\""},
	    {"-5 2 * * *", 0, "the minute must be 0 to 59, not \"\""},
	    {"0 24 * * *", 2, "the hour must be 0 to 23"},
	    {"0 2 0 * *", 4, "the day of the month must be 1 to 31"},
	    {"0 2 * 13 *", 6,
		"the month must be 1 to 12 or JAN to DEC, not \"13\""},
	    {"0 2 * MAI *", 6, "not \"MAI\""},
	    {"0 2 * * 8", 8,
		"the day of the week must be 0 to 7 or SUN to SAT, not \"8\""},
	    {"0 2 * * FRI-MON", 8, "the range runs backwards"},
	    {"0 2 * * FRI-", 12, "the day of the week must be"},
	    {"30-10 2 * * *", 0, "the range runs backwards"},
	    {"*/0 2 * * *", 1, "a step is a number from 1"},
	    {"*/ 2 * * *", 1, "a step is a number from 1"},
	    {"0, 2 * * *", 2, "a value is missing in the minute"},
	    {"? 2 * * *", 0, "not \"?\""}, {"0 2 1,? * *", 6, "not \"?\""},
	    {"0 2 LW * *", 4, "L-1 to L-30"},
	    {"0 2 L-31 * *", 4, "L-1 to L-30"}, {"L 2 * * *", 0, "not \"L\""},
	    {"0 2 * * L", 8, "L needs a day of the week, as in FRIL"},
	    {"0 2 * * SUN#6", 11, "behind # stands 1 to 5"},
	    {"0 2 * * SUN#", 11, "behind # stands 1 to 5"},
	    {"0 2 SUN#1 * *", 4, "not \"SUN#1\""},
	    {"0 2 30 FEB *", 0, "no day is ever like that"},
	    {"0 2 30 FEB ?", 0, "no day is ever like that"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct cron_fault fault;
		struct cron cron;

		ck_assert_msg(
		    !cron_parse(&cron, span_text(rows[i].text), &fault), "%s",
		    rows[i].text);
		ck_assert_msg(fault.at == rows[i].at &&
			strstr(fault.text, rows[i].part) != NULL,
		    "%s: %zu: %s", rows[i].text, fault.at, fault.text);
	}
}
END_TEST

TEST_MAIN("cron", times_follow, before_and_after_agree, mistakes_are_told)
