/* Statistics as definitions write them, and what a stream must carry. */
#include "definition_fixture.h"
#include "pipeline/alarm/definition/statistic.h"

/* "evaluate" is the default: with Metrics it is taken and changes nothing. */
START_TEST(low_samples_of_an_expression)
{
	struct read r;
	const struct alarm *a = read_good(&r,
	    "{\"AlarmName\": \"l\", \"Metrics\": [{\"Id\": \"e\", "
	    "\"Expression\": \"TIME_SERIES(1)\", \"Period\": 60}], "
	    "\"EvaluateLowSampleCountPercentile\": \"evaluate\", " JUDGED "}");

	check_span(a->low_samples, "evaluate");
	ck_assert_double_eq(a->samples_needed, 0);
	read_done(&r);
	a = read_good(&r,
	    "{\"AlarmName\": \"l\", \"Metrics\": [{\"Id\": \"m\", "
	    "\"MetricStat\": {\"Metric\": {\"Namespace\": \"N\", "
	    "\"MetricName\": \"x\"}, \"Period\": 60, \"Stat\": \"p99\"}}], "
	    "\"EvaluateLowSampleCountPercentile\": \"ignore\", " JUDGED "}");
	ck_assert_double_eq(a->samples_needed, 1000);
	read_done(&r);
}
END_TEST

START_TEST(statistics)
{
	static const struct {
		const char *text;
		enum statistic_form form;
	} rows[] = {{"Average", STATISTIC_PLAIN},
	    {"SampleCount", STATISTIC_PLAIN}, {"p99", STATISTIC_PERCENTILE},
	    {"p99.1234567890", STATISTIC_PERCENTILE},
	    {"p99.12345678901", STATISTIC_UNKNOWN},
	    {"p100", STATISTIC_PERCENTILE}, {"p101", STATISTIC_UNKNOWN},
	    {"p100.5", STATISTIC_UNKNOWN}, {"p", STATISTIC_UNKNOWN},
	    {"P99", STATISTIC_UNKNOWN}, {"p.5", STATISTIC_UNKNOWN},
	    {"p99.", STATISTIC_PERCENTILE}, {"p-1", STATISTIC_UNKNOWN},
	    {"tm90", STATISTIC_RANGE}, {"wm98.5", STATISTIC_RANGE},
	    {"tc5", STATISTIC_RANGE}, {"ts100", STATISTIC_RANGE},
	    {"IQM", STATISTIC_RANGE}, {"iqm", STATISTIC_UNKNOWN},
	    {"TM(10%:90%)", STATISTIC_RANGE}, {"TM(:90%)", STATISTIC_RANGE},
	    {"WM(10%:)", STATISTIC_RANGE}, {"TC(0.5:1e3)", STATISTIC_RANGE},
	    {"TS(:300)", STATISTIC_RANGE}, {"PR(:300)", STATISTIC_RANGE},
	    {"PR(10:2e1)", STATISTIC_RANGE}, {"PR(100:2E+2)", STATISTIC_RANGE},
	    {"PR(10%:90%)", STATISTIC_UNKNOWN}, {"TM(:)", STATISTIC_UNKNOWN},
	    {"TM(90%:10%)", STATISTIC_UNKNOWN},
	    {"TM(10%:90)", STATISTIC_UNKNOWN}, {"TM(10:90", STATISTIC_UNKNOWN},
	    {"TM(101%:)", STATISTIC_UNKNOWN}, {"TM()", STATISTIC_UNKNOWN},
	    {"TM(10%:90%) ", STATISTIC_UNKNOWN}, {"TM(1e:)", STATISTIC_UNKNOWN},
	    {"tm(10%:90%)", STATISTIC_UNKNOWN}, {"TM90", STATISTIC_UNKNOWN},
	    {"o5", STATISTIC_UNSTREAMED}, {"u1.5", STATISTIC_UNSTREAMED},
	    {"p99_E", STATISTIC_UNSTREAMED}, {"Sum_L", STATISTIC_UNSTREAMED},
	    {"Sum_X", STATISTIC_UNKNOWN}, {"Sums", STATISTIC_UNKNOWN},
	    {"", STATISTIC_UNKNOWN}, {"x", STATISTIC_UNKNOWN}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		enum alarm_statistic plain;

		ck_assert_msg(statistic_form(span_text(rows[i].text), &plain) ==
			rows[i].form,
		    "%s", rows[i].text);
		ck_assert((plain == STATISTIC_EXTENDED) ==
		    (rows[i].form != STATISTIC_PLAIN));
	}
}
END_TEST

START_TEST(percentiles_with_few_samples)
{
	static const struct {
		const char *stat;
		double needed;
	} rows[] = {{"p50", 20}, {"p90", 100}, {"p99", 1000}, {"p99.9", 10000},
	    {"p99.99", 100000}, {"p75", 40}, {"p25", 40}, {"p1", 1000},
	    {"p0.1", 10000}, {"p49.5", 10 / .495}, {"p0", 0}, {"p100", 0},
	    {"p5.", 200}, {"tm90", 0}, {"Average", 0}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		double is = statistic_samples(span_text(rows[i].stat));

		ck_assert_msg(is == rows[i].needed ||
			(rows[i].needed > 20 && rows[i].needed < 20.21 &&
			    is - rows[i].needed < 1e-9),
		    "%s: %.17g", rows[i].stat, is);
	}
}
END_TEST

START_TEST(low_samples)
{
	for (int ignore = 0; ignore < 2; ignore++) {
		struct read r;
		char text[1024];
		const struct alarm *a;

		snprintf(text, sizeof(text),
		    "{\"AlarmName\": \"l\", \"Namespace\": \"N\", "
		    "\"MetricName\": \"m\", \"ExtendedStatistic\": \"p90\", "
		    "\"Period\": 60, \"EvaluateLowSampleCountPercentile\": "
		    "\"%s\", " JUDGED "}",
		    ignore ? "ignore" : "evaluate");
		a = read_good(&r, text);
		ck_assert_double_eq(a->samples_needed, ignore ? 100 : 0);
		check_span(a->low_samples, ignore ? "ignore" : "evaluate");
		read_done(&r);
	}
}
END_TEST

START_TEST(what_a_stream_must_be_asked_for)
{
	struct read r;
	struct buf out = {0};
	const struct alarm *a = read_good(&r, "[{" GOOD "}]");

	ck_assert(!definition_stream_statistics(a, &out));
	ck_assert_uint_eq(out.len, 0);
	read_done(&r);
	a = read_good(&r,
	    "{\"AlarmName\": \"s\", \"Metrics\": ["
	    "{\"Id\": \"e\", \"Expression\": \"a+b+c+d\"},"
	    "{\"Id\": \"a\", \"ReturnData\": false, \"MetricStat\": "
	    "{\"Metric\": {\"Namespace\": \"N\", \"MetricName\": \"x\"}, "
	    "\"Period\": 60, \"Stat\": \"p99\"}},"
	    "{\"Id\": \"b\", \"ReturnData\": false, \"MetricStat\": "
	    "{\"Metric\": {\"Namespace\": \"N\", \"MetricName\": \"y\"}, "
	    "\"Period\": 60, \"Stat\": \"TM(10%:90%)\"}},"
	    "{\"Id\": \"c\", \"ReturnData\": false, \"MetricStat\": "
	    "{\"Metric\": {\"Namespace\": \"N\", \"MetricName\": \"x\"}, "
	    "\"Period\": 60, \"Stat\": \"p90\"}},"
	    "{\"Id\": \"d\", \"ReturnData\": false, \"MetricStat\": "
	    "{\"Metric\": {\"Namespace\": \"N\", \"MetricName\": \"x\"}, "
	    "\"Period\": 60, \"Stat\": \"p99\"}}], " JUDGED "}");
	ck_assert(definition_stream_statistics(a, &out));
	check_span(buf_span(&out),
	    "[{\"IncludeMetrics\":[{\"Namespace\":\"N\",\"MetricName\":"
	    "\"x\"}],\"AdditionalStatistics\":[\"p99\",\"p90\"]},"
	    "{\"IncludeMetrics\":[{\"Namespace\":\"N\",\"MetricName\":\"y\"}],"
	    "\"AdditionalStatistics\":[\"TM(10%:90%)\"]}]");
	buf_fini(&out);
	read_done(&r);
}
END_TEST

TEST_MAIN("definition_statistic", statistics, percentiles_with_few_samples,
    low_samples, low_samples_of_an_expression, what_a_stream_must_be_asked_for)
