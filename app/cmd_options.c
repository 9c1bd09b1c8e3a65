/* options: the reference configuration. */
#include "app/command.h"
#include "app/config.h"

static const struct args_option options_options[] = {{0}};

static int
options_run(struct args *args)
{
	int what = args_next(args);

	if (what == ARGS_PATH)
		what = args_fault(args, "takes no argument");
	if (what != ARGS_END)
		return command_stop(&command_options, what);
	config_print(stdout);
	return command_flush(STATUS_GOOD);
}

const struct command command_options = {.name = "options",
    .usage = "",
    .summary = "the reference configuration: every key, default and sentence",
    .help = "Prints a configuration in YAML with every key, its default and "
	    "what it is for.\nA key behind # has no default. Set `data` in it "
	    "and it is a configuration.\n",
    .options = options_options,
    .run = options_run};
