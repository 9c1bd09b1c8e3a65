/*
 * Alarm definitions as people have them, told by content: what `aws cloudwatch
 * describe-alarms` prints, a list of alarms, one alarm, mute rules, a
 * CloudFormation template, Terraform's plan or state as JSON. Whatever the
 * form, what comes out are nodes in the form of PutMetricAlarm,
 * PutCompositeAlarm and PutAlarmMuteRule, for the one reader of definitions.
 *
 * Every node has the file, line and column of what it was made from, so that
 * the reader's faults point into the person's own file. What cannot be
 * resolved is a fault there, and only that alarm is left out.
 *
 * Ownership. Nodes live in the arena, and borrow from the document and from
 * the options: both must live as long.
 * Limits. LIMIT_ALARMS, LIMIT_JSON_DEPTH, LIMIT_TEMPLATE_TEXT,
 * LIMIT_TEMPLATE_BYTES, LIMIT_TEMPLATE_REFERENCES.
 */
#ifndef PIPELINE_ALARM_DEFINITION_TEMPLATE_H
#define PIPELINE_ALARM_DEFINITION_TEMPLATE_H

#include "base/fault.h"
#include "base/limits.h"
#include "base/tree.h"

/*
 * What a template does not say: the value of a parameter, of a pseudo
 * parameter (AWS::StackName), of a resource (Topic) or of a resource's
 * attribute (Topic.TopicName).
 */
struct template_parameter {
	struct span name, value;
};

struct template_options {
	const struct template_parameter *parameters;
	size_t count;
	struct span account, region; /* "": not known */
};

struct template_alarms {
	const struct tree **at;
	size_t count, room;
	/* Names, as far as they are known, of those that are left out. */
	struct span *left_out;
	size_t nleft_out, left_out_room;
};

/* Appends the document's alarms and mute rules to `out`. */
void template_read(struct template_alarms *out, struct arena *arena,
    const struct tree *document, const struct template_options *options,
    struct faults *faults);

/* A mute rule, not an alarm: {"Name": …, "Rule": …}. */
bool template_mutes(const struct tree *node);

#endif
