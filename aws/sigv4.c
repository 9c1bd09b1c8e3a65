#include "aws/sigv4.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <time.h>

#include "base/log.h"

#define SHA256_SIZE 32
#define SIGV4_ALGORITHM "AWS4-HMAC-SHA256"

static void
hex_put(char out[65], const unsigned char digest[SHA256_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < SHA256_SIZE; i++) {
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 15];
	}
	out[64] = '\0';
}

void
sigv4_timestamp(char out[17], int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm utc;

	invariant(gmtime_r(&seconds, &utc) != NULL);
	strftime(out, 17, "%Y%m%dT%H%M%SZ", &utc);
}

void
sigv4_sha256_hex(char out[65], struct span bytes)
{
	unsigned char digest[SHA256_SIZE];
	const void *at = bytes.len == 0 ? "" : bytes.at;

	if (EVP_Digest(at, bytes.len, digest, NULL, EVP_sha256(), NULL) != 1)
		log_die("libcrypto cannot do SHA-256");
	hex_put(out, digest);
}

/* 20150830/us-east-1/service/aws4_request */
static void
scope_put(struct buf *out, const struct sigv4_scope *scope)
{
	buf_printf(out, "%.8s/%.*s/%.*s/aws4_request", scope->timestamp,
	    SPAN_ARGS(scope->region), SPAN_ARGS(scope->service));
}

void
sigv4_string_to_sign(struct buf *out, const struct sigv4_scope *scope,
    struct span canonical_request)
{
	char hash[65];

	sigv4_sha256_hex(hash, canonical_request);
	buf_printf(out, SIGV4_ALGORITHM "\n%s\n", scope->timestamp);
	scope_put(out, scope);
	buf_printf(out, "\n%s", hash);
}

/* key = HMAC(key, text) */
static void
hmac_step(unsigned char key[SHA256_SIZE], struct span text)
{
	unsigned char next[SHA256_SIZE];
	const void *at = text.len == 0 ? "" : text.at;

	if (HMAC(EVP_sha256(), key, SHA256_SIZE, at, text.len, next, NULL) ==
	    NULL)
		log_die("libcrypto cannot do HMAC-SHA-256");
	memcpy(key, next, SHA256_SIZE);
	OPENSSL_cleanse(next, sizeof(next));
}

/* The first step, whose key is "AWS4" and the secret. */
static void
hmac_secret(unsigned char key[SHA256_SIZE], struct span secret, struct span day)
{
	size_t len = 4 + secret.len;
	char *text = OPENSSL_malloc(len);

	if (text == NULL)
		log_die("out of memory: a signing key");
	memcpy(text, "AWS4", 4);
	if (secret.len > 0)
		memcpy(text + 4, secret.at, secret.len);
	if (HMAC(EVP_sha256(), text, (int)len, (const unsigned char *)day.at,
		day.len, key, NULL) == NULL)
		log_die("libcrypto cannot do HMAC-SHA-256");
	OPENSSL_clear_free(text, len);
}

void
sigv4_signature(char out[65], const struct sigv4_scope *scope,
    const struct credentials *credentials, struct span string_to_sign)
{
	unsigned char key[SHA256_SIZE];

	hmac_secret(key, credentials->secret_access_key,
	    span_make(scope->timestamp, 8));
	hmac_step(key, scope->region);
	hmac_step(key, scope->service);
	hmac_step(key, SPAN_OF("aws4_request"));
	hmac_step(key, string_to_sign);
	hex_put(out, key);
	OPENSSL_cleanse(key, sizeof(key));
}

static void
request_sign(char out[65], const struct sigv4_request *request,
    const struct sigv4_scope *scope, const struct credentials *credentials)
{
	struct buf canonical = {0}, text = {0};

	sigv4_canonical_request(&canonical, request);
	sigv4_string_to_sign(&text, scope, buf_span(&canonical));
	sigv4_signature(out, scope, credentials, buf_span(&text));
	buf_fini(&canonical);
	buf_fini(&text);
}

void
sigv4_authorization(struct buf *out, const struct sigv4_request *request,
    const struct sigv4_scope *scope, const struct credentials *credentials)
{
	char signature[65];

	request_sign(signature, request, scope, credentials);
	buf_text(out, SIGV4_ALGORITHM " Credential=");
	buf_span_put(out, credentials->access_key_id);
	buf_byte(out, '/');
	scope_put(out, scope);
	buf_text(out, ", SignedHeaders=");
	sigv4_signed_headers(out, request);
	buf_printf(out, ", Signature=%s", signature);
}

static void
parameter_put(struct buf *out, const char *name, struct span value)
{
	buf_printf(out, "&%s=", name);
	sigv4_encode(out, value, false);
}

void
sigv4_query(struct buf *query, const struct sigv4_request *request,
    const struct sigv4_scope *scope, const struct credentials *credentials,
    int64_t expires_s)
{
	struct sigv4_request whole = *request;
	struct buf part = {0}, all = {0};
	size_t start = query->len;
	char signature[65];

	buf_text(query, "X-Amz-Algorithm=" SIGV4_ALGORITHM);
	buf_span_put(&part, credentials->access_key_id);
	buf_byte(&part, '/');
	scope_put(&part, scope);
	parameter_put(query, "X-Amz-Credential", buf_span(&part));
	buf_printf(query, "&X-Amz-Date=%s&X-Amz-Expires=%lld", scope->timestamp,
	    (long long)expires_s);
	if (credentials->session_token.len > 0)
		parameter_put(
		    query, "X-Amz-Security-Token", credentials->session_token);
	buf_clear(&part);
	sigv4_signed_headers(&part, request);
	parameter_put(query, "X-Amz-SignedHeaders", buf_span(&part));

	buf_span_put(&all, request->query);
	buf_byte(&all, '&');
	buf_put(&all, query->bytes + start, query->len - start);
	whole.query = buf_span(&all);
	request_sign(signature, &whole, scope, credentials);
	buf_printf(query, "&X-Amz-Signature=%s", signature);
	buf_fini(&part);
	buf_fini(&all);
}
