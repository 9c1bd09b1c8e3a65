/*
 * /api/heard: when something last came, by feed and by Region, for people and
 * for a peer (peer.h), who compares ages because clocks differ:
 *
 *   {"name":"east","feeds":[{"feed":"primary","age_ms":4000}],
 *    "regions":[{"region":"us-east-1","age_ms":4000}]}
 *
 * tocsin's own metrics are left out.
 *
 * Threads. take: one (the evaluator's); print: any.
 */
#ifndef APP_HEARD_REPORT_H
#define APP_HEARD_REPORT_H

#include "base/buf.h"
#include "pipeline/window/heard.h"

struct heard_report;

struct heard_report *heard_report_create(struct span name);
void heard_report_free(struct heard_report **report);
/* Copies what was heard, as of now. */
void heard_report_take(struct heard_report *report, const struct heard *heard);
void heard_report_print(
    struct heard_report *report, int64_t now_ms, struct buf *out);

#endif
