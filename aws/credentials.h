/*
 * Credentials in memory of their own, how long they are good, and when to ask
 * for new ones.
 *
 * Ownership. `struct credentials_held` owns the bytes that its spans show;
 * credentials_wipe() clears them before they are given back.
 * Threads. None.
 */
#ifndef AWS_CREDENTIALS_H
#define AWS_CREDENTIALS_H

#include "aws/sigv4.h"
#include "base/rc.h"

struct credentials_held {
	struct credentials credentials;
	char *bytes; /* NULL: none are held */
	size_t len;
	int64_t taken_ms, expires_ms; /* since 1970; 0: they never expire */
	const char *source;	      /* where they are from, a constant */
};

/* A copy with bytes of its own, for ever; `held` is {0} before. */
void credentials_copy(
    struct credentials_held *held, const struct credentials *credentials);
/* The same of all there is to know. */
void credentials_clone(
    struct credentials_held *held, const struct credentials_held *from);
/* The same key and session. */
bool credentials_same(
    const struct credentials_held *a, const struct credentials_held *b);
void credentials_wipe(struct credentials_held *held);

enum credentials_due {
	CREDENTIALS_GOOD,
	CREDENTIALS_SOON, /* ask for new ones; these will do if there are none
			   */
	CREDENTIALS_NOW,  /* the same, and a failure is worth a warning */
	CREDENTIALS_OVER
};

/*
 * New ones are due 15 minutes before the end, urgently 10 minutes before it
 * (as botocore has it), but with short-lived ones not before 3/4 and 5/6 of
 * their life are over: a role that is taken for 15 minutes would be taken anew
 * for every call.
 */
enum credentials_due
credentials_due(int64_t now_ms, int64_t taken_ms, int64_t expires_ms);

/*
 * Out of the JSON that credential processes, containers and instances give:
 * AccessKeyId, SecretAccessKey, `token` (Token or SessionToken), Expiration.
 * False, and why in `fault` (a constant, or what "Code" or "code" says), when
 * it is no object, or has no keys, or a time that is none. The copy is the
 * caller's. `version`: "Version" must be 1.
 */
bool credentials_json(struct credentials_held *held, struct span text,
    const char *token, bool version, char fault[128]);

#endif
