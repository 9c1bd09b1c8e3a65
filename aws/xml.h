/*
 * What S3 and the Query services answer, as text between tags: no tree, no
 * attributes, no checks; what is not there is empty. Elements of one name
 * within each other are not told apart, which these answers do not have.
 *
 * Ownership. Spans borrow from the answer.
 */
#ifndef AWS_XML_H
#define AWS_XML_H

#include <stdbool.h>

#include "base/buf.h"

/* What stands in the first <name> of `*rest`, which goes on behind it. */
bool xml_next(struct span *rest, const char *name, struct span *inside);
/* The same without going on; "" when there is none. */
struct span xml_inside(struct span text, const char *name);
/* Replaces `out` by the element's text, its entities undone. */
void xml_text(struct buf *out, struct span text, const char *name);
/* Appends text as it may stand in an element. */
void xml_put(struct buf *out, struct span text);

#endif
