#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <strings.h>

#include "aws/environment.h"
#include "aws/provider.h"
#include "base/file.h"
#include "base/limits.h"

#define CONTAINER_HOST "http://169.254.170.2"
#define CONTAINER_TIMEOUT_MS 2000
#define CONTAINER_ATTEMPTS 3
#define CONTAINER_WAIT_MS 1000

static bool
host_allowed(const char *host)
{
	static const char *const others[] = {
	    "localhost", "169.254.170.2", "169.254.170.23"};
	struct in6_addr six, eks;
	struct in_addr four;

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (strcasecmp(host, others[i]) == 0)
			return true;
	if (inet_pton(AF_INET, host, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, host, &six) != 1 ||
	    inet_pton(AF_INET6, "fd00:ec2::23", &eks) != 1)
		return false;
	return IN6_IS_ADDR_LOOPBACK(&six) || IN6_ARE_ADDR_EQUAL(&six, &eks);
}

/* The host as curl will read it, or nothing: no user, no odd bytes. */
bool
provider_uri_allowed(const char *uri)
{
	char host[64];
	size_t len;

	for (const char *at = uri; *at != '\0'; at++)
		if (*at <= ' ' || *at > '~' || *at == '\\' || *at == '@')
			return false;
	if (strncasecmp(uri, "https://", 8) == 0)
		return true;
	if (strncasecmp(uri, "http://", 7) != 0)
		return false;
	uri += 7;
	if (*uri == '[') {
		len = strcspn(++uri, "]");
		if (uri[len] != ']' || strchr(":/?#", uri[len + 1]) == NULL)
			return false;
	} else {
		len = strcspn(uri, ":/?#");
	}
	if (len == 0 || len >= sizeof(host))
		return false;
	memcpy(host, uri, len);
	host[len] = '\0';
	return host_allowed(host);
}

/* The value of the Authorization header, "" for none; the file is read for
 * each fetch, as EKS writes it anew. */
static enum rc
token_find(struct buf *token, struct err *err)
{
	const char *path =
	    environment_get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	const char *text = environment_get("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	enum rc rc = RC_OK;

	buf_reserve(token, 16 * KIB);
	if (path != NULL)
		rc = file_read(path, token, err);
	else if (text != NULL)
		buf_text(token, text);
	if (rc != RC_OK) {
		err_prefix(err, "the container's authorization token");
		return RC_RETRY;
	}
	if (token->len > 0 &&
	    (memchr(token->bytes, '\r', token->len) != NULL ||
		memchr(token->bytes, '\n', token->len) != NULL))
		return err_set(err, RC_RETRY,
		    "the container's authorization token has a line break, "
		    "which no header may have");
	return RC_OK;
}

static enum rc
container_uri(char uri[1024], struct err *err)
{
	const char *relative =
	    environment_get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *full =
	    environment_get("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	int len;

	if (relative == NULL && full == NULL)
		return RC_AGAIN;
	len =
	    snprintf(uri, 1024, "%s%s", relative != NULL ? CONTAINER_HOST : "",
		relative != NULL ? relative : full);
	if (relative != NULL && relative[0] != '/')
		return err_set(err, RC_RETRY,
		    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with "
		    "/");
	if (len < 0 || len >= 1024 || !provider_uri_allowed(uri))
		return err_set(err, RC_RETRY,
		    "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or "
		    "http to this machine or to the addresses of ECS and EKS");
	return RC_OK;
}

static enum rc
container_ask(struct provider *provider, const struct http_request *request,
    struct http_answer *answer, struct err *err)
{
	enum rc rc = RC_RETRY;

	for (int i = 1; i <= CONTAINER_ATTEMPTS; i++) {
		rc = http_send(provider->http, request, answer, err);
		if (rc == RC_OK && answer->status == 200)
			return RC_OK;
		if (rc == RC_OK) {
			rc = err_set(
			    err, RC_RETRY, "status %ld", answer->status);
			if (answer->status < 500 && answer->status != 429)
				break;
		}
		if (i < CONTAINER_ATTEMPTS &&
		    !http_wait(provider->http, CONTAINER_WAIT_MS))
			break;
	}
	return rc;
}

enum rc
provider_container(struct provider *provider, struct span profile,
    struct credentials_held *held, struct err *err)
{
	struct http_header headers[] = {
	    {"Accept", SPAN_OF("application/json")}, {"Authorization", {0}}};
	struct http_request request = {.method = "GET",
	    .headers = headers,
	    .nheaders = 1,
	    .timeout_ms = CONTAINER_TIMEOUT_MS,
	    .direct = true};
	struct http_answer answer = {0};
	struct buf token = {0};
	char uri[1024], fault[128];
	enum rc rc = container_uri(uri, err);

	(void)profile;
	if (rc != RC_OK)
		return rc;
	provider->remote = true;
	rc = token_find(&token, err);
	headers[1].value = buf_span(&token);
	request.url = uri;
	if (token.len > 0)
		request.nheaders = 2;
	buf_reserve(&answer.body, 16 * KIB);
	if (rc == RC_OK)
		rc = container_ask(provider, &request, &answer, err);
	if (rc == RC_OK &&
	    !credentials_json(
		held, buf_span(&answer.body), "Token", false, fault))
		rc = err_set(err, RC_RETRY, "%s", fault);
	if (rc != RC_OK)
		err_prefix(err, "the container's credentials");
	OPENSSL_cleanse(answer.body.bytes, answer.body.room);
	OPENSSL_cleanse(token.bytes, token.room);
	http_answer_fini(&answer);
	buf_fini(&token);
	return rc == RC_OK ? RC_OK : RC_RETRY;
}
