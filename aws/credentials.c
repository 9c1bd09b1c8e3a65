#include "aws/credentials.h"

#include <openssl/crypto.h>
#include <stdio.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

#define SOON_MS (15 * 60 * 1000LL)
#define NOW_MS (10 * 60 * 1000LL)

static char *
part_copy(char *to, struct span *part, struct span from)
{
	if (from.len > 0)
		memcpy(to, from.at, from.len);
	*part = span_make(to, from.len);
	return to + from.len;
}

void
credentials_copy(
    struct credentials_held *held, const struct credentials *credentials)
{
	char *to;

	*held = (struct credentials_held){0};
	held->len = credentials->access_key_id.len +
	    credentials->secret_access_key.len + credentials->session_token.len;
	to = held->bytes = OPENSSL_malloc(held->len + 1);
	if (to == NULL)
		log_die("out of memory: credentials");
	to = part_copy(
	    to, &held->credentials.access_key_id, credentials->access_key_id);
	to = part_copy(to, &held->credentials.secret_access_key,
	    credentials->secret_access_key);
	part_copy(
	    to, &held->credentials.session_token, credentials->session_token);
}

void
credentials_clone(
    struct credentials_held *held, const struct credentials_held *from)
{
	credentials_copy(held, &from->credentials);
	held->taken_ms = from->taken_ms;
	held->expires_ms = from->expires_ms;
	held->source = from->source;
}

bool
credentials_same(
    const struct credentials_held *a, const struct credentials_held *b)
{
	const struct credentials *x = &a->credentials, *y = &b->credentials;

	return span_equal(x->access_key_id, y->access_key_id) &&
	    span_equal(x->session_token, y->session_token) &&
	    x->secret_access_key.len == y->secret_access_key.len &&
	    CRYPTO_memcmp(x->secret_access_key.at, y->secret_access_key.at,
		x->secret_access_key.len) == 0;
}

void
credentials_wipe(struct credentials_held *held)
{
	OPENSSL_clear_free(held->bytes, held->len);
	*held = (struct credentials_held){0};
}

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

enum credentials_due
credentials_due(int64_t now_ms, int64_t taken_ms, int64_t expires_ms)
{
	int64_t life_ms = expires_ms - taken_ms, left_ms = expires_ms - now_ms;

	if (expires_ms == 0)
		return CREDENTIALS_GOOD;
	if (left_ms <= 0)
		return CREDENTIALS_OVER;
	if (left_ms <= smaller(NOW_MS, life_ms / 6))
		return CREDENTIALS_NOW;
	if (left_ms <= smaller(SOON_MS, life_ms / 4))
		return CREDENTIALS_SOON;
	return CREDENTIALS_GOOD;
}

/* What the JSON says, its strings unescaped. */
struct reading {
	struct arena arena;
	const char *token;
	struct credentials credentials;
	struct span expiration, code, version;
};

static void
member_read(struct reading *reading, struct json *json, struct span key)
{
	const struct {
		const char *name;
		struct span *to;
	} rows[] = {{"AccessKeyId", &reading->credentials.access_key_id},
	    {"SecretAccessKey", &reading->credentials.secret_access_key},
	    {reading->token, &reading->credentials.session_token},
	    {"Expiration", &reading->expiration}, {"Code", &reading->code},
	    {"code", &reading->code}};
	struct json_text text;

	if (span_is(key, "Version") && json_kind(json) == JSON_NUMBER) {
		json_number(json, &reading->version);
		return;
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (span_is(key, rows[i].name) &&
		    json_kind(json) == JSON_STRING) {
			if (json_string(json, &text))
				*rows[i].to =
				    json_unescape(&reading->arena, text);
			return;
		}
	json_skip(json);
}

static bool
reading_make(struct reading *reading, struct span text)
{
	struct json_text key;
	struct json json;

	json_init(&json, text);
	if (json_kind(&json) != JSON_OBJECT || !json_enter(&json, '{'))
		return false;
	while (json_member(&json, &key))
		member_read(reading, &json, key.raw);
	return json.fault == NULL && json_done(&json);
}

/* NULL when it will do. */
static const char *
reading_fault(const struct reading *reading, bool version, int64_t *expires_ms)
{
	*expires_ms = 0;
	if (version && !span_is(reading->version, "1"))
		return "Version is not 1";
	if (reading->credentials.access_key_id.len == 0)
		return "AccessKeyId is missing";
	if (reading->credentials.secret_access_key.len == 0)
		return "SecretAccessKey is missing";
	if (reading->expiration.len > 0 &&
	    !text_parse_time(reading->expiration, expires_ms))
		return "Expiration is no time";
	return NULL;
}

/* A code as it came, when it can be one: it goes into a sentence. */
static bool
code_good(struct span code)
{
	for (size_t i = 0; i < code.len; i++)
		if (code.at[i] <= ' ' || code.at[i] > '~')
			return false;
	return code.len > 0 && code.len < 64 && !span_is(code, "Success");
}

bool
credentials_json(struct credentials_held *held, struct span text,
    const char *token, bool version, char fault[128])
{
	struct reading reading = {.token = token};
	const char *why = "it is no JSON object";
	int64_t expires_ms = 0;

	arena_init(&reading.arena);
	if (reading_make(&reading, text))
		why = reading_fault(&reading, version, &expires_ms);
	if (why == NULL) {
		credentials_copy(held, &reading.credentials);
		held->expires_ms = expires_ms;
	} else if (code_good(reading.code)) {
		snprintf(fault, 128, "it says %.*s", SPAN_ARGS(reading.code));
	} else {
		snprintf(fault, 128, "%s", why);
	}
	arena_fini(&reading.arena);
	return why == NULL;
}
