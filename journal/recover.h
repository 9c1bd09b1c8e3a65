/*
 * What start-up makes of the folder: the sealed segments, the request ids,
 * the last entry, and a writer behind the last good byte.
 *
 *   last file                  becomes
 *   good to its end            goes on being written
 *   a tail without good frames copied to NAME.torn, cut off, goes on
 *   no head, but entries       left as it is; a new one is begun
 *   nothing good at all        copied to NAME.torn, emptied for the next one
 *
 * With what a checkpoint knows, sealed segments up to its entry are taken from
 * there, unless a file's size says otherwise.
 *
 * Damage with good frames behind it, or in an older file, stays where it is:
 * counted, logged, stepped over.
 */
#ifndef JOURNAL_RECOVER_H
#define JOURNAL_RECOVER_H

#include "journal/commit.h"

/* Fills the journal, which nobody else uses yet. RC_FATAL: the folder cannot
 * be read or written, or was written by a later version. RC_REJECT: `resume`
 * is none of this folder's; nothing was changed. */
enum rc recover_folder(struct journal *journal,
    const struct journal_resume *resume, struct err *err);

#endif
