/* What events and Lambda's payload say of an alarm's states. */
#ifndef SINKS_MESSAGE_STATE_H
#define SINKS_MESSAGE_STATE_H

#include "base/buf.h"
#include "schemas/outcome.h"

/* value, reason, reasonData, timestamp of the state that is entered; of a
 * contributor's without reasonData, as CloudWatch's. */
void message_state(struct buf *out, const struct transition *transition);
/* "previousState"; nothing for a contributor, as CloudWatch's. */
void
message_state_previous(struct buf *out, const struct transition *transition);
/* actionsSuppressedBy, actionsSuppressedReason; nothing when they ran. */
void message_suppressed(struct buf *out, const struct transition *transition);

#endif
