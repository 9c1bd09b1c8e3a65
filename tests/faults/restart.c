#include "restart.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/log.h"
#include "journal/checkpoint.h"

static void
restart_paths(const char *data, char journal[300], char checkpoints[300])
{
	snprintf(journal, 300, "%s/journal", data);
	snprintf(checkpoints, 300, "%s/checkpoint", data);
}

void
restart_forget(struct memory *memory)
{
	free(memory->found);
	*memory = (struct memory){0};
}

/* The checkpoint's word for what it was given. */
static bool
restart_remember(const struct checkpoint *checkpoint, struct memory *memory)
{
	const struct buf *part = &checkpoint->parts[CHECKPOINT_ENGINE];

	memory->count = part->len / sizeof(*memory->found);
	if (memory->count > LOAD_ITEMS) {
		fprintf(stderr, "a checkpoint with too much in it\n");
		return false;
	}
	memcpy(memory->found, part->bytes, part->len);
	if (memory->count > 0 &&
	    memory->found[memory->count - 1].seq == checkpoint->seq)
		return true;
	fprintf(stderr, "checkpoint %llu holds another moment\n",
	    (unsigned long long)checkpoint->seq);
	return false;
}

static enum rc
restart_try(uint64_t *before, const char *data,
    const struct journal_config *config, struct journal **journal,
    struct memory *memory, struct err *err)
{
	const struct journal_clock clock = {-1, 0};
	char log[300], checkpoints[300];
	struct checkpoint checkpoint;
	struct journal_resume resume;
	enum rc rc;

	restart_paths(data, log, checkpoints);
	memory->count = 0;
	rc = checkpoint_read(checkpoints, *before, &checkpoint, err);
	*before = checkpoint.seq;
	if (rc == RC_AGAIN)
		return journal_open(journal, log, config, &clock, NULL, err);
	if (rc != RC_OK)
		return rc;
	resume = (struct journal_resume){
	    checkpoint.seq, buf_span(&checkpoint.parts[CHECKPOINT_JOURNAL])};
	rc = restart_remember(&checkpoint, memory)
	    ? journal_open(journal, log, config, &clock, &resume, err)
	    : RC_FATAL;
	checkpoint_fini(&checkpoint);
	return rc;
}

bool
restart_follow(const struct load *load, const char *data, struct memory *memory)
{
	char log[300], checkpoints[300];
	struct load_found *found;
	size_t count, known = 0;
	bool good;

	restart_paths(data, log, checkpoints);
	good = load_read(load, log, &found, &count);
	for (size_t i = 0; i < count && good; i++) {
		while (known < memory->count &&
		    memory->found[known].seq < found[i].seq)
			known++;
		if (known == memory->count) {
			memory->found[memory->count++] = found[i];
			continue;
		}
		good = memory->found[known].seq == found[i].seq &&
		    memory->found[known].n == found[i].n;
		if (!good)
			fprintf(stderr, "entry %llu is not in the checkpoint\n",
			    (unsigned long long)found[i].seq);
	}
	free(found);
	return good;
}

bool
restart_run(const struct load *load, const char *data,
    const struct journal_config *config, struct journal **journal,
    struct memory *memory)
{
	char log[300], checkpoints[300];
	uint64_t before = UINT64_MAX;
	struct err err = {""};
	enum rc rc;

	restart_paths(data, log, checkpoints);
	*journal = NULL;
	*memory = (struct memory){
	    .found = calloc(LOAD_ITEMS, sizeof(struct load_found))};
	if (memory->found == NULL)
		log_die("out of memory: the test");
	rc = file_make_folder(checkpoints, &err);
	while (rc == RC_OK &&
	    (rc = restart_try(&before, data, config, journal, memory, &err)) ==
		RC_REJECT) {
		checkpoint_set_aside(checkpoints, before);
		rc = RC_OK;
	}
	if (rc != RC_OK) {
		fprintf(stderr, "does not open: %s\n", err.text);
		return false;
	}
	return restart_follow(load, data, memory);
}

bool
restart_checkpoint(
    struct journal *journal, const char *data, const struct memory *memory)
{
	uint64_t seq = memory->found[memory->count - 1].seq;
	struct span parts[CHECKPOINT_PARTS] = {{0}};
	char log[300], checkpoints[300];
	struct buf state = {0};
	struct err err = {""};
	enum rc rc;
	int fd;

	restart_paths(data, log, checkpoints);
	rc = checkpoint_begin(checkpoints, seq, &fd, &err);
	if (rc == RC_OK) {
		journal_hold(journal);
		journal_save(journal, seq, &state);
		journal_release(journal);
		parts[CHECKPOINT_JOURNAL] = buf_span(&state);
		parts[CHECKPOINT_ENGINE] =
		    span_make((const char *)memory->found,
			memory->count * sizeof(*memory->found));
		rc = checkpoint_write(fd, seq, parts, &err);
		if (rc == RC_OK)
			rc = checkpoint_commit(checkpoints, seq, fd, &err);
		else
			checkpoint_abandon(checkpoints, seq, fd);
	}
	buf_fini(&state);
	if (rc == RC_OK && checkpoint_oldest(checkpoints) > 0)
		journal_trim(journal, checkpoint_oldest(checkpoints));
	if (rc != RC_OK)
		fprintf(stderr, "checkpoint %llu: %s\n",
		    (unsigned long long)seq, err.text);
	return rc == RC_OK;
}
