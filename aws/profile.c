#include "aws/profile.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "aws/environment.h"
#include "base/file.h"

/* Takes the next line off the text, without its newline. */
static bool
line_next(struct span *text, struct span *line)
{
	const char *end;

	if (text->len == 0)
		return false;
	end = memchr(text->at, '\n', text->len);
	line->at = text->at;
	line->len = end == NULL ? text->len : (size_t)(end - text->at);
	text->at += line->len + (end != NULL);
	text->len -= line->len + (end != NULL);
	return true;
}

/* A '#' or ';' after white space begins a comment. */
static struct span
comment_cut(struct span value)
{
	for (size_t i = 1; i < value.len; i++)
		if (strchr("#;", value.at[i]) != NULL &&
		    strchr(" \t", value.at[i - 1]) != NULL)
			value.len = i;
	return span_trim(value);
}

/* The name between the brackets, without its kind; "" when it is of another
 * kind. The profile default goes without. */
static struct span
section_name(struct span line, const char *kind)
{
	const char *end = memchr(line.at, ']', line.len);
	size_t wide = strlen(kind);
	struct span name;

	if (end == NULL)
		return (struct span){0};
	name = span_trim(span_make(line.at + 1, (size_t)(end - line.at) - 1));
	if (wide == 0 ||
	    (strcmp(kind, "profile") == 0 && span_is(name, "default")))
		return name;
	if (name.len <= wide || !span_starts(name, kind) ||
	    strchr(" \t", name.at[wide]) == NULL)
		return (struct span){0};
	name = span_trim(span_make(name.at + wide, name.len - wide));
	if (name.len > 1 && strchr("\"'", name.at[0]) != NULL &&
	    name.at[name.len - 1] == name.at[0])
		name = span_make(name.at + 1, name.len - 2);
	return name;
}

/* "key = value"; false when the line is none. */
static bool
line_pair(struct span line, struct span *key, struct span *value)
{
	const char *equals = memchr(line.at, '=', line.len);

	if (equals == NULL)
		return false;
	*key = span_trim(span_make(line.at, (size_t)(equals - line.at)));
	*value = comment_cut(span_trim(
	    span_make(equals + 1, line.len - (size_t)(equals - line.at) - 1)));
	return true;
}

static bool
same_key(struct span key, const char *name)
{
	return key.len == strlen(name) &&
	    strncasecmp(key.at, name, key.len) == 0;
}

bool
profile_find(struct span text, const char *kind, struct span name,
    const char *below, const char *key, struct span *value)
{
	struct span line, got, found;
	bool inside = false, there = false, under = false;

	*value = (struct span){0};
	while (line_next(&text, &line)) {
		bool indented = line.len > 0 && strchr(" \t", line.at[0]);

		if (span_trim(line).len == 0 ||
		    strchr("#;", span_trim(line).at[0]) != NULL)
			continue;
		if (line.at[0] == '[') {
			inside = name.len > 0 &&
			    span_equal(section_name(line, kind), name);
			there = there || inside;
			under = false;
		} else if (inside && line_pair(line, &got, &found)) {
			if (!indented)
				under = below != NULL && same_key(got, below);
			if (indented == (below != NULL) &&
			    (below == NULL || under) && same_key(got, key))
				*value = found;
		}
	}
	return there;
}

static void
file_open(struct buf *text, char path[PATH_MAX], const char *variable,
    const char *usual)
{
	const char *given = environment_get(variable);
	const char *home = environment_get("HOME");
	struct err ignored;
	int len;

	if (given == NULL)
		given = usual;
	if (strncmp(given, "~/", 2) == 0)
		len = snprintf(path, PATH_MAX, "%s/%s",
		    home == NULL ? "" : home, given + 2);
	else
		len = snprintf(path, PATH_MAX, "%s", given);
	if (len < 0 || len >= PATH_MAX || access(path, R_OK) != 0 ||
	    file_read(path, text, &ignored) != RC_OK)
		buf_clear(text);
}

void
profiles_open(struct profiles *profiles)
{
	file_open(&profiles->credentials, profiles->credentials_path,
	    "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
	file_open(&profiles->config, profiles->config_path, "AWS_CONFIG_FILE",
	    "~/.aws/config");
}

static void
text_close(struct buf *text)
{
	if (text->bytes != NULL)
		OPENSSL_cleanse(text->bytes, text->room);
	buf_fini(text);
}

void
profiles_close(struct profiles *profiles)
{
	text_close(&profiles->credentials);
	text_close(&profiles->config);
}

struct span
profile_current(void)
{
	const char *name = environment_get("AWS_PROFILE");

	return span_text(name == NULL ? "default" : name);
}

struct span
profiles_get(
    const struct profiles *profiles, struct span profile, const char *key)
{
	struct span value;

	profile_find(
	    buf_span(&profiles->credentials), "", profile, NULL, key, &value);
	if (value.len == 0)
		profile_find(buf_span(&profiles->config), "profile", profile,
		    NULL, key, &value);
	return value;
}

struct span
profiles_region(const struct profiles *profiles, struct span profile)
{
	const char *given = environment_get("AWS_REGION");

	if (given == NULL)
		given = environment_get("AWS_DEFAULT_REGION");
	return given != NULL ? span_text(given)
			     : profiles_get(profiles, profile, "region");
}

bool
profiles_have(const struct profiles *profiles, struct span profile)
{
	struct span value;

	return profile_find(buf_span(&profiles->credentials), "", profile, NULL,
		   "", &value) ||
	    profile_find(buf_span(&profiles->config), "profile", profile, NULL,
		"", &value);
}

bool
profiles_keys(const struct profiles *profiles, struct span profile, bool config,
    struct credentials *out)
{
	struct span text =
	    buf_span(config ? &profiles->config : &profiles->credentials);
	const char *kind = config ? "profile" : "";

	*out = (struct credentials){0};
	profile_find(text, kind, profile, NULL, "aws_access_key_id",
	    &out->access_key_id);
	profile_find(text, kind, profile, NULL, "aws_secret_access_key",
	    &out->secret_access_key);
	profile_find(text, kind, profile, NULL, "aws_session_token",
	    &out->session_token);
	return out->access_key_id.len > 0 && out->secret_access_key.len > 0;
}

struct span
profiles_service(const struct profiles *profiles, struct span services,
    const char *service, const char *key)
{
	struct span value;

	profile_find(buf_span(&profiles->config), "services", services, service,
	    key, &value);
	return value;
}
