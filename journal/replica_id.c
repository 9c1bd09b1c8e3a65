#include "journal/replica_id.h"

/* The shortest: tocsin-0123456789abcdef-1 */
#define REPLICA_ID_HEAD (sizeof("tocsin-") - 1 + REPLICA_ORIGIN)
#define REPLICA_ID_MOST 128

static bool
replica_id_all(struct span text, const char *digits)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == '\0' || strchr(digits, text.at[i]) == NULL)
			return false;
	return text.len > 0;
}

bool
replica_id_is(struct span id)
{
	return id.len > REPLICA_ID_HEAD + 1 && id.len < REPLICA_ID_MOST &&
	    span_starts(id, "tocsin-") &&
	    replica_id_all(
		span_make(id.at + sizeof("tocsin-") - 1, REPLICA_ORIGIN),
		"0123456789abcdef") &&
	    id.at[REPLICA_ID_HEAD] == '-' &&
	    replica_id_all(span_make(id.at + REPLICA_ID_HEAD + 1,
			       id.len - REPLICA_ID_HEAD - 1),
		"0123456789-");
}

uint64_t
replica_id_seq(struct span id, struct span origin)
{
	uint64_t seq = 0;

	if (origin.len != REPLICA_ORIGIN || !replica_id_is(id) ||
	    memcmp(id.at + sizeof("tocsin-") - 1, origin.at, origin.len) != 0)
		return 0;
	for (size_t i = REPLICA_ID_HEAD + 1; i < id.len && id.at[i] != '-'; i++)
		if (__builtin_mul_overflow(seq, 10, &seq) ||
		    __builtin_add_overflow(seq, id.at[i] - '0', &seq))
			return 0;
	return seq;
}

void
replica_id_print(struct buf *out, struct span origin, const struct entry *entry)
{
	if (replica_id_is(entry->request_id))
		buf_span_put(out, entry->request_id);
	else
		buf_printf(out, "tocsin-%.*s-%llu-%lld", SPAN_ARGS(origin),
		    (unsigned long long)entry->seq,
		    (long long)entry->arrival_ms);
}
