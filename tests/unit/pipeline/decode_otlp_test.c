#include <stdint.h>

#include "base/buf.h"
#include "decode_fixture.h"
#include "pipeline/decode/translate.h"
#include "pipeline/decode/wire.h"

/* A small writer of the wire: each put_ adds one field to the buffer. */
static void
put_varint(struct buf *out, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		buf_byte(out, (char)(value | 0x80));
	buf_byte(out, (char)value);
}

static void
put_bytes(struct buf *out, unsigned number, struct span bytes)
{
	put_varint(out, WIRE_TAG(number, WIRE_BYTES));
	put_varint(out, bytes.len);
	buf_span_put(out, bytes);
}

static void
put_text(struct buf *out, unsigned number, const char *text)
{
	put_bytes(out, number, span_text(text));
}

/* Puts the inner message and empties it for the next. */
static void
put_message(struct buf *out, unsigned number, struct buf *inner)
{
	put_bytes(out, number, buf_span(inner));
	buf_clear(inner);
}

static void
put_fixed(struct buf *out, unsigned number, uint64_t value)
{
	put_varint(out, WIRE_TAG(number, WIRE_FIXED64));
	buf_u64(out, value);
}

static void
put_double(struct buf *out, unsigned number, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	if (bits != 0) /* as proto3 writes it */
		put_fixed(out, number, bits);
}

/* KeyValue with a string. */
static void
put_pair(struct buf *out, unsigned number, const char *key, const char *value)
{
	struct buf pair = {0}, any = {0};

	put_text(&any, 1, value);
	put_text(&pair, 1, key);
	put_message(&pair, 2, &any);
	put_message(out, number, &pair);
	buf_fini(&any);
	buf_fini(&pair);
}

static void
put_label(struct buf *out, const char *key, const char *value)
{
	struct buf pair = {0};

	put_text(&pair, 1, key);
	if (value[0] != '\0')
		put_text(&pair, 2, value);
	put_message(out, 1, &pair);
	buf_fini(&pair);
}

/* The attribute Dimensions with the pairs given, NULL-ended. */
static void
put_dimensions(struct buf *out, const char *const *pairs)
{
	struct buf pair = {0}, any = {0}, list = {0};

	for (; *pairs != NULL; pairs += 2)
		put_pair(&list, 1, pairs[0], pairs[1]);
	put_message(&any, 6, &list);
	put_text(&pair, 1, "Dimensions");
	put_message(&pair, 2, &any);
	put_message(out, 7, &pair);
	buf_fini(&list);
	buf_fini(&any);
	buf_fini(&pair);
}

static void
put_quantile(struct buf *out, double quantile, double value)
{
	struct buf pair = {0};

	put_double(&pair, 1, quantile);
	put_double(&pair, 2, value);
	put_message(out, 6, &pair);
	buf_fini(&pair);
}

/* How one message of one point is made; zero is the plain one. */
struct shape {
	bool labels, resource_last, attributes_first;
	bool no_account, no_region, no_namespace, no_metric, no_quantiles;
	bool no_start, no_minimum, twice, repeated, odd_quantile, huge;
	bool bad_type;
	const char *unit;
};

static void
put_identity(struct buf *point, const struct shape *shape)
{
	static const char *const pairs[] = {"Zone", "z", "Id", "i-1", NULL};
	static const char *const same[] = {"Id", "i-1", "Id", "i-2", NULL};

	if (shape->labels) {
		put_label(point, "Namespace", "AWS/EC2");
		put_label(point, "MetricName", "Ops");
		put_label(point, "Namespace", "mine");
		put_label(point, "MetricName", "");
		put_label(point, "Id", "i-1");
		return;
	}
	if (!shape->no_namespace)
		put_pair(point, 7, "Namespace", "AWS/EC2");
	if (!shape->no_metric)
		put_pair(point, 7, "MetricName", "Ops");
	put_dimensions(point, shape->repeated ? same : pairs);
}

static void
put_figures(struct buf *point, const struct shape *shape)
{
	if (!shape->no_start)
		put_fixed(point, 2, 1611929640000000000);
	put_fixed(point, 3, 1611929700000000000);
	if (shape->bad_type)
		put_varint(point, WIRE_TAG(4, WIRE_VARINT));
	if (shape->bad_type)
		put_varint(point, 3);
	else
		put_fixed(point, 4, 3);
	put_double(point, 5, shape->huge ? 0x1p361 : 0);
	if (shape->no_quantiles)
		return;
	if (!shape->no_minimum)
		put_quantile(point, 0, 0);
	put_quantile(point, shape->odd_quantile ? 1.5 : 0.999, 17);
	put_quantile(point, 1, 18);
	if (shape->twice)
		put_quantile(point, 1, 18);
}

static void
put_resource(struct buf *out, const struct shape *shape)
{
	struct buf resource = {0};

	put_pair(&resource, 1, "cloud.provider", "aws");
	if (!shape->no_account)
		put_pair(&resource, 1, "cloud.account.id", "111122223333");
	if (!shape->no_region)
		put_pair(&resource, 1, "cloud.region", "us-east-1");
	put_message(out, 1, &resource);
	buf_fini(&resource);
}

/* The message without its length. */
static void
put_request(struct buf *out, const struct shape *shape)
{
	struct buf point = {0}, summary = {0}, metric = {0}, scope = {0},
		   all = {0};

	if (shape->attributes_first)
		put_identity(&point, shape);
	put_figures(&point, shape);
	if (!shape->attributes_first)
		put_identity(&point, shape);
	put_varint(&point, WIRE_TAG(8, WIRE_VARINT));
	put_varint(&point, 1);
	put_message(&summary, 1, &point);
	put_text(&metric, 1, "amazonaws.com/AWS/EC2/Ops");
	put_text(&metric, 5, ""); /* a gauge, not ours */
	if (shape->attributes_first)
		put_message(&metric, 11, &summary);
	if (shape->unit != NULL)
		put_text(&metric, 3, shape->unit);
	if (!shape->attributes_first)
		put_message(&metric, 11, &summary);
	put_message(&scope, 2, &metric);
	if (!shape->resource_last)
		put_resource(&all, shape);
	put_message(&all, 2, &scope);
	if (shape->resource_last)
		put_resource(&all, shape);
	put_message(out, 1, &all);
	buf_fini(&all);
	buf_fini(&scope);
	buf_fini(&metric);
	buf_fini(&summary);
	buf_fini(&point);
}

static void
put_framed(struct buf *out, const struct shape *shape)
{
	struct buf request = {0};

	put_request(&request, shape);
	put_varint(out, request.len);
	buf_span_put(out, buf_span(&request));
	buf_fini(&request);
}

#define HEAD "111122223333 us-east-1 AWS/EC2 Ops "
#define TAIL " Id=i-1 Zone=z : 0/3/0/18 p99.9=17"

START_TEST(both_versions_are_read_in_any_order)
{
	static const struct {
		struct shape shape;
		const char *shown;
	} rows[] = {{{.unit = "By/s"}, HEAD "Bytes/Second @1611929640000" TAIL},
	    {{.unit = "{Count}", .resource_last = true},
		HEAD "Count @1611929640000" TAIL},
	    {{.unit = "1", .attributes_first = true},
		HEAD "None @1611929640000" TAIL},
	    {{.unit = "furlongs",
		 .attributes_first = true,
		 .resource_last = true},
		HEAD "furlongs @1611929640000" TAIL},
	    {{.labels = true},
		HEAD "None @1611929640000 Id=i-1 MetricName= Namespace=mine : "
		     "0/3/0/18 p99.9=17"},
	    {{.labels = true, .attributes_first = true},
		HEAD "None @1611929640000 Id=i-1 MetricName= Namespace=mine : "
		     "0/3/0/18 p99.9=17"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fixture f;
		struct buf record = {0};

		fixture_init(&f);
		put_framed(&record, &rows[i].shape);
		put_framed(&record, &(struct shape){0});
		put_framed(&record, &rows[i].shape);
		fixture_decode(&f, buf_span(&record), 0);
		ck_assert_uint_eq(f.out.nrejects, 0);
		ck_assert_uint_eq(f.out.npoints, 3);
		ck_assert_str_eq(fixture_point(&f, 0), rows[i].shown);
		ck_assert_str_eq(
		    fixture_point(&f, 1), HEAD "None @1611929640000" TAIL);
		ck_assert_str_eq(fixture_point(&f, 2), rows[i].shown);
		buf_fini(&record);
		fixture_fini(&f);
	}
}
END_TEST

START_TEST(incomplete_points_are_rejects)
{
	static const struct {
		struct shape shape;
		const char *reason;
	} rows[] = {{{.no_account = true},
			"incomplete: the resource has no cloud.account.id"},
	    {{.no_region = true},
		"incomplete: the resource has no cloud.region"},
	    {{.no_namespace = true}, "incomplete: the point has no Namespace"},
	    {{.no_metric = true}, "incomplete: the point has no MetricName"},
	    {{.no_start = true}, "incomplete: the point has no start time"},
	    {{.no_quantiles = true},
		"incomplete: the point has no minimum and maximum"},
	    {{.no_minimum = true},
		"incomplete: the point has no minimum and maximum"},
	    {{.twice = true}, "a quantile stands twice"},
	    {{.odd_quantile = true}, "a quantile is not within 0 and 1"},
	    {{.repeated = true}, "a dimension stands twice"},
	    {{.huge = true}, "a value is not finite or beyond 2^360"},
	    {{.unit = "a\xff"},
		"a name has control characters or is not UTF-8"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fixture f;
		struct buf record = {0};

		fixture_init(&f);
		put_framed(&record, &(struct shape){0});
		put_framed(&record, &rows[i].shape);
		put_framed(&record, &(struct shape){0});
		fixture_decode(&f, buf_span(&record), 4);
		ck_assert_uint_eq(f.out.npoints, 2);
		ck_assert_uint_eq(f.out.nrejects, 1);
		ck_assert_str_eq(f.out.rejects[0].reason, rows[i].reason);
		ck_assert_uint_eq(f.out.rejects[0].record, 4);
		ck_assert_uint_eq(f.out.rejects[0].item, 2);
		buf_fini(&record);
		fixture_fini(&f);
	}
}
END_TEST

/* Each is one reject, from the byte where the broken message begins. */
START_TEST(broken_framing_is_one_reject)
{
	static const struct {
		struct span bytes;
		const char *reason;
	} rows[] = {{SPAN_OF("\x80"), "a varint is cut off"},
	    {SPAN_OF("\x80\x80\x80\x80\x80\x01"), "a varint is too long"},
	    {SPAN_OF("\xff\xff\xff\xff\x7f"),
		"a message's length is above 32 bits"},
	    {SPAN_OF("\xff\xff\xff\xff\x0f"), "a length goes beyond the end"},
	    {SPAN_OF("\x01\x02\x03"), "no field has such a number"},
	    {SPAN_OF("\xe8\x07"
		     "abc"),
		"a length goes beyond the end"},
	    {SPAN_OF("\x80\x80\x80\x80\x80\x80\x80\x80\x40"
		     "abc"),
		"a varint is too long"},
	    {SPAN_OF("\x02\x0b\x00"), "no field has such a type"},
	    {SPAN_OF("\x02\x00\x00"), "no field has such a number"},
	    {SPAN_OF("\x02\x0a\x05"), "a length goes beyond the end"},
	    {SPAN_OF("\x03\x11\x00\x00"), "a number is cut off"},
	    {SPAN_OF("\x08\x11\x00\x00\x00\x00\x00\x00\x00"),
		"a number is cut off"},
	    {SPAN_OF("\x0c\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02\x00"),
		"a varint is above 64 bits"}};

	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(*rows); i++) {
		struct fixture f;
		struct buf record = {0};
		size_t before, good = i % 2;

		fixture_init(&f);
		if (good)
			put_framed(&record, &(struct shape){0});
		before = record.len;
		buf_span_put(&record, rows[i / 2].bytes);
		decoders[1].decode(
		    &f.out, fixture_exact(&f, buf_span(&record)), 0);
		ck_assert_uint_eq(f.out.npoints, good);
		ck_assert_uint_eq(f.out.nrejects, 1);
		ck_assert_str_eq(f.out.rejects[0].reason, rows[i / 2].reason);
		ck_assert_uint_eq(f.out.rejects[0].item, good + 1);
		ck_assert_uint_eq(f.out.rejects[0].offset, before);
		ck_assert_uint_eq(f.out.rejects[0].len, rows[i / 2].bytes.len);
		buf_fini(&record);
		fixture_fini(&f);
	}
}
END_TEST

/* Cut anywhere, a record keeps its whole messages and has one reject; nothing
 * of the cut message is seen, though its first point could be read. */
/* The framing holds: only the message between is lost. */
START_TEST(a_bad_message_between_good_ones)
{
	struct fixture f;
	struct buf record = {0};
	size_t before;

	fixture_init(&f);
	put_framed(&record, &(struct shape){0});
	before = record.len;
	buf_put(&record, "\x03\x11\x00\x00", 4);
	put_framed(&record, &(struct shape){0});
	decoders[1].decode(&f.out, fixture_exact(&f, buf_span(&record)), 0);
	ck_assert_uint_eq(f.out.npoints, 2);
	ck_assert_uint_eq(f.out.nrejects, 1);
	ck_assert_uint_eq(f.out.rejects[0].item, 2);
	ck_assert_uint_eq(f.out.rejects[0].offset, before);
	ck_assert_uint_eq(f.out.rejects[0].len, 4);
	buf_fini(&record);
	fixture_fini(&f);
}
END_TEST

/* A mebibyte of broken messages costs one walk and a bounded memory. */
START_TEST(a_hostile_record_is_bounded)
{
	struct fixture f;
	struct buf record = {0};
	size_t len = 1 << 20;

	fixture_init(&f);
	memset(buf_reserve(&record, len), 1, len);
	record.len = len;
	f.out.rejects_max = 10;
	decoders[1].decode(&f.out, fixture_exact(&f, buf_span(&record)), 0);
	ck_assert_uint_eq(f.out.npoints, 0);
	ck_assert_uint_eq(f.out.nrejects, 10);
	ck_assert_uint_eq(f.out.rejects_over, len / 2 - 10);
	buf_fini(&record);
	fixture_fini(&f);
}
END_TEST

/* Empty data points take two bytes each and would take much more here. */
START_TEST(points_are_bounded)
{
	struct fixture f;
	struct buf points = {0}, record = {0};
	size_t count = 1000001;

	fixture_init(&f);
	for (size_t i = 0; i < count; i++)
		buf_put(&points, "\x0a\x00", 2);
	/* message, resource metrics, scope, metric, summary: 12 bytes of
	 * tag and length around two million. */
	for (int level = 0; level < 4; level++) {
		static const char tags[] = {0x5a, 0x12, 0x12, 0x0a};
		struct buf outer = {0};
		size_t len = points.len;

		buf_byte(&outer, tags[level]);
		for (; len >= 0x80; len >>= 7)
			buf_byte(&outer, (char)(len | 0x80));
		buf_byte(&outer, (char)len);
		buf_span_put(&outer, buf_span(&points));
		buf_fini(&points);
		points = outer;
	}
	for (size_t len = points.len;; len >>= 7) {
		buf_byte(&record, (char)(len >= 0x80 ? len | 0x80 : len));
		if (len < 0x80)
			break;
	}
	buf_span_put(&record, buf_span(&points));
	f.out.rejects_max = 10;
	decoders[1].decode(&f.out, fixture_exact(&f, buf_span(&record)), 0);
	ck_assert_uint_eq(f.out.nrejects, 1);
	ck_assert_str_eq(
	    f.out.rejects[0].reason, "more points than a request may hold");
	buf_fini(&points);
	buf_fini(&record);
	fixture_fini(&f);
}
END_TEST

START_TEST(a_cut_message_leaves_nothing)
{
	struct buf record = {0};
	size_t whole;

	put_framed(&record, &(struct shape){.unit = "s"});
	whole = record.len;
	put_framed(&record, &(struct shape){.labels = true});
	for (size_t cut = 1; cut < record.len; cut++) {
		struct fixture f;
		size_t messages = cut >= whole;

		fixture_init(&f);
		fixture_decode(&f, span_make(record.bytes, cut), 0);
		ck_assert_uint_eq(f.out.npoints, messages);
		ck_assert_uint_eq(f.out.nrejects, cut != whole);
		if (cut != whole)
			ck_assert_uint_eq(
			    f.out.rejects[0].offset, messages * whole);
		fixture_fini(&f);
	}
	buf_fini(&record);
}
END_TEST

/* A figure of another type is not read as zero. */
START_TEST(a_wrong_type_breaks_the_message)
{
	struct fixture f;
	struct buf record = {0};

	fixture_init(&f);
	put_framed(&record, &(struct shape){.bad_type = true});
	fixture_decode(&f, buf_span(&record), 0);
	ck_assert_uint_eq(f.out.npoints, 0);
	ck_assert_uint_eq(f.out.nrejects, 1);
	ck_assert_str_eq(
	    f.out.rejects[0].reason, "a point's field has another type");
	buf_fini(&record);
	fixture_fini(&f);
}
END_TEST

/* A message of 123 bytes begins with '{'. */
START_TEST(formats_are_told_by_content)
{
	static const struct {
		const char *text, *decoder;
	} rows[] = {{"{\"a\":1}\n", "json"}, {" \r\n{ \"a\":1}", "json"},
	    {"\n\n", "json"}, {"invalid", "json"}, {"{}", "json"},
	    {"{\"a\":\"\xff\"}\n{\"b\":1}\n", "json"}, {"\x80", "otlp"},
	    {"\x01\x02\x03", "otlp"},
	    {"\xe8\x07"
	     "abc",
		"otlp"}};
	struct buf record = {0}, inner = {0};
	char pad[83];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ck_assert_str_eq(decoder_guess(span_text(rows[i].text))->name,
		    rows[i].decoder);
	memset(pad, 'x', sizeof(pad));
	put_varint(&record, 123); /* which is '{', */
	put_bytes(&inner, 3, span_make(pad, 32));
	put_message(&record, 1, &inner); /* newline and '"' */
	put_bytes(&inner, 3, span_make(pad, 83));
	put_message(&record, 1, &inner);
	ck_assert_uint_eq(record.len, 124);
	ck_assert_int_eq(memcmp(record.bytes, "{\n\"", 3), 0);
	ck_assert_str_eq(decoder_guess(buf_span(&record))->name, "otlp");
	buf_fini(&inner);
	buf_fini(&record);
}
END_TEST

/* JSON text whose bytes happen to be lengths that add up is still JSON. */
START_TEST(text_is_never_a_message)
{
	struct buf text = {0};

	for (size_t len = 124; len < 5000; len++) {
		buf_clear(&text);
		buf_text(&text, "{\"metric_stream_name\":\"");
		while (text.len < len)
			buf_byte(&text, (char)(' ' + 2 + text.len % 80));
		ck_assert_str_eq(decoder_guess(buf_span(&text))->name, "json");
	}
	/* 123 bytes of whole fields, as it happens. */
	buf_clear(&text);
	buf_text(&text, "{\"m");
	while (text.len < 3 + 'm')
		buf_byte(&text, 'a');
	buf_text(&text, "eABCDeEFGHxI");
	ck_assert_uint_eq(text.len, 124);
	ck_assert_str_eq(decoder_guess(buf_span(&text))->name, "json");
	buf_fini(&text);
}
END_TEST

START_TEST(quantiles_have_short_names)
{
	static const struct {
		double quantile;
		const char *name;
	} rows[] = {{0.5, "p50"}, {0.1, "p10"}, {0.05, "p5"}, {0.07, "p7"},
	    {0.7, "p70"}, {0.95, "p95"}, {0.99, "p99"}, {0.999, "p99.9"},
	    {0.995, "p99.5"}, {0.9999, "p99.99"}, {0.001, "p0.1"},
	    {0.005, "p0.5"}, {0.0001, "p0.01"}, {0.123, "p12.3"}, {0.29, "p29"},
	    {0.57, "p57"}, {0.025, "p2.5"}, {5e-9, "p5e-7"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct arena arena;

		arena_init(&arena);
		ck_assert_str_eq(
		    translate_quantile(&arena, rows[i].quantile).at,
		    rows[i].name);
		arena_fini(&arena);
	}
}
END_TEST

START_TEST(units_are_cloudwatch_words)
{
	static const char *const rows[][2] = {{"s", "Seconds"},
	    {"us", "Microseconds"}, {"ms", "Milliseconds"}, {"By", "Bytes"},
	    {"MBit", "Megabits"}, {"GBit/s", "Gigabits/Second"},
	    {"Tbit", "Terabits"}, {"Tbit/s", "Terabits/Second"},
	    {"kbit", "Kilobits"}, {"%", "Percent"},
	    {"{Count}/s", "Count/Second"}, {"", "None"}, {"1", "None"},
	    {"Mbit", "Mbit"}, {"s/s", "s/s"},
	    {"NoneTranslated", "NoneTranslated"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ck_assert_msg(
		    span_is(translate_unit(span_text(rows[i][0])), rows[i][1]),
		    "%s", rows[i][0]);
}
END_TEST

TEST_MAIN("decode_otlp", both_versions_are_read_in_any_order,
    incomplete_points_are_rejects, broken_framing_is_one_reject,
    a_bad_message_between_good_ones, a_hostile_record_is_bounded,
    points_are_bounded, a_cut_message_leaves_nothing,
    a_wrong_type_breaks_the_message, formats_are_told_by_content,
    text_is_never_a_message, quantiles_have_short_names,
    units_are_cloudwatch_words)
