/* What a call came to: a verdict for the caller, a sentence for a person. */
#ifndef BASE_RC_H
#define BASE_RC_H

#include <stdarg.h>

/*
 * The verdict tells the caller what to do next, never why.
 *
 * RC_OK      done
 * RC_AGAIN   nothing to give now (end of input, empty queue); not an error
 * RC_RETRY   failed for now; the same call may succeed later
 * RC_REJECT  the input is bad; the same call will fail again
 * RC_FATAL   the process, or this component, cannot go on
 */
enum rc { RC_OK, RC_AGAIN, RC_RETRY, RC_REJECT, RC_FATAL };

/*
 * The sentence. Filled by the one who sees the failure first, logged once by
 * the one who decides. Names the place and what would be right.
 */
struct err {
	char text[512];
};

/* Sets the sentence and returns `rc`, so that callers can return the call. */
enum rc err_set(struct err *err, enum rc rc, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, with ": " and strerror(errno) behind it. */
enum rc err_errno(struct err *err, enum rc rc, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "<format>: " before the sentence that is there. */
void err_prefix(struct err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
