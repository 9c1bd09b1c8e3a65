/*
 * Random JSON points by every fast path against the full parser, bit for bit,
 * and by the full parser against strtod, which no decoder uses.
 *
 *     json_differential POINTS
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "unit/pipeline/decode_known.h"

#define SERIES 3000
#define LINES 200
#define PATHS_MAX 4

struct differential {
	struct pupil pupils[PATHS_MAX];
	size_t npupils, points, known;
	struct buf heads[SERIES]; /* up to the timestamp's digits */
	double values[LINES][4];  /* sum, count, min, max by strtod */
	bool sure; /* no line is broken: as many points as lines */
};

/* xorshift64*: the same points on every machine. */
static uint64_t differential_state = 0x2545f4914f6cdd1d;

static uint64_t
differential_bits(void)
{
	differential_state ^= differential_state >> 12;
	differential_state ^= differential_state << 25;
	differential_state ^= differential_state >> 27;
	return differential_state * 0x9e3779b97f4a7c15;
}

static unsigned
below(unsigned bound)
{
	return (unsigned)((differential_bits() >> 32) * bound >> 32);
}

static char *
put_digits(char *to, unsigned count)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < count; i++) {
		if (i % 16 == 0)
			bits = differential_bits();
		*to++ = (char)('0' + (bits & 0xff) * 10 / 256);
		bits = bits >> 8 | bits << 56;
	}
	return to;
}

/* Digits of which the first is not 0. */
static char *
put_whole(char *to, unsigned count)
{
	*to++ = (char)('1' + below(9));
	return put_digits(to, count - 1);
}

static char *
put_text(char *to, const char *text)
{
	size_t len = strlen(text);

	memcpy(to, text, len);
	return to + len;
}

static char *
put_power(char *to)
{
	unsigned form = below(3);

	*to++ = form == 0 ? 'e' : 'E';
	if (form == 1)
		*to++ = '-';
	return put_whole(to, 1 + below(2));
}

/* A number of any shape that JSON allows; its value. Most lines have none
 * that are `long`. */
static char *
put_any(char *to, bool is_long, double *value)
{
	char *begin = to;
	unsigned form = below(8), most = is_long ? 30 : 6;

	if (below(8) == 0)
		*to++ = '-';
	if (form < 2)
		*to++ = '0';
	else
		to = put_whole(to, 1 + below(most));
	if (form > 0 && form < 7) {
		most = is_long ? 26 : form < 4 ? 3 : 14;
		*to++ = '.';
		to = put_digits(to, 1 + below(most));
	} else if (form == 7) {
		to = put_text(to, ".0");
	}
	if (below(is_long ? 3 : 24) == 0)
		to = put_power(to);
	*to = '\0';
	*value = strtod(begin, NULL);
	return to;
}

/* One that is not beyond the limit. */
static char *
put_number(char *to, bool is_long, double *value)
{
	char *end = put_any(to, is_long, value);

	while (!(fabs(*value) <= LIMIT_VALUE))
		end = put_any(to, is_long, value);
	return end;
}

/* As AWS writes it; one in 64 with a blank that only the full parser takes. */
static void
put_line(struct buf *out, const struct buf *head, double values[4])
{
	static const char *const units[] = {"Count", "Bytes/Second", "None"};
	bool is_long = below(8) == 0;
	char *to = buf_reserve(out, head->len + 512), *begin = to;

	memcpy(to, head->bytes, head->len);
	to = put_text(to + head->len, "16");
	to = put_digits(to, 11);
	to = put_text(to,
	    below(64) == 0 ? ", \"value\":{\"max\":" : ",\"value\":{\"max\":");
	to = put_number(to, is_long, &values[3]);
	to = put_text(to, ",\"min\":");
	to = put_number(to, is_long, &values[2]);
	to = put_text(to, ",\"sum\":");
	to = put_number(to, is_long, &values[0]);
	to = put_text(to, ",\"count\":");
	to = put_number(to, is_long, &values[1]);
	to = put_text(to, "},\"unit\":\"");
	to = put_text(to, units[head->len % 3]);
	to = put_text(to, "\"}\n");
	out->len += (size_t)(to - begin);
}

static void
put_head(struct buf *out, unsigned id)
{
	buf_printf(out,
	    "{\"metric_stream_name\":\"s\",\"account_id\":\"11112222%04u\","
	    "\"region\":\"us-east-%u\",\"namespace\":\"AWS/%s\","
	    "\"metric_name\":\"Ops%u\",\"dimensions\":{",
	    id % 3, id % 2, id % 4 ? "EC2" : "Billing", id % 17);
	for (unsigned i = 0; i < id % 4; i++)
		buf_printf(out, "%s\"%c%0*u\":\"i-%08x\"", i == 0 ? "" : ",",
		    "ZMA"[i], (int)(1 + id % 9), 1, id * 2654435761u);
	buf_text(out, "},\"timestamp\":");
}

/* A byte here and there becomes another, or the end is missing. */
static void
damage(struct buf *record)
{
	static const char bytes[] = "\",:{}\\09.eE-tn \n\r\x80";

	for (unsigned n = below(4); n > 0; n--)
		record->bytes[below((unsigned)record->len)] =
		    bytes[below(sizeof(bytes) - 1)];
	if (below(2) == 0)
		record->len -= below((unsigned)record->len);
}

static const char *
check_strtod(const struct differential *d, const struct decoded *full)
{
	if (full->nrejects > 0)
		return "a good line is rejected";
	for (size_t i = 0; i < full->npoints; i++) {
		const struct point *p = &full->points[i];
		const double got[] = {p->sum, p->count, p->min, p->max};

		if (memcmp(got, d->values[i], sizeof(got)) != 0)
			return "strtod gives other values";
	}
	return NULL;
}

static const char *
differential_try(struct differential *d, struct span record)
{
	const char *fault = NULL;
	struct decoded full;
	struct arena arena;

	arena_init(&arena);
	decoded_init(&full, &arena);
	decoders[0].decode(&full, record, 3);
	if (d->sure)
		fault = check_strtod(d, &full);
	for (size_t i = 0; i < d->npupils && fault == NULL; i++)
		fault = pupil_try(&d->pupils[i], record, &full);
	d->points += full.npoints;
	arena_fini(&arena);
	return fault;
}

static const char *
differential_round(struct differential *d)
{
	unsigned lines = 1 + below(LINES);
	struct buf record = {0};
	const char *fault;

	for (unsigned i = 0; i < lines; i++)
		put_line(&record, &d->heads[below(SERIES)], d->values[i]);
	d->sure = below(16) > 0;
	if (!d->sure)
		damage(&record);
	fault = differential_try(d, buf_span(&record));
	if (fault != NULL)
		fprintf(stderr, "%.*s\n", SPAN_ARGS(buf_span(&record)));
	buf_fini(&record);
	return fault;
}

static void
differential_init(struct differential *d)
{
	for (unsigned id = 0; id < SERIES; id++)
		put_head(&d->heads[id], id);
	for (size_t i = 0; json_paths[i] != NULL; i++) {
		if (!json_paths[i]->usable()) {
			printf("json: the processor lacks %s\n",
			    json_paths[i]->name);
			continue;
		}
		printf("json: path %s\n", json_paths[i]->name);
		pupil_init(&d->pupils[d->npupils++], json_paths[i]);
	}
}

int
main(int argc, char **argv)
{
	size_t wanted = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	static struct differential d;
	const char *fault = NULL;

	differential_init(&d);
	while (fault == NULL && d.points < wanted)
		fault = differential_round(&d);
	for (size_t i = 0; i < d.npupils; i++)
		d.known += d.pupils[i].known;
	printf("json: %zu points compared with the full parser on %zu paths, "
	       "%zu %% known to the cache%s%s\n",
	    d.points, d.npupils,
	    d.points == 0 ? 0 : d.known * 100 / d.npupils / d.points,
	    fault == NULL ? "" : ": ", fault == NULL ? "" : fault);
	for (size_t i = 0; i < d.npupils; i++)
		pupil_fini(&d.pupils[i]);
	for (size_t i = 0; i < SERIES; i++)
		buf_fini(&d.heads[i]);
	return fault == NULL && wanted > 0 &&
		d.known > wanted * d.npupils * 2 / 3
	    ? 0
	    : 1;
}
