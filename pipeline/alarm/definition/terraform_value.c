/* Beside the values: changes, providers, references. */
#include "pipeline/alarm/definition/terraform_value.h"

#include "base/buf.h"

/* The end of an instance key that begins at `at`: [0] or ["a.b"]. */
static size_t
terraform_key_end(struct span address, size_t at)
{
	bool quoted = false;

	for (; at < address.len; at++)
		if (quoted && address.at[at] == '\\')
			at++;
		else if (address.at[at] == '"')
			quoted = !quoted;
		else if (!quoted && address.at[at] == ']')
			return at + 1;
	return address.len;
}

/* module.a["x"].aws_sns_topic.b[0] as module.a.aws_sns_topic.b. */
static struct span
terraform_plain(struct terraform *t, struct span address)
{
	char *out = arena_alloc(t->arena, address.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < address.len;)
		if (address.at[i] == '[')
			i = terraform_key_end(address, i);
		else
			out[n++] = address.at[i++];
	return span_make(out, n);
}

/* Where the last "module.NAME" of a module's address begins. */
static size_t
terraform_last(struct span module)
{
	size_t last = 0, dots = 0;

	for (size_t i = 0; i < module.len;) {
		if (module.at[i] == '[') {
			i = terraform_key_end(module, i);
			continue;
		}
		/* Names come in pairs: module.a.module.b */
		if (module.at[i] == '.' && ++dots % 2 == 0)
			last = i + 1;
		i++;
	}
	return last;
}

static struct span
terraform_join(struct terraform *t, struct span module, struct span name)
{
	if (module.len == 0)
		return name;
	return span_text(arena_printf(
	    t->arena, "%.*s.%.*s", SPAN_ARGS(module), SPAN_ARGS(name)));
}

static struct span
terraform_text(const struct tree *map, const char *key)
{
	const struct tree *node = tree_get(map, key);

	return node != NULL && node->kind == TREE_SCALAR ? node->text
							 : SPAN_OF("");
}

/* Resources and calls of a module of the configuration, and those in it. */
static void
terraform_index_config(
    struct terraform *t, const struct tree *module, struct span address)
{
	const struct tree *resources = tree_get(module, "resources"),
			  *calls = tree_get(module, "module_calls");

	for (struct tree *r = resources == NULL ? NULL : resources->first;
	     r != NULL; r = r->next)
		table_put(&t->resources,
		    terraform_join(t, address, terraform_text(r, "address")),
		    r);
	for (struct tree *call = calls == NULL ? NULL : calls->first;
	     call != NULL; call = call->next) {
		struct span name = span_text(arena_printf(
		    t->arena, "module.%.*s", SPAN_ARGS(call->key)));

		name = terraform_join(t, address, name);
		table_put(&t->calls, name, call);
		terraform_index_config(t, tree_get(call, "module"), name);
	}
}

void
terraform_index(struct terraform *t)
{
	const struct tree *changes = tree_get(t->document, "resource_changes"),
			  *configuration =
			      tree_get(t->document, "configuration");

	for (struct tree *c = changes == NULL ? NULL : changes->first;
	     c != NULL; c = c->next)
		table_put(&t->changes, terraform_text(c, "address"), c);
	terraform_index_config(
	    t, tree_get(configuration, "root_module"), SPAN_OF(""));
}

void
terraform_index_fini(struct terraform *t)
{
	table_fini(&t->changes);
	table_fini(&t->topics);
	table_fini(&t->resources);
	table_fini(&t->calls);
}

void
terraform_index_topics(struct terraform *t, const struct tree *module)
{
	const struct tree *resources = tree_get(module, "resources"),
			  *inner = tree_get(module, "child_modules");

	for (struct tree *r = resources == NULL ? NULL : resources->first;
	     r != NULL; r = r->next)
		if (span_is(terraform_text(r, "type"), "aws_sns_topic"))
			table_put(&t->topics, terraform_text(r, "address"), r);
	for (const struct tree *m = inner == NULL ? NULL : inner->first;
	     m != NULL; m = m->next)
		terraform_index_topics(t, m);
}

/* The provider's own `region`: written out, or a variable of the root. */
static struct span
terraform_provider(struct terraform *t, struct span address)
{
	const struct tree *config =
	    table_get(&t->resources, terraform_plain(t, address));
	struct span key = terraform_text(config, "provider_config_key"), text;
	const struct tree *providers =
			      tree_get(tree_get(t->document, "configuration"),
				  "provider_config"),
			  *region, *references;

	if (key.len == 0)
		return SPAN_OF("");
	region = tree_get(
	    tree_get(tree_get(providers, key.at), "expressions"), "region");
	text = terraform_text(region, "constant_value");
	references = tree_get(region, "references");
	if (text.len > 0 || references == NULL || references->count != 1 ||
	    !span_starts(references->first->text, "var."))
		return text;
	return terraform_text(tree_get(tree_get(t->document, "variables"),
				  references->first->text.at + 4),
	    "value");
}

struct span
terraform_region(struct terraform *t, const struct terraform_resource *resource)
{
	struct span region = terraform_text(resource->values, "region");

	return region.len > 0 ? region
			      : terraform_provider(t, resource->address);
}

/* The ARN of a topic that the plan makes: its name is known, its ARN is not. */
static struct span
terraform_topic(struct terraform *t, struct span module, struct span reference)
{
	const struct template_parameter *given =
	    template_given(t->options, reference);
	struct terraform_resource topic = {.module = module};
	const struct tree *node;
	struct span name, region;

	if (given != NULL)
		return given->value;
	reference.len -= strlen(".arn");
	topic.address = terraform_join(t, module, reference);
	node = table_get(&t->topics, topic.address);
	topic.values = tree_get(node, "values");
	name = terraform_text(topic.values, "name");
	region = terraform_region(t, &topic);
	if (region.len == 0)
		region = t->options->region;
	if (name.len == 0 || region.len == 0 || t->options->account.len == 0)
		return SPAN_OF("");
	return span_text(arena_printf(t->arena, "arn:%s:sns:%.*s:%.*s:%.*s",
	    template_partition(region), SPAN_ARGS(region),
	    SPAN_ARGS(t->options->account), SPAN_ARGS(name)));
}

/* True when `a` is `b` and more: lists name x.arn, then x again. */
static bool
terraform_extends(struct span a, struct span b)
{
	return b.len > 0 && a.len > b.len && memcmp(a.at, b.at, b.len) == 0 &&
	    (a.at[b.len] == '.' || a.at[b.len] == '[');
}

/* Appends the topics that an expression refers to; false when one of the
 * references is something else. */
static bool
terraform_topics(struct terraform *t, struct span module,
    const struct tree *expression, struct template_build *list)
{
	const struct tree *references = tree_get(expression, "references"),
			  *call, *argument;
	struct span before = SPAN_OF(""), arn;
	size_t last = terraform_last(module);

	if (references == NULL || references->kind != TREE_LIST)
		return false;
	t->references += references->count;
	if (t->references > LIMIT_TEMPLATE_REFERENCES)
		return false;
	for (const struct tree *r = references->first; r != NULL; r = r->next) {
		if (terraform_extends(before, r->text))
			continue;
		before = r->text;
		if (span_starts(r->text, "var.") && module.len > 0) {
			call = table_get(&t->calls, terraform_plain(t, module));
			argument = tree_get(tree_get(call, "expressions"),
			    r->text.at + strlen("var."));
			if (!terraform_topics(t,
				span_make(module.at, last > 0 ? last - 1 : 0),
				argument, list))
				return false;
			continue;
		}
		if (!span_starts(r->text, "aws_sns_topic.") ||
		    (r->text.len > 4 &&
			memcmp(r->text.at + r->text.len - 4, ".arn", 4) != 0))
			return false;
		arn = terraform_topic(t, module, r->text);
		if (arn.len == 0)
			return false;
		template_put(list, template_text(t->arena, arn, r));
	}
	return list->node->count > 0;
}

/* The path of the first value below that is not known. False: all are, but
 * for those that AWS itself fills in. */
static bool
terraform_first_unknown(const struct tree *node, struct buf *path)
{
	size_t len = path->len, index = 0;

	if (node->kind == TREE_SCALAR)
		return span_is(node->text, "true") &&
		    !span_is(node->key, "timezone");
	for (const struct tree *t = node->first; t != NULL; t = t->next) {
		if (node->kind == TREE_MAP)
			buf_printf(path, ".%.*s", SPAN_ARGS(t->key));
		else
			buf_printf(path, "[%zu]", index++);
		if (terraform_first_unknown(t, path))
			return true;
		path->len = len;
	}
	return false;
}

/* Attributes that AWS fills in; no alarm needs them from here. */
static bool
terraform_computed(struct span key)
{
	static const char *const keys[] = {"arn", "id", "tags", "tags_all",
	    "region", "status", "mute_type", "last_updated_timestamp",
	    "evaluate_low_sample_count_percentiles"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (span_is(key, keys[i]))
			return true;
	return false;
}

static const char *
terraform_actions(struct span key)
{
	static const char *const keys[][2] = {{"alarm_actions", "AlarmActions"},
	    {"ok_actions", "OKActions"},
	    {"insufficient_data_actions", "InsufficientDataActions"}};

	for (size_t i = 0; i < 3; i++)
		if (span_is(key, keys[i][0]))
			return keys[i][1];
	return NULL;
}

bool
terraform_unknown(struct terraform *t,
    const struct terraform_resource *resource, struct template_build *alarm)
{
	const struct tree *change = table_get(&t->changes, resource->address);
	const struct tree *after =
	    tree_get(tree_get(change, "change"), "after_unknown");
	const struct tree *config =
	    table_get(&t->resources, terraform_plain(t, resource->address));
	bool good = true;

	for (const struct tree *u = after == NULL ? NULL : after->first;
	     u != NULL; u = u->next) {
		struct buf path = {0};
		const char *actions = terraform_actions(u->key);
		struct template_build list =
		    template_begin(t->arena, TREE_LIST, u);

		t->references = 0;
		buf_span_put(&path, u->key);
		if (terraform_computed(u->key) ||
		    !terraform_first_unknown(u, &path)) {
			buf_fini(&path);
			continue;
		}
		if (actions != NULL &&
		    terraform_topics(t, resource->module,
			tree_get(tree_get(config, "expressions"), u->key.at),
			&list)) {
			template_put_as(alarm, actions, list.node);
		} else {
			tree_fault(u, t->faults,
			    "%.*s is left out: %s is known after apply only; "
			    "refer to names rather than ARNs or ids, or give "
			    "what \"terraform show -json\" prints after it",
			    SPAN_ARGS(resource->address), buf_cstr(&path));
			good = false;
		}
		buf_fini(&path);
	}
	return good;
}
