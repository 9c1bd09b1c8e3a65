/*
 * Access keys: who sends, told by X-Amz-Firehose-Access-Key. Only hashes stay
 * in memory, and every one of them is compared each time.
 */
#ifndef INGEST_FEED_KEY_H
#define INGEST_FEED_KEY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/rc.h"
#include "ingest/feed.h"

#define FEED_KEY_HASH 32 /* SHA-256 */

struct feed_key {
	unsigned char hash[FEED_KEY_HASH];
	struct span source; /* the feed's name */
};

struct feed_keys {
	struct arena arena; /* the names */
	struct feed_key *keys;
	size_t count;
	bool open; /* no feeds: nobody is asked */
};

/* Reads every feed's file: a key a line. RC_FATAL, naming the file: it cannot
 * be read, has no key, a key too long, or one that another feed has too. */
enum rc feed_keys_load(struct feed_keys *keys, const struct feed *feeds,
    size_t nfeeds, struct err *err);
void feed_keys_fini(struct feed_keys *keys);

/* Whether this is somebody's key; *source is the feed's name. One that is
 * missing (at NULL), empty or too long takes the same way as a wrong one. */
bool feed_keys_match(
    const struct feed_keys *keys, struct span given, struct span *source);

#endif
