/*
 * What PATH… on a command line comes to: files in the order of the arguments,
 * those of folders (and the folders in them) in the order of their names.
 * Within folders, names that begin with '.', a journal's LOCK, what recovery
 * cut off (.torn), half-written files (.new), lines and manifests of an
 * archive (.jsonl) and empty ones are left out. What s3://bucket/prefix comes
 * to is known after inputs_settle() (app/inputs_s3.c, ingest/source_s3.h).
 *
 * Ownership. The inputs own their paths and what is open.
 */
#ifndef APP_INPUTS_H
#define APP_INPUTS_H

#include <stdbool.h>

#include "base/arena.h"
#include "ingest/source_file.h"
#include "ingest/source_s3.h"

struct s3_config;

struct input {
	const char *path;     /* "-" is standard input */
	uint64_t bytes;	      /* of the file; 0 when it is a pipe */
	bool regular;	      /* can be opened again */
	struct source_s3 *s3; /* NULL: a file */
	const struct source_s3_object *object; /* NULL: s3:// not settled */
	struct spool *spool; /* what is open, fetched; NULL: nothing */
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
	bool remote; /* some are s3:// */
	/* Of inputs_settle(): */
	struct http *http;
	struct aws_client *aws;
	struct source_s3 **s3;
	size_t ns3;
};

/* Where s3:// inputs are, and what of them is wanted. */
struct inputs_remote {
	/* A bucket of the configuration that has this name, or NULL. */
	const struct s3_config *buckets;
	size_t nbuckets;
	struct span region; /* of others, when the environment says none */
	struct source_s3_range range;
};

void inputs_init(struct inputs *inputs);
void inputs_fini(struct inputs *inputs);
/* Adds a file, or what is in a folder. RC_FATAL: cannot be read. */
enum rc inputs_add(struct inputs *inputs, const char *path, struct err *err);
/* Lists what is s3://, in its place. RC_FATAL: cannot be, or nothing there. */
enum rc inputs_settle(
    struct inputs *inputs, const struct inputs_remote *remote, struct err *err);
uint64_t inputs_bytes(const struct inputs *inputs);

/* Looks at the first chunk: of what kind is it, which entry is first? */
enum rc input_probe(struct input *input, struct err *err);
/* As source_file_next(), opening first and closing at the end. */
enum rc
input_next(struct input *input, struct source_chunk *chunk, struct err *err);
/* About how many bytes of the file were read, for progress. */
uint64_t input_done(const struct input *input, const struct source_chunk *);

/* For inputs*.c: */
struct input *inputs_push(struct inputs *inputs, const char *path);
/* Opens what is at s3. */
enum rc input_open_s3(struct input *input, struct err *err);
/* As input_probe(), without fetching more than it must. */
enum rc input_probe_s3(struct input *input, struct err *err);
void input_close(struct input *input);
void inputs_remote_fini(struct inputs *inputs);

#endif
