/*
 * Which series a query takes, how it groups them, and what comes out: among
 * others the answers that CloudWatch itself gave for a set of published
 * samples.
 */
#include <math.h>

#include "base/buf.h"
#include "pipeline/window/group.h"
#include "testing.h"

#define DIMENSIONS 3

/* A series of the tables below; dimensions end at the first without a name. */
struct row {
	const char *account, *region, *namespace, *metric;
	struct dimension dimensions[DIMENSIONS];
	struct pane panes[DIMENSIONS]; /* those with a count */
};

#define D(name, value)                                                         \
	{                                                                      \
		SPAN_OF(name), SPAN_OF(value)                                  \
	}

static struct series_key
key_of(const struct row *row)
{
	struct series_key key = {span_text(row->account),
	    span_text(row->region), span_text(row->namespace),
	    span_text(row->metric), SPAN_OF("None"), row->dimensions, 0};

	while (key.ndimensions < DIMENSIONS &&
	    row->dimensions[key.ndimensions].name.len > 0)
		key.ndimensions++;
	return key;
}

static const struct insights *
parsed(struct arena *arena, const char *text)
{
	struct insights_fault fault;
	const struct insights *query =
	    insights_parse(arena, span_text(text), &fault);

	ck_assert_msg(
	    query != NULL, "%s: column %u: %s", text, fault.column, fault.text);
	return query;
}

static const struct row cpu[] = {
    {"1", "eu-west-1", "AWS/EC2", "CPU", {{{0}, {0}}}, {{0}}},
    {"1", "us-east-1", "AWS/EC2", "CPU", {D("InstanceId", "i-1")}, {{0}}},
    {"2", "us-east-1", "AWS/EC2", "CPU", {D("InstanceId", "i-2")}, {{0}}},
    {"1", "us-east-1", "AWS/EC2", "CPU", {D("Instance", "i-1")}, {{0}}},
    {"1", "us-east-1", "AWS/EC2", "CPU",
	{D("AutoScalingGroupName", "g"), D("InstanceId", "i-1")}, {{0}}},
    {"1", "us-east-1", "AWS/EC2", "cpu", {D("InstanceId", "i-1")}, {{0}}},
    {"1", "us-east-1", "aws/ec2", "CPU", {D("InstanceId", "i-1")}, {{0}}},
};
#define CPU (sizeof(cpu) / sizeof(*cpu))

static const struct {
	const char *text, *account;
	const char *takes; /* by row: 1 or 0 */
} matching[] = {
    /* Any dimensions, none too; cases count. */
    {"SELECT AVG(CPU) FROM \"AWS/EC2\"", "1", "1111100"},
    /* SCHEMA: exactly these, in any order. */
    {"SELECT AVG(CPU) FROM SCHEMA(\"AWS/EC2\")", "1", "1000000"},
    {"SELECT AVG(CPU) FROM SCHEMA(\"AWS/EC2\", InstanceId)", "1", "0110000"},
    {"SELECT AVG(CPU) FROM SCHEMA(\"AWS/EC2\", InstanceId, "
     "AutoScalingGroupName)",
	"1", "0000100"},
    {"SELECT AVG(CPU) FROM SCHEMA(\"AWS/EC2\", InstanceId, InstanceId)", "1",
	"0110000"},
    {"SELECT AVG(CPU) FROM SCHEMA(\"AWS/EC2\", instanceid)", "1", "0000000"},
    /* A dimension that is not there equals nothing and differs from all. */
    {"SELECT AVG(CPU) FROM \"AWS/EC2\" WHERE InstanceId = 'i-1'", "1",
	"0100100"},
    {"SELECT AVG(CPU) FROM \"AWS/EC2\" WHERE InstanceId != 'i-1'", "1",
	"1011000"},
    {"SELECT AVG(CPU) FROM \"AWS/EC2\" WHERE InstanceId = ''", "1", "0000000"},
    {"SELECT AVG(CPU) FROM \"AWS/EC2\" WHERE Missing = 'x'", "1", "0000000"},
    {"SELECT AVG(CPU) FROM \"AWS/EC2\" WHERE Missing != 'x'", "1", "1111100"},
    {"SELECT AVG(CPU) FROM \"AWS/EC2\" WHERE InstanceId = 'i-1' AND "
     "AutoScalingGroupName != 'g'",
	"1", "0100000"},
    {"SELECT AVG(CPU) FROM \"AWS/EC2\" WHERE InstanceId = 'I-1'", "1",
	"0000000"},
    /* Account and Region. */
    {"SELECT AVG(CPU) FROM \"AWS/EC2\" WHERE AWS.AccountId = '2'", "1",
	"0010000"},
    {"SELECT AVG(CPU) FROM \"AWS/EC2\" WHERE AWS.AccountId = "
     "CURRENT_ACCOUNT_ID()",
	"2", "0010000"},
    {"SELECT AVG(CPU) FROM \"AWS/EC2\" WHERE AWS.AccountId != "
     "CURRENT_ACCOUNT_ID()",
	"2", "1101100"},
    {"SELECT AVG(CPU) FROM \"AWS/EC2\" WHERE AWS.AccountId = "
     "CURRENT_ACCOUNT_ID()",
	"", "1111100"},
    {"SELECT AVG(CPU) FROM \"AWS/EC2\" WHERE InstanceId = "
     "CURRENT_ACCOUNT_ID()",
	"i-2", "0010000"},
    {"SELECT AVG(CPU) FROM \"AWS/EC2\" WHERE AWS.Region = 'eu-west-1'", "1",
	"1000000"},
    {"SELECT AVG(CPU) FROM \"AWS/EC2\" WHERE AWS.Region != 'eu-west-1'", "1",
	"0111100"},
};

START_TEST(takes_what_matches)
{
	for (size_t i = 0; i < sizeof(matching) / sizeof(*matching); i++) {
		char takes[CPU + 1] = {0};
		const struct insights *query;
		struct arena arena;

		arena_init(&arena);
		query = parsed(&arena, matching[i].text);
		for (size_t k = 0; k < CPU; k++) {
			struct series_key key = key_of(&cpu[k]);

			takes[k] = insights_matches(query, &key,
				       span_text(matching[i].account))
			    ? '1'
			    : '0';
		}
		ck_assert_msg(strcmp(takes, matching[i].takes) == 0,
		    "%s: %s, not %s", matching[i].text, takes,
		    matching[i].takes);
		arena_fini(&arena);
	}
}
END_TEST

#define LOAD "a", "r", "ns", "Load"

/* Published to CloudWatch; minutes 1, 2 and 3. */
static const struct row published[] = {
    {LOAD, {{{0}, {0}}}, {{1, 100, 1, 100, 100}, {3, 200, 1, 200, 200}}},
    {LOAD, {D("Team", "A")}, {{1, 14, 4, 2, 8}, {2, 6, 1, 6, 6}}},
    {LOAD, {D("Team", "B")}, {{1, 20, 1, 20, 20}, {3, 80, 2, 40, 40}}},
    {LOAD, {D("Team", "A"), D("Zone", "west")},
	{{1, 100, 2, 50, 50}, {2, 10, 1, 10, 10}}},
    {LOAD, {D("Team", "A"), D("Zone", "east")}, {{2, 90, 3, 30, 30}}},
    {LOAD, {D("Zone", "west")}, {{1, 70, 1, 70, 70}}},
    {"a", "r", "ns", "Bytes\"Input\"", {D("fleet.name", "O'Reilly\\blue")},
	{{1, 26, 2, 13, 13}}},
    {"a", "r", "ns", "LIMIT", {D("Team", "Case")}, {{1, 17, 1, 17, 17}}},
};

/* What CloudWatch answered: groups in its order, datapoints by minute. */
static const struct {
	const char *text, *answer;
} answers[] = {
    {"SELECT AVG(Load) FROM ns", "[33.7778 21.2 93.3333]"},
    {"SELECT COUNT(Load) FROM ns", "[9 5 3]"},
    {"SELECT MIN(Load) FROM ns", "[2 6 40]"},
    {"SELECT MAX(Load) FROM ns", "[100 30 200]"},
    {"SELECT SUM(Load) FROM ns", "[304 106 280]"},
    {"SELECT SUM(Load) FROM SCHEMA(ns, Team, \"Zone\")", "[100 100 -]"},
    {"SELECT SUM(Load) FROM SCHEMA(ns, \"Zone\", Team)", "[100 100 -]"},
    {"SELECT AVG(Load) FROM SCHEMA(ns, Team, Team)", "[6.8 6 40]"},
    {"SELECT AVG(Load) FROM SCHEMA(ns, \"Zone\")", "[70 - -]"},
    {"SELECT AVG(Load) FROM ns WHERE \"Zone\" = 'west'", "[56.6667 10 -]"},
    {"SELECT AVG(Load) FROM ns WHERE Team = 'A' AND \"Zone\" = 'west'",
	"[50 10 -]"},
    {"SELECT AVG(load) FROM ns", "[- - -]"},
    {"SELECT SUM(\"Bytes\\\"Input\\\"\") FROM ns WHERE \"fleet.name\" = "
     "'O\\'Reilly\\blue'",
	"[26 - -]"},
    {"SELECT SUM(\"Bytes\\\"Input\\\"\") FROM ns WHERE \"fleet.name\" = "
     "'O\\'Reilly\\\\blue'",
	"[- - -]"},
    {"SELECT SUM(\"Bytes\\\"Input\\\"\") FROM ns GROUP BY \"fleet.name\"",
	"O'Reilly\\blue[26 - -]"},
    {"SELECT AVG(\"LIMIT\") FROM ns", "[17 - -]"},
    {"SELECT AVG(Load) FROM ns GROUP BY Team",
	"A[19 21.2 -] B[20 - 40] Other[85 - 200]"},
    {"SELECT AVG(Load) FROM ns GROUP BY \"Zone\"",
	"east[- 30 -] west[56.6667 10 -] Other[22.3333 6 93.3333]"},
    {"SELECT AVG(Load) FROM ns GROUP BY Team, \"Zone\"",
	"A,east[- 30 -] A,west[50 10 -] A,Other[3.5 6 -] B,Other[20 - 40] "
	"Other,west[70 - -] Other,Other[100 - 200]"},
    {"SELECT AVG(Load) FROM ns GROUP BY \"Zone\", Team",
	"east,A[- 30 -] west,A[50 10 -] west,Other[70 - -] Other,A[3.5 6 -] "
	"Other,B[20 - 40] Other,Other[100 - 200]"},
    {"SELECT AVG(Load) FROM ns GROUP BY Missing",
	"Other[33.7778 21.2 93.3333]"},
    {"SELECT AVG(Load) FROM ns WHERE Team = 'none' GROUP BY Team", ""},
    {"SELECT AVG(Absent) FROM ns GROUP BY Team", ""},
    {"SELECT AVG(Load) FROM ns GROUP BY AWS.AccountId, AWS.Region",
	"a,r[33.7778 21.2 93.3333]"},
};

static double
datapoint(const struct insights *query, const struct pane *pane)
{
	switch (query->statistic) {
	case STATISTIC_AVERAGE:
		return pane->sum / pane->count;
	case STATISTIC_SUM:
		return pane->sum;
	case STATISTIC_MINIMUM:
		return pane->min;
	case STATISTIC_MAXIMUM:
		return pane->max;
	default:
		return pane->count;
	}
}

static void
print_group(struct buf *out, const struct insights *query,
    const struct group *group, struct arena *arena)
{
	struct dimension *labels;

	insights_labels(query, group, arena, &labels);
	for (size_t i = 0; i < query->ngroup_by; i++) {
		ck_assert(span_equal(labels[i].name, query->group_by[i].name));
		buf_printf(out, "%s%.*s", i == 0 ? "" : ",",
		    SPAN_ARGS(labels[i].value));
	}
	for (int64_t i = 1; i <= 3; i++) {
		const struct pane *pane = panes_get(&group->panes, i);

		buf_text(out, i == 1 ? "[" : " ");
		if (pane == NULL)
			buf_text(out, "-");
		else
			buf_printf(out, "%.6g", datapoint(query, pane));
	}
	buf_text(out, "]");
}

static void
fill(struct series_table *table)
{
	for (size_t i = 0; i < sizeof(published) / sizeof(*published); i++) {
		struct series_key key = key_of(&published[i]);
		bool is_new;
		struct series *series = series_intern(table, &key, &is_new);

		for (size_t k = 0; k < DIMENSIONS; k++)
			if (published[i].panes[k].count > 0)
				panes_put(&series_history(series)->panes,
				    &published[i].panes[k], NULL, 0);
	}
}

START_TEST(answers_as_cloudwatch_did)
{
	struct series_table table;

	series_table_init(&table);
	fill(&table);
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		const struct insights *query;
		struct buf answer = {0};
		struct groups groups;
		struct arena arena;

		arena_init(&arena);
		query = parsed(&arena, answers[i].text);
		groups_init(&groups, query);
		for (size_t k = 0; k < table.count; k++)
			if (insights_matches(query,
				series_key(
				    table.at[k], &(struct series_name){0}),
				SPAN_OF("a")))
				groups_bind(&groups, table.at[k], 0);
		for (size_t k = 0; k < groups.count; k++) {
			buf_text(&answer, k == 0 ? "" : " ");
			print_group(
			    &answer, query, groups_sorted(&groups)[k], &arena);
		}
		ck_assert_msg(strcmp(buf_cstr(&answer), answers[i].answer) == 0,
		    "%s: %s, not %s", answers[i].text, buf_cstr(&answer),
		    answers[i].answer);
		groups_fini(&groups);
		buf_fini(&answer);
		arena_fini(&arena);
	}
	series_table_fini(&table);
}
END_TEST

START_TEST(ranks_by_datapoints)
{
	static const double some[] = {4, NAN, 1, 7}, none[] = {NAN, NAN};
	static const struct {
		const char *text;
		double some;
	} rows[] = {
	    {"SELECT SUM(m) FROM n ORDER BY AVG()", 4},
	    {"SELECT SUM(m) FROM n ORDER BY COUNT()", 3},
	    {"SELECT SUM(m) FROM n ORDER BY MIN()", 1},
	    {"SELECT SUM(m) FROM n ORDER BY MAX()", 7},
	    {"SELECT SUM(m) FROM n ORDER BY SUM()", 12},
	};
	struct arena arena;

	arena_init(&arena);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct insights *query = parsed(&arena, rows[i].text);

		ck_assert(insights_rank(query, some, 4) == rows[i].some);
		if (query->order_by == STATISTIC_SAMPLE_COUNT)
			ck_assert(insights_rank(query, none, 2) == 0);
		else
			ck_assert(isnan(insights_rank(query, none, 2)));
	}
	arena_fini(&arena);
}
END_TEST

TEST_MAIN("insights_match", takes_what_matches, answers_as_cloudwatch_did,
    ranks_by_datapoints)
