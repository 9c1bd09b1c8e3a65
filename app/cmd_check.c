/* check: is this configuration good? */
#include "app/command.h"
#include "app/config.h"

enum { CHECK_CONFIG = ARGS_PATH + 1 };

static const struct args_option check_options[] = {
    {"config", "FILE", "the configuration", CHECK_CONFIG}, {0}};

static int
check_file(const char *path)
{
	struct faults faults;
	struct config *config;
	int status = STATUS_GOOD;

	faults_init(&faults);
	config = config_load(path, &faults);
	if (config == NULL) {
		faults_print(&faults, stdout);
		status = STATUS_BAD;
	} else {
		printf("ok\n");
	}
	config_free(&config);
	faults_fini(&faults);
	return command_flush(status);
}

static int
check_run(struct args *args)
{
	const char *path = NULL;
	int what;

	while ((what = args_next(args)) == CHECK_CONFIG)
		path = args->value;
	if (what == ARGS_PATH)
		what = args_fault(args, "takes no argument but --config FILE");
	else if (what == ARGS_END && path == NULL)
		what = args_fault(args, "needs --config FILE");
	if (what != ARGS_END)
		return command_stop(&command_check, what);
	return check_file(path);
}

const struct command command_check = {.name = "check",
    .usage = "--config FILE",
    .summary = "`ok`, or every fault of a configuration with file and line",
    .help = "Reads the configuration and the alarm files that it names, as "
	    "`run` would.\nPrints `ok`, or every fault as FILE:LINE:COLUMN: "
	    "text; exit status 1 then.\n",
    .options = check_options,
    .run = check_run};
