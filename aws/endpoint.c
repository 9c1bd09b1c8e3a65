#include "aws/endpoint.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "aws/environment.h"
#include "aws/profile.h"
#include "base/log.h"
#include "base/text.h"

static const struct {
	const char *regions, *suffix, *dual_suffix;
} partitions[] = {
    {"cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
    {"us-gov-", "amazonaws.com", "api.aws"},
    {"eusc-", "amazonaws.eu", "api.amazonwebservices.eu"},
    {"us-iso-", "c2s.ic.gov", "api.aws.ic.gov"},
    {"us-isob-", "sc2s.sgov.gov", "api.aws.scloud"},
    {"eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
    {"us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
    {"", "amazonaws.com", "api.aws"},
};

/* The services that are called, as signatures, variables and [services] name
 * them. In GovCloud the plain hosts of some are the FIPS ones. */
static const struct {
	const char *service, *variable, *key;
	bool gov_plain, gov_plain_dual;
} services[ENDPOINT_SERVICES] = {{"s3", "S3", "s3", false, false},
    {"sns", "SNS", "sns", true, false}, {"sts", "STS", "sts", true, false},
    {"kinesis", "KINESIS", "kinesis", true, false},
    {"firehose", "FIREHOSE", "firehose", false, false},
    {"lambda", "LAMBDA", "lambda", false, false},
    {"events", "EVENTBRIDGE", "eventbridge", true, true}};

static size_t
partition_find(struct span region)
{
	size_t i = 0;

	while (!span_starts(region, partitions[i].regions))
		i++;
	return i;
}

/* ENDPOINT_SERVICES when it is none of them. */
static size_t
service_find(const char *service)
{
	size_t i = 0;

	while (
	    i < ENDPOINT_SERVICES && strcmp(services[i].service, service) != 0)
		i++;
	return i;
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

static bool
profile_true(
    const struct profiles *profiles, struct span profile, const char *key)
{
	struct span value = profiles_get(profiles, profile, key);

	return value.len == 4 && strncasecmp(value.at, "true", 4) == 0;
}

static char *
text_keep(struct span text)
{
	char *kept = text.len == 0 ? NULL : strndup(text.at, text.len);

	if (text.len > 0 && kept == NULL)
		log_die("out of memory: an endpoint");
	return kept;
}

void
endpoint_rules_load(struct endpoint_rules *rules)
{
	struct profiles *profiles = calloc(1, sizeof(*profiles));
	struct span profile = profile_current(), named;

	if (profiles == NULL)
		log_die("out of memory: profiles");
	profiles_open(profiles);
	rules->fips = profile_true(profiles, profile, "use_fips_endpoint");
	rules->dual_stack =
	    profile_true(profiles, profile, "use_dualstack_endpoint");
	rules->ignored =
	    profile_true(profiles, profile, "ignore_configured_endpoint_urls");
	rules->url = text_keep(profiles_get(profiles, profile, "endpoint_url"));
	named = profiles_get(profiles, profile, "services");
	for (size_t i = 0; i < ENDPOINT_SERVICES; i++)
		rules->service_urls[i] = text_keep(profiles_service(
		    profiles, named, services[i].key, "endpoint_url"));
	profiles_close(profiles);
	free(profiles);
}

void
endpoint_rules_free(struct endpoint_rules *rules)
{
	free(rules->url);
	for (size_t i = 0; i < ENDPOINT_SERVICES; i++)
		free(rules->service_urls[i]);
	*rules = (struct endpoint_rules){0};
}

/* What somebody set for all, in the order of the SDKs; "" for nothing. */
static struct span
configured(const struct endpoint_rules *rules, size_t service)
{
	bool known = service < ENDPOINT_SERVICES;
	const char *found = NULL;
	char name[64];

	if (environment_true("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") ||
	    rules->ignored)
		return (struct span){0};
	if (known) {
		snprintf(name, sizeof(name), "AWS_ENDPOINT_URL_%s",
		    services[service].variable);
		found = environment_get(name);
	}
	if (found == NULL)
		found = environment_get("AWS_ENDPOINT_URL");
	if (found == NULL && known)
		found = rules->service_urls[service];
	return span_text(found != NULL ? found : rules->url);
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

/* s3, s3-fips.dualstack, sns-fips: what stands before the Region. */
static const char *
service_label(struct arena *arena, const char *service, struct span region,
    bool fips, bool dual_stack)
{
	size_t row = service_find(service);

	if (strcmp(service, "s3") == 0)
		return arena_printf(arena, "s3%s%s", fips ? "-fips" : "",
		    dual_stack ? ".dualstack" : "");
	if (fips && row < ENDPOINT_SERVICES && span_starts(region, "us-gov-") &&
	    (dual_stack ? services[row].gov_plain_dual
			: services[row].gov_plain))
		fips = false;
	return arena_printf(arena, "%s%s", service, fips ? "-fips" : "");
}

static enum rc
region_host(struct arena *arena, const struct endpoint_rules *rules,
    const char *service, struct span region, struct span bucket,
    struct endpoint *endpoint, struct err *err)
{
	bool fips = environment_bool("AWS_USE_FIPS_ENDPOINT", rules->fips);
	bool dual_stack =
	    environment_bool("AWS_USE_DUALSTACK_ENDPOINT", rules->dual_stack);
	bool s3 = strcmp(service, "s3") == 0;
	size_t partition = partition_find(region);
	bool front =
	    bucket.len > 0 && memchr(bucket.at, '.', bucket.len) == NULL;

	if (s3 && fips && span_starts(region, "cn-"))
		return err_set(err, RC_REJECT,
		    "there is no FIPS endpoint of s3 in %.*s",
		    SPAN_ARGS(region));
	*endpoint = (struct endpoint){.scheme = "https"};
	endpoint->host = span_text(
	    arena_printf(arena, "%.*s%s%s.%.*s.%s", front ? (int)bucket.len : 0,
		front ? bucket.at : "", front ? "." : "",
		service_label(arena, service, region, fips, dual_stack),
		SPAN_ARGS(region),
		dual_stack && !s3 ? partitions[partition].dual_suffix
				  : partitions[partition].suffix));
	if (!front)
		bucket_into_path(arena, bucket, endpoint);
	return RC_OK;
}

enum rc
endpoint_find(struct arena *arena, const struct endpoint_rules *rules,
    const char *service, struct span region, struct span bucket,
    struct span given, struct endpoint *endpoint, struct err *err)
{
	static const struct endpoint_rules none;

	if (rules == NULL)
		rules = &none;
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
		given = configured(rules, service_find(service));
	if (given.len == 0)
		return region_host(
		    arena, rules, service, region, bucket, endpoint, err);
	if (!url_read(arena, given, endpoint))
		return err_set(err, RC_REJECT,
		    "\"%.*s\" is no endpoint for %s: it must be "
		    "http(s)://HOST[:PORT][/PATH]",
		    SPAN_ARGS(given), service);
	bucket_into_path(arena, bucket, endpoint);
	return RC_OK;
}
