#include "pipeline/decode/json_shape.h"

/*
 * Lines on their way, each at one of three steps: its numbers are read and
 * its slot is asked for; its identity is asked for; the bytes are compared.
 * Between two steps of a line the others are worked on, for longer than
 * memory takes to answer.
 */
#define JSON_STEPS 16
#define JSON_STEPS_PROBE 8

/* Lines are seldom shorter: room for so many points is made at the start. */
#define JSON_LINE_BYTES 256

struct json_step {
	struct span line;
	size_t number; /* of the line, from 1 */
	bool usual;    /* shape is set */
	struct json_shape shape;
	struct identity *identity;
};

static bool
json_step_begin(struct json_step *step, struct json_index *index,
    const struct identities *identities)
{
	struct identity_key *key = &step->shape.key;
	const char *digits;

	*key = (struct identity_key){.format = IDENTITY_JSON};
	if (!json_index_next(index, &step->line, &digits))
		return false;
	step->identity = NULL;
	step->usual = digits != NULL &&
	    json_shape_read(
		&step->shape, step->line, digits, index->end, index->path);
	if (step->usual) {
		key->hash = identity_hash(identities, key->tail, key->format);
		key->hash = identity_hash(identities, key->body, key->hash);
		identities_prefetch(identities, key->hash);
	}
	return true;
}

static void
json_step_probe(struct json_step *step, const struct identities *identities)
{
	if (step->usual)
		step->identity =
		    identities_probe(identities, step->shape.key.hash);
}

static void
json_step_end(struct json_step *step, struct decoded *out, struct span record,
    size_t index)
{
	const struct json_shape *shape = &step->shape;
	void *known = identity_match(step->identity, &shape->key);
	struct point *point;

	if (known == NULL) {
		json_line(out, record, step->line, index, step->number,
		    step->usual ? shape : NULL);
		return;
	}
	if (out->npoints == out->points_room)
		decoded_reserve(out, 1);
	point = &out->points[out->npoints++];
	point->timestamp_ms = shape->timestamp_ms;
	point->sum = shape->figures.sum;
	point->count = shape->figures.count;
	point->min = shape->figures.min;
	point->max = shape->figures.max;
	point->statistics = NULL;
	point->nstatistics = 0;
	point->known = known;
	point->teach = NULL;
}

void
json_record(struct decoded *out, struct span record, size_t index,
    const struct json_path *path)
{
	struct json_step steps[JSON_STEPS];
	size_t begun = 0, probed = 0, ended = 0;
	struct json_index lines;
	bool more = true;

	decoded_reserve(out, record.len / JSON_LINE_BYTES + 1);
	json_index_init(&lines, record, path);
	while (more || ended < begun) {
		struct json_step *step = &steps[begun % JSON_STEPS];

		more = more && json_step_begin(step, &lines, out->identities);
		if (more)
			step->number = ++begun;
		if (probed < begun &&
		    (!more || begun - probed > JSON_STEPS_PROBE))
			json_step_probe(
			    &steps[probed++ % JSON_STEPS], out->identities);
		if (ended < probed && (!more || begun - ended == JSON_STEPS))
			json_step_end(
			    &steps[ended++ % JSON_STEPS], out, record, index);
	}
}
