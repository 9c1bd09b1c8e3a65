/* What jansson reads, told so that it can be compared: a file of its own,
 * because its names are those of base/json.h. */
#ifndef TESTS_FUZZ_SYNTAX_JANSSON_H
#define TESTS_FUZZ_SYNTAX_JANSSON_H

#include "base/buf.h"

enum syntax_jansson {
	SYNTAX_TAKEN,
	SYNTAX_REFUSED,
	/* Numbers too large, a member twice, NUL in a key. */
	SYNTAX_BEYOND
};

/* The kinds and values in their order: { key value }, [ value ], strings and
 * keys with their length, numbers as doubles. */
enum syntax_jansson syntax_jansson_read(struct span text, struct buf *story);
void syntax_tell_text(struct buf *story, char kind, struct span text);
void syntax_tell_number(struct buf *story, double number);

#endif
