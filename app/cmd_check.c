/* check: is this configuration good, and what does an alarm mean? */
#include "app/command.h"
#include "app/config.h"
#include "app/explain.h"
#include "pipeline/engine_config.h"

enum {
	CHECK_CONFIG = ARGS_PATH + 1,
	CHECK_ALARMS,
	CHECK_PARAMETER,
	CHECK_EXPLAIN
};

static const struct args_option check_options[] = {
    {"config", "FILE", "the configuration, with the alarms it names",
	CHECK_CONFIG},
    {"alarms", "FILE", "these alarms; may be repeated", CHECK_ALARMS},
    {"parameter", "NAME=VALUE", "of a CloudFormation template; repeatable",
	CHECK_PARAMETER},
    {"explain", "ALARM", "by name or ARN: what it means, in words",
	CHECK_EXPLAIN},
    {0}};

struct check {
	struct config *config;
	struct faults faults;
	const char *explained;
	bool given; /* --config or --alarms */
};

/* "12 alarms run, 1 does not: NAME" */
static void
check_print_left_out(const struct definitions *alarms)
{
	size_t run = alarms->count, not = alarms->nleft_out;

	if (not == 0)
		return;
	printf("%zu alarm%s, %zu %s not: ", run, run == 1 ? " runs" : "s run",
	    not, not == 1 ? "does" : "do");
	for (size_t i = 0; i < not ; i++)
		printf("%s%.*s", i == 0 ? "" : ", ",
		    SPAN_ARGS(alarms->left_out[i].len > 0
			    ? alarms->left_out[i]
			    : SPAN_OF("(one without a name)")));
	putchar('\n');
}

/* No fault, since CloudWatch takes them; but nobody is told by them here. */
static void
check_actions(const struct check *self)
{
	const struct definitions *all = &self->config->alarms;
	struct action_means means;

	config_action_means(self->config, NULL, NULL, &means);
	for (size_t i = 0; i < all->count; i++)
		for (size_t state = 0; state < 3; state++) {
			const struct arns *list =
			    &all->alarms[i].actions[state];

			for (size_t k = 0; k < list->count; k++)
				if (action_kind_of(&means, list->at[k]) == NULL)
					fprintf(stderr,
					    "tocsin check: alarm \"%.*s\": the "
					    "action %.*s is not run\n",
					    SPAN_ARGS(all->alarms[i].name),
					    SPAN_ARGS(list->at[k]));
		}
}

static int
check_verdict(const struct check *self)
{
	check_actions(self);
	if (self->faults.count == 0) {
		puts("ok");
		return STATUS_GOOD;
	}
	faults_print(&self->faults, stdout);
	check_print_left_out(&self->config->alarms);
	return STATUS_BAD;
}

/*
 * --explain.
 */

static int64_t
check_delay(const struct config *config, const struct alarm *alarm)
{
	int64_t default_ms = 0;

	if (alarm->kind == ALARM_COMPOSITE)
		return 0;
	for (size_t i = 0; i < config->ndelays; i++)
		if (span_is(config->delays[i].namespace, "default"))
			default_ms = config->delays[i].delay_ms;
	return alarm_delay(alarm, config->delays, config->ndelays, default_ms);
}

static void
check_explain_one(const struct check *self, const struct alarm *alarm)
{
	struct buf out = {0}, statistics = {0};
	struct explain_context context = {
	    .delay_ms = check_delay(self->config, alarm),
	    .mutes = &self->config->mutes};

	if (definition_stream_statistics(alarm, &statistics))
		context.stream_statistics = buf_span(&statistics);
	explain(&out, alarm, &context);
	fputs(buf_cstr(&out), stdout);
	buf_fini(&out);
	buf_fini(&statistics);
}

/* Not there: because of its faults, or because nothing has that name. */
static int
check_unknown(struct check *self)
{
	const struct definitions *all = &self->config->alarms;
	struct span name = span_text(self->explained);
	const char **names = arena_alloc(
	    &self->config->arena, (all->count + 1) * sizeof(*names));
	const char *near;

	for (size_t i = 0; i < all->nleft_out; i++)
		if (span_equal(all->left_out[i], name))
			return check_verdict(self);
	for (size_t i = 0; i < all->count; i++)
		names[i] =
		    arena_text(&self->config->arena, all->alarms[i].name);
	near = tree_nearest(name, names);
	fprintf(
	    stderr, "tocsin check: there is no alarm \"%s\"", self->explained);
	if (near != NULL)
		fprintf(stderr, "; did you mean \"%s\"?", near);
	fputc('\n', stderr);
	faults_print(&self->faults, stderr);
	return STATUS_BAD;
}

/* All of that name: one name may stand in several Regions. */
static int
check_explain(struct check *self)
{
	const struct definitions *all = &self->config->alarms;
	size_t found = 0;

	for (size_t i = 0; i < all->count; i++) {
		const struct alarm *alarm = &all->alarms[i];

		if (!span_is(alarm->name, self->explained) &&
		    !span_is(alarm->arn, self->explained))
			continue;
		if (found++ > 0)
			putchar('\n');
		check_explain_one(self, alarm);
	}
	return found > 0 ? STATUS_GOOD : check_unknown(self);
}

/* One option or path; ARGS_END when it was taken. */
static int
check_arg(struct check *self, const struct args *args, int what)
{
	struct config *config = self->config;

	switch (what) {
	case CHECK_CONFIG:
		config_read(config, args->value, true, &self->faults);
		break;
	case CHECK_ALARMS:
		config_alarms_add(config, args->value, NULL, &self->faults);
		break;
	case CHECK_PARAMETER:
		if (!config_parameter_add(config, args->value))
			return args_fault(args,
			    "--parameter needs NAME=VALUE, not \"%s\"",
			    args->value);
		break;
	case CHECK_EXPLAIN:
		self->explained = args->value;
		break;
	default:
		return args_fault(args,
		    "takes no argument but options; an alarm file is --alarms "
		    "%s",
		    args->value);
	}
	self->given =
	    self->given || what == CHECK_CONFIG || what == CHECK_ALARMS;
	return ARGS_END;
}

static int
check_args(struct check *self, struct args *args)
{
	int what;

	while ((what = args_next(args)) > ARGS_END)
		if ((what = check_arg(self, args, what)) != ARGS_END)
			return what;
	if (what == ARGS_END && !self->given)
		return args_fault(args, "needs --config FILE or --alarms FILE");
	return what;
}

static int
check_do(struct check *self, struct args *args)
{
	int what = check_args(self, args);

	if (what != ARGS_END)
		return command_stop(&command_check, what);
	config_finish(self->config, &self->faults);
	return command_flush(self->explained != NULL ? check_explain(self)
						     : check_verdict(self));
}

static int
check_run(struct args *args)
{
	struct check self = {.config = config_create()};
	int status;

	faults_init(&self.faults);
	status = check_do(&self, args);
	faults_fini(&self.faults);
	config_free(&self.config);
	return status;
}

const struct command command_check = {.name = "check",
    .usage = "--config FILE | --alarms FILE… [--explain ALARM]",
    .summary = "`ok`, or every fault of a configuration with file and line",
    .help =
	"Reads the configuration and the alarm files that it names, as `run` "
	"would, or\nalarm files alone. Prints `ok`, or every fault as "
	"FILE:LINE:COLUMN: text and\nwhich alarms do not run; exit status 1 "
	"then.\n\n--explain tells of one alarm in plain words what it watches, "
	"when it rings, what\nmissing data does, who is told, and what may "
	"surprise.\n",
    .options = check_options,
    .run = check_run};
