#include "pipeline/alarm/definition/reading.h"

#include "base/limits.h"

#define READING_FAULTS 20
#define READING_NAME 300 /* bytes of a name that a fault shows */

const struct span reading_keys[KEY_COUNT + 1] = {
    [KEY_ALARM_NAME] = SPAN_OF("AlarmName"),
    [KEY_ALARM_ARN] = SPAN_OF("AlarmArn"),
    [KEY_ALARM_DESCRIPTION] = SPAN_OF("AlarmDescription"),
    [KEY_UPDATED] = SPAN_OF("AlarmConfigurationUpdatedTimestamp"),
    [KEY_ACTIONS_ENABLED] = SPAN_OF("ActionsEnabled"),
    [KEY_OK_ACTIONS] = SPAN_OF("OKActions"),
    [KEY_ALARM_ACTIONS] = SPAN_OF("AlarmActions"),
    [KEY_INSUFFICIENT_DATA_ACTIONS] = SPAN_OF("InsufficientDataActions"),
    [KEY_STATE_VALUE] = SPAN_OF("StateValue"),
    [KEY_STATE_REASON] = SPAN_OF("StateReason"),
    [KEY_STATE_REASON_DATA] = SPAN_OF("StateReasonData"),
    [KEY_STATE_UPDATED] = SPAN_OF("StateUpdatedTimestamp"),
    [KEY_METRIC_NAME] = SPAN_OF("MetricName"),
    [KEY_NAMESPACE] = SPAN_OF("Namespace"),
    [KEY_STATISTIC] = SPAN_OF("Statistic"),
    [KEY_EXTENDED_STATISTIC] = SPAN_OF("ExtendedStatistic"),
    [KEY_DIMENSIONS] = SPAN_OF("Dimensions"),
    [KEY_PERIOD] = SPAN_OF("Period"),
    [KEY_UNIT] = SPAN_OF("Unit"),
    [KEY_EVALUATION_PERIODS] = SPAN_OF("EvaluationPeriods"),
    [KEY_DATAPOINTS_TO_ALARM] = SPAN_OF("DatapointsToAlarm"),
    [KEY_THRESHOLD] = SPAN_OF("Threshold"),
    [KEY_COMPARISON_OPERATOR] = SPAN_OF("ComparisonOperator"),
    [KEY_TREAT_MISSING_DATA] = SPAN_OF("TreatMissingData"),
    [KEY_LOW_SAMPLES] = SPAN_OF("EvaluateLowSampleCountPercentile"),
    [KEY_METRICS] = SPAN_OF("Metrics"),
    [KEY_THRESHOLD_METRIC_ID] = SPAN_OF("ThresholdMetricId"),
    [KEY_EVALUATION_STATE] = SPAN_OF("EvaluationState"),
    [KEY_STATE_TRANSITIONED] = SPAN_OF("StateTransitionedTimestamp"),
    [KEY_EVALUATION_CRITERIA] = SPAN_OF("EvaluationCriteria"),
    [KEY_EVALUATION_INTERVAL] = SPAN_OF("EvaluationInterval"),
    [KEY_EVALUATION_WINDOW] = SPAN_OF("EvaluationWindow"),
    [KEY_WARM_UP] = SPAN_OF("WarmUpConfiguration"),
    [KEY_ACTION_CONFIGURATION] = SPAN_OF("ActionConfiguration"),
    [KEY_ALARM_RULE] = SPAN_OF("AlarmRule"),
    [KEY_SUPPRESSOR] = SPAN_OF("ActionsSuppressor"),
    [KEY_SUPPRESSOR_WAIT] = SPAN_OF("ActionsSuppressorWaitPeriod"),
    [KEY_SUPPRESSOR_EXTENSION] = SPAN_OF("ActionsSuppressorExtensionPeriod"),
    [KEY_SUPPRESSED_BY] = SPAN_OF("ActionsSuppressedBy"),
    [KEY_SUPPRESSED_REASON] = SPAN_OF("ActionsSuppressedReason"),
    [KEY_TAGS] = SPAN_OF("Tags"),
    [KEY_TOCSIN] = SPAN_OF("Tocsin"),
};

/*
 * Nodes know no parent, so the path is looked for when there is a fault to
 * tell. Depth is that of the parser. False: `node` is not below `map`.
 */
static bool
reading_path(const struct tree *map, const struct tree *node, struct buf *path)
{
	size_t before = path->len, i = 0;

	if (map == node)
		return true;
	for (const struct tree *t = map->first; t != NULL; t = t->next, i++) {
		if (map->kind == TREE_LIST)
			buf_printf(path, "[%zu]", i);
		else
			buf_printf(path, "%s%.*s", before == 0 ? "" : ".",
			    SPAN_ARGS(t->key));
		if (reading_path(t, node, path))
			return true;
		path->len = before;
	}
	return false;
}

static struct span
reading_name(struct span name)
{
	if (name.len <= READING_NAME)
		return name;
	name.len = READING_NAME;
	while (
	    name.len > 0 && ((unsigned char)name.at[name.len] & 0xC0) == 0x80)
		name.len--;
	return name;
}

void
reading_fault(
    struct reading *r, const struct tree *node, const char *format, ...)
{
	struct buf path = {0}, text = {0};
	const struct span name = reading_name(r->alarm->name);
	va_list args;
	char said[1024];

	if (++r->nfaults > READING_FAULTS)
		return;
	va_start(args, format);
	vsnprintf(said, sizeof(said), format, args);
	va_end(args);
	if (name.len > 0)
		buf_printf(&text, "alarm \"%.*s\": ", SPAN_ARGS(name));
	else
		buf_text(&text, "an alarm without a name: ");
	if (reading_path(r->node, node, &path) && path.len > 0)
		buf_printf(&text, "%s: ", buf_cstr(&path));
	tree_fault(node, r->faults, "%s%s", buf_cstr(&text), said);
	buf_fini(&path);
	buf_fini(&text);
}

static void
reading_unknown(
    struct reading *r, const struct tree *member, const struct span *keys)
{
	const char *names[KEY_COUNT + 1], *near;
	size_t n = 0;

	for (; keys[n].len > 0; n++)
		names[n] = keys[n].at;
	names[n] = NULL;
	near = tree_nearest(member->key, names);
	if (near != NULL)
		reading_fault(r, member,
		    "unknown key \"%.*s\"; did you mean \"%s\"?",
		    SPAN_ARGS(member->key), near);
	else
		reading_fault(
		    r, member, "unknown key \"%.*s\"", SPAN_ARGS(member->key));
}

/* Members come in much the same order as the names, so that each search
 * begins behind the last find. */
void
reading_index(struct reading *r, const struct tree *map,
    const struct span *keys, const struct tree **at)
{
	size_t count = 0, next = 0, tried;

	while (keys[count].len > 0)
		at[count++] = NULL;
	if (!reading_kind(r, map, TREE_MAP))
		return;
	for (const struct tree *t = map->first; t != NULL; t = t->next) {
		for (tried = 0; tried < count; tried++) {
			if (next == count)
				next = 0;
			if (span_equal(t->key, keys[next]))
				break;
			next++;
		}
		if (tried == count)
			reading_unknown(r, t, keys);
		else if (t->kind != TREE_NULL)
			at[next] = t;
	}
}

/* What base/tree.h found wrong is said again, without the key: the path ends
 * with it. */
static bool
reading_told(struct reading *r, const struct tree *node, bool good)
{
	struct span text;

	if (good || node == NULL || r->told.last == NULL)
		return good;
	text = span_text(r->told.last->text);
	if (node->key.len > 0 && text.len > node->key.len &&
	    memcmp(text.at, node->key.at, node->key.len) == 0)
		text = span_make(
		    text.at + node->key.len, text.len - node->key.len);
	if (text.at[0] == ' ')
		text = span_make(text.at + 1, text.len - 1);
	reading_fault(r, node, "%.*s", SPAN_ARGS(text));
	return false;
}

bool
reading_kind(struct reading *r, const struct tree *node, enum tree_kind kind)
{
	return reading_told(r, node, tree_is(node, kind, &r->told));
}

bool
reading_int(struct reading *r, const struct tree *node, int64_t *out)
{
	return reading_told(r, node, tree_int(node, out, &r->told));
}

bool
reading_bool(struct reading *r, const struct tree *node, bool *out)
{
	return reading_told(r, node, tree_bool(node, out, &r->told));
}

bool
reading_double(struct reading *r, const struct tree *node, double *out)
{
	return reading_told(r, node, tree_double(node, out, &r->told));
}

bool
reading_duration(struct reading *r, const struct tree *node, int64_t *ms)
{
	return reading_told(r, node, tree_duration(node, ms, &r->told));
}

/* CloudWatch counts characters; these are UTF-8's first bytes. */
static size_t
reading_length(struct span text)
{
	size_t length = 0;

	for (size_t i = 0; i < text.len; i++)
		length += ((unsigned char)text.at[i] & 0xC0) != 0x80;
	return length;
}

bool
reading_text(struct reading *r, const struct tree *node, size_t least,
    size_t most, struct span *out)
{
	struct span text;
	size_t length;

	if (!reading_told(r, node, tree_text(node, &text, &r->told)))
		return false;
	length = reading_length(text);
	*out = arena_copy(r->arena, text);
	if (length >= least && length <= most)
		return true;
	reading_fault(r, node,
	    "Member must have length %s than or equal to %zu",
	    length < least ? "greater" : "less", length < least ? least : most);
	return false;
}

int
reading_word(
    struct reading *r, const struct tree *node, const char *const *words)
{
	struct buf list = {0};
	struct span text;

	if (!reading_told(r, node, tree_text(node, &text, &r->told)))
		return -1;
	for (int i = 0; words[i] != NULL; i++)
		if (span_is(text, words[i]))
			return i;
	for (int i = 0; words[i] != NULL; i++)
		buf_printf(&list, "%s%s", i == 0 ? "" : ", ", words[i]);
	reading_fault(r, node,
	    "Value '%.*s' failed to satisfy constraint: Member must satisfy "
	    "enum value set: [%s]",
	    SPAN_ARGS(text), buf_cstr(&list));
	buf_fini(&list);
	return -1;
}

bool
reading_count(struct reading *r, const struct tree *node, int64_t least,
    int64_t most, int64_t *out)
{
	int64_t value;

	if (!reading_int(r, node, &value))
		return false;
	if (value >= least && value <= most) {
		*out = value;
		return true;
	}
	reading_fault(r, node,
	    "Value '%lld' failed to satisfy constraint: Member must have value "
	    "%s than or equal to %lld",
	    (long long)value, value < least ? "greater" : "less",
	    (long long)(value < least ? least : most));
	return false;
}
