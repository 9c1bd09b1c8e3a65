#include "sinks/message_json.h"

#include "base/table.h"
#include "base/text.h"
#include "sinks/message.h"

static void
message_comma(struct buf *out)
{
	char last = out->len > 0 ? out->bytes[out->len - 1] : '{';

	if (last != '{' && last != '[')
		buf_byte(out, ',');
}

void
message_key(struct buf *out, const char *key)
{
	message_comma(out);
	buf_printf(out, "\"%s\":", key);
}

void
message_open(struct buf *out, const char *key)
{
	message_key(out, key);
	buf_byte(out, '{');
}

void
message_close(struct buf *out)
{
	buf_byte(out, '}');
}

void
message_text(struct buf *out, const char *key, struct span text)
{
	message_key(out, key);
	buf_json(out, text);
}

void
message_text_cut(
    struct buf *out, const char *key, struct span text, size_t text_max)
{
	struct buf cut = {0};

	message_cut(&cut, text, text_max);
	message_text(out, key, buf_span(&cut));
	buf_fini(&cut);
}

void
message_text_given(struct buf *out, const char *key, struct span text)
{
	if (text.len > 0)
		message_text(out, key, text);
}

void
message_integer(struct buf *out, const char *key, int64_t value)
{
	message_key(out, key);
	buf_printf(out, "%lld", (long long)value);
}

void
message_seconds(struct buf *out, const char *key, int64_t ms)
{
	message_integer(out, key, ms / 1000);
}

void
message_flag(struct buf *out, const char *key, bool value)
{
	message_key(out, key);
	buf_text(out, value ? "true" : "false");
}

void
message_time(struct buf *out, const char *key, int64_t ms)
{
	char time[TEXT_TIME_SIZE];

	text_time_aws(time, ms);
	message_text(out, key, span_text(time));
}

void
message_arns(struct buf *out, const char *key, const struct arns *arns)
{
	message_key(out, key);
	buf_byte(out, '[');
	for (size_t i = 0; i < arns->count; i++) {
		message_comma(out);
		buf_json(out, arns->at[i]);
	}
	buf_byte(out, ']');
}

void
message_pairs(struct buf *out, const char *key, const struct dimension *pairs,
    size_t npairs, size_t text_max)
{
	struct buf cut = {0};

	message_open(out, key);
	for (size_t i = 0; i < npairs; i++) {
		message_comma(out);
		buf_json(out, pairs[i].name);
		buf_byte(out, ':');
		buf_clear(&cut);
		message_cut(&cut, pairs[i].value, text_max);
		buf_json(out, buf_span(&cut));
	}
	message_close(out);
	buf_fini(&cut);
}

void
message_contributor(struct buf *out, const char *key,
    const struct contributor_name *contributor)
{
	message_open(out, key);
	message_text(out, "id", span_text(contributor->id));
	message_pairs(out, "attributes", contributor->label,
	    contributor->nlabels, SIZE_MAX);
	message_close(out);
}

void
message_uuid(struct buf *out, const char *key, struct span bytes)
{
	struct buf again = {0};
	uint64_t high = hash_stable(bytes), low;

	/* The other half is of the same bytes behind the first. */
	buf_u64(&again, high);
	buf_span_put(&again, bytes);
	low = hash_stable(buf_span(&again));
	buf_fini(&again);
	message_key(out, key);
	buf_printf(out, "\"%08x-%04x-%04x-%04x-%012llx\"",
	    (unsigned)(high >> 32), (unsigned)(high >> 16 & 0xffff),
	    (unsigned)(high & 0xffff), (unsigned)(low >> 48),
	    (unsigned long long)(low & 0xffffffffffff));
}

void
message_date(struct buf *out, int64_t ms)
{
	char text[TEXT_TIME_SIZE];

	text_time_long(text, ms);
	buf_text(out, text);
}

const char *
message_missing(const struct alarm *alarm)
{
	return alarm_missing_names[alarm->missing_given ? alarm->missing
							: MISSING_MISSING];
}
