/*
 * Whose credentials calls are signed with: got when first needed, renewed
 * before they expire, kept while they are good and no new ones come.
 *
 * One caller at a time renews; the others go on with what is still good, and
 * wait only when nothing is. After a failure nobody is asked again for 1 s,
 * then 2 s, up to 30 s (or until less than that is left). Credentials of an
 * instance that has no newer ones are used beyond their end, as AWS asks for
 * (static stability); the service has the last word.
 *
 * Ownership. Borrows the HTTP client, the rules and the clock's difference.
 * Threads. Any; identity_take() may block as long as a fetch does.
 */
#ifndef AWS_IDENTITY_H
#define AWS_IDENTITY_H

#include <stdatomic.h>

#include "aws/credentials.h"
#include "aws/endpoint.h"
#include "aws/http.h"

struct identity;

struct identity *identity_create(struct http *http,
    const struct endpoint_rules *rules, _Atomic int64_t *skew_ms);
void identity_free(struct identity **identity);

/* A copy of what to sign with now; `held` is {0} before. `region` is for STS
 * when nothing else names one. RC_RETRY: there are none; err says how to give
 * them. */
enum rc identity_take(struct identity *identity, struct span region,
    struct credentials_held *held, struct err *err);

/*
 * A service says that these are expired or unknown: the next take asks for new
 * ones, unless they have been replaced since. Those that somebody else gave
 * are not asked for so more often than every 5 s.
 */
void
identity_drop(struct identity *identity, const struct credentials_held *held);

#endif
