#include "app/scenario.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "journal/reader.h"
#include "pipeline/decode/decode.h"
#include "testing.h"

#define OUTAGE "packs/demo/outage.yaml"
#define HEAD "start: 2026-01-15T00:00:00Z\nduration: 3m\naccount: \"1\"\n"

/* A file that is gone at the end of the case. */
struct file {
	char path[32];
};

static struct file
file_of(const void *bytes, size_t len)
{
	struct file file = {"/tmp/scenario.XXXXXX"};
	int fd = mkstemp(file.path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	close(fd);
	return file;
}

struct written {
	char *bytes;
	size_t len;
};

static struct written
written_by(
    enum rc (*write_it)(const char *, FILE *, struct err *), const char *path)
{
	struct written written;
	FILE *out = open_memstream(&written.bytes, &written.len);
	struct err err = {""};

	ck_assert_msg(write_it(path, out, &err) == RC_OK, "%s", err.text);
	fclose(out);
	return written;
}

/* The lines of all batches of a description, one after another. */
static char *
lines_of(const char *text)
{
	struct file file = file_of(text, strlen(text));
	struct scenario *scenario;
	struct scenario_batch batch;
	struct faults faults;
	struct buf all = {0};
	struct err err = {""};
	char *copy;

	faults_init(&faults);
	ck_assert_msg(
	    scenario_open(&scenario, file.path, &faults, &err) == RC_OK,
	    "%s: %s", err.text, faults.first == NULL ? "" : faults.first->text);
	while (scenario_next(scenario, &batch) == RC_OK)
		buf_span_put(&all, batch.lines);
	copy = strdup(buf_cstr(&all));
	buf_fini(&all);
	scenario_close(&scenario);
	faults_fini(&faults);
	unlink(file.path);
	return copy;
}

START_TEST(the_same_file_gives_the_same_bytes)
{
	for (int i = 0; i < 2; i++) {
		struct written a = written_by(
		    i == 0 ? scenario_write : scenario_write_batches, OUTAGE);
		struct written b = written_by(
		    i == 0 ? scenario_write : scenario_write_batches, OUTAGE);

		ck_assert_uint_gt(a.len, 10000);
		ck_assert_uint_eq(a.len, b.len);
		ck_assert_int_eq(memcmp(a.bytes, b.bytes, a.len), 0);
		free(a.bytes);
		free(b.bytes);
	}
}
END_TEST

/* Values that were worked out by hand. */
START_TEST(lines_are_as_aws_writes_them)
{
	static const struct {
		const char *series, *lines;
	} rows[] = {
	    {"series:\n  - {region: r, namespace: N, metric: M, value: 2, "
	     "samples: 4, spread: 50%, dimensions: {b: x, a: \"y\\\"\"}}\n"
	     "events:\n  - {at: 1m, for: 1m, match: {metric: M}, stop: true}\n",
		"{\"metric_stream_name\":\"scenario\",\"account_id\":\"1\","
		"\"region\":\"r\",\"namespace\":\"N\",\"metric_name\":\"M\","
		"\"dimensions\":{\"a\":\"y\\\"\",\"b\":\"x\"},\"timestamp\":"
		"1768435200000,\"value\":{\"max\":3.0,\"min\":1.0,\"sum\":8.0,"
		"\"count\":4.0},\"unit\":\"None\"}\n"
		"{\"metric_stream_name\":\"scenario\",\"account_id\":\"1\","
		"\"region\":\"r\",\"namespace\":\"N\",\"metric_name\":\"M\","
		"\"dimensions\":{\"a\":\"y\\\"\",\"b\":\"x\"},\"timestamp\":"
		"1768435320000,\"value\":{\"max\":3.0,\"min\":1.0,\"sum\":8.0,"
		"\"count\":4.0},\"unit\":\"None\"}\n"},
	    {"stream: s\nseries:\n  - {region: r, namespace: N, metric: M, "
	     "value: 0, counts: true, unit: Count}\n"
	     "events:\n  - {at: 2m, match: {region: r}, add: 20000000}\n",
		"{\"metric_stream_name\":\"s\",\"account_id\":\"1\",\"region\":"
		"\"r\",\"namespace\":\"N\",\"metric_name\":\"M\",\"dimensions\""
		":{},\"timestamp\":1768435320000,\"value\":{\"max\":1.0,"
		"\"min\":1.0,\"sum\":2.0E7,\"count\":2.0E7},\"unit\":\"Count\"}"
		"\n"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[1024], *lines;

		snprintf(text, sizeof(text), HEAD "%s", rows[i].series);
		lines = lines_of(text);
		ck_assert_str_eq(lines, rows[i].lines);
		free(lines);
	}
}
END_TEST

/* The figures of each minute, as "sum/min/max" or "-". */
START_TEST(shapes_and_events_make_the_figures)
{
	static const struct {
		const char *series, *events, *figures;
	} rows[] = {{"value: 7", "", "7/7/7 7/7/7 7/7/7"},
	    {"value: 7, every: 2m", "", "7/7/7 - 7/7/7"},
	    {"value: 7", "{at: 1m, match: {metric: M}, set: 2.5}",
		"7/7/7 2.5/2.5/2.5 2.5/2.5/2.5"},
	    {"value: 7", "{at: 1m, for: 1m, match: {region: r}, scale: 2}",
		"7/7/7 14/14/14 7/7/7"},
	    {"value: 10", "{at: 0m, for: 2m, match: {namespace: N}, ramp: 30}",
		"20/20/20 30/30/30 10/10/10"},
	    {"value: 7.6, whole: true, samples: 2", "", "16/8/8 16/8/8 16/8/8"},
	    {"value: 4, spread: 50%", "", "4/4/4 4/4/4 4/4/4"},
	    {"value: 7, max: 6", "", "6/6/6 6/6/6 6/6/6"},
	    {"value: 4, samples: 2, spread: 50%, min: 3, max: 5", "",
		"8/3/5 8/3/5 8/3/5"},
	    {"value: 10, daily: {amplitude: 4, peak: 0h}", "",
		"14/14/14 14/14/14 14/14/14"},
	    {"value: 10, daily: {amplitude: 4, peak: 12h}, whole: true", "",
		"6/6/6 6/6/6 6/6/6"},
	    {"value: 10, daily: {amplitude: 4, peak: 6h}, whole: true", "",
		"10/10/10 10/10/10 10/10/10"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[1024], *lines, *at, got[256] = "";
		const char *minutes[3] = {
		    "1768435200000", "1768435260000", "1768435320000"};

		snprintf(text, sizeof(text),
		    HEAD "series:\n  - {region: r, namespace: N, metric: M, "
			 "%s}\nevents: [%s]\n",
		    rows[i].series, rows[i].events);
		lines = lines_of(text);
		for (size_t k = 0; k < 3; k++) {
			double max, min, sum;

			at = strstr(lines, minutes[k]);
			if (at == NULL) {
				strcat(got, k == 0 ? "-" : " -");
				continue;
			}
			ck_assert_int_eq(sscanf(at + 13,
					     ",\"value\":{\"max\":%lf,\"min\":"
					     "%lf,\"sum\":%lf",
					     &max, &min, &sum),
			    3);
			/* the wave has moved a little by the second minute */
			snprintf(got + strlen(got), 64, "%s%.5g/%.5g/%.5g",
			    k == 0 ? "" : " ", sum, min, max);
		}
		ck_assert_str_eq(got, rows[i].figures);
		free(lines);
	}
}
END_TEST

/* A series that is added, or the order of two, changes no figure. */
START_TEST(chance_is_of_seed_and_series)
{
#define SERIES(name)                                                           \
	"  - {region: r, namespace: N, metric: " name                          \
	", value: 100, noise: 50%}\n"
	char *one = lines_of(HEAD "series:\n" SERIES("A"));
	char *two = lines_of(HEAD "series:\n" SERIES("B") SERIES("A"));
	char *other = lines_of("seed: 2\n" HEAD "series:\n" SERIES("A"));
	char *at = one;

	/* The first minute's figures of B and A. */
	ck_assert_int_ne(strncmp(strstr(two, "\"value\""),
			     strstr(strchr(two, '\n'), "\"value\""), 20),
	    0);
	for (int i = 0; i < 3; i++) {
		char *end = strchr(at, '\n');

		*end = '\0';
		ck_assert_ptr_nonnull(strstr(two, at));
		ck_assert_ptr_null(strstr(other, at));
		at = end + 1;
	}
	free(one);
	free(two);
	free(other);
}
END_TEST

START_TEST(faults_name_their_places)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *fault;
	} rows[] = {
	    {"start: now\nduration: 1m\naccount: \"1\"\nseries: []\n", 1,
		"start must be a whole minute such as "
		"2026-01-15T09:00:00Z"},
	    {HEAD "series: []\nevens: []\n", 5,
		"unknown key \"evens\"; did you mean \"events\"?"},
	    {"duration: 90s\nstart: 2026-01-15T00:00:00Z\naccount: \"1\"\n"
	     "series: []\n",
		1, "duration must be whole minutes"},
	    {HEAD "series:\n  - {region: r, namespace: N, value: 1}\n", 5,
		"metric is missing: the metric's name"},
	    {HEAD
		"series:\n  - {region: r, namespace: N, metric: M, value: 1,\n"
		"     noise: 120%}\n",
		6, "noise must be a share from 0% to 100%, not \"120%\""},
	    {HEAD
		"series:\n  - {region: r, namespace: N, metric: M, value: 1}\n"
		"events:\n  - {at: 1m, match: {metric: X}, set: 1}\n",
		7, "no series matches"},
	    {HEAD
		"series:\n  - {region: r, namespace: N, metric: M, value: 1}\n"
		"events:\n  - {at: 1m, match: {}, set: 1, add: 2}\n",
		7, "an event wants one of set, add, scale, ramp or stop: true"},
	    {HEAD
		"series:\n  - {region: r, namespace: N, metric: M, value: 1}\n"
		"events:\n  - {at: 9m, match: {}, set: 1}\n",
		7, "the event lies outside the scenario's duration"},
	    {HEAD "arrival: {delay: 1m, jitter: 2m}\nseries: []\n", 4,
		"jitter is above delay: a minute would arrive before its "
		"end"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct file file = file_of(rows[i].text, strlen(rows[i].text));
		struct scenario *scenario;
		struct faults faults;
		struct err err;

		faults_init(&faults);
		ck_assert_int_eq(
		    scenario_open(&scenario, file.path, &faults, &err),
		    RC_REJECT);
		ck_assert_ptr_null(scenario);
		ck_assert_uint_eq(faults.count, 1);
		ck_assert_str_eq(faults.first->text, rows[i].fault);
		ck_assert_uint_eq(faults.first->line, rows[i].line);
		ck_assert_str_eq(faults.first->file, file.path);
		faults_fini(&faults);
		unlink(file.path);
	}
}
END_TEST

/* What the outage's stream must show of its story. */
struct story {
	int64_t start_ms;
	size_t points, lag_points, silent, errors_outside;
	double lag_last, lag_peak;
	int64_t soonest_ms, latest_ms; /* arrival behind a minute's end */
};

static void
story_point(struct story *story, const struct point *p)
{
	int64_t minute = (p->timestamp_ms - story->start_ms) / 60000;
	bool primary = span_is(p->series.region, "us-east-1");

	story->points++;
	story->silent += primary && minute >= 30 && minute < 45;
	if (span_is(p->series.metric, "HTTPCode_Target_5XX_Count"))
		story->errors_outside += minute < 24 || minute >= 30;
	if (!span_is(p->series.metric, "AuroraGlobalDBReplicationLag"))
		return;
	ck_assert(span_is(p->series.region, "us-east-2"));
	story->lag_points++;
	story->lag_last = p->sum / p->count;
	if (story->lag_last > story->lag_peak)
		story->lag_peak = story->lag_last;
	ck_assert((story->lag_last > 1000) == (minute >= 20 && minute < 45));
}

static void
story_arrival(struct story *story, int64_t behind_ms)
{
	if (behind_ms < story->soonest_ms)
		story->soonest_ms = behind_ms;
	if (behind_ms > story->latest_ms)
		story->latest_ms = behind_ms;
}

START_TEST(the_outage_tells_its_story)
{
	struct story story = {.soonest_ms = INT64_MAX};
	struct scenario *scenario;
	struct scenario_batch batch;
	struct faults faults;
	struct err err;
	int64_t last_ms = 0;

	faults_init(&faults);
	ck_assert_int_eq(
	    scenario_open(&scenario, OUTAGE, &faults, &err), RC_OK);
	story.start_ms = scenario_start_ms(scenario);
	while (scenario_next(scenario, &batch) == RC_OK) {
		struct arena arena;
		struct decoded out;

		arena_init(&arena);
		decoded_init(&out, &arena);
		decode_record(&out, batch.lines, 0);
		ck_assert_uint_eq(out.nrejects, 0);
		ck_assert_uint_eq(out.npoints, batch.points);
		for (size_t i = 0; i < out.npoints; i++) {
			int64_t end_ms = out.points[i].timestamp_ms + 60000;

			ck_assert(span_equal(
			    out.points[i].series.region, batch.region));
			story_arrival(&story, batch.arrival_ms - end_ms);
			story_point(&story, &out.points[i]);
		}
		ck_assert_int_ge(batch.arrival_ms, last_ms);
		last_ms = batch.arrival_ms;
		arena_fini(&arena);
	}
	ck_assert_int_ge(scenario_end_ms(scenario), last_ms);
	ck_assert_uint_gt(story.points, 1000);
	ck_assert_uint_eq(story.lag_points, 60);
	ck_assert(story.soonest_ms >= 60000 && story.soonest_ms < 70000);
	ck_assert(story.latest_ms > 90000 && story.latest_ms <= 100000);
	ck_assert_uint_eq(story.silent, 0);
	ck_assert_uint_eq(story.errors_outside, 0);
	ck_assert(story.lag_peak > 20000 && story.lag_last < 200);
	scenario_close(&scenario);
	faults_fini(&faults);
}
END_TEST

/* The segment holds the same batches, with ticks that fill the time. */
START_TEST(the_segment_is_one_of_ours)
{
	struct written segment = written_by(scenario_write, OUTAGE);
	struct file file = file_of(segment.bytes, segment.len);
	struct scenario *scenario;
	struct scenario_batch batch;
	struct reader *reader;
	struct faults faults;
	struct entry entry;
	struct err err;
	uint64_t seq = 0;
	int64_t tick_ms, last_ms = 0;
	enum rc rc;

	faults_init(&faults);
	ck_assert_int_eq(
	    scenario_open(&scenario, OUTAGE, &faults, &err), RC_OK);
	tick_ms = scenario_start_ms(scenario);
	ck_assert_int_eq(reader_open(&reader, file.path, 0, &err), RC_OK);
	while ((rc = reader_next(reader, &entry, &err)) == RC_OK) {
		ck_assert_uint_eq(entry.seq, ++seq);
		ck_assert_int_ge(entry.arrival_ms, last_ms);
		last_ms = entry.arrival_ms;
		if (entry.kind == ENTRY_TICK) {
			ck_assert_int_eq(entry.arrival_ms, tick_ms);
			tick_ms += 10000;
			continue;
		}
		ck_assert_int_eq(entry.kind, ENTRY_BATCH);
		ck_assert_int_eq(scenario_next(scenario, &batch), RC_OK);
		ck_assert_int_eq(entry.arrival_ms, batch.arrival_ms);
		ck_assert(span_equal(entry.source, batch.region));
		ck_assert_uint_eq(entry.nrecords, 1);
		ck_assert(span_equal(entry.records[0], batch.lines));
	}
	ck_assert_int_eq(rc, RC_AGAIN);
	ck_assert_int_eq(scenario_next(scenario, &batch), RC_AGAIN);
	ck_assert_int_eq(tick_ms, scenario_end_ms(scenario) + 10000);
	reader_close(&reader);
	scenario_close(&scenario);
	faults_fini(&faults);
	unlink(file.path);
	free(segment.bytes);
}
END_TEST

/* A Region's minute that no record of Firehose could hold is several. */
START_TEST(large_minutes_are_several_records)
{
	static const char text[] =
	    "start: 2026-01-15T00:00:00Z\nduration: 1m\naccount: \"1\"\n"
	    "series:\n  - {region: r, namespace: N, metric: M, value: 1, "
	    "fleet: {dimension: Host, name: \"h{n}.example\", count: 9000}}\n";
	struct file source = file_of(text, sizeof(text) - 1);
	struct written segment = written_by(scenario_write, source.path);
	struct file file = file_of(segment.bytes, segment.len);
	struct reader *reader;
	struct entry entry;
	struct err err;
	size_t lines = 0, records = 0;

	ck_assert_int_eq(reader_open(&reader, file.path, 0, &err), RC_OK);
	while (reader_next(reader, &entry, &err) == RC_OK)
		for (size_t i = 0; i < entry.nrecords; i++, records++) {
			struct span record = entry.records[i];

			ck_assert_uint_le(record.len, 1000 * 1024);
			ck_assert_int_eq(record.at[0], '{');
			ck_assert_int_eq(record.at[record.len - 1], '\n');
			for (size_t k = 0; k < record.len; k++)
				lines += record.at[k] == '\n';
		}
	ck_assert_uint_eq(lines, 9000);
	ck_assert_uint_ge(records, 2);
	reader_close(&reader);
	unlink(source.path);
	unlink(file.path);
	free(segment.bytes);
}
END_TEST

TEST_MAIN("scenario", the_same_file_gives_the_same_bytes,
    lines_are_as_aws_writes_them, shapes_and_events_make_the_figures,
    chance_is_of_seed_and_series, faults_name_their_places,
    the_outage_tells_its_story, the_segment_is_one_of_ours,
    large_minutes_are_several_records)
