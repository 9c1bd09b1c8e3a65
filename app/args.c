#include "app/args.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"
#include "base/text.h"

enum { ARGS_OPT_HELP = 1000, ARGS_OPT_LEVEL, ARGS_OPT_FORMAT };

const struct args_option args_common[] = {
    {"help", NULL, "what this command does", ARGS_OPT_HELP},
    {"log-level", "error|warn|info|debug", "what is logged (info)",
	ARGS_OPT_LEVEL},
    {"log-format", "text|json", "how it is logged (text)", ARGS_OPT_FORMAT},
    {0}};

/* Set by --log-level and --log-format; log_setup() takes both at once. */
static enum log_level args_level = LOG_INFO;
static bool args_json;

int
args_fault(const struct args *args, const char *format, ...)
{
	va_list list;

	fprintf(stderr, "tocsin %s: ", args->command);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fprintf(stderr, "\ntry: tocsin help %s\n", args->command);
	return ARGS_BAD;
}

static const struct args_option *
args_find(const struct args_option *table, struct span name)
{
	for (; table->name != NULL; table++)
		if (span_is(name, table->name))
			return table;
	return NULL;
}

static int
args_unknown(const struct args *args, struct span name)
{
	const char *names[64], *near;
	size_t n = 0;

	for (const struct args_option *o = args->options; o->name != NULL; o++)
		if (n < 60)
			names[n++] = o->name;
	for (const struct args_option *o = args_common; o->name != NULL; o++)
		names[n++] = o->name;
	names[n] = NULL;
	near = tree_nearest(name, names);
	if (near == NULL)
		return args_fault(
		    args, "unknown option --%.*s", SPAN_ARGS(name));
	return args_fault(args, "unknown option --%.*s; did you mean --%s?",
	    SPAN_ARGS(name), near);
}

/* An option that every command has; ARGS_END when it was obeyed. */
static int
args_obey(const struct args *args, int id)
{
	int level;

	if (id == ARGS_OPT_HELP)
		return ARGS_HELP;
	if (id == ARGS_OPT_LEVEL) {
		level = log_level_parse(args->value);
		if (level < 0)
			return args_fault(args,
			    "--log-level must be error, warn, info or debug, "
			    "not \"%s\"",
			    args->value);
		args_level = (enum log_level)level;
	} else {
		args_json = strcmp(args->value, "json") == 0;
		if (!args_json && strcmp(args->value, "text") != 0)
			return args_fault(args,
			    "--log-format must be text or json, not \"%s\"",
			    args->value);
	}
	log_setup(args_level, args_json);
	return ARGS_END;
}

/* Takes the option's value from behind '=' or from the next argument. */
static bool
args_take_value(
    struct args *args, const struct args_option *option, const char *equals)
{
	args->value = equals == NULL ? NULL : equals + 1;
	if (option->value == NULL) {
		if (equals != NULL)
			args_fault(args, "--%s takes no value", option->name);
		return equals == NULL;
	}
	if (equals == NULL && args->at < args->argc)
		args->value = args->argv[args->at++];
	if (args->value == NULL)
		args_fault(args, "--%s needs %s", option->name, option->value);
	return args->value != NULL;
}

static int
args_option(struct args *args, const char *word)
{
	const char *equals = strchr(word, '=');
	struct span name = equals == NULL
	    ? span_text(word)
	    : span_make(word, (size_t)(equals - word));
	const struct args_option *option = args_find(args->options, name);
	bool own = option != NULL;

	if (option == NULL)
		option = args_find(args_common, name);
	if (option == NULL)
		return args_unknown(args, name);
	if (!args_take_value(args, option, equals))
		return ARGS_BAD;
	return own ? option->id : args_obey(args, option->id);
}

int
args_next(struct args *args)
{
	while (args->at < args->argc) {
		const char *word = args->argv[args->at++];
		int id;

		if (args->paths_only || word[0] != '-' || word[1] == '\0') {
			args->value = word;
			return ARGS_PATH;
		}
		if (strcmp(word, "--") == 0) {
			args->paths_only = true;
			continue;
		}
		if (strcmp(word, "-h") == 0)
			return ARGS_HELP;
		if (word[1] != '-')
			return args_fault(args,
			    "unknown option %s; options begin with --", word);
		id = args_option(args, word + 2);
		if (id != ARGS_END)
			return id;
	}
	return ARGS_END;
}

bool
args_time(const struct args *args, int64_t *ms)
{
	if (text_parse_time(span_text(args->value), ms))
		return true;
	args_fault(args, "\"%s\" is no time; write it as 2026-09-14T11:18:00Z",
	    args->value);
	return false;
}

bool
args_duration(const struct args *args, int64_t *ms)
{
	if (text_parse_duration(span_text(args->value), ms) && *ms >= 0)
		return true;
	args_fault(args, "\"%s\" is no duration; write it as 90s, 3m, 1h or 2d",
	    args->value);
	return false;
}

bool
args_int(const struct args *args, int64_t min, int64_t *value)
{
	if (text_parse_int(span_text(args->value), value) && *value >= min)
		return true;
	args_fault(args, "\"%s\" is no whole number from %lld on", args->value,
	    (long long)min);
	return false;
}
