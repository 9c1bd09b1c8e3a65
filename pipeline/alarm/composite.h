/*
 * A composite alarm: its rule over the states of other alarms.
 *
 * Source: PutCompositeAlarm, "Combining alarms", and captured alarms: the rule
 * is evaluated when the alarm is created or changed and whenever a child
 * changes its state; TRUE is ALARM, FALSE is OK.
 */
#ifndef PIPELINE_ALARM_COMPOSITE_H
#define PIPELINE_ALARM_COMPOSITE_H

#include "pipeline/alarm/definition/definition.h"
#include "pipeline/outcome.h"

struct watch;
struct watch_clock;

enum composite_cause {
	COMPOSITE_SETTLED, /* evaluated since its last change */
	COMPOSITE_CREATED,
	COMPOSITE_UPDATED
};

/*
 * Evaluates the composite `watch`, whose children are watches[links->children];
 * the transitions of this entry, up to now, are those in the outcome.
 */
void composite_step(struct watch *watch, const struct watch *watches,
    const struct definition_links *links, const struct watch_clock *clock,
    struct outcome *outcome);

#endif
