/* A file of alarm unit tests, and the definitions that it names. */
#include "app/alarm_test.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/log.h"

static const char *const file_keys[] = {
    "alarms", "parameters", "region", "account", "tests", NULL};

const struct alarm *
alarm_test_find(
    const struct alarm_test_file *file, struct span name, bool *several)
{
	const struct definitions *all = &file->config->alarms;
	const struct alarm *found = NULL;

	*several = false;
	for (size_t i = 0; i < all->count; i++) {
		const struct alarm *alarm = &all->alarms[i];

		if (alarm->arn.len > 0 && span_equal(alarm->arn, name))
			return alarm;
		if (!span_equal(alarm->name, name))
			continue;
		*several = *several || found != NULL;
		found = alarm;
	}
	return *several ? NULL : found;
}

/* The definitions. What is wrong with them is kept apart. */
static void
file_alarms(struct alarm_test_file *file, const struct tree *root,
    struct faults *faults)
{
	struct config *config = file->config;
	const struct tree *alarms = tree_get(root, "alarms");

	tree_text(tree_get(root, "region"), &config->region, faults);
	tree_text(tree_get(root, "account"), &config->account, faults);
	config_parameters_load(config, tree_get(root, "parameters"), faults);
	if (alarms == NULL || (alarms->kind == TREE_LIST && alarms->count == 0))
		tree_fault(root, faults,
		    "alarms is missing: a list of files of alarm definitions, "
		    "as seen from this file");
	else if (tree_is(alarms, TREE_LIST, faults))
		config_alarms_load(config, root, &file->alarms);
	config_finish(config, &file->alarms);
}

static void
file_load(struct alarm_test_file *file, const struct tree *root,
    struct faults *faults)
{
	if (root->kind != TREE_MAP) {
		tree_fault(root, faults,
		    "a file of alarm tests is a map with the keys alarms and "
		    "tests");
		return;
	}
	tree_known(root, file_keys, faults);
	file_alarms(file, root, faults);
	alarm_test_load(file, root, faults);
}

struct alarm_test_file *
alarm_test_file_read(const char *path, struct faults *faults)
{
	struct alarm_test_file *file = calloc(1, sizeof(*file));
	struct buf text = {0};
	struct tree *root;
	struct err err;

	if (file == NULL)
		log_die("out of memory: alarm tests");
	arena_init(&file->arena);
	faults_init(&file->alarms);
	file->config = config_create();
	file->path = arena_text(&file->arena, span_text(path));
	if (file_read(path, &text, &err) != RC_OK)
		fault_add(faults, "", 0, 0, "%s", err.text);
	else if ((root = tree_parse(&file->arena, buf_span(&text), file->path,
		      false, faults)) != NULL)
		file_load(file, root, faults);
	buf_fini(&text);
	return file;
}

void
alarm_test_file_free(struct alarm_test_file **file)
{
	struct alarm_test_file *old = *file;

	if (old == NULL)
		return;
	config_free(&old->config);
	faults_fini(&old->alarms);
	arena_fini(&old->arena);
	free(old);
	*file = NULL;
}
