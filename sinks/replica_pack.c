#include "sinks/replica_pack.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/table.h"
#include "sinks/replica_unit.h"

void
replica_pack_init(struct replica_pack *pack)
{
	*pack = (struct replica_pack){0};
	arena_init(&pack->arena);
}

void
replica_pack_fini(struct replica_pack *pack)
{
	for (size_t i = 0; i < pack->room; i++)
		buf_fini(&pack->payloads[i]);
	free(pack->payloads);
	free(pack->messages);
	arena_fini(&pack->arena);
}

static void
replica_pack_clear(struct replica_pack *pack, const struct replica_load *load)
{
	arena_reset(&pack->arena);
	for (size_t i = 0; i < pack->count; i++)
		buf_clear(&pack->payloads[i]);
	for (size_t i = 0; i < PACK_LANE_COUNT; i++)
		pack->lanes[i] = -1;
	pack->count = pack->bytes = 0;
	pack->seq = load->seq;
	pack->id = arena_copy(&pack->arena, load->id);
	pack->record = load->record;
	pack->offset = load->offset;
}

/* Some bytes of a record that stay together. */
struct replica_piece {
	struct span bytes;
	enum replica_form form;
	unsigned lane;
};

/* As many whole units as a message holds; none when the first is longer. */
static size_t
replica_piece_units(struct span rest, enum replica_form form, size_t limit)
{
	size_t len = 0;

	while (len < rest.len) {
		size_t unit = replica_unit_len(
		    span_make(rest.at + len, rest.len - len), form);

		if (len + unit > limit)
			break;
		len += unit;
	}
	return len;
}

/* What begins at the load's place: no bytes when a unit is too long, then
 * `unit` says how long. */
static struct replica_piece
replica_piece(const struct replica_pack_rule *rule,
    const struct replica_load *load, size_t *unit)
{
	struct span record = load->records[load->record];
	struct span rest =
	    span_make(record.at + load->offset, record.len - load->offset);
	enum replica_form form = replica_unit_form(record);
	struct replica_piece piece = {rest, form, 0};
	struct span of = load->source;

	*unit = replica_unit_len(rest, form);
	if (rule->how == PACK_LANES && load->series && form == FORM_JSON) {
		piece.bytes.len = *unit;
		of = replica_unit_series(piece.bytes);
	}
	if (rule->how == PACK_LANES)
		piece.lane = (unsigned)(hash_stable(of) % PACK_LANE_COUNT);
	if (piece.bytes.len > rule->message_bytes)
		piece.bytes.len =
		    replica_piece_units(piece.bytes, form, rule->message_bytes);
	return piece;
}

static void
replica_pack_new(struct replica_pack *pack,
    const struct replica_pack_rule *rule, const struct replica_load *load,
    const struct replica_piece *piece)
{
	struct replica_message *message;

	if (pack->count == pack->room) {
		size_t room = pack->room == 0 ? 16 : 2 * pack->room;

		pack->messages =
		    realloc(pack->messages, room * sizeof(*pack->messages));
		pack->payloads =
		    realloc(pack->payloads, room * sizeof(*pack->payloads));
		if (pack->messages == NULL || pack->payloads == NULL)
			log_die("out of memory: messages of a replica");
		memset(pack->payloads + pack->room, 0,
		    (room - pack->room) * sizeof(*pack->payloads));
		pack->room = room;
	}
	pack->bytes += rule->around;
	pack->lanes[piece->lane] = (short)pack->count;
	message = &pack->messages[pack->count++];
	*message = (struct replica_message){.lane = piece->lane,
	    .form = piece->form,
	    .key = arena_copy(&pack->arena, load->source)};
	if (rule->how == PACK_LANES)
		message->key = span_text(
		    arena_printf(&pack->arena, "tocsin-%02u", piece->lane));
}

static bool
replica_pack_joins(const struct replica_pack *pack, short which,
    const struct replica_pack_rule *rule, const struct replica_piece *piece)
{
	return piece->form != FORM_ODD &&
	    piece->form == pack->messages[which].form &&
	    pack->payloads[which].len + piece->bytes.len <= rule->message_bytes;
}

/* Puts it into the message that it belongs to. False: the item is full. */
static bool
replica_pack_put(struct replica_pack *pack,
    const struct replica_pack_rule *rule, const struct replica_load *load,
    const struct replica_piece *piece)
{
	/* Without lanes there is one, of the last message. */
	short which = rule->how == PACK_RECORDS ? -1 : pack->lanes[piece->lane];
	size_t more = piece->bytes.len;

	if (which >= 0 && !replica_pack_joins(pack, which, rule, piece)) {
		/* A second one in the same item might overtake the first. */
		if (rule->how == PACK_LANES)
			return false;
		which = -1;
	}
	if (which < 0)
		more += rule->around;
	if (pack->count > 0 &&
	    (pack->bytes + more > rule->bytes ||
		(which < 0 && pack->count == rule->messages)))
		return false;
	pack->bytes += piece->bytes.len;
	if (which < 0) {
		replica_pack_new(pack, rule, load, piece);
		which = (short)(pack->count - 1);
	}
	if (rule->how == PACK_RECORDS)
		pack->messages[which].payload = piece->bytes;
	else
		buf_span_put(&pack->payloads[which], piece->bytes);
	return true;
}

static void
replica_load_pass(struct replica_load *load, size_t len)
{
	load->offset += len;
	if (load->offset >= load->records[load->record].len) {
		load->record++;
		load->offset = 0;
	}
}

/* Ids and what was gathered: the buffers move no more. */
static void
replica_pack_close(struct replica_pack *pack,
    const struct replica_pack_rule *rule, struct replica_load *load)
{
	bool whole = load->record == load->nrecords && load->parts == 0 &&
	    pack->count == 1;

	for (size_t i = 0; i < pack->count; i++) {
		struct replica_message *message = &pack->messages[i];

		load->parts++;
		message->id = pack->id;
		if (!whole)
			message->id = span_text(arena_printf(&pack->arena,
			    "%.*s-%zu", SPAN_ARGS(pack->id), load->parts));
		if (rule->how != PACK_RECORDS)
			message->payload = buf_span(&pack->payloads[i]);
	}
}

enum rc
replica_pack_fill(struct replica_pack *pack,
    const struct replica_pack_rule *rule, struct replica_load *load,
    struct err *err)
{
	replica_pack_clear(pack, load);
	while (load->record < load->nrecords) {
		struct replica_piece piece;
		size_t unit;

		if (load->records[load->record].len == 0) {
			replica_load_pass(load, 0);
			continue;
		}
		piece = replica_piece(rule, load, &unit);
		if (piece.bytes.len == 0 && pack->count > 0)
			break; /* first what was gathered */
		if (piece.bytes.len == 0) {
			err_set(err, RC_REJECT,
			    "entry %llu: %zu bytes of record %zu cannot be "
			    "cut, and a message holds %zu",
			    (unsigned long long)load->seq, unit, load->record,
			    rule->message_bytes);
			replica_load_pass(load, unit);
			return RC_REJECT;
		}
		if (!replica_pack_put(pack, rule, load, &piece))
			break;
		replica_load_pass(load, piece.bytes.len);
	}
	replica_pack_close(pack, rule, load);
	return pack->count > 0 ? RC_OK : RC_AGAIN;
}

size_t
replica_pack_left(const struct replica_pack *pack)
{
	size_t left = 0;

	for (size_t i = 0; i < pack->count; i++)
		left += !pack->messages[i].done;
	return left;
}

void
replica_pack_dead(const struct replica_pack *pack, struct buf *out)
{
	bool some = false;

	buf_printf(out, "{\"seq\":%llu,\"id\":", (unsigned long long)pack->seq);
	buf_json(out, pack->id);
	buf_printf(out, ",\"first\":%zu,\"offset\":%zu,\"messages\":[",
	    pack->record, pack->offset);
	for (size_t i = 0; i < pack->count; i++) {
		if (pack->messages[i].done)
			continue;
		buf_text(out, some ? "," : "");
		buf_json(out, pack->messages[i].id);
		some = true;
	}
	buf_text(out, "]}");
}
