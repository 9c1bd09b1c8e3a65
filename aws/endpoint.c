#include "aws/endpoint.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/text.h"

/* The partitions whose suffix is not amazonaws.com, by their Regions. */
static const struct {
	const char *regions, *suffix;
} partitions[] = {{"cn-", "amazonaws.com.cn"}, {"us-gov-", "amazonaws.com"}};

static const char *
region_suffix(struct span region)
{
	for (size_t i = 0; i < sizeof(partitions) / sizeof(*partitions); i++)
		if (span_starts(region, partitions[i].regions))
			return partitions[i].suffix;
	return "amazonaws.com";
}

/* Only small letters, digits and what `others` has; neither end of it is. */
static bool
label_good(struct span label, size_t min, size_t max, const char *others)
{
	if (label.len < min || label.len > max)
		return false;
	for (size_t i = 0; i < label.len; i++) {
		char byte = label.at[i];
		bool end = i == 0 || i + 1 == label.len;

		if ((byte >= 'a' && byte <= 'z') ||
		    (byte >= '0' && byte <= '9'))
			continue;
		if (end || byte == '\0' || strchr(others, byte) == NULL)
			return false;
	}
	return true;
}

bool
endpoint_region_good(struct span region)
{
	return label_good(region, 1, 63, "-");
}

/* AWS_ENDPOINT_URL_S3, else AWS_ENDPOINT_URL; "" when neither is set. */
static struct span
variable_endpoint(const char *service)
{
	char name[64];
	const char *value;

	snprintf(name, sizeof(name), "AWS_ENDPOINT_URL_%s", service);
	for (char *at = name; *at != '\0'; at++)
		*at = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
	value = getenv(name);
	if (value == NULL || value[0] == '\0')
		value = getenv("AWS_ENDPOINT_URL");
	return span_text(value);
}

static bool
bytes_among(struct span text, const char *others)
{
	for (size_t i = 0; i < text.len; i++)
		if (!isalnum((unsigned char)text.at[i]) &&
		    (text.at[i] == '\0' || strchr(others, text.at[i]) == NULL))
			return false;
	return true;
}

/* host, host:port or [v6]:port; a port that is the scheme's own goes. */
static bool
host_read(struct arena *arena, struct span text, struct endpoint *endpoint)
{
	const char *usual =
	    strcmp(endpoint->scheme, "https") == 0 ? "443" : "80";
	size_t len = 0;
	int64_t port;
	char *host;

	if (text.len > 0 && text.at[0] == '[') {
		while (len < text.len && text.at[len] != ']')
			len++;
		if (len == text.len || len == 1 ||
		    !bytes_among(span_make(text.at + 1, len - 1), ":."))
			return false;
		len++;
	} else {
		while (len < text.len && text.at[len] != ':')
			len++;
		if (len == 0 || !bytes_among(span_make(text.at, len), ".-_"))
			return false;
	}
	if (len < text.len) {
		struct span digits =
		    span_make(text.at + len + 1, text.len - len - 1);

		if (text.at[len] != ':' || digits.len > 5 ||
		    !text_parse_int(digits, &port) || port < 1 || port > 65535)
			return false;
		if (!span_is(digits, usual))
			len = text.len;
	}
	host = arena_text(arena, span_make(text.at, len));
	for (size_t i = 0; i < len; i++)
		host[i] = (char)tolower((unsigned char)host[i]);
	endpoint->host = span_make(host, len);
	return true;
}

/* No user, query, fragment or percent sign: they have no use here. */
static bool
url_read(struct arena *arena, struct span url, struct endpoint *endpoint)
{
	bool tls = url.len > 8 && strncasecmp(url.at, "https://", 8) == 0;
	size_t host = 0;

	if (!tls && !(url.len > 7 && strncasecmp(url.at, "http://", 7) == 0))
		return false;
	endpoint->scheme = tls ? "https" : "http";
	url = span_make(url.at + (tls ? 8 : 7), url.len - (tls ? 8 : 7));
	while (host < url.len && url.at[host] != '/')
		host++;
	if (!host_read(arena, span_make(url.at, host), endpoint))
		return false;
	url = span_make(url.at + host, url.len - host);
	while (url.len > 0 && url.at[url.len - 1] == '/')
		url.len--;
	endpoint->path = arena_copy(arena, url);
	return bytes_among(url, "/-_.~");
}

static void
bucket_into_path(
    struct arena *arena, struct span bucket, struct endpoint *endpoint)
{
	if (bucket.len == 0)
		return;
	endpoint->path = span_text(arena_printf(
	    arena, "%.*s/%.*s", SPAN_ARGS(endpoint->path), SPAN_ARGS(bucket)));
}

static void
region_host(struct arena *arena, const char *service, struct span region,
    struct span bucket, struct endpoint *endpoint)
{
	bool front =
	    bucket.len > 0 && memchr(bucket.at, '.', bucket.len) == NULL;

	*endpoint = (struct endpoint){.scheme = "https"};
	endpoint->host = span_text(
	    arena_printf(arena, "%.*s%s%s.%.*s.%s", front ? (int)bucket.len : 0,
		front ? bucket.at : "", front ? "." : "", service,
		SPAN_ARGS(region), region_suffix(region)));
	if (!front)
		bucket_into_path(arena, bucket, endpoint);
}

enum rc
endpoint_find(struct arena *arena, const char *service, struct span region,
    struct span bucket, struct span given, struct endpoint *endpoint,
    struct err *err)
{
	*endpoint = (struct endpoint){0};
	if (region.len == 0)
		return err_set(
		    err, RC_REJECT, "no Region is given for %s", service);
	if (!endpoint_region_good(region))
		return err_set(
		    err, RC_REJECT, "\"%.*s\" is no Region", SPAN_ARGS(region));
	if (bucket.len > 0 && !label_good(bucket, 3, 63, ".-"))
		return err_set(err, RC_REJECT,
		    "\"%.*s\" is no name of a bucket (3 to 63 small letters, "
		    "digits, dots and hyphens)",
		    SPAN_ARGS(bucket));
	if (given.len == 0)
		given = variable_endpoint(service);
	if (given.len == 0) {
		region_host(arena, service, region, bucket, endpoint);
		return RC_OK;
	}
	if (!url_read(arena, given, endpoint))
		return err_set(err, RC_REJECT,
		    "\"%.*s\" is no endpoint for %s: it must be "
		    "http(s)://HOST[:PORT][/PATH]",
		    SPAN_ARGS(given), service);
	bucket_into_path(arena, bucket, endpoint);
	return RC_OK;
}
