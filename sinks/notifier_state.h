/* What a notifier is made of. For notifier*.c. */
#ifndef SINKS_NOTIFIER_STATE_H
#define SINKS_NOTIFIER_STATE_H

#include "base/table.h"
#include "sinks/lane.h"
#include "sinks/notifier.h"

struct notifier {
	struct lanes lanes;
	struct delivery *delivery; /* the position "sns" */
	uint64_t begin;		   /* of lanes without a position */
	struct table unsupported;  /* actions that were logged */
};

/* Makes the destination's lane, and that of its stand-in when it has one; as
 * lane_open(). */
enum rc notifier_open(struct notifier *notifier, struct lane **lane,
    const struct action_kind *kind, struct span destination, uint64_t begin,
    bool known, struct err *err);
/* The lane's stand-in need not be given what comes of this entry any more. */
bool notifier_stood_in(const struct lane *lane, uint64_t seq);

#endif
