#include "aws/credentials.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"

#define HOW_TO_GIVE                                                            \
	"set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or put both keys "   \
	"under [%s] in %s"

/* One shared file: where it is and how its sections are called. */
struct source {
	char path[4096];
	bool config;
};

static struct span
trim(struct span text)
{
	while (text.len > 0 && strchr(" \t\r\n", text.at[0]) != NULL)
		text = span_make(text.at + 1, text.len - 1);
	while (text.len > 0 && strchr(" \t\r\n", text.at[text.len - 1]) != NULL)
		text.len--;
	return text;
}

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

/* A '#' or ';' after white space begins a comment; keys have neither. */
static struct span
comment_cut(struct span value)
{
	for (size_t i = 1; i < value.len; i++)
		if (strchr("#;", value.at[i]) != NULL &&
		    strchr(" \t", value.at[i - 1]) != NULL)
			value.len = i;
	return trim(value);
}

/* The name between the brackets; "profile NAME" gives NAME. */
static struct span
section_name(struct span line, bool config)
{
	const char *end = memchr(line.at, ']', line.len);
	struct span name;

	if (end == NULL)
		return (struct span){0};
	name = trim(span_make(line.at + 1, (size_t)(end - line.at) - 1));
	if (!config || span_is(name, "default"))
		return name;
	if (!span_starts(name, "profile ") && !span_starts(name, "profile\t"))
		return (struct span){0};
	name = trim(span_make(name.at + 8, name.len - 8));
	if (name.len > 1 && strchr("\"'", name.at[0]) != NULL &&
	    name.at[name.len - 1] == name.at[0])
		name = span_make(name.at + 1, name.len - 2);
	return name;
}

static void
key_read(struct credentials *out, struct span line)
{
	static const char *const names[] = {
	    "aws_access_key_id", "aws_secret_access_key", "aws_session_token"};
	struct span *const to[] = {
	    &out->access_key_id, &out->secret_access_key, &out->session_token};
	const char *equals = memchr(line.at, '=', line.len);
	struct span key, value;

	if (equals == NULL)
		return;
	key = trim(span_make(line.at, (size_t)(equals - line.at)));
	value =
	    span_make(equals + 1, line.len - (size_t)(equals - line.at) - 1);
	for (size_t i = 0; i < 3; i++)
		if (key.len == strlen(names[i]) &&
		    strncasecmp(key.at, names[i], key.len) == 0)
			*to[i] = comment_cut(trim(value));
}

bool
credentials_parse(
    struct credentials *out, struct span text, struct span profile, bool config)
{
	struct span line;
	bool inside = false;

	*out = (struct credentials){0};
	while (line_next(&text, &line)) {
		if (line.len == 0 || strchr(" \t\r#;", line.at[0]) != NULL)
			continue;
		if (line.at[0] == '[')
			inside =
			    span_equal(section_name(line, config), profile);
		else if (inside)
			key_read(out, line);
	}
	return out->access_key_id.len > 0 && out->secret_access_key.len > 0;
}

static char *
part_copy(char *to, struct span *part, struct span from)
{
	if (from.len > 0)
		memcpy(to, from.at, from.len);
	*part = span_make(to, from.len);
	return to + from.len;
}

void
credentials_copy(
    struct credentials_held *held, const struct credentials *credentials)
{
	char *to;

	held->len = credentials->access_key_id.len +
	    credentials->secret_access_key.len + credentials->session_token.len;
	to = held->bytes = OPENSSL_malloc(held->len + 1);
	if (to == NULL)
		log_die("out of memory: credentials");
	to = part_copy(
	    to, &held->credentials.access_key_id, credentials->access_key_id);
	to = part_copy(to, &held->credentials.secret_access_key,
	    credentials->secret_access_key);
	part_copy(
	    to, &held->credentials.session_token, credentials->session_token);
}

void
credentials_wipe(struct credentials_held *held)
{
	OPENSSL_clear_free(held->bytes, held->len);
	*held = (struct credentials_held){0};
}

/* Set and not empty, else NULL. */
static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value == NULL || value[0] == '\0' ? NULL : value;
}

static struct source
source_find(const char *name, const char *usual, bool config)
{
	struct source source = {.config = config};
	const char *path = variable(name), *home = variable("HOME");
	int len;

	if (path == NULL)
		path = usual;
	if (strncmp(path, "~/", 2) == 0)
		len = snprintf(source.path, sizeof(source.path), "%s/%s",
		    home == NULL ? "" : home, path + 2);
	else
		len = snprintf(source.path, sizeof(source.path), "%s", path);
	if (len < 0 || (size_t)len >= sizeof(source.path))
		source.path[0] = '\0';
	return source;
}

static bool
source_read(struct credentials_held *held, const struct source *source,
    struct span profile)
{
	struct buf text = {0};
	struct credentials found;
	struct err ignored;
	bool good = false;

	if (source->path[0] != '\0' && access(source->path, R_OK) == 0 &&
	    file_read(source->path, &text, &ignored) == RC_OK &&
	    credentials_parse(
		&found, buf_span(&text), profile, source->config)) {
		credentials_copy(held, &found);
		good = true;
	}
	if (text.bytes != NULL)
		OPENSSL_cleanse(text.bytes, text.room);
	buf_fini(&text);
	return good;
}

static enum rc
environment_load(struct credentials_held *held, struct err *err)
{
	const char *id = variable("AWS_ACCESS_KEY_ID");
	const char *secret = variable("AWS_SECRET_ACCESS_KEY");
	const char *token = variable("AWS_SESSION_TOKEN");
	struct credentials found;

	if (id == NULL && secret == NULL)
		return RC_AGAIN;
	if (id == NULL || secret == NULL)
		return err_set(err, RC_RETRY,
		    "%s is set without %s: set both or neither",
		    id == NULL ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID",
		    id == NULL ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY");
	if (token == NULL)
		token = variable("AWS_SECURITY_TOKEN");
	/* What was read from a file often ends in a newline. */
	found = (struct credentials){trim(span_text(id)),
	    trim(span_text(secret)), trim(span_text(token))};
	credentials_copy(held, &found);
	return RC_OK;
}

enum rc
credentials_load(struct credentials_held *held, struct err *err)
{
	const char *profile = variable("AWS_PROFILE");
	struct source shared = source_find(
	    "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", false);
	struct source config =
	    source_find("AWS_CONFIG_FILE", "~/.aws/config", true);
	enum rc rc = environment_load(held, err);

	if (rc != RC_AGAIN)
		return rc;
	if (profile == NULL)
		profile = "default";
	if (source_read(held, &shared, span_text(profile)) ||
	    source_read(held, &config, span_text(profile)))
		return RC_OK;
	return err_set(err, RC_RETRY, "no AWS credentials: " HOW_TO_GIVE,
	    profile, shared.path);
}
