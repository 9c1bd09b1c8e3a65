/* help, version. */
#include "app/command.h"

static const struct args_option no_options[] = {{0}};

static int
help_run(struct args *args)
{
	const struct command *command = NULL;
	int what;

	while ((what = args_next(args)) == ARGS_PATH) {
		if (command != NULL)
			return command_stop(&command_help,
			    args_fault(args, "one command at a time"));
		command = command_find(args->value);
		if (command == NULL)
			return command_unknown(args->value);
	}
	if (what != ARGS_END)
		return command_stop(&command_help, what);
	if (command == NULL)
		command_print_usage(stdout);
	else
		command_print_help(command, stdout);
	return command_flush(STATUS_GOOD);
}

static int
version_run(struct args *args)
{
	int what = args_next(args);

	if (what == ARGS_PATH)
		what = args_fault(args, "takes no argument");
	if (what != ARGS_END)
		return command_stop(&command_version, what);
	printf("tocsin " TOCSIN_VERSION "\n"
	       "input: firehose-http, files, segments; formats json, otlp "
	       "(0.7, 1.0); gzip, zstd, snappy\n"
	       "alarms: metric, metric math, Metrics Insights, anomaly, "
	       "composite; mute rules\n"
	       "sinks: s3, sns, firehose-http replica\n");
	return command_flush(STATUS_GOOD);
}

const struct command command_help = {.name = "help",
    .usage = "[COMMAND]",
    .summary = "what the commands do, or what one of them does",
    .help = "Prints the list of commands, or the help of one.\n",
    .options = no_options,
    .run = help_run};

const struct command command_version = {.name = "version",
    .usage = "",
    .summary = "version and features",
    .help = "The first line is the version; the others name what this build "
	    "can read,\nevaluate and deliver to.\n",
    .options = no_options,
    .run = version_run};
