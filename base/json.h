/*
 * A strict JSON reader (RFC 8259) that pulls: nothing is built or copied, the
 * caller asks for what it expects next and every failure sticks.
 *
 *   json_init(&j, text);
 *   if (json_enter(&j, '{'))
 *           while (json_member(&j, &key))
 *                   if (span_is(key.raw, "sum"))
 *                           json_double(&j, &sum);
 *                   else
 *                           json_skip(&j);
 *   if (j.fault != NULL) ... the reason, at byte j.at - j.begin
 *
 * Ownership. Borrows the text. Limits. Nesting LIMIT_JSON_DEPTH (json_skip).
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/span.h"

struct json {
	const char *begin, *at, *end;
	const char *fault; /* the first failure, a constant; NULL is good */
	bool fresh;	   /* just entered: no comma before the next item */
};

/* A string between its quotes as it stands in the text. */
struct json_text {
	struct span raw;
	bool escaped; /* raw holds backslashes: json_unescape() before use */
};

enum json_kind {
	JSON_NONE, /* the end, or a byte that begins no value */
	JSON_OBJECT,
	JSON_ARRAY,
	JSON_STRING,
	JSON_NUMBER,
	JSON_BOOL,
	JSON_NULL
};

void json_init(struct json *json, struct span text);
/* What the next value is, by its first byte; skips white space. */
enum json_kind json_kind(struct json *json);

/* Goes into '{' or '['; false (and a fault) when something else is there. */
bool json_enter(struct json *json, char open);
/* The next member's key, then the value must be read; false at the '}'. */
bool json_member(struct json *json, struct json_text *key);
/* True when another element follows and must be read; false at the ']'. */
bool json_element(struct json *json);

bool json_string(struct json *json, struct json_text *text);
bool json_number(struct json *json, struct span *raw);
bool json_double(struct json *json, double *value);
bool json_bool(struct json *json, bool *value);
/* Steps over any one value, checking it. */
bool json_skip(struct json *json);

/* Skips white space; true when nothing is left. */
bool json_done(struct json *json);
bool json_fail(struct json *json, const char *fault);

/* The string's own bytes: borrowed when nothing is escaped, else made in the
 * arena. A lone surrogate becomes U+FFFD. */
struct span json_unescape(struct arena *arena, struct json_text text);

#endif
