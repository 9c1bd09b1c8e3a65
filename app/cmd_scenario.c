/* scenario: the metric stream that a small description tells of. */
#include "app/command.h"
#include "app/scenario.h"

enum { SCENARIO_BATCHES = ARGS_PATH + 1 };

static const struct args_option scenario_options[] = {
    {"batches", NULL, "JSON lines, one a batch, for posting", SCENARIO_BATCHES},
    {0}};

static int
scenario_run(struct args *args)
{
	const char *path = NULL;
	bool batches = false;
	struct err err;
	enum rc rc;
	int what;

	while ((what = args_next(args)) > ARGS_END) {
		if (what == SCENARIO_BATCHES)
			batches = true;
		else if (path == NULL)
			path = args->value;
		else
			what = args_fault(args, "one FILE at a time");
		if (what == ARGS_BAD)
			break;
	}
	if (what == ARGS_END && path == NULL)
		what = args_fault(args, "needs a FILE");
	if (what != ARGS_END)
		return command_stop(&command_scenario, what);
	rc = batches ? scenario_write_batches(path, stdout, &err)
		     : scenario_write(path, stdout, &err);
	if (rc == RC_OK)
		return command_flush(STATUS_GOOD);
	fprintf(stderr, "tocsin scenario: %s\n", err.text);
	return rc == RC_REJECT ? STATUS_BAD : STATUS_STUCK;
}

const struct command command_scenario = {.name = "scenario",
    .usage = "[--batches] FILE",
    .summary = "writes the metric stream that a small description tells of",
    .help = "Writes the stream to standard output as one segment: batches at "
	    "their arrival\ntimes and a tick every ten seconds, for `tocsin "
	    "replay -`. The same file gives\nthe same bytes on every "
	    "machine.\n",
    .options = scenario_options,
    .run = scenario_run};
