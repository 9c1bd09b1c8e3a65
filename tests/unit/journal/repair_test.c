#include "journal/repair.h"

#include "fixture.h"
#include "journal/segment.h"

/* Nothing here is about what a disk keeps. */
int
fsync(int fd)
{
	(void)fd;
	return 0;
}

/* A damaged journal, and where it is copied to. */
struct pair {
	struct fixture from, to;
	struct buf said; /* "3! 1:2 5?" is damage, segment 1 with 2 entries */
};

static void
on_damage(void *cookie, const struct reader_damage *damage)
{
	struct pair *pair = cookie;

	buf_printf(&pair->said, "%s%s", pair->said.len > 0 ? " " : "",
	    damage->torn ? "?" : "!");
}

static void
on_segment(void *cookie, const struct repair_segment *segment)
{
	struct pair *pair = cookie;

	buf_printf(&pair->said, "%s%llu:%llu", pair->said.len > 0 ? " " : "",
	    (unsigned long long)segment->first_seq,
	    (unsigned long long)segment->entries);
}

static enum rc
repair(struct pair *pair, struct err *err)
{
	const struct repair_calls calls = {on_damage, on_segment, pair};

	buf_clear(&pair->said);
	fixture_empty(&pair->to, "");
	return repair_folder(pair->from.folder, pair->to.folder, &calls, err);
}

static void
repairs(struct pair *pair, const char *said)
{
	struct err err = {""};

	ck_assert_msg(repair(pair, &err) == RC_OK, "%s", err.text);
	ck_assert_str_eq(buf_cstr(&pair->said), said);
}

/* 1=a 2=b 3. | 4=c 5=d 6. | 7=e */
static void
make(struct pair *pair)
{
	static const char *const records[] = {"a", "b", NULL, "c", "d", NULL};

	*pair = (struct pair){0};
	fixture_make(&pair->to);
	fixture_make(&pair->from);
	pair->from.config.segment_size_bytes = 1;
	fixture_open(&pair->from);
	for (int i = 0; i < 6; i++)
		if (records[i] == NULL)
			fixture_tick(&pair->from);
		else
			fixture_batch(&pair->from, records[i], records[i]);
	fixture_batch(&pair->from, "e", "e");
	journal_close(&pair->from.journal);
}

static void
unmake(struct pair *pair)
{
	buf_fini(&pair->said);
	fixture_fini(&pair->from);
	fixture_fini(&pair->to);
}

static bool
same_file(const char *a, const char *b)
{
	struct buf x = {0}, y = {0};
	bool same;

	fixture_read(a, &x);
	fixture_read(b, &y);
	same = span_equal(buf_span(&x), buf_span(&y));
	buf_fini(&x);
	buf_fini(&y);
	return same;
}

static bool
copied(const struct pair *pair, uint64_t first_seq)
{
	char from[FOLDER_PATH_SIZE], to[FOLDER_PATH_SIZE];

	folder_path(from, pair->from.folder, first_seq);
	folder_path(to, pair->to.folder, first_seq);
	return fixture_exists(to) && same_file(from, to);
}

START_TEST(what_is_whole_is_copied_byte_for_byte)
{
	struct pair pair;

	make(&pair);
	repairs(&pair, "1:3 4:3 7:1");
	ck_assert(copied(&pair, 1) && copied(&pair, 4) && copied(&pair, 7));
	unmake(&pair);
}
END_TEST

/* Which entry of the second segment a byte is in; 0: its head. */
static size_t
entry_at(const struct buf *bytes, size_t at)
{
	size_t entry = 0, before = 8;

	for (size_t i = 1; i <= at; i++)
		if (i + before + segment_magic.len <= bytes->len &&
		    memcmp(bytes->bytes + i + before, segment_magic.at,
			segment_magic.len) == 0)
			entry++;
	return entry;
}

/* Wherever a byte of the second segment is wrong: the others are there, and
 * of its own entries all but the one hit. The source stays as it is. */
START_TEST(any_byte_costs_one_entry_at_most)
{
	static const struct {
		const char *said, *left;
	} rows[] = {{"1:3 ! 4:3 7:1", "1=a 2=b 3. 4=c 5=d 6. 7=e"},
	    {"1:3 ! 5:2 7:1", "1=a 2=b 3. ! 5=d 6. 7=e"},
	    {"1:3 ! 4:2 7:1", "1=a 2=b 3. 4=c ! 6. 7=e"},
	    {"1:3 ? 4:2 7:1", "1=a 2=b 3. 4=c 5=d ! 7=e"}};
	struct buf bytes = {0}, whole = {0}, after = {0};
	struct pair pair;
	char path[FOLDER_PATH_SIZE];

	make(&pair);
	folder_path(path, pair.from.folder, 4);
	fixture_read(path, &whole);
	fixture_read(path, &bytes);
	for (size_t at = 0; at < bytes.len; at++) {
		size_t row = entry_at(&whole, at);

		bytes.bytes[at] ^= 0x08;
		fixture_write(path, bytes.bytes, bytes.len);
		repairs(&pair, rows[row].said);
		fixture_says(pair.to.folder, 0, rows[row].left);
		ck_assert(copied(&pair, 1) && copied(&pair, 7));
		fixture_read(path, &after);
		ck_assert(span_equal(buf_span(&after), buf_span(&bytes)));
		bytes.bytes[at] ^= 0x08;
	}
	buf_fini(&bytes);
	buf_fini(&whole);
	buf_fini(&after);
	unmake(&pair);
}
END_TEST

/* The copy is a journal like any other: it opens and goes on, and knows the
 * request ids of what it holds. */
START_TEST(a_repaired_journal_opens)
{
	int64_t count;
	struct buf bytes = {0};
	struct pair pair;
	char path[FOLDER_PATH_SIZE];

	make(&pair);
	folder_path(path, pair.from.folder, 4);
	fixture_read(path, &bytes);
	bytes.bytes[SEGMENT_FIXED + 5] ^= 1;
	bytes.bytes[3] ^= 1;
	fixture_write(path, bytes.bytes, bytes.len);
	repairs(&pair, "1:3 ! 5:2 7:1");
	count = fixture_stat(JOURNAL_QUARANTINED);
	fixture_open(&pair.to);
	ck_assert_int_eq(fixture_stat(JOURNAL_QUARANTINED), count);
	ck_assert_uint_eq(fixture_batch(&pair.to, "d", "d"), 5);
	ck_assert_uint_eq(fixture_batch(&pair.to, "e", "e"), 7);
	ck_assert_uint_eq(fixture_batch(&pair.to, "c", "c"), 8);
	buf_fini(&bytes);
	unmake(&pair);
}
END_TEST

START_TEST(what_holds_nothing_is_left_out)
{
	struct buf bytes = {0};
	struct pair pair;
	char path[FOLDER_PATH_SIZE];

	make(&pair);
	folder_path(path, pair.from.folder, 4);
	fixture_read(path, &bytes);
	memset(bytes.bytes, 0, bytes.len);
	fixture_write(path, bytes.bytes, bytes.len);
	repairs(&pair, "1:3 ? 0:0 7:1");
	fixture_says(pair.to.folder, 0, "1=a 2=b 3. ! 7=e");
	folder_path(path, pair.to.folder, 4);
	ck_assert(!fixture_exists(path));
	/* The same segment twice: the second is left out, entry by entry. */
	folder_path(path, pair.from.folder, 4);
	unlink(path);
	fixture_read(fixture_segment(&pair.from, 1), &bytes);
	fixture_write(path, bytes.bytes, bytes.len);
	repairs(&pair, "1:3 ! ! ! 0:0 7:1");
	fixture_says(pair.to.folder, 0, "1=a 2=b 3. ! 7=e");
	buf_fini(&bytes);
	unmake(&pair);
}
END_TEST

START_TEST(it_refuses_what_would_do_harm)
{
	struct err err;
	struct pair pair;
	char path[FOLDER_PATH_SIZE];
	const struct repair_calls calls = {on_damage, on_segment, &pair};

	make(&pair);
	/* Someone writes there. */
	fixture_open(&pair.from);
	ck_assert_int_eq(repair(&pair, &err), RC_FATAL);
	ck_assert_msg(
	    strstr(err.text, "being written") != NULL, "%s", err.text);
	journal_close(&pair.from.journal);
	/* Something is there already: also when it is the journal itself. */
	ck_assert_int_eq(
	    repair_folder(pair.from.folder, pair.from.folder, &calls, &err),
	    RC_FATAL);
	ck_assert_msg(
	    strstr(err.text, "segments already") != NULL, "%s", err.text);
	/* Nothing to copy. */
	ck_assert_int_eq(
	    repair_folder(pair.to.folder, pair.from.folder, &calls, &err),
	    RC_FATAL);
	ck_assert_msg(strstr(err.text, "no segments") != NULL, "%s", err.text);
	folder_path(path, pair.to.folder, 1);
	ck_assert(!fixture_exists(path));
	unmake(&pair);
}
END_TEST

TEST_MAIN("repair", what_is_whole_is_copied_byte_for_byte,
    any_byte_costs_one_entry_at_most, a_repaired_journal_opens,
    what_holds_nothing_is_left_out, it_refuses_what_would_do_harm)
