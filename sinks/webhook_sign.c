#include "sinks/webhook_sign.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

#include "base/log.h"

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

static void
webhook_hmac(struct buf *out, struct span secret, struct span text)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (HMAC(EVP_sha256(), secret.at, (int)secret.len,
		(const unsigned char *)text.at, text.len, mac, &len) == NULL)
		log_die("no HMAC-SHA256 in OpenSSL");
	for (unsigned i = 0; i < len; i++)
		buf_printf(out, "%02x", mac[i]);
}

bool
webhook_sign(
    struct buf *out, struct span secrets, int64_t time_s, struct span body)
{
	struct buf text = {0};
	bool any = false;

	buf_printf(&text, "%lld.", (long long)time_s);
	buf_span_put(&text, body);
	buf_printf(out, "t=%lld", (long long)time_s);
	while (secrets.len > 0) {
		struct span secret = webhook_line(&secrets);

		if (secret.len == 0)
			continue;
		buf_text(out, ",v1=");
		webhook_hmac(out, secret, buf_span(&text));
		any = true;
	}
	buf_fini(&text);
	return any;
}
