/*
 * Where credentials come from: the sources in the order of AWS's own tools
 * (botocore's), each a row of the table in provider.c with a file of its own.
 * The first that is set up is the one; when it fails, no other is asked.
 *
 *   environment     AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
 *                   AWS_SESSION_TOKEN (or AWS_SECURITY_TOKEN)
 *   assume_role     a profile's role_arn with source_profile or
 *                   credential_source; external_id, role_session_name,
 *                   duration_seconds
 *   web_identity    AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN, or the
 *                   profile's web_identity_token_file and role_arn
 *   sso             refused by name
 *   shared          the profile's keys in ~/.aws/credentials
 *   login           refused by name
 *   process         the profile's credential_process
 *   config          the profile's keys in ~/.aws/config
 *   container       AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI: ECS,
 *                   EKS Pod Identity
 *   imds            the instance's role
 *
 * Threads. Any number of fetches; each blocks, at most for a minute or so.
 */
#ifndef AWS_PROVIDER_H
#define AWS_PROVIDER_H

#include <stdatomic.h>

#include "aws/credentials.h"
#include "aws/endpoint.h"
#include "aws/http.h"
#include "aws/profile.h"

/* Roles that are taken one through another. */
#define PROVIDER_CHAIN 8

/* One fetch. */
struct provider {
	struct http *http;
	const struct endpoint_rules *rules;
	_Atomic int64_t *skew_ms; /* the services' clock less ours */
	struct span region;	  /* of STS, when nothing else names one */
	struct profiles profiles;
	struct span visited[PROVIDER_CHAIN]; /* profiles on the way here */
	size_t nvisited;
	bool remote;	/* somebody was asked, or a program run */
	char hint[160]; /* why the last source has none, or "" */
};

/*
 * RC_OK: `held` ({0} before) has them, with source, taken_ms and expires_ms.
 * RC_RETRY: there are none; err says why and how to give them, and nothing of
 * them. `remote`: somebody else was asked, so do not ask too often.
 */
enum rc provider_fetch(struct http *http, const struct endpoint_rules *rules,
    _Atomic int64_t *skew_ms, struct span region, struct credentials_held *held,
    bool *remote, struct err *err);

/*
 * The rows. RC_AGAIN: the source is not set up; RC_RETRY: it is, and fails.
 */
enum rc provider_environment(struct provider *provider, struct span profile,
    struct credentials_held *held, struct err *err);
enum rc provider_role(struct provider *provider, struct span profile,
    struct credentials_held *held, struct err *err);
enum rc provider_web_identity(struct provider *provider, struct span profile,
    struct credentials_held *held, struct err *err);
enum rc provider_sso(struct provider *provider, struct span profile,
    struct credentials_held *held, struct err *err);
enum rc provider_shared(struct provider *provider, struct span profile,
    struct credentials_held *held, struct err *err);
enum rc provider_login(struct provider *provider, struct span profile,
    struct credentials_held *held, struct err *err);
enum rc provider_process(struct provider *provider, struct span profile,
    struct credentials_held *held, struct err *err);
enum rc provider_config(struct provider *provider, struct span profile,
    struct credentials_held *held, struct err *err);
enum rc provider_container(struct provider *provider, struct span profile,
    struct credentials_held *held, struct err *err);
enum rc provider_imds(struct provider *provider, struct span profile,
    struct credentials_held *held, struct err *err);

/* The rows that are a profile's own, for one that another names. */
enum rc provider_of_profile(struct provider *provider, struct span profile,
    struct credentials_held *held, struct err *err);

/* What STS is asked for, texts decoded. */
struct provider_session {
	struct span profile; /* for its region and the sentences */
	struct span arn, session, duration_s, external_id;
};

/* With the credentials' signature; or by an identity token without one. */
enum rc provider_sts(struct provider *provider,
    const struct provider_session *role, const struct credentials *source,
    struct span token, struct credentials_held *held, struct err *err);

/*
 * Words of a command line, as a shell has them: quotes, backslashes, white
 * space; nothing else means anything. NULL-ended, in the arena; NULL when a
 * quote is not closed or there is no word.
 */
char **provider_words(struct arena *arena, struct span line);

/* Whether credentials may be asked for there: https, or this machine, or the
 * addresses of ECS and EKS. */
bool provider_uri_allowed(const char *uri);

#endif
