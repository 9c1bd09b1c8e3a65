#include "pipeline/alarm/definition/template_node.h"

struct tree *
template_node(
    struct arena *arena, enum tree_kind kind, const struct tree *place)
{
	struct tree *node = arena_alloc(arena, sizeof(*node));

	node->kind = kind;
	node->key = place->key;
	node->file = place->file;
	node->line = place->line;
	node->column = place->column;
	return node;
}

struct tree *
template_copy(
    struct arena *arena, const struct tree *node, const struct tree *place)
{
	struct tree *copy = template_node(arena, node->kind, place);

	copy->quoted = node->quoted;
	copy->text = node->text;
	copy->first = node->first;
	copy->count = node->count;
	return copy;
}

struct tree *
template_text(struct arena *arena, struct span text, const struct tree *place)
{
	struct tree *node = template_node(arena, TREE_SCALAR, place);

	node->quoted = true;
	node->text = text;
	return node;
}

struct template_build
template_begin(
    struct arena *arena, enum tree_kind kind, const struct tree *place)
{
	return (struct template_build){template_node(arena, kind, place), NULL};
}

void
template_put(struct template_build *build, struct tree *child)
{
	if (child == NULL)
		return;
	if (build->tail == NULL)
		build->node->first = child;
	else
		build->tail->next = child;
	build->tail = child;
	build->node->count++;
}

void
template_put_as(
    struct template_build *build, const char *key, struct tree *child)
{
	if (child == NULL)
		return;
	child->key = span_text(key);
	template_put(build, child);
}

void
template_add(
    struct template_alarms *out, struct arena *arena, const struct tree *alarm)
{
	const struct tree **more;

	if (out->count == out->room) {
		out->room = out->room == 0 ? 16 : 2 * out->room;
		more = arena_alloc(arena, out->room * sizeof(*more));
		if (out->count > 0)
			memcpy(more, out->at, out->count * sizeof(*more));
		out->at = more;
	}
	out->at[out->count++] = alarm;
}

void
template_leave_out(
    struct template_alarms *out, struct arena *arena, struct span name)
{
	struct span *more;

	if (out->nleft_out == out->left_out_room) {
		out->left_out_room =
		    out->left_out_room == 0 ? 16 : 2 * out->left_out_room;
		more = arena_alloc(arena, out->left_out_room * sizeof(*more));
		if (out->nleft_out > 0)
			memcpy(more, out->left_out,
			    out->nleft_out * sizeof(*more));
		out->left_out = more;
	}
	out->left_out[out->nleft_out++] = name;
}

const struct template_parameter *
template_given(const struct template_options *options, struct span name)
{
	for (size_t i = options->count; i-- > 0;)
		if (span_equal(options->parameters[i].name, name))
			return &options->parameters[i];
	return NULL;
}

const char *
template_partition(struct span region)
{
	return span_starts(region, "cn-")    ? "aws-cn"
	    : span_starts(region, "us-gov-") ? "aws-us-gov"
					     : "aws";
}

struct span
template_arn(struct arena *arena, struct span region, struct span account,
    const char *kind, struct span name)
{
	return span_text(arena_printf(arena,
	    "arn:%s:cloudwatch:%.*s:%.*s:%s:%.*s", template_partition(region),
	    SPAN_ARGS(region), SPAN_ARGS(account), kind, SPAN_ARGS(name)));
}
