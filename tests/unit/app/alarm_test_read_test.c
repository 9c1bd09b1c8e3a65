#include "app/alarm_test.h"

#include <unistd.h>

#include "testing.h"

#define SNS "arn:aws:cloudwatch:us-east-2:123456789012:alarm:"
#define ALARM(name, arn, period)                                               \
	"{\"AlarmName\":\"" name "\"," arn                                     \
	"\"Namespace\":\"AWS/RDS\",\"MetricName\":\"Lag\",\"Statistic\":"      \
	"\"Average\",\"Period\":" period ",\"EvaluationPeriods\":2,"           \
	"\"Threshold\":1000,\"ComparisonOperator\":\"GreaterThanThreshold\"}"

/* A folder with alarms.json and tests.yaml, gone at the end of the case. */
struct folder {
	char path[32], alarms[64], tests[64];
};

static void
folder_put(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	ck_assert_ptr_nonnull(out);
	fputs(text, out);
	fclose(out);
}

static struct folder
folder_make(const char *alarms, const char *tests)
{
	struct folder folder = {.path = "/tmp/alarm_test.XXXXXX"};

	ck_assert_ptr_nonnull(mkdtemp(folder.path));
	snprintf(folder.alarms, sizeof(folder.alarms), "%s/alarms.json",
	    folder.path);
	snprintf(
	    folder.tests, sizeof(folder.tests), "%s/tests.yaml", folder.path);
	folder_put(folder.alarms, alarms);
	folder_put(folder.tests, tests);
	return folder;
}

static void
folder_remove(const struct folder *folder)
{
	unlink(folder->alarms);
	unlink(folder->tests);
	rmdir(folder->path);
}

static const char alarms[] = "[" ALARM("lag", "\"AlarmArn\":\"" SNS "lag\",",
    "60") "," ALARM("quick", "\"AlarmArn\":\"" SNS "quick\",", "10") "]";

#define HEAD "alarms: [alarms.json]\ntests:\n  - name: one\n"
#define SERIES "    series:\n      - {metric: AWS/RDS Lag, values: '1x3'"
#define EXPECT "    expect:\n      - {at: 2m, alarm: lag, state: ALARM"

static const char whole[] = HEAD
    "    start: 2026-03-01T12:00:00Z\n"
    "    delay: 90s\n"
    "    series:\n"
    "      - {metric: AWS/RDS Lag, dimensions: {b: '2', a: '1'}, stat: p99,\n"
    "         samples: 10, values: '1x3 _ 2'}\n"
    "      - {namespace: My App, metric: My Lag, region: eu-west-1,\n"
    "         account: '5', unit: Seconds, stat: Sum, values: "
    "'1/2/0/1'}\n" EXPECT "}\n"
    "      - {at: 9m, alarm: '" SNS "lag', state: OK, reason: because,\n"
    "         actions: false}\n"
    "    quiet: [lag]\n"
    "  - {name: two, tick: 10s, expect: [{at: 10s, alarm: quick, state: "
    "OK}]}\n";

START_TEST(a_whole_file)
{
	struct folder folder = folder_make(alarms, whole);
	struct faults faults;
	struct alarm_test_file *file;
	const struct alarm_test *test;
	const struct alarm_test_series *series;

	faults_init(&faults);
	file = alarm_test_file_read(folder.tests, &faults);
	faults_print(&faults, stderr);
	ck_assert_uint_eq(faults.count, 0);
	ck_assert_uint_eq(file->ntests, 2);
	test = &file->tests[0];
	ck_assert(span_is(test->name, "one"));
	ck_assert_int_eq(test->start_ms, 1772366400000);
	ck_assert_int_eq(test->delay_ms, 90000);
	ck_assert_int_eq(test->step_ms, 60000);
	ck_assert_uint_eq(test->steps, 9);
	series = test->series;
	ck_assert(span_is(series[0].key.namespace, "AWS/RDS"));
	ck_assert(span_is(series[0].key.metric, "Lag"));
	/* What all alarms have in common. */
	ck_assert(span_is(series[0].key.region, "us-east-2"));
	ck_assert(span_is(series[0].key.account, "123456789012"));
	ck_assert(span_is(series[0].key.unit, "None"));
	ck_assert(span_is(series[0].key.dimensions[0].name, "a"));
	ck_assert_int_eq(series[0].statistic, STATISTIC_EXTENDED);
	ck_assert_double_eq(series[0].samples, 10);
	ck_assert_uint_eq(series[0].values.count, 5);
	ck_assert(span_is(series[1].key.namespace, "My App"));
	ck_assert(span_is(series[1].key.metric, "My Lag"));
	ck_assert(span_is(series[1].key.region, "eu-west-1"));
	ck_assert(span_is(series[1].key.account, "5"));
	ck_assert_int_eq(series[1].statistic, STATISTIC_SUM);
	ck_assert_int_eq(test->expects[0].at_ms, 120000);
	ck_assert_int_eq(test->expects[0].state, STATE_ALARM);
	ck_assert_ptr_eq(test->expects[0].alarm, test->expects[1].alarm);
	ck_assert(test->expects[1].reasoned && test->expects[1].acted);
	ck_assert_uint_eq(test->nquiets, 1);
	ck_assert_int_eq(file->tests[1].step_ms, 10000);
	ck_assert_uint_eq(file->tests[1].steps, 1);
	alarm_test_file_free(&file);
	faults_fini(&faults);
	folder_remove(&folder);
}
END_TEST

/* The faults of a file as one text. */
static char *
faults_of(const char *tests)
{
	struct folder folder = folder_make(alarms, tests);
	struct alarm_test_file *file;
	struct faults faults;
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	faults_init(&faults);
	file = alarm_test_file_read(folder.tests, &faults);
	faults_print(&faults, out);
	fclose(out);
	alarm_test_file_free(&file);
	faults_fini(&faults);
	folder_remove(&folder);
	return text;
}

START_TEST(what_is_refused)
{
	static const struct {
		const char *tests, *fault;
	} rows[] = {{"[1]", "1:1: a file of alarm tests is a map"},
	    {"alarms: [alarms.json]\n", "there are no tests"},
	    {"alarms: [alarms.json]\ntests: []\n", "there are no tests"},
	    {"tests: []\n", "alarms is missing"},
	    {"alarm: [x]\n" HEAD EXPECT "}\n",
		"1:1: unknown key \"alarm\"; did you mean \"alarms\"?"},
	    {HEAD, "the test expects nothing"},
	    {HEAD "    expct: []\n", "did you mean \"expect\"?"},
	    {HEAD "    start: 2026-01-01T00:00:30Z\n" EXPECT "}\n",
		"4:5: start must be a whole minute"},
	    {HEAD "    tick: 7s\n" EXPECT "}\n", "4:5: tick must be 10s"},
	    {HEAD "    delay: 2d\n" EXPECT "}\n",
		"delay must be from 0s to 1d"},
	    {HEAD SERIES ", value: 1}\n" EXPECT "}\n",
		"did you mean \"values\"?"},
	    {HEAD SERIES ", stat: average}\n" EXPECT "}\n",
		"did you mean \"Average\"?"},
	    {HEAD SERIES ", stat: p101}\n" EXPECT "}\n",
		"stat \"p101\" is no statistic"},
	    {HEAD SERIES ", samples: 0}\n" EXPECT "}\n",
		"samples must be above 0"},
	    {HEAD SERIES
		"}\n      - {metric: AWS/RDS Lag, values: '1'}\n" EXPECT "}\n",
		"stands twice"},
	    {HEAD "    series: [{metric: Lag, values: '1'}]\n" EXPECT "}\n",
		"metric must be namespace and name"},
	    {HEAD "    series: [{metric: A B}]\n" EXPECT "}\n",
		"values is missing"},
	    {HEAD "    series:\n      - metric: A B\n        values: '1 2x "
		  "3'\n" EXPECT "}\n",
		"6:9: values: \"2x\" at column 3: wants how many behind x"},
	    {HEAD "    series: [{metric: A B, stat: SampleCount, values: "
		  "'1 0'}]\n" EXPECT "}\n",
		"a SampleCount must be above 0"},
	    {HEAD "    expect: [{at: 2m, alarm: lagg, state: OK}]\n",
		"there is no alarm \"lagg\"; did you mean \"lag\"?"},
	    {HEAD "    quiet: [lag, qick]\n", "did you mean \"quick\"?"},
	    {HEAD "    expect: [{at: 2m, alarm: lag, state: Ok}]\n",
		"state must be OK, ALARM or INSUFFICIENT_DATA"},
	    {HEAD "    expect: [{at: 2 min, alarm: lag, state: OK}]\n",
		"at must be a duration"},
	    {HEAD "    expect: [{at: 900000h, alarm: lag, state: OK}]\n",
		"at is too far away"},
	    {HEAD "    expect: [{alarm: lag, state: OK}]\n", "at is missing"},
	    {HEAD EXPECT ", contributor: {a: b}}\n",
		"each label that the alarm's query groups by"},
	    {HEAD "    expect: [{at: 2m, alarm: quick, state: OK}]\n",
		"add `tick: 10s`"},
	    {HEAD EXPECT ", actions: maybe}\n", "must be true or false"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *text = faults_of(rows[i].tests);

		ck_assert_msg(strstr(text, rows[i].fault) != NULL,
		    "row %zu: no \"%s\" in \"%s\"", i, rows[i].fault, text);
		ck_assert_msg(strstr(text, "/tests.yaml:") != NULL, "%s", text);
		free(text);
	}
}
END_TEST

/* A definition at fault is the test's business, not the file's. */
START_TEST(definitions_at_fault)
{
	struct folder folder = folder_make(
	    "{\"AlarmName\":\"lag\",\"Period\":7}", HEAD EXPECT "}\n");
	struct faults faults;
	struct alarm_test_file *file;
	struct buf why = {0};

	faults_init(&faults);
	file = alarm_test_file_read(folder.tests, &faults);
	ck_assert_uint_eq(faults.count, 0);
	ck_assert_uint_gt(file->alarms.count, 0);
	ck_assert(!alarm_test_run(file, &file->tests[0], &why));
	ck_assert_ptr_nonnull(strstr(buf_cstr(&why), "alarms.json:1:"));
	buf_fini(&why);
	alarm_test_file_free(&file);
	faults_fini(&faults);
	folder_remove(&folder);
}
END_TEST

START_TEST(a_lost_file)
{
	struct faults faults;
	struct alarm_test_file *file;

	faults_init(&faults);
	file = alarm_test_file_read("/nonexistent/tests.yaml", &faults);
	ck_assert_uint_eq(faults.count, 1);
	alarm_test_file_free(&file);
	faults_fini(&faults);
}
END_TEST

TEST_MAIN("alarm test files", a_whole_file, what_is_refused,
    definitions_at_fault, a_lost_file)
