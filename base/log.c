#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

static enum log_level log_threshold = LOG_INFO;
static bool log_json;

static const char *const log_names[] = {"error", "warn", "info", "debug"};

void
log_setup(enum log_level level, bool json)
{
	log_threshold = level;
	log_json = json;
}

int
log_level_parse(const char *name)
{
	for (int i = LOG_ERROR; i <= LOG_DEBUG; i++)
		if (strcmp(name, log_names[i]) == 0)
			return i;
	return -1;
}

/* Copies with control bytes as \xHH, and quotes escaped when `quote`. */
static size_t
log_clean(char *out, size_t room, const char *in, bool quote)
{
	size_t used = 0;

	for (; *in != '\0' && used + 8 < room; in++) {
		unsigned char byte = (unsigned char)*in;

		if (byte < 0x20 || byte == 0x7f)
			used += (size_t)snprintf(out + used, room - used,
			    quote ? "\\u%04x" : "\\x%02x", byte);
		else if (quote && (byte == '"' || byte == '\\'))
			used += (size_t)snprintf(
			    out + used, room - used, "\\%c", byte);
		else
			out[used++] = *in;
	}
	out[used] = '\0';
	return used;
}

static void
log_put(enum log_level level, const char *event, const char *fields)
{
	char line[2400], clean[2048], when[TEXT_TIME_SIZE];
	struct timespec now;
	int len;

	clock_gettime(CLOCK_REALTIME, &now);
	text_time(when, now.tv_sec * 1000LL + now.tv_nsec / 1000000);
	log_clean(clean, sizeof(clean), fields, log_json);
	len = snprintf(line, sizeof(line),
	    log_json ? "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\","
		       "\"fields\":\"%s\"}\n"
		     : "%s %s %s %s\n",
	    when, log_names[level], event, clean);
	if (len > 0 && write(STDERR_FILENO, line, (size_t)len) < 0)
		return; /* nobody left to tell */
}

void
log_write(enum log_level level, const char *event, const char *format, ...)
{
	char fields[2048];
	va_list args;

	if (level > log_threshold)
		return;
	va_start(args, format);
	vsnprintf(fields, sizeof(fields), format, args);
	va_end(args);
	log_put(level, event, fields);
}

void
log_die(const char *format, ...)
{
	char fields[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(fields, sizeof(fields), format, args);
	va_end(args);
	log_put(LOG_ERROR, "fatal", fields);
	_exit(3);
}
