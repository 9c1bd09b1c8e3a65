#include <stdio.h>

#include "aws/environment.h"
#include "aws/provider.h"

static struct span
setting(const struct provider *provider, struct span profile, const char *key)
{
	return profiles_get(&provider->profiles, profile, key);
}

enum rc
provider_shared(struct provider *provider, struct span profile,
    struct credentials_held *held, struct err *err)
{
	struct credentials found;

	(void)err;
	if (!profiles_keys(&provider->profiles, profile, false, &found))
		return RC_AGAIN;
	credentials_copy(held, &found);
	return RC_OK;
}

enum rc
provider_config(struct provider *provider, struct span profile,
    struct credentials_held *held, struct err *err)
{
	struct credentials found;

	(void)err;
	if (!profiles_keys(&provider->profiles, profile, true, &found))
		return RC_AGAIN;
	credentials_copy(held, &found);
	return RC_OK;
}

/* Both need a person at a browser. */
static enum rc
refuse(struct provider *provider, struct span profile, const char *key,
    struct err *err)
{
	if (setting(provider, profile, key).len == 0)
		return RC_AGAIN;
	return err_set(err, RC_RETRY,
	    "profile %.*s has %s, which needs a person to sign in: tocsin "
	    "does not do it; use a role, keys or credential_process",
	    SPAN_ARGS(profile), key);
}

enum rc
provider_sso(struct provider *provider, struct span profile,
    struct credentials_held *held, struct err *err)
{
	enum rc rc = refuse(provider, profile, "sso_session", err);

	(void)held;
	if (rc == RC_AGAIN)
		rc = refuse(provider, profile, "sso_start_url", err);
	return rc;
}

enum rc
provider_login(struct provider *provider, struct span profile,
    struct credentials_held *held, struct err *err)
{
	(void)held;
	return refuse(provider, profile, "login_session", err);
}

static enum rc
source_named(struct provider *provider, struct span name,
    struct credentials_held *held, struct err *err)
{
	static const struct {
		const char *name;
		enum rc (*fetch)(struct provider *provider, struct span profile,
		    struct credentials_held *held, struct err *err);
	} sources[] = {{"Environment", provider_environment},
	    {"Ec2InstanceMetadata", provider_imds},
	    {"EcsContainer", provider_container}};

	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
		enum rc rc;

		if (!span_is(name, sources[i].name))
			continue;
		rc = sources[i].fetch(provider, (struct span){0}, held, err);
		if (rc != RC_AGAIN)
			return rc;
		return err_set(err, RC_RETRY,
		    "credential_source is %s, which gives none%s%s",
		    sources[i].name, provider->hint[0] == '\0' ? "" : ": ",
		    provider->hint);
	}
	return err_set(err, RC_RETRY,
	    "credential_source is \"%.*s\"; it must be Environment, "
	    "Ec2InstanceMetadata or EcsContainer",
	    SPAN_ARGS(name));
}

/* Keys end a chain, even where they lie beside another role. */
static enum rc
source_profile(struct provider *provider, struct span name,
    struct credentials_held *held, struct err *err)
{
	enum rc rc = provider_shared(provider, name, held, err);

	if (rc == RC_AGAIN)
		rc = provider_config(provider, name, held, err);
	if (rc != RC_AGAIN)
		return rc;
	if (!profiles_have(&provider->profiles, name))
		return err_set(err, RC_RETRY,
		    "source_profile is %.*s, which neither %.120s nor %.120s "
		    "has",
		    SPAN_ARGS(name), provider->profiles.credentials_path,
		    provider->profiles.config_path);
	for (size_t i = 0; i < provider->nvisited; i++)
		if (span_equal(provider->visited[i], name))
			return err_set(err, RC_RETRY,
			    "source_profile leads back to %.*s",
			    SPAN_ARGS(name));
	rc = provider_of_profile(provider, name, held, err);
	if (rc == RC_AGAIN)
		rc = err_set(err, RC_RETRY,
		    "source_profile is %.*s, which has no credentials",
		    SPAN_ARGS(name));
	return rc;
}

static enum rc
role_source(struct provider *provider, struct span profile,
    struct credentials_held *held, struct err *err)
{
	struct span source = setting(provider, profile, "source_profile");
	struct span named = setting(provider, profile, "credential_source");
	enum rc rc;

	if (setting(provider, profile, "mfa_serial").len > 0)
		return err_set(err, RC_RETRY,
		    "mfa_serial asks for a code that nobody types here");
	if ((source.len > 0) == (named.len > 0))
		return err_set(err, RC_RETRY,
		    "role_arn needs source_profile or credential_source, "
		    "one of them");
	if (provider->nvisited == PROVIDER_CHAIN)
		return err_set(err, RC_RETRY,
		    "more than %d roles lead to one another", PROVIDER_CHAIN);
	provider->visited[provider->nvisited++] = profile;
	rc = named.len > 0 ? source_named(provider, named, held, err)
			   : source_profile(provider, source, held, err);
	provider->nvisited--;
	return rc;
}

enum rc
provider_role(struct provider *provider, struct span profile,
    struct credentials_held *held, struct err *err)
{
	struct provider_session role = {.profile = profile,
	    .arn = setting(provider, profile, "role_arn"),
	    .session = setting(provider, profile, "role_session_name"),
	    .duration_s = setting(provider, profile, "duration_seconds"),
	    .external_id = setting(provider, profile, "external_id")};
	struct credentials_held source = {0};
	enum rc rc;

	if (role.arn.len == 0 ||
	    setting(provider, profile, "web_identity_token_file").len > 0)
		return RC_AGAIN;
	rc = role_source(provider, profile, &source, err);
	if (rc == RC_OK)
		rc = provider_sts(provider, &role, &source.credentials,
		    (struct span){0}, held, err);
	credentials_wipe(&source);
	if (rc != RC_OK)
		err_prefix(err, "profile %.*s", SPAN_ARGS(profile));
	return rc;
}
