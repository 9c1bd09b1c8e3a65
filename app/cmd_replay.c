/* replay: archives through the live pipeline. */
#include "app/command.h"
#include "app/replay.h"

enum {
	REPLAY_CONFIG = ARGS_PATH + 1,
	REPLAY_ALARMS,
	REPLAY_FROM,
	REPLAY_SINCE,
	REPLAY_TO,
	REPLAY_DELAY,
	REPLAY_THREADS,
	REPLAY_TICK,
	REPLAY_AS,
	REPLAY_STRICT,
	REPLAY_PARAMETER,
	REPLAY_RESTART,
	REPLAY_ROLLUPS
};

static const struct args_option replay_command_options[] = {
    {"config", "FILE", "alarms, delays, Region and account of this",
	REPLAY_CONFIG},
    {"alarms", "FILE", "these alarms; both may be repeated", REPLAY_ALARMS},
    {"from", "TIME", "nothing is evaluated before", REPLAY_FROM},
    {"to", "TIME", "nothing is evaluated behind", REPLAY_TO},
    {"since", "TIME", "segments: not even read before it", REPLAY_SINCE},
    {"delay", "DURATION", "instead of every other delay", REPLAY_DELAY},
    {"threads", "N", "2: one reads ahead of the other (1)", REPLAY_THREADS},
    {"tick", "10s…60s", "the width of a step (60s)", REPLAY_TICK},
    {"as", "FORM", "transitions, sns, events or lambda", REPLAY_AS},
    {"strict", NULL, "an alarm with faults stops all", REPLAY_STRICT},
    {"parameter", "NAME=VALUE", "of a template; may be repeated",
	REPLAY_PARAMETER},
    {"restart", NULL, "save and load all memory at each entry", REPLAY_RESTART},
    {"rollups", NULL, "the lines of rollups too", REPLAY_ROLLUPS}, {0}};

struct replay_command {
	struct replay_options options;
	struct config *config;
	struct faults faults, left_out;
	bool strict;
	struct inputs inputs;
	bool defined;
	size_t paths;
	enum rc stuck;
	struct err err;
};

static int
replay_arg_tick(struct replay_command *self, const struct args *args)
{
	int64_t *step_ms = &self->options.step_ms;

	if (!args_duration(args, step_ms))
		return ARGS_BAD;
	if (*step_ms >= 10000 && *step_ms <= 60000 && 60000 % *step_ms == 0)
		return ARGS_END;
	return args_fault(args,
	    "--tick must be 10s, 12s, 15s, 20s, 30s or 60s, not \"%s\"",
	    args->value);
}

static int
replay_arg_as(struct replay_command *self, const struct args *args)
{
	static const char *const forms[] = {
	    [REPLAY_AS_TRANSITIONS] = "transitions",
	    [REPLAY_AS_SNS] = "sns",
	    [REPLAY_AS_EVENTS] = "events",
	    [REPLAY_AS_LAMBDA] = "lambda"};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		if (strcmp(args->value, forms[i]) == 0) {
			self->options.as = (enum replay_as)i;
			return ARGS_END;
		}
	return args_fault(args,
	    "--as must be transitions, sns, events or lambda, not \"%s\"",
	    args->value);
}

static int
replay_arg_path(struct replay_command *self, const struct args *args)
{
	self->paths++;
	if (self->stuck == RC_OK)
		self->stuck =
		    inputs_add(&self->inputs, args->value, &self->err);
	return ARGS_END;
}

/* One option or path; ARGS_END when it was taken. */
static int
replay_arg(struct replay_command *self, const struct args *args, int what)
{
	struct replay_options *options = &self->options;
	int64_t threads = 1;
	bool good = true;

	switch (what) {
	case REPLAY_CONFIG:
		config_read(self->config, args->value, false, &self->faults);
		self->defined = true;
		break;
	case REPLAY_ALARMS:
		config_alarms_add(
		    self->config, args->value, NULL, &self->faults);
		self->defined = true;
		break;
	case REPLAY_FROM:
		good = args_time(args, &options->from_ms);
		break;
	case REPLAY_SINCE:
		good = args_time(args, &options->since_ms);
		break;
	case REPLAY_TO:
		good = args_time(args, &options->to_ms);
		break;
	case REPLAY_DELAY:
		good = args_duration(args, &options->delay_ms);
		break;
	case REPLAY_THREADS:
		good = args_int(args, 1, &threads);
		options->ahead = threads > 1;
		break;
	case REPLAY_TICK:
		return replay_arg_tick(self, args);
	case REPLAY_AS:
		return replay_arg_as(self, args);
	case REPLAY_STRICT:
		self->strict = true;
		break;
	case REPLAY_RESTART:
		options->restart = true;
		break;
	case REPLAY_PARAMETER:
		if (!config_parameter_add(self->config, args->value))
			return args_fault(args,
			    "--parameter needs NAME=VALUE, not \"%s\"",
			    args->value);
		break;
	case REPLAY_ROLLUPS:
		options->rollups = true;
		break;
	default:
		return replay_arg_path(self, args);
	}
	return good ? ARGS_END : ARGS_BAD;
}

static int
replay_args(struct replay_command *self, struct args *args)
{
	const struct replay_options *options = &self->options;
	int what;

	while ((what = args_next(args)) > ARGS_END)
		if ((what = replay_arg(self, args, what)) != ARGS_END)
			return what;
	if (what != ARGS_END)
		return what;
	if (self->paths == 0)
		return args_fault(
		    args, "needs a PATH, or - for standard input");
	if (options->since_ms != INT64_MIN && options->from_ms != INT64_MIN &&
	    options->from_ms < options->since_ms)
		return args_fault(args, "--from must not lie before --since");
	if (options->from_ms != INT64_MIN && options->to_ms != INT64_MIN &&
	    options->to_ms <= options->from_ms)
		return args_fault(args, "--to must lie behind --from");
	return ARGS_END;
}

/* One bad alarm does not stop the others. */
static void
replay_tell_left_out(const struct replay_command *self)
{
	faults_print(&self->left_out, stderr);
	if (self->config->alarms.nleft_out > 0)
		fprintf(stderr,
		    "tocsin replay: %zu alarms do not run because of these "
		    "faults, %zu do; --strict makes that fatal\n",
		    self->config->alarms.nleft_out, self->config->alarms.count);
}

/* What is at s3:// where the configuration says, if it says so. */
static enum rc
replay_settle(struct replay_command *self)
{
	const struct replay_options *options = &self->options;
	const struct inputs_remote remote = {.buckets = self->config->s3,
	    .nbuckets = self->config->ns3,
	    .region = self->config->region,
	    .range = {options->since_ms,
		options->to_ms == INT64_MIN ? INT64_MAX : options->to_ms}};

	return inputs_settle(&self->inputs, &remote, &self->err);
}

static int
replay_command_do(struct replay_command *self, struct args *args)
{
	int what = replay_args(self, args);

	if (what != ARGS_END)
		return command_stop(&command_replay, what);
	if (self->stuck != RC_OK)
		return command_stuck("replay", &self->err);
	config_finish(
	    self->config, self->strict ? &self->faults : &self->left_out);
	if (self->faults.count > 0) {
		faults_print(&self->faults, stderr);
		return STATUS_BAD;
	}
	if (replay_settle(self) != RC_OK)
		return command_stuck("replay", &self->err);
	replay_tell_left_out(self);
	if (self->config->alarms.nleft_out > 0 &&
	    self->config->alarms.count == 0)
		return STATUS_BAD;
	if (self->defined)
		self->options.config = self->config;
	return replay(&self->inputs, &self->options);
}

static int
replay_command_run(struct args *args)
{
	struct replay_command self = {.options = {.from_ms = INT64_MIN,
					  .since_ms = INT64_MIN,
					  .to_ms = INT64_MIN,
					  .delay_ms = -1,
					  .step_ms = 60000},
	    .config = config_create()};
	int status;

	inputs_init(&self.inputs);
	faults_init(&self.faults);
	faults_init(&self.left_out);
	status = replay_command_do(&self, args);
	faults_fini(&self.faults);
	faults_fini(&self.left_out);
	inputs_fini(&self.inputs);
	config_free(&self.config);
	return status;
}

const struct command command_replay = {.name = "replay",
    .usage = "[--config FILE | --alarms FILE]… [OPTIONS] PATH…",
    .summary = "archives through the live pipeline; one line per transition",
    .help =
	"Reads segments, files, folders, s3://bucket/prefix or standard input "
	"(-) and\nprints one JSON object a transition. Nothing is "
	"published.\n\n"
	"Segments of ours are taken as they are, in log order, with the alarm\n"
	"definitions in them unless --config or --alarms gives others. Entries "
	"that\narrived before FROM fill windows and their transitions are not "
	"printed. Of an\narchive at s3:// what lies behind TO is not fetched; "
	"nor is what arrived before\nSINCE, which is as if the log began "
	"there.\n\nAnything else is taken in event order: all points of one "
	"minute are one entry\nwhose clock is the minute's end. The first "
	"clock "
	"is FROM + one step, the last is\nTO, also past the last point. "
	"`--delay 0`: what is not there when the clock\npasses its period is "
	"missing.\n\n--as prints what CloudWatch would send instead: the "
	"message to an SNS topic, the\nEventBridge event (of changed "
	"definitions too) or the payload of Lambda, one\nline a transition, "
	"whether or not its actions run.\n\n--rollups prints the lines of "
	"rollups too, those of an entry before its\ntransitions."
	"\n\n--threads 2 reads the inputs "
	"ahead of what is decoded and evaluated; more gain\nnothing. "
	"Whatever N is, the output is the same.\n\nExit status 1 "
	"when an input is "
	"damaged or, with --strict, a definition is\nat fault; records that "
	"cannot be read are counted on standard error.\n",
    .options = replay_command_options,
    .run = replay_command_run};
