/* Readers of the outcomes log: each file in turn, up to what was advanced. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "journal/outcomes_file.h"

struct outcomes_reader {
	struct outcomes *outcomes;
	uint64_t after;
	uint64_t file; /* that is open, by its name */
	struct outcomes_window window;
};

struct outcomes_reader *
outcomes_reader_open(struct outcomes *outcomes)
{
	struct outcomes_reader *reader = calloc(1, sizeof(*reader));

	if (reader == NULL)
		log_die("out of memory: reader of outcomes");
	invariant(!outcomes->started);
	reader->outcomes = outcomes;
	reader->window.fd = -1;
	outcomes->readers++;
	return reader;
}

static void
outcomes_shut(struct outcomes_reader *reader)
{
	if (reader->window.fd >= 0)
		close(reader->window.fd);
	reader->window.fd = -1;
}

void
outcomes_reader_close(struct outcomes_reader **reader)
{
	struct outcomes_reader *old = *reader;

	if (old == NULL)
		return;
	outcomes_shut(old);
	buf_fini(&old->window.ahead);
	old->outcomes->readers--;
	free(old);
	*reader = NULL;
}

void
outcomes_seek(struct outcomes_reader *reader, uint64_t after)
{
	outcomes_shut(reader);
	reader->after = after;
}

/* The file to read: the one behind the open one, or the one that holds the
 * first entry wanted. RC_AGAIN: there is none. */
static enum rc
outcomes_choose(
    const struct outcomes_reader *reader, uint64_t *file, struct err *err)
{
	bool next = reader->window.fd >= 0;
	uint64_t *files;
	size_t count, at = 0;
	enum rc rc = folder_numbers(
	    reader->outcomes->folder, OUTCOMES_SUFFIX, &files, &count, err);

	if (rc != RC_OK)
		return RC_RETRY;
	while (at < count && next && files[at] <= reader->file)
		at++;
	while (!next && at + 1 < count && files[at + 1] <= reader->after + 1)
		at++;
	if (at < count)
		*file = files[at];
	else
		rc = RC_AGAIN;
	free(files);
	return rc;
}

static enum rc
outcomes_enter(struct outcomes_reader *reader, uint64_t file, struct err *err)
{
	char path[FOLDER_PATH_SIZE];
	int fd;

	outcomes_path(path, reader->outcomes->folder, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, RC_RETRY, "%s", path);
	outcomes_shut(reader);
	reader->file = file;
	reader->window.fd = fd;
	reader->window.at = 0;
	reader->window.used = 0;
	reader->window.ahead.len = 0;
	return RC_OK;
}

static enum rc
outcomes_damage(struct outcomes_reader *reader, uint64_t next, uint64_t *reach,
    struct err *err)
{
	uint64_t at = reader->window.at, file = reader->file;
	enum rc rc = outcomes_enter(reader, next, err);

	if (rc != RC_OK)
		return rc;
	counter_add(&outcomes_stats[OUTCOMES_DAMAGED], 1);
	*reach = next - 1;
	reader->after = *reach > reader->after ? *reach : reader->after;
	return err_set(err, RC_REJECT,
	    "lines of entries up to %llu cannot be read: %s/%020llu%s is "
	    "damaged at offset %llu; replay of the archive gives them",
	    (unsigned long long)*reach, reader->outcomes->folder,
	    (unsigned long long)file, OUTCOMES_SUFFIX, (unsigned long long)at);
}

/* No line stands there: what now? RC_OK: look again. */
static enum rc
outcomes_go_on(struct outcomes_reader *reader, enum outcomes_found found,
    uint64_t *reach, struct err *err)
{
	struct outcomes_line line;
	uint64_t next;
	enum rc rc = outcomes_choose(reader, &next, err);

	if (rc == RC_AGAIN && found == OUTCOMES_BAD)
		return err_set(err, RC_RETRY,
		    "%s/%020llu%s is damaged at offset %llu; what lies behind "
		    "it can be told at the next file, or start",
		    reader->outcomes->folder, (unsigned long long)reader->file,
		    OUTCOMES_SUFFIX, (unsigned long long)reader->window.at);
	if (rc != RC_OK)
		return rc;
	/* It may have grown before the next one was made. */
	if (found != OUTCOMES_BAD)
		found = outcomes_look(&reader->window, &line);
	if (found == OUTCOMES_WHOLE)
		return RC_OK;
	if (found == OUTCOMES_FAILED)
		return err_errno(err, RC_RETRY, "read outcomes");
	if (found != OUTCOMES_END)
		return outcomes_damage(reader, next, reach, err);
	return outcomes_enter(reader, next, err);
}

/* Entries behind `after` that were there before anybody read. */
static enum rc
outcomes_gap(struct outcomes_reader *reader, uint64_t *reach, struct err *err)
{
	uint64_t begin = reader->outcomes->begin, after = reader->after;

	if (after + 1 >= begin)
		return RC_OK;
	outcomes_shut(reader);
	reader->after = begin - 1;
	if (after == 0)
		return RC_OK;
	*reach = begin - 1;
	return err_set(err, RC_REJECT,
	    "lines of entries %llu to %llu were not kept: nobody was to get "
	    "them then; replay of the archive gives them",
	    (unsigned long long)after + 1, (unsigned long long)begin - 1);
}

enum rc
outcomes_next(struct outcomes_reader *reader, struct outcomes_line *line,
    uint64_t *reach, struct err *err)
{
	uint64_t advanced = reader->outcomes->advanced, file;
	enum rc rc = outcomes_gap(reader, reach, err);

	if (rc == RC_OK && reader->window.fd < 0) {
		rc = outcomes_choose(reader, &file, err);
		if (rc == RC_OK)
			rc = outcomes_enter(reader, file, err);
	}
	while (rc == RC_OK) {
		enum outcomes_found found =
		    outcomes_look(&reader->window, line);

		if (found == OUTCOMES_FAILED) {
			rc = err_errno(err, RC_RETRY, "read outcomes");
		} else if (found != OUTCOMES_WHOLE) {
			rc = outcomes_go_on(reader, found, reach, err);
		} else if (line->seq > advanced) {
			rc = RC_AGAIN;
		} else {
			outcomes_step(&reader->window, line);
			if (line->seq <= reader->after)
				continue;
			reader->after = line->last ? line->seq : line->seq - 1;
			return RC_OK;
		}
	}
	if (rc == RC_AGAIN) {
		*reach = advanced;
		if (reader->after < advanced)
			reader->after = advanced;
	}
	return rc;
}
