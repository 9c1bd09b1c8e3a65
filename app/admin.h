/*
 * The admin address: /healthz, /readyz, /metrics, /api/transitions,
 * /api/rollups, /api/replicas, and a page at / that lists them. GET and HEAD
 * only.
 *
 * Threads. One of its own. Limits. 32 connections, 10 s of silence.
 */
#ifndef APP_ADMIN_H
#define APP_ADMIN_H

#include "app/delay_follow.h"
#include "app/heard_report.h"
#include "app/transitions.h"
#include "base/counter.h"
#include "base/rc.h"
#include "journal/journal.h"

struct admin;

enum { ADMIN_REQUESTS, ADMIN_STATS };
extern struct counter admin_stats[ADMIN_STATS];

struct admin_options {
	struct span address; /* host:port; port 0 picks a free one */
	struct transitions *transitions, *rollups;
	struct heard_report *heard;
	struct delay_follow *follow;
	const struct journal *journal; /* its clock */
	/* Whether the service is ready; says in `why` what it waits for. */
	bool (*ready)(void *cookie, struct buf *why);
	void *cookie;
	const char *note; /* for the page; NULL: none */
};

/* RC_FATAL with a clear sentence: port taken, no such address. `options` and
 * what it points to outlive the admin. */
enum rc admin_start(
    struct admin **admin, const struct admin_options *options, struct err *err);
unsigned admin_port(const struct admin *admin);
void admin_stop(struct admin **admin);

#endif
