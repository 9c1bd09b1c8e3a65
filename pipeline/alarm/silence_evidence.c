#include "pipeline/alarm/silence_evidence.h"

#include "base/text.h"

/* Feeds of a Kafka source are "kafka/NAME/TOPIC/PARTITION": all of them are
 * NAME's. */
static bool
silence_is_feed(struct span source, struct span name)
{
	static const struct span kafka = SPAN_OF("kafka/");

	if (span_equal(source, name))
		return true;
	if (!span_starts(source, kafka.at))
		return false;
	source = span_make(source.at + kafka.len, source.len - kafka.len);
	return source.len > name.len && source.at[name.len] == '/' &&
	    memcmp(source.at, name.at, name.len) == 0;
}

static bool
silence_is_peer(const struct heard_mark *mark)
{
	return mark->kind == HEARD_FEED &&
	    span_starts(mark->feed, HEARD_PEER_PREFIX);
}

static bool
silence_any_or(struct span wanted, struct span is)
{
	return wanted.len == 0 || span_equal(wanted, is);
}

bool
silence_matches(const struct alarm_silence *of, const struct heard_mark *mark)
{
	if (of->feed.len > 0)
		return mark->kind == HEARD_FEED &&
		    silence_is_feed(mark->feed, of->feed);
	return mark->kind == HEARD_STREAM &&
	    silence_any_or(of->account, mark->account) &&
	    silence_any_or(of->region, mark->region) &&
	    silence_any_or(of->namespace, mark->namespace) &&
	    (of->namespace.len > 0 || !heard_is_own(mark));
}

/* What else came within the same time: feeds, and for a namespace the other
 * namespaces of its Region. */
bool
silence_is_evidence(const struct alarm_silence *of,
    const struct heard_mark *mark, int64_t since_ms)
{
	if (mark->kind == HEARD_PEER)
		return of->region.len > 0 &&
		    span_equal(of->region, mark->region);
	if (mark->last_ms <= since_ms || heard_is_own(mark) ||
	    silence_matches(of, mark))
		return false;
	if (mark->kind == HEARD_FEED)
		return true;
	return of->namespace.len > 0 && of->region.len > 0 &&
	    span_equal(of->region, mark->region);
}

static size_t
silence_list(struct buf *out, const struct alarm_silence *of,
    const struct heard *heard, enum heard_kind kind, int64_t since_ms)
{
	size_t count = 0;

	for (size_t i = 0; i < heard->count; i++) {
		const struct heard_mark *mark = heard->at[i];
		struct span name =
		    kind == HEARD_FEED ? mark->feed : mark->namespace;

		if (mark->kind != kind || silence_is_peer(mark) ||
		    !silence_is_evidence(of, mark, since_ms))
			continue;
		buf_text(out, count++ > 0 ? ", " : "");
		if (name.len == 0)
			buf_text(out, "one without a name");
		buf_span_put(out, name);
	}
	return count;
}

/* The mark of what the peer said of the Region; NULL: nothing. */
static const struct heard_mark *
silence_told(const struct heard *heard, struct span peer, struct span region)
{
	for (size_t i = 0; i < heard->count; i++) {
		const struct heard_mark *mark = heard->at[i];

		if (mark->kind == HEARD_PEER && span_equal(mark->feed, peer) &&
		    span_equal(mark->region, region))
			return mark;
	}
	return NULL;
}

/* A word that is older than half of the time is none: the peer, and what it
 * heard, may have gone with the rest. */
static void
silence_peer(struct buf *out, const struct alarm_silence *of,
    const struct heard *heard, const struct heard_mark *peer, int64_t now_ms)
{
	static const struct span prefix = SPAN_OF(HEARD_PEER_PREFIX);
	struct span name =
	    span_make(peer->feed.at + prefix.len, peer->feed.len - prefix.len);
	const struct heard_mark *told = silence_told(heard, name, of->region);
	int64_t lately_ms = now_ms - of->after_ms / 2;
	char time[TEXT_TIME_SIZE];

	if (peer->last_ms < lately_ms) {
		text_time(time, peer->last_ms);
		buf_printf(out, " Peer %.*s does not answer since %s.",
		    SPAN_ARGS(name), time);
		return;
	}
	buf_printf(out, " Peer %.*s answers", SPAN_ARGS(name));
	if (told != NULL) {
		text_time(time, told->last_ms);
		buf_printf(out, ", and heard %.*s last at %s%s",
		    SPAN_ARGS(of->region), time,
		    told->last_ms < lately_ms ? "" : ": it is not the Region");
	} else if (of->region.len > 0) {
		buf_printf(
		    out, ", and has not heard %.*s", SPAN_ARGS(of->region));
	}
	buf_byte(out, '.');
}

static void
silence_peers(struct buf *out, const struct alarm_silence *of,
    const struct heard *heard, int64_t now_ms)
{
	for (size_t i = 0; i < heard->count; i++) {
		const struct heard_mark *mark = heard->at[i];

		if (silence_is_peer(mark) && !silence_matches(of, mark))
			silence_peer(out, of, heard, mark, now_ms);
	}
}

void
silence_evidence(struct buf *out, const struct alarm_silence *of,
    const struct heard *heard, int64_t now_ms)
{
	int64_t since_ms = now_ms - of->after_ms;
	struct buf list = {0};

	if (of->namespace.len > 0 && of->region.len > 0) {
		if (silence_list(&list, of, heard, HEARD_STREAM, since_ms) > 0)
			buf_printf(out,
			    " Other namespaces of %.*s still come: %s.",
			    SPAN_ARGS(of->region), buf_cstr(&list));
		else
			buf_printf(out, " Nothing else of %.*s comes either.",
			    SPAN_ARGS(of->region));
		buf_clear(&list);
	}
	if (silence_list(&list, of, heard, HEARD_FEED, since_ms) > 0)
		buf_printf(out, " Feeds that still come: %s.", buf_cstr(&list));
	else
		buf_printf(out, " No %sfeed comes: it may be the way to here.",
		    of->feed.len > 0 ? "other " : "");
	silence_peers(out, of, heard, now_ms);
	buf_fini(&list);
}
