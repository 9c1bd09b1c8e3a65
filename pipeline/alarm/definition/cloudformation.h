/*
 * Alarms of a CloudFormation template (JSON, or YAML with its short forms):
 * resources AWS::CloudWatch::Alarm, CompositeAlarm and AlarmMuteRule, their
 * properties resolved. An alarm without a name gets its logical id;
 * "Metadata": {"Tocsin": …} of a resource becomes the alarm's own "Tocsin".
 */
#ifndef PIPELINE_ALARM_DEFINITION_CLOUDFORMATION_H
#define PIPELINE_ALARM_DEFINITION_CLOUDFORMATION_H

#include "pipeline/alarm/definition/template.h"

/* True for a document that is, or wraps, a template. */
bool cloudformation_is(const struct tree *document);

void cloudformation_read(struct template_alarms *out, struct arena *arena,
    const struct tree *document, const struct template_options *options,
    struct faults *faults);

#endif
