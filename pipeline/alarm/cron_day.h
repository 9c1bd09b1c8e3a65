/* Days as a cron expression sees them: cron.c and cron_parse.c only. */
#ifndef PIPELINE_ALARM_CRON_DAY_H
#define PIPELINE_ALARM_CRON_DAY_H

#include "pipeline/alarm/cron.h"

/* Whether any day fits: in 41 years each day of the year has been each day of
 * the week. */
bool cron_ever(const struct cron *cron);

#endif
