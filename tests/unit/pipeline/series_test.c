/* The series table: what names a series is found again and given back, and
 * what is not seen any more goes. */
#include "pipeline/window/series.h"

#include <stdio.h>

#include "pipeline/window/group.h"
#include "testing.h"

#define MANY 5000

/* The i-th of many: three families, values of any length. */
static const struct series_key *
numbered(size_t i, struct series_name *room)
{
	static char long_text[300], texts[2][32];

	memset(long_text, 'x', sizeof(long_text));
	snprintf(texts[0], sizeof(texts[0]), "i-%zu", i);
	snprintf(texts[1], sizeof(texts[1]), "%zu", i % 7);
	room->dimensions[0] =
	    (struct dimension){SPAN_OF("Id"), span_text(texts[0])};
	room->dimensions[1] =
	    (struct dimension){SPAN_OF("Long"), span_make(long_text, i % 300)};
	room->dimensions[2] =
	    (struct dimension){SPAN_OF("Zone"), span_text(texts[1])};
	room->key =
	    (struct series_key){SPAN_OF("1"), SPAN_OF("r"), SPAN_OF("n"),
		SPAN_OF("m"), SPAN_OF("None"), room->dimensions, 1 + i % 3};
	return &room->key;
}

static bool
keys_equal(const struct series_key *a, const struct series_key *b)
{
	bool equal = span_equal(a->account, b->account) &&
	    span_equal(a->region, b->region) &&
	    span_equal(a->namespace, b->namespace) &&
	    span_equal(a->metric, b->metric) && span_equal(a->unit, b->unit) &&
	    a->ndimensions == b->ndimensions;

	for (size_t i = 0; equal && i < a->ndimensions; i++)
		equal =
		    span_equal(a->dimensions[i].name, b->dimensions[i].name) &&
		    span_equal(a->dimensions[i].value, b->dimensions[i].value);
	return equal;
}

static void
make_many(struct series_table *table)
{
	struct series_name room;
	bool is_new;

	series_table_init(table);
	for (size_t i = 0; i < MANY; i++) {
		ck_assert_ptr_nonnull(
		    series_intern(table, numbered(i, &room), &is_new));
		ck_assert(is_new);
	}
}

START_TEST(keys_come_back_as_they_were)
{
	struct series_table table;
	struct series_name room, back;
	bool is_new;

	make_many(&table);
	ck_assert_uint_eq(table.count, MANY);
	ck_assert_uint_eq(table.families.count, 3);
	for (size_t i = 0; i < MANY; i++) {
		const struct series_key *key = numbered(i, &room);

		ck_assert_ptr_eq(
		    series_intern(&table, key, &is_new), table.at[i]);
		ck_assert(!is_new);
		ck_assert_uint_eq(table.at[i]->number, i);
		ck_assert(keys_equal(series_key(table.at[i], &back), key));
	}
	series_table_fini(&table);
}
END_TEST

/* Where one value ends and the next begins is part of the identity. */
START_TEST(values_do_not_run_together)
{
	static const char *const pairs[][2] = {
	    {"ab", "c"}, {"a", "bc"}, {"", "abc"}, {"abc", ""}};
	struct series_table table;
	bool is_new;

	series_table_init(&table);
	for (size_t i = 0; i < 4; i++) {
		const struct dimension dimensions[] = {
		    {SPAN_OF("A"), span_text(pairs[i][0])},
		    {SPAN_OF("B"), span_text(pairs[i][1])}};
		const struct series_key key = {SPAN_OF("1"), SPAN_OF("r"),
		    SPAN_OF("n"), SPAN_OF("m"), SPAN_OF("None"), dimensions, 2};

		series_intern(&table, &key, &is_new);
		ck_assert(is_new);
	}
	series_table_fini(&table);
}
END_TEST

/* Every third is old: they go, the others keep their order, and all are found
 * again as what they are. */
START_TEST(what_is_not_seen_goes)
{
	struct series_table table;
	struct series_name room;
	bool is_new;

	make_many(&table);
	for (size_t i = 0; i < MANY; i++)
		table.at[i]->seen = i % 3 == 0 ? 99 : 100;
	series_expire(&table, 99, 1000);
	ck_assert_uint_eq(table.ngone, 0);
	series_expire(&table, 100, 1000);
	ck_assert_uint_eq(table.ngone, (MANY + 2) / 3);
	ck_assert_uint_eq(table.gone[0]->number, SERIES_GONE);
	series_bury(&table);
	ck_assert_uint_eq(table.families.count, 2);
	for (size_t i = 0, at = 0; i < MANY; i++) {
		struct series *series;

		if (i % 3 == 0)
			continue;
		series = series_intern(&table, numbered(i, &room), &is_new);
		ck_assert(!is_new);
		ck_assert_ptr_eq(series, table.at[at]);
		ck_assert_uint_eq(series->number, at++);
	}
	for (size_t i = 0; i < MANY; i += 3) {
		series_intern(&table, numbered(i, &room), &is_new);
		ck_assert(is_new);
	}
	ck_assert_uint_eq(table.count, MANY);
	series_table_fini(&table);
}
END_TEST

/* The pane of minute 900 keeps a series while a reader looks back so far. */
START_TEST(what_is_looked_at_stays)
{
	static const struct row {
		int64_t reach, oldest;
		bool read, goes;
	} rows[] = {{100, 1000, true, false}, {99, 1000, true, true},
	    {100, 1001, true, true}, {200, 1000, false, true}};
	const struct pane pane = {900, 1, 1, 1, 1};
	const struct reader reader = {0, NULL};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct series_table table;
		struct series_name room;
		struct series *series;
		bool is_new;

		series_table_init(&table);
		series = series_intern(&table, numbered(2, &room), &is_new);
		if (rows[i].read)
			series_read_by(series, &reader, rows[i].reach);
		panes_put(&series_history(series)->panes, &pane, NULL, 900);
		ck_assert_uint_eq(series_column(series, SPAN_OF("p99")), 0);
		series_expire(&table, 1, rows[i].oldest);
		ck_assert_uint_eq(table.ngone, rows[i].goes);
		series_table_fini(&table);
	}
}
END_TEST

TEST_MAIN("series", keys_come_back_as_they_were, values_do_not_run_together,
    what_is_not_seen_goes, what_is_looked_at_stays)
