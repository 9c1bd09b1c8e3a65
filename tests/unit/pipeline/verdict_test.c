/* The two tables of the CloudWatch User Guide, every cell for every prior
 * state, and the prose beside them. */
#include "pipeline/alarm/verdict.h"
#include "testing.h"

#define KEEP (-1)

enum { I = STATE_INSUFFICIENT_DATA, O = STATE_OK, A = STATE_ALARM };

struct row {
	int64_t n, m;
	const char *points; /* oldest first: 0 good, X breaching, - missing,
			       u before anybody was there to see */
	int expected[4];    /* missing, ignore, breaching, notBreaching */
};

static const struct row table_rows[] = {
    /* M = 3, N = 3 */
    {3, 3, "0-X-X", {O, O, O, O}},
    {3, 3, "0----", {O, O, O, O}},
    {3, 3, "-----", {I, KEEP, A, O}},
    {3, 3, "0XX-X", {A, A, A, A}},
    {3, 3, "--X--", {A, KEEP, A, O}},
    /* M = 2, N = 3 */
    {3, 2, "0-X-X", {A, A, A, A}},
    {3, 2, "00X0X", {A, A, A, A}},
    {3, 2, "0-X--", {O, O, A, O}},
    {3, 2, "----0", {O, O, A, O}},
    {3, 2, "---X-", {A, KEEP, A, O}},
};

static const struct row prose_rows[] = {
    /* Not at once for a breach that is younger than M periods. */
    {3, 3, "----X", {I, KEEP, A, O}},
    {3, 3, "---X-", {I, KEEP, A, O}},
    {3, 3, "X----", {A, KEEP, A, O}},
    /* The next point is good: no false alarm. */
    {3, 3, "---X0", {O, O, O, O}},
    {3, 3, "--X-0", {O, O, O, O}},
    {1, 1, "--0", {O, O, O, O}},
    {1, 1, "--X", {A, A, A, A}},
    /* More than N real points: the newest N decide. */
    {3, 3, "0XXX-", {A, A, A, A}},
    {3, 3, "XXX00", {O, O, O, O}},
    /* Captured, Period 10: range of nine, a breach eight slots old rings. */
    {3, 2, "-X-------", {A, KEEP, A, O}},
    /* Unknown is not missing: nothing rings for it. */
    {3, 3, "uuuuu", {I, KEEP, KEEP, O}},
    {3, 3, "uuu0-", {O, O, O, O}},
    {3, 3, "uu---", {I, KEEP, A, O}},
    {3, 2, "uuuuX", {I, KEEP, KEEP, O}},
};

static void
check_row(const struct row *row)
{
	size_t range = strlen(row->points);

	for (int mode = 0; mode < 4; mode++) {
		struct alarm alarm = {.evaluation_periods = row->n,
		    .datapoints_to_alarm = row->m,
		    .missing = (enum alarm_missing)mode};
		struct slot slots[16] = {{0}};

		for (size_t i = 0; i < range; i++) {
			char point = row->points[range - 1 - i];

			slots[i].real = point == '0' || point == 'X';
			slots[i].bad = point == 'X';
			slots[i].unknown = point == 'u';
		}
		for (int prior = I; prior <= A; prior++) {
			enum alarm_state state = (enum alarm_state)prior;
			bool given =
			    verdict_decide(&alarm, slots, range, &state);
			int got = given ? (int)state : prior;
			int want = row->expected[mode] == KEEP
			    ? prior
			    : row->expected[mode];

			ck_assert_msg(got == want,
			    "%s M=%d %s from %s: %s, not %s", row->points,
			    (int)row->m, alarm_missing_names[mode],
			    alarm_state_names[prior], alarm_state_names[got],
			    alarm_state_names[want]);
		}
	}
}

START_TEST(missing_data_tables)
{
	for (size_t i = 0; i < sizeof(table_rows) / sizeof(*table_rows); i++)
		check_row(&table_rows[i]);
}
END_TEST

START_TEST(prose_beside_the_tables)
{
	for (size_t i = 0; i < sizeof(prose_rows) / sizeof(*prose_rows); i++)
		check_row(&prose_rows[i]);
}
END_TEST

START_TEST(range_is_n_plus_two_or_a_minute)
{
	static const struct {
		int64_t period_ms, n;
		size_t range;
	} rows[] = {{60000, 3, 5}, {300000, 1, 3}, {10000, 3, 9}, {20000, 3, 6},
	    {30000, 2, 4}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct alarm alarm = {.period_ms = rows[i].period_ms,
		    .evaluation_periods = rows[i].n};

		ck_assert_uint_eq(verdict_range(&alarm), rows[i].range);
	}
}
END_TEST

START_TEST(operators_at_equality)
{
	static const struct {
		enum alarm_operator operator;
		bool below, equal, above;
	} rows[] = {{OPERATOR_GE, false, true, true},
	    {OPERATOR_GT, false, false, true},
	    {OPERATOR_LT, true, false, false},
	    {OPERATOR_LE, true, true, false}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct alarm alarm = {
		    .operator= rows[i].operator, .threshold = 1 };

		for (int value = 0; value < 3; value++) {
			struct slot slot = {.value = value};

			ck_assert_int_eq(verdict_breaches(&alarm, &slot),
			    value == 0	     ? rows[i].below
				: value == 1 ? rows[i].equal
					     : rows[i].above);
		}
	}
}
END_TEST

TEST_MAIN("verdict", missing_data_tables, prose_beside_the_tables,
    range_is_n_plus_two_or_a_minute, operators_at_equality)
