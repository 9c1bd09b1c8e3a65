/*
 * Records what the program does to the disk below one folder, as it does it.
 * The files are really written; the syncs are only noted, so runs are fast.
 *
 * So that a seed gives the same run each time, clock and random bytes are
 * this file's, and threads take turns: a thread other than the one that
 * called record_begin() stops at each sync until record_step() lets it go.
 *
 * Threads. Any.
 */
#ifndef TESTS_FAULTS_RECORD_H
#define TESTS_FAULTS_RECORD_H

#include "disk.h"

/* Until record_end(): what happens below the disk's root. `seed` of the
 * random bytes. */
void record_begin(struct disk *disk, uint64_t seed);
void record_end(void);

/* Whether others stop at their syncs. Off: whoever stands there goes on. */
void record_gate(bool shut);
/* Waits until somebody stands at a sync, or nothing is awaited any more.
 * False: the latter. */
bool record_wait(void);
/* Lets it go; waits again. */
bool record_step(void);
/* `more` answers are awaited. */
void record_await(int more);

/* Marks a moment; one answer less is awaited when `told`. Runs `with` under
 * the lock, with the moment's op. */
void
record_note(bool told, void (*with)(void *cookie, size_t at), void *cookie);

/* The clock that the program sees goes on. */
void record_pass(int64_t ms);

#endif
