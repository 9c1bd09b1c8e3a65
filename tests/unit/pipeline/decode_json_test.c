#include "base/buf.h"
#include "base/limits.h"
#include "decode_fixture.h"

#define HEAD                                                                   \
	"{\"metric_stream_name\":\"s\",\"account_id\":\"111122223333\","       \
	"\"region\":\"us-east-1\",\"namespace\":\"AWS/EC2\","                  \
	"\"metric_name\":\"Ops\",\"dimensions\":{\"InstanceId\":\"i-1\"},"     \
	"\"timestamp\":1611929698000,"
#define VALUE "\"value\":{\"max\":18.0,\"min\":0.0,\"sum\":20.0,\"count\":3.0}"
#define GOOD HEAD VALUE ",\"unit\":\"Seconds\"}"
#define SHOWN                                                                  \
	"111122223333 us-east-1 AWS/EC2 Ops Seconds @1611929698000 "           \
	"InstanceId=i-1 : 20/3/0/18"

START_TEST(lines_become_points)
{
	static const struct {
		const char *record, *shown; /* of the last point */
		size_t points;
	} rows[] = {{GOOD "\n", SHOWN, 1}, {GOOD, SHOWN, 1},
	    {GOOD "\r\n" GOOD "\r\n", SHOWN, 2},
	    {"\n\n" GOOD "\n\n \t\n" GOOD "\n\n", SHOWN, 2},
	    {GOOD GOOD " " GOOD "\n", SHOWN, 3}, {"\n", "", 0}, {"", "", 0},
	    {" \r\n", "", 0},
	    {HEAD VALUE ",\"extra\":{\"a\":[1,null]},\"x\":\"}{\"}",
		"111122223333 us-east-1 AWS/EC2 Ops None @1611929698000 "
		"InstanceId=i-1 : 20/3/0/18",
		1},
	    {HEAD VALUE ",\"unit\":null}",
		"111122223333 us-east-1 AWS/EC2 Ops None @1611929698000 "
		"InstanceId=i-1 : 20/3/0/18",
		1},
	    {HEAD "\"value\":{\"p99\":17,\"count\":2.5,\"odd\":\"x\",\"sum\":"
		  "3.90386688E8,\"TM(25%:75%)\":1.66666666666667E-4,\"min\":-1,"
		  "\"more\":{\"p1\":4},\"max\":7}}",
		"111122223333 us-east-1 AWS/EC2 Ops None @1611929698000 "
		"InstanceId=i-1 : 390386688/2.5/-1/7 p99=17 "
		"TM(25%:75%)=0.000166666666666667",
		1},
	    {"{\"unit\":\"Count\",\"value\":{\"count\":1,\"sum\":0,\"min\":0,"
	     "\"max\":0},\"timestamp\":60000,\"dimensions\":{\"b\":\"2\",\"a "
	     "b\":\"\",\"B\":\"\\u00e9\\n\"},\"metric_name\":\"E\\\"%\","
	     "\"namespace\":\"N\",\"region\":\"r\",\"account_id\":\"1\"}",
		"1 r N E\"% Count @60000 B=\xc3\xa9\n a b= b=2 : 0/1/0/0", 1},
	    {"{\"value\":{\"count\":1,\"sum\":477184,\"min\":0,\"max\":0},"
	     "\"timestamp\":1651679580123,\"metric_name\":\"M\","
	     "\"dimensions\":{\"region\":\"x\",\"accountId\":\"y\"},"
	     "\"namespace\":\"N\",\"region\":\"r\",\"account_id\":\"1\"}",
		"1 r N M None @1651679580123 accountId=y region=x : "
		"477184/1/0/0",
		1}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fixture f;

		fixture_init(&f);
		fixture_decode(&f, span_text(rows[i].record), 0);
		ck_assert_msg(f.out.nrejects == 0, "row %zu: %s", i,
		    f.out.nrejects == 0 ? "" : f.out.rejects[0].reason);
		ck_assert_uint_eq(f.out.npoints, rows[i].points);
		if (rows[i].points > 0)
			ck_assert_str_eq(fixture_point(&f, rows[i].points - 1),
			    rows[i].shown);
		fixture_fini(&f);
	}
}
END_TEST

/* A line made of the parts of a good one, the named part replaced; a NULL
 * replacement leaves the part out. */
static struct span
line_with(struct arena *arena, const char *key, const char *instead)
{
	static const char *const parts[][2] = {{"account_id", "\"1\""},
	    {"region", "\"r\""}, {"namespace", "\"N\""},
	    {"metric_name", "\"M\""}, {"dimensions", "{}"},
	    {"timestamp", "60000"}, {"max", "3"}, {"min", "0"}, {"sum", "5"},
	    {"count", "2"}, {"unit", "\"Count\""}};
	char *top = arena_printf(arena, "{\"x\":0"), *value = "\"y\":\"\"";
	const char *whole = NULL;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		bool named = strcmp(parts[i][0], key) == 0;
		const char *text = named ? instead : parts[i][1];
		bool figure = strlen(parts[i][0]) <= 5 &&
		    strcmp(parts[i][0], "unit") != 0;

		if (text == NULL)
			continue;
		if (figure)
			value = arena_printf(
			    arena, "%s,\"%s\":%s", value, parts[i][0], text);
		else
			top = arena_printf(
			    arena, "%s,\"%s\":%s", top, parts[i][0], text);
	}
	value = arena_printf(arena, ",\"value\":{%s}", value);
	if (strcmp(key, "value") == 0)
		whole = instead;
	return span_text(arena_printf(arena, "%s%s}", top,
	    strcmp(key, "value") != 0 ? value
		: whole == NULL	      ? ""
				      : whole));
}

START_TEST(faults_have_their_reasons)
{
	static const struct {
		const char *key, *instead, *reason;
	} rows[] = {{"metric_name", NULL, "metric_name is missing"},
	    {"metric_name", "null", "metric_name is missing"},
	    {"metric_name", "7", "metric_name is not a string"},
	    {"metric_name", "\"\"", "a name is empty"},
	    {"metric_name", "\"a\\u0000\"",
		"a name has control characters or is not UTF-8"},
	    {"namespace", NULL, "namespace is missing"},
	    {"namespace", "[]", "namespace is not a string"},
	    {"account_id", NULL, "incomplete: account_id is missing"},
	    {"region", NULL, "incomplete: region is missing"},
	    {"timestamp", NULL, "timestamp is missing"},
	    {"timestamp", "1.5", "timestamp is not an integer of milliseconds"},
	    {"timestamp", "\"60000\"",
		"timestamp is not an integer of milliseconds"},
	    {"timestamp", "-60000", "timestamp is before 1970 or after 9999"},
	    {"timestamp", "99999999999999999999",
		"timestamp is not an integer of milliseconds"},
	    {"value", NULL, "value is missing"},
	    {"value", ",\"value\":3", "value is not an object"},
	    {"value", ",\"value\":{}", "value has no max"},
	    {"max", NULL, "value has no max"},
	    {"min", NULL, "value has no min"},
	    {"sum", NULL, "value has no sum"},
	    {"count", NULL, "value has no count"},
	    {"count", "null", "value has no count"},
	    {"count", "\"2\"", "count is not a number"},
	    {"sum", "2.4e108", "a value is not finite or beyond 2^360"},
	    {"sum", "-1e300", "a value is not finite or beyond 2^360"},
	    {"sum", "1e999", "the number is not one of JSON's"},
	    {"sum", "NaN", "a value was expected"},
	    {"sum", "1,\"p99\":1e200", "a value is not finite or beyond 2^360"},
	    {"sum", "1,\"sum\":1", "a key stands twice"},
	    {"sum", "1,\"p9\":1,\"p9\":2", "a statistic stands twice"},
	    {"region", "\"r\",\"region\":\"r\"", "a key stands twice"},
	    {"dimensions", "{\"a\":\"1\",\"a\":\"1\"}",
		"a dimension stands twice"},
	    {"dimensions", "{\"a\":\"1\",\"\\u0061\":\"2\"}",
		"a dimension stands twice"},
	    {"dimensions", "{\"a\":1}", "a dimension's value is not a string"},
	    {"dimensions", "[]", "dimensions is not an object"},
	    {"dimensions", "{\"\":\"1\"}", "a name is empty"},
	    {"unit", "1", "unit is not a string"},
	    {"value",
		",\"value\":{\"max\":1,\"min\":1,\"sum\":1,\"count\":1}} x",
		"an object was expected"},
	    {"unit", "\"x", "a comma or the end was expected"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fixture f;
		struct span line;

		fixture_init(&f);
		line = line_with(&f.arena, rows[i].key, rows[i].instead);
		fixture_decode(&f, line, 7);
		ck_assert_msg(f.out.nrejects == 1, "%.*s", SPAN_ARGS(line));
		ck_assert_str_eq(f.out.rejects[0].reason, rows[i].reason);
		ck_assert_uint_eq(f.out.rejects[0].record, 7);
		ck_assert_uint_eq(f.out.rejects[0].item, 1);
		fixture_fini(&f);
	}
}
END_TEST

START_TEST(reading_goes_on_after_a_bad_line)
{
	static const char record[] =
	    GOOD "\n"
		 "invalid\n"
		 "\n" GOOD "\n"
		 "{\"CHANGE\":-0.36,\"SECTOR\":\"E\"}\r\n" GOOD "{\"a\":1}" GOOD
		 "\n" GOOD "{\"cut";
	const size_t len = strlen(GOOD);
	const struct reject wanted[] = {
	    {3, 2, len + 1, 7, "an object was expected"},
	    {3, 5, 2 * len + 11, 30, "metric_name is missing"},
	    {3, 6, 3 * len + 42, 7 + len, "metric_name is missing"},
	    {3, 7, 5 * len + 50, 5, "the string has no end"}};
	struct fixture f;

	fixture_init(&f);
	fixture_decode(&f, span_text(record), 3);
	ck_assert_uint_eq(f.out.npoints, 5);
	ck_assert_uint_eq(f.out.nrejects, 4);
	for (size_t i = 0; i < 4; i++) {
		const struct reject *got = &f.out.rejects[i];

		ck_assert_uint_eq(got->record, wanted[i].record);
		ck_assert_uint_eq(got->item, wanted[i].item);
		ck_assert_uint_eq(got->offset, wanted[i].offset);
		ck_assert_uint_eq(got->len, wanted[i].len);
		ck_assert_str_eq(got->reason, wanted[i].reason);
	}
	for (size_t i = 0; i < 5; i++)
		ck_assert_str_eq(fixture_point(&f, i), SHOWN);
	fixture_fini(&f);
}
END_TEST

START_TEST(limits_are_kept)
{
	static const struct {
		const char *key;
		size_t count;
		const char *reason; /* of one more than count */
	} rows[] = {{"dimensions", LIMIT_DIMENSIONS, "more than 30 dimensions"},
	    {"sum", LIMIT_STATISTICS, "more than 32 extended statistics"},
	    {"metric_name", LIMIT_NAME, "a name is longer than 255 bytes"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (size_t more = 0; more < 2; more++) {
			struct fixture f;
			struct buf text = {0};
			bool name = i == 2, map = i == 0;

			fixture_init(&f);
			buf_text(&text, name ? "\"" : map ? "{" : "1");
			for (size_t k = 0; k < rows[i].count + more; k++)
				if (name)
					buf_byte(&text, 'n');
				else
					buf_printf(&text, "%s\"k%zu\":%s",
					    k == 0 && map ? "" : ",", k,
					    map ? "\"v\"" : "4");
			buf_text(&text, name ? "\"" : map ? "}" : "");
			fixture_decode(&f,
			    line_with(&f.arena, rows[i].key, buf_cstr(&text)),
			    0);
			ck_assert_uint_eq(f.out.nrejects, more);
			ck_assert_uint_eq(f.out.npoints, 1 - more);
			if (more)
				ck_assert_str_eq(
				    f.out.rejects[0].reason, rows[i].reason);
			buf_fini(&text);
			fixture_fini(&f);
		}
}
END_TEST

START_TEST(a_line_may_be_long)
{
	struct fixture f;
	struct buf text = {0};

	fixture_init(&f);
	buf_text(&text, "{\"d\":\"");
	for (size_t i = 0; i < 70000; i++)
		buf_byte(&text, 'v');
	buf_text(&text, "\"}");
	fixture_decode(
	    &f, line_with(&f.arena, "dimensions", buf_cstr(&text)), 0);
	ck_assert_uint_eq(f.out.npoints, 1);
	ck_assert_uint_eq(
	    f.out.points[0].series.dimensions[0].value.len, 70000);
	buf_fini(&text);
	fixture_fini(&f);
}
END_TEST

START_TEST(a_reject_leaves_nothing_in_the_arena)
{
	static const char bad[] =
	    "{\"dimensions\":{\"\\u0061\":\"\\u0062\"},\"value\":{\"p1\":1}}\n";
	struct arena arena;
	struct decoded out;
	size_t used;

	arena_init(&arena);
	decoded_init(&out, &arena);
	for (int i = 0; i < 2; i++) /* the arrays have their first room */
		decode_record(&out, SPAN_OF(bad), 0);
	used = arena.used;
	decode_record(&out, SPAN_OF(bad), 0);
	ck_assert_uint_eq(out.nrejects, 3);
	ck_assert_uint_eq(arena.used, used);
	arena_fini(&arena);
}
END_TEST

TEST_MAIN("decode_json", lines_become_points, faults_have_their_reasons,
    reading_goes_on_after_a_bad_line, limits_are_kept, a_line_may_be_long,
    a_reject_leaves_nothing_in_the_arena)
