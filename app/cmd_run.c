/* run: the service. */
#include <pthread.h>

#include "app/command.h"
#include "app/run.h"

static int
run_file(const char *path)
{
	struct faults faults;
	struct config *config;
	sigset_t set;
	int status = STATUS_BAD;

	/* Every thread inherits this: signals are for the one that waits. */
	run_signals(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	faults_init(&faults);
	config = config_load(path, &faults);
	if (config == NULL)
		faults_print(&faults, stderr);
	else
		status = run(path, config);
	config_free(&config);
	faults_fini(&faults);
	return status;
}

static int
run_run(struct args *args)
{
	const char *path;
	int what = args_config(args, &path);

	if (what != ARGS_END)
		return command_stop(&command_run, what);
	return run_file(path);
}

const struct command command_run = {.name = "run",
    .usage = "--config FILE",
    .summary = "the service: listens, keeps, evaluates, rings",
    .help =
	"Runs until SIGTERM or SIGINT: then takes nothing new, applies and "
	"delivers what\nit has, and ends with status 0. SIGHUP reads alarms, "
	"delays, region and account\nanew. Logs `ready` with the real ports "
	"once it listens.\n\nExit status 1 when the configuration is at fault, "
	"3 when it cannot go on.\n",
    .options = args_config_options,
    .run = run_run};
