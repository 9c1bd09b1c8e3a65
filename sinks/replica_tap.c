#include "sinks/replica_tap.h"

#include "journal/reader.h"
#include "journal/replica_id.h"
#include "sinks/delivery.h"

void
replica_tap_init(struct replica_tap *tap, enum replica_what what,
    const struct replica_log *log)
{
	*tap = (struct replica_tap){.log = *log};
	if (what == REPLICA_TRANSITIONS)
		replica_lines_init(&tap->lines,
		    outcomes_reader_open(log->outcomes), OUTCOMES_TRANSITION,
		    SPAN_OF("transitions"));
	if (what == REPLICA_ROLLUPS)
		replica_lines_init(&tap->lines,
		    outcomes_reader_open(log->outcomes),
		    OUTCOMES_ROLLUP_REPLICA, SPAN_OF("rollups"));
}

static void
replica_tap_close(struct replica_tap *tap)
{
	if (tap->reader != NULL)
		reader_close(&tap->reader);
}

void
replica_tap_fini(struct replica_tap *tap)
{
	replica_tap_close(tap);
	replica_lines_fini(&tap->lines);
	buf_fini(&tap->id);
}

/* What retention removed before it was sent is a loss that must be seen. */
static bool
replica_tap_gap(
    struct replica_tap *tap, struct delivery_item *item, struct err *err)
{
	uint64_t expected = tap->expected;

	tap->expected = tap->entry.seq + 1;
	if (expected == 0 || tap->entry.seq <= expected)
		return false;
	item->reach = tap->entry.seq - 1;
	err_set(err, RC_REJECT,
	    "entries %llu to %llu left the journal before they were sent; "
	    "keep more of it (journal: retain)",
	    (unsigned long long)expected, (unsigned long long)item->reach);
	return true;
}

/* Only when there is something to read: a new journal may have no segment. */
static enum rc
replica_tap_open(struct replica_tap *tap, uint64_t after, struct err *err)
{
	if (tap->reader != NULL)
		return RC_OK;
	if (journal_last(tap->log.journal) <= after)
		return RC_AGAIN;
	tap->expected = after == 0 ? 0 : after + 1;
	return reader_open(
	    &tap->reader, tap->log.journal_folder, after + 1, err);
}

/* A damaged place: told, and the entries in it are no gap any more. */
static enum rc
replica_tap_damaged(struct replica_tap *tap, struct err *err)
{
	const struct reader_damage *damage = reader_damage(tap->reader);

	tap->expected = 0;
	if (damage == NULL)
		return RC_REJECT;
	return err_set(err, RC_REJECT, "%s is damaged at byte %llu: %s",
	    damage->path, (unsigned long long)damage->offset, damage->reason);
}

/* Reads on until there is a batch. */
static enum rc
replica_tap_read(
    struct replica_tap *tap, struct delivery_item *item, struct err *err)
{
	while (!tap->has_entry) {
		const struct entry *entry = &tap->entry;
		enum rc rc;

		reader_bound(tap->reader, journal_last(tap->log.journal));
		rc = reader_next(tap->reader, &tap->entry, err);
		if (rc == RC_REJECT)
			return replica_tap_damaged(tap, err);
		if (rc != RC_OK)
			return rc;
		tap->has_entry =
		    entry->kind == ENTRY_BATCH && entry->nrecords > 0;
		if (replica_tap_gap(tap, item, err))
			return RC_REJECT;
		if (!tap->has_entry)
			item->reach = entry->seq;
	}
	return RC_OK;
}

enum rc
replica_tap_next(struct replica_tap *tap, uint64_t after,
    struct replica_load *load, struct delivery_item *item, struct err *err)
{
	const struct entry *entry = &tap->entry;
	enum rc rc;

	if (tap->lines.reader != NULL)
		return replica_lines_next(&tap->lines,
		    journal_origin(tap->log.journal), after, load, item, err);
	rc = replica_tap_open(tap, after, err);
	if (rc == RC_OK)
		rc = replica_tap_read(tap, item, err);
	if (rc == RC_FATAL || rc == RC_RETRY)
		replica_tap_close(tap);
	if (rc != RC_OK)
		return rc;
	tap->has_entry = false;
	buf_clear(&tap->id);
	replica_id_print(&tap->id, journal_origin(tap->log.journal), entry);
	*load = (struct replica_load){.id = buf_span(&tap->id),
	    .source = entry->source,
	    .series = true,
	    .seq = entry->seq,
	    .arrival_ms = entry->arrival_ms,
	    .records = entry->records,
	    .nrecords = entry->nrecords};
	return RC_OK;
}
