/* From text to tree: JSON by our reader, YAML by libyaml's events. */
#include <stdlib.h>
#include <yaml.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/tree.h"

struct tree_parser {
	struct arena *arena;
	const char *file;
	struct faults *faults;
	size_t nodes;
	bool env;
	/* JSON: where counting of lines stands. */
	const char *line_at;
	unsigned line;
	const char *line_start;
};

static struct tree *
tree_node(
    struct tree_parser *p, enum tree_kind kind, unsigned line, unsigned column)
{
	struct tree *node = arena_alloc(p->arena, sizeof(*node));

	node->kind = kind;
	node->file = p->file;
	node->line = line;
	node->column = column;
	p->nodes++;
	return node;
}

/* Appends a child; *tail is the parent's last child. */
static void
tree_append(struct tree *parent, struct tree **tail, struct tree *child)
{
	if (*tail == NULL)
		parent->first = child;
	else
		(*tail)->next = child;
	*tail = child;
	parent->count++;
}

/* A key twice is a fault: one of the two would silently not count. */
static void
tree_unique(struct tree_parser *p, const struct tree *map, struct tree *child)
{
	for (const struct tree *t = map->first; t != NULL; t = t->next)
		if (span_equal(t->key, child->key)) {
			tree_fault(child, p->faults,
			    "key \"%.*s\" stands here a second time",
			    SPAN_ARGS(child->key));
			return;
		}
}

/* Line and column of a byte; asked in rising order. */
static void
tree_json_place(
    struct tree_parser *p, const char *at, unsigned *line, unsigned *column)
{
	for (; p->line_at < at; p->line_at++)
		if (*p->line_at == '\n') {
			p->line++;
			p->line_start = p->line_at + 1;
		}
	*line = p->line;
	*column = (unsigned)(at - p->line_start) + 1;
}

static struct tree *
tree_json_value(struct tree_parser *p, struct json *json, size_t depth);

static struct span
tree_json_text(struct tree_parser *p, struct json_text text)
{
	return arena_copy(p->arena, json_unescape(p->arena, text));
}

static void
tree_json_children(
    struct tree_parser *p, struct json *json, struct tree *node, size_t depth)
{
	struct tree *tail = NULL;
	struct json_text key;
	unsigned line = 0, column = 0;

	json_enter(json, node->kind == TREE_MAP ? '{' : '[');
	while (node->kind == TREE_MAP ? json_member(json, &key)
				      : json_element(json)) {
		struct tree *child;

		if (node->kind == TREE_MAP)
			tree_json_place(p, key.raw.at - 1, &line, &column);
		child = tree_json_value(p, json, depth + 1);
		if (child == NULL)
			return;
		if (node->kind == TREE_MAP) {
			child->key = tree_json_text(p, key);
			child->line = line;
			child->column = column;
			tree_unique(p, node, child);
		}
		tree_append(node, &tail, child);
		json->fresh = false;
	}
}

static struct tree *
tree_json_scalar(struct tree_parser *p, struct json *json, struct tree *node)
{
	struct json_text text = {.raw = {"", 0}};
	double number;
	bool flag = false;

	switch (json_kind(json)) {
	case JSON_STRING:
		json_string(json, &text);
		node->quoted = true;
		break;
	case JSON_NUMBER:
		text.raw.at = json->at;
		json_double(json, &number);
		text.raw.len = (size_t)(json->at - text.raw.at);
		break;
	case JSON_BOOL:
		json_bool(json, &flag);
		text.raw = span_text(flag ? "true" : "false");
		break;
	default:
		json_skip(json);
		node->kind = TREE_NULL;
	}
	node->text = tree_json_text(p, text);
	return json->fault == NULL ? node : NULL;
}

static struct tree *
tree_json_value(struct tree_parser *p, struct json *json, size_t depth)
{
	enum json_kind kind = json_kind(json);
	struct tree *node;
	unsigned line, column;

	tree_json_place(p, json->at, &line, &column);
	node = tree_node(p, TREE_SCALAR, line, column);
	if (depth > LIMIT_JSON_DEPTH || p->nodes > LIMIT_TREE_NODES) {
		json_fail(json, "too deep or too large");
		return NULL;
	}
	if (kind != JSON_OBJECT && kind != JSON_ARRAY)
		return tree_json_scalar(p, json, node);
	node->kind = kind == JSON_OBJECT ? TREE_MAP : TREE_LIST;
	tree_json_children(p, json, node, depth);
	return json->fault == NULL ? node : NULL;
}

static struct tree *
tree_json(struct tree_parser *p, struct span text)
{
	struct json json;
	struct tree *root;
	unsigned line, column;

	p->line_at = p->line_start = text.at;
	p->line = 1;
	json_init(&json, text);
	root = tree_json_value(p, &json, 0);
	if (json.fault == NULL && !json_done(&json))
		json_fail(&json, "something follows the end of the document");
	if (json.fault == NULL)
		return root;
	if (json.at < p->line_at) {
		p->line_at = p->line_start = text.at;
		p->line = 1;
	}
	tree_json_place(p, json.at, &line, &column);
	fault_add(p->faults, p->file, line, column, "%s", json.fault);
	return NULL;
}

/* ${NAME} and ${NAME:-default}; "$${" stays "${". */
static struct span
tree_yaml_expand(struct tree_parser *p, struct span text, unsigned line)
{
	struct buf out = {0};
	struct span result;

	for (size_t i = 0; i < text.len;) {
		struct span rest = span_make(text.at + i, text.len - i);
		const char *close, *colon, *value;
		char *name;

		if (span_starts(rest, "$${")) {
			buf_text(&out, "${");
			i += 3;
			continue;
		}
		close = span_starts(rest, "${") ? memchr(rest.at, '}', rest.len)
						: NULL;
		if (close == NULL) {
			buf_byte(&out, text.at[i++]);
			continue;
		}
		name = arena_text(p->arena,
		    span_make(rest.at + 2, (size_t)(close - rest.at) - 2));
		colon = strstr(name, ":-");
		if (colon != NULL)
			name[colon - name] = '\0';
		value = getenv(name);
		if ((value == NULL || *value == '\0') && colon != NULL)
			value = colon + 2;
		if (value == NULL)
			fault_add(p->faults, p->file, line, 0,
			    "${%s} is not set; set it or write ${%s:-default}",
			    name, name);
		buf_text(&out, value == NULL ? "" : value);
		i += (size_t)(close - rest.at) + 1;
	}
	result = arena_copy(p->arena, buf_span(&out));
	buf_fini(&out);
	return result;
}

static struct tree *tree_yaml_value(struct tree_parser *p, yaml_parser_t *yaml,
    yaml_event_t *event, size_t depth);

static bool
tree_yaml_next(struct tree_parser *p, yaml_parser_t *yaml, yaml_event_t *event)
{
	if (yaml_parser_parse(yaml, event))
		return true;
	fault_add(p->faults, p->file, (unsigned)yaml->problem_mark.line + 1,
	    (unsigned)yaml->problem_mark.column + 1, "%s",
	    yaml->problem == NULL ? "not YAML" : yaml->problem);
	memset(event, 0, sizeof(*event));
	return false;
}

static struct tree *
tree_yaml_scalar(
    struct tree_parser *p, const yaml_event_t *event, struct tree *node)
{
	struct span text =
	    span_make(event->data.scalar.value, event->data.scalar.length);

	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	node->text = p->env ? tree_yaml_expand(p, text, node->line)
			    : arena_copy(p->arena, text);
	if (!node->quoted &&
	    (text.len == 0 || span_is(text, "~") || span_is(text, "null")))
		node->kind = TREE_NULL;
	return node;
}

/* One child of `node`; false at its end or after a fault. */
static bool
tree_yaml_child(struct tree_parser *p, yaml_parser_t *yaml, struct tree *node,
    struct tree **tail, size_t depth)
{
	yaml_event_t event;
	struct tree *child, *key = NULL;

	if (!tree_yaml_next(p, yaml, &event))
		return false;
	if (event.type == YAML_MAPPING_END_EVENT ||
	    event.type == YAML_SEQUENCE_END_EVENT) {
		yaml_event_delete(&event);
		return false;
	}
	if (node->kind == TREE_MAP) {
		key = tree_yaml_value(p, yaml, &event, depth + 1);
		if (key == NULL || !tree_yaml_next(p, yaml, &event))
			return false;
	}
	child = tree_yaml_value(p, yaml, &event, depth + 1);
	if (child == NULL)
		return false;
	if (key != NULL) {
		child->key = key->text.at == NULL ? SPAN_OF("") : key->text;
		child->line = key->line;
		child->column = key->column;
		tree_unique(p, node, child);
	}
	tree_append(node, tail, child);
	return true;
}

/* Short forms of CloudFormation's functions; other tags say nothing here. */
static const struct {
	const char *tag, *key;
} tree_yaml_tags[] = {{"!Ref", "Ref"}, {"!Condition", "Condition"},
    {"!And", "Fn::And"}, {"!Base64", "Fn::Base64"}, {"!Cidr", "Fn::Cidr"},
    {"!Equals", "Fn::Equals"}, {"!FindInMap", "Fn::FindInMap"},
    {"!GetAtt", "Fn::GetAtt"}, {"!GetAZs", "Fn::GetAZs"}, {"!If", "Fn::If"},
    {"!ImportValue", "Fn::ImportValue"}, {"!Join", "Fn::Join"},
    {"!Length", "Fn::Length"}, {"!Not", "Fn::Not"}, {"!Or", "Fn::Or"},
    {"!Select", "Fn::Select"}, {"!Split", "Fn::Split"}, {"!Sub", "Fn::Sub"},
    {"!ToJsonString", "Fn::ToJsonString"}, {"!Transform", "Fn::Transform"}};

/* The function that the value's tag stands for, "" for none. */
static struct span
tree_yaml_function(const yaml_event_t *event)
{
	const yaml_char_t *tag = NULL;

	if (event->type == YAML_SCALAR_EVENT)
		tag = event->data.scalar.tag;
	else if (event->type == YAML_SEQUENCE_START_EVENT)
		tag = event->data.sequence_start.tag;
	else if (event->type == YAML_MAPPING_START_EVENT)
		tag = event->data.mapping_start.tag;
	for (size_t i = 0; tag != NULL &&
	     i < sizeof(tree_yaml_tags) / sizeof(*tree_yaml_tags);
	     i++)
		if (strcmp((const char *)tag, tree_yaml_tags[i].tag) == 0)
			return span_text(tree_yaml_tags[i].key);
	return SPAN_OF("");
}

/* {"Fn::Sub": value} of "!Sub value", at the same place. */
static struct tree *
tree_yaml_call(
    struct tree_parser *p, struct span function, struct tree *argument)
{
	struct tree *call, *tail = NULL;

	if (function.len == 0 || argument == NULL)
		return argument;
	call = tree_node(p, TREE_MAP, argument->line, argument->column);
	argument->key = function;
	tree_append(call, &tail, argument);
	return call;
}

/* Takes the event over; NULL after a fault. */
static struct tree *
tree_yaml_value(struct tree_parser *p, yaml_parser_t *yaml, yaml_event_t *event,
    size_t depth)
{
	unsigned line = (unsigned)event->start_mark.line + 1;
	unsigned column = (unsigned)event->start_mark.column + 1;
	enum yaml_event_type_e type = event->type;
	struct span function = tree_yaml_function(event);
	struct tree *node = NULL, *tail = NULL;
	size_t before = p->faults->count;

	depth += function.len > 0; /* the map around it */
	if (depth > LIMIT_JSON_DEPTH || p->nodes > LIMIT_TREE_NODES) {
		fault_add(
		    p->faults, p->file, line, column, "too deep or too large");
	} else if (type == YAML_SCALAR_EVENT) {
		node = tree_yaml_scalar(
		    p, event, tree_node(p, TREE_SCALAR, line, column));
	} else if (type == YAML_MAPPING_START_EVENT ||
	    type == YAML_SEQUENCE_START_EVENT) {
		node = tree_node(p,
		    type == YAML_MAPPING_START_EVENT ? TREE_MAP : TREE_LIST,
		    line, column);
	} else {
		fault_add(p->faults, p->file, line, column,
		    "anchors and aliases are not read; write the value out");
	}
	yaml_event_delete(event);
	if (node != NULL && (node->kind == TREE_MAP || node->kind == TREE_LIST))
		while (tree_yaml_child(p, yaml, node, &tail, depth))
			continue;
	node = tree_yaml_call(p, function, node);
	return p->faults->count == before || node == NULL ||
		node->kind == TREE_SCALAR
	    ? node
	    : (depth > 0 ? NULL : node);
}

static struct tree *
tree_yaml(struct tree_parser *p, struct span text)
{
	yaml_parser_t yaml;
	yaml_event_t event;
	struct tree *root = NULL;

	if (!yaml_parser_initialize(&yaml))
		return NULL;
	yaml_parser_set_input_string(
	    &yaml, (const unsigned char *)text.at, text.len);
	while (root == NULL && tree_yaml_next(p, &yaml, &event)) {
		if (event.type == YAML_STREAM_END_EVENT) {
			yaml_event_delete(&event);
			root = tree_node(p, TREE_NULL, 1, 1);
		} else if (event.type == YAML_STREAM_START_EVENT ||
		    event.type == YAML_DOCUMENT_START_EVENT) {
			yaml_event_delete(&event);
		} else {
			root = tree_yaml_value(p, &yaml, &event, 0);
			break;
		}
	}
	yaml_parser_delete(&yaml);
	return root;
}

struct tree *
tree_parse(struct arena *arena, struct span text, const char *file, bool env,
    struct faults *faults)
{
	struct tree_parser p = {.arena = arena,
	    .file = arena_text(arena, span_text(file)),
	    .faults = faults,
	    .env = env};
	size_t before = faults->count, at = 0;
	struct tree *root;

	if (span_starts(text, "\xef\xbb\xbf"))
		text = span_make(text.at + 3, text.len - 3);
	while (at < text.len && strchr(" \t\r\n", text.at[at]) != NULL &&
	    text.at[at] != '\0')
		at++;
	if (at < text.len && (text.at[at] == '{' || text.at[at] == '['))
		root = tree_json(&p, text);
	else
		root = tree_yaml(&p, text);
	return faults->count == before ? root : NULL;
}
