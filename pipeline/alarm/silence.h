/*
 * An alarm on silence: a feed, a Region or a namespace that stops.
 *
 *   nothing came for `after`           ALARM
 *   something came within `after`      OK
 *   neither can be said yet            as it was, at first INSUFFICIENT_DATA
 *
 * The time counts from what was heard last, from when the alarm was made, or
 * from when somebody began to listen (heard.h), whichever is latest. It is
 * looked at with every entry, ticks too. The reason tells what else is still
 * heard, so that a feed that is cut, a Region that is silent and a namespace
 * that has nothing to say are told apart.
 */
#ifndef PIPELINE_ALARM_SILENCE_H
#define PIPELINE_ALARM_SILENCE_H

#include "pipeline/outcome.h"
#include "pipeline/window/heard.h"

struct watch;
struct watch_clock;

void silence_step(struct watch *watch, const struct heard *heard,
    const struct watch_clock *clock, struct outcome *outcome);

#endif
