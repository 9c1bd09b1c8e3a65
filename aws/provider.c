#include "aws/provider.h"

#include <stdio.h>
#include <stdlib.h>

#include "aws/client.h"
#include "aws/environment.h"
#include "base/log.h"

struct row {
	const char *name;
	enum rc (*fetch)(struct provider *provider, struct span profile,
	    struct credentials_held *held, struct err *err);
	bool of_profile;
};

static const struct row rows[] = {{"environment", provider_environment, false},
    {"assume_role", provider_role, true},
    {"web_identity", provider_web_identity, true}, {"sso", provider_sso, true},
    {"shared", provider_shared, true}, {"login", provider_login, true},
    {"process", provider_process, true}, {"config", provider_config, true},
    {"container", provider_container, false}, {"imds", provider_imds, false}};

enum rc
provider_environment(struct provider *provider, struct span profile,
    struct credentials_held *held, struct err *err)
{
	const char *id = environment_get("AWS_ACCESS_KEY_ID");
	const char *secret = environment_get("AWS_SECRET_ACCESS_KEY");
	const char *token = environment_get("AWS_SESSION_TOKEN");
	struct credentials found;

	(void)provider;
	(void)profile;
	if (id == NULL && secret == NULL)
		return RC_AGAIN;
	if (id == NULL || secret == NULL)
		return err_set(err, RC_RETRY,
		    "%s is set without %s: set both or neither",
		    id == NULL ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID",
		    id == NULL ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY");
	if (token == NULL)
		token = environment_get("AWS_SECURITY_TOKEN");
	/* What was read from a file often ends in a newline. */
	found = (struct credentials){span_trim(span_text(id)),
	    span_trim(span_text(secret)), span_trim(span_text(token))};
	credentials_copy(held, &found);
	return RC_OK;
}

static enum rc
rows_try(struct provider *provider, struct span profile, bool of_profile,
    struct credentials_held *held, struct err *err)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		enum rc rc;

		if (of_profile && !rows[i].of_profile)
			continue;
		rc = rows[i].fetch(provider, profile, held, err);
		if (rc == RC_OK)
			held->source = rows[i].name;
		if (rc != RC_AGAIN)
			return rc;
	}
	return RC_AGAIN;
}

enum rc
provider_of_profile(struct provider *provider, struct span profile,
    struct credentials_held *held, struct err *err)
{
	return rows_try(provider, profile, true, held, err);
}

enum rc
provider_fetch(struct http *http, const struct endpoint_rules *rules,
    _Atomic int64_t *skew_ms, struct span region, struct credentials_held *held,
    bool *remote, struct err *err)
{
	struct provider *provider = calloc(1, sizeof(*provider));
	struct span profile = profile_current();
	enum rc rc;

	if (provider == NULL)
		log_die("out of memory: credentials");
	provider->http = http;
	provider->rules = rules;
	provider->skew_ms = skew_ms;
	provider->region = region;
	profiles_open(&provider->profiles);
	rc = rows_try(provider, profile, false, held, err);
	held->taken_ms = aws_clock_ms() + atomic_load(skew_ms);
	*remote = provider->remote;
	if (rc == RC_AGAIN)
		rc = err_set(err, RC_RETRY,
		    "no AWS credentials: set AWS_ACCESS_KEY_ID and "
		    "AWS_SECRET_ACCESS_KEY, or put both keys under [%.*s] in "
		    "%.200s%s%s",
		    SPAN_ARGS(profile), provider->profiles.credentials_path,
		    provider->hint[0] == '\0' ? "" : "; ", provider->hint);
	profiles_close(&provider->profiles);
	free(provider);
	return rc;
}
