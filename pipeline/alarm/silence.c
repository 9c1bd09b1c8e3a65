#include "pipeline/alarm/silence.h"

#include "base/text.h"
#include "pipeline/alarm/silence_evidence.h"
#include "pipeline/alarm/watch.h"

static int64_t
silence_last(const struct alarm_silence *of, const struct heard *heard)
{
	int64_t last_ms = INT64_MIN;

	for (size_t i = 0; i < heard->count; i++)
		if (heard->at[i]->last_ms > last_ms &&
		    silence_matches(of, heard->at[i]))
			last_ms = heard->at[i]->last_ms;
	return last_ms;
}

static void
silence_name(struct buf *out, const struct alarm_silence *of)
{
	if (of->feed.len > 0) {
		buf_printf(out, "%s%.*s",
		    span_starts(of->feed, HEARD_PEER_PREFIX) ? "" : "feed ",
		    SPAN_ARGS(of->feed));
		return;
	}
	if (of->namespace.len > 0)
		buf_printf(out, "namespace %.*s", SPAN_ARGS(of->namespace));
	if (of->region.len > 0)
		buf_printf(out, "%sRegion %.*s",
		    of->namespace.len > 0 ? " in " : "", SPAN_ARGS(of->region));
	if (of->account.len > 0)
		buf_printf(out, " of account %.*s", SPAN_ARGS(of->account));
}

/* One silence, as a transition tells of it. */
struct silence_found {
	const struct alarm_silence *of;
	const struct heard *heard;
	int64_t last_ms, from_ms, now_ms;
	enum alarm_state before, state;
};

static struct span
silence_reason(const struct silence_found *found, struct arena *arena)
{
	char time[TEXT_TIME_SIZE], after[TEXT_TIME_SIZE];
	struct buf text = {0};
	struct span copy;

	text_duration(after, found->of->after_ms);
	if (found->state == STATE_OK) {
		text_time(time, found->last_ms);
		silence_name(&text, found->of);
		buf_printf(&text, " is heard%s: %s.",
		    found->before == STATE_ALARM ? " again" : "", time);
		text.bytes[0] -= text.bytes[0] >= 'a' ? 'a' - 'A' : 0;
	} else {
		text_time(time, found->from_ms);
		buf_text(&text, "Nothing of ");
		silence_name(&text, found->of);
		buf_printf(&text, " came for %s: %s %s.", after,
		    found->last_ms == found->from_ms ? "the last came at"
						     : "listening since",
		    time);
		silence_evidence(&text, found->of, found->heard, found->now_ms);
	}
	copy = arena_copy(arena, buf_span(&text));
	buf_fini(&text);
	return copy;
}

static void
silence_time(struct buf *out, const char *key, int64_t ms)
{
	char time[TEXT_TIME_SIZE];

	buf_printf(out, ",\"%s\":", key);
	if (ms == INT64_MIN) {
		buf_text(out, "null");
		return;
	}
	text_time_aws(time, ms);
	buf_printf(out, "\"%s\"", time);
}

static void
silence_member(struct buf *out, const char *key, struct span value)
{
	if (value.len == 0)
		return;
	buf_printf(out, "%s\"%s\":",
	    out->len > 0 && out->bytes[out->len - 1] != '{' ? "," : "", key);
	buf_json(out, value);
}

static void
silence_heard(struct buf *out, const struct silence_found *found)
{
	bool first = true;

	buf_text(out, ",\"heard\":[");
	for (size_t i = 0; i < found->heard->count; i++) {
		const struct heard_mark *mark = found->heard->at[i];

		if (!silence_is_evidence(
			found->of, mark, found->now_ms - found->of->after_ms))
			continue;
		buf_text(out, first ? "{" : ",{");
		first = false;
		if (mark->kind != HEARD_STREAM) {
			buf_text(out,
			    mark->kind == HEARD_FEED ? "\"feed\":"
						     : "\"peer\":");
			buf_json(out, mark->feed);
		}
		silence_member(out, "namespace", mark->namespace);
		silence_member(out, "region", mark->region);
		silence_time(out, "last", mark->last_ms);
		buf_byte(out, '}');
	}
	buf_byte(out, ']');
}

static struct span
silence_data(const struct silence_found *found, struct arena *arena)
{
	const struct alarm_silence *of = found->of;
	struct buf text = {0};
	struct span copy;

	buf_text(&text, "{\"version\":\"1.0\"");
	silence_time(&text, "queryDate", found->now_ms);
	buf_text(&text, ",\"silence\":{");
	silence_member(&text, "feed", of->feed);
	silence_member(&text, "account", of->account);
	silence_member(&text, "region", of->region);
	silence_member(&text, "namespace", of->namespace);
	buf_printf(&text, "},\"after\":%lld", (long long)(of->after_ms / 1000));
	silence_time(&text, "last", found->last_ms);
	silence_time(&text, "listeningSince", found->heard->listening_ms);
	silence_heard(&text, found);
	buf_byte(&text, '}');
	copy = arena_copy(arena, buf_span(&text));
	buf_fini(&text);
	return copy;
}

static enum alarm_state
silence_judge(const struct silence_found *found)
{
	int64_t after_ms = found->of->after_ms;

	if (found->last_ms != INT64_MIN &&
	    found->now_ms - found->last_ms < after_ms)
		return STATE_OK;
	return found->now_ms - found->from_ms >= after_ms ? STATE_ALARM
							  : found->before;
}

void
silence_step(struct watch *watch, const struct heard *heard,
    const struct watch_clock *clock, struct outcome *outcome)
{
	struct silence_found found = {.of = watch->alarm->silence,
	    .heard = heard,
	    .last_ms = silence_last(watch->alarm->silence, heard),
	    .from_ms = heard->listening_ms,
	    .now_ms = clock->now_ms,
	    .before = watch->memory.state};
	struct transition t = {.alarm = watch->alarm, .time_ms = clock->now_ms};

	if (watch->created_ms > found.from_ms)
		found.from_ms = watch->created_ms;
	if (found.last_ms > found.from_ms)
		found.from_ms = found.last_ms;
	found.state = silence_judge(&found);
	if (found.state == found.before)
		return;
	t.reason = silence_reason(&found, &outcome->arena);
	t.data = silence_data(&found, &outcome->arena);
	gate_change(watch->gate, &t);
	memory_enter(&watch->memory, &t, found.state, outcome);
}
