/* The position of a delivery, as a file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "sinks/delivery_step.h"

char *
delivery_path(const char *folder, const char *name, const char *suffix)
{
	char *path;

	if (asprintf(&path, "%s/%s.%s", folder, name, suffix) < 0)
		log_die("out of memory: a path");
	return path;
}

enum rc
delivery_position_write(struct delivery_step *step, struct err *err)
{
	uint64_t position = atomic_load(&step->position);
	char text[32];
	enum rc rc;

	snprintf(text, sizeof(text), "%llu\n", (unsigned long long)position);
	rc = file_replace(step->position_path, span_text(text), err);
	if (rc == RC_OK) {
		step->saved = position;
		step->sent = false;
	}
	return rc;
}

enum rc
delivery_position_read(
    const char *folder, const char *name, uint64_t *position, struct err *err)
{
	char *path = delivery_path(folder, name, "position");
	struct buf text = {0};
	struct span number;
	int64_t value = 0;
	enum rc rc = RC_AGAIN;
	FILE *there = fopen(path, "re");

	*position = 0;
	if (there != NULL) {
		fclose(there);
		rc = file_read(path, &text, err);
	} else if (errno != ENOENT) {
		rc = err_errno(err, RC_FATAL, "%s", path);
	}
	number = buf_span(&text);
	while (number.len > 0 && number.at[number.len - 1] == '\n')
		number.len--;
	if (rc == RC_OK && (!text_parse_int(number, &value) || value < 0))
		rc = err_set(err, RC_FATAL,
		    "%s: not a log position; write the number of the last "
		    "entry that was delivered, or remove the file to begin "
		    "anew",
		    path);
	if (rc == RC_OK)
		*position = (uint64_t)value;
	buf_fini(&text);
	free(path);
	return rc;
}

void
delivery_save(struct delivery_step *step, int64_t now_ms)
{
	struct err err = {""};

	if (step->saved == atomic_load(&step->position))
		return;
	step->saved_ms = now_ms;
	if (delivery_position_write(step, &err) == RC_OK) {
		step->save_failing = false;
		return;
	}
	if (!step->save_failing)
		log_warn("position_not_written", "sink=%s reason=%s",
		    step->name, err.text);
	step->save_failing = true;
}

void
delivery_save_due(struct delivery_step *step, int64_t now_ms)
{
	int64_t wait_ms =
	    step->sent ? DELIVERY_SAVE_MS : DELIVERY_SAVE_QUIET_MS;

	if (step->source.round != NULL) {
		if (step->saved >= step->settled)
			return;
		wait_ms = DELIVERY_SAVE_MS;
	}
	if (now_ms - step->saved_ms >= wait_ms)
		delivery_save(step, now_ms);
}
