/*
 * Delays that follow what is observed (`delay: auto`): for how long after the
 * end of a period its data may still come, by namespace.
 *
 *   evaluator ── every minute ──▶ observed ──▶ chosen ──▶ ticker: config entry
 *
 * Chosen is what 999 of 1,000 points made lately (lateness_delay()), within
 * the bounds of the row. It grows at once, since missing data rings alarms; it
 * shrinks by steps of an hour. What is chosen becomes a config entry of the
 * log, so replay sees the same. "default" stands for every namespace without a
 * row of its own: each follows its own points.
 *
 * Threads. take: one (the evaluator's); the rest: any.
 * Limits. LIMIT_DELAYS namespaces; further ones keep the default, counted.
 */
#ifndef APP_DELAY_FOLLOW_H
#define APP_DELAY_FOLLOW_H

#include <stdbool.h>

#include "base/counter.h"
#include "base/fault.h"
#include "base/tree.h"
#include "pipeline/engine_config.h"
#include "pipeline/window/heard.h"

/* A row of `delay:` that follows. */
struct delay_bounds {
	struct span namespace; /* or "default" */
	int64_t least_ms, most_ms;
};

enum { DELAY_FOLLOW_CHANGES, DELAY_FOLLOW_LEFT_OUT, DELAY_FOLLOW_STATS };
extern struct counter delay_follow_stats[DELAY_FOLLOW_STATS];

struct delay_follow;

/* "auto" or "auto 1m..20m" (bounds; 1m..30m when not given). False: the text
 * is none of these, no fault. A fault: the bounds are none. */
bool delay_bounds_read(struct delay_bounds *bounds, const struct tree *node,
    struct faults *faults);

struct delay_follow *delay_follow_create(void);
void delay_follow_free(struct delay_follow **follow);
/*
 * The rows that follow, and all rows (`delays`), of a configuration that is
 * taken; what was chosen stays where a row of the new one follows too. Copied.
 */
void delay_follow_rows(struct delay_follow *follow,
    const struct delay_bounds *bounds, size_t count,
    const struct namespace_delay *delays, size_t ndelays);
/* What the last config entry of the log says was chosen. */
void delay_follow_restore(struct delay_follow *follow, struct span payload);
/* Looks at what was observed, once a minute of the clock. */
void delay_follow_take(
    struct delay_follow *follow, const struct heard *heard, int64_t now_ms);
/* True once after something else was chosen. */
bool delay_follow_changed(struct delay_follow *follow);
/* Appends "NAMESPACE":ms,… of the rows, what is chosen instead of what they
 * say, and what is chosen beside them: for a config entry. NULL: the rows. */
void delay_follow_print(struct delay_follow *follow,
    const struct namespace_delay *rows, size_t count, struct buf *out);
/* /api/delays: what is observed by account, Region and namespace. */
void delay_follow_report(struct delay_follow *follow, struct buf *out);

#endif
