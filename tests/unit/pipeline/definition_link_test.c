/* Composite alarms, and what alarms say of one another. */
#include "definition_fixture.h"
#include "pipeline/alarm/rule.h"

static const struct row composites[] = {
    {"[{\"AlarmName\": \"c\", \"AlarmRule\": \"alarm(x)\"}]",
	"1:21: alarm \"c\": AlarmRule: Error in AlarmRule [Unsupported token "
	"'alarm' at char 0, must be: '(', 'NOT', AT_LEAST, TRUE or FALSE, "
	"ALARM, OK, or INSUFFICIENT_DATA]; `alarm` must be ALARM (column 1)"},
    {"[{\"AlarmName\": \"c\", \"AlarmRule\": \"ALARM(x)\"}]",
	"1:21: alarm \"c\": AlarmRule: Could not save the composite alarm as "
	"alarms [x] in the alarm rule do not exist"},
    {"[{\"AlarmName\": \"c\", \"AlarmRule\": \"\"}]",
	"1:21: alarm \"c\": AlarmRule: Member must have length greater than or "
	"equal to 1"},
    {"[{\"AlarmName\": \"c\", \"AlarmRule\": \"TRUE AND ALARM(c)\"}]",
	"1:21: alarm \"c\": AlarmRule: A composite alarm cannot have a child "
	"relation with itself via its AlarmRule"},
    {"[{\"AlarmName\": \"c\", \"AlarmRule\": \"TRUE\", \"ActionsSuppressor\": "
     "\"no\",\n\"ActionsSuppressorWaitPeriod\": 1, "
     "\"ActionsSuppressorExtensionPeriod\": 1}]",
	"1:42: alarm \"c\": ActionsSuppressor: there is no alarm \"no\""},
    {"[{\"AlarmName\": \"c\", \"AlarmRule\": \"TRUE\", \"ActionsSuppressor\": "
     "\"no\",\n\"ActionsSuppressorWaitPeriod\": 1}]",
	"1:42: alarm \"c\": ActionsSuppressor: "
	"ActionsSuppressorExtensionPeriod must not be null"},
    {"[{\"AlarmName\": \"c\", \"AlarmRule\": "
     "\"TRUE\",\n\"ActionsSuppressorWaitPeriod\": 1}]",
	"2:1: alarm \"c\": ActionsSuppressorWaitPeriod: "
	"ActionsSuppressorWaitPeriod requires an ActionSuppressor"},
    {"[{\"AlarmName\": \"c\", \"AlarmRule\": "
     "\"TRUE\",\n\"ActionsSuppressorWaitPeriod\": -1, \"ActionsSuppressor\": "
     "\"c\", \"ActionsSuppressorExtensionPeriod\": 1}]",
	"2:1: alarm \"c\": ActionsSuppressorWaitPeriod: Value '-1' failed to "
	"satisfy constraint: Member must have value greater than or equal to "
	"0"},
    {"[{\"AlarmName\": \"c\", \"AlarmRule\": \"TRUE\",\n\"ActionsSuppressor\": "
     "\"arn:aws:sns:r:1:t\", \"ActionsSuppressorWaitPeriod\": 1, "
     "\"ActionsSuppressorExtensionPeriod\": 1}]",
	"2:1: alarm \"c\": ActionsSuppressor: ActionsSuppressor must be a "
	"valid CloudWatch Alarm ARN or an Alarm name"},
    {"[{\"AlarmName\": \"c\", \"AlarmRule\": \"TRUE\", \"AlarmActions\": "
     "[\"arn:aws:automate:us-east-2:ec2:stop\"]}]",
	"1:2: alarm \"c\": a composite alarm cannot have EC2 or Auto Scaling "
	"actions"},
    {"[{\"AlarmName\": \"c\", \"AlarmRule\": \"TRUE\",\n\"Period\": 60}]",
	"2:1: alarm \"c\": Period: a composite alarm has no Period"},
    {"[{\"AlarmName\": \"c\", " METRIC ", " JUDGED
     ",\n\"AlarmRule\": \"TRUE\"}]",
	"2:1: alarm \"c\": AlarmRule: an alarm has AlarmRule, or MetricName, "
	"or Metrics; not two of them"},
    {"[{\"AlarmName\": \"c\", \"AlarmRule\": \"ALARM(x) OR ALARM(y)\"}]",
	"1:21: alarm \"c\": AlarmRule: Could not save the composite alarm as "
	"alarms [x, y] in the alarm rule do not exist"},
    {"[{\"AlarmName\": \"c\", \"AlarmRule\": \"ALARM(\\\"x)\"}]",
	"1:21: alarm \"c\": AlarmRule: Error in AlarmRule: the quote that "
	"opens here is not closed (column 7)"},
    {"[{\"AlarmName\": \"c\", \"AlarmRule\": \"TRUE\", \"ActionsSuppressor\": "
     "\"c\", \"ActionsSuppressorWaitPeriod\": 1, "
     "\"ActionsSuppressorExtensionPeriod\": 1}]",
	"1:42: alarm \"c\": ActionsSuppressor: A composite alarm cannot "
	"suppress itself"},
};

static const struct row linked[] = {
    {"[{\"AlarmName\": \"b\", \"AlarmRule\": \"ALARM(a)\"}, {\"AlarmName\": "
     "\"a\", \"AlarmRule\": \"ALARM(b)\"},\n{\"AlarmName\": \"c\", "
     "\"AlarmRule\": \"OK(a)\"}]",
	"1:21: alarm \"b\": AlarmRule: alarms that wait for one another: \"b\" "
	"→ \"a\" → \"b\"\n1:66: alarm \"a\": AlarmRule: alarms that wait for "
	"one another: \"b\" → \"a\" → \"b\"\n2:20: alarm \"c\": AlarmRule: "
	"alarm \"a\" is left out, having faults of its own"},
    {"[{\"AlarmName\": \"c\", \"AlarmRule\": \"TRUE\", \"ActionsSuppressor\": "
     "\"d\", \"ActionsSuppressorWaitPeriod\": 1, "
     "\"ActionsSuppressorExtensionPeriod\": 1},\n{\"AlarmName\": \"d\", "
     "\"AlarmRule\": \"ALARM(c)\"}]",
	"1:21: alarm \"c\": AlarmRule: alarms that wait for one another: \"c\" "
	"→ \"d\" → \"c\"\n2:20: alarm \"d\": AlarmRule: alarms that wait for "
	"one another: \"c\" → \"d\" → \"c\""},
    {"[{\"AlarmName\": \"bad\"},\n{\"AlarmName\": \"c\", \"AlarmRule\": "
     "\"ALARM(bad)\"},\n{\"AlarmName\": \"d\", \"AlarmRule\": \"NOT "
     "ALARM(\\\"arn:aws:cloudwatch:us-east-2:111122223333:alarm:c\\\")\"}]",
	"1:2: alarm \"bad\": has none of MetricName, Metrics, "
	"AlarmRule and Tocsin.Silence\n2:20: alarm \"c\": AlarmRule: alarm "
	"\"bad\" is left out, "
	"having faults of its own\n3:20: alarm \"d\": AlarmRule: alarm \"c\" "
	"is left out, having faults of its own"},
    {"[{" NAME ", " METRIC ", " JUDGED "},\n{" NAME ", " METRIC ", " JUDGED
     "}]",
	"2:2: alarm \"lag\": AlarmName: is defined a second time "
	"(arn:aws:cloudwatch:us-east-2:111122223333:alarm:lag); the first is "
	"at f:1"},
    {"[{" NAME ", " METRIC ", " JUDGED
     ", \"AlarmArn\": \"arn:aws:cloudwatch:a:1:alarm:lag\"},{" NAME ", " METRIC
     ", " JUDGED
     ", \"AlarmArn\": \"arn:aws:cloudwatch:b:1:alarm:lag\"},\n{\"AlarmName\": "
     "\"c\", \"AlarmRule\": \"OK(lag)\"}]",
	"2:20: alarm \"c\": AlarmRule: several alarms are named \"lag\"; name "
	"one by its ARN"},
    {"[{\"AlarmName\": \"c\", \"AlarmRule\": \"ALARM(d)\"},\n{\"AlarmName\": "
     "\"d\", \"AlarmRule\": \"ALARM(e)\"},\n{\"AlarmName\": \"e\", "
     "\"AlarmRule\": \"ALARM(f) OR ALARM(d)\"},\n{\"AlarmName\": \"f\", "
     "\"AlarmRule\": \"TRUE\"}]",
	"2:20: alarm \"d\": AlarmRule: alarms that wait for one another: \"d\" "
	"→ \"e\" → \"d\"\n3:20: alarm \"e\": AlarmRule: alarms that wait for "
	"one another: \"d\" → \"e\" → \"d\"\n1:21: alarm \"c\": AlarmRule: "
	"alarm \"d\" is left out, having faults of its own"},
};

START_TEST(composites_are_read_and_linked)
{
	struct read r;
	const struct alarm *a = read_good(&r,
	    "{\"CompositeAlarms\": [{\"AlarmName\": \"top\", \"AlarmRule\": "
	    "\"ALARM(middle) AND NOT OK(lag)\", \"ActionsSuppressor\": "
	    "\"arn:aws:cloudwatch:us-east-2:111122223333:alarm:late\", "
	    "\"ActionsSuppressorWaitPeriod\": 60, "
	    "\"ActionsSuppressorExtensionPeriod\": 0, "
	    "\"ActionsSuppressedBy\": \"Alarm\", \"StateValue\": \"OK\", "
	    "\"ActionsSuppressedReason\": \"x\", \"OKActions\": [], "
	    "\"StateTransitionedTimestamp\": \"x\"},"
	    "{\"AlarmName\": \"late\", \"AlarmRule\": \"OK(lag)\"},"
	    "{\"AlarmName\": \"middle\", \"AlarmRule\": \"ALARM(\\\"arn:aws:"
	    "cloudwatch:us-east-2:111122223333:alarm:lag\\\")\"}],"
	    "\"MetricAlarms\": [{" GOOD "}]}");
	const struct definition_links *links = r.all.links;

	ck_assert_uint_eq(r.all.count, 4);
	check_span(a[0].name, "lag"); /* metric alarms come first */
	ck_assert_int_eq(a[1].kind, ALARM_COMPOSITE);
	check_span(a[1].rule_text, "ALARM(middle) AND NOT OK(lag)");
	ck_assert_uint_eq(a[1].rule->nchildren, 2);
	ck_assert_int_eq(a[1].suppressor_wait_ms, 60000);
	ck_assert_int_eq(a[1].suppressor_extension_ms, 0);
	ck_assert_uint_eq(links[1].children[0], 3);
	ck_assert_uint_eq(links[1].children[1], 0);
	ck_assert_uint_eq(links[1].suppressor, 2);
	ck_assert_uint_eq(links[2].suppressor, DEFINITION_NONE);
	ck_assert_uint_eq(links[0].suppressor, DEFINITION_NONE);
	ck_assert_uint_eq(r.all.ncomposites, 3);
	ck_assert_uint_eq(r.all.composites[0], 3);
	ck_assert_uint_eq(r.all.composites[1], 2);
	ck_assert_uint_eq(r.all.composites[2], 1);
	read_done(&r);
}
END_TEST

/* A name may hold any byte, also the one that ends texts in C. */
START_TEST(names_that_begin_with_nul)
{
	struct read r;

	read_text(&r,
	    "[{\"AlarmName\": \"z\", \"AlarmRule\": \"ALARM(\\u0000x)\"},"
	    "{\"AlarmName\": \"y\", \"AlarmRule\": \"TRUE\", "
	    "\"ActionsSuppressor\": \"\\u0000a\", "
	    "\"ActionsSuppressorWaitPeriod\": 0, "
	    "\"ActionsSuppressorExtensionPeriod\": 0}]");
	ck_assert_uint_eq(r.all.count, 1);
	ck_assert(sound_runs(&r));
	ck_assert_uint_eq(r.all.nleft_out, 2);
	ck_assert_uint_eq(r.faults.count, 2);
	read_done(&r);
}
END_TEST

/* A name is of the composite's own Region first, then of any. */
START_TEST(names_across_regions)
{
	struct read r;
	const struct definition_links *links;

	read_good(&r,
	    "[{" GOOD ", \"AlarmArn\": \"arn:aws:cloudwatch:a:1:alarm:lag\"},"
	    "{" GOOD ", \"AlarmArn\": \"arn:aws:cloudwatch:b:1:alarm:lag\"},"
	    "{\"AlarmName\": \"c\", \"AlarmRule\": \"ALARM(lag)\", "
	    "\"AlarmArn\": \"arn:aws:cloudwatch:b:1:alarm:c\"},"
	    "{\"AlarmName\": \"d\", \"AlarmRule\": \"OK(c)\"}]");
	links = r.all.links;
	ck_assert_uint_eq(links[2].children[0], 1);
	ck_assert_uint_eq(links[3].children[0], 2);
	read_done(&r);
}
END_TEST

START_TEST(mistakes_in_composites)
{
	CHECK_ROWS(composites);
}
END_TEST

START_TEST(mistakes_between_alarms)
{
	CHECK_ROWS(linked);
}
END_TEST

START_TEST(what_is_left_out_is_named)
{
	struct read r;

	read_text(&r,
	    "[{\"AlarmName\": \"a\"}, {\"AlarmName\": \"b\", "
	    "\"AlarmRule\": \"OK(a)\"}, {\"AlarmName\": \"c\", "
	    "\"AlarmRule\": \"OK(sound)\", \"ActionsSuppressor\": "
	    "\"sound\", \"ActionsSuppressorWaitPeriod\": 0, "
	    "\"ActionsSuppressorExtensionPeriod\": 0}, {}]");
	ck_assert_uint_eq(r.all.nleft_out, 3);
	ck_assert(span_is(r.all.left_out[0], "a"));
	ck_assert(span_is(r.all.left_out[1], ""));
	ck_assert(span_is(r.all.left_out[2], "b"));
	ck_assert_uint_eq(r.all.count, 2);
	ck_assert(span_is(r.all.alarms[0].name, "c"));
	ck_assert_uint_eq(r.all.ncomposites, 1);
	ck_assert_uint_eq(r.all.composites[0], 0);
	ck_assert_uint_eq(r.all.links[0].children[0], 1);
	ck_assert_uint_eq(r.all.links[0].suppressor, 1);
	ck_assert_uint_eq(r.all.links[1].suppressor, DEFINITION_NONE);
	read_done(&r);
}
END_TEST

/* Long chains and rings of composites cost no stack and no patience. */
START_TEST(long_chains)
{
	for (int ring = 0; ring < 2; ring++) {
		struct buf text = {0};
		struct read r;

		buf_text(&text, "[{\"AlarmName\": \"n0\", \"AlarmRule\": ");
		buf_text(&text, ring ? "\"OK(n19999)\"}" : "\"OK(sound)\"}");
		for (int i = 1; i < 20000; i++)
			buf_printf(&text,
			    ",\n{\"AlarmName\": \"n%d\", \"AlarmRule\": "
			    "\"OK(n%d)\"}",
			    i, i - 1);
		buf_text(&text, "]");
		read_text(&r, buf_cstr(&text));
		ck_assert_uint_eq(r.all.count, ring ? 1 : 20001);
		ck_assert_uint_eq(r.faults.count, ring ? 20000 : 0);
		ck_assert_uint_eq(r.all.nleft_out, ring ? 20000 : 0);
		buf_fini(&text);
		read_done(&r);
	}
}
END_TEST

TEST_MAIN("definition_link", composites_are_read_and_linked,
    names_across_regions, names_that_begin_with_nul, mistakes_in_composites,
    mistakes_between_alarms, what_is_left_out_is_named, long_chains)
