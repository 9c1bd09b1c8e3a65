#include "base/option.h"

#include "base/limits.h"
#include "base/text.h"

static const char *
option_wanted(enum option_type type)
{
	switch (type) {
	case OPTION_TEXT:
		return "a text";
	case OPTION_PATH:
		return "a path";
	case OPTION_ADDRESS:
		return "an address such as 127.0.0.1:4433";
	case OPTION_DURATION:
		return "a duration such as 90s, 3m, 1h or 2d";
	case OPTION_SIZE:
		return "a size such as 512KiB, 64MiB or 1GiB";
	case OPTION_INT:
		return "a whole number";
	case OPTION_BOOL:
		return "true or false";
	}
	return "something else";
}

static bool
option_address(struct span text)
{
	const char *colon =
	    text.len == 0 ? NULL : memrchr(text.at, ':', text.len);
	int64_t port;

	if (colon == NULL || colon == text.at)
		return false;
	return text_parse_int(span_make(colon + 1,
				  text.len - (size_t)(colon + 1 - text.at)),
		   &port) &&
	    port >= 0 && port <= 65535;
}

static bool
option_number(const struct option *option, struct span text, int64_t *value)
{
	bool read = option->type == OPTION_DURATION
	    ? text_parse_duration(text, value)
	    : option->type == OPTION_SIZE ? text_parse_size(text, value)
					  : text_parse_int(text, value);

	return read;
}

static void
option_bound_text(
    const struct option *option, int64_t value, char out[TEXT_TIME_SIZE])
{
	if (option->type == OPTION_DURATION)
		text_duration(out, value);
	else if (option->type == OPTION_SIZE)
		text_size(out, value);
	else
		snprintf(out, TEXT_TIME_SIZE, "%lld", (long long)value);
}

struct span
option_path(struct arena *arena, const char *file, struct span path)
{
	const char *slash = strrchr(file, '/');

	if (path.len == 0 || path.at[0] == '/' || slash == NULL)
		return arena_copy(arena, path);
	return span_text(arena_printf(
	    arena, "%.*s/%.*s", (int)(slash - file), file, SPAN_ARGS(path)));
}

/* Reads one text; false when it is not what the type wants. */
static bool
option_read(const struct option *option, struct span text, const char *file,
    void *into, struct arena *arena)
{
	char *field = (char *)into + option->offset;

	switch (option->type) {
	case OPTION_ADDRESS:
		if (!option_address(text))
			return false;
		/* fall through */
	case OPTION_TEXT:
		*(struct span *)(void *)field = arena_copy(arena, text);
		return true;
	case OPTION_PATH:
		*(struct span *)(void *)field = option_path(arena, file, text);
		return true;
	case OPTION_BOOL:
		*(bool *)field = span_is(text, "true");
		return span_is(text, "true") || span_is(text, "false");
	default:
		return option_number(option, text, (int64_t *)(void *)field);
	}
}

static void
option_check_bounds(const struct option *option, const struct tree *node,
    const void *into, struct faults *faults)
{
	char low[TEXT_TIME_SIZE], high[TEXT_TIME_SIZE];
	int64_t value;

	if ((option->min == 0 && option->max == 0) ||
	    (option->type != OPTION_DURATION && option->type != OPTION_SIZE &&
		option->type != OPTION_INT))
		return;
	value = *(
	    const int64_t *)(const void *)((const char *)into + option->offset);
	if (value >= option->min && value <= option->max)
		return;
	option_bound_text(option, option->min, low);
	option_bound_text(option, option->max, high);
	tree_fault(node, faults, "%s must be from %s to %s, not \"%.*s\"",
	    option->key, low, high, SPAN_ARGS(node->text));
}

void
option_load(const struct option *table, const struct tree *map, void *into,
    struct arena *arena, struct faults *faults)
{
	for (const struct option *o = table; o->key != NULL; o++) {
		const struct tree *node = tree_get(map, o->key);

		if (o->fallback != NULL)
			option_read(o, span_text(o->fallback), "", into, arena);
		if (node == NULL)
			continue;
		if (node->kind != TREE_SCALAR ||
		    !option_read(o, node->text, node->file, into, arena))
			tree_fault(node, faults, "%s must be %s%s%.*s%s",
			    o->key, option_wanted(o->type),
			    node->kind == TREE_SCALAR ? ", not \"" : "",
			    SPAN_ARGS(node->text),
			    node->kind == TREE_SCALAR ? "\"" : "");
		else
			option_check_bounds(o, node, into, faults);
	}
}

void
option_known(const struct option *table, const char *const *also,
    const struct tree *map, struct faults *faults)
{
	const char *keys[128];
	size_t n = 0;

	for (const struct option *o = table; o->key != NULL && n < 127; o++)
		keys[n++] = o->key;
	for (; also != NULL && *also != NULL && n < 127; also++)
		keys[n++] = *also;
	keys[n] = NULL;
	tree_known(map, keys, faults);
}

void
option_print(const struct option *table, unsigned indent, FILE *to)
{
	for (const struct option *o = table; o->key != NULL; o++) {
		fprintf(to, "%*s# %s", (int)indent, "", o->help);
		if (o->max != 0) {
			char low[TEXT_TIME_SIZE], high[TEXT_TIME_SIZE];

			option_bound_text(o, o->min, low);
			option_bound_text(o, o->max, high);
			fprintf(to, " (%s to %s)", low, high);
		}
		fprintf(to, "\n%*s%s%s:%s%s\n", (int)indent, "",
		    o->fallback == NULL ? "#" : "", o->key,
		    o->fallback == NULL ? "" : " ",
		    o->fallback == NULL ? "" : o->fallback);
	}
}
