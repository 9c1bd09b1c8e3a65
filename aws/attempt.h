/*
 * One attempt of one call: where it goes, its signature, the answer and what
 * that means. Knows no retries and no credentials of its own.
 */
#ifndef AWS_ATTEMPT_H
#define AWS_ATTEMPT_H

#include <stdatomic.h>

#include "aws/client.h"
#include "aws/endpoint.h"
#include "aws/verdict.h"
#include "base/arena.h"

struct attempt {
	const struct aws_call *call;
	const char *operation;
	const struct endpoint_rules *rules;
	const struct credentials *credentials; /* NULL: it is not signed */
	int64_t skew_ms; /* the services' clock less ours, as known so far */
	int64_t timeout_ms;
	/* Out: of an answer that is no success, else {0}. */
	struct verdict verdict;
};

/*
 * RC_OK: status 2xx (and no error behind it). RC_RETRY, RC_REJECT: err has
 * service, operation, Region, code, request id and what to do; `answer` has
 * its status when there was one, else 0.
 */
enum rc attempt_make(struct attempt *attempt, struct http *http,
    struct http_answer *answer, struct err *err);

/*
 * After an answer that is about time: true when our clock was off and what to
 * add to it is known now, so that the same call is worth another attempt.
 */
bool attempt_adjust(const struct attempt *attempt,
    const struct http_answer *answer, _Atomic int64_t *skew_ms);

#endif
