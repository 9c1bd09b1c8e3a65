/* Forms (application/x-www-form-urlencoded), as SNS's Query API has them. */
#ifndef SINKS_SNS_FORM_H
#define SINKS_SNS_FORM_H

#include <stdbool.h>

#include "base/buf.h"

/* Encoded byte for byte as the AWS SDKs write it: a space is a plus. */
void sns_form_encode(struct buf *out, struct span text);
/* &NAME=TEXT, without the first '&' at the beginning. */
void sns_form_pair(struct buf *out, const char *name, struct span text);
/* The next NAME=TEXT, both still encoded; false at the end. */
bool sns_form_next(struct span *form, struct span *name, struct span *text);

#endif
