#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "aws/environment.h"
#include "aws/provider.h"
#include "base/limits.h"
#include "base/text.h"

#define IMDS_HOST "http://169.254.169.254"
#define IMDS_HOST_IPV6 "http://[fd00:ec2::254]"
#define IMDS_ROLES "/latest/meta-data/iam/security-credentials/"
#define IMDS_ROLE_MAX 128

/* One fetch: the session's token and where it is. */
struct imds {
	struct provider *provider;
	char base[512];
	int64_t timeout_ms, attempts;
	struct http_answer answer;
	struct buf token; /* empty: version 1 */
};

static int64_t
number(const char *name, int64_t usual, int64_t max)
{
	const char *text = environment_get(name);
	int64_t value;

	if (text == NULL || !text_parse_int(span_text(text), &value) ||
	    value < 1)
		return usual;
	return value < max ? value : max;
}

static void
base_find(char base[512])
{
	const char *given =
	    environment_get("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	const char *mode =
	    environment_get("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
	size_t len;

	if (given == NULL)
		given = mode != NULL && strcasecmp(mode, "ipv6") == 0
		    ? IMDS_HOST_IPV6
		    : IMDS_HOST;
	snprintf(base, 512, "%s", given);
	len = strlen(base);
	while (len > 0 && base[len - 1] == '/')
		base[--len] = '\0';
}

/* RC_OK: an answer, whatever its status. */
static enum rc
imds_ask(struct imds *imds, const char *method, const char *path,
    struct span role, struct err *err)
{
	struct http_header header = {
	    "x-aws-ec2-metadata-token", buf_span(&imds->token)};
	struct http_request request = {.method = method,
	    .headers = &header,
	    .nheaders = imds->token.len > 0,
	    .timeout_ms = imds->timeout_ms,
	    .direct = true};
	struct buf url = {0};
	enum rc rc = RC_RETRY;

	if (strcmp(method, "PUT") == 0) {
		header = (struct http_header){
		    "x-aws-ec2-metadata-token-ttl-seconds", SPAN_OF("21600")};
		request.nheaders = 1;
	}
	buf_printf(&url, "%s%s", imds->base, path);
	sigv4_encode(&url, role, false);
	request.url = buf_cstr(&url);
	for (int64_t i = 0; i < imds->attempts && rc != RC_OK; i++)
		rc = http_send(
		    imds->provider->http, &request, &imds->answer, err);
	buf_fini(&url);
	return rc;
}

/* RC_AGAIN: nobody is there. Without a token version 1 is tried, where that
 * is allowed: a token does not get through every container's network. */
static enum rc
token_take(struct imds *imds, struct err *err)
{
	bool v2_only = environment_true("AWS_EC2_METADATA_V1_DISABLED");
	enum rc rc =
	    imds_ask(imds, "PUT", "/latest/api/token", (struct span){0}, err);
	long status = imds->answer.status;

	if (rc == RC_REJECT)
		return RC_RETRY;
	if (rc == RC_OK && status == 200) {
		buf_reserve(&imds->token, 4 * KIB);
		buf_span_put(&imds->token, buf_span(&imds->answer.body));
		return RC_OK;
	}
	if (rc == RC_OK && status != 403 && status != 404 && status != 405)
		return err_set(err, RC_RETRY,
		    "the token request was answered with status %ld", status);
	if (!v2_only)
		return RC_OK;
	if (rc == RC_OK)
		return err_set(err, RC_RETRY,
		    "there is no IMDSv2 (status %ld), and "
		    "AWS_EC2_METADATA_V1_DISABLED forbids the older one",
		    status);
	return RC_AGAIN;
}

static enum rc
role_find(struct imds *imds, char role[IMDS_ROLE_MAX + 1], struct err *err)
{
	enum rc rc = imds_ask(imds, "GET", IMDS_ROLES, (struct span){0}, err);
	struct span list = span_trim(buf_span(&imds->answer.body));
	const char *end;

	if (rc != RC_OK)
		return imds->token.len > 0 ? RC_RETRY : RC_AGAIN;
	if (imds->token.len == 0 && imds->answer.status != 200) {
		err_set(err, RC_AGAIN, "it is turned off (status %ld)",
		    imds->answer.status);
		return RC_AGAIN;
	}
	if (imds->answer.status == 404 ||
	    (imds->answer.status == 200 && list.len == 0)) {
		err_set(err, RC_AGAIN, "the instance has no role");
		return RC_AGAIN;
	}
	end = list.len == 0 ? NULL : memchr(list.at, '\n', list.len);
	if (end != NULL)
		list = span_trim(span_make(list.at, (size_t)(end - list.at)));
	if (imds->answer.status != 200 || list.len > IMDS_ROLE_MAX)
		return err_set(err, RC_RETRY,
		    "the list of roles was answered with status %ld",
		    imds->answer.status);
	memcpy(role, list.at, list.len);
	role[list.len] = '\0';
	return RC_OK;
}

static enum rc
imds_fetch(struct imds *imds, struct credentials_held *held, struct err *err)
{
	char role[IMDS_ROLE_MAX + 1], fault[128];
	enum rc rc = token_take(imds, err);

	if (rc == RC_OK)
		rc = role_find(imds, role, err);
	if (rc != RC_OK)
		return rc;
	rc = imds_ask(imds, "GET", IMDS_ROLES, span_text(role), err);
	if (rc == RC_OK && imds->answer.status != 200)
		rc = err_set(err, RC_RETRY,
		    "role %s was answered with status %ld", role,
		    imds->answer.status);
	if (rc == RC_OK &&
	    !credentials_json(
		held, buf_span(&imds->answer.body), "Token", false, fault))
		rc = err_set(err, RC_RETRY, "role %s: %s", role, fault);
	return rc;
}

enum rc
provider_imds(struct provider *provider, struct span profile,
    struct credentials_held *held, struct err *err)
{
	struct imds imds = {.provider = provider,
	    .timeout_ms = 1000 * number("AWS_METADATA_SERVICE_TIMEOUT", 1, 60),
	    .attempts = number("AWS_METADATA_SERVICE_NUM_ATTEMPTS", 1, 10)};
	enum rc rc;

	(void)profile;
	if (environment_true("AWS_EC2_METADATA_DISABLED"))
		return RC_AGAIN;
	provider->remote = true;
	base_find(imds.base);
	buf_reserve(&imds.answer.body, 16 * KIB);
	rc = imds_fetch(&imds, held, err);
	if (rc == RC_AGAIN)
		snprintf(provider->hint, sizeof(provider->hint),
		    "no instance metadata: %.120s", err->text);
	else if (rc != RC_OK)
		err_prefix(err, "instance metadata");
	OPENSSL_cleanse(imds.answer.body.bytes, imds.answer.body.room);
	OPENSSL_cleanse(imds.token.bytes, imds.token.room);
	http_answer_fini(&imds.answer);
	buf_fini(&imds.token);
	return rc == RC_REJECT ? RC_RETRY : rc;
}
