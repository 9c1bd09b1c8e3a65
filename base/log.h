/*
 * Logs on standard error: one event a line, with named fields.
 *
 *   log_info("segment_sealed", "seq=%llu bytes=%zu", first, bytes);
 *
 * The fields are key=value pairs without spaces in keys; values with spaces
 * are put in quotes by the caller or written with %s last. Control bytes are
 * escaped. Never log a secret or a body.
 * Threads. Any; a line is written by one write(2).
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_setup(enum log_level level, bool json);
/* -1 when the name is none of error, warn, info, debug. */
int log_level_parse(const char *name);

void log_write(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_write(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__)

/* Says why and ends the process at once with status 3: out of memory, fsync
 * failed, an invariant broken. */
_Noreturn void
log_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What only a bug can break; checked in release too. */
#define invariant(condition)                                                   \
	((condition) ? (void)0                                                 \
		     : log_die("invariant broken at %s:%d: %s", __FILE__,      \
			   __LINE__, #condition))

#endif
