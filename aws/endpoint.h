/*
 * Where a service is: an endpoint that somebody gave, else the Region's own.
 *
 *   given             the configuration's, else AWS_ENDPOINT_URL_<SERVICE>,
 *                     else AWS_ENDPOINT_URL; a bucket goes into the path
 *   sns               https://sns.REGION.SUFFIX
 *   s3                https://BUCKET.s3.REGION.SUFFIX, and
 *                     https://s3.REGION.SUFFIX/BUCKET for a name with dots,
 *                     which no certificate covers
 *
 * SUFFIX is that of the Region's partition: amazonaws.com in aws and
 * aws-us-gov, amazonaws.com.cn in aws-cn.
 */
#ifndef AWS_ENDPOINT_H
#define AWS_ENDPOINT_H

#include "base/arena.h"
#include "base/rc.h"

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
 * `given` and `bucket` may be "". The texts live in the arena. RC_REJECT when
 * the Region, the bucket or the URL cannot be; nothing of them can smuggle
 * another host into the URL.
 */
enum rc endpoint_find(struct arena *arena, const char *service,
    struct span region, struct span bucket, struct span given,
    struct endpoint *endpoint, struct err *err);

#endif
