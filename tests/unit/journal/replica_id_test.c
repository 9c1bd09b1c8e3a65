#include "journal/replica_id.h"

#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "journal/origin.h"
#include "testing.h"

#define ORIGIN "0123456789abcdef"

START_TEST(an_id_is_of_the_log)
{
	struct entry entry = {.seq = 42,
	    .arrival_ms = 1789384732496,
	    .source = SPAN_OF("primary"),
	    .request_id = SPAN_OF("9f1c")};
	struct buf out = {0};

	/* Fixed for ever: a receiver knows what it has by this. */
	replica_id_print(&out, SPAN_OF(ORIGIN), &entry);
	ck_assert_str_eq(
	    buf_cstr(&out), "tocsin-0123456789abcdef-42-1789384732496");
	ck_assert(replica_id_is(buf_span(&out)));
	ck_assert_uint_eq(replica_id_seq(buf_span(&out), SPAN_OF(ORIGIN)), 42);
	ck_assert_uint_eq(
	    replica_id_seq(buf_span(&out), SPAN_OF("0123456789abcdee")), 0);
	ck_assert_uint_eq(replica_id_seq(buf_span(&out), SPAN_OF("")), 0);
	/* Sent on, it keeps the one it came with. */
	entry.request_id = SPAN_OF("tocsin-00000000000000ff-7-8-1");
	buf_clear(&out);
	replica_id_print(&out, SPAN_OF(ORIGIN), &entry);
	ck_assert_str_eq(buf_cstr(&out), "tocsin-00000000000000ff-7-8-1");
	buf_fini(&out);
}
END_TEST

START_TEST(what_is_one)
{
	static const struct {
		const char *id;
		bool is;
		uint64_t seq;
	} rows[] = {{"tocsin-0123456789abcdef-7-1", true, 7},
	    {"tocsin-0123456789abcdef-7-1-2-3", true, 7},
	    {"tocsin-0123456789abcdef-7", true, 7},
	    {"tocsin-0123456789abcdff-7-1", true, 0},
	    {"tocsin-0123456789abcdef--1", true, 0},
	    {"tocsin-0123456789abcdef-18446744073709551615-1", true,
		UINT64_MAX},
	    {"tocsin-0123456789abcdef-18446744073709551616-1", true, 0},
	    {"tocsin-0123456789abcdef-", false, 0},
	    {"tocsin-0123456789abcdeg-7-1", false, 0},
	    {"tocsin-0123456789ABCDEF-7-1", false, 0},
	    {"tocsin-0123456789abcdef-7-1-transitions", false, 0},
	    {"tocsin-0123456789abcdef", false, 0},
	    {"Tocsin-0123456789abcdef-7-1", false, 0}, {"tocsin-1", false, 0},
	    {"", false, 0}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct span id = span_text(rows[i].id);

		ck_assert_msg(
		    replica_id_is(id) == rows[i].is, "%s", rows[i].id);
		ck_assert_msg(
		    replica_id_seq(id, SPAN_OF(ORIGIN)) == rows[i].seq, "%s",
		    rows[i].id);
	}
}
END_TEST

START_TEST(an_origin_is_made_once)
{
	char folder[] = "/tmp/tocsin-origin-XXXXXX", path[64];
	char one[REPLICA_ORIGIN + 1], two[REPLICA_ORIGIN + 1];
	static const char *const bad[] = {"", "0123456789abcde\n",
	    "0123456789abcdef0\n", "0123456789abcdeF\n"};
	struct err err = {""};

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/origin", folder);
	ck_assert(origin_load(one, folder, &err) == RC_OK);
	ck_assert_uint_eq(strlen(one), REPLICA_ORIGIN);
	ck_assert(origin_load(two, folder, &err) == RC_OK);
	ck_assert_str_eq(one, two);
	ck_assert(unlink(path) == 0);
	ck_assert(origin_load(two, folder, &err) == RC_OK);
	ck_assert_str_ne(one, two);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		ck_assert(file_replace(path, span_text(bad[i]), &err) == RC_OK);
		ck_assert(origin_load(two, folder, &err) == RC_FATAL);
		ck_assert_ptr_nonnull(strstr(err.text, "16 hex digits"));
	}
	ck_assert(file_replace(path, SPAN_OF(ORIGIN), &err) == RC_OK);
	ck_assert(origin_load(two, folder, &err) == RC_OK);
	ck_assert_str_eq(two, ORIGIN);
	unlink(path);
	rmdir(folder);
	ck_assert(origin_load(two, folder, &err) == RC_FATAL);
}
END_TEST

TEST_MAIN(
    "replica_id", an_id_is_of_the_log, what_is_one, an_origin_is_made_once)
