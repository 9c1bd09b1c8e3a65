/* AlarmRule and the suppressor of a composite alarm. */
#include "base/limits.h"
#include "pipeline/alarm/definition/reading.h"
#include "pipeline/alarm/rule.h"

static void
composite_rule(struct reading *r)
{
	const struct tree *node = r->at[KEY_ALARM_RULE];
	struct alarm *a = r->alarm;
	struct rule_fault fault = {0};

	if (!reading_text(r, node, 1, LIMIT_RULE_BYTES, &a->rule_text))
		return;
	a->rule = rule_parse(r->arena, a->rule_text, &fault);
	if (a->rule == NULL)
		reading_fault(
		    r, node, "%s (column %u)", fault.text, fault.column);
}

/* Seconds, which come with a suppressor and only with one. */
static void
composite_period(struct reading *r, enum reading_key key, int64_t *ms)
{
	const struct tree *node = r->at[key];
	int64_t seconds = 0;

	if (r->at[KEY_SUPPRESSOR] == NULL && node != NULL)
		reading_fault(r, node, "%.*s requires an ActionSuppressor",
		    SPAN_ARGS(reading_keys[key]));
	else if (r->at[KEY_SUPPRESSOR] != NULL && node == NULL)
		reading_fault(r, r->at[KEY_SUPPRESSOR], "%.*s must not be null",
		    SPAN_ARGS(reading_keys[key]));
	reading_count(r, node, 0, INT32_MAX, &seconds);
	*ms = seconds * 1000;
}

static void
composite_suppressor(struct reading *r)
{
	const struct tree *node = r->at[KEY_SUPPRESSOR];
	struct alarm *a = r->alarm;

	composite_period(r, KEY_SUPPRESSOR_WAIT, &a->suppressor_wait_ms);
	composite_period(
	    r, KEY_SUPPRESSOR_EXTENSION, &a->suppressor_extension_ms);
	if (!reading_text(r, node, 1, 1600, &a->suppressor))
		return;
	if (span_starts(a->suppressor, "arn:") &&
	    (!span_is(reading_arn_field(a->suppressor, 2), "cloudwatch") ||
		!span_is(reading_arn_field(a->suppressor, 5), "alarm")))
		reading_fault(r, node,
		    "ActionsSuppressor must be a valid CloudWatch Alarm ARN "
		    "or an Alarm name");
}

void
reading_composite(struct reading *r)
{
	r->alarm->kind = ALARM_COMPOSITE;
	composite_rule(r);
	composite_suppressor(r);
	for (unsigned key = KEY_NAMESPACE; key <= KEY_WARM_UP; key++) {
		const struct tree *node = r->at[key];

		if (node == NULL || key == KEY_EVALUATION_STATE ||
		    key == KEY_STATE_TRANSITIONED ||
		    (node->kind == TREE_LIST && node->count == 0))
			continue;
		reading_fault(r, node, "a composite alarm has no %.*s",
		    SPAN_ARGS(reading_keys[key]));
	}
	if (reading_acts(r, "autoscaling") || reading_acts(r, "automate") ||
	    reading_acts(r, "swf"))
		reading_fault(r, r->node,
		    "a composite alarm cannot have EC2 or Auto Scaling "
		    "actions");
}
