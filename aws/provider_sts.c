#include <openssl/crypto.h>
#include <stdio.h>

#include "aws/attempt.h"
#include "aws/environment.h"
#include "aws/provider.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"

#define STS_ATTEMPTS 3
#define STS_TIMEOUT_MS 10000
#define STS_WAIT_MS 1000
/* AWS's limits of a role session. */
#define STS_DURATION_MIN 900
#define STS_DURATION_MAX 43200
#define STS_SESSION_MIN 2
#define STS_SESSION_MAX 64
#define STS_TOKEN_MAX 20000

static void
field_put(struct buf *body, const char *name, struct span value)
{
	if (value.len == 0)
		return;
	buf_printf(body, "&%s=", name);
	sigv4_encode(body, value, false);
}

static enum rc
role_check(const struct provider_session *role, struct err *err)
{
	int64_t seconds;

	if (role->duration_s.len > 0 &&
	    (!text_parse_int(role->duration_s, &seconds) ||
		seconds < STS_DURATION_MIN || seconds > STS_DURATION_MAX))
		return err_set(err, RC_RETRY,
		    "duration_seconds must be %d to %d", STS_DURATION_MIN,
		    STS_DURATION_MAX);
	if (role->session.len > 0 &&
	    (role->session.len < STS_SESSION_MIN ||
		role->session.len > STS_SESSION_MAX))
		return err_set(err, RC_RETRY,
		    "role_session_name must have %d to %d characters",
		    STS_SESSION_MIN, STS_SESSION_MAX);
	return RC_OK;
}

static void
body_make(
    struct buf *body, const struct provider_session *role, struct span token)
{
	char session[64];

	snprintf(
	    session, sizeof(session), "tocsin-%lld", aws_clock_ms() / 1000LL);
	buf_reserve(body, 16 * KIB); /* a token is not left behind in parts */
	buf_printf(body, "Action=%s&Version=2011-06-15",
	    token.len > 0 ? "AssumeRoleWithWebIdentity" : "AssumeRole");
	field_put(body, "RoleArn", role->arn);
	field_put(body, "RoleSessionName",
	    role->session.len > 0 ? role->session : span_text(session));
	field_put(body, "DurationSeconds", role->duration_s);
	field_put(body, "ExternalId", role->external_id);
	field_put(body, "WebIdentityToken", token);
}

static enum rc
answer_take(struct credentials_held *held, const struct http_answer *answer,
    struct err *err)
{
	struct span body = buf_span(&answer->body);
	struct credentials found = {verdict_element(body, "AccessKeyId"),
	    verdict_element(body, "SecretAccessKey"),
	    verdict_element(body, "SessionToken")};
	int64_t expires_ms;

	if (found.access_key_id.len == 0 || found.secret_access_key.len == 0 ||
	    !text_parse_time(verdict_element(body, "Expiration"), &expires_ms))
		return err_set(
		    err, RC_RETRY, "the answer of sts has no credentials");
	credentials_copy(held, &found);
	held->expires_ms = expires_ms;
	return RC_OK;
}

/* What may work a moment later; a clock that was off has been set. */
static bool
worth_again(const struct attempt *attempt, enum rc rc, bool adjusted)
{
	return adjusted ||
	    (rc == RC_RETRY && attempt->verdict.cause == VERDICT_OTHER);
}

static enum rc
sts_ask(struct provider *provider, struct attempt *attempt,
    struct http_answer *answer, struct err *err)
{
	enum rc rc = RC_RETRY;

	for (int i = 1; i <= STS_ATTEMPTS; i++) {
		bool adjusted;

		attempt->skew_ms = atomic_load(provider->skew_ms);
		rc = attempt_make(attempt, provider->http, answer, err);
		if (rc == RC_OK)
			return rc;
		adjusted = attempt_adjust(attempt, answer, provider->skew_ms);
		if (!worth_again(attempt, rc, adjusted) || i == STS_ATTEMPTS ||
		    !http_wait(provider->http, adjusted ? 0 : i * STS_WAIT_MS))
			break;
	}
	return rc == RC_REJECT ? RC_RETRY : rc;
}

enum rc
provider_sts(struct provider *provider, const struct provider_session *role,
    const struct credentials *source, struct span token,
    struct credentials_held *held, struct err *err)
{
	static const struct http_header type = {
	    "Content-Type", SPAN_OF("application/x-www-form-urlencoded")};
	struct http_answer answer = {0};
	struct buf body = {0};
	struct aws_call call = {.service = "sts",
	    .region = profiles_region(&provider->profiles, role->profile),
	    .method = "POST",
	    .path = SPAN_OF("/"),
	    .headers = &type,
	    .nheaders = 1};
	struct attempt attempt = {.call = &call,
	    .operation =
		token.len > 0 ? "AssumeRoleWithWebIdentity" : "AssumeRole",
	    .rules = provider->rules,
	    .credentials = source,
	    .timeout_ms = STS_TIMEOUT_MS};
	enum rc rc = role_check(role, err);

	if (rc != RC_OK)
		return rc;
	if (call.region.len == 0)
		call.region = provider->region;
	provider->remote = true;
	body_make(&body, role, token);
	call.body = buf_span(&body);
	buf_reserve(&answer.body, 16 * KIB);
	rc = sts_ask(provider, &attempt, &answer, err);
	if (rc == RC_OK)
		rc = answer_take(held, &answer, err);
	if (rc != RC_OK)
		err_prefix(err, "role %.*s", SPAN_ARGS(role->arn));
	OPENSSL_cleanse(answer.body.bytes, answer.body.room);
	OPENSSL_cleanse(body.bytes, body.room);
	http_answer_fini(&answer);
	buf_fini(&body);
	return rc;
}

/* The file is read for each fetch: whoever writes it writes it anew. */
static enum rc
token_read(struct buf *token, const char *path, struct err *err)
{
	enum rc rc = file_read(path, token, err);
	struct span text = span_trim(buf_span(token));

	if (rc != RC_OK) {
		err_prefix(err, "the identity token");
		return RC_RETRY;
	}
	if (text.len == 0 || text.len > STS_TOKEN_MAX)
		return err_set(err, RC_RETRY,
		    "the identity token in %s has %zu bytes; 1 to %d can be",
		    path, text.len, STS_TOKEN_MAX);
	return RC_OK;
}

enum rc
provider_web_identity(struct provider *provider, struct span profile,
    struct credentials_held *held, struct err *err)
{
	/* The variables are of the whole process, not of a profile that
	 * another one names. */
	bool first = provider->nvisited == 0;
	const char *file =
	    first ? environment_get("AWS_WEB_IDENTITY_TOKEN_FILE") : NULL;
	const char *arn = first ? environment_get("AWS_ROLE_ARN") : NULL;
	const char *session =
	    first ? environment_get("AWS_ROLE_SESSION_NAME") : NULL;
	const struct profiles *profiles = &provider->profiles;
	struct provider_session role = {.profile = profile,
	    .arn = arn != NULL ? span_text(arn)
			       : profiles_get(profiles, profile, "role_arn"),
	    .session = session != NULL
		? span_text(session)
		: profiles_get(profiles, profile, "role_session_name"),
	    .duration_s = profiles_get(profiles, profile, "duration_seconds")};
	struct span path = file != NULL
	    ? span_text(file)
	    : profiles_get(profiles, profile, "web_identity_token_file");
	struct buf token = {0}, name = {0};
	enum rc rc;

	if (path.len == 0)
		return RC_AGAIN;
	if (role.arn.len == 0)
		return err_set(err, RC_RETRY,
		    "a web identity token file is set without AWS_ROLE_ARN "
		    "or role_arn");
	buf_span_put(&name, path);
	rc = token_read(&token, buf_cstr(&name), err);
	if (rc == RC_OK)
		rc = provider_sts(provider, &role, NULL,
		    span_trim(buf_span(&token)), held, err);
	if (token.bytes != NULL)
		OPENSSL_cleanse(token.bytes, token.room);
	buf_fini(&token);
	buf_fini(&name);
	return rc;
}
