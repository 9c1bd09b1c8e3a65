#include "app/inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"

#define INPUTS_DEPTH 16

void
inputs_init(struct inputs *inputs)
{
	*inputs = (struct inputs){0};
	arena_init(&inputs->arena);
}

void
inputs_fini(struct inputs *inputs)
{
	for (size_t i = 0; i < inputs->count; i++)
		input_close(&inputs->at[i]);
	free(inputs->at);
	inputs_remote_fini(inputs);
	arena_fini(&inputs->arena);
	*inputs = (struct inputs){0};
}

struct input *
inputs_push(struct inputs *inputs, const char *path)
{
	struct input *input;

	if (inputs->count == inputs->room) {
		inputs->room = inputs->room == 0 ? 16 : inputs->room * 2;
		inputs->at =
		    realloc(inputs->at, inputs->room * sizeof(*inputs->at));
		if (inputs->at == NULL)
			log_die("out of memory: inputs");
	}
	input = &inputs->at[inputs->count++];
	*input =
	    (struct input){.path = arena_text(&inputs->arena, span_text(path))};
	return input;
}

static void
inputs_push_file(struct inputs *inputs, const char *path, const struct stat *st)
{
	struct input *input = inputs_push(inputs, path);

	input->regular = S_ISREG(st->st_mode);
	if (input->regular)
		input->bytes = (uint64_t)st->st_size;
}

/* Files of a folder that nobody means. */
static bool
inputs_leave_out(const char *path, const struct stat *st)
{
	return source_leaves_out(strrchr(path, '/') + 1) ||
	    (S_ISREG(st->st_mode) && st->st_size == 0);
}

static enum rc
inputs_walk(
    struct inputs *inputs, const char *path, unsigned depth, struct err *err)
{
	const char **names;
	struct stat st;

	if (depth > INPUTS_DEPTH)
		return err_set(
		    err, RC_FATAL, "%s: too many folders deep", path);
	if (stat(path, &st) != 0)
		return err_errno(err, RC_FATAL, "%s", path);
	if (depth > 0 && inputs_leave_out(path, &st))
		return RC_OK;
	if (!S_ISDIR(st.st_mode)) {
		inputs_push_file(inputs, path, &st);
		return RC_OK;
	}
	if (file_list(&inputs->arena, path, &names, err) != RC_OK)
		return RC_FATAL;
	for (; *names != NULL; names++)
		if (inputs_walk(inputs, *names, depth + 1, err) != RC_OK)
			return RC_FATAL;
	return RC_OK;
}

enum rc
inputs_add(struct inputs *inputs, const char *path, struct err *err)
{
	bool remote = strncmp(path, "s3://", 5) == 0;

	if (!remote && strcmp(path, "-") != 0)
		return inputs_walk(inputs, path, 0, err);
	inputs_push(inputs, path);
	inputs->remote = inputs->remote || remote;
	return RC_OK;
}

uint64_t
inputs_bytes(const struct inputs *inputs)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < inputs->count; i++)
		bytes += inputs->at[i].bytes;
	return bytes;
}

static enum rc
input_open(struct input *input, struct err *err)
{
	return input->s3 != NULL
	    ? input_open_s3(input, err)
	    : source_file_open(&input->source, input->path, err);
}

void
input_close(struct input *input)
{
	source_file_close(&input->source);
	if (input->spool != NULL)
		spool_close(input->spool);
	free(input->spool);
	input->spool = NULL;
}

enum rc
input_probe(struct input *input, struct err *err)
{
	enum rc rc;

	if (input->s3 != NULL && (rc = input_probe_s3(input, err)) != RC_AGAIN)
		return rc;
	rc = input_open(input, err);
	if (rc != RC_OK)
		return rc;
	while ((rc = source_file_next(input->source, &input->chunk, err)) ==
	    RC_REJECT)
		if (!input->regular) {
			fprintf(stderr, "%s\n", err->text);
			input->damaged = true;
		}
	if (rc == RC_FATAL || rc == RC_RETRY)
		return rc;
	input->empty = rc == RC_AGAIN;
	if (rc == RC_OK) {
		input->kind = input->chunk.kind;
		input->first_seq = input->chunk.entry.seq;
		input->first_ms = input->chunk.entry.arrival_ms;
	}
	if (input->regular)
		input_close(input);
	else
		input->waiting = rc == RC_OK;
	return RC_OK;
}

enum rc
input_next(struct input *input, struct source_chunk *chunk, struct err *err)
{
	enum rc rc = RC_OK;

	if (input->waiting) {
		input->waiting = false;
		*chunk = input->chunk;
		return RC_OK;
	}
	if (input->source == NULL)
		rc = input_open(input, err);
	if (rc == RC_OK)
		rc = source_file_next(input->source, chunk, err);
	/* What its name promised, and replay believed. */
	if (rc == RC_OK && input->s3 != NULL && input->object->segment &&
	    input->kind == SOURCE_SEGMENT && chunk->kind != SOURCE_SEGMENT)
		rc = err_set(err, RC_FATAL,
		    "%s: named as a segment of ours, but it is none",
		    input->path);
	if (rc != RC_OK && rc != RC_REJECT)
		input_close(input);
	return rc;
}

uint64_t
input_done(const struct input *input, const struct source_chunk *chunk)
{
	return chunk->offset < input->bytes ? chunk->offset : input->bytes;
}
