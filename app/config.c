/* The top level of the file, and what loading comes to. */
#include "app/config.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/log.h"

#define AT(field) offsetof(struct config, field)

const struct option config_options[] = {
    {"name", OPTION_TEXT, AT(name), "tocsin", 0, 0,
	"what this one is called, in logs and in archive keys"},
    {"region", OPTION_TEXT, AT(region), NULL, 0, 0,
	"the Region where this one runs; the default of every sink, and of "
	"alarms without an ARN"},
    {"account", OPTION_TEXT, AT(account), NULL, 0, 0,
	"the account for ARNs that tocsin makes, and for alarms without an "
	"ARN"},
    {"data", OPTION_PATH, AT(data), NULL, 0, 0,
	"the folder in which journal/, checkpoint/, outcomes/ and quarantine/ "
	"are made; required"},
    {0}};

static const char *const config_sections[] = {"listen", "sources", "feeds",
    "alarms", "parameters", "rollups", "delay", "series", "clock", "journal",
    "peer", "sinks", "cluster", NULL};

struct config *
config_create(void)
{
	struct config *config = calloc(1, sizeof(*config));

	if (config == NULL)
		log_die("out of memory: configuration");
	arena_init(&config->arena);
	config->clock.start_ms = -1;
	config->clock.speed = 1;
	config_delay_load(config, NULL, NULL);
	option_load(
	    config_series_options, NULL, &config->series, &config->arena, NULL);
	return config;
}

void
config_free(struct config **config)
{
	if (*config == NULL)
		return;
	arena_fini(&(*config)->arena);
	free(*config);
	*config = NULL;
}

/* Several files are one set of definitions, read in one Region. */
static void
config_same(const struct tree *root, const char *key, struct span before,
    struct span now, struct faults *faults)
{
	const struct tree *node = tree_get(root, key);

	if (node != NULL && before.len > 0 && !span_equal(before, now))
		tree_fault(node, faults,
		    "%s is %.*s here and %.*s in an earlier file", key,
		    SPAN_ARGS(now), SPAN_ARGS(before));
}

static void
config_read_root(struct config *config, const struct tree *root, bool service,
    struct faults *faults)
{
	struct span region = config->region, account = config->account;

	option_load(config_options, root, config, &config->arena, faults);
	option_known(config_options, config_sections, root, faults);
	config_same(root, "region", region, config->region, faults);
	config_same(root, "account", account, config->account, faults);
	if (service && config->data.len == 0)
		tree_fault(root, faults,
		    "data is missing: the folder in which journal/, "
		    "checkpoint/, outcomes/ and quarantine/ are made");
	config_section_load(config, root, service, faults);
	config_delay_load(config, tree_get(root, "delay"), faults);
	config_series_load(config, tree_get(root, "series"), faults);
	config_parameters_load(config, tree_get(root, "parameters"), faults);
	config_rollups_load(config, tree_get(root, "rollups"), faults);
	config_alarms_load(config, root, faults);
}

void
config_read(struct config *config, const char *path, bool service,
    struct faults *faults)
{
	struct buf text = {0};
	struct tree *root;
	struct err err;

	if (file_read(path, &text, &err) != RC_OK) {
		fault_add(faults, "", 0, 0, "%s", err.text);
		buf_fini(&text);
		return;
	}
	root = tree_parse(&config->arena, buf_span(&text), path, true, faults);
	buf_fini(&text);
	if (root == NULL)
		return;
	if (root->kind == TREE_NULL)
		root->kind = TREE_MAP; /* an empty file: nothing is said */
	if (root->kind != TREE_MAP)
		tree_fault(root, faults,
		    "a configuration is a map of keys; see `tocsin options`");
	else
		config_read_root(config, root, service, faults);
}

struct config *
config_load(const char *path, bool strict, struct faults *faults,
    struct faults *left_out)
{
	struct config *config = config_create();

	config_read(config, path, true, faults);
	config_finish(config, strict ? faults : left_out);
	if (faults->count > 0)
		config_free(&config);
	return config;
}
