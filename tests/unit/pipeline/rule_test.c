/* The rules of composite alarms: what CloudWatch admitted and refused
 * (captured), what they mean, and their limits. */
#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "pipeline/alarm/rule.h"
#include "testing.h"

#define PART                                                                   \
	"must be: '(', 'NOT', AT_LEAST, TRUE or FALSE, ALARM, OK, or "         \
	"INSUFFICIENT_DATA]"
#define NUMBER "must be: NUMBER, PERCENTAGE NUMBER]"

static struct arena arena;

static const struct rule *
parse(const char *text, struct rule_fault *fault)
{
	*fault = (struct rule_fault){0};
	return rule_parse(&arena, span_text(text), fault);
}

/* Of a rule about a, b, c, …: "AOI" are the states of these, by child. */
static void
states_of(const struct rule *rule, const char *states, enum alarm_state *of)
{
	for (size_t i = 0; i < rule->nchildren; i++) {
		size_t letter = (size_t)(rule->children[i].at[0] - 'a');

		ck_assert_uint_eq(rule->children[i].len, 1);
		ck_assert_uint_lt(letter, strlen(states));
		of[i] = states[letter] == 'A' ? STATE_ALARM
		    : states[letter] == 'O'   ? STATE_OK
					      : STATE_INSUFFICIENT_DATA;
	}
}

static bool
holds(const char *text, const char *states)
{
	enum alarm_state of[8];
	struct rule_fault fault;
	const struct rule *rule = parse(text, &fault);

	ck_assert_msg(rule != NULL, "%s: %s", text, fault.text);
	states_of(rule, states, of);
	return rule_holds(rule, of);
}

/* All that was sent to CloudWatch and came back as an error, its own words. */
static const struct {
	const char *rule, *text, *advice;
} refusals[] = {{"true", "Unsupported token 'true' at char 0, " PART,
		    "; `true` must be TRUE"},
    {"True", "Unsupported token 'True' at char 0, " PART,
	"; `True` must be TRUE"},
    {"false", "Unsupported token 'false' at char 0, " PART,
	"; `false` must be FALSE"},
    {"not TRUE", "Unsupported token 'not' at char 0, " PART,
	"; `not` must be NOT"},
    {"TRUE and FALSE",
	"Unsupported token 'and' at char 5, must be: <EOF>, 'AND', "
	"'OR']",
	"; `and` must be AND"},
    {"TRUE or FALSE",
	"Unsupported token 'or' at char 5, must be: <EOF>, 'AND', "
	"'OR']",
	"; `or` must be OR"},
    {"!TRUE", "Unsupported token '!TRUE' at char 0, " PART,
	"; `!` must be NOT"},
    {"TRUE && FALSE",
	"Unsupported token '&&' at char 5, must be: <EOF>, 'AND', "
	"'OR']",
	"; `&&` must be AND"},
    {"alarm(a)", "Unsupported token 'alarm' at char 0, " PART,
	"; `alarm` must be ALARM"},
    {"Alarm(a)", "Unsupported token 'Alarm' at char 0, " PART,
	"; `Alarm` must be ALARM"},
    {"ALARM(an alarm with spaces)",
	"Unsupported token 'alarm' at char 9, must be: ')']",
	"; a name with spaces stands in double quotes"},
    {"UNKNOWN(a)", "Unsupported token 'UNKNOWN' at char 0, " PART, ""},
    {"TRUE FALSE", "Unsupported token 'FALSE' at char 5, must be: <EOF>]", ""},
    {"TRUE junk", "Unsupported token 'junk' at char 5, must be: <EOF>]", ""},
    {"AT_LEAST(0, ALARM, (a,b))",
	"AT_LEAST absolute threshold must be between 1 and number of "
	"alarms (2)]",
	""},
    {"AT_LEAST(3, ALARM, (a,b))",
	"AT_LEAST absolute threshold must be between 1 and number of "
	"alarms (2)]",
	""},
    {"AT_LEAST(-1, ALARM, (a,b))", "Unsupported token '-1' at char 9, " NUMBER,
	"; whole numbers only"},
    {"AT_LEAST(1.5, ALARM, (a,b))",
	"Unsupported token '1.5' at char 9, " NUMBER, "; whole numbers only"},
    {"AT_LEAST(0%, ALARM, (a,b))",
	"AT_LEAST percentage threshold must be between 1 and 100]", ""},
    {"AT_LEAST(101%, ALARM, (a,b))",
	"AT_LEAST percentage threshold must be between 1 and 100]", ""},
    {"AT_LEAST(50.5%, ALARM, (a,b))",
	"Unsupported token '50.5%' at char 9, " NUMBER, "; whole numbers only"},
    {"AT_LEAST(1, BOGUS, (a,b))",
	"Unsupported token 'BOGUS' at char 12, must be: 'NOT', ALARM, "
	"OK, or INSUFFICIENT_DATA]",
	""}};

START_TEST(captured_refusals)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		struct rule_fault fault;
		char whole[512];

		snprintf(whole, sizeof(whole), "Error in AlarmRule [%s%s",
		    refusals[i].text, refusals[i].advice);
		ck_assert_msg(parse(refusals[i].rule, &fault) == NULL, "%s",
		    refusals[i].rule);
		ck_assert_str_eq(fault.text, whole);
	}
}
END_TEST

START_TEST(faults_name_the_column)
{
	static const struct {
		const char *rule;
		unsigned column;
		const char *part; /* of the text */
	} rows[] = {{"", 1, "1 to 10240 characters"}, {"  ", 3, "'<EOF>'"},
	    {"ALARM", 6, "'<EOF>' at char 5, must be: '('"},
	    {"ALARM(", 7, "unquoted alarm name"},
	    {"ALARM()", 7, "Unsupported token ')' at char 6"},
	    {"ALARM(a", 8, "must be: ')'"},
	    {"ALARM(a,b)", 8, "Unsupported token ',' at char 7"},
	    {"ALARM(\"\")", 7, "an alarm's name is empty"},
	    {"ALARM(\"a)", 7, "the quote that opens here is not closed"},
	    {"ALARM(\"a\\\")", 7, "the quote that opens here is not closed"},
	    {"ALARM(\xc3\xa9) and OK(a)", 10, "at char 9"},
	    {"(TRUE", 6, "must be: ')', 'AND', 'OR'"},
	    {"(TRUE and FALSE)", 7, "`and` must be AND"},
	    {"TRUE)", 5, "Unsupported token ')'"}, {"NOT", 4, "'<EOF>'"},
	    {"AND TRUE", 1, "Unsupported token 'AND'"},
	    {"TRUE AND", 9, "'<EOF>'"}, {"TRUE OR OR TRUE", 9, "'OR'"},
	    {"\"TRUE\"", 1, "Unsupported token 'TRUE'"},
	    {"AT_LEAST(%, OK, (a))", 10, "NUMBER"},
	    {"AT_LEAST(50 %, OK, (a))", 13, "must be: ','"},
	    {"AT_LEAST(99999999999999999999, OK, (a))", 10, "alarms (1)"},
	    {"AT_LEAST(1, ok, (a))", 13, "`ok` must be OK"},
	    {"AT_LEAST(1, NOT NOT OK, (a))", 17, "Unsupported token 'NOT'"},
	    {"AT_LEAST(1, OK, a)", 17, "must be: '('"},
	    {"AT_LEAST(1, OK, ())", 18, "unquoted alarm name"},
	    {"AT_LEAST(1, OK, (a,))", 20, "unquoted alarm name"},
	    {"AT_LEAST(1, OK, (a b))", 20, "must be: ')'"},
	    {"at_least(1, OK, (a))", 1, "`at_least` must be AT_LEAST"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rule_fault fault;

		ck_assert_msg(
		    parse(rows[i].rule, &fault) == NULL, "%s", rows[i].rule);
		ck_assert_msg(fault.column == rows[i].column &&
			strstr(fault.text, rows[i].part) != NULL,
		    "%s: %u: %s", rows[i].rule, fault.column, fault.text);
	}
}
END_TEST

START_TEST(rules_hold)
{
	static const struct {
		const char *rule, *states; /* of a, b, c, … */
		bool holds;
	} rows[] = {{"TRUE", "", true}, {"FALSE", "", false},
	    {"NOT TRUE", "", false}, {"(NOT TRUE)", "", false},
	    {"NOT (NOT TRUE)", "", true}, {"NOT NOT FALSE", "", false},
	    {"NOT NOT NOT FALSE", "", true},
	    {"NOT (NOT (NOT TRUE))", "", false}, {"NOT(TRUE)", "", false},
	    {"ALARM(a)", "A", true}, {"ALARM(a)", "O", false},
	    {"ALARM(a)", "I", false}, {"OK(a)", "O", true},
	    {"OK(a)", "I", false}, {"INSUFFICIENT_DATA(a)", "I", true},
	    {"NOT OK(a)", "I", true}, {"ALARM ( a )", "A", true},
	    {"\tALARM(\n\"a\"\r)", "A", true},
	    {"ALARM(a)AND OK(b)", "AO", true},
	    /* AND binds tighter than OR, whichever comes first. */
	    {"TRUE OR FALSE AND FALSE", "", true},
	    {"(TRUE OR FALSE) AND FALSE", "", false},
	    {"FALSE AND FALSE OR TRUE", "", true},
	    {"ALARM(a) OR ALARM(b) AND ALARM(c)", "AOO", true},
	    {"ALARM(a) OR ALARM(b) AND ALARM(c)", "OAO", false},
	    {"ALARM(a) OR ALARM(b) AND ALARM(c)", "OAA", true},
	    /* NOT binds tighter than AND, and not through a group. */
	    {"NOT ALARM(a) AND ALARM(b)", "OA", true},
	    {"NOT (ALARM(a) AND ALARM(b))", "AA", false},
	    {"NOT (ALARM(a) AND ALARM(b))", "AO", true},
	    {"NOT (ALARM(a) OR ALARM(b)) OR OK(c)", "AAO", true},
	    {"AT_LEAST(1, ALARM, (a, b))", "OO", false},
	    {"AT_LEAST(1, ALARM, (a, b))", "OA", true},
	    {"AT_LEAST(2, ALARM, (a, b))", "OA", false},
	    {"AT_LEAST(50%, ALARM, (a,b))", "AO", true},
	    {"AT_LEAST(51%, ALARM, (a,b))", "AO", false},
	    {"AT_LEAST(1%, ALARM, (a,b,c))", "OOO", false},
	    {"AT_LEAST(1%, ALARM, (a,b,c))", "AOO", true},
	    {"AT_LEAST(100%, OK, (a,b,c))", "OOO", true},
	    {"AT_LEAST(100%, OK, (a,b,c))", "OOI", false},
	    {"AT_LEAST(50%, NOT ALARM, (a,b))", "AI", true},
	    {"AT_LEAST(50%, NOT ALARM, (a,b))", "AA", false},
	    {"NOT AT_LEAST(2, NOT OK, (a,b))", "OA", true},
	    {"AT_LEAST(007, OK, (a,a,a,a,a,a,a))", "O", true},
	    /* Captured states: 67 % of three is three, 66 % is two, and an
	     * alarm listed twice counts twice. */
	    {"AT_LEAST(2, ALARM, (\"a\",\"a\",\"b\"))", "AO", true},
	    {"AT_LEAST(67%, ALARM, (\"a\",\"a\",\"b\"))", "AO", false},
	    {"AT_LEAST(66%, ALARM, (\"a\",\"a\",\"b\"))", "AO", true},
	    {"AT_LEAST(2, ALARM, (\"a\",\"b\"))", "AO", false}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ck_assert_msg(
		    holds(rows[i].rule, rows[i].states) == rows[i].holds,
		    "%s with %s", rows[i].rule, rows[i].states);
}
END_TEST

START_TEST(names)
{
	static const struct {
		const char *rule, *name;
	} rows[] = {{"ALARM(x)", "x"}, {"ALARM(\"an alarm\")", "an alarm"},
	    {"ALARM(arn:aws:cloudwatch:us-east-1:123456789012:alarm:x)",
		"arn:aws:cloudwatch:us-east-1:123456789012:alarm:x"},
	    /* Captured: single quotes are a part of the name. */
	    {"ALARM('x')", "'x'"}, {"ALARM(\"a\\\"b\")", "a\"b"},
	    {"ALARM(\"a)b\")", "a)b"}, {"ALARM(\"a,b\")", "a,b"},
	    {"ALARM(\"a\\\\b\")", "a\\b"}, {"ALARM(\"a\\b\")", "a\\b"},
	    {"ALARM(ALARM)", "ALARM"}, {"OK(NOT)", "NOT"}, {"OK(\" \")", " "},
	    {"ALARM(a/b:c#d%e)", "a/b:c#d%e"},
	    {"AT_LEAST(1, OK, (50%))", "50%"},
	    {"ALARM(\xc3\xa9t\xc3\xa9)", "\xc3\xa9t\xc3\xa9"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rule_fault fault;
		const struct rule *rule = parse(rows[i].rule, &fault);

		ck_assert_msg(rule != NULL, "%s: %s", rows[i].rule, fault.text);
		ck_assert_uint_eq(rule->nchildren, 1);
		ck_assert_str_eq(rule->children[0].at, rows[i].name);
	}
}
END_TEST

START_TEST(children_stand_once_in_order)
{
	struct rule_fault fault;
	const struct rule *rule = parse(
	    "OK(b) AND (ALARM(a) OR AT_LEAST(1, OK, (c, b, \"a\")))", &fault);

	ck_assert_ptr_nonnull(rule);
	ck_assert_uint_eq(rule->nchildren, 3);
	ck_assert_str_eq(rule->children[0].at, "b");
	ck_assert_str_eq(rule->children[1].at, "a");
	ck_assert_str_eq(rule->children[2].at, "c");
	rule = parse("TRUE", &fault);
	ck_assert_ptr_nonnull(rule);
	ck_assert_uint_eq(rule->nchildren, 0);
	ck_assert(rule_holds(rule, NULL));
}
END_TEST

/* triggeringAlarms of captured composites that were created or updated, and
 * the same for the other operators. */
START_TEST(who_speaks_for_the_answer)
{
	static const struct {
		const char *rule;
		const char *states; /* of a, b, c */
		bool holds;
		const char *speak;
	} rows[] = {{"AT_LEAST(2, ALARM, (a,a,b))", "AO", true, "a"},
	    {"AT_LEAST(67%, ALARM, (a,a,b))", "AO", false, "b"},
	    {"AT_LEAST(66%, ALARM, (a,a,b))", "AO", true, "a"},
	    {"AT_LEAST(2, ALARM, (a,b))", "AO", false, "b"},
	    {"ALARM(a)", "O", false, "a"},
	    {"ALARM(a) OR ALARM(b)", "OA", true, "b"},
	    {"ALARM(a) OR ALARM(b)", "OO", false, "ab"}, {"TRUE", "", true, ""},
	    {"FALSE", "", false, ""},
	    {"ALARM(a) AND ALARM(b)", "AA", true, "ab"},
	    {"ALARM(a) AND ALARM(b)", "AO", false, "b"},
	    {"ALARM(a) AND NOT OK(b)", "AA", true, "ab"},
	    {"NOT (ALARM(a) AND ALARM(b))", "AO", true, "b"},
	    {"NOT AT_LEAST(2, NOT OK, (a,b,c))", "AOO", true, "bc"},
	    {"ALARM(a) AND FALSE", "A", false, ""},
	    {"OK(a) OR ALARM(b) AND ALARM(c)", "OAA", true, "abc"},
	    {"OK(a) OR ALARM(b) AND ALARM(c)", "OAO", true, "a"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rule_fault fault;
		const struct rule *rule = parse(rows[i].rule, &fault);
		bool speak[3] = {true, true, true};
		enum alarm_state states[3];
		char got[4] = "";

		ck_assert_msg(rule != NULL, "%s", fault.text);
		states_of(rule, rows[i].states, states);
		ck_assert(rule_speakers(rule, states, speak) == rows[i].holds);
		for (size_t j = 0; j < rule->nchildren; j++)
			if (speak[j])
				strncat(got, rule->children[j].at, 1);
		ck_assert_msg(strcmp(got, rows[i].speak) == 0, "%s: %s",
		    rows[i].rule, got);
	}
}
END_TEST

/* `count` times `item` with `joint` between; %d in an item is its number. */
static const char *
many(size_t count, const char *item, const char *joint)
{
	struct buf buf = {0};
	const char *text;

	for (size_t i = 0; i < count; i++) {
		const char *mark = strchr(item, '#');

		if (i > 0)
			buf_text(&buf, joint);
		if (mark == NULL)
			buf_text(&buf, item);
		else
			buf_printf(&buf, "%.*s%zu%s", (int)(mark - item), item,
			    i, mark + 1);
	}
	text = arena_text(&arena, buf_span(&buf));
	buf_fini(&buf);
	return text;
}

START_TEST(limits)
{
	struct rule_fault fault;
	const char *open, *close;

	ck_assert_ptr_nonnull(parse(many(100, "ALARM(x#)", " OR "), &fault));
	ck_assert_ptr_null(parse(many(101, "ALARM(x#)", " OR "), &fault));
	ck_assert_str_eq(
	    fault.text, "Error in AlarmRule: more than 100 different alarms");
	ck_assert_uint_eq(fault.column, 10 * (5 + 8) + 90 * (5 + 9) + 7);

	ck_assert_ptr_nonnull(parse(many(500, "OK(x)", " AND "), &fault));
	ck_assert_ptr_null(parse(many(501, "OK(x)", " AND "), &fault));
	ck_assert_ptr_nonnull(parse(many(500, "TRUE", " AND "), &fault));
	ck_assert_ptr_null(parse(many(501, "TRUE", " AND "), &fault));
	ck_assert_ptr_nonnull(parse(many(166, "(TRUE)", " OR "), &fault));
	ck_assert_ptr_null(parse(many(167, "(TRUE)", " OR "), &fault));
	ck_assert_ptr_nonnull(strstr(fault.text, "more than 500 elements"));

	open = many(LIMIT_RULE_DEPTH, "(NOT ", "");
	close = many(LIMIT_RULE_DEPTH, ")", "");
	ck_assert_ptr_nonnull(
	    parse(arena_printf(&arena, "%sTRUE%s", open, close), &fault));
	ck_assert_ptr_null(
	    parse(arena_printf(&arena, "%s(TRUE)%s", open, close), &fault));
	ck_assert_ptr_nonnull(strstr(fault.text, "nest more than 64 deep"));

	/* One list of as many as there may be. */
	ck_assert_ptr_nonnull(
	    parse(arena_printf(
		      &arena, "AT_LEAST(500, OK, (%s))", many(500, "x", ",")),
		&fault));
	ck_assert_ptr_null(parse(arena_printf(&arena, "AT_LEAST(500, OK, (%s))",
				     many(501, "x", ",")),
	    &fault));

	/* NOTs are no depth; characters are not bytes. */
	ck_assert_ptr_nonnull(parse(
	    arena_printf(&arena, "%sTRUE", many(2500, "NOT ", "")), &fault));
	ck_assert_ptr_nonnull(
	    parse(arena_printf(&arena, "OK(%s)", many(10236, "\xc3\xa9", "")),
		&fault));
	ck_assert_ptr_null(
	    parse(arena_printf(&arena, "OK(%s)", many(10237, "\xc3\xa9", "")),
		&fault));
	ck_assert_str_eq(
	    fault.text, "AlarmRule must have 1 to 10240 characters");
}
END_TEST

START_TEST(a_nul_is_no_end)
{
	struct rule_fault fault;

	ck_assert_ptr_null(
	    rule_parse(&arena, span_make("TRUE\0 junk", 10), &fault));
	ck_assert_ptr_null(rule_parse(&arena, span_make("\0", 1), &fault));
}
END_TEST

TEST_MAIN("rule", captured_refusals, faults_name_the_column, rules_hold, names,
    children_stand_once_in_order, who_speaks_for_the_answer, limits,
    a_nul_is_no_end)
