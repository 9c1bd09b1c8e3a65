#include "sinks/outbox_codec.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/log.h"
#include "schemas/outbox.pb-c.h"
#include "sinks/sns_publish.h"

static ProtobufCBinaryData
outbox_bytes(struct span text)
{
	return (ProtobufCBinaryData){text.len, (uint8_t *)(uintptr_t)text.at};
}

static Tocsin__Notification *
outbox_one(struct arena *arena, const struct notification *one)
{
	Tocsin__Notification *m = arena_alloc(arena, sizeof(*m));

	*m = (Tocsin__Notification)TOCSIN__NOTIFICATION__INIT;
	m->seq = one->seq;
	m->time_ms = one->time_ms;
	m->topic = outbox_bytes(span_text(one->topic));
	m->id = outbox_bytes(span_text(one->id));
	m->request = outbox_bytes(buf_span(&one->request));
	return m;
}

void
outbox_save(const struct lanes *lanes, struct buf *out)
{
	Tocsin__Outbox m = TOCSIN__OUTBOX__INIT;
	struct arena arena;
	char *to;

	arena_init(&arena);
	m.version = OUTBOX_VERSION;
	m.seq = lanes->advanced;
	m.notifications = arena_alloc(
	    &arena, (lanes->waiting + 1) * sizeof(*m.notifications));
	for (const struct lane *lane = lanes->first; lane != NULL;
	     lane = lane->next)
		for (const struct notification *one = lane->head; one != NULL;
		     one = one->next)
			if (one->seq > lane_position(lane))
				m.notifications[m.n_notifications++] =
				    outbox_one(&arena, one);
	to = buf_reserve(out, tocsin__outbox__get_packed_size(&m));
	if (to != NULL)
		out->len += tocsin__outbox__pack(&m, (uint8_t *)to);
	arena_fini(&arena);
}

static char *
outbox_text(const ProtobufCBinaryData *bytes)
{
	char *text = strndup((const char *)bytes->data, bytes->len);

	if (text == NULL)
		log_die("out of memory: notification");
	return text;
}

/* NULL: it cannot be one that was saved. */
static struct notification *
outbox_read(const Tocsin__Notification *m, uint64_t seq)
{
	struct notification *one;
	struct span region;

	if (!sns_topic_region(
		span_make(m->topic.data, m->topic.len), &region) ||
	    m->seq == 0 || m->seq > seq || m->id.len == 0 ||
	    m->request.len == 0)
		return NULL;
	one = calloc(1, sizeof(*one));
	if (one == NULL)
		log_die("out of memory: notification");
	one->seq = m->seq;
	one->time_ms = m->time_ms;
	one->topic = outbox_text(&m->topic);
	one->id = outbox_text(&m->id);
	buf_put(&one->request, m->request.data, m->request.len);
	return one;
}

static void
outbox_free(struct notification **first)
{
	while (*first != NULL) {
		struct notification *one = *first;

		*first = one->next;
		notification_free(&one);
	}
}

enum rc
outbox_load(struct span bytes, struct notification **first, uint64_t *seq,
    struct err *err)
{
	Tocsin__Outbox *m =
	    tocsin__outbox__unpack(NULL, bytes.len, (const uint8_t *)bytes.at);
	struct notification **tail = first;
	enum rc rc = RC_OK;

	*first = NULL;
	if (m == NULL || m->version != OUTBOX_VERSION)
		rc = err_set(err, RC_REJECT,
		    "its notifications are damaged or of another version");
	for (size_t i = 0; rc == RC_OK && i < m->n_notifications; i++) {
		*tail = outbox_read(m->notifications[i], m->seq);
		if (*tail == NULL)
			rc = err_set(err, RC_REJECT,
			    "notification %zu of it makes no sense", i + 1);
		else
			tail = &(*tail)->next;
	}
	if (rc != RC_OK)
		outbox_free(first);
	else
		*seq = m->seq;
	if (m != NULL)
		tocsin__outbox__free_unpacked(m, NULL);
	return rc;
}
