#include "fixture.h"
#include "journal/segment.h"

/* 1=a 2. | 3=b 4. | 5=c: three segments. */
static void
make_three(struct fixture *fixture)
{
	fixture_make(fixture);
	fixture->config.segment_size_bytes = 1;
	fixture_open(fixture);
	fixture_batch(fixture, "", "a");
	fixture_tick(fixture);
	fixture_batch(fixture, "", "b");
	fixture_tick(fixture);
	fixture_batch(fixture, "", "c");
}

START_TEST(reads_from_any_entry)
{
	static const struct {
		uint64_t from;
		const char *says;
	} rows[] = {{0, "1=a 2. 3=b 4. 5=c"}, {1, "1=a 2. 3=b 4. 5=c"},
	    {2, "2. 3=b 4. 5=c"}, {3, "3=b 4. 5=c"}, {4, "4. 5=c"}, {5, "5=c"},
	    {6, ""}, {UINT64_MAX, ""}};
	struct fixture fixture;

	make_three(&fixture);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		fixture_says(fixture.folder, rows[i].from, rows[i].says);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(older_segments_are_not_read)
{
	struct fixture fixture;

	make_three(&fixture);
	fixture_write(fixture_segment(&fixture, 1), "garbage", 7);
	fixture_says(fixture.folder, 3, "3=b 4. 5=c");
	fixture_says(fixture.folder, 0, "? 3=b 4. 5=c");
	fixture_fini(&fixture);
}
END_TEST

START_TEST(follows_a_journal_that_is_written)
{
	struct fixture fixture;
	struct reader *reader;
	struct buf said = {0};

	fixture_make(&fixture);
	fixture.config.segment_size_bytes = 200;
	fixture_open(&fixture);
	reader = fixture_reader(fixture.folder, 0);
	fixture_print(reader, &said);
	ck_assert_str_eq(buf_cstr(&said), "");
	for (int i = 1; i < 200; i += 2) {
		char want[64];

		/* Seals every few entries, so that the reader crosses. */
		fixture_batch(&fixture, "", "a");
		fixture_print(reader, &said);
		snprintf(want, sizeof(want), "%d=a", i);
		ck_assert_str_eq(buf_cstr(&said), want);
		fixture_tick(&fixture);
		fixture_print(reader, &said);
		snprintf(want, sizeof(want), "%d.", i + 1);
		ck_assert_str_eq(buf_cstr(&said), want);
	}
	buf_fini(&said);
	reader_close(&reader);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(stays_within_its_bound)
{
	struct fixture fixture;
	struct reader *reader;
	struct buf said = {0};

	make_three(&fixture);
	reader = fixture_reader(fixture.folder, 0);
	reader_bound(reader, 0);
	fixture_print(reader, &said);
	ck_assert_str_eq(buf_cstr(&said), "");
	reader_bound(reader, 1);
	fixture_print(reader, &said);
	ck_assert_str_eq(buf_cstr(&said), "1=a");
	reader_bound(reader, 4);
	fixture_print(reader, &said);
	ck_assert_str_eq(buf_cstr(&said), "2. 3=b 4.");
	reader_bound(reader, 9);
	fixture_print(reader, &said);
	ck_assert_str_eq(buf_cstr(&said), "5=c");
	reader_close(&reader);
	/* Nor is damage behind it its business. */
	journal_close(&fixture.journal);
	fixture_write(fixture_segment(&fixture, 3), "garbage", 7);
	reader = fixture_reader(fixture.folder, 0);
	reader_bound(reader, 2);
	fixture_print(reader, &said);
	ck_assert_str_eq(buf_cstr(&said), "1=a 2.");
	reader_bound(reader, 3);
	fixture_print(reader, &said);
	ck_assert_str_eq(buf_cstr(&said), "?");
	buf_fini(&said);
	reader_close(&reader);
	fixture_fini(&fixture);
}
END_TEST

/*
 * What lies behind the bound may have been refused, and other entries have
 * come in its place: it must not be remembered from an earlier look.
 */
struct rewritten {
	struct fixture fixture;
	size_t end;	   /* of 1=a */
	struct buf before; /* 1=a 2=b 3=c */
	struct buf after;  /* 1=a 2=B 3=C, of the same length */
	struct buf said;
};

static void
rewrite(struct rewritten *made)
{
	const char *path;

	*made = (struct rewritten){0};
	fixture_init(&made->fixture);
	path = fixture_segment(&made->fixture, 1);
	fixture_batch(&made->fixture, "", "a");
	fixture_read(path, &made->before);
	made->end = made->before.len;
	fixture_batch(&made->fixture, "", "b");
	fixture_batch(&made->fixture, "", "c");
	fixture_read(path, &made->before);
	journal_close(&made->fixture.journal);
	fixture_write(path, made->before.bytes, made->end);
	fixture_open(&made->fixture);
	fixture_batch(&made->fixture, "", "B");
	fixture_batch(&made->fixture, "", "C");
	fixture_read(path, &made->after);
	ck_assert_uint_eq(made->before.len, made->after.len);
}

static void
rewrite_fini(struct rewritten *made)
{
	buf_fini(&made->before);
	buf_fini(&made->after);
	buf_fini(&made->said);
	fixture_fini(&made->fixture);
}

START_TEST(does_not_remember_what_was_taken_back)
{
	struct rewritten made;
	struct reader *reader;
	const char *path;

	rewrite(&made);
	path = fixture_segment(&made.fixture, 1);
	/* Whole, or any part of it. */
	for (size_t len = made.end; len <= made.before.len; len++) {
		fixture_write(path, made.before.bytes, len);
		reader = fixture_reader(path, 0);
		reader_bound(reader, 1);
		fixture_print(reader, &made.said);
		ck_assert_str_eq(buf_cstr(&made.said), "1=a");
		fixture_write(path, made.after.bytes, made.after.len);
		reader_bound(reader, 3);
		fixture_print(reader, &made.said);
		ck_assert_str_eq(buf_cstr(&made.said), "2=B 3=C");
		reader_close(&reader);
	}
	rewrite_fini(&made);
}
END_TEST

START_TEST(does_not_believe_what_follows_damage)
{
	struct rewritten made;
	struct reader *reader;
	const char *path;

	rewrite(&made);
	path = fixture_segment(&made.fixture, 1);
	made.before.bytes[made.end + 70] ^= 1;
	made.after.bytes[made.end + 70] ^= 1;
	fixture_write(path, made.before.bytes, made.before.len);
	reader = fixture_reader(path, 0);
	reader_bound(reader, 2);
	fixture_print(reader, &made.said);
	ck_assert_str_eq(buf_cstr(&made.said), "1=a !");
	fixture_write(path, made.after.bytes, made.after.len);
	reader_bound(reader, 3);
	fixture_print(reader, &made.said);
	ck_assert_str_eq(buf_cstr(&made.said), "3=C");
	reader_close(&reader);
	rewrite_fini(&made);
}
END_TEST

START_TEST(a_file_of_any_name_is_read)
{
	struct fixture fixture;
	struct buf bytes = {0};
	char path[128];

	make_three(&fixture);
	fixture_read(fixture_segment(&fixture, 3), &bytes);
	ck_assert(segment_is(buf_span(&bytes)));
	snprintf(path, sizeof(path), "%s/downloaded.bin", fixture.folder);
	fixture_write(path, bytes.bytes, bytes.len);
	fixture_says(path, 0, "3=b 4.");
	fixture_says(path, 4, "4.");
	buf_fini(&bytes);
	fixture_fini(&fixture);
}
END_TEST

/* cat a.zst b.zst is still one file for zstd, and for us. */
START_TEST(joined_segments_are_read)
{
	struct fixture fixture;
	struct buf bytes = {0}, more = {0};
	char path[128];

	make_three(&fixture);
	fixture_read(fixture_segment(&fixture, 1), &bytes);
	fixture_read(fixture_segment(&fixture, 3), &more);
	buf_span_put(&bytes, buf_span(&more));
	snprintf(path, sizeof(path), "%s/joined", fixture.folder);
	fixture_write(path, bytes.bytes, bytes.len);
	fixture_says(path, 0, "1=a 2. 3=b 4.");
	/* The other way round the positions go back, and that is said. */
	buf_span_put(&more, buf_span(&bytes));
	fixture_write(path, more.bytes, more.len);
	fixture_says(path, 0, "3=b 4. ?");
	buf_fini(&bytes);
	buf_fini(&more);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(a_file_that_is_there_twice_is_said)
{
	struct fixture fixture;
	struct buf bytes = {0};

	make_three(&fixture);
	fixture_read(fixture_segment(&fixture, 1), &bytes);
	fixture_write(fixture_segment(&fixture, 2), bytes.bytes, bytes.len);
	fixture_says(fixture.folder, 0, "1=a 2. ! ! 3=b 4. 5=c");
	buf_fini(&bytes);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(a_file_without_its_head_is_read)
{
	struct fixture fixture;
	struct buf bytes = {0};
	char path[128];

	make_three(&fixture);
	fixture_read(fixture_segment(&fixture, 1), &bytes);
	snprintf(path, sizeof(path), "%s/cut", fixture.folder);
	fixture_write(
	    path, bytes.bytes + SEGMENT_FIXED, bytes.len - SEGMENT_FIXED);
	fixture_says(path, 0, "! 1=a 2.");
	buf_fini(&bytes);
	fixture_fini(&fixture);
}
END_TEST

/* Sound frames are found behind any amount of damage: across the pieces that
 * the file is read in, too. */
START_TEST(large_damage_is_stepped_over)
{
	static char garbage[256 * 1024 + 200];
	struct fixture fixture;
	struct buf good = {0}, bytes = {0};
	char path[128];
	size_t end;

	fixture_init(&fixture);
	fixture_batch(&fixture, "", "a");
	end = fixture_size(fixture_segment(&fixture, 1));
	fixture_batch(&fixture, "", "b");
	fixture_read(fixture_segment(&fixture, 1), &good);
	snprintf(path, sizeof(path), "%s/damaged", fixture.folder);
	for (size_t len = 256 * 1024 - 100; len < sizeof(garbage); len++) {
		buf_clear(&bytes);
		buf_put(&bytes, good.bytes, end);
		buf_put(&bytes, garbage, len);
		buf_put(&bytes, good.bytes + end, good.len - end);
		fixture_write(path, bytes.bytes, bytes.len);
		fixture_says(path, 0, "1=a ! 2=b");
	}
	buf_fini(&good);
	buf_fini(&bytes);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(damage_is_described)
{
	struct fixture fixture;
	struct reader *reader;
	struct entry entry;
	struct err err;
	struct buf bytes = {0};
	size_t end;

	fixture_init(&fixture);
	fixture_batch(&fixture, "", "a");
	end = fixture_size(fixture_segment(&fixture, 1));
	fixture_batch(&fixture, "", "b");
	fixture_batch(&fixture, "", "c");
	journal_close(&fixture.journal);
	fixture_read(fixture_segment(&fixture, 1), &bytes);
	bytes.bytes[end + 80] ^= 1;
	fixture_write(fixture_segment(&fixture, 1), bytes.bytes, bytes.len - 1);
	reader = fixture_reader(fixture.folder, 0);
	ck_assert_int_eq(reader_next(reader, &entry, &err), RC_OK);
	ck_assert_int_eq(reader_next(reader, &entry, &err), RC_REJECT);
	ck_assert_str_eq(
	    reader_damage(reader)->path, fixture_segment(&fixture, 1));
	ck_assert_uint_eq(reader_damage(reader)->offset, end);
	ck_assert_str_eq(reader_damage(reader)->reason, "checksum wrong");
	ck_assert(reader_damage(reader)->torn);
	ck_assert_int_eq(reader_next(reader, &entry, &err), RC_AGAIN);
	ck_assert_int_eq(reader_next(reader, &entry, &err), RC_AGAIN);
	/* It is mended, by a writer that started. */
	fixture_open(&fixture);
	fixture_batch(&fixture, "", "B");
	ck_assert_int_eq(reader_next(reader, &entry, &err), RC_OK);
	ck_assert(span_is(entry.records[0], "B"));
	reader_close(&reader);
	buf_fini(&bytes);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(a_tail_being_written_is_not_damage)
{
	struct fixture fixture;
	struct reader *reader;
	struct entry entry;
	struct err err;
	struct buf bytes = {0};
	const char *path;

	fixture_init(&fixture);
	fixture_batch(&fixture, "", "a");
	fixture_batch(&fixture, "", "b");
	path = fixture_segment(&fixture, 1);
	fixture_read(path, &bytes);
	reader = fixture_reader(fixture.folder, 2);
	for (size_t len = bytes.len - 80; len < bytes.len; len++) {
		fixture_write(path, bytes.bytes, len);
		ck_assert_int_eq(reader_next(reader, &entry, &err), RC_AGAIN);
	}
	fixture_write(path, bytes.bytes, bytes.len);
	ck_assert_int_eq(reader_next(reader, &entry, &err), RC_OK);
	ck_assert_uint_eq(entry.seq, 2);
	reader_close(&reader);
	buf_fini(&bytes);
	fixture_fini(&fixture);
}
END_TEST

/* A successor whose making is given up again is not entered. */
START_TEST(a_file_without_a_head_is_not_crossed_to)
{
	struct fixture fixture;
	struct reader *reader;
	struct buf said = {0};

	fixture_init(&fixture);
	fixture_batch(&fixture, "", "a");
	reader = fixture_reader(fixture.folder, 0);
	fixture_write(fixture_segment(&fixture, 2), "", 0);
	fixture_print(reader, &said);
	ck_assert_str_eq(buf_cstr(&said), "1=a");
	fixture_print(reader, &said);
	unlink(fixture_segment(&fixture, 2));
	fixture_print(reader, &said);
	ck_assert_str_eq(buf_cstr(&said), "");
	fixture_batch(&fixture, "", "b");
	fixture_print(reader, &said);
	ck_assert_str_eq(buf_cstr(&said), "2=b");
	buf_fini(&said);
	reader_close(&reader);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(what_is_no_segment_is_said)
{
	struct fixture fixture;
	struct reader *reader;
	struct err err = {""};
	char path[128];

	fixture_make(&fixture);
	snprintf(path, sizeof(path), "%s/x", fixture.folder);
	ck_assert_int_eq(reader_open(&reader, path, 0, &err), RC_FATAL);
	ck_assert_msg(strstr(err.text, path) != NULL, "%s", err.text);
	ck_assert_ptr_null(reader);
	fixture_write(path, "", 0);
	fixture_says(path, 0, "");
	fixture_write(path, "{\"a\":1}\n", 8);
	fixture_says(path, 0, "?");
	fixture_says(fixture.folder, 0, "");
	fixture_fini(&fixture);
}
END_TEST

/* A segment that was sent to us as a record is data, whatever is lost. */
START_TEST(a_segment_within_a_record_stays_data)
{
	struct fixture fixture;
	struct buf inner = {0}, outer = {0};
	struct span record;
	struct entry entry;
	struct err err;
	size_t end;

	make_three(&fixture);
	fixture_read(fixture_segment(&fixture, 1), &inner);
	record = buf_span(&inner);
	entry = (struct entry){
	    .kind = ENTRY_BATCH, .records = &record, .nrecords = 1};
	fixture_tick(&fixture);
	ck_assert_int_eq(
	    journal_append_wait(fixture.journal, &entry, NULL, &err), RC_OK);
	end = fixture_size(fixture_segment(&fixture, 7));
	fixture_batch(&fixture, "", "d");
	journal_close(&fixture.journal);
	fixture_read(fixture_segment(&fixture, 7), &outer);
	ck_assert_uint_gt(end, SEGMENT_FIXED);
	outer.bytes[SEGMENT_FIXED + 40] ^= 1;
	fixture_write(fixture_segment(&fixture, 7), outer.bytes, outer.len);
	fixture_says(fixture.folder, 5, "5=c 6. ! 8=d");
	buf_fini(&inner);
	buf_fini(&outer);
	fixture_fini(&fixture);
}
END_TEST

/* Any bytes behind a good head: an answer, in bounded time and memory. */
START_TEST(survives_noise)
{
	struct fixture fixture;
	struct buf good = {0}, bytes = {0};
	const char *path;
	uint64_t random = 88172645463325252u;

	fixture_init(&fixture);
	for (int i = 0; i < 5; i++)
		fixture_batch(&fixture, "id", "{\"a\":1}\n");
	for (int i = 0; i < 5; i++)
		fixture_tick(&fixture);
	journal_close(&fixture.journal);
	path = fixture_segment(&fixture, 1);
	fixture_read(path, &good);
	for (int round = 0; round < 500; round++) {
		struct reader *reader;

		buf_clear(&bytes);
		buf_span_put(&bytes, buf_span(&good));
		for (int hit = 0; hit < 1 + round % 20; hit++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			bytes.bytes[random % bytes.len] = (char)(random >> 32);
		}
		bytes.len -= (size_t)round % 50;
		fixture_write(path, bytes.bytes, bytes.len);
		reader = fixture_reader(path, 0);
		fixture_print(reader, &bytes);
		reader_close(&reader);
	}
	buf_fini(&good);
	buf_fini(&bytes);
	fixture_fini(&fixture);
}
END_TEST

TEST_MAIN("reader", does_not_believe_what_follows_damage,
    a_file_that_is_there_twice_is_said, a_file_without_its_head_is_read,
    large_damage_is_stepped_over, reads_from_any_entry,
    older_segments_are_not_read, follows_a_journal_that_is_written,
    stays_within_its_bound, does_not_remember_what_was_taken_back,
    a_file_of_any_name_is_read, joined_segments_are_read, damage_is_described,
    a_tail_being_written_is_not_damage, a_file_without_a_head_is_not_crossed_to,
    what_is_no_segment_is_said, a_segment_within_a_record_stays_data,
    survives_noise)
