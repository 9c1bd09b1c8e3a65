/* Fn::Sub, Fn::Join, Fn::Split, Fn::Select and Fn::FindInMap. */
#include "base/buf.h"
#include "base/text.h"
#include "pipeline/alarm/definition/cloudformation_value.h"

/* The member of a map; its key is no C string of ours. */
static const struct tree *
cloudformation_member(const struct tree *map, struct span key)
{
	const struct tree *t = NULL;

	if (map != NULL && map->kind == TREE_MAP)
		for (t = map->first; t != NULL; t = t->next)
			if (span_equal(t->key, key))
				break;
	return t;
}

/* The value of ${NAME}: a variable of this Fn::Sub, else a reference. */
static bool
cloudformation_sub_name(struct cloudformation *c, struct span name,
    const struct tree *variables, const struct tree *place, size_t depth,
    struct span *out)
{
	const char *dot = memchr(name.at, '.', name.len);
	const struct tree *value, *variable = NULL;

	if (variables != NULL)
		variable = cloudformation_member(variables, name);
	if (variables != NULL &&
	    !cloudformation_charge(c, place, variables->count))
		return false;
	if (variable != NULL)
		return cloudformation_text(c, variable, depth + 1, out);
	if (dot != NULL)
		value = cloudformation_attribute(c,
		    span_make(name.at, (size_t)(dot - name.at)),
		    span_make(dot + 1, name.len - (size_t)(dot + 1 - name.at)),
		    place, depth);
	else
		value = cloudformation_ref(c, name, place, depth);
	if (value != NULL && value->kind == TREE_SCALAR) {
		*out = value->text;
		return true;
	}
	if (value != NULL)
		cloudformation_fault(c, place,
		    "${%.*s} is no single value that a text could hold",
		    SPAN_ARGS(name));
	return false;
}

/* Appends up to the next ${…} and that; the bytes taken, 0 after a fault. */
static size_t
cloudformation_sub_step(struct cloudformation *c, struct span text,
    const struct tree *variables, const struct tree *place, size_t depth,
    struct buf *out)
{
	const char *open = memmem(text.at, text.len, "${", 2), *close;
	struct span name, value;
	size_t before = open == NULL ? text.len : (size_t)(open - text.at);

	buf_put(out, text.at, before);
	if (open == NULL)
		return text.len;
	close = memchr(open, '}', text.len - before);
	if (close == NULL) {
		cloudformation_fault(c, place,
		    "\"${\" has no \"}\" in \"%.*s\"", SPAN_ARGS(text));
		return 0;
	}
	name = span_make(open + 2, (size_t)(close - open) - 2);
	if (name.len > 0 && name.at[0] == '!') {
		buf_printf(out, "${%.*s}", (int)name.len - 1, name.at + 1);
	} else {
		if (!cloudformation_sub_name(
			c, name, variables, place, depth, &value))
			return 0;
		buf_span_put(out, value);
	}
	return before + (size_t)(close + 1 - open);
}

const struct tree *
cloudformation_sub(
    struct cloudformation *c, const struct tree *argument, size_t depth)
{
	const struct tree *form = argument, *variables = NULL, *made = NULL;
	struct buf out = {0};
	struct span text;
	size_t taken;

	if (argument->kind == TREE_LIST && argument->count == 2) {
		form = argument->first;
		variables = form->next;
	}
	if (form->kind != TREE_SCALAR ||
	    (variables != NULL && variables->kind != TREE_MAP))
		return cloudformation_fault(c, argument,
		    "Fn::Sub must be a text, or [text, {name: value}]");
	for (text = form->text; text.len > 0; text.at += taken) {
		taken = cloudformation_sub_step(
		    c, text, variables, form, depth, &out);
		if (taken == 0 || out.len > LIMIT_TEMPLATE_TEXT)
			break;
		text.len -= taken;
	}
	if (text.len == 0 || out.len > LIMIT_TEMPLATE_TEXT)
		made = cloudformation_made(c, buf_span(&out), argument);
	buf_fini(&out);
	return made;
}

const struct tree *
cloudformation_join(
    struct cloudformation *c, const struct tree *argument, size_t depth)
{
	const struct tree *list, *made;
	struct buf out = {0};
	struct span between;

	if (!cloudformation_arguments(
		c, argument, 2, 2, "[delimiter, list of values]") ||
	    !cloudformation_text(c, argument->first, depth + 1, &between))
		return NULL;
	list = cloudformation_list(c, argument->first->next, depth + 1);
	if (list == NULL)
		return NULL;
	for (const struct tree *t = list->first;
	     t != NULL && out.len <= LIMIT_TEMPLATE_TEXT; t = t->next) {
		if (t->kind != TREE_SCALAR) {
			buf_fini(&out);
			return cloudformation_fault(
			    c, t, "Fn::Join takes single values only");
		}
		if (t != list->first)
			buf_span_put(&out, between);
		buf_span_put(&out, t->text);
	}
	made = cloudformation_made(c, buf_span(&out), argument);
	buf_fini(&out);
	return made;
}

const struct tree *
cloudformation_split(
    struct cloudformation *c, const struct tree *argument, size_t depth)
{
	struct template_build list =
	    template_begin(c->arena, TREE_LIST, argument);
	struct span between, text;

	if (!cloudformation_arguments(c, argument, 2, 2, "[delimiter, text]") ||
	    !cloudformation_text(c, argument->first, depth + 1, &between) ||
	    !cloudformation_text(c, argument->first->next, depth + 1, &text))
		return NULL;
	if (between.len == 0)
		return cloudformation_fault(
		    c, argument, "Fn::Split needs a delimiter");
	for (;;) {
		const char *at = text.len == 0
		    ? NULL
		    : memmem(text.at, text.len, between.at, between.len);
		size_t len = at == NULL ? text.len : (size_t)(at - text.at);
		const struct tree *part =
		    cloudformation_made(c, span_make(text.at, len), argument);

		if (part == NULL)
			return NULL;
		template_put(&list, template_copy(c->arena, part, argument));
		if (at == NULL)
			return list.node;
		text.at = at + between.len;
		text.len -= len + between.len;
	}
}

const struct tree *
cloudformation_select(
    struct cloudformation *c, const struct tree *argument, size_t depth)
{
	const struct tree *list, *item;
	struct span text;
	int64_t index;

	if (!cloudformation_arguments(c, argument, 2, 2, "[index, list]") ||
	    !cloudformation_text(c, argument->first, depth + 1, &text))
		return NULL;
	list = cloudformation_list(c, argument->first->next, depth + 1);
	if (list == NULL)
		return NULL;
	if (!text_parse_int(text, &index) || index < 0 ||
	    (size_t)index >= list->count)
		return cloudformation_fault(c, argument,
		    "Fn::Select \"%.*s\" of a list of %zu", SPAN_ARGS(text),
		    list->count);
	for (item = list->first; index > 0; index--)
		item = item->next;
	return item;
}

const struct tree *
cloudformation_find(
    struct cloudformation *c, const struct tree *argument, size_t depth)
{
	const struct tree *at = c->mappings, *key, *other;
	struct span name[3];
	size_t n = 0;

	if (!cloudformation_arguments(c, argument, 3, 4,
		"[map, key, second key], and {DefaultValue: …} if need be"))
		return NULL;
	for (key = argument->first; n < 3; key = key->next, n++) {
		if (!cloudformation_text(c, key, depth + 1, &name[n]))
			return NULL;
		if (at != NULL && !cloudformation_charge(c, key, at->count))
			return NULL;
		at = cloudformation_member(at, name[n]);
	}
	other = key == NULL ? NULL : tree_get(key, "DefaultValue");
	if (at != NULL && at->kind != TREE_MAP)
		return cloudformation_value(c, at, depth + 1);
	if (other != NULL)
		return cloudformation_value(c, other, depth + 1);
	return cloudformation_fault(c, argument,
	    "Fn::FindInMap: Mappings have no %.*s, %.*s, %.*s",
	    SPAN_ARGS(name[0]), SPAN_ARGS(name[1]), SPAN_ARGS(name[2]));
}
