#include "journal/recent.h"

#include "fixture.h"

static struct recent_plain *
copy(struct recent *recent, const char *text)
{
	const struct span pieces[] = {
	    span_make(text, 1), span_make(text + 1, strlen(text) - 1)};

	return recent_copy(recent, pieces, 2, strlen(text));
}

static void
keep(struct recent *recent, const char *text, uint64_t seq)
{
	struct recent_plain *plain = copy(recent, text);

	ck_assert_ptr_nonnull(plain);
	recent_keep(recent, &plain, seq);
	ck_assert_ptr_null(plain);
}

START_TEST(takes_what_was_kept_and_forgets_what_lies_before)
{
	static const struct {
		uint64_t seq;
		const char *text;
		bool found;
	} rows[] = {{1, "one", true}, {2, "two!", false}, {4, "four", true},
	    {3, "three", false}, {6, "nine", false}, {7, "seven", true},
	    {8, "8", false}};
	struct recent *recent = recent_create();
	struct buf out = {0};

	recent_begin(recent);
	keep(recent, "one", 1);
	keep(recent, "two", 2);
	keep(recent, "three", 3);
	keep(recent, "four", 4);
	keep(recent, "five", 5);
	keep(recent, "seven", 7);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool found = recent_take(
		    recent, rows[i].seq, strlen(rows[i].text), &out);

		ck_assert_msg(found == rows[i].found, "row %zu", i);
		if (found)
			ck_assert_str_eq(buf_cstr(&out), rows[i].text);
	}
	buf_fini(&out);
	recent_free(&recent);
}
END_TEST

START_TEST(nobody_reads_nothing_is_copied)
{
	struct recent *recent = recent_create();

	ck_assert_ptr_null(copy(recent, "text"));
	recent_free(&recent);
	ck_assert_ptr_null(recent);
}
END_TEST

START_TEST(more_than_the_limit_is_missed_and_counted)
{
	size_t len = (size_t)LIMIT_RECENT_BYTES / 4, kept = 0;
	struct recent *recent = recent_create();
	int64_t missed = fixture_stat(JOURNAL_RECENT_MISSED);
	struct recent_plain *plain;
	struct buf out = {0};
	char *bytes = calloc(1, len);
	const struct span piece = span_make(bytes, len);

	recent_begin(recent);
	while ((plain = recent_copy(recent, &piece, 1, len)) != NULL)
		recent_keep(recent, &plain, ++kept);
	ck_assert_uint_eq(kept, 4);
	ck_assert_int_eq(fixture_stat(JOURNAL_RECENT_MISSED) - missed, 1);
	/* Taken ones make room: the next goes where they were. */
	ck_assert(recent_take(recent, 2, len, &out));
	plain = recent_copy(recent, &piece, 1, len);
	ck_assert_ptr_nonnull(plain);
	recent_drop(recent, &plain);
	recent_rest(recent);
	plain = recent_copy(recent, &piece, 1, len);
	ck_assert_ptr_nonnull(plain);
	recent_drop(recent, &plain);
	/* One alone that is above half of it never is. */
	ck_assert_ptr_null(recent_copy(recent, &piece, 1, 3 * len));
	buf_fini(&out);
	free(bytes);
	recent_free(&recent);
}
END_TEST

static void
print_more(struct reader *reader, struct buf *out)
{
	struct buf more = {0};

	fixture_print(reader, &more);
	if (out->len > 0 && more.len > 0)
		buf_byte(out, ' ');
	buf_span_put(out, buf_span(&more));
	buf_fini(&more);
}

/* Live equals what is read later: a reader that is handed plain bytes tells
 * what one that decompresses them does. */
START_TEST(reads_the_same_with_and_without)
{
	struct fixture fixture;
	struct buf with = {0}, without = {0};
	struct reader *reader, *other;

	fixture_make(&fixture);
	fixture.config.segment_size_bytes = 1;
	fixture_open(&fixture);
	fixture_batch(&fixture, "", "before");
	reader = fixture_reader(fixture.folder, 0);
	reader_recent(reader, journal_recent(fixture.journal));
	for (int i = 0; i < 50; i++) {
		char id[32], text[32];

		snprintf(id, sizeof(id), "r-%d", i / 2);
		snprintf(text, sizeof(text), "text-%d", i);
		fixture_batch(&fixture, id, text);
		if (i % 3 == 0)
			fixture_tick(&fixture);
		if (i % 7 == 0)
			print_more(reader, &with);
		if (i % 14 == 0)
			reader_rest(reader);
	}
	print_more(reader, &with);
	reader_close(&reader);
	other = fixture_reader(fixture.folder, 0);
	print_more(other, &without);
	reader_close(&other);
	ck_assert_uint_gt(with.len, 100);
	ck_assert_str_eq(buf_cstr(&with), buf_cstr(&without));
	buf_fini(&with);
	buf_fini(&without);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(what_is_durable_is_handed_over)
{
	struct fixture fixture;
	struct buf out = {0};
	struct recent *recent;

	fixture_init(&fixture);
	recent = journal_recent(fixture.journal);
	recent_begin(recent);
	fixture_batch(&fixture, "", "one");
	fixture_tick(&fixture);
	fixture_batch(&fixture, "", "three");
	ck_assert(recent_take(recent, 1, 3, &out));
	ck_assert_str_eq(buf_cstr(&out), "one");
	ck_assert(!recent_take(recent, 2, 0, &out));
	ck_assert(recent_take(recent, 3, 5, &out));
	ck_assert_str_eq(buf_cstr(&out), "three");
	buf_fini(&out);
	fixture_fini(&fixture);
}
END_TEST

TEST_MAIN("recent", takes_what_was_kept_and_forgets_what_lies_before,
    nobody_reads_nothing_is_copied, more_than_the_limit_is_missed_and_counted,
    reads_the_same_with_and_without, what_is_durable_is_handed_over)
