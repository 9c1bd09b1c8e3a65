/*
 * The service: everything wired together, from start to stop.
 *
 *   feed ─▶ journal ─▶ evaluator ─▶ notifier
 *   ticker ──▶┘   └──▶ s3, replicas          admin looks at all of them
 *
 * Threads. The caller's waits for signals, which must be blocked before.
 */
#ifndef APP_RUN_H
#define APP_RUN_H

#include <signal.h>

#include "app/config.h"

/* SIGTERM, SIGINT, SIGHUP. */
void run_signals(sigset_t *set);
/* Serves until SIGTERM or SIGINT; returns a status. `path` is read again on
 * SIGHUP; `strict`: not taken when an alarm in it is faulty. Takes the
 * configuration's texts as they are. */
int run(const char *path, bool strict, struct config *config);
/* Says which alarms do not run, and why. */
void
run_tell_left_out(const struct config *config, const struct faults *left_out);

#endif
