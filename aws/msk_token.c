#include "aws/msk_token.h"

#include <openssl/crypto.h>

#include "aws/endpoint.h"

/* Base64 with the URL's alphabet and no padding (RFC 4648, section 5). */
static void
base64url_put(struct buf *out, struct span bytes)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned bits = 0, nbits = 0;

	for (size_t i = 0; i < bytes.len; i++) {
		bits = bits << 8 | (unsigned char)bytes.at[i];
		for (nbits += 8; nbits >= 6; nbits -= 6)
			buf_byte(out, digits[bits >> (nbits - 6) & 63]);
	}
	if (nbits > 0)
		buf_byte(out, digits[bits << (6 - nbits) & 63]);
}

void
msk_token_make(struct buf *token, struct span region,
    const struct credentials *credentials, int64_t now_ms)
{
	struct buf host = {0}, url = {0};
	struct sigv4_header header = {.name = SPAN_OF("host")};
	struct sigv4_request request = {.method = SPAN_OF("GET"),
	    .path = SPAN_OF("/"),
	    .query = SPAN_OF("Action=kafka-cluster%3AConnect"),
	    .headers = &header,
	    .nheaders = 1,
	    .normalize_path = true,
	    .double_encode = true};
	struct sigv4_scope scope = {
	    .region = region, .service = SPAN_OF("kafka-cluster")};
	char hash[65];

	/* The broker knows this host only, in every partition. */
	buf_printf(&host, "kafka.%.*s.amazonaws.com", SPAN_ARGS(region));
	header.value = buf_span(&host);
	sigv4_sha256_hex(hash, (struct span){0});
	request.payload_hash = span_text(hash);
	sigv4_timestamp(scope.timestamp, now_ms);
	buf_printf(&url, "https://%s/?%.*s&", buf_cstr(&host),
	    SPAN_ARGS(request.query));
	sigv4_query(
	    &url, &request, &scope, credentials, MSK_TOKEN_LIFE_MS / 1000);
	buf_text(&url, "&User-Agent=tocsin%2F" TOCSIN_VERSION);
	base64url_put(token, buf_span(&url));
	OPENSSL_cleanse(url.bytes, url.len);
	buf_fini(&host);
	buf_fini(&url);
}

enum rc
aws_msk_token(struct aws_client *client, struct span region, struct buf *token,
    int64_t *expires_ms, struct err *err)
{
	struct credentials_held held = {0};
	int64_t skew_ms = 0, now_ms = aws_clock_ms();
	enum rc rc;

	if (!endpoint_region_good(region))
		return err_set(
		    err, RC_REJECT, "\"%.*s\" is no Region", SPAN_ARGS(region));
	rc = aws_client_credentials(client, region, &held, &skew_ms, err);
	if (rc != RC_OK) {
		err_prefix(err, "a token for MSK");
		return rc;
	}
	msk_token_make(token, region, &held.credentials, now_ms + skew_ms);
	*expires_ms = now_ms + MSK_TOKEN_LIFE_MS;
	credentials_wipe(&held);
	return RC_OK;
}
