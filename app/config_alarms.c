/* Alarm files, and the config entry that carries them into the log. */
#include "app/config.h"
#include "base/file.h"
#include "base/table.h"
#include "base/text.h"
#include "pipeline/window/rollup_read.h"

static void
config_alarms_keep(struct config *config, const struct tree *tree)
{
	struct config_document *document =
	    arena_alloc(&config->arena, sizeof(*document));

	document->tree = tree;
	if (config->last_document == NULL)
		config->first_document = document;
	else
		config->last_document->next = document;
	config->last_document = document;
}

void
config_alarms_add(struct config *config, const char *path,
    const struct tree *item, struct faults *faults)
{
	const struct tree *tree = NULL;
	struct buf text = {0};
	struct err err;

	if (file_read(path, &text, &err) == RC_OK)
		tree = tree_parse(
		    &config->arena, buf_span(&text), path, false, faults);
	else if (item != NULL)
		tree_fault(item, faults, "%s", err.text);
	else
		fault_add(faults, "", 0, 0, "%s", err.text);
	buf_fini(&text);
	if (tree != NULL)
		config_alarms_keep(config, tree);
}

/* One item of `alarms:`: a file, a folder, or a pattern. */
static void
config_alarms_item(
    struct config *config, const struct tree *item, struct faults *faults)
{
	const char **names;
	struct span text, path;
	struct err err;

	if (!tree_text(item, &text, faults))
		return;
	path = option_path(&config->arena, item->file, text);
	if (file_list(&config->arena, path.at, &names, &err) != RC_OK) {
		tree_fault(item, faults, "%s", err.text);
		return;
	}
	for (; *names != NULL; names++)
		config_alarms_add(config, *names, item, faults);
}

void
config_alarms_load(
    struct config *config, const struct tree *root, struct faults *faults)
{
	const struct tree *list = tree_get(root, "alarms");

	if (!tree_is(list, TREE_LIST, faults))
		return;
	for (const struct tree *t = list->first; t != NULL; t = t->next)
		config_alarms_item(config, t, faults);
}

static void
config_parameter_put(struct config *config, struct span name, struct span value)
{
	struct template_parameter *more = arena_alloc(
	    &config->arena, (config->nparameters + 1) * sizeof(*more));

	if (config->nparameters > 0)
		memcpy(more, config->parameters,
		    config->nparameters * sizeof(*more));
	more[config->nparameters++] =
	    (struct template_parameter){arena_copy(&config->arena, name),
		arena_copy(&config->arena, value)};
	config->parameters = more;
}

bool
config_parameter_add(struct config *config, const char *text)
{
	const char *equals = strchr(text, '=');

	if (equals == NULL || equals == text)
		return false;
	config_parameter_put(config, span_make(text, (size_t)(equals - text)),
	    span_text(equals + 1));
	return true;
}

void
config_parameters_load(
    struct config *config, const struct tree *map, struct faults *faults)
{
	struct span value;

	if (!tree_is(map, TREE_MAP, faults))
		return;
	for (const struct tree *t = map->first; t != NULL; t = t->next)
		if (tree_text(t, &value, faults))
			config_parameter_put(config, t->key, value);
}

/* After how much silence each feed is told of. */
static const struct feed_silence *
config_silences(const struct config *config, struct arena *arena)
{
	struct feed_silence *feeds =
	    arena_alloc(arena, (config->nfeeds + 1) * sizeof(*feeds));

	for (size_t i = 0; i < config->nfeeds; i++)
		feeds[i] = (struct feed_silence){
		    config->feeds[i].name, config->feeds[i].silence_ms};
	return feeds;
}

/* What a document holds, in the one form that is read. */
static void
config_document_read(
    struct config *config, const struct tree *document, struct faults *faults)
{
	const struct definition_scope scope = {.account = config->account,
	    .region = config->region,
	    .feeds = config_silences(config, &config->arena),
	    .nfeeds = config->nfeeds};
	const struct template_options options = {config->parameters,
	    config->nparameters, config->account, config->region};
	struct template_alarms found = {0};
	struct arena *arena = &config->arena;
	size_t mutes = 0, all;

	template_read(&found, arena, document, &options, faults);
	for (size_t i = 0; i < found.nleft_out; i++)
		definitions_leave_out(
		    &config->alarms, arena, found.left_out[i]);
	for (size_t i = 0; i < found.count; i++)
		mutes += template_mutes(found.at[i]);
	all = config->nmute_nodes + mutes;
	if (mutes > 0) {
		const struct tree **more =
		    arena_alloc(arena, all * sizeof(*more));

		if (config->nmute_nodes > 0)
			memcpy(more, config->mute_nodes,
			    config->nmute_nodes * sizeof(*more));
		config->mute_nodes = more;
	}
	for (size_t i = 0; i < found.count; i++) {
		size_t before = config->mutes.count;

		if (!template_mutes(found.at[i])) {
			definition_read_one(&config->alarms, arena, found.at[i],
			    &scope, faults);
			continue;
		}
		mutes_read(&config->mutes, arena, found.at[i], faults);
		if (config->mutes.count > before)
			config->mute_nodes[config->nmute_nodes++] = found.at[i];
	}
}

/* A rule that mutes nobody is a slip of the pen. */
static void
config_mute_targets(struct config *config, struct faults *faults)
{
	struct table names = {0};

	for (size_t i = 0; i < config->alarms.count; i++)
		table_put(&names, config->alarms.alarms[i].name, config);
	for (size_t i = 0; i < config->alarms.nleft_out; i++)
		table_put(&names, config->alarms.left_out[i], config);
	for (size_t m = 0; m < config->mutes.count; m++) {
		const struct mute *mute = &config->mutes.rules[m];

		for (size_t i = 0; i < mute->nalarms; i++)
			if (table_get(&names, mute->alarms[i]) == NULL)
				tree_fault(config->mute_nodes[m], faults,
				    "mute rule \"%.*s\": there is no alarm "
				    "\"%.*s\"",
				    SPAN_ARGS(mute->name),
				    SPAN_ARGS(mute->alarms[i]));
	}
	table_fini(&names);
}

void
config_finish(struct config *config, struct faults *faults)
{
	for (const struct config_document *d = config->first_document;
	     d != NULL; d = d->next)
		config_document_read(config, d->tree, faults);
	definitions_link(&config->alarms, &config->arena, faults);
	config_mute_targets(config, faults);
}

static void
config_entry_nodes(
    struct buf *out, const struct tree *const *nodes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_byte(out, ',');
		tree_print(nodes[i], out);
	}
}

static void
config_entry_rollups(const struct config *config, struct buf *out)
{
	if (config->nrollups == 0)
		return;
	buf_text(out, ",\"rollups\":[");
	for (size_t i = 0; i < config->nrollups; i++) {
		if (i > 0)
			buf_byte(out, ',');
		rollup_write(&config->rollups[i], out);
	}
	buf_byte(out, ']');
}

void
config_entry(
    const struct config *config, struct delay_follow *follow, struct buf *out)
{
	buf_text(out, "{\"account\":");
	buf_json(out, config->account);
	buf_text(out, ",\"region\":");
	buf_json(out, config->region);
	buf_text(out, ",\"delay\":{");
	delay_follow_print(follow, config->delays, config->ndelays, out);
	buf_printf(out, "},\"series\":{\"forget\":%lld},\"feeds\":{",
	    (long long)config->series.forget_ms);
	for (size_t i = 0; i < config->nfeeds; i++) {
		if (i > 0)
			buf_byte(out, ',');
		buf_json(out, config->feeds[i].name);
		buf_printf(
		    out, ":%lld", (long long)config->feeds[i].silence_ms);
	}
	buf_text(out, "},\"alarms\":[");
	config_entry_nodes(out, config->alarms.nodes, config->alarms.count);
	buf_text(out, "],\"mutes\":[");
	config_entry_nodes(out, config->mute_nodes, config->nmute_nodes);
	buf_text(out, "]");
	config_entry_rollups(config, out);
	buf_text(out, "}");
}
