/*
 * Where a service is: an endpoint that somebody gave, else the Region's own.
 * Rules: AWS SDKs and Tools Reference Guide, "Service-specific endpoints",
 * "Dual-stack and FIPS endpoints"; hosts as botocore's rule sets have them.
 *
 *   given         the configuration's; else AWS_ENDPOINT_URL_<SERVICE> (of
 *                 events: _EVENTBRIDGE), AWS_ENDPOINT_URL, the profile's
 *                 [services NAME] and endpoint_url, unless
 *                 AWS_IGNORE_CONFIGURED_ENDPOINT_URLS or the profile's
 *                 ignore_configured_endpoint_urls is true; a bucket goes into
 *                 the path
 *   s3            https://BUCKET.s3[-fips][.dualstack].REGION.SUFFIX, and
 *                 https://s3….SUFFIX/BUCKET for a name with dots, which no
 *                 certificate covers
 *   others        https://SERVICE[-fips].REGION.SUFFIX
 *
 * FIPS: AWS_USE_FIPS_ENDPOINT or the profile's use_fips_endpoint; dual stack:
 * AWS_USE_DUALSTACK_ENDPOINT or use_dualstack_endpoint. SUFFIX is that of the
 * Region's partition (amazonaws.com, amazonaws.com.cn …), with dual stack the
 * partition's other one (api.aws …).
 */
#ifndef AWS_ENDPOINT_H
#define AWS_ENDPOINT_H

#include "base/arena.h"
#include "base/rc.h"

#define ENDPOINT_SERVICES 7

/* What the profile says; the environment is read for each call. */
struct endpoint_rules {
	bool fips, dual_stack, ignored;
	char *url; /* NULL: none */
	char *service_urls[ENDPOINT_SERVICES];
};

void endpoint_rules_load(struct endpoint_rules *rules);
void endpoint_rules_free(struct endpoint_rules *rules);

/* Small letters, digits and hyphens. */
bool endpoint_region_good(struct span region);

struct endpoint {
	const char *scheme; /* "http" or "https", constants */
	struct span host;   /* the Host header: with a port that is not the
			       scheme's own */
	struct span path;   /* goes before the call's, not encoded; "" or
			       "/base", "/bucket", "/base/bucket" */
};

/*
 * `rules` may be NULL, `given` and `bucket` may be "". The texts live in the
 * arena. RC_REJECT when the Region, the bucket or the URL cannot be; nothing of
 * them can smuggle another host into the URL.
 */
enum rc endpoint_find(struct arena *arena, const struct endpoint_rules *rules,
    const char *service, struct span region, struct span bucket,
    struct span given, struct endpoint *endpoint, struct err *err);

#endif
