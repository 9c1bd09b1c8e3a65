/* Variables of the environment, which nobody may change meanwhile, and what
 * all readers of settings need. */
#ifndef AWS_ENVIRONMENT_H
#define AWS_ENVIRONMENT_H

#include <stdbool.h>
#include <stdlib.h>
#include <strings.h>

#include "base/span.h"

/* Set and not empty, else NULL. */
static inline const char *
environment_get(const char *name)
{
	const char *value = getenv(name);

	return value == NULL || value[0] == '\0' ? NULL : value;
}

/* "true", in whatever letters. */
static inline bool
environment_true(const char *name)
{
	const char *value = environment_get(name);

	return value != NULL && strcasecmp(value, "true") == 0;
}

/* The same; `usual` when it is not set. */
static inline bool
environment_bool(const char *name, bool usual)
{
	return environment_get(name) == NULL ? usual : environment_true(name);
}

/* Without the white space at both ends. */
static inline struct span
span_trim(struct span text)
{
	while (text.len > 0 && memchr(" \t\r\n", text.at[0], 4) != NULL)
		text = span_make(text.at + 1, text.len - 1);
	while (
	    text.len > 0 && memchr(" \t\r\n", text.at[text.len - 1], 4) != NULL)
		text.len--;
	return text;
}

#endif
