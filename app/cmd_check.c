/* check: is this configuration good? */
#include "app/command.h"
#include "app/config.h"

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
	const char *path;
	int what = args_config(args, &path);

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
    .options = args_config_options,
    .run = check_run};
