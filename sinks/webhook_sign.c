#include "sinks/webhook_sign.h"

#include "aws/hmac.h"

static struct span
webhook_line(struct span *rest)
{
	struct span line = *rest;
	const char *end = memchr(line.at, '\n', line.len);

	if (end != NULL)
		line.len = (size_t)(end - line.at);
	*rest = span_make(line.at + line.len + (end != NULL),
	    rest->len - line.len - (end != NULL));
	while (line.len > 0 && strchr(" \t\r", line.at[0]) != NULL)
		line = span_make(line.at + 1, line.len - 1);
	while (line.len > 0 && strchr(" \t\r", line.at[line.len - 1]) != NULL)
		line.len--;
	return line;
}

bool
webhook_sign(
    struct buf *out, struct span secrets, int64_t time_s, struct span body)
{
	struct buf text = {0};
	char hex[65];
	bool any = false;

	buf_printf(&text, "%lld.", (long long)time_s);
	buf_span_put(&text, body);
	buf_printf(out, "t=%lld", (long long)time_s);
	while (secrets.len > 0) {
		struct span secret = webhook_line(&secrets);

		if (secret.len == 0)
			continue;
		hmac_sha256_hex(hex, secret, buf_span(&text));
		buf_printf(out, ",v1=%s", hex);
		any = true;
	}
	buf_fini(&text);
	return any;
}
