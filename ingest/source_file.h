/*
 * Files as a source of records: JSON lines, length-delimited OTLP, Firehose
 * request bodies, our own segments; plain, gzip (also of several members),
 * zstd or snappy (framing format, Hadoop's blocks). All is told by content,
 * never by name.
 *
 * Limits. A chunk holds about 1 MiB of whole lines or messages; Firehose
 * bodies are read whole (LIMIT_BODY_BYTES).
 */
#ifndef INGEST_SOURCE_FILE_H
#define INGEST_SOURCE_FILE_H

#include "base/rc.h"
#include "schemas/entry.h"

struct source_file;

enum source_kind {
	/* JSON lines; record 0 is one run of whole lines. For the JSON decoder,
	 * not to be guessed again: its first line may be a broken one. */
	SOURCE_LINES,
	/* Length-delimited OTLP; the same of messages. Behind broken framing
	 * the rest (of the window) comes as one record and ends the input. */
	SOURCE_MESSAGES,
	SOURCE_FIREHOSE, /* one Firehose request body; its records */
	SOURCE_SEGMENT	 /* an entry of ours, in `entry` */
};

/* Some of the input. Lives until the next call. */
struct source_chunk {
	enum source_kind kind;
	const struct span *records;
	size_t nrecords;
	size_t first;  /* number of the first line, message or record, from 1 */
	size_t offset; /* byte of records[0] in the plain input; for Firehose
			  bodies and segments, in the records joined */
	struct entry entry; /* SOURCE_SEGMENT: ticks and configs too */
};

/* `path` "-" is standard input. RC_FATAL when it cannot be opened. */
enum rc source_file_open(
    struct source_file **source, const char *path, struct err *err);
/* The same of a file that is a copy of `name`: errors name that. */
enum rc source_file_open_as(struct source_file **source, const char *path,
    const char *name, struct err *err);
/* RC_AGAIN at the end. RC_REJECT: something cannot be read (damaged frame,
 * bad base64); err says what and where, the next call goes on behind it. */
enum rc source_file_next(
    struct source_file *source, struct source_chunk *chunk, struct err *err);
void source_file_close(struct source_file **source);

#endif
