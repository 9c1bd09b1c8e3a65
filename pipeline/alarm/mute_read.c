#include "base/limits.h"
#include "base/text.h"
#include "pipeline/alarm/mute.h"

#define MUTE_MINUTE_MS 60000LL
#define MUTE_DAY_MS (24 * 3600 * 1000LL)
#define MUTE_LONGEST_MS (15 * MUTE_DAY_MS)
#define MUTE_DESCRIPTION 1024

/* One rule being read. */
struct mute_reader {
	struct mute *mute;
	struct arena *arena;
	const struct tree *node;
	struct faults *faults;
};

static const char *const mute_keys[] = {"Name", "Description", "Rule",
    "MuteTargets", "StartDate", "ExpireDate", "Tags", "AlarmMuteRuleArn", "Arn",
    "Status", "LastUpdatedTimestamp", "MuteType", NULL};

/* The member; a fault when it is not there. */
static const struct tree *
mute_member(struct mute_reader *r, const struct tree *map, const char *key)
{
	const struct tree *member = tree_get(map, key);

	if (member == NULL && map != NULL && map->kind == TREE_MAP)
		tree_fault(map, r->faults, "mute rule \"%.*s\" has no %s",
		    SPAN_ARGS(r->mute->name), key);
	return member;
}

/* A text of at most so many characters, copied; "" when it is not there. */
static struct span
mute_text(struct mute_reader *r, const struct tree *node, size_t limit)
{
	struct span text = {"", 0};
	size_t count = 0;

	if (!tree_text(node, &text, r->faults))
		return span_text("");
	for (size_t i = 0; i < text.len; i++)
		count += (text.at[i] & 0xc0) != 0x80;
	if (count > limit)
		tree_fault(node, r->faults,
		    "%.*s has %zu characters; at most %zu are allowed",
		    SPAN_ARGS(node->key), count, limit);
	return arena_copy(r->arena, text);
}

/* One "<digits><unit>" of an ISO 8601 duration. */
static bool
mute_quantity(struct span *text, char *unit, int64_t *number)
{
	size_t i = 0;

	for (*number = 0; i < text->len && text->at[i] >= '0' &&
	     text->at[i] <= '9' && *number < MUTE_LONGEST_MS;
	     i++)
		*number = *number * 10 + (text->at[i] - '0');
	if (i == 0 || i == text->len)
		return false;
	*unit = text->at[i];
	*text = span_make(text->at + i + 1, text->len - i - 1);
	return true;
}

/* P2DT12H30M; weeks and seconds too. Months and years have no one length. */
static bool
mute_duration(struct span text, int64_t *ms)
{
	static const struct {
		char unit;
		bool time;
		int64_t factor_ms;
	} units[] = {{'W', false, 7 * MUTE_DAY_MS}, {'D', false, MUTE_DAY_MS},
	    {'H', true, 60 * MUTE_MINUTE_MS}, {'M', true, MUTE_MINUTE_MS},
	    {'S', true, 1000}};
	size_t next = 0, nunits = sizeof(units) / sizeof(*units);
	bool time = false, some = false;

	if (text.len == 0 || text.at[0] != 'P')
		return false;
	text = span_make(text.at + 1, text.len - 1);
	for (*ms = 0; text.len > 0; some = true) {
		int64_t number;
		char unit;

		if (text.at[0] == 'T' && !time) {
			time = true;
			text = span_make(text.at + 1, text.len - 1);
		}
		if (!mute_quantity(&text, &unit, &number))
			return false;
		while (next < nunits &&
		    (units[next].unit != unit || units[next].time != time))
			next++;
		if (next == nunits ||
		    __builtin_mul_overflow(
			number, units[next].factor_ms, &number) ||
		    __builtin_add_overflow(*ms, number, ms))
			return false;
		next++;
	}
	return some;
}

static void
mute_read_duration(struct mute_reader *r, const struct tree *node)
{
	struct mute *mute = r->mute;

	if (node == NULL)
		return;
	mute->duration = mute_text(r, node, 50);
	if (mute_duration(mute->duration, &mute->duration_ms) &&
	    mute->duration_ms >= MUTE_MINUTE_MS &&
	    mute->duration_ms <= MUTE_LONGEST_MS)
		return;
	tree_fault(node, r->faults,
	    "Duration must be of ISO 8601, PT1M to P15D, such as PT4H or "
	    "P2DT12H, not \"%.*s\"",
	    SPAN_ARGS(mute->duration));
}

static bool
mute_digits(struct span text, const char *form, int *parts)
{
	size_t part = 0;

	if (text.len != strlen(form))
		return false;
	parts[0] = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (form[i] != '0') {
			if (text.at[i] != form[i])
				return false;
			parts[++part] = 0;
		} else if (text.at[i] >= '0' && text.at[i] <= '9') {
			parts[part] = parts[part] * 10 + (text.at[i] - '0');
		} else {
			return false;
		}
	}
	return true;
}

/* yyyy-MM-ddThh:mm, with seconds or not, in the rule's zone. */
static bool
mute_local(const struct mute *mute, struct span text, int64_t *ms)
{
	struct zone_time local, back;
	int parts[6] = {0};

	if (mute->zone == NULL ||
	    (!mute_digits(text, "0000-00-00T00:00", parts) &&
		!mute_digits(text, "0000-00-00T00:00:00", parts)))
		return false;
	local = (struct zone_time){.year = parts[0],
	    .month = parts[1],
	    .day = parts[2],
	    .hour = parts[3],
	    .minute = parts[4],
	    .second = parts[5]};
	if (local.month < 1 || local.month > 12 || local.day < 1 ||
	    local.hour > 23 || local.minute > 59 || local.second > 59)
		return false;
	*ms = zone_instant(mute->zone, &local);
	/* The 31st of a month of 30 days is another month's day. */
	back = zone_local(mute->zone, *ms);
	return local.day <= 28 || back.month == local.month;
}

/* The text between "name(" and ")"; false when it is another form. */
static bool
mute_call(struct span text, const char *name, struct span *inner)
{
	size_t len = strlen(name);

	if (!span_starts(text, name) || text.at[text.len - 1] != ')')
		return false;
	*inner = span_make(text.at + len, text.len - len - 1);
	return true;
}

static void
mute_read_expression(struct mute_reader *r, const struct tree *node)
{
	struct mute *mute = r->mute;
	struct cron_fault fault;
	struct span inner;

	if (node == NULL)
		return;
	mute->expression = mute_text(r, node, LIMIT_MUTE_EXPRESSION);
	if (mute_call(mute->expression, "at(", &inner)) {
		mute->once = true;
		if (mute->zone != NULL &&
		    !mute_local(mute, inner, &mute->at_ms))
			tree_fault(node, r->faults,
			    "at(…) needs a day and a time, "
			    "at(yyyy-MM-ddThh:mm), not \"%.*s\"",
			    SPAN_ARGS(inner));
	} else if (mute_call(mute->expression, "cron(", &inner)) {
		if (!cron_parse(&mute->cron, inner, &fault))
			tree_fault(node, r->faults,
			    "Expression \"%.*s\", character %zu: %s",
			    SPAN_ARGS(mute->expression),
			    fault.at + strlen("cron(") + 1, fault.text);
	} else {
		tree_fault(node, r->faults,
		    "Expression must be cron(minute hour day month weekday) "
		    "or at(yyyy-MM-ddThh:mm), not \"%.*s\"",
		    SPAN_ARGS(mute->expression));
	}
}

static void
mute_read_schedule(struct mute_reader *r)
{
	static const char *const rule_keys[] = {"Schedule", NULL};
	static const char *const keys[] = {
	    "Expression", "Duration", "Timezone", NULL};
	const struct tree *rule = mute_member(r, r->node, "Rule"), *schedule;
	const struct tree *zone;
	struct mute *mute = r->mute;

	mute->timezone = SPAN_OF("UTC");
	mute->zone = zone_open(mute->timezone);
	if (!tree_is(rule, TREE_MAP, r->faults))
		return;
	tree_known(rule, rule_keys, r->faults);
	schedule = mute_member(r, rule, "Schedule");
	if (!tree_is(schedule, TREE_MAP, r->faults))
		return;
	tree_known(schedule, keys, r->faults);
	zone = tree_get(schedule, "Timezone");
	if (zone != NULL) {
		mute->timezone = mute_text(r, zone, 50);
		mute->zone = zone_open(mute->timezone);
		if (mute->zone == NULL)
			tree_fault(zone, r->faults,
			    "Timezone \"%.*s\" is no time zone; it is named "
			    "as in Europe/London or UTC",
			    SPAN_ARGS(mute->timezone));
	}
	mute_read_expression(r, mute_member(r, schedule, "Expression"));
	mute_read_duration(r, mute_member(r, schedule, "Duration"));
}

/* A list of names, in `alarms` none of which stands twice. */
static void
mute_read_targets(struct mute_reader *r)
{
	static const char *const keys[] = {"AlarmNames", NULL};
	const struct tree *targets = tree_get(r->node, "MuteTargets");
	const struct tree *names = NULL;
	struct mute *mute = r->mute;
	struct span *alarms;

	if (tree_is(targets, TREE_MAP, r->faults)) {
		tree_known(targets, keys, r->faults);
		names = mute_member(r, targets, "AlarmNames");
		if (!tree_is(names, TREE_LIST, r->faults))
			return;
	} else if (targets != NULL) {
		return;
	}
	if (names == NULL || names->count == 0) {
		tree_fault(r->node, r->faults,
		    "mute rule \"%.*s\" names no alarms; say which in "
		    "MuteTargets.AlarmNames",
		    SPAN_ARGS(mute->name));
		return;
	}
	if (names->count > LIMIT_MUTE_ALARMS) {
		tree_fault(names, r->faults,
		    "AlarmNames has %zu names; at most %d are allowed",
		    names->count, LIMIT_MUTE_ALARMS);
		return;
	}
	alarms = arena_alloc(r->arena, names->count * sizeof(*alarms));
	mute->alarms = alarms;
	for (const struct tree *t = names->first; t != NULL; t = t->next) {
		struct span name = {"", 0};

		if (t->kind == TREE_SCALAR)
			name = mute_text(r, t, LIMIT_NAME);
		if (name.len == 0)
			tree_fault(
			    t, r->faults, "AlarmNames must be names of alarms");
		else if (!mute_targets(mute, name))
			alarms[mute->nalarms++] = name;
	}
}

/* An instant (as APIs print it: RFC 3339, or seconds), or a local time. */
static void
mute_read_date(struct mute_reader *r, const char *key, int64_t *ms)
{
	const struct tree *node = tree_get(r->node, key);
	struct span text;
	double seconds;

	if (!tree_text(node, &text, r->faults) || r->mute->zone == NULL)
		return;
	if (text_parse_time(text, ms) || mute_local(r->mute, text, ms))
		return;
	if (!node->quoted && text_parse_double(text, &seconds) &&
	    seconds >= 0 && seconds < 0x1p40) {
		*ms = (int64_t)(seconds * 1000);
		return;
	}
	tree_fault(node, r->faults,
	    "%s must be a time such as 2026-12-31T23:59 or "
	    "2026-12-31T23:59:59Z, not \"%.*s\"",
	    key, SPAN_ARGS(text));
}

bool
mute_read(struct mute *mute, struct arena *arena, const struct tree *node,
    struct faults *faults)
{
	struct mute_reader r = {mute, arena, node, faults};
	size_t before = faults->count;

	*mute = (struct mute){.start_ms = INT64_MIN,
	    .expire_ms = INT64_MAX,
	    .until_ms = INT64_MIN};
	if (!tree_is(node, TREE_MAP, faults))
		return false;
	mute->name = mute_text(&r, tree_get(node, "Name"), LIMIT_NAME);
	mute->description =
	    mute_text(&r, tree_get(node, "Description"), MUTE_DESCRIPTION);
	tree_known(node, mute_keys, faults);
	mute_read_schedule(&r);
	mute_read_targets(&r);
	mute_read_date(&r, "StartDate", &mute->start_ms);
	mute_read_date(&r, "ExpireDate", &mute->expire_ms);
	if (mute->start_ms >= mute->expire_ms)
		tree_fault(tree_get(node, "ExpireDate"), faults,
		    "ExpireDate must be later than StartDate");
	return faults->count == before;
}

static void
mutes_add(struct mutes *out, struct arena *arena, const struct tree *node,
    struct faults *faults)
{
	struct mute mute;

	if (!mute_read(&mute, arena, node, faults))
		return;
	if (out->count >= LIMIT_MUTES) {
		tree_fault(
		    node, faults, "more than %d mute rules", LIMIT_MUTES);
		return;
	}
	/* Room doubles: a new array where the count is a power of two. */
	if ((out->count & (out->count - 1)) == 0) {
		size_t room = out->count == 0 ? 1 : 2 * out->count;
		struct mute *rules = arena_alloc(arena, room * sizeof(*rules));

		if (out->count > 0)
			memcpy(rules, out->rules, out->count * sizeof(*rules));
		out->rules = rules;
	}
	out->rules[out->count++] = mute;
}

static bool
mute_is(const struct tree *node)
{
	return tree_get(node, "Rule") != NULL ||
	    tree_get(node, "MuteTargets") != NULL;
}

void
mutes_read(struct mutes *out, struct arena *arena, const struct tree *document,
    struct faults *faults)
{
	const struct tree *list = tree_get(document, "AlarmMuteRules");

	if (mute_is(document)) {
		mutes_add(out, arena, document, faults);
		return;
	}
	if (list != NULL && !tree_is(list, TREE_LIST, faults))
		return;
	if (list == NULL && document->kind != TREE_LIST)
		return;
	for (const struct tree *t = list != NULL ? list->first
						 : document->first;
	     t != NULL; t = t->next)
		if (list != NULL || mute_is(t))
			mutes_add(out, arena, t, faults);
}
