/*
 * Alarms of Terraform (or OpenTofu), as `terraform show -json` prints a plan
 * file or the state: resources aws_cloudwatch_metric_alarm,
 * aws_cloudwatch_composite_alarm and aws_cloudwatch_alarm_mute_rule of all
 * modules. Names become those of the API; empty texts and null are absent.
 */
#ifndef PIPELINE_ALARM_DEFINITION_TERRAFORM_H
#define PIPELINE_ALARM_DEFINITION_TERRAFORM_H

#include "pipeline/alarm/definition/template.h"

/* True for a plan or state in JSON, also of a form that cannot be read. */
bool terraform_is(const struct tree *document);

void terraform_read(struct template_alarms *out, struct arena *arena,
    const struct tree *document, const struct template_options *options,
    struct faults *faults);

#endif
