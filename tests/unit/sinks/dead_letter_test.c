#include "sinks/dead_letter.h"

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

TEST_MAIN("dead_letter", lines_are_appended_whole)
