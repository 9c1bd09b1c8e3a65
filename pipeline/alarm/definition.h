/*
 * Reading alarm definitions: every key of PutMetricAlarm as `aws cloudwatch
 * describe-alarms` prints it, and our own keys in "Tocsin".
 */
#ifndef PIPELINE_ALARM_DEFINITION_H
#define PIPELINE_ALARM_DEFINITION_H

#include "base/fault.h"
#include "base/tree.h"
#include "schemas/alarm.h"

/* What an alarm without an ARN reads; "" is any. */
struct definition_scope {
	struct span account, region;
};

struct definitions {
	struct alarm *alarms;
	size_t count;
};

/*
 * Reads one document: {"MetricAlarms":[…],"CompositeAlarms":[…]}, a list of
 * alarms, or one alarm. Appends to `out` in the arena; every fault names its
 * place and what would be right. Alarms that tocsin cannot run are faults.
 */
void definitions_read(struct definitions *out, struct arena *arena,
    const struct tree *document, const struct definition_scope *scope,
    struct faults *faults);
/* The alarms in a document as trees, NULL-ended: for writing config entries. */
const struct tree **
definitions_list(struct arena *arena, const struct tree *document);

/* Faults for two alarms of one name in one Region and account. */
void definitions_unique(const struct definitions *all, struct faults *faults);

#endif
