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
 * SIGHUP. Takes the configuration's texts as they are. */
int run(const char *path, struct config *config);

#endif
