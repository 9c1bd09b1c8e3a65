#include "app/args.h"

#include <stdio.h>
#include <unistd.h>

#include "app/command.h"
#include "testing.h"

enum { OPT_NAME = ARGS_PATH + 1, OPT_FLAG };

static const struct args_option options[] = {
    {"name", "TEXT", "a value", OPT_NAME}, {"flag", NULL, "none", OPT_FLAG},
    {0}};

static struct args
args_of(char **argv)
{
	struct args args = {
	    .command = "test", .options = options, .argv = argv};

	while (argv[args.argc] != NULL)
		args.argc++;
	return args;
}

/* What was said on standard error since the last call. */
static const char *
args_said(FILE *to)
{
	static char text[1024];
	size_t len;

	rewind(to);
	len = fread(text, 1, sizeof(text) - 1, to);
	text[len] = '\0';
	rewind(to);
	ck_assert_int_eq(ftruncate(fileno(to), 0), 0);
	return text;
}

START_TEST(options_and_paths_mix)
{
	char *argv[] = {"a", "--name=x=y", "--flag", "-", "--name", "--flag",
	    "--", "--name", NULL};
	static const struct {
		int what;
		const char *value;
	} want[] = {{ARGS_PATH, "a"}, {OPT_NAME, "x=y"}, {OPT_FLAG, NULL},
	    {ARGS_PATH, "-"}, {OPT_NAME, "--flag"}, {ARGS_PATH, "--name"},
	    {ARGS_END, NULL}};
	struct args args = args_of(argv);

	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		ck_assert_int_eq(args_next(&args), want[i].what);
		if (want[i].value != NULL)
			ck_assert_str_eq(args.value, want[i].value);
	}
}
END_TEST

START_TEST(wrong_usage_says_what_is_right)
{
	static const struct {
		char *argv[3];
		int what;
		const char *says;
	} rows[] = {{{"--nam", "x"}, ARGS_BAD, "did you mean --name?"},
	    {{"--log-levle", "x"}, ARGS_BAD, "did you mean --log-level?"},
	    {{"--name"}, ARGS_BAD, "--name needs TEXT"},
	    {{"--flag=1"}, ARGS_BAD, "--flag takes no value"},
	    {{"-x"}, ARGS_BAD, "options begin with --"},
	    {{"--log-level", "loud"}, ARGS_BAD, "error, warn, info or debug"},
	    {{"--log-format=xml"}, ARGS_BAD, "text or json"},
	    {{"--help"}, ARGS_HELP, ""}, {{"-h"}, ARGS_HELP, ""},
	    {{"--log-level", "info"}, ARGS_END, ""}};
	FILE *real = stderr, *to = tmpfile();

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *argv[4] = {rows[i].argv[0], rows[i].argv[1]};
		struct args args = args_of(argv);
		const char *said;
		int what;

		stderr = to;
		what = args_next(&args);
		stderr = real;
		said = args_said(to);
		ck_assert_msg(what == rows[i].what, "%s: %d", argv[0], what);
		ck_assert_msg(strstr(said, rows[i].says) != NULL, "%s: %s",
		    argv[0], said);
	}
	fclose(to);
}
END_TEST

START_TEST(an_unknown_command_names_the_nearest)
{
	FILE *real = stderr, *to = tmpfile();
	int status;

	stderr = to;
	status = command_unknown("replya");
	stderr = real;
	ck_assert_int_eq(status, STATUS_USAGE);
	ck_assert_ptr_nonnull(
	    strstr(args_said(to), "did you mean \"replay\"?"));
	fclose(to);
	ck_assert_ptr_nonnull(command_find("replay"));
	ck_assert_ptr_null(command_find("replya"));
}
END_TEST

START_TEST(every_command_is_complete)
{
	for (const struct command *const *c = command_table(); *c; c++) {
		ck_assert_ptr_nonnull((*c)->name);
		ck_assert_ptr_nonnull((*c)->usage);
		ck_assert_ptr_nonnull((*c)->summary);
		ck_assert_ptr_nonnull((*c)->help);
		ck_assert_ptr_nonnull((*c)->options);
		ck_assert_ptr_nonnull((*c)->run);
		ck_assert_ptr_eq(command_find((*c)->name), *c);
	}
}
END_TEST

TEST_MAIN("args", options_and_paths_mix, wrong_usage_says_what_is_right,
    an_unknown_command_names_the_nearest, every_command_is_complete)
