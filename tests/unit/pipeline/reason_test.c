/* StateReason and StateReasonData against texts that CloudWatch generated. */
#include "base/text.h"
#include "pipeline/alarm/reason.h"
#include "testing.h"

struct row {
	const char *end;	/* of the newest slot */
	int64_t period_s, n, m; /* m 0: not given */
	enum alarm_operator operator;
	double threshold;
	enum alarm_missing missing;
	enum alarm_state state;
	const char *points; /* oldest first, values or - */
	const char *text;
};

static const struct row rows[] = {
    {"2019-12-02T15:45:00Z", 60, 1, 0, OPERATOR_LT, 1, MISSING_MISSING,
	STATE_OK, "1",
	"Threshold Crossed: 1 datapoint [1.0 (02/12/19 15:44:00)] was not "
	"less than the threshold (1.0)."},
    {"2026-09-07T06:15:00Z", 60, 2, 0, OPERATOR_GT, 40, MISSING_MISSING,
	STATE_ALARM, "65.61771561771562 99.97497497497497",
	"Threshold Crossed: 2 datapoints [99.97497497497497 (07/09/26 "
	"06:14:00), 65.61771561771562 (07/09/26 06:13:00)] were greater than "
	"the threshold (40.0)."},
    {"2025-09-03T06:25:00Z", 60, 5, 0, OPERATOR_GE, 80, MISSING_MISSING,
	STATE_ALARM,
	"84.92614979303418 84.9314310950818 84.93257920422259 "
	"84.9368272080435 84.93923823723915",
	"Threshold Crossed: 5 datapoints were greater than or equal to the "
	"threshold (80.0). The most recent datapoints which crossed the "
	"threshold: [84.93923823723915 (03/09/25 06:24:00), 84.9368272080435 "
	"(03/09/25 06:23:00), 84.93257920422259 (03/09/25 06:22:00), "
	"84.9314310950818 (03/09/25 06:21:00), 84.92614979303418 (03/09/25 "
	"06:20:00)]."},
    {"2019-10-02T17:04:00Z", 300, 1, 1, OPERATOR_GT, 50, MISSING_MISSING,
	STATE_ALARM, "99.50160229693434",
	"Threshold Crossed: 1 out of the last 1 datapoints "
	"[99.50160229693434 (02/10/19 16:59:00)] was greater than the "
	"threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition)."},
    {"2022-11-08T11:26:00Z", 60, 3, 1, OPERATOR_GT, 0, MISSING_MISSING,
	STATE_ALARM, "20000 20000 20000",
	"Threshold Crossed: 3 out of the last 3 datapoints [20000.0 (08/11/22 "
	"11:25:00), 20000.0 (08/11/22 11:24:00), 20000.0 (08/11/22 "
	"11:23:00)] were greater than the threshold (0.0) (minimum 1 "
	"datapoint for OK -> ALARM transition)."},
    {"2020-04-29T23:33:00Z", 60, 5, 5, OPERATOR_LT, 65, MISSING_MISSING,
	STATE_ALARM, "0 0 0 0 0",
	"Threshold Crossed: 5 out of the last 5 datapoints were less than the "
	"threshold (65.0). The most recent datapoints which crossed the "
	"threshold: [0.0 (29/04/20 23:32:00), 0.0 (29/04/20 23:31:00), 0.0 "
	"(29/04/20 23:30:00), 0.0 (29/04/20 23:29:00), 0.0 (29/04/20 "
	"23:28:00)] (minimum 5 datapoints for OK -> ALARM transition)."},
    {"2026-09-14T05:52:30Z", 10, 3, 3, OPERATOR_GT, 50, MISSING_BREACHING,
	STATE_ALARM, "- 100 - 100 - - - - -",
	"Threshold Crossed: 2 out of the last 3 datapoints [100.0 (14/09/26 "
	"05:51:30), 100.0 (14/09/26 05:51:10)] were greater than the "
	"threshold (50.0) and 1 missing datapoint was treated as [Breaching] "
	"(minimum 3 datapoints for OK -> ALARM transition)."},
    {"2026-09-14T05:54:20Z", 10, 3, 3, OPERATOR_GT, 50, MISSING_BREACHING,
	STATE_OK, "- - - - - - - - 0",
	"Threshold Crossed: 1 out of the last 3 datapoints [0.0 (14/09/26 "
	"05:54:10)] was not greater than the threshold (50.0) and 2 missing "
	"datapoints were treated as [Breaching] (minimum 1 datapoint for "
	"ALARM -> OK transition)."},
    {"2026-04-20T18:47:00Z", 60, 2, 0, OPERATOR_LT, 1, MISSING_BREACHING,
	STATE_ALARM, "- - 0 -",
	"Threshold Crossed: 1 datapoint [0.0 (20/04/26 18:45:00)] was less "
	"than the threshold (1.0) and 1 missing datapoint was treated as "
	"[Breaching]."},
    {"2026-09-05T00:00:00Z", 60, 3, 2, OPERATOR_GT, 1, MISSING_BREACHING,
	STATE_ALARM, "- - 0 - -",
	"Threshold Crossed: 1 datapoint was received for 3 periods and 2 "
	"missing datapoints were treated as [Breaching]."},
    {"2026-09-05T00:00:00Z", 60, 1, 0, OPERATOR_GT, 1, MISSING_NOT_BREACHING,
	STATE_OK, "- - -",
	"Threshold Crossed: no datapoints were received for 1 period and 1 "
	"missing datapoint was treated as [NonBreaching]."},
    {"2026-09-05T00:00:00Z", 60, 2, 2, OPERATOR_GT, 1, MISSING_BREACHING,
	STATE_ALARM, "- - - -",
	"Threshold Crossed: no datapoints were received for 2 periods and 2 "
	"missing datapoints were treated as [Breaching]."},
    {"2026-09-05T00:00:00Z", 60, 3, 3, OPERATOR_GT, 1, MISSING_MISSING,
	STATE_INSUFFICIENT_DATA, "- - - - -",
	"Insufficient Data: 3 datapoints were unknown."},
    {"2026-09-05T00:00:00Z", 60, 1, 1, OPERATOR_GT, 1, MISSING_MISSING,
	STATE_INSUFFICIENT_DATA, "- - -",
	"Insufficient Data: 1 datapoint was unknown."},
};

/* The slots of a row's points, newest first. */
static size_t
read_slots(
    const struct row *row, const struct alarm *alarm, struct slot slots[16])
{
	const char *starts[16];
	size_t n = 0;
	int64_t end;

	for (const char *at = row->points; *at != '\0'; at++)
		if (at == row->points || at[-1] == ' ')
			starts[n++] = at;
	ck_assert(text_parse_time(span_text(row->end), &end));
	for (size_t i = 0; i < n; i++) {
		const char *at = starts[n - 1 - i];

		slots[i] = (struct slot){
		    .start_ms = end - (int64_t)(i + 1) * alarm->period_ms};
		if (*at == '-')
			continue;
		slots[i].real = true;
		slots[i].value = strtod(at, NULL);
		slots[i].count = 1;
		slots[i].bad = verdict_breaches(alarm, &slots[i]);
	}
	return n;
}

static struct alarm
row_alarm(const struct row *row)
{
	return (struct alarm){.period_ms = row->period_s * 1000,
	    .evaluation_periods = row->n,
	    .datapoints_to_alarm = row->m == 0 ? row->n : row->m,
	    .datapoints_given = row->m > 0,
	    .operator= row->operator,
	    .threshold = row->threshold,
	    .missing = row->missing};
}

START_TEST(texts_are_cloudwatch_s)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct alarm alarm = row_alarm(&rows[i]);
		struct slot slots[16];
		struct reason reason = {
		    .alarm = &alarm, .state = rows[i].state, .slots = slots};
		struct buf out = {0};

		reason.range = read_slots(&rows[i], &alarm, slots);
		reason_text(&out, &reason);
		ck_assert_str_eq(buf_cstr(&out), rows[i].text);
		buf_fini(&out);
	}
}
END_TEST

static void
check_data(const struct row *row, const char *query, const char *expected)
{
	struct alarm alarm = row_alarm(row);
	struct slot slots[16];
	struct reason reason = {
	    .alarm = &alarm, .state = row->state, .slots = slots};
	const struct alarm_metric metric = {
	    .unit = SPAN_OF("Count"), .stat = SPAN_OF("Average")};
	struct buf out = {0};

	alarm.metrics = &metric;
	ck_assert(text_parse_time(span_text(query), &reason.query_ms));
	reason.range = read_slots(row, &alarm, slots);
	reason_data(&out, &reason);
	ck_assert_str_eq(buf_cstr(&out), expected);
	buf_fini(&out);
}

/* Captured evaluations of 2026-09-14. */
START_TEST(data_is_cloudwatch_s)
{
	static const struct row one_missing = {"2026-09-14T05:52:30Z", 10, 3, 3,
	    OPERATOR_GT, 50, MISSING_BREACHING, STATE_ALARM,
	    "- 100 - 100 - - - - -", NULL};
	static const struct row single_good = {"2026-09-14T05:54:20Z", 10, 3, 2,
	    OPERATOR_GT, 50, MISSING_MISSING, STATE_OK, "- - - - - - - - 0",
	    NULL};
	static const struct row unknown = {"2026-09-14T05:53:10Z", 10, 3, 2,
	    OPERATOR_GT, 50, MISSING_MISSING, STATE_INSUFFICIENT_DATA,
	    "- - - - - - - - -", NULL};

	check_data(&one_missing, "2026-09-14T05:52:44.472Z",
	    "{\"version\":\"1.0\",\"queryDate\":\"2026-09-14T05:52:44.472+0000"
	    "\",\"startDate\":\"2026-09-14T05:51:10.000+0000\",\"unit\":"
	    "\"Count\",\"statistic\":\"Average\",\"period\":10,"
	    "\"recentDatapoints\":[100.0,null,100.0],\"threshold\":50.0,"
	    "\"evaluatedDatapoints\":[{\"timestamp\":\"2026-09-14T05:52:20."
	    "000+0000\"},{\"timestamp\":\"2026-09-14T05:51:30.000+0000\","
	    "\"sampleCount\":1.0,\"value\":100.0},{\"timestamp\":\"2026-09-14"
	    "T05:51:10.000+0000\",\"sampleCount\":1.0,\"value\":100.0}]}");
	check_data(&single_good, "2026-09-14T05:54:37.550Z",
	    "{\"version\":\"1.0\",\"queryDate\":\"2026-09-14T05:54:37.550+0000"
	    "\",\"startDate\":\"2026-09-14T05:54:10.000+0000\",\"unit\":"
	    "\"Count\",\"statistic\":\"Average\",\"period\":10,"
	    "\"recentDatapoints\":[0.0],\"threshold\":50.0,"
	    "\"evaluatedDatapoints\":[{\"timestamp\":\"2026-09-14T05:54:10."
	    "000+0000\",\"sampleCount\":1.0,\"value\":0.0},{\"timestamp\":"
	    "\"2026-09-14T05:54:00.000+0000\"}]}");
	check_data(&unknown, "2026-09-14T05:53:27.553Z",
	    "{\"version\":\"1.0\",\"queryDate\":\"2026-09-14T05:53:27.553+0000"
	    "\",\"unit\":\"Count\",\"statistic\":\"Average\",\"period\":10,"
	    "\"recentDatapoints\":[],\"threshold\":50.0,"
	    "\"evaluatedDatapoints\":[{\"timestamp\":\"2026-09-14T05:53:00."
	    "000+0000\"},{\"timestamp\":\"2026-09-14T05:52:50.000+0000\"}]}");
}
END_TEST

TEST_MAIN("reason", texts_are_cloudwatch_s, data_is_cloudwatch_s)
