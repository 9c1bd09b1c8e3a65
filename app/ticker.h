/*
 * The ticker: an entry of the journal every ten seconds of its clock, so that
 * silence is seen. With a fast clock, ticks come as much faster, but no more
 * often than every 20 ms.
 *
 * Threads. One of its own.
 */
#ifndef APP_TICKER_H
#define APP_TICKER_H

#include "base/counter.h"
#include "journal/journal.h"

struct ticker;

enum { TICKER_TICKS, TICKER_FAILED, TICKER_STATS };
extern struct counter ticker_stats[TICKER_STATS];

/* `before` (NULL: none) is called before each tick. */
struct ticker *ticker_start(struct journal *journal, int64_t speed,
    void (*before)(void *cookie), void *cookie);
void ticker_stop(struct ticker **ticker);

/* How long to sleep, in real milliseconds, until the clock that shows now_ms
 * reaches the next whole ten seconds. */
int64_t ticker_sleep_ms(int64_t now_ms, int64_t speed);

#endif
