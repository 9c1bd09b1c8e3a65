/*
 * The quick visitor of OTLP against the full one: the same points and the
 * same rejects for messages of every shape, whatever the cache knows of them.
 */
#include "base/buf.h"
#include "decode_book.h"
#include "otlp_writer.h"

/* One record by both; *full and *quick go on from where they are. */
struct pair {
	struct arena arena;
	struct decoded full, quick;
	size_t records;
};

static void
pair_init(struct pair *pair, struct book *book, size_t rejects_max)
{
	*pair = (struct pair){0};
	arena_init(&pair->arena);
	decoded_init(&pair->full, &pair->arena);
	decoded_init(&pair->quick, &pair->arena);
	pair->full.rejects_max = pair->quick.rejects_max = rejects_max;
	pair->quick.identities = &book->identities;
}

static void
pair_decode(struct pair *pair, struct book *book, struct span record)
{
	char *exact = arena_alloc(&pair->arena, record.len + 1);
	size_t first = pair->quick.npoints;

	if (record.len > 0)
		memcpy(exact + 1, record.at, record.len);
	record = span_make(exact + 1, record.len);
	decoders[1].decode(&pair->full, record, pair->records);
	decoders[1].decode(&pair->quick, record, pair->records++);
	book_read(book, &pair->quick, first);
	book_same(&pair->quick, &pair->full);
}

static void
pair_fini(struct pair *pair)
{
	arena_fini(&pair->arena);
}

static void
decode_once(struct book *book, struct span record)
{
	struct pair pair;

	pair_init(&pair, book, 0);
	pair_decode(&pair, book, record);
	pair_fini(&pair);
}

/* Whole messages, most of them usual, some of any shape; then bytes of them
 * damaged, or the end missing. Each is read often enough to be known. */
START_TEST(random_messages_read_alike)
{
	const char *rounds = getenv("TOCSIN_ROUNDS");
	long left = rounds != NULL ? atol(rounds) : 80;
	struct book book;
	size_t points = 0;

	book_init(&book);
	for (; left > 0; left--) {
		struct pair pair;
		unsigned odd = writer_chance(50) ? 0 : writer_below(20);

		pair_init(&pair, &book, writer_chance(10) ? 3 : 0);
		for (unsigned n = 1 + writer_below(4); n > 0; n--) {
			struct buf record = {0};

			for (unsigned k = 1 + writer_below(3); k > 0; k--)
				writer_message(&record, odd);
			if (writer_chance(20))
				writer_damage(&record);
			pair_decode(&pair, &book, buf_span(&record));
			pair_decode(&pair, &book, buf_span(&record));
			buf_fini(&record);
		}
		points += pair.full.npoints;
		pair_fini(&pair);
	}
	ck_assert_uint_gt(points, 1000);
	ck_assert_uint_gt(book.taught, 100);
	ck_assert_uint_gt(book.known, points / 8);
	book_fini(&book);
}
END_TEST

/* Of a record whose series are all known, every beginning, and every byte of
 * it changed a little. */
START_TEST(every_cut_and_every_byte)
{
	struct book book;

	book_init(&book);
	for (int round = 0; round < 2; round++) {
		struct buf record = {0};

		while (record.len < 300 || record.len > 2500) {
			buf_clear(&record);
			writer_message(&record, 0);
			writer_message(&record, 0);
		}
		decode_once(&book, buf_span(&record));
		for (size_t cut = 0; cut < record.len; cut++)
			decode_once(&book, span_make(record.bytes, cut));
		for (size_t at = 0; at < record.len; at++) {
			char saved = record.bytes[at];

			record.bytes[at] ^= (char)(1 << writer_below(8));
			decode_once(&book, buf_span(&record));
			record.bytes[at] = saved;
		}
		buf_fini(&record);
	}
	ck_assert_uint_gt(book.known, 1000);
	book_fini(&book);
}
END_TEST

/* One point, its fields in the order of the list. */
struct fields {
	const char *account, *unit;
	struct span point;
};

static void
put_fields(struct buf *record, const struct fields *fields, size_t count)
{
	struct buf message = {0};

	for (size_t i = 0; i < count; i++) {
		struct buf all = {0};

		writer_resource_of(&all, fields[i].account, "us-east-1");
		writer_scope_of(&all, fields[i].unit, fields[i].point);
		writer_close(&message, 1, &all, 0);
	}
	writer_frame(record, buf_span(&message));
	buf_fini(&message);
}

#define START "\x11\x00\x60\xf2\x1d\x33\xa8\x5e\x16"
#define END "\x19\x00\xb8\x47\x2c\x41\xa8\x5e\x16"
#define COUNT "\x21\x03\0\0\0\0\0\0\0"
#define SUM "\x29\0\0\0\0\0\0\x08\x40"
#define LIKE_MAX "\x29\0\x32\x12\0\0\0\x08\x40"
#define MIN "\x32\x00"
#define SOME "\x32\x09\x11\0\0\0\0\0\0\xf0\x3f"
#define HALF "\x32\x12\x09\0\0\0\0\0\0\xe0\x3f\x11\0\0\0\0\0\0\xf0\x3f"
#define MAX "\x32\x12\x09\0\0\0\0\0\0\xf0\x3f\x11\0\0\0\0\0\0\xf0\x3f"
#define ZERO "\x32\x09\x09\0\0\0\0\0\0\xf0\x3f"
#define NAMESPACE                                                              \
	"\x3a\x10\x0a\x09"                                                     \
	"Namespace\x12\x03\x0a\x01"                                            \
	"N"
#define METRIC                                                                 \
	"\x3a\x11\x0a\x0a"                                                     \
	"MetricName\x12\x03\x0a\x01"                                           \
	"M"
#define NAMES NAMESPACE METRIC
#define LABELS                                                                 \
	"\x0a\x0e\x0a\x09"                                                     \
	"Namespace\x12\x01N"                                                   \
	"\x0a\x0f\x0a\x0a"                                                     \
	"MetricName\x12\x01M"

/* What is usual is known when it comes again; what is not is never taught,
 * though it may be a point. */
START_TEST(the_usual_shape_is_known)
{
	static const struct {
		struct span point;
		size_t points;
		bool usual;
	} rows[] = {{SPAN_OF(START END COUNT SUM MIN MAX NAMES), 1, true},
	    {SPAN_OF(START END COUNT MIN ZERO NAMES), 1, true},
	    {SPAN_OF(START END COUNT SOME MAX NAMES), 1, true},
	    {SPAN_OF(START END COUNT SUM SOME HALF MAX NAMES), 1, true},
	    {SPAN_OF(LABELS START END COUNT SUM MIN MAX), 1, true},
	    {SPAN_OF(LABELS START END COUNT SOME HALF ZERO), 1, true},
	    {SPAN_OF(LABELS START END COUNT MIN ZERO), 1, true},
	    {SPAN_OF(LABELS START END COUNT SUM SOME MAX), 1, true},
	    /* Its sum looks like the tag of a maximum. */
	    {SPAN_OF(LABELS START END COUNT LIKE_MAX MIN ZERO), 1, true},
	    {SPAN_OF(LABELS START END COUNT LIKE_MAX SOME ZERO), 1, true},
	    {SPAN_OF(NAMES START END COUNT SUM MIN MAX), 1, false},
	    {SPAN_OF(START END COUNT SUM NAMES MIN MAX), 1, false},
	    {SPAN_OF(START END COUNT SUM MAX MIN NAMES), 1, false},
	    {SPAN_OF(START COUNT SUM MIN MAX NAMES), 1, false},
	    {SPAN_OF(START END SUM MIN MAX NAMES), 1, false},
	    {SPAN_OF(START END COUNT SUM MIN MAX NAMES "\x40\x01"), 1, false},
	    /* A figure between the names, which the last of each decides. */
	    {SPAN_OF(START END COUNT SUM MIN MAX NAMES SUM), 1, false},
	    {SPAN_OF(START END COUNT SUM MIN MAX NAMESPACE COUNT METRIC), 1,
		false},
	    {SPAN_OF(START END COUNT SUM MIN MAX NAMESPACE HALF METRIC), 1,
		false},
	    {SPAN_OF(LABELS START END COUNT SUM MIN MAX LABELS), 1, false},
	    {SPAN_OF(LABELS START END COUNT SUM MIN MAX NAMES), 0, false},
	    {SPAN_OF(START END COUNT SUM MIN NAMES), 0, false},
	    {SPAN_OF(START END COUNT SUM MIN MIN MAX NAMES), 0, false},
	    {SPAN_OF(START END COUNT SUM MIN MAX MAX NAMES), 0, false},
	    {SPAN_OF(START END COUNT SUM MIN MAX), 0, false},
	    {SPAN_OF(START END COUNT SUM MIN MAX NAMESPACE), 0, false},
	    {SPAN_OF(START END COUNT MIN MIN), 0, false},
	    {SPAN_OF(LABELS START END COUNT SUM MIN), 0, false},
	    {SPAN_OF(LABELS START END COUNT SUM SOME), 0, false}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fields fields = {"1", "s", rows[i].point};
		struct buf record = {0};
		struct book book;
		struct pair pair;

		book_init(&book);
		pair_init(&pair, &book, 0);
		put_fields(&record, &fields, 1);
		for (size_t n = 1; n <= 3; n++) {
			pair_decode(&pair, &book, buf_span(&record));
			ck_assert_msg(pair.full.npoints == n * rows[i].points,
			    "row %zu: %s", i,
			    pair.full.nrejects ? pair.full.rejects[0].reason
					       : "");
			ck_assert_msg(
			    book.taught == rows[i].usual, "row %zu", i);
			ck_assert_uint_eq(
			    book.known, rows[i].usual ? n - 1 : 0);
		}
		buf_fini(&record);
		pair_fini(&pair);
		book_fini(&book);
	}
}
END_TEST

/* The same names under another account or unit are another series: in one
 * message, so that the ring holds both, and one after the other. */
START_TEST(what_stands_above_counts)
{
	static const struct fields fields[] = {
	    {"1", "s", SPAN_OF(START END COUNT SUM MIN MAX NAMES)},
	    {"2", "s", SPAN_OF(START END COUNT SUM MIN MAX NAMES)},
	    {"2", "By", SPAN_OF(START END COUNT SUM MIN MAX NAMES)},
	    {"2", "a unit of nobody", SPAN_OF(START END COUNT MIN MAX NAMES)},
	    {"2", "a unit of nobody!", SPAN_OF(START END COUNT MIN MAX NAMES)},
	    {"2", "", SPAN_OF(START END COUNT SUM MIN MAX NAMES)},
	    {"2", NULL, SPAN_OF(START END COUNT SUM MIN MAX NAMES)},
	    {"12", "s", SPAN_OF(START END COUNT SUM MIN MAX NAMES)},
	    {"1", "s", SPAN_OF(START END COUNT SUM SOME MAX NAMES)}};
	size_t count = sizeof(fields) / sizeof(*fields);
	struct buf record = {0};
	struct book book;

	book_init(&book);
	put_fields(&record, fields, count);
	decode_once(&book, buf_span(&record));
	ck_assert_uint_eq(book.taught, count);
	decode_once(&book, buf_span(&record));
	ck_assert_uint_eq(book.known, count);
	for (size_t i = 0; i < count; i++) {
		buf_clear(&record);
		put_fields(&record, &fields[i], 1);
		decode_once(&book, buf_span(&record));
		ck_assert_uint_eq(book.known, count + 1 + i);
	}
	buf_fini(&record);
	book_fini(&book);
}
END_TEST

#define NEVER "\x11\0\0\0\0\0\0\0\0"
#define NAN_SUM "\x29\0\0\0\0\0\0\xf8\x7f"
#define NAN_MIN "\x32\x09\x11\0\0\0\0\0\0\xf8\x7f"
#define HUGE_MAX "\x32\x12\x09\0\0\0\0\0\0\xf0\x3f\x11\0\0\0\0\0\0\x80\x7f"
#define HUGE_HALF "\x32\x12\x09\0\0\0\0\0\0\xe0\x3f\x11\0\0\0\0\0\0\xf0\xff"

/* Names that are known make no point of figures that are wrong. */
START_TEST(known_names_excuse_no_figure)
{
	static const struct span rows[] = {
	    SPAN_OF(NEVER END COUNT SUM MIN MAX NAMES),
	    SPAN_OF(START END COUNT NAN_SUM MIN MAX NAMES),
	    SPAN_OF(START END COUNT SUM NAN_MIN MAX NAMES),
	    SPAN_OF(START END COUNT SUM MIN HUGE_MAX NAMES),
	    SPAN_OF(START END COUNT SUM MIN HUGE_HALF MAX NAMES),
	    SPAN_OF(START END COUNT SUM NAN_MIN HALF MAX NAMES),
	    SPAN_OF(START END COUNT SUM MIN HALF HUGE_MAX NAMES),
	    SPAN_OF(START END COUNT SUM MIN HALF HALF MAX NAMES),
	    SPAN_OF(START END COUNT SUM MIN HALF NAMES),
	    SPAN_OF(START END COUNT SUM HALF MAX NAMES),
	    SPAN_OF(START END COUNT SUM MIN NAMES),
	    SPAN_OF(START END COUNT SUM NAMES)};
	struct fields good = {
	    "1", "s", SPAN_OF(START END COUNT SUM MIN MAX NAMES)};
	struct buf record = {0};
	struct book book;

	book_init(&book);
	put_fields(&record, &good, 1);
	decode_once(&book, buf_span(&record));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fields bad = {"1", "s", rows[i]};
		struct pair pair;

		buf_clear(&record);
		put_fields(&record, &bad, 1);
		pair_init(&pair, &book, 0);
		pair_decode(&pair, &book, buf_span(&record));
		ck_assert_msg(pair.full.nrejects == 1, "row %zu", i);
		pair_fini(&pair);
	}
	buf_clear(&record);
	put_fields(&record, &good, 1);
	ck_assert_uint_eq(book.known, 0);
	decode_once(&book, buf_span(&record));
	ck_assert_uint_eq(book.known, 1);
	buf_fini(&record);
	book_fini(&book);
}
END_TEST

/* What a record's one point would be taught as. */
static struct identity_key
key_of(struct decoded *out, struct fields fields)
{
	struct buf record = {0};
	struct span kept;

	put_fields(&record, &fields, 1);
	kept = arena_copy(out->arena, buf_span(&record));
	buf_fini(&record);
	decoders[1].decode(out, kept, 0);
	ck_assert_ptr_nonnull(out->points[out->npoints - 1].teach);
	return *out->points[out->npoints - 1].teach;
}

/* Another series taught under the hash of this one, as if both collided. */
START_TEST(a_hash_is_never_trusted)
{
	static const struct fields good = {
	    "1", "s", SPAN_OF(START END COUNT SUM MIN MAX NAMES)};
	static const struct fields others[] = {
	    {"2", "s", SPAN_OF(START END COUNT SUM MIN MAX NAMES)},
	    {"1", "t", SPAN_OF(START END COUNT SUM MIN MAX NAMES)},
	    {"1", "", SPAN_OF(START END COUNT SUM MIN MAX NAMES)},
	    {"1", "s", SPAN_OF(LABELS START END COUNT SUM MIN MAX)},
	    {"1", "s", SPAN_OF(START END COUNT SUM MIN MAX NAMESPACE NAMES)},
	    {"1", "s", SPAN_OF(START END COUNT SUM MIN HALF MAX NAMES)}};
	size_t count = sizeof(others) / sizeof(*others);

	for (size_t i = 0; i < count; i++) {
		struct identity_key key, other;
		struct decoded out;
		struct arena arena;
		struct book book;
		struct buf record = {0};

		book_init(&book);
		arena_init(&arena);
		decoded_init(&out, &arena);
		out.identities = &book.identities;
		key = key_of(&out, good);
		other = key_of(&out, others[i]);
		other.hash = key.hash;
		identities_teach(&book.identities, &other, &book);
		put_fields(&record, &good, 1);
		decoders[1].decode(&out, buf_span(&record), 0);
		ck_assert_uint_eq(out.npoints, 3);
		/* The last is the same series with other figures. */
		ck_assert_msg(
		    (out.points[2].known == &book) == (i == count - 1),
		    "row %zu", i);
		buf_fini(&record);
		arena_fini(&arena);
		book_fini(&book);
	}
}
END_TEST

/* Resources behind the points, or two: the last word on each counts. */
START_TEST(a_resource_counts_wherever_it_stands)
{
	struct span point = SPAN_OF(START END COUNT SUM MIN MAX NAMES);
	struct book book;

	book_init(&book);
	for (int row = 0; row < 5; row++) {
		struct buf all = {0}, message = {0}, record = {0};
		struct pair pair;

		if (row == 1)
			writer_scope_of(&all, "s", point);
		writer_resource_of(&all, "1", row == 4 ? "" : "us-east-1");
		if (row == 2)
			writer_resource_of(&all, "2", NULL);
		if (row != 1)
			writer_scope_of(&all, "s", point);
		if (row == 3)
			writer_resource_of(&all, "2", "eu-west-1");
		writer_close(&message, 1, &all, 0);
		writer_frame(&record, buf_span(&message));
		pair_init(&pair, &book, 0);
		pair_decode(&pair, &book, buf_span(&record));
		pair_decode(&pair, &book, buf_span(&record));
		ck_assert_uint_eq(pair.full.npoints, row == 4 ? 0 : 2);
		ck_assert_uint_eq(book.known, 1);
		pair_fini(&pair);
		buf_fini(&message);
		buf_fini(&record);
	}
	book_fini(&book);
}
END_TEST

/* More points than a request may hold, those drained among them: the message
 * that has one too many leaves nothing. */
START_TEST(points_are_bounded)
{
	struct fields fields[40];
	struct buf record = {0};
	struct book book;

	for (size_t i = 0; i < 40; i++)
		fields[i] = (struct fields){
		    "1", "s", SPAN_OF(START END COUNT SUM MIN MAX NAMES)};
	book_init(&book);
	put_fields(&record, fields, 40);
	for (size_t room = 38; room < 42; room++)
		for (size_t kept = 0; kept < 2; kept++) {
			struct pair pair;

			pair_init(&pair, &book, 0);
			pair.full.drained = pair.quick.drained = 1000000 - room;
			pair_decode(&pair, &book, buf_span(&record));
			ck_assert_uint_eq(
			    pair.full.npoints, room < 40 ? 0 : 40);
			ck_assert_uint_eq(pair.full.nrejects, room < 40);
			pair_decode(&pair, &book, buf_span(&record));
			ck_assert_uint_eq(
			    pair.full.npoints, room < 40 ? 0 : 40);
			pair_fini(&pair);
		}
	buf_fini(&record);
	book_fini(&book);
}
END_TEST

/* A hundred known points and then a fault: all are taken back, and so are the
 * rejects, but not what stood before. */
START_TEST(a_broken_message_leaves_nothing)
{
	struct fields fields[100];
	struct buf record = {0}, good = {0};
	struct book book;
	struct pair pair;

	for (size_t i = 0; i < 100; i++)
		fields[i] = (struct fields){"1", "s",
		    i % 5 == 0 ? SPAN_OF(START END COUNT SUM MIN NAMES)
			       : SPAN_OF(START END COUNT MIN HALF MAX NAMES)};
	book_init(&book);
	pair_init(&pair, &book, 0);
	put_fields(&good, fields, 70);
	pair_decode(&pair, &book, buf_span(&good));
	fields[99].point = SPAN_OF(START END COUNT "\x29");
	put_fields(&record, fields, 100);
	pair_decode(&pair, &book, buf_span(&record));
	ck_assert_uint_eq(pair.full.npoints, 56);
	ck_assert_uint_eq(pair.full.nrejects, 15);
	pair_decode(&pair, &book, buf_span(&good));
	ck_assert_uint_eq(pair.full.npoints, 112);
	buf_fini(&record);
	buf_fini(&good);
	pair_fini(&pair);
	book_fini(&book);
}
END_TEST

TEST_MAIN("decode_otlp_quick", random_messages_read_alike,
    every_cut_and_every_byte, the_usual_shape_is_known,
    what_stands_above_counts, known_names_excuse_no_figure,
    a_hash_is_never_trusted, a_resource_counts_wherever_it_stands,
    points_are_bounded, a_broken_message_leaves_nothing)
