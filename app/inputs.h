/*
 * What PATH… on a command line comes to: files in the order of the arguments,
 * those of folders (and the folders in them) in the order of their names.
 * Within folders, names that begin with '.', a journal's LOCK, what recovery
 * cut off (.torn), half-written files (.new) and empty ones are left out.
 *
 * Ownership. The inputs own their paths and what is open.
 */
#ifndef APP_INPUTS_H
#define APP_INPUTS_H

#include <stdbool.h>

#include "base/arena.h"
#include "ingest/source_file.h"

struct input {
	const char *path; /* "-" is standard input */
	uint64_t bytes;	  /* of the file; 0 when it is a pipe */
	bool regular;	  /* can be opened again */
	/* Of input_probe(): */
	bool empty; /* nothing could be read at all */
	enum source_kind kind;
	uint64_t first_seq; /* of a segment */
	int64_t first_ms;
	/* What is open: */
	struct source_file *source;
	struct source_chunk chunk;
	bool waiting; /* the chunk was read by the probe and not given yet */
	bool damaged; /* the probe of a pipe met damage and said so */
};

struct inputs {
	struct arena arena;
	struct input *at;
	size_t count, room;
};

void inputs_init(struct inputs *inputs);
void inputs_fini(struct inputs *inputs);
/* Adds a file, or what is in a folder. RC_FATAL: cannot be read. */
enum rc inputs_add(struct inputs *inputs, const char *path, struct err *err);
uint64_t inputs_bytes(const struct inputs *inputs);

/* Looks at the first chunk: of what kind is it, which entry is first? */
enum rc input_probe(struct input *input, struct err *err);
/* As source_file_next(), opening first and closing at the end. */
enum rc
input_next(struct input *input, struct source_chunk *chunk, struct err *err);
/* About how many bytes of the file were read, for progress. */
uint64_t input_done(const struct input *input, const struct source_chunk *);

#endif
