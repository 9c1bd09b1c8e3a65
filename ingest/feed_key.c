#include "ingest/feed_key.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/secret.h"

static void
feed_key_hash(unsigned char hash[FEED_KEY_HASH], struct span key)
{
	SHA256((const unsigned char *)key.at, key.len, hash);
}

static enum rc
feed_key_add(struct feed_keys *keys, struct span key, struct span source,
    const char *path, struct err *err)
{
	struct feed_key *room;

	if (key.len > LIMIT_ACCESS_KEY)
		return err_set(err, RC_FATAL,
		    "%s: an access key is longer than %d bytes", path,
		    LIMIT_ACCESS_KEY);
	room = realloc(keys->keys, (keys->count + 1) * sizeof(*room));
	if (room == NULL)
		log_die("out of memory: access keys");
	keys->keys = room;
	room += keys->count;
	feed_key_hash(room->hash, key);
	room->source = source;
	for (size_t i = 0; i < keys->count; i++)
		if (memcmp(keys->keys[i].hash, room->hash, FEED_KEY_HASH) ==
			0 &&
		    !span_equal(keys->keys[i].source, source))
			return err_set(err, RC_FATAL,
			    "%s: feed %.*s has the same access key", path,
			    SPAN_ARGS(keys->keys[i].source));
	keys->count++;
	return RC_OK;
}

/* The next line without its end; blank ones too. */
static bool
feed_key_line(struct span *rest, struct span *line)
{
	const char *end;

	if (rest->len == 0)
		return false;
	end = memchr(rest->at, '\n', rest->len);
	line->at = rest->at;
	line->len = end == NULL ? rest->len : (size_t)(end - rest->at);
	rest->at += line->len + (end != NULL);
	rest->len -= line->len + (end != NULL);
	while (line->len > 0 &&
	    strchr("\r \t", line->at[line->len - 1]) != NULL &&
	    line->at[line->len - 1] != '\0')
		line->len--;
	return true;
}

static enum rc
feed_keys_load_one(
    struct feed_keys *keys, const struct feed *feed, struct err *err)
{
	struct span source = arena_copy(&keys->arena, feed->name);
	char *path = arena_text(&keys->arena, feed->access_key_file);
	size_t before = keys->count;
	struct buf text = {0};
	struct span rest, line;
	enum rc rc;

	if (source.len == 0 || source.len > LIMIT_NAME)
		return err_set(err, RC_FATAL,
		    "a feed's name must have 1 to %d bytes", LIMIT_NAME);
	if (*path == '\0')
		return err_set(
		    err, RC_FATAL, "feed %s has no access_key_file", source.at);
	rc = secret_read(path, true, &text, err);
	if (rc != RC_OK)
		err_prefix(err, "access keys of feed %s", source.at);
	rest = buf_span(&text);
	while (rc == RC_OK && feed_key_line(&rest, &line))
		if (line.len > 0)
			rc = feed_key_add(keys, line, source, path, err);
	if (rc == RC_OK && keys->count == before)
		rc = err_set(err, RC_FATAL,
		    "access keys of feed %s: %s has no key in it", source.at,
		    path);
	secret_fini(&text);
	return rc;
}

enum rc
feed_keys_load(struct feed_keys *keys, const struct feed *feeds, size_t nfeeds,
    struct err *err)
{
	enum rc rc = RC_OK;

	*keys = (struct feed_keys){.open = nfeeds == 0};
	arena_init(&keys->arena);
	for (size_t i = 0; i < nfeeds && rc == RC_OK; i++)
		rc = feed_keys_load_one(keys, &feeds[i], err);
	return rc;
}

void
feed_keys_fini(struct feed_keys *keys)
{
	free(keys->keys);
	arena_fini(&keys->arena);
	*keys = (struct feed_keys){0};
}

bool
feed_keys_match(
    const struct feed_keys *keys, struct span given, struct span *source)
{
	bool usable = given.len > 0 && given.len <= LIMIT_ACCESS_KEY;
	unsigned char hash[FEED_KEY_HASH];
	struct span found = {0};
	bool matched = false;

	*source = SPAN_OF("");
	if (keys->open)
		return true;
	feed_key_hash(hash, usable ? given : SPAN_OF("-"));
	for (size_t i = 0; i < keys->count; i++) {
		bool same =
		    CRYPTO_memcmp(keys->keys[i].hash, hash, FEED_KEY_HASH) == 0;

		found = same ? keys->keys[i].source : found;
		matched |= same;
	}
	if (!matched || !usable)
		return false;
	*source = found;
	return true;
}
