/* deliver: dead letters sent again. */
#include <stdlib.h>

#include "app/command.h"
#include "app/config.h"
#include "base/file.h"
#include "sinks/redelivery.h"

enum { DELIVER_CONFIG = ARGS_PATH + 1, DELIVER_RETRY, DELIVER_DRY };

static const struct args_option deliver_options[] = {
    {"retry", NULL, "send the dead letters again", DELIVER_RETRY},
    {"config", "FILE", "the configuration of the service", DELIVER_CONFIG},
    {"dry-run", NULL, "say what is there, send nothing", DELIVER_DRY}, {0}};

static int
deliver_all(const struct config *config, bool dry)
{
	struct http *http = http_create(getenv("AWS_CA_BUNDLE"));
	struct aws_client *aws = aws_client_create(http);
	struct redelivery redelivery = {.dry = dry, .out = stdout};
	struct action_means means;
	struct buf folder = {0};
	struct err err;
	enum rc rc = RC_OK;

	config_action_means(config, http, aws, &means);
	redelivery.means = &means;
	buf_printf(&folder, "%.*s/checkpoint", SPAN_ARGS(config->data));
	if (file_is_folder(buf_cstr(&folder)))
		rc = redelivery_run(&redelivery, buf_cstr(&folder), &err);
	buf_fini(&folder);
	aws_client_free(&aws);
	http_free(&http);
	if (rc != RC_OK)
		return command_stuck("deliver", &err);
	fprintf(stderr, "%zu delivered, %zu remain\n", redelivery.delivered,
	    redelivery.left);
	return redelivery.left == 0 ? STATUS_GOOD : STATUS_BAD;
}

static int
deliver_file(const char *path, bool dry)
{
	struct faults faults, left_out;
	struct config *config;
	int status = STATUS_BAD;

	faults_init(&faults);
	faults_init(&left_out);
	config = config_load(path, false, &faults, &left_out);
	if (config == NULL)
		faults_print(&faults, stderr);
	else
		status = deliver_all(config, dry);
	config_free(&config);
	faults_fini(&faults);
	faults_fini(&left_out);
	return status;
}

static int
deliver_run(struct args *args)
{
	const char *path = NULL;
	bool retry = false, dry = false;
	int what;

	while ((what = args_next(args)) > ARGS_END) {
		if (what == ARGS_PATH)
			return args_fault(
			    args, "takes no argument but --config FILE");
		if (what == DELIVER_CONFIG)
			path = args->value;
		retry = retry || what == DELIVER_RETRY;
		dry = dry || what == DELIVER_DRY;
	}
	if (what == ARGS_END && (path == NULL || !retry))
		what = args_fault(args, "needs --retry and --config FILE");
	if (what != ARGS_END)
		return command_stop(&command_deliver, what);
	return command_flush(deliver_file(path, dry));
}

const struct command command_deliver = {.name = "deliver",
    .usage = "--retry --config FILE [--dry-run]",
    .summary = "dead letters sent again, under the same ids",
    .help =
	"Sends each dead letter of notifications once: of SNS, Lambda, "
	"EventBridge and\nwebhooks. What is delivered leaves its file; the "
	"service may run meanwhile. A\nline of JSON for each letter says "
	"what became of it.\n\nExit status 0 when none remains, 1 when some "
	"do, 3 when it could not go on.\n",
    .options = deliver_options,
    .run = deliver_run};
