#include "ingest/source_sniff.h"

#include "base/json.h"
#include "base/utf8.h"
#include "ingest/framing.h"

/* Whether the text begins an object with a member that only a Firehose body
 * has, before one that only a metric has. */
static bool
source_is_firehose(struct span begin)
{
	static const char *const body[] = {"requestId", "records", NULL};
	static const char *const metric[] = {"metric_stream_name", "account_id",
	    "region", "namespace", "metric_name", "dimensions", "value", "unit",
	    NULL};
	struct json json;
	struct json_text key;

	json_init(&json, begin);
	if (!json_enter(&json, '{'))
		return false;
	while (json_member(&json, &key)) {
		for (size_t i = 0; body[i] != NULL; i++)
			if (span_is(key.raw, body[i]))
				return true;
		for (size_t i = 0; metric[i] != NULL; i++)
			if (span_is(key.raw, metric[i]))
				return false;
		json_skip(&json);
	}
	return false;
}

/* Whether this may be something that a person could have written. */
static bool
source_is_text(struct span begin)
{
	size_t most = begin.len < 512 ? begin.len : 512;

	for (size_t at = 0; at < most;) {
		unsigned char byte = (unsigned char)begin.at[at];
		size_t wide =
		    utf8_length(span_make(begin.at + at, begin.len - at));

		if (wide == 0 && begin.len - at >= 4)
			return false;
		if (wide == 0 ||
		    (byte < 0x20 && byte != '\t' && byte != '\n' &&
			byte != '\r'))
			return false;
		at += wide;
	}
	return true;
}

enum source_kind
source_sniff(struct span begin)
{
	size_t at = 0;

	if (framing_is(begin, begin.len >= SOURCE_SNIFF))
		return SOURCE_MESSAGES;
	while (at < begin.len &&
	    (begin.at[at] == ' ' || begin.at[at] == '\t' ||
		begin.at[at] == '\r' || begin.at[at] == '\n'))
		at++;
	if (at < begin.len && begin.at[at] == '{' && source_is_firehose(begin))
		return SOURCE_FIREHOSE;
	return source_is_text(begin) ? SOURCE_LINES : SOURCE_MESSAGES;
}
