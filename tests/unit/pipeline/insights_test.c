#include "base/buf.h"
#include "base/limits.h"
#include "pipeline/window/insights.h"
#include "pipeline/window/insights_token.h"
#include "testing.h"

static void
print_label(struct buf *out, const struct insights_label *label)
{
	static const char kinds[] = {[LABEL_DIMENSION] = ' ',
	    [LABEL_ACCOUNT] = '@',
	    [LABEL_REGION] = '#'};

	buf_printf(out, "%c%.*s", kinds[label->kind], SPAN_ARGS(label->name));
}

/* What was understood, in one line. */
static void
print(struct buf *out, const struct insights *q)
{
	buf_printf(out, "%s %.*s of %.*s", insights_function(q->statistic),
	    SPAN_ARGS(q->metric), SPAN_ARGS(q->namespace));
	if (q->schema)
		buf_text(out, " schema");
	for (size_t i = 0; i < q->ndimensions; i++)
		buf_printf(out, " %.*s", SPAN_ARGS(q->dimensions[i]));
	for (size_t i = 0; i < q->nconditions; i++) {
		const struct insights_condition *c = &q->conditions[i];

		buf_text(out, i == 0 ? " where" : " and");
		print_label(out, &c->label);
		buf_text(out, c->equal ? "=" : "!=");
		if (c->own_account)
			buf_text(out, "own");
		else
			buf_printf(out, "<%.*s>", SPAN_ARGS(c->value));
	}
	for (size_t i = 0; i < q->ngroup_by; i++) {
		buf_text(out, i == 0 ? " by" : ",");
		print_label(out, &q->group_by[i]);
	}
	if (q->ordered)
		buf_printf(out, " order %s%s", insights_function(q->order_by),
		    q->descending ? " desc" : "");
	if (q->limit > 0)
		buf_printf(out, " limit %d", (int)q->limit);
}

static const struct {
	const char *text, *meant;
} good[] = {
    {"SELECT AVG(CPUUtilization) FROM \"AWS/EC2\"",
	"AVG CPUUtilization of AWS/EC2"},
    {"SELECT SUM(Hits) FROM MyApp", "SUM Hits of MyApp"},
    {" \n\tselect max ( Load )\r\n from x ", "MAX Load of x"},
    {"SELECT MIN(Load) FROM \"a\"WHERE T='1'AND U!='2'GROUP BY T",
	"MIN Load of a where T=<1> and U!=<2> by T"},
    {"SELECT COUNT(CallCount) FROM SCHEMA(\"AWS/Usage\", Class, Resource, "
     "Service, Type) WHERE Type = 'API' AND Service = 'CloudWatch' GROUP BY "
     "Service, Resource ORDER BY COUNT() DESC LIMIT 20",
	"COUNT CallCount of AWS/Usage schema Class Resource Service Type where "
	"Type=<API> and Service=<CloudWatch> by Service, Resource order COUNT "
	"desc limit 20"},
    {"SELECT AVG(m) FROM SCHEMA(\"AWS/EC2\")", "AVG m of AWS/EC2 schema"},
    {"SELECT AVG(m) FROM schema(\"n\", b, a, b, \"c d\")",
	"AVG m of n schema a b c d"},
    {"SELECT AVG(m) FROM \"schema\"", "AVG m of schema"},
    {"SELECT SUM(\"PutRecords.Bytes\") FROM n", "SUM PutRecords.Bytes of n"},
    {"SELECT SUM(4XXError) FROM n", "SUM 4XXError of n"},
    {"SELECT SUM(\"LIMIT\") FROM \"FROM\" GROUP BY \"Zone\"",
	"SUM LIMIT of FROM by Zone"},
    {"SELECT AVG(Load) FROM n GROUP BY Role, State, Operation",
	"AVG Load of n by Role, State, Operation"},
    {"SELECT AVG(\"Bytes\\\"Input\\\"\") FROM n", "AVG Bytes\"Input\" of n"},
    {"SELECT AVG(\"it\\'s\") FROM n", "AVG it's of n"},
    {"SELECT AVG(m) FROM n WHERE \"fleet.name\" = 'O\\'Reilly\\blue'",
	"AVG m of n where fleet.name=<O'Reilly\\blue>"},
    {"SELECT AVG(m) FROM n WHERE T = 'a\\\\b' AND U = 'say \"x\"'",
	"AVG m of n where T=<a\\\\b> and U=<say \"x\">"},
    {"SELECT AVG(m) FROM n WHERE T = ''", "AVG m of n where T=<>"},
    {"SELECT AVG(m) FROM n WHERE AWS.AccountId = '444455556666'",
	"AVG m of n where@AWS.AccountId=<444455556666>"},
    {"SELECT AVG(m) FROM n WHERE AWS.AccountId=444455556666 AND T='1'",
	"AVG m of n where@AWS.AccountId=<444455556666> and T=<1>"},
    {"SELECT AVG(m) FROM n WHERE AWS.AccountId = current_account_id ( )",
	"AVG m of n where@AWS.AccountId=own"},
    {"SELECT AVG(m) FROM n WHERE Owner != CURRENT_ACCOUNT_ID()",
	"AVG m of n where Owner!=own"},
    {"SELECT AVG(m) FROM n WHERE AWS.Region != 'us-east-1' GROUP BY "
     "AWS.Region, AWS.AccountId, AWS.Region, T, T",
	"AVG m of n where#AWS.Region!=<us-east-1> by#AWS.Region,@AWS.AccountId,"
	" T"},
    {"SELECT AVG(m) FROM n ORDER BY MIN() ASC", "AVG m of n order MIN"},
    {"SELECT AVG(m) FROM n ORDER BY SUM() LIMIT 501",
	"AVG m of n order SUM limit 501"},
    {"SELECT AVG(m) FROM n LIMIT 100000", "AVG m of n limit 100000"},
    {"SELECT AVG(\"größe\") FROM \"Ämter\" WHERE T = 'ü'",
	"AVG größe of Ämter where T=<ü>"},
};

START_TEST(reads_the_grammar)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct span text = span_text(good[i].text);
		const struct insights *query;
		struct insights_fault fault;
		struct buf meant = {0};
		struct arena arena;

		arena_init(&arena);
		ck_assert_msg(
		    insights_is_query(text), "no query: %s", good[i].text);
		query = insights_parse(&arena, text, &fault);
		ck_assert_msg(query != NULL, "%s: column %u: %s", good[i].text,
		    fault.column, fault.text);
		print(&meant, query);
		ck_assert_str_eq(buf_cstr(&meant), good[i].meant);
		buf_fini(&meant);
		arena_fini(&arena);
	}
}
END_TEST

#define A "SELECT AVG(m) FROM n "

static const struct {
	const char *text;
	unsigned column;
	const char *says; /* a part of it */
} faulty[] = {
    {"SELECT", 7, "expected AVG, COUNT, MAX, MIN or SUM, found the end"},
    {"SELECT MEDIAN(m) FROM n", 8, "found MEDIAN"},
    {"SELECT * FROM n", 8, "expected AVG, COUNT, MAX, MIN or SUM, found *"},
    {"SELECT COUNT(*) FROM n", 14, "a metric name"},
    {"SELECT AVG m FROM n", 12, "expected (, found m"},
    {"SELECT AVG() FROM n", 12, "expected a metric name, found )"},
    {"SELECT AVG(\"\") FROM n", 12, "expected a metric name, found \"\""},
    {"SELECT AVG('m') FROM n", 12, "names go in double quotes"},
    {"SELECT AVG(Put.Bytes) FROM n", 12, "double quotes: \"Put.Bytes\""},
    {"SELECT AVG(größe) FROM n", 12, "double quotes: \"größe\""},
    {"SELECT AVG(LIMIT) FROM n", 12, "the reserved word LIMIT"},
    {"SELECT AVG(m FROM n", 14, "expected ), found FROM"},
    {"SELECT AVG(m), SUM(m) FROM n", 14, "one function of one metric"},
    {"SELECT AVG(m) AS x FROM n", 15, "Label beside the expression"},
    {"SELECT AVG(m)", 14, "expected FROM, found the end"},
    {"SELECT AVG(m) FROM AWS/EC2", 20, "double quotes: \"AWS/EC2\""},
    {"SELECT AVG(m) FROM 'AWS/EC2'", 20, "single quotes are for values"},
    {"SELECT AVG(m) FROM", 19, "expected a namespace, found the end"},
    {"SELECT AVG(m) FROM SCHEMA", 26, "expected (, found the end"},
    {"SELECT AVG(m) FROM SCHEMA()", 27, "expected a namespace, found )"},
    {"SELECT AVG(m) FROM SCHEMA(n", 28, "expected , or ), found the end"},
    {"SELECT AVG(m) FROM SCHEMA(n,)", 29, "a dimension name"},
    {"SELECT AVG(m) FROM SCHEMA(n, Zone)", 30, "the reserved word Zone"},
    {"SELECT AVG(m) FROM SCHEMA(n, AWS.Region)", 30, "belongs in WHERE"},
    {A "nonsense", 22, "expected WHERE, GROUP BY, ORDER BY, LIMIT or the end"},
    {A ";", 22, "a query ends without it"},
    {A "WHERE", 27, "a dimension name, found the end"},
    {A "WHERE T", 29, "expected = or !=, found the end"},
    {A "WHERE T > 'A'", 30, "found >: = and != are the only comparisons"},
    {A "WHERE T <> 'A'", 30, "found <>: = and != are"},
    {A "WHERE T == 'A'", 31, "a value in single quotes, found ="},
    {A "WHERE T IN ('A')", 30, "found IN: = and !="},
    {A "WHERE T like 'A%'", 30, "found like: = and !="},
    {A "WHERE T IS NULL", 30, "found IS: = and !="},
    {A "WHERE NOT T = 'A'", 28, "the reserved word NOT"},
    {A "WHERE (T = 'A')", 28, "parentheses stand only behind"},
    {A "WHERE T = A", 32, "values go in single quotes: 'A'"},
    {A "WHERE T = \"A\"", 32, "values go in single quotes: 'A'"},
    {A "WHERE T = 444455556666", 32, "values go in single quotes"},
    {A "WHERE AWS.AccountId = 000000000001", 44, "in single quotes: '0000"},
    {A "WHERE AWS.AccountId = 4444", 44, "in single quotes: '4444'"},
    {A "WHERE AWS.AccountId = CURRENT_ACCOUNT_ID", 62, "expected ("},
    {A "WHERE T = 'O''Reilly'", 35, "AND, GROUP BY, ORDER BY, LIMIT or"},
    {A "WHERE T = 'open", 32, "the quote ' is never closed"},
    {A "WHERE T = 'open\\'", 32, "the quote ' is never closed"},
    {A "WHERE \"T = 'A'", 28, "the quote \" is never closed"},
    {A "WHERE T = 'A' OR U = 'B'", 36, "AND is the only word that joins"},
    {A "WHERE T = 'ü' AND U", 41, "expected = or !=, found the end"},
    {A "WHERE tag.env = 'p'", 28, "a metric stream carries no tags"},
    {A "GROUP BY T, TAG.\"env\"", 34, "a metric stream carries no tags"},
    {A "WHERE aws.region = 'x'", 28, "AWS.AccountId and AWS.Region"},
    {A "WHERE AWS.Partition = 'x'", 28, "AWS.AccountId and AWS.Region"},
    {A "GROUP BY \"AWS.Region\"", 31, "AWS.Region is written without"},
    {A "GROUP BY fleet.name", 31, "double quotes: \"fleet.name\""},
    {A "GROUP T", 28, "expected BY, found T"},
    {A "GROUP BY", 30, "a dimension name, found the end"},
    {A "GROUP BY T,", 33, "a dimension name, found the end"},
    {A "GROUP BY T HAVING AVG() > 1", 33, "the alarm's threshold"},
    {A "GROUP BY T WHERE U = 'x'", 33, "the order is FROM, WHERE, GROUP"},
    {A "ORDER BY MEDIAN()", 31, "found MEDIAN"},
    {A "ORDER BY MAX(m)", 35, "ORDER BY takes nothing: MAX()"},
    {A "ORDER BY MAX", 34, "expected (, found the end"},
    {A "ORDER BY MAX() DESC ASC", 42, "expected LIMIT or the end"},
    {A "LIMIT 0", 28, "from 1 to 100000, found 0"},
    {A "LIMIT -1", 28, "from 1 to 100000, found -1"},
    {A "LIMIT 1.5", 28, "from 1 to 100000, found 1.5"},
    {A "LIMIT 100001", 28, "from 1 to 100000, found 100001"},
    {A "LIMIT 99999999999999999999", 28, "from 1 to 100000"},
    {A "LIMIT '5'", 28, "from 1 to 100000, found '5'"},
    {A "LIMIT", 27, "found the end"},
    {A "LIMIT 5 ORDER BY MAX()", 30, "the order is FROM"},
    {A "LIMIT 5 LIMIT 6", 30, "expected the end, found LIMIT"},
    {A "\nWHERE T\n> 'A'", 31, "found >"},
};

START_TEST(says_what_is_wrong_and_where)
{
	for (size_t i = 0; i < sizeof(faulty) / sizeof(*faulty); i++) {
		struct span text = span_text(faulty[i].text);
		struct insights_fault fault;
		struct arena arena;

		arena_init(&arena);
		ck_assert(insights_is_query(text));
		ck_assert_msg(insights_parse(&arena, text, &fault) == NULL,
		    "taken: %s", faulty[i].text);
		ck_assert_msg(fault.column == faulty[i].column,
		    "%s: column %u, not %u: %s", faulty[i].text, fault.column,
		    faulty[i].column, fault.text);
		ck_assert_msg(strstr(fault.text, faulty[i].says) != NULL,
		    "%s: %s", faulty[i].text, fault.text);
		arena_fini(&arena);
	}
}
END_TEST

/* Samples of what was measured, and of where byte order is tricky. */
START_TEST(reserves_what_cloudwatch_refuses)
{
	static const char *const reserved[] = {"ABS", "array", "Array_Agg",
	    "CHAR_LENGTH", "CHARACTER", "CHARACTER_LENGTH",
	    "CURRENT_TRANSFORM_GROUP_FOR_TYPE", "key", "Log10", "ROWS",
	    "ROW_NUMBER", "SQL", "Time", "Value", "XMLNAMESPACES", "YEAR",
	    "zone"};
	static const char *const taken[] = {"ABORT", "Load", "Role", "State",
	    "Operation", "Resource", "Type", "Path", "Source", "Request",
	    "Zones", "ZONEX", "A", "ABSOLUTELY", "END_", "_"};

	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++)
		ck_assert_msg(insights_word_reserved(span_text(reserved[i])),
		    "%s", reserved[i]);
	for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++)
		ck_assert_msg(!insights_word_reserved(span_text(taken[i])),
		    "%s", taken[i]);
}
END_TEST

START_TEST(shows_a_long_text_shortened_between_characters)
{
	struct insights_fault fault;
	struct arena arena;

	arena_init(&arena);
	ck_assert_ptr_null(insights_parse(&arena,
	    SPAN_OF("SELECT xüüüüüüüüüüüüüüüüüüüüüüüüü(m) FROM n"), &fault));
	ck_assert_ptr_nonnull(
	    strstr(fault.text, "found xüüüüüüüüüüüüüüüüüüü…"));
	arena_fini(&arena);
}
END_TEST

START_TEST(limits_the_length)
{
	char text[LIMIT_EXPRESSION + 2];
	struct insights_fault fault;
	struct arena arena;

	memset(text, ' ', sizeof(text));
	memcpy(text, A, strlen(A));
	arena_init(&arena);
	ck_assert_ptr_nonnull(
	    insights_parse(&arena, span_make(text, LIMIT_EXPRESSION), &fault));
	ck_assert_ptr_null(insights_parse(
	    &arena, span_make(text, LIMIT_EXPRESSION + 1), &fault));
	ck_assert_ptr_nonnull(strstr(fault.text, "at most 2048 bytes"));
	arena_fini(&arena);
}
END_TEST

START_TEST(borrows_nothing_of_the_text)
{
	char text[] = "SELECT AVG(m) FROM \"n\" WHERE T = 'v' GROUP BY D";
	struct insights_fault fault;
	const struct insights *query;
	struct buf meant = {0};
	struct arena arena;

	arena_init(&arena);
	query = insights_parse(&arena, span_text(text), &fault);
	memset(text, 'x', sizeof(text));
	print(&meant, query);
	ck_assert_str_eq(buf_cstr(&meant), "AVG m of n where T=<v> by D");
	buf_fini(&meant);
	arena_fini(&arena);
}
END_TEST

START_TEST(tells_a_query_from_math)
{
	ck_assert(insights_is_query(SPAN_OF("SELECT")));
	ck_assert(insights_is_query(SPAN_OF(" \nSelect\tAVG(m)")));
	ck_assert(!insights_is_query(SPAN_OF("")));
	ck_assert(!insights_is_query(SPAN_OF("selected + 1")));
	ck_assert(!insights_is_query(SPAN_OF("select1 * 2")));
	ck_assert(!insights_is_query(SPAN_OF("(SELECT AVG(m) FROM n) * 2")));
	ck_assert(!insights_is_query(SPAN_OF("SUM(METRICS())")));
	ck_assert(!insights_is_query(SPAN_OF("SELEC")));
}
END_TEST

TEST_MAIN("insights", reads_the_grammar, says_what_is_wrong_and_where,
    reserves_what_cloudwatch_refuses,
    shows_a_long_text_shortened_between_characters, limits_the_length,
    borrows_nothing_of_the_text, tells_a_query_from_math)
