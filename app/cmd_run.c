/* run: the service. */
#include <pthread.h>

#include "app/command.h"
#include "app/run.h"

static int
run_file(const char *path, bool strict)
{
	struct faults faults, left_out;
	struct config *config;
	sigset_t set;
	int status = STATUS_BAD;

	/* Every thread inherits this: signals are for the one that waits. */
	run_signals(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	faults_init(&faults);
	faults_init(&left_out);
	config = config_load(path, strict, &faults, &left_out);
	if (config == NULL) {
		faults_print(&faults, stderr);
	} else {
		run_tell_left_out(config, &left_out);
		status = run(path, strict, config);
	}
	config_free(&config);
	faults_fini(&faults);
	faults_fini(&left_out);
	return status;
}

enum { RUN_CONFIG = ARGS_PATH + 1, RUN_STRICT };

static const struct args_option run_options[] = {
    {"config", "FILE", "the configuration", RUN_CONFIG},
    {"strict", NULL, "an alarm with faults stops all", RUN_STRICT}, {0}};

static int
run_run(struct args *args)
{
	const char *path = NULL;
	bool strict = false;
	int what;

	while ((what = args_next(args)) > ARGS_END) {
		if (what == ARGS_PATH)
			return args_fault(
			    args, "takes no argument but --config FILE");
		if (what == RUN_CONFIG)
			path = args->value;
		else
			strict = true;
	}
	if (what == ARGS_END && path == NULL)
		what = args_fault(args, "needs --config FILE");
	if (what != ARGS_END)
		return command_stop(&command_run, what);
	return run_file(path, strict);
}

const struct command command_run = {.name = "run",
    .usage = "--config FILE [--strict]",
    .summary = "the service: listens, keeps, evaluates, rings",
    .help =
	"Runs until SIGTERM or SIGINT: then takes nothing new, applies and "
	"delivers what\nit has, and ends with status 0. SIGHUP reads alarms, "
	"delays, region and account\nanew. Logs `ready` with the real ports "
	"once it listens.\n\nExit status 1 when the configuration is at fault, "
	"3 when it cannot go on.\n",
    .options = run_options,
    .run = run_run};
