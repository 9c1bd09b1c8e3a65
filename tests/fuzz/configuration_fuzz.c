/*
 * A whole configuration as `run` reads it: one that can be used, or faults
 * with their places. No file is touched: the linker puts the functions here
 * in the place of those that would. A line of nothing but "%%" parts the
 * input: what is behind it is the file of alarms, whatever its name.
 */
#include <stdint.h>
#include <unistd.h>

#include "app/config.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"

#define CONFIGURATION_PATH "/fuzz/tocsin.yaml"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* In place of base/file.c's, and of libc's; __real_ are those. */
enum rc __real_file_read(const char *path, struct buf *out, struct err *err);
enum rc __real_file_list(struct arena *arena, const char *path,
    const char ***names, struct err *err);
enum rc __wrap_file_read(const char *path, struct buf *out, struct err *err);
enum rc __wrap_file_list(struct arena *arena, const char *path,
    const char ***names, struct err *err);
bool __wrap_file_is_folder(const char *path);
int __wrap_access(const char *path, int mode);

/* Off while the seeds themselves are read. */
static bool configuration_fuzzing;
static struct span configuration_text, configuration_alarms;

enum rc
__wrap_file_read(const char *path, struct buf *out, struct err *err)
{
	bool first = strcmp(path, CONFIGURATION_PATH) == 0;

	if (!configuration_fuzzing)
		return __real_file_read(path, out, err);
	if (!first && strlen(path) % 7 == 0)
		return err_set(err, RC_FATAL, "%s: not there", path);
	buf_span_put(out, first ? configuration_text : configuration_alarms);
	return RC_OK;
}

enum rc
__wrap_file_list(
    struct arena *arena, const char *path, const char ***names, struct err *err)
{
	if (!configuration_fuzzing)
		return __real_file_list(arena, path, names, err);
	if (strlen(path) % 5 == 0)
		return err_set(err, RC_FATAL, "%s: not there", path);
	*names = arena_alloc(arena, 2 * sizeof(**names));
	(*names)[0] = arena_printf(arena, "%s", path);
	(*names)[1] = NULL;
	return RC_OK;
}

bool
__wrap_file_is_folder(const char *path)
{
	return strlen(path) % 3 == 0;
}

int
__wrap_access(const char *path, int mode)
{
	(void)mode;
	return strlen(path) % 2 == 0 ? 0 : -1;
}

static void
configuration_part(struct span input)
{
	const char *mark = memmem(input.at, input.len, "\n%%\n", 4);
	size_t len = mark == NULL ? input.len : (size_t)(mark + 1 - input.at);

	configuration_text = span_make(input.at, len);
	configuration_alarms = mark == NULL
	    ? span_make(NULL, 0)
	    : span_make(mark + 4, input.len - len - 3);
}

/* The payload that goes into the log is JSON. */
static void
configuration_use(const struct config *config)
{
	struct buf entry = {0};
	struct json json;

	invariant(config->data.len > 0);
	for (size_t i = 0; i < config->nfeeds; i++)
		invariant(config->feeds[i].name.len > 0);
	config_entry(config, NULL, &entry);
	json_init(&json, buf_span(&entry));
	invariant(json_skip(&json) && json_done(&json));
	buf_fini(&entry);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct faults faults, left_out;
	struct config *config;

	configuration_part(span_make(bytes, len));
	configuration_fuzzing = true;
	faults_init(&faults);
	faults_init(&left_out);
	config = config_load(CONFIGURATION_PATH, false, &faults, &left_out);
	invariant((config == NULL) == (faults.count > 0));
	if (config != NULL)
		configuration_use(config);
	config_free(&config);
	faults_fini(&left_out);
	faults_fini(&faults);
	configuration_fuzzing = false;
	return 0;
}
