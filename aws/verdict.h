/*
 * What an answer that is no success means. Pure.
 *
 * Codes: the SDKs' retry rules (standard mode), the "Common errors" of each
 * service's API reference, and S3's list of error codes.
 */
#ifndef AWS_VERDICT_H
#define AWS_VERDICT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/rc.h"

enum verdict_cause {
	VERDICT_OTHER,
	VERDICT_THROTTLED,
	VERDICT_CLOCK,	/* of our clock, for certain */
	VERDICT_SIGNED, /* of our clock, or of the secret key */
	VERDICT_KEYS,	/* credentials expired or not known */
	VERDICT_ACCESS, /* a permission is missing */
	VERDICT_REGION	/* another Region is the right one */
};

struct verdict {
	enum rc rc; /* RC_RETRY or RC_REJECT */
	enum verdict_cause cause;
	const char *advice; /* what to do, as words; NULL: nothing special */
};

struct verdict verdict_of(long status, struct span code);

/* What stands between <NAME> and </NAME>, the first time; "" without. */
struct span verdict_element(struct span body, const char *name);

/*
 * Out of an error's body, XML or JSON ("__type", "code" or "Code", without
 * the namespace before '#'): its code, its message up to the first line break,
 * the Region it names. "" when there is none, or none that could be one.
 */
struct span verdict_code(struct span body);
/* The same, else what the header x-amzn-errortype says (Lambda). */
struct span verdict_code_of(struct span body, const char *header);
struct span verdict_message(struct span body);
struct span verdict_region(struct span body);

/* The IAM action that a call needs: s3:PutObject. */
void
verdict_action(struct buf *out, const char *service, const char *operation);

#endif
