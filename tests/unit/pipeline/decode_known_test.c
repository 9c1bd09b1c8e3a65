/*
 * The fast path against the full parser: the same points, bit for bit, and
 * the same rejects, for good lines, odd ones, broken ones and cut ones.
 * TOCSIN_ROUNDS is how many random points are tried.
 */
#include <stdarg.h>

#include "decode_known.h"

#define POINTS 120000
#define SERIES 200
#define PATHS_MAX 4

/* xorshift64*: the same lines on every machine. */
static uint64_t known_state = 0x9e3779b97f4a7c15;

static unsigned
below(unsigned bound)
{
	known_state ^= known_state >> 12;
	known_state ^= known_state << 25;
	known_state ^= known_state >> 27;
	return (unsigned)((known_state * 0x2545f4914f6cdd1d) >> 33) % bound;
}

static const char *
one_of(const char *const *texts, size_t count)
{
	return texts[below((unsigned)count)];
}
#define ONE_OF(...)                                                            \
	one_of((const char *const[]){__VA_ARGS__},                             \
	    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void put(struct buf *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
put(struct buf *out, const char *format, ...)
{
	char text[4096];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	buf_put(out, text, strlen(text));
}

static void
put_digits(struct buf *out, unsigned count)
{
	while (count-- > 0)
		buf_byte(out, (char)('0' + below(10)));
}

/* A number as Java, or somebody else, writes it; now and then none at all. */
static void
put_number(struct buf *out)
{
	char text[TEXT_NUMBER_SIZE];

	switch (below(12)) {
	case 0:
		put(out, "0.0");
		break;
	case 1:
		put(out, "%u.0", below(100000));
		break;
	case 2:
		put(out, "%u", below(100000));
		break;
	case 3:
	case 4:
	case 5:
		text_double_java(text,
		    (double)(below(1u << 31)) * (double)(1 + below(1u << 31)) /
			(double)(1ull << below(60)));
		put(out, "%s", text);
		break;
	case 6:
		put(out, "%s%u.", below(2) ? "-" : "", below(1000));
		put_digits(out, 1 + below(22));
		break;
	case 7:
		put(out, "%u.", below(10));
		put_digits(out, 1 + below(18));
		put(out, "%s%u", ONE_OF("E", "e", "E-", "E+"), below(80));
		break;
	case 8:
		put(out, "0.000");
		put_digits(out, 1 + below(18));
		break;
	case 9:
		put(out, "%u", 1 + below(9));
		put_digits(out, below(30));
		break;
	case 10:
		if (below(8) == 0)
			put(out, "%s",
			    ONE_OF("-0.0", "-0", "01.5", "1.", ".5", "1e", "-",
				"1.5.2", "2.4e108", "-2.3e108", "1e400",
				"1e-400", "2.348542582773833227e108", "NaN",
				"null", "\"1\"", "1 ", " 1", "0x10", "1.0E",
				"00", "{}", "[]", "5e-324",
				"9007199254740993.0"));
		else
			put(out, "%u.5", below(1000));
		break;
	default:
		put(out, "%u.%u", below(1000), below(1000));
	}
}

static void
put_timestamp(struct buf *out)
{
	if (below(60) == 0)
		put(out, "%s",
		    ONE_OF("165167964000", "16516796400000", "-651679640000",
			"0000000000001", "1651679640000.0", "165167964000x",
			"1e12", "\"1651679640000\"", "null", "9999999999999",
			"253402300800000", ""));
	else
		put(out, "16516%08u", below(100000000));
}

/* What names a series, most of it fixed by `id`. */
static void
put_head(struct buf *out, unsigned id)
{
	static const char *const odd[] = {"i-0cbbc7e021a19be2e", "",
	    "{id},\\\"timestamp\\\":1", "a},b", "\\u00e9\\n", "\xc3\xa9",
	    "Elastic Load Balancing", "x}\\\\", "},t", "/aws/lambda/x:2"};

	put(out,
	    "{\"metric_stream_name\":\"s\",\"account_id\":\"11112222%04u\","
	    "\"region\":\"us-east-%u\",\"namespace\":\"AWS/EC2\","
	    "\"metric_name\":\"Ops%u\",\"dimensions\":{",
	    id % 3, id % 2, id % 7);
	if (id % 5 > 0)
		put(out, "\"InstanceId\":\"i-%08x%s\"", id * 2654435761u,
		    odd[id % (sizeof(odd) / sizeof(*odd))]);
	if (id % 5 > 2)
		put(out, ",\"B\":\"%0*u\"", (int)(1 + id % 90), id);
	if (id % 5 > 3)
		put(out, ",\"A\":\"%u\"", id);
}

static void
put_value(struct buf *out)
{
	static const char *const order[] = {"max", "min", "sum", "count"};
	unsigned turn = below(80) == 0 ? below(4) : 0;

	put(out, "{");
	for (unsigned i = 0; i < 4; i++) {
		put(out, "%s\"%s\":", i == 0 ? "" : ",", order[(i + turn) % 4]);
		put_number(out);
	}
	if (below(40) == 0)
		put(out, ",\"%s\":%u", ONE_OF("p99", "TM(25%:75%)", "max"),
		    below(9));
	put(out, "}");
}

/* A usual line, with `odd` something in it that is not. */
static void
put_line(struct buf *out, unsigned id, unsigned odd)
{
	if (odd == 1)
		put(out, "%s", ONE_OF(" ", "\t", "x", "{\"a\":1}"));
	put_head(out, id);
	put(out, "}");
	if (odd == 2)
		put(out, ",\"extra\":%s",
		    ONE_OF("{\"a\":{},\"timestamp\":1651679640000}",
			"{\"a\":{},\"timestamp\":1651679640000,\"value\":{"
			"\"max\":1.0,\"min\":1.0,\"sum\":1.0,\"count\":1.0}}",
			"[{},{\"timestamp\":1651679640000}]", "\"}\"", "5"));
	put(out, ",%s\"timestamp\":",
	    odd == 3 ? ONE_OF(" ", "\"x\":null,", "") : "");
	put_timestamp(out);
	put(out, "%s,\"value\":", odd == 4 ? ONE_OF(" ", "0", "}", "]") : "");
	put_value(out);
	if (odd == 5)
		put(out, "%s",
		    ONE_OF(",\"unit\":null", ",\"unit\":1", ",\"timestamp\":1",
			",\"extra\":{\"value\":{\"max\":1}}",
			",\"region\":\"x\"", ",\"dimensions\":{}"));
	else if (id % 11 > 0)
		put(out, ",\"unit\":\"%s\"", id % 2 ? "Count" : "Bytes/Second");
	put(out, "}");
	if (odd == 6)
		put(out, "%s", ONE_OF("\r", " ", "}", ",", "{\"a\":1}", "\n"));
	if (odd == 7)
		put_line(out, below(SERIES), 0);
	put(out, "\n");
}

/* A byte or two of what was just put become others, more or fewer. */
static void
damage(struct buf *out, size_t from)
{
	static const char bytes[] = "\",:{}\\09.eE-tn \n\r\x80";

	for (unsigned n = 1 + below(2); n > 0 && out->len > from + 1; n--) {
		size_t at = from + below((unsigned)(out->len - from));
		char byte = bytes[below(sizeof(bytes) - 1)];

		switch (below(3)) {
		case 0:
			out->bytes[at] = byte;
			break;
		case 1:
			out->len--;
			memmove(out->bytes + at, out->bytes + at + 1,
			    out->len - at);
			break;
		default:
			buf_byte(out, byte);
			memmove(out->bytes + at + 1, out->bytes + at,
			    out->len - at - 1);
			out->bytes[at] = byte;
		}
	}
}

static void
put_record(struct buf *out, unsigned lines)
{
	for (unsigned i = 0; i < lines; i++) {
		size_t from = out->len;
		unsigned kind = below(16);

		put_line(out, below(SERIES), kind < 3 ? 1 + below(7) : 0);
		if (kind == 15)
			damage(out, from);
	}
	if (below(4) == 0)
		out->len -= below((unsigned)out->len);
}

struct school {
	struct pupil pupils[PATHS_MAX];
	size_t count, points;
};

static void
school_init(struct school *school)
{
	*school = (struct school){0};
	for (size_t i = 0; json_paths[i] != NULL; i++)
		if (json_paths[i]->usable())
			pupil_init(
			    &school->pupils[school->count++], json_paths[i]);
}

static void
school_fini(struct school *school)
{
	for (size_t i = 0; i < school->count; i++)
		pupil_fini(&school->pupils[i]);
}

/* The record by the full parser and by all paths, with its end at the end of
 * its memory. */
static void
school_try(struct school *school, struct span record)
{
	struct fixture f;

	fixture_init(&f);
	record = fixture_exact(&f, record);
	decoders[0].decode(&f.out, record, 3);
	school->points += f.out.npoints;
	for (size_t i = 0; i < school->count; i++) {
		struct pupil *pupil = &school->pupils[i];
		const char *fault = pupil_try(pupil, record, &f.out);

		ck_assert_msg(fault == NULL, "%s gives %s:\n%.*s",
		    pupil->path->name, fault, SPAN_ARGS(record));
	}
	fixture_fini(&f);
}

START_TEST(both_ways_give_the_same)
{
	const char *rounds = getenv("TOCSIN_ROUNDS");
	size_t wanted = rounds == NULL ? POINTS : strtoul(rounds, NULL, 10);
	struct school school;
	struct buf record = {0};

	school_init(&school);
	while (school.points < wanted) {
		buf_clear(&record);
		put_record(&record, 1 + below(below(4) == 0 ? 300 : 20));
		school_try(&school, buf_span(&record));
	}
	for (size_t i = 0; i < school.count; i++)
		ck_assert_uint_gt(school.pupils[i].known, wanted / 2);
	buf_fini(&record);
	school_fini(&school);
}
END_TEST

/* Cut at every byte, cold at first and then with every line known. */
START_TEST(records_may_end_anywhere)
{
	struct school school;
	struct buf record = {0};

	school_init(&school);
	for (unsigned id = 20; id < 26; id++)
		put_line(&record, id, 0);
	for (int turn = 0; turn < 2; turn++) {
		for (size_t len = 0; len <= record.len; len++)
			school_try(&school, span_make(record.bytes, len));
		for (size_t from = 0; from < record.len; from++)
			school_try(&school,
			    span_make(record.bytes + from, record.len - from));
	}
	buf_fini(&record);
	school_fini(&school);
}
END_TEST

#define NUMBERS(n)                                                             \
	"\"value\":{\"max\":" n ",\"min\":1.0,\"sum\":2.0,\"count\":3.0}"
#define HEAD(extra)                                                            \
	"{\"metric_stream_name\":\"s\",\"account_id\":\"1\",\"region\":\"r\"," \
	"\"namespace\":\"N\",\"metric_name\":\"M\"," extra                     \
	"\"dimensions\":{\"a\":\"b\"}"
#define LINE(n) HEAD("") ",\"timestamp\":1651679640000," NUMBERS(n)

/* The second line comes after the first has been taught: how many of its
 * points are known then. */
START_TEST(only_the_usual_is_taught)
{
	static const struct {
		const char *first, *second;
		size_t known;
	} rows[] = {{LINE("1.0") "}", LINE("2.5E8") "}", 1},
	    {LINE("1.0") ",\"unit\":\"Count\"}",
		LINE("7") ",\"unit\":\"Count\"}", 1},
	    {LINE("1.0") ",\"unit\":\"Count\"}",
		LINE("7") ",\"unit\":\"None\"}", 0},
	    {LINE("1.0") "} ", LINE("7") "} ", 1},
	    {LINE("1.0") "}\r", LINE("7") "}\r", 1},
	    {LINE("1.0") "}", LINE("7") "}\r", 0},
	    {LINE("1.0") ",\"x\":1}", LINE("7") ",\"x\":1}", 1},
	    /* Another object of the line, another place of the numbers.
	     */
	    {LINE("1.0") "}" LINE("1.0") "}", LINE("1.0") "}" LINE("1.0") "}",
		0},
	    {LINE("1.0") "}{", LINE("1.0") "}{", 0},
	    {HEAD("\"x\":{\"d\":{},\"timestamp\":1651679640000," NUMBERS(
		 "5.0") "},") ",\"timestamp\":"
			      "1651679640000," NUMBERS("5.0") "}",
		HEAD("\"x\":{\"d\":{},\"timestamp\":"
		     "1651679640000," NUMBERS(
			 "6.0") "},") ",\"timestamp\":"
				      "1651679640000," NUMBERS("5.0") "}",
		0},
	    {LINE("1.0") ",\"p99\":1}", LINE("1.0") ",\"p99\":2}", 0},
	    {LINE("3e108") "}", LINE("3e108") "}", 0},
	    {LINE("1.0") "}", LINE("3e108") "}", 0},
	    {LINE("1.0") "}", LINE("-2.3485e108") "}", 0},
	    {LINE("1.0") "}", LINE("01") "}", 0},
	    {LINE("1.0") "}", LINE("1.0}") "}", 0},
	    {LINE("1.0") ",\"unit\":\"Count\"}x",
		LINE("1.0") ",\"unit\":\"Count\"}x", 0}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct school school;

		school_init(&school);
		school_try(&school, span_text(rows[i].first));
		school_try(&school, span_text(rows[i].second));
		for (size_t k = 0; k < school.count; k++)
			ck_assert_msg(school.pupils[k].known == rows[i].known,
			    "%s: %zu known of row %zu",
			    school.pupils[k].path->name, school.pupils[k].known,
			    i);
		school_fini(&school);
	}
}
END_TEST

static size_t
naive_lines(struct span text, size_t line[], size_t digits[])
{
	size_t count = 0, from = 0;

	while (from < text.len) {
		size_t end = from, mark = SIZE_MAX;

		for (; end < text.len && text.at[end] != '\n'; end++)
			if (mark == SIZE_MAX &&
			    text.len - end > JSON_MARK_LEN &&
			    memcmp(text.at + end, JSON_MARK, JSON_MARK_LEN) ==
				0)
				mark = end + JSON_MARK_LEN;
		line[count] = end - from;
		digits[count++] = mark;
		from = end + 1;
	}
	return count;
}

START_TEST(lines_and_marks_are_found)
{
	for (int round = 0; round < 3000; round++) {
		size_t len[2048], digits[2048], count;
		struct buf text = {0};
		struct fixture f;
		struct span exact;

		for (unsigned n = below(1500); n > 0; n--)
			put(&text, "%s",
			    ONE_OF("\n", "}", "t", "},t", JSON_MARK, "}t}",
				"},\"timestamp\"", "xxxxxxxxxxxxxxxxxxxxxxx",
				"}\n,\"timestamp\":", "\"}\"t"));
		if (text.len > 2000)
			text.len = below(2000);
		fixture_init(&f);
		exact = fixture_exact(&f, buf_span(&text));
		count = naive_lines(exact, len, digits);
		for (size_t i = 0; json_paths[i] != NULL; i++) {
			struct json_index index;
			const char *mark;
			struct span line;
			size_t at = 0;

			if (!json_paths[i]->usable())
				continue;
			json_index_init(&index, exact, json_paths[i]);
			for (; json_index_next(&index, &line, &mark); at++) {
				ck_assert_uint_lt(at, count);
				ck_assert_uint_eq(line.len, len[at]);
				ck_assert(mark ==
				    (digits[at] == SIZE_MAX
					    ? NULL
					    : exact.at + digits[at]));
			}
			ck_assert_uint_eq(at, count);
		}
		buf_fini(&text);
		fixture_fini(&f);
	}
}
END_TEST

TEST_MAIN("decode_known", both_ways_give_the_same, records_may_end_anywhere,
    only_the_usual_is_taught, lines_and_marks_are_found)
