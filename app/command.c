#include "app/command.h"

#include <errno.h>

static const struct command *const commands[] = {&command_run, &command_replay,
    &command_decode, &command_check, &command_delays, &command_test,
    &command_scenario, &command_journal, &command_deliver, &command_drill,
    &command_options, &command_version, &command_help, NULL};

const struct command *const *
command_table(void)
{
	return commands;
}

const struct command *
command_find(const char *name)
{
	for (const struct command *const *c = commands; *c != NULL; c++)
		if (strcmp((*c)->name, name) == 0)
			return *c;
	return NULL;
}

void
command_print_usage(FILE *to)
{
	fprintf(to,
	    "tocsin rings when a multi-Region disaster-recovery set-up leaves "
	    "its limits.\n\nusage: tocsin COMMAND …\n\n");
	for (const struct command *const *c = commands; *c != NULL; c++)
		fprintf(to, "  %-9s %s\n", (*c)->name, (*c)->summary);
	fprintf(to,
	    "\ntocsin help COMMAND says more; every command takes --help.\n");
}

static void
command_print_options(const struct args_option *option, FILE *to)
{
	for (; option->name != NULL; option++) {
		char left[80];

		snprintf(left, sizeof(left), "--%s%s%s", option->name,
		    option->value == NULL ? "" : " ",
		    option->value == NULL ? "" : option->value);
		fprintf(to, "  %-34s %s\n", left, option->help);
	}
}

void
command_print_help(const struct command *command, FILE *to)
{
	fprintf(to, "usage: tocsin %s %s\n\n%s\nOptions:\n", command->name,
	    command->usage, command->help);
	command_print_options(command->options, to);
	command_print_options(args_common, to);
}

int
command_unknown(const char *name)
{
	const char *names[64], *near;
	size_t n = 0;

	for (const struct command *const *c = commands; *c != NULL; c++)
		names[n++] = (*c)->name;
	names[n] = NULL;
	near = tree_nearest(span_text(name), names);
	if (near != NULL)
		fprintf(stderr,
		    "tocsin: unknown command \"%s\"; did you mean \"%s\"?\n",
		    name, near);
	else
		fprintf(stderr, "tocsin: unknown command \"%s\"\n", name);
	fprintf(stderr, "try: tocsin help\n");
	return STATUS_USAGE;
}

int
command_stop(const struct command *command, int what)
{
	if (what != ARGS_HELP)
		return STATUS_USAGE;
	command_print_help(command, stdout);
	return command_flush(STATUS_GOOD);
}

int
command_stuck(const char *name, const struct err *err)
{
	fprintf(stderr, "tocsin %s: %s\n", name, err->text);
	return STATUS_STUCK;
}

int
command_flush(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "tocsin: standard output: %s\n", strerror(errno));
	return STATUS_STUCK;
}

int
command_main(int argc, char **argv)
{
	const struct command *command;
	struct args args;

	if (argc < 2) {
		command_print_usage(stderr);
		return STATUS_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		command = &command_help;
	else if (strcmp(argv[1], "--version") == 0)
		command = &command_version;
	else
		command = command_find(argv[1]);
	if (command == NULL)
		return command_unknown(argv[1]);
	args = (struct args){.command = command->name,
	    .options = command->options,
	    .argc = argc,
	    .argv = argv,
	    .at = 2};
	return command->run(&args);
}
