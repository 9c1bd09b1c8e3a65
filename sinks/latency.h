/*
 * How long notifications take: from the last byte of the request whose points
 * fired the alarm to the first attempt of the notification, as a histogram. In
 * memory only: what waited over a restart, and what came of a tick or of a
 * silence, is not known and not counted.
 *
 * Threads. Any.
 */
#ifndef SINKS_LATENCY_H
#define SINKS_LATENCY_H

#include "sinks/notification.h"

/* Its first attempt begins now. */
void latency_sent(struct notification *notification);
/* On the clock of received_ns. */
int64_t latency_now_ns(void);
/* tocsin_notification_latency_seconds, and the slowest of the last minute as
 * tocsin_notification_latency_slowest_seconds, for /metrics. */
void latency_print(struct buf *out);

#endif
