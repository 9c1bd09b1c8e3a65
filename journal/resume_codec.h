/*
 * What the journal remembers, as bytes and back: schemas/checkpoint.proto.
 *
 * Threads. None. resume_save() may run in a forked child: no lock, no log.
 */
#ifndef JOURNAL_RESUME_CODEC_H
#define JOURNAL_RESUME_CODEC_H

#include "journal/commit.h"

/* Of what resume_save() writes; another one is not read. */
#define RESUME_VERSION 1

/* What was read back, but the request ids. */
struct resume {
	uint64_t seq;
	uint64_t holder_first, holder_id; /* the segment that holds `seq` */
	struct sealed *sealed;
	size_t nsealed;
};

/* Appends the request ids and sealed segments as of entry `seq`, and the marks
 * as they are. */
void resume_save(const struct journal *journal, uint64_t seq, struct buf *out);

/* RC_REJECT: these are no bytes of resume_save(), or of another version or
 * another entry. `requests` and `marks` are empty before. resume_fini() in any
 * case. */
enum rc resume_load(struct resume *resume, struct requests *requests,
    struct marks *marks, const struct journal_resume *from, struct err *err);
void resume_fini(struct resume *resume);

/* The row of the segment of that name, or NULL. */
const struct sealed *
resume_find(const struct resume *resume, uint64_t first_seq);

#endif
