#include "sinks/notification.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

void
notification_free(struct notification **notification)
{
	if (*notification == NULL)
		return;
	buf_fini(&(*notification)->request);
	free((*notification)->destination);
	free((*notification)->id);
	free((*notification)->stands_in_for);
	free(*notification);
	*notification = NULL;
}

static char *
notification_text(struct span text)
{
	char *copy = strndup(text.at == NULL ? "" : text.at, text.len);

	if (copy == NULL)
		log_die("out of memory: notification");
	return copy;
}

struct notification *
notification_make(const struct action_kind *kind, struct span destination,
    struct span id, struct span stands_in_for)
{
	struct notification *one = calloc(1, sizeof(*one));

	if (one == NULL)
		log_die("out of memory: notification");
	one->kind = kind;
	one->destination = notification_text(destination);
	one->id = notification_text(id);
	if (stands_in_for.len > 0)
		one->stands_in_for = notification_text(stands_in_for);
	return one;
}

void
attempts_set(struct attempt *attempts, size_t count, enum rc rc,
    const struct err *err, const char *request_id)
{
	for (size_t i = 0; i < count; i++) {
		attempts[i].rc = rc;
		if (rc != RC_OK)
			attempts[i].err = *err;
		snprintf(attempts[i].request_id, sizeof(attempts[i].request_id),
		    "%.63s", request_id);
	}
}
