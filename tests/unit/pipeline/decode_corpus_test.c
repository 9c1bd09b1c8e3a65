/*
 * Payloads that AWS sent, where they are at hand: ../shared/corpus, whose
 * README has the numbers. Elsewhere these cases are passed over.
 */
#include <jansson.h>
#include <math.h>
#include <openssl/evp.h>
#include <unistd.h>

#include "base/file.h"
#include "decode_fixture.h"

#define CORPUS "../shared/corpus/"

static bool
corpus_is_here(void)
{
	return access(CORPUS "README.md", R_OK) == 0;
}

static void
corpus_decode_base64(struct fixture *f, const char *text, size_t index)
{
	size_t len = strlen(text);
	unsigned char *plain = arena_alloc(&f->arena, len + 4);
	int got = EVP_DecodeBlock(plain, (const unsigned char *)text, (int)len);

	ck_assert_int_ge(got, 0);
	while (len > 0 && text[len - 1] == '=') {
		len--;
		got--;
	}
	fixture_decode(f, span_make(plain, (size_t)got), index);
}

/* Decodes a Firehose body, or else the file as one record. Returns the records;
 * `ends`, when given, has the points up to the end of each. */
static size_t
corpus_decode(struct fixture *f, const char *name, size_t *ends)
{
	struct buf bytes = {0};
	struct err err;
	json_t *body, *record;
	size_t i;

	fixture_init(f);
	ck_assert(file_read(arena_printf(&f->arena, CORPUS "%s", name), &bytes,
		      &err) == RC_OK);
	if (strstr(name, ".firehose.json") == NULL) {
		fixture_decode(f, buf_span(&bytes), 0);
		buf_fini(&bytes);
		return 1;
	}
	body = json_loadb(bytes.bytes, bytes.len, 0, NULL);
	ck_assert(body != NULL);
	json_array_foreach(json_object_get(body, "records"), i, record)
	{
		corpus_decode_base64(
		    f, json_string_value(json_object_get(record, "data")), i);
		if (ends != NULL)
			ends[i] = f->out.npoints;
	}
	json_decref(body);
	buf_fini(&bytes);
	return i;
}

static size_t
corpus_of_namespace(const struct fixture *f, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < f->out.npoints; i++)
		count += span_is(f->out.points[i].series.namespace, name);
	return count;
}

static size_t
corpus_bare(const struct fixture *f)
{
	size_t count = 0;

	for (size_t i = 0; i < f->out.npoints; i++)
		count += f->out.points[i].series.ndimensions == 0;
	return count;
}

START_TEST(every_file_has_its_points)
{
	static const struct {
		const char *name;
		size_t records, points, rejects;
	} rows[] = {{"json-1160-points.firehose.json", 4, 1160, 0},
	    {"json-1160-points.s3-object.jsonl", 1, 1160, 0},
	    {"json-one-point-no-newline.firehose.json", 1, 1, 0},
	    {"json-percentiles.jsonl", 1, 1, 0},
	    {"json-extended-statistics.jsonl", 1, 1, 0},
	    {"otel10-710-points.firehose.json", 2, 710, 0},
	    {"otel10-710-points.s3-object.bin", 1, 710, 0},
	    {"otel10-no-attributes.bin", 1, 0, 6},
	    {"otel07-984-points.firehose.json", 3, 984, 0},
	    {"otel07-52-points.firehose.json", 2, 52, 0},
	    {"invalid-lone-varint.firehose.json", 1, 0, 1},
	    {"console-demo-data.firehose.json", 1, 0, 1}};

	if (!corpus_is_here())
		return;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fixture f;

		ck_assert_uint_eq(
		    corpus_decode(&f, rows[i].name, NULL), rows[i].records);
		ck_assert_msg(f.out.npoints == rows[i].points &&
			f.out.nrejects == rows[i].rejects,
		    "%s: %zu points, %zu rejects", rows[i].name, f.out.npoints,
		    f.out.nrejects);
		fixture_fini(&f);
	}
}
END_TEST

START_TEST(json_sums_are_right)
{
	static const char *const names[] = {"json-1160-points.firehose.json",
	    "json-1160-points.s3-object.jsonl"};

	if (!corpus_is_here())
		return;
	for (size_t k = 0; k < 2; k++) {
		double sum = 0, count = 0, min = 0, max = 0;
		int64_t first = INT64_MAX, last = 0;
		struct fixture f;

		corpus_decode(&f, names[k], NULL);
		for (size_t i = 0; i < f.out.npoints; i++) {
			const struct point *p = &f.out.points[i];

			sum += p->sum;
			count += p->count;
			min += p->min;
			max += p->max;
			if (p->timestamp_ms < first)
				first = p->timestamp_ms;
			if (p->timestamp_ms > last)
				last = p->timestamp_ms;
		}
		ck_assert_uint_eq(corpus_of_namespace(&f, "AWS/EC2"), 785);
		ck_assert_uint_eq(corpus_of_namespace(&f, "AWS/EBS"), 375);
		ck_assert_uint_eq(corpus_bare(&f), 12);
		ck_assert(count == 4139);
		ck_assert(fabs(sum - 25743114311.2699) < 1e-3);
		ck_assert(fabs(min - 8087627940.588477) < 1e-3);
		ck_assert(fabs(max - 23818159639.32007) < 1e-3);
		ck_assert_int_eq(first, 1651679340000);
		ck_assert_int_eq(last, 1651679640000);
		fixture_fini(&f);
	}
}
END_TEST

START_TEST(otel_records_have_their_shares)
{
	struct fixture f;
	size_t ends[3];

	if (!corpus_is_here())
		return;
	corpus_decode(&f, "otel07-984-points.firehose.json", ends);
	ck_assert_uint_eq(ends[0], 282);
	ck_assert_uint_eq(ends[1], 282 + 359);
	ck_assert_uint_eq(corpus_of_namespace(&f, "AWS/RDS"), 125 + 153 + 151);
	fixture_fini(&f);
	corpus_decode(&f, "otel07-52-points.firehose.json", ends);
	ck_assert_uint_eq(ends[0], 20);
	ck_assert_uint_eq(corpus_bare(&f), 0);
	fixture_fini(&f);
	corpus_decode(&f, "otel10-710-points.firehose.json", NULL);
	ck_assert_uint_eq(corpus_bare(&f), 46);
	for (size_t i = 0; i < f.out.npoints; i++)
		ck_assert_int_eq(f.out.points[i].timestamp_ms % 60000, 0);
	fixture_fini(&f);
}
END_TEST

START_TEST(statistics_keep_their_names)
{
	static const struct {
		const char *name, *statistics;
	} rows[] = {{"json-percentiles.jsonl", " p50 p90 p99"},
	    {"json-extended-statistics.jsonl",
		" p99 TM(25%:75%) WM(10%:90%) TC(0.005:0.030) TS(80%:) "
		"PR(:300) IQM tm99 wm98"}};

	if (!corpus_is_here())
		return;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fixture f;
		const char *got = "";

		corpus_decode(&f, rows[i].name, NULL);
		for (size_t k = 0; k < f.out.points[0].nstatistics; k++)
			got = arena_printf(&f.arena, "%s %.*s", got,
			    SPAN_ARGS(f.out.points[0].statistics[k].name));
		ck_assert_str_eq(got, rows[i].statistics);
		fixture_fini(&f);
	}
}
END_TEST

TEST_MAIN("decode_corpus", every_file_has_its_points, json_sums_are_right,
    otel_records_have_their_shares, statistics_keep_their_names)
