#include "base/rc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum rc
err_set(struct err *err, enum rc rc, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return rc;
}

enum rc
err_errno(struct err *err, enum rc rc, const char *format, ...)
{
	int saved = errno;
	size_t used;
	va_list args;

	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s",
	    strerror(saved));
	return rc;
}

void
err_prefix(struct err *err, const char *format, ...)
{
	char rest[sizeof(err->text)];
	size_t used;
	va_list args;

	memcpy(rest, err->text, sizeof(rest));
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s", rest);
}
