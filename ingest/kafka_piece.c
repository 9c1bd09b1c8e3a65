#include "ingest/kafka_piece.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"

/* Pieces with ids that fly together. */
#define PIECES_ALOFT 256

static struct kafka_piece *
piece_add(struct kafka_partition *p, const struct kafka_message *message)
{
	struct kafka_piece *piece = calloc(1, sizeof(*piece));

	if (piece == NULL)
		log_die("out of memory: messages");
	piece->of = p;
	piece->first = message->offset;
	if (message->id.len > 0) {
		piece->id = strndup(message->id.at, message->id.len);
		if (piece->id == NULL)
			log_die("out of memory: messages");
	}
	if (p->first == NULL)
		p->first = piece;
	else
		p->last->next = piece;
	p->last = piece;
	return piece;
}

struct kafka_piece *
kafka_piece_for(struct kafka_partition *p, const struct kafka_message *message)
{
	struct kafka_piece *last = p->last;
	/* One that is aloft has its name already. */
	bool joins = last != NULL && last->id == NULL && message->id.len == 0 &&
	    !(p->aloft > 0 && last == p->first);
	struct kafka_piece *piece = joins ? last : piece_add(p, message);

	piece->last = message->offset;
	piece->messages++;
	return piece;
}

static void
piece_free(struct kafka_piece *piece)
{
	records_fini(&piece->records);
	free(piece->id);
	free(piece);
}

static void
piece_kept(
    void *cookie, enum rc rc, uint64_t seq, bool repeat, const struct err *err)
{
	struct kafka_piece *piece = cookie;
	struct kafka_partitions *all = piece->of->all;

	(void)seq;
	pthread_mutex_lock(&all->lock);
	piece->flight = KAFKA_LANDED;
	piece->answer = rc;
	piece->repeat = repeat;
	if (rc != RC_OK)
		piece->err = *err;
	all->flying--;
	atomic_store(&all->answers, true);
	pthread_cond_signal(&all->landed);
	pthread_mutex_unlock(&all->lock);
}

static void
piece_append(struct kafka_piece *piece)
{
	struct kafka_partitions *all = piece->of->all;
	struct entry entry = {.kind = ENTRY_BATCH, .source = piece->of->source};
	char range[48];

	snprintf(range, sizeof(range), "%lld-%lld", (long long)piece->first,
	    (long long)piece->last);
	entry.request_id = span_text(piece->id != NULL ? piece->id : range);
	entry.records = records_spans(&piece->records);
	entry.nrecords = piece->records.count;
	pthread_mutex_lock(&all->lock);
	piece->flight = KAFKA_FLYING;
	all->flying++;
	pthread_mutex_unlock(&all->lock);
	journal_append(all->journal, &entry, piece_kept, piece);
}

static enum kafka_flight
piece_flight(struct kafka_piece *piece)
{
	struct kafka_partitions *all = piece->of->all;
	enum kafka_flight flight;

	pthread_mutex_lock(&all->lock);
	flight = piece->flight;
	pthread_mutex_unlock(&all->lock);
	return flight;
}

/* It is open no longer. */
static void
piece_count_out(const struct kafka_piece *piece)
{
	struct kafka_partition *p = piece->of;

	p->open_bytes -= piece->records.bytes.len;
	p->all->open_bytes -= piece->records.bytes.len;
	p->open_rows -= piece->records.count + 1;
}

void
kafka_pieces_launch(struct kafka_partition *p)
{
	if (p->aloft > 0)
		return;
	for (struct kafka_piece *piece = p->first; piece != NULL;
	     piece = piece->next) {
		if (p->aloft == PIECES_ALOFT ||
		    (piece->id == NULL && p->aloft > 0))
			return;
		p->aloft++;
		piece_count_out(piece);
		piece_append(piece);
		if (piece->id == NULL)
			return;
	}
}

void
kafka_pieces_retry(struct kafka_partition *p)
{
	struct kafka_piece *piece = p->first;

	for (size_t i = 0; i < p->aloft; i++, piece = piece->next)
		if (piece_flight(piece) == KAFKA_REFUSED) {
			p->all->refused--;
			piece_append(piece);
		}
}

/* An entry that can never be kept: no message may stand in the way of all
 * that follow. */
static void
piece_lost(const struct kafka_piece *piece)
{
	counter_add(&piece->of->all->stats[SOURCE_KAFKA_DROPPED],
	    (int64_t)piece->messages);
	log_error("kafka_dropped",
	    "source=%.*s first=%lld last=%lld the journal cannot keep them: %s",
	    SPAN_ARGS(piece->of->source), (long long)piece->first,
	    (long long)piece->last, piece->err.text);
}

/* True when it is done with. */
static bool
piece_settle(struct kafka_piece *piece)
{
	struct kafka_partitions *all = piece->of->all;

	if (piece->answer != RC_OK && piece->answer != RC_REJECT) {
		pthread_mutex_lock(&all->lock);
		piece->flight = KAFKA_REFUSED;
		pthread_mutex_unlock(&all->lock);
		all->refused++;
		return false;
	}
	if (piece->answer == RC_REJECT)
		piece_lost(piece);
	else if (piece->repeat)
		counter_add(&all->stats[SOURCE_KAFKA_REPEATS],
		    (int64_t)piece->messages);
	else
		counter_add(&all->stats[SOURCE_KAFKA_ENTRIES], 1);
	return true;
}

/* Those before one that is not durable: what lies behind it is not told. */
static void
pieces_pop(struct kafka_partition *p)
{
	struct kafka_piece *piece;

	while (p->aloft > 0 && piece_flight(p->first) == KAFKA_GROUNDED) {
		piece = p->first;
		kafka_position_settle(&p->position, piece->last);
		p->first = piece->next;
		p->aloft--;
		piece_free(piece);
	}
	if (p->first == NULL)
		p->last = NULL;
}

void
kafka_pieces_settle(struct kafka_partition *p)
{
	struct kafka_piece *piece = p->first;

	for (size_t i = 0; i < p->aloft; i++, piece = piece->next)
		if (piece_flight(piece) == KAFKA_LANDED && piece_settle(piece))
			piece->flight = KAFKA_GROUNDED;
	pieces_pop(p);
}

/* Those behind a piece that flies go; one that flies is its answer's. */
void
kafka_pieces_drop(struct kafka_partition *p)
{
	struct kafka_piece *piece = p->first, *next, **at = &p->first;
	size_t aloft = p->aloft;

	p->last = NULL;
	for (size_t i = 0; piece != NULL; i++, piece = next) {
		enum kafka_flight flight =
		    i < aloft ? piece_flight(piece) : KAFKA_GROUNDED;

		next = piece->next;
		if (flight == KAFKA_FLYING || flight == KAFKA_LANDED) {
			*at = p->last = piece;
			at = &piece->next;
			continue;
		}
		p->all->refused -= flight == KAFKA_REFUSED;
		p->aloft -= i < aloft;
		piece_free(piece);
	}
	*at = NULL;
	p->all->open_bytes -= p->open_bytes;
	p->open_bytes = p->open_rows = 0;
}
