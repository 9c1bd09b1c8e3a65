#include "base/tree.h"

#include <stdio.h>

#include "base/text.h"

const struct tree *
tree_get(const struct tree *map, const char *key)
{
	if (map == NULL || map->kind != TREE_MAP)
		return NULL;
	for (const struct tree *t = map->first; t != NULL; t = t->next)
		if (span_is(t->key, key))
			return t->kind == TREE_NULL ? NULL : t;
	return NULL;
}

void
tree_fault(
    const struct tree *node, struct faults *faults, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fault_add(faults, node->file, node->line, node->column, "%s", text);
}

static bool
tree_scalar(const struct tree *node, const char *wanted, struct faults *faults)
{
	if (node == NULL)
		return false;
	if (node->kind == TREE_SCALAR)
		return true;
	tree_fault(
	    node, faults, "%.*s must be %s", SPAN_ARGS(node->key), wanted);
	return false;
}

bool
tree_text(const struct tree *node, struct span *out, struct faults *faults)
{
	if (!tree_scalar(node, "a text", faults))
		return false;
	*out = node->text;
	return true;
}

bool
tree_double(const struct tree *node, double *out, struct faults *faults)
{
	if (!tree_scalar(node, "a number", faults))
		return false;
	if (text_parse_double(node->text, out))
		return true;
	tree_fault(node, faults, "%.*s must be a number, not \"%.*s\"",
	    SPAN_ARGS(node->key), SPAN_ARGS(node->text));
	return false;
}

bool
tree_int(const struct tree *node, int64_t *out, struct faults *faults)
{
	double value;

	if (!tree_scalar(node, "a whole number", faults))
		return false;
	if (text_parse_int(node->text, out))
		return true;
	/* Templates write 60.0 or "60" for whole numbers. */
	if (text_parse_double(node->text, &value) && value >= -0x1p53 &&
	    value <= 0x1p53 && value == (double)(int64_t)value) {
		*out = (int64_t)value;
		return true;
	}
	tree_fault(node, faults, "%.*s must be a whole number, not \"%.*s\"",
	    SPAN_ARGS(node->key), SPAN_ARGS(node->text));
	return false;
}

bool
tree_bool(const struct tree *node, bool *out, struct faults *faults)
{
	if (!tree_scalar(node, "true or false", faults))
		return false;
	*out = span_is(node->text, "true");
	if (*out || span_is(node->text, "false"))
		return true;
	tree_fault(node, faults, "%.*s must be true or false, not \"%.*s\"",
	    SPAN_ARGS(node->key), SPAN_ARGS(node->text));
	return false;
}

bool
tree_duration(const struct tree *node, int64_t *ms, struct faults *faults)
{
	if (!tree_scalar(node, "a duration such as 90s or 3m", faults))
		return false;
	if (text_parse_duration(node->text, ms))
		return true;
	tree_fault(node, faults,
	    "%.*s must be a duration such as 90s, 3m, 1h or 2d, not \"%.*s\"",
	    SPAN_ARGS(node->key), SPAN_ARGS(node->text));
	return false;
}

bool
tree_is(const struct tree *node, enum tree_kind kind, struct faults *faults)
{
	static const char *const names[] = {
	    "empty", "a single value", "a list", "a map of keys"};

	if (node == NULL)
		return false;
	if (node->kind == kind)
		return true;
	tree_fault(node, faults, "%.*s must be %s, not %s",
	    SPAN_ARGS(node->key), names[kind], names[node->kind]);
	return false;
}

/* Edit distance of two short names; anything over `bound` is `bound`. */
static size_t
tree_distance(struct span a, struct span b, size_t bound)
{
	size_t row[64], diagonal, above;

	if (b.len + 1 > sizeof(row) / sizeof(*row) || a.len > 63)
		return bound;
	for (size_t j = 0; j <= b.len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t best = diagonal + (a.at[i - 1] != b.at[j - 1]);

			above = row[j];
			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = above;
			row[j] = best;
		}
	}
	return row[b.len] < bound ? row[b.len] : bound;
}

const char *
tree_nearest(struct span key, const char *const *keys)
{
	size_t bound = key.len / 2 + 1, best = bound;
	const char *nearest = NULL;

	for (; *keys != NULL; keys++) {
		size_t d = tree_distance(key, span_text(*keys), bound);

		if (d < best) {
			best = d;
			nearest = *keys;
		}
	}
	return nearest;
}

void
tree_known(
    const struct tree *map, const char *const *keys, struct faults *faults)
{
	if (map == NULL || map->kind != TREE_MAP)
		return;
	for (const struct tree *t = map->first; t != NULL; t = t->next) {
		const char *const *k = keys;
		const char *near;

		while (*k != NULL && !span_is(t->key, *k))
			k++;
		if (*k != NULL)
			continue;
		near = tree_nearest(t->key, keys);
		if (near != NULL)
			tree_fault(t, faults,
			    "unknown key \"%.*s\"; did you mean \"%s\"?",
			    SPAN_ARGS(t->key), near);
		else
			tree_fault(t, faults, "unknown key \"%.*s\"",
			    SPAN_ARGS(t->key));
	}
}

static void
tree_print_scalar(const struct tree *node, struct buf *out)
{
	double number;

	if (!node->quoted &&
	    (span_is(node->text, "true") || span_is(node->text, "false") ||
		text_parse_double(node->text, &number)))
		buf_span_put(out, node->text);
	else
		buf_json(out, node->text);
}

void
tree_print(const struct tree *node, struct buf *out)
{
	switch (node->kind) {
	case TREE_NULL:
		buf_text(out, "null");
		return;
	case TREE_SCALAR:
		tree_print_scalar(node, out);
		return;
	case TREE_LIST:
	case TREE_MAP:
		break;
	}
	buf_byte(out, node->kind == TREE_MAP ? '{' : '[');
	for (const struct tree *t = node->first; t != NULL; t = t->next) {
		if (t != node->first)
			buf_byte(out, ',');
		if (node->kind == TREE_MAP) {
			buf_json(out, t->key);
			buf_byte(out, ':');
		}
		tree_print(t, out);
	}
	buf_byte(out, node->kind == TREE_MAP ? '}' : ']');
}
