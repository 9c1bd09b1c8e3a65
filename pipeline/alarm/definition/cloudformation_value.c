/* Literals and the table of functions; scalars as their property wants them. */
#include "pipeline/alarm/definition/cloudformation_value.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

const struct tree *
cloudformation_fault(
    struct cloudformation *c, const struct tree *place, const char *format, ...)
{
	char text[1024];
	va_list args;

	if (c->spent)
		return NULL;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	tree_fault(place, c->faults, "%.*s is left out: %s",
	    SPAN_ARGS(c->alarm), text);
	return NULL;
}

bool
cloudformation_charge(
    struct cloudformation *c, const struct tree *place, size_t bytes)
{
	if (c->spent)
		return false;
	c->work += bytes;
	if (c->work <= LIMIT_TEMPLATE_BYTES)
		return true;
	cloudformation_fault(c, place,
	    "the template's functions make more than %lld MiB; so is all that "
	    "follows",
	    LIMIT_TEMPLATE_BYTES / MIB);
	c->spent = true;
	return false;
}

const struct tree *
cloudformation_made(
    struct cloudformation *c, struct span text, const struct tree *place)
{
	if (text.len > LIMIT_TEMPLATE_TEXT)
		return cloudformation_fault(c, place,
		    "a text here would be longer than %lld KiB",
		    LIMIT_TEMPLATE_TEXT / KIB);
	if (!cloudformation_charge(c, place, text.len + sizeof(struct tree)))
		return NULL;
	return template_text(c->arena, arena_copy(c->arena, text), place);
}

bool
cloudformation_arguments(struct cloudformation *c, const struct tree *argument,
    size_t min, size_t max, const char *usage)
{
	if (argument->kind == TREE_LIST && argument->count >= min &&
	    argument->count <= max)
		return true;
	cloudformation_fault(
	    c, argument, "%.*s must be %s", SPAN_ARGS(argument->key), usage);
	return false;
}

static const struct tree *
cloudformation_call_ref(
    struct cloudformation *c, const struct tree *argument, size_t depth)
{
	if (argument->kind != TREE_SCALAR)
		return cloudformation_fault(
		    c, argument, "Ref must name a parameter or a resource");
	return cloudformation_ref(c, argument->text, argument, depth);
}

/* ["Topic", "TopicName"], or "Topic.TopicName" of the short form. */
static const struct tree *
cloudformation_call_attribute(
    struct cloudformation *c, const struct tree *argument, size_t depth)
{
	const struct tree *name = argument->first;
	struct span text = argument->text, attribute;
	const char *dot;

	if (argument->kind == TREE_LIST && argument->count == 2 &&
	    name->kind == TREE_SCALAR) {
		if (!cloudformation_text(c, name->next, depth + 1, &attribute))
			return NULL;
		return cloudformation_attribute(
		    c, name->text, attribute, argument, depth);
	}
	dot = argument->kind == TREE_SCALAR && text.len > 0
	    ? memchr(text.at, '.', text.len)
	    : NULL;
	if (dot == NULL)
		return cloudformation_fault(
		    c, argument, "Fn::GetAtt must be [resource, attribute]");
	attribute = span_make(dot + 1, text.len - (size_t)(dot + 1 - text.at));
	text.len = (size_t)(dot - text.at);
	return cloudformation_attribute(c, text, attribute, argument, depth);
}

/* A value of another stack; it may be given under the export's name. */
static const struct tree *
cloudformation_import(
    struct cloudformation *c, const struct tree *argument, size_t depth)
{
	const struct template_parameter *given;
	struct span name;

	if (!cloudformation_text(c, argument, depth + 1, &name))
		return NULL;
	given = template_given(c->options, name);
	if (given != NULL)
		return cloudformation_made(c, given->value, argument);
	return cloudformation_fault(c, argument,
	    "Fn::ImportValue \"%.*s\" is of another stack; give --parameter "
	    "%.*s=VALUE",
	    SPAN_ARGS(name), SPAN_ARGS(name));
}

static const struct tree *
cloudformation_unknown(
    struct cloudformation *c, const struct tree *argument, size_t depth)
{
	(void)depth;
	return cloudformation_fault(c, argument,
	    "%.*s is not resolved here; write its value out, or give the "
	    "template that CloudFormation made of it (aws cloudformation "
	    "get-template --template-stage Processed)",
	    SPAN_ARGS(argument->key));
}

static const struct {
	const char *name;
	const struct tree *(*call)(struct cloudformation *c,
	    const struct tree *argument, size_t depth);
} cloudformation_functions[] = {
    {"Ref", cloudformation_call_ref},
    {"Fn::GetAtt", cloudformation_call_attribute},
    {"Fn::Sub", cloudformation_sub},
    {"Fn::Join", cloudformation_join},
    {"Fn::Split", cloudformation_split},
    {"Fn::Select", cloudformation_select},
    {"Fn::FindInMap", cloudformation_find},
    {"Fn::If", cloudformation_if},
    {"Fn::ImportValue", cloudformation_import},
};

static const struct tree *
cloudformation_call(
    struct cloudformation *c, const struct tree *node, size_t depth)
{
	const struct tree *argument = node->first, *result;
	size_t n = sizeof(cloudformation_functions) /
	    sizeof(*cloudformation_functions);

	for (size_t i = 0; i < n; i++) {
		if (!span_is(argument->key, cloudformation_functions[i].name))
			continue;
		result = cloudformation_functions[i].call(c, argument, depth);
		return result == NULL ? NULL
				      : template_copy(c->arena, result, node);
	}
	return cloudformation_unknown(c, argument, depth);
}

/* True for yes, Yes and YES, of "yes". */
static bool
cloudformation_word(struct span text, const char *word)
{
	size_t i = 0;

	while (i < text.len && (text.at[i] | 0x20) == word[i])
		i++;
	return i == text.len && word[i] == '\0';
}

/* A template may put numbers and flags in quotes, and YAML 1.1 has more words
 * for true and false. */
static void
cloudformation_plain(struct tree *node)
{
	static const char *const keys[] = {"ActionsEnabled",
	    "ActionsSuppressorExtensionPeriod", "ActionsSuppressorWaitPeriod",
	    "DatapointsToAlarm", "Enabled", "EvaluationInterval",
	    "EvaluationPeriods", "OnlyStartEvaluatingAfterWarmUpPeriodEnds",
	    "PendingPeriod", "Period", "RecoveryPeriod", "ReturnData",
	    "Threshold", "WarmUpPeriodDurationInMinutes"};
	static const char *const words[] = {"true", "yes", "on"},
				 *const others[] = {"false", "no", "off"};
	bool wanted = false;
	double number;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		wanted = wanted || span_is(node->key, keys[i]);
	if (!wanted || node->kind != TREE_SCALAR)
		return;
	for (size_t i = 0; i < 3; i++)
		if (cloudformation_word(node->text, words[i]))
			node->text = SPAN_OF("true");
		else if (cloudformation_word(node->text, others[i]))
			node->text = SPAN_OF("false");
	if (text_parse_double(node->text, &number) ||
	    span_is(node->text, "true") || span_is(node->text, "false"))
		node->quoted = false;
}

bool
cloudformation_put(struct cloudformation *c, struct template_build *build,
    const struct tree *child, size_t depth)
{
	const struct tree *value = cloudformation_value(c, child, depth);
	struct tree *made;

	if (value == NULL || value->kind == TREE_NULL)
		return value != NULL;
	made = template_copy(c->arena, value, child);
	cloudformation_plain(made);
	template_put(build, made);
	return true;
}

static const struct tree *
cloudformation_children(
    struct cloudformation *c, const struct tree *node, size_t depth)
{
	struct template_build build =
	    template_begin(c->arena, node->kind, node);

	for (const struct tree *t = node->first; t != NULL; t = t->next)
		if (!cloudformation_put(c, &build, t, depth + 1))
			return NULL;
	return build.node;
}

static const struct tree *
cloudformation_literal(struct cloudformation *c, const struct tree *node)
{
	const char *at = node->text.len > 0
	    ? memmem(node->text.at, node->text.len, "{{resolve:", 10)
	    : NULL;

	if (at != NULL)
		return cloudformation_fault(c, node,
		    "\"%.*s\" is read from another service when the stack is "
		    "made; write the value out",
		    SPAN_ARGS(node->text));
	return template_copy(c->arena, node, node);
}

const struct tree *
cloudformation_value(
    struct cloudformation *c, const struct tree *node, size_t depth)
{
	if (!cloudformation_charge(c, node, sizeof(struct tree)))
		return NULL;
	if (depth > LIMIT_JSON_DEPTH)
		return cloudformation_fault(c, node,
		    "values nest deeper than %d here, or refer to themselves",
		    LIMIT_JSON_DEPTH);
	if (node->kind == TREE_SCALAR)
		return cloudformation_literal(c, node);
	if (node->kind == TREE_NULL)
		return template_copy(c->arena, node, node);
	if (node->kind == TREE_MAP && node->count == 1 &&
	    (span_is(node->first->key, "Ref") ||
		span_starts(node->first->key, "Fn::")))
		return cloudformation_call(c, node, depth);
	return cloudformation_children(c, node, depth);
}

bool
cloudformation_text(struct cloudformation *c, const struct tree *node,
    size_t depth, struct span *out)
{
	const struct tree *value = cloudformation_value(c, node, depth);

	if (value == NULL)
		return false;
	if (value->kind != TREE_SCALAR) {
		cloudformation_fault(c, node,
		    "a single value is needed here, not %s",
		    value->kind == TREE_NULL	   ? "none"
			: value->kind == TREE_LIST ? "a list"
						   : "a map of keys");
		return false;
	}
	*out = value->text;
	return true;
}

const struct tree *
cloudformation_list(
    struct cloudformation *c, const struct tree *node, size_t depth)
{
	const struct tree *value = cloudformation_value(c, node, depth);

	if (value != NULL && value->kind != TREE_LIST)
		return cloudformation_fault(c, node, "a list is needed here");
	return value;
}
