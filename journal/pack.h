/*
 * Lines into a file, as one zstd frame with its checksum: what any tool that
 * reads .zst takes. The bytes are a function of the lines and of the library's
 * version.
 *
 * Ownership. The file is the caller's. Threads. None.
 */
#ifndef JOURNAL_PACK_H
#define JOURNAL_PACK_H

#include <stdint.h>

#include "base/rc.h"
#include "base/span.h"

struct pack;

/* Writes to `fd` from its beginning. */
struct pack *pack_create(int fd);
void pack_free(struct pack **pack);
/* RC_RETRY: the file takes no more. */
enum rc pack_put(struct pack *pack, struct span bytes, struct err *err);
/* Nothing more comes: the file has so many bytes now. */
enum rc pack_finish(struct pack *pack, uint64_t *bytes, struct err *err);

#endif
