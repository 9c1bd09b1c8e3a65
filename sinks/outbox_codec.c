#include "sinks/outbox_codec.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/log.h"
#include "schemas/outbox.pb-c.h"

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
	m->destination = outbox_bytes(span_text(one->destination));
	m->id = outbox_bytes(span_text(one->id));
	m->request = outbox_bytes(buf_span(&one->request));
	m->kind = outbox_bytes(span_text(one->kind->name));
	m->group = one->group;
	m->queued_ms = one->queued_ms;
	m->stands_in_for = outbox_bytes(span_text(one->stands_in_for));
	m->stood_in = one->stood_in;
	m->tried_ms = one->tried_ms;
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
			if (!one->settled)
				m.notifications[m.n_notifications++] =
				    outbox_one(&arena, one);
	to = buf_reserve(out, tocsin__outbox__get_packed_size(&m));
	if (to != NULL)
		out->len += tocsin__outbox__pack(&m, (uint8_t *)to);
	arena_fini(&arena);
}

static struct span
outbox_span(const ProtobufCBinaryData *bytes)
{
	return span_make(bytes->data, bytes->len);
}

/* NULL: it cannot be one that was saved. */
static struct notification *
outbox_read(const Tocsin__Notification *m, uint64_t seq)
{
	struct span name = outbox_span(&m->kind);
	const struct action_kind *kind =
	    action_kind_named(name.len == 0 ? SPAN_OF("sns") : name);
	char label[ACTION_LABEL];
	struct notification *one;

	if (kind == NULL || !kind->label(outbox_span(&m->destination), label) ||
	    m->seq == 0 || m->seq > seq || m->id.len == 0 ||
	    m->request.len == 0)
		return NULL;
	one = notification_make(kind, outbox_span(&m->destination),
	    outbox_span(&m->id), outbox_span(&m->stands_in_for));
	one->seq = m->seq;
	one->time_ms = m->time_ms;
	one->group = m->group;
	one->queued_ms = m->queued_ms;
	one->stood_in = m->stood_in;
	one->tried_ms = m->tried_ms;
	buf_put(&one->request, m->request.data, m->request.len);
	one->weight = action_weight(kind, buf_span(&one->request));
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
	if (m == NULL || m->version == 0 || m->version > OUTBOX_VERSION)
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
