#include "aws/identity.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "aws/aws_stats.h"
#include "aws/client.h"
#include "aws/provider.h"
#include "base/log.h"
#include "base/text.h"

#define AGAIN_MIN_MS 1000
#define AGAIN_MAX_MS 30000
#define DROP_MS 5000
/* Static stability: 15 minutes, and 2 to 10 more by chance. */
#define EXTEND_MS (15 * 60 * 1000LL)
#define EXTEND_MIN_MS (2 * 60 * 1000LL)
#define EXTEND_CHANCE_MS (8 * 60 * 1000)

struct identity {
	struct http *http;
	const struct endpoint_rules *rules;
	_Atomic int64_t *skew_ms;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	struct credentials_held held;
	bool refreshing;
	bool refused;	    /* a service does not take them any more */
	int64_t dropped_ms; /* when that was last acted upon; 0: never */
	int64_t again_ms;   /* not before that; 0: at any time */
	int64_t wait_ms;    /* of the last failure */
	struct err why;	    /* it */
};

struct identity *
identity_create(struct http *http, const struct endpoint_rules *rules,
    _Atomic int64_t *skew_ms)
{
	struct identity *identity = calloc(1, sizeof(*identity));

	if (identity == NULL)
		log_die("out of memory: credentials");
	identity->http = http;
	identity->rules = rules;
	identity->skew_ms = skew_ms;
	pthread_mutex_init(&identity->lock, NULL);
	pthread_cond_init(&identity->changed, NULL);
	return identity;
}

void
identity_free(struct identity **identity)
{
	if (*identity == NULL)
		return;
	credentials_wipe(&(*identity)->held);
	pthread_cond_destroy(&(*identity)->changed);
	pthread_mutex_destroy(&(*identity)->lock);
	free(*identity);
	*identity = NULL;
}

static int64_t
steady_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static enum credentials_due
identity_due(const struct identity *identity)
{
	const struct credentials_held *held = &identity->held;

	if (held->bytes == NULL)
		return CREDENTIALS_OVER;
	return credentials_due(aws_clock_ms() + atomic_load(identity->skew_ms),
	    held->taken_ms, held->expires_ms);
}

/* An instance's own, at their end or past it: nothing newer will come for a
 * while, and they may well be taken. */
static bool
identity_extend(struct identity *identity)
{
	struct credentials_held *held = &identity->held;
	int64_t now_ms = aws_clock_ms() + atomic_load(identity->skew_ms);

	if (held->bytes == NULL || strcmp(held->source, "imds") != 0 ||
	    credentials_due(now_ms, held->taken_ms, held->expires_ms) !=
		CREDENTIALS_OVER)
		return false;
	held->taken_ms = now_ms;
	held->expires_ms = now_ms + EXTEND_MS + EXTEND_MIN_MS +
	    (int64_t)arc4random_uniform(EXTEND_CHANCE_MS);
	counter_set(&aws_stats[AWS_CREDENTIALS_EXPIRE], held->expires_ms);
	log_warn("credentials_extended",
	    "source=imds reason=\"the instance has no newer ones\" "
	    "seconds=%lld",
	    (long long)(held->expires_ms - now_ms) / 1000);
	return true;
}

static void
identity_renewed(struct identity *identity, struct credentials_held *fresh)
{
	/* Keys that a service refuses are read again for every call. */
	bool known = fresh->expires_ms == 0 && identity->held.bytes != NULL &&
	    credentials_same(fresh, &identity->held);
	char expires[TEXT_TIME_SIZE];

	credentials_wipe(&identity->held);
	identity->held = *fresh;
	identity->refused = false;
	identity->again_ms = identity->wait_ms = 0;
	counter_add(&aws_stats[AWS_CREDENTIALS_RENEWED], 1);
	counter_set(&aws_stats[AWS_CREDENTIALS_EXPIRE], fresh->expires_ms);
	text_time(expires, fresh->expires_ms);
	log_write(known ? LOG_DEBUG : LOG_INFO, "credentials",
	    "source=%s expires=%s", fresh->source,
	    fresh->expires_ms == 0 ? "never" : expires);
	identity_extend(identity);
}

static void
identity_failed(struct identity *identity, bool remote, const struct err *err)
{
	enum credentials_due due;

	identity->why = *err;
	counter_add(&aws_stats[AWS_CREDENTIALS_FAILED], 1);
	identity->wait_ms *= 2;
	if (identity->wait_ms < AGAIN_MIN_MS)
		identity->wait_ms = AGAIN_MIN_MS;
	if (identity->wait_ms > AGAIN_MAX_MS)
		identity->wait_ms = AGAIN_MAX_MS;
	/* What lies in files and variables may be asked for at any time. */
	identity->again_ms = remote ? steady_ms() + identity->wait_ms : 0;
	identity_extend(identity);
	due = identity_due(identity);
	if (due == CREDENTIALS_OVER)
		return; /* the caller tells */
	log_write(due == CREDENTIALS_SOON ? LOG_INFO : LOG_WARN,
	    "credentials_kept", "reason=\"%s\"", err->text);
}

/* Asks for new ones without the lock. */
static void
identity_refresh(struct identity *identity, struct span region)
{
	struct credentials_held fresh = {0};
	struct err err = {{0}};
	bool remote = false;
	enum rc rc;

	identity->refreshing = true;
	pthread_mutex_unlock(&identity->lock);
	rc = provider_fetch(identity->http, identity->rules, identity->skew_ms,
	    region, &fresh, &remote, &err);
	pthread_mutex_lock(&identity->lock);
	identity->refreshing = false;
	if (rc == RC_OK)
		identity_renewed(identity, &fresh);
	else
		identity_failed(identity, remote, &err);
	pthread_cond_broadcast(&identity->changed);
}

/* True when the caller is the one to ask for new ones now. */
static bool
identity_mine(const struct identity *identity, enum credentials_due due)
{
	if (identity->refreshing ||
	    (due == CREDENTIALS_GOOD && !identity->refused))
		return false;
	return identity->again_ms == 0 || steady_ms() >= identity->again_ms;
}

enum rc
identity_take(struct identity *identity, struct span region,
    struct credentials_held *held, struct err *err)
{
	enum rc rc = RC_OK;

	pthread_mutex_lock(&identity->lock);
	while (
	    identity_due(identity) == CREDENTIALS_OVER && identity->refreshing)
		pthread_cond_wait(&identity->changed, &identity->lock);
	if (identity_mine(identity, identity_due(identity)))
		identity_refresh(identity, region);
	if (identity_due(identity) != CREDENTIALS_OVER)
		credentials_clone(held, &identity->held);
	else
		rc = err_set(err, RC_RETRY, "%s", identity->why.text);
	pthread_mutex_unlock(&identity->lock);
	return rc;
}

void
identity_drop(struct identity *identity, const struct credentials_held *held)
{
	int64_t now_ms = steady_ms();

	pthread_mutex_lock(&identity->lock);
	if (identity->held.bytes != NULL &&
	    credentials_same(held, &identity->held) &&
	    (identity->held.expires_ms == 0 || identity->dropped_ms == 0 ||
		now_ms - identity->dropped_ms >= DROP_MS)) {
		identity->refused = true;
		identity->dropped_ms = now_ms;
	}
	pthread_mutex_unlock(&identity->lock);
}
