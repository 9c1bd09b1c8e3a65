/*
 * A gzip file of any size and any number of members. libdeflate wants a whole
 * member in and room for all of it out, so both lie in memory maps: the input
 * is the file, the output anonymous memory, or a temporary file when large.
 */
#ifndef INGEST_GUNZIP_H
#define INGEST_GUNZIP_H

#include "base/rc.h"
#include "base/span.h"

struct gunzip;

/* Maps the whole regular file; it stays the caller's to close. */
enum rc gunzip_open(struct gunzip **gunzip, int fd, struct err *err);
/* Some more bytes, until the next call. RC_AGAIN at the end. RC_REJECT: the
 * member is damaged and gives nothing; nothing follows. */
enum rc gunzip_next(struct gunzip *gunzip, struct span *bytes, struct err *err);
void gunzip_close(struct gunzip **gunzip);

#endif
