#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/crc32c.h"
#include "base/table.h"
#include "base/utf8.h"
#include "testing.h"

START_TEST(table_keeps_what_is_put_and_forgets_what_is_removed)
{
	enum { N = 5000 };
	static char keys[N][16];
	static int values[N];
	struct table table = {0};

	for (int i = 0; i < N; i++) {
		snprintf(keys[i], sizeof(keys[i]), "key-%d", i);
		ck_assert_ptr_null(
		    table_put(&table, span_text(keys[i]), &values[i]));
	}
	for (int i = 0; i < N; i += 3)
		ck_assert_ptr_eq(
		    table_remove(&table, span_text(keys[i])), &values[i]);
	for (int i = 0; i < N; i++)
		ck_assert_ptr_eq(table_get(&table, span_text(keys[i])),
		    i % 3 == 0 ? NULL : &values[i]);
	ck_assert_ptr_null(table_remove(&table, SPAN_OF("none")));
	ck_assert_ptr_eq(
	    table_put(&table, span_text(keys[1]), &values[2]), &values[1]);
	table_fini(&table);
}
END_TEST

START_TEST(arena_rolls_back)
{
	struct arena arena;
	struct arena_mark mark;
	char *kept;

	arena_init(&arena);
	kept = arena_text(&arena, SPAN_OF("kept"));
	mark = arena_mark(&arena);
	for (int i = 0; i < 1000; i++)
		memset(arena_alloc(&arena, 1000), 1, 1000);
	arena_rollback(&arena, mark);
	ck_assert_uint_eq(arena.used, mark.used);
	ck_assert_str_eq(kept, "kept");
	ck_assert_str_eq(arena_printf(&arena, "%d-%s", 7, "x"), "7-x");
	arena_reset(&arena);
	ck_assert_uint_eq(arena.used, 0);
	arena_fini(&arena);
}
END_TEST

START_TEST(json_strings_are_always_valid)
{
	struct buf out = {0};

	buf_json(&out, SPAN_OF("a\"\\\n\x01\xc3\xa9\xff\xc3"));
	ck_assert_str_eq(buf_cstr(&out),
	    "\"a\\\"\\\\\\n\\u0001\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\"");
	buf_fini(&out);
}
END_TEST

START_TEST(utf8_is_strict)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {{"abc", true}, {"\xc3\xa9", true}, {"\xe2\x82\xac", true},
	    {"\xf0\x9f\x98\x80", true}, {"\xc0\x80", false},
	    {"\xed\xa0\x80", false}, {"\xf4\x90\x80\x80", false},
	    {"\xe2\x82", false}, {"\x80", false}, {"\xe0\x9f\xbf", false}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ck_assert_int_eq(
		    utf8_valid(span_text(rows[i].text)), rows[i].good);
}
END_TEST

/* Batches of every size, one after another: what is kept for the next is
 * never given out twice. */
START_TEST(arena_is_used_again)
{
	struct arena arena;

	arena_init(&arena);
	for (size_t size = 1; size < 3000000; size = size * 3 + 1) {
		for (int again = 0; again < 3; again++) {
			char *a = arena_room(&arena, size);
			char *b = arena_alloc(&arena, 2 * size);

			memset(a, 'a', size);
			ck_assert_int_eq(b[0] | b[2 * size - 1], 0);
			memset(b, 'b', 2 * size);
			ck_assert_int_eq(a[0] & a[size - 1], 'a');
			arena_reset(&arena);
			ck_assert_uint_eq(arena.used, 0);
		}
	}
	arena_fini(&arena);
}
END_TEST

/* RFC 3720, B.4. */
START_TEST(crc32c_is_castagnoli)
{
	unsigned char bytes[32];

	memset(bytes, 0, sizeof(bytes));
	ck_assert_uint_eq(crc32c(0, bytes, 32), 0x8a9136aa);
	memset(bytes, 0xff, sizeof(bytes));
	ck_assert_uint_eq(crc32c(0, bytes, 32), 0x62a8ab43);
	for (unsigned i = 0; i < 32; i++)
		bytes[i] = (unsigned char)i;
	ck_assert_uint_eq(crc32c(0, bytes, 32), 0x46dd794e);
	ck_assert_uint_eq(
	    crc32c(crc32c(0, bytes, 5), bytes + 5, 27), 0x46dd794e);
	ck_assert_uint_eq(crc32c_portable(0, bytes, 32), 0x46dd794e);
	for (size_t len = 0; len < 32; len++)
		ck_assert_uint_eq(crc32c(7, bytes + 32 - len, len),
		    crc32c_portable(7, bytes + 32 - len, len));
}
END_TEST

TEST_MAIN("containers", table_keeps_what_is_put_and_forgets_what_is_removed,
    arena_rolls_back, arena_is_used_again, json_strings_are_always_valid,
    utf8_is_strict, crc32c_is_castagnoli)
