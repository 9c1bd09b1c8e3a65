#include "base/secret.h"

#include <unistd.h>

#include "testing.h"

START_TEST(lines)
{
	static const struct {
		const char *file, *line;
	} rows[] = {{"key", "key"}, {"key\n", "key"}, {"key\r\nother\n", "key"},
	    {"\n \n  a key \n", "a key"}, {"k\xc3\xa4y\n", "k\xc3\xa4y"},
	    {" \n\t\n", ""}, {"", ""}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf file = {0};
		struct span line;

		buf_text(&file, rows[i].file);
		line = secret_line(&file);
		ck_assert_msg(
		    span_is(line, rows[i].line), "\"%.*s\"", SPAN_ARGS(line));
		secret_fini(&file);
		ck_assert_ptr_null(file.bytes);
	}
}
END_TEST

START_TEST(files)
{
	char path[] = "/tmp/tocsin-secret-XXXXXX";
	int fd = mkstemp(path);
	struct buf out = {0};
	struct err err;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(secret_read(path, true, &out, &err), RC_FATAL);
	ck_assert_ptr_nonnull(strstr(err.text, "is empty"));
	ck_assert_int_eq(write(fd, "key\n", 4), 4);
	close(fd);
	ck_assert_int_eq(secret_read(path, true, &out, &err), RC_OK);
	ck_assert(span_is(secret_line(&out), "key"));
	secret_fini(&out);
	unlink(path);
	ck_assert_int_eq(secret_read(path, true, &out, &err), RC_FATAL);
	secret_fini(&out);
}
END_TEST

TEST_MAIN("secret", lines, files)
