#include "ingest/kafka_position.h"

static int64_t
position_reset(const struct kafka_known *known)
{
	return known->latest ? known->high : known->low;
}

static enum kafka_start
position_choose(const struct kafka_known *known, int64_t *begin, int64_t *lost)
{
	bool marked = known->mark > known->committed;
	int64_t taken = marked ? known->mark : known->committed;

	*lost = 0;
	if (taken < 0) {
		*begin = position_reset(known);
		return KAFKA_START_RESET;
	}
	if (taken > known->high) {
		bool usable = known->committed >= known->low &&
		    known->committed <= known->high;

		*begin = usable ? known->committed : position_reset(known);
		return KAFKA_START_ANEW;
	}
	if (taken < known->low) {
		*begin = known->low;
		*lost = known->low - taken;
		return KAFKA_START_REMOVED;
	}
	*begin = taken;
	return marked ? KAFKA_START_MARK : KAFKA_START_COMMITTED;
}

enum kafka_start
kafka_position_begin(struct kafka_position *position,
    const struct kafka_known *known, int64_t *lost)
{
	int64_t begin;
	enum kafka_start why = position_choose(known, &begin, lost);

	*position = (struct kafka_position){
	    .next = begin, .durable = begin, .committed = known->committed};
	return why;
}

bool
kafka_position_take(struct kafka_position *position, int64_t offset)
{
	if (offset < position->next)
		return false;
	position->next = offset + 1;
	return true;
}

void
kafka_position_settle(struct kafka_position *position, int64_t last)
{
	if (last >= position->durable)
		position->durable = last + 1;
}

bool
kafka_position_uncommitted(const struct kafka_position *position)
{
	return position->committed != position->durable;
}
