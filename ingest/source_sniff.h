/* What an input is, told by its first bytes. */
#ifndef INGEST_SOURCE_SNIFF_H
#define INGEST_SOURCE_SNIFF_H

#include "base/limits.h"
#include "ingest/source_file.h"

/* How many of the plain bytes to show, if the input has as many. */
#define SOURCE_SNIFF ((size_t)(64 * KIB))

/*
 * SOURCE_MESSAGES when the bytes are OTLP framing; SOURCE_FIREHOSE when they
 * begin an object with a body's members; SOURCE_LINES when they are any other
 * text, so that a broken first line is one reject and not the end; and
 * SOURCE_MESSAGES again for bytes that are no text, which the decoder rejects.
 */
enum source_kind source_sniff(struct span begin);

#endif
