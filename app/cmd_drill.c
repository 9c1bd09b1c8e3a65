/* drill: RPO and RTO of an outage, from an archive. */
#include "app/command.h"
#include "app/drill.h"
#include "app/replay.h"

enum { DRILL_CONFIG = ARGS_PATH + 1, DRILL_FROM, DRILL_TO };

static const struct args_option drill_options[] = {
    {"config", "FILE", "whose rollups have rpo or rto", DRILL_CONFIG},
    {"from", "TIME", "when the outage began", DRILL_FROM},
    {"to", "TIME", "the end of what is looked at", DRILL_TO}, {0}};

struct drill_command {
	struct config *config;
	struct faults faults, left_out;
	struct inputs inputs;
	struct drill_range range;
	struct drill *drill;
	size_t paths;
	enum rc stuck;
	struct err err;
};

static int
drill_arg(struct drill_command *self, const struct args *args, int what)
{
	switch (what) {
	case DRILL_CONFIG:
		config_read(self->config, args->value, false, &self->faults);
		return ARGS_END;
	case DRILL_FROM:
		return args_time(args, &self->range.from_ms) ? ARGS_END
							     : ARGS_BAD;
	case DRILL_TO:
		return args_time(args, &self->range.to_ms) ? ARGS_END
							   : ARGS_BAD;
	default:
		self->paths++;
		if (self->stuck == RC_OK)
			self->stuck =
			    inputs_add(&self->inputs, args->value, &self->err);
		return ARGS_END;
	}
}

static int
drill_args(struct drill_command *self, struct args *args)
{
	int what;

	while ((what = args_next(args)) > ARGS_END)
		if ((what = drill_arg(self, args, what)) != ARGS_END)
			return what;
	if (what != ARGS_END)
		return what;
	if (self->range.from_ms == INT64_MIN || self->range.to_ms == INT64_MIN)
		return args_fault(args, "needs --from and --to");
	if (self->range.to_ms <= self->range.from_ms)
		return args_fault(args, "--to must lie behind --from");
	if (self->paths == 0)
		return args_fault(
		    args, "needs a PATH, or - for standard input");
	return ARGS_END;
}

static bool
drill_has_objective(const struct config *config)
{
	for (size_t i = 0; i < config->nrollups; i++)
		if (config->objectives[i].rpo_ms > 0 ||
		    config->objectives[i].rto_ms > 0)
			return true;
	return false;
}

static void
drill_tell(void *cookie, const struct rollup_line *line)
{
	drill_line(cookie, line);
}

static int
drill_report(struct drill_command *self, int status)
{
	struct buf out = {0};
	bool met;

	if (status != STATUS_GOOD && status != STATUS_BAD)
		return status;
	met = drill_print(self->drill, &out);
	fputs(buf_cstr(&out), stdout);
	if (out.len == 0)
		fprintf(stderr,
		    "tocsin drill: no rollup with rpo or rto has a datapoint "
		    "between an hour before --from and --to\n");
	if (drill_left_out(self->drill) > 0)
		fprintf(stderr,
		    "tocsin drill: %llu datapoints above the limit are left "
		    "out\n",
		    (unsigned long long)drill_left_out(self->drill));
	buf_fini(&out);
	return command_flush(met ? status : STATUS_BAD);
}

static int
drill_do(struct drill_command *self, struct args *args)
{
	const struct inputs_remote remote = {.buckets = self->config->s3,
	    .nbuckets = self->config->ns3,
	    .region = self->config->region,
	    .range = SOURCE_S3_ALL};
	struct replay_options options = {.from_ms = INT64_MIN,
	    .since_ms = INT64_MIN,
	    .to_ms = INT64_MIN,
	    .step_ms = 60000,
	    .tell = drill_tell,
	    .config = self->config};
	int what = drill_args(self, args);

	if (what != ARGS_END)
		return command_stop(&command_drill, what);
	if (self->stuck != RC_OK)
		return command_stuck("drill", &self->err);
	config_finish(self->config, &self->left_out);
	if (self->faults.count > 0) {
		faults_print(&self->faults, stderr);
		return STATUS_BAD;
	}
	if (!drill_has_objective(self->config)) {
		fprintf(stderr,
		    "tocsin drill: no rollup of the configuration has rpo or "
		    "rto\n");
		return STATUS_BAD;
	}
	if (inputs_settle(&self->inputs, &remote, &self->err) != RC_OK)
		return command_stuck("drill", &self->err);
	self->drill = drill_create(self->config->rollups,
	    self->config->objectives, self->config->nrollups, &self->range);
	options.cookie = self->drill;
	return drill_report(self, replay(&self->inputs, &options));
}

static int
drill_run(struct args *args)
{
	struct drill_command self = {
	    .config = config_create(), .range = {INT64_MIN, INT64_MIN}};
	int status;

	inputs_init(&self.inputs);
	faults_init(&self.faults);
	faults_init(&self.left_out);
	status = drill_do(&self, args);
	drill_free(&self.drill);
	faults_fini(&self.faults);
	faults_fini(&self.left_out);
	inputs_fini(&self.inputs);
	config_free(&self.config);
	return status;
}

const struct command command_drill = {.name = "drill",
    .usage = "--config FILE --from TIME --to TIME PATH…",
    .summary = "RPO and RTO of an outage or exercise, from an archive",
    .help =
	"Prints a JSON object for each group of each rollup that has an\n"
	"objective: `rpo` of a replication lag, `healthy` and `rto` of what\n"
	"must come back (docs/rollups.md), with its datapoints from an hour\n"
	"before FROM until TO.\n\n"
	"rpo: the lag of the last good point before FROM, and the time from\n"
	"that point's end to FROM, of which nothing is known. rto: from FROM\n"
	"to the end of the first window behind it that is healthy. `seconds`\n"
	"is null where there is none. Exit status 1 when an objective is not\n"
	"met.\n",
    .options = drill_options,
    .run = drill_run};
