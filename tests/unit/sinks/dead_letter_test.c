#include "sinks/dead_letter.h"

#include <pthread.h>

#include "testing.h"
#include "unit/sinks/fixture.h"

START_TEST(lines_are_appended_whole)
{
	const char *folder = fixture_folder();
	struct buf text = {0};
	char path[256];
	struct err err;

	snprintf(path, sizeof(path), "%s/x.dead", folder);
	ck_assert(dead_letter_append(path, SPAN_OF("one\n"), &err) == RC_OK);
	ck_assert(dead_letter_append(path, SPAN_OF("two\n"), &err) == RC_OK);
	ck_assert(fixture_file(folder, "x.dead", &text));
	ck_assert_str_eq(buf_cstr(&text), "one\ntwo\n");
	/* A crash cut the last line. */
	ck_assert(file_replace(path, SPAN_OF("one\ntw"), &err) == RC_OK);
	ck_assert(dead_letter_append(path, SPAN_OF("three\n"), &err) == RC_OK);
	ck_assert(fixture_file(folder, "x.dead", &text));
	ck_assert_str_eq(buf_cstr(&text), "one\ntw\nthree\n");
	ck_assert(dead_letter_append("/nowhere/x.dead", SPAN_OF("x\n"), &err) ==
	    RC_RETRY);
	buf_fini(&text);
	fixture_folder_remove(folder);
}
END_TEST

/* Lines go, others stay, and what was appended meanwhile too. */
START_TEST(letters_are_taken_out)
{
	static const struct dead_letter gone[] = {
	    {0, 4, true}, {4, 4, false}, {8, 6, true}};
	const char *folder = fixture_folder();
	struct buf text = {0};
	char path[256];
	struct err err;

	snprintf(path, sizeof(path), "%s/x.dead", folder);
	ck_assert(
	    file_replace(path, SPAN_OF("one\ntwo\nthree\n"), &err) == RC_OK);
	ck_assert(dead_letter_append(path, SPAN_OF("four\n"), &err) == RC_OK);
	ck_assert(dead_letter_take_out(path, gone, 3, &err) == RC_OK);
	ck_assert(fixture_file(folder, "x.dead", &text));
	ck_assert_str_eq(buf_cstr(&text), "two\nfour\n");
	/* Not the file that was read: nothing is taken out of it. */
	ck_assert(dead_letter_take_out(path, gone, 3, &err) == RC_RETRY);
	ck_assert(fixture_file(folder, "x.dead", &text));
	ck_assert_str_eq(buf_cstr(&text), "two\nfour\n");
	ck_assert(dead_letter_take_out(path,
		      (struct dead_letter[]){{0, 9, true}}, 1, &err) == RC_OK);
	ck_assert(!fixture_file(folder, "x.dead", &text));
	buf_fini(&text);
	fixture_folder_remove(folder);
}
END_TEST

static char shared[256];

static void *
append_many(void *cookie)
{
	struct err err;

	(void)cookie;
	for (int i = 0; i < 300; i++)
		ck_assert(dead_letter_append(shared, SPAN_OF("new\n"), &err) ==
		    RC_OK);
	return NULL;
}

/* A service appends while lines are taken out: none of its own is lost. */
START_TEST(nothing_is_lost_between_two)
{
	const char *folder = fixture_folder();
	struct buf text = {0};
	size_t new = 0, taken = 0;
	pthread_t thread;
	struct err err;

	snprintf(shared, sizeof(shared), "%s/x.dead", folder);
	pthread_create(&thread, NULL, append_many, NULL);
	while (taken < 200) {
		static const struct dead_letter first = {0, 4, true};

		if (fixture_file(folder, "x.dead", &text) && text.len >= 4)
			taken += dead_letter_take_out(
				     shared, &first, 1, &err) == RC_OK;
	}
	pthread_join(thread, NULL);
	fixture_file(folder, "x.dead", &text);
	for (size_t i = 0; i < text.len; i += 4)
		new += memcmp(text.bytes + i, "new\n", 4) == 0;
	ck_assert_uint_eq(new + taken, 300);
	buf_fini(&text);
	fixture_folder_remove(folder);
}
END_TEST

TEST_MAIN("dead_letter", lines_are_appended_whole, letters_are_taken_out,
    nothing_is_lost_between_two)
