/* Files of every kind, packed in every way, through names and pipes. */
#include "ingest/source_file.h"

#include <stdio.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "ingest/source_sniff.h"
#include "journal/journal.h"
#include "packing.h"
#include "testing.h"

static char folder[64];

static const char *
in_folder(const char *name)
{
	static char path[160];

	if (folder[0] == '\0') {
		snprintf(folder, sizeof(folder), "/tmp/tocsin-source-XXXXXX");
		ck_assert(mkdtemp(folder) != NULL);
	}
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void
remove_folder(void)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
	folder[0] = '\0';
}

static const char *
put_file(struct span bytes)
{
	const char *path = in_folder("input");
	FILE *file = fopen(path, "w");

	ck_assert(file != NULL);
	ck_assert_uint_eq(fwrite(bytes.at, 1, bytes.len, file), bytes.len);
	fclose(file);
	return path;
}

static struct buf
get_file(const char *path)
{
	struct buf bytes = {0};
	FILE *file = fopen(path, "r");
	size_t got = 1;

	ck_assert_msg(file != NULL, "%s", path);
	while (got > 0) {
		got = fread(buf_reserve(&bytes, 65536), 1, 65536, file);
		bytes.len += got;
	}
	fclose(file);
	return bytes;
}

/* What a file gave. */
struct reading {
	struct buf bytes; /* all records */
	struct buf story; /* a line a chunk, and the rejects */
	size_t chunks, records, rejects, ticks;
};

static void
reading_fini(struct reading *reading)
{
	buf_fini(&reading->bytes);
	buf_fini(&reading->story);
}

static struct reading
read_source(const char *path)
{
	struct reading reading = {0};
	struct source_file *source;
	struct source_chunk chunk;
	struct err err = {""};
	enum rc rc = source_file_open(&source, path, &err);

	ck_assert_msg(rc == RC_OK, "%s", err.text);
	while ((rc = source_file_next(source, &chunk, &err)) != RC_AGAIN) {
		size_t len = 0;

		if (rc != RC_OK) {
			const char *slash = strrchr(err.text, '/');

			reading.rejects++;
			buf_printf(&reading.story, "reject %s\n",
			    slash == NULL ? err.text : slash + 1);
			continue;
		}
		for (size_t i = 0; i < chunk.nrecords; i++) {
			buf_span_put(&reading.bytes, chunk.records[i]);
			len += chunk.records[i].len;
		}
		reading.chunks++;
		reading.records += chunk.nrecords;
		reading.ticks += chunk.kind == SOURCE_SEGMENT &&
		    chunk.entry.kind == ENTRY_TICK;
		buf_printf(&reading.story, "%s first %zu offset %zu: %zu/%zu\n",
		    chunk.kind == SOURCE_LINES		? "lines"
			: chunk.kind == SOURCE_MESSAGES ? "messages"
			: chunk.kind == SOURCE_FIREHOSE ? "firehose"
							: "segment",
		    chunk.first, chunk.offset, len, chunk.nrecords);
	}
	ck_assert_int_eq(source_file_next(source, &chunk, &err), RC_AGAIN);
	source_file_close(&source);
	ck_assert(source == NULL);
	return reading;
}

/* The same through a pipe on standard input. */
static struct reading
read_piped(const char *path)
{
	char command[256];
	struct reading reading;
	int saved = dup(STDIN_FILENO);
	FILE *pipe;

	snprintf(command, sizeof(command), "cat %s", path);
	pipe = popen(command, "r");
	ck_assert(pipe != NULL);
	dup2(fileno(pipe), STDIN_FILENO);
	reading = read_source("-");
	dup2(saved, STDIN_FILENO);
	close(saved);
	pclose(pipe);
	return reading;
}

/* How the bytes are wrapped: as they are, gzip, gzip of three members cut
 * anywhere, gzip with a small last member, zstd, zstd of two frames. */
#define PACKINGS 6

static struct buf
pack(struct span plain, int packing)
{
	struct buf out = {0};
	size_t a = plain.len / 3, b = plain.len / 2;

	switch (packing) {
	case 0:
		buf_span_put(&out, plain);
		break;
	case 1:
		pack_gzip(&out, plain);
		break;
	case 2:
		pack_gzip(&out, span_make(plain.at, a));
		pack_gzip(&out, span_make(plain.at + a, b - a));
		pack_gzip(&out, span_make(plain.at + b, plain.len - b));
		break;
	case 3:
		pack_zstd(&out, plain);
		break;
	case 4:
		/* The last member tells nothing of the first one's size. */
		pack_gzip(&out, span_make(plain.at, plain.len - plain.len / 9));
		pack_gzip(&out,
		    span_make(
			plain.at + plain.len - plain.len / 9, plain.len / 9));
		break;
	default:
		pack_zstd(&out, span_make(plain.at, b));
		pack_zstd(&out, span_make(plain.at + b, plain.len - b));
	}
	return out;
}

static void
check_reading(const struct reading *reading, int packing, const char *way,
    struct span bytes, const char *story)
{
	ck_assert_msg(span_is(buf_span(&reading->story), story),
	    "packing %d %s:\n%.*snot\n%s", packing, way,
	    SPAN_ARGS(buf_span(&reading->story)), story);
	ck_assert_msg(span_equal(buf_span(&reading->bytes), bytes),
	    "packing %d %s", packing, way);
}

/* In every packing, by name and by pipe, the plain input tells this story
 * and gives those bytes. */
static void
check_source(struct span plain, struct span bytes, const char *story)
{
	for (int packing = 0; packing < PACKINGS; packing++) {
		struct buf packed = pack(plain, packing);
		const char *path = put_file(buf_span(&packed));
		struct reading reading = read_source(path);

		check_reading(&reading, packing, "by name", bytes, story);
		reading_fini(&reading);
		reading = read_piped(path);
		check_reading(&reading, packing, "by pipe", bytes, story);
		reading_fini(&reading);
		buf_fini(&packed);
	}
	remove_folder();
}

START_TEST(small_inputs)
{
	/* A message of two bytes is field 1, empty. */
	static const struct {
		struct span plain, bytes;
		const char *story;
	} rows[] = {{SPAN_OF(""), SPAN_OF(""), ""},
	    {SPAN_OF(" \n\n\r\n\t"), SPAN_OF(""), ""},
	    {SPAN_OF("{\"a\":1}\n{\"b\":2}\n"),
		SPAN_OF("{\"a\":1}\n{\"b\":2}\n"),
		"lines first 1 offset 0: 16/1\n"},
	    {SPAN_OF("\n\n{\"a\":1}"), SPAN_OF("\n\n{\"a\":1}"),
		"lines first 1 offset 0: 9/1\n"},
	    {SPAN_OF("{\"a\":1}{\"b\":2}"), SPAN_OF("{\"a\":1}{\"b\":2}"),
		"lines first 1 offset 0: 14/1\n"},
	    /* A broken first line is not the end of the others. */
	    {SPAN_OF("garbage\n{\"a\":1}\n"), SPAN_OF("garbage\n{\"a\":1}\n"),
		"lines first 1 offset 0: 16/1\n"},
	    {SPAN_OF("\x02\x0a\0\x02\x0a\0"), SPAN_OF("\x02\x0a\0\x02\x0a\0"),
		"messages first 1 offset 0: 6/1\n"},
	    /* Broken framing: the decoder says where it broke. */
	    {SPAN_OF("\x02\x0a\0\x02\x0a\0\x09\x0a"),
		SPAN_OF("\x02\x0a\0\x02\x0a\0\x09\x0a"),
		"messages first 1 offset 0: 8/1\n"},
	    {SPAN_OF("\x80"), SPAN_OF("\x80"),
		"messages first 1 offset 0: 1/1\n"},
	    {SPAN_OF("\1\2\3"), SPAN_OF("\1\2\3"),
		"messages first 1 offset 0: 3/1\n"},
	    {SPAN_OF("{\"records\":[{\"data\":\"YQ==\"},{\"data\":\"YWI=\"}]}"),
		SPAN_OF("aab"), "firehose first 1 offset 0: 3/2\n"},
	    {SPAN_OF("\n{\n \"x\": 1, \"requestId\": \"r\",\n \"records\": ["
		     "{\"data\": \"eyJhIjoxfQ==\"}]\n}\n"),
		SPAN_OF("{\"a\":1}\n"), "firehose first 1 offset 0: 8/1\n"},
	    {SPAN_OF("{\"records\":[{\"data\":\"YQ==\"}]}\n"
		     "{\"records\":[{\"data\":\"??\"}]}"
		     "{\"records\":[]}{\"records\":[{\"data\":\"Yg==\"}]}\n"),
		SPAN_OF("ab"),
		"firehose first 1 offset 0: 1/1\n"
		"reject input: behind record 1: record 0 is not base64: wrong "
		"at character 0\n"
		"firehose first 2 offset 1: 0/0\n"
		"firehose first 2 offset 1: 1/1\n"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char story[512];

		/* A pipe has no folder in its name. */
		snprintf(story, sizeof(story), "%s", rows[i].story);
		if (strstr(story, "input") == NULL)
			check_source(rows[i].plain, rows[i].bytes, story);
		else {
			struct reading reading =
			    read_source(put_file(rows[i].plain));

			check_reading(
			    &reading, 0, "by name", rows[i].bytes, story);
			reading_fini(&reading);
			remove_folder();
		}
	}
}
END_TEST

START_TEST(long_runs_of_lines)
{
	struct buf plain = {0}, story = {0};
	size_t first = 1, offset = 0;

	/* 3.5 MiB of lines, and the story they must tell. */
	for (size_t i = 0; plain.len < 7 * (size_t)MIB / 2; i++)
		buf_printf(&plain, "{\"line\":%zu,\"pad\":\"%0*d\"}\n", i,
		    (int)(i % 300) + 1, 0);
	while (offset < plain.len) {
		size_t len = plain.len - offset < (size_t)MIB
		    ? plain.len - offset
		    : (size_t)MIB;
		size_t lines = 0;

		while (plain.bytes[offset + len - 1] != '\n')
			len--;
		for (size_t i = offset; i < offset + len; i++)
			lines += plain.bytes[i] == '\n';
		buf_printf(&story, "lines first %zu offset %zu: %zu/1\n", first,
		    offset, len);
		first += lines;
		offset += len;
	}
	check_source(buf_span(&plain), buf_span(&plain), buf_cstr(&story));
	buf_fini(&plain);
	buf_fini(&story);
}
END_TEST

static void
fill(struct buf *out, char byte, size_t len)
{
	memset(buf_reserve(out, len), byte, len);
	out->len += len;
}

START_TEST(long_lines)
{
	struct buf plain = {0}, bytes = {0};
	struct reading reading;

	/* Two MiB are one chunk; above 16 MiB the line is refused. */
	buf_text(&plain, "{\"a\":1}\n{");
	fill(&plain, ' ', 2 * (size_t)MIB);
	buf_text(&plain, "}\n");
	buf_span_put(&bytes, buf_span(&plain));
	fill(&plain, 'x', (size_t)LIMIT_RECORD_BYTES + 1);
	buf_text(&plain, "\n{\"b\":2}\n");
	buf_text(&bytes, "{\"b\":2}\n");
	reading = read_source(put_file(buf_span(&plain)));
	check_reading(&reading, 0, "by name", buf_span(&bytes),
	    "lines first 1 offset 0: 8/1\n"
	    "lines first 2 offset 8: 2097155/1\n"
	    "reject input: record 3, offset 2097163: the line is longer than "
	    "16777216 bytes\n"
	    "lines first 4 offset 18874381: 8/1\n");
	reading_fini(&reading);
	/* The longest that is allowed, without a newline at the end. */
	buf_clear(&plain);
	fill(&plain, ' ', (size_t)LIMIT_RECORD_BYTES - 2);
	buf_text(&plain, "{}");
	reading = read_source(put_file(buf_span(&plain)));
	ck_assert_uint_eq(reading.rejects, 0);
	ck_assert_uint_eq(reading.bytes.len, plain.len);
	reading_fini(&reading);
	buf_fini(&plain);
	buf_fini(&bytes);
	remove_folder();
}
END_TEST

/* A message of `len` bytes: field 1 that fills it. */
static void
put_message(struct buf *out, size_t len)
{
	size_t inner = len - 4; /* tag and three bytes of length */

	for (size_t rest = len; rest > 0 || out->len == 0; rest >>= 7)
		buf_byte(
		    out, (char)((rest & 0x7f) | (rest >= 0x80 ? 0x80 : 0)));
	buf_byte(out, 0x0a);
	buf_byte(out, (char)((inner & 0x7f) | 0x80));
	buf_byte(out, (char)((inner >> 7 & 0x7f) | 0x80));
	buf_byte(out, (char)(inner >> 14));
	fill(out, 'm', inner);
}

START_TEST(long_runs_of_messages)
{
	struct buf plain = {0};
	struct reading reading;

	/* 700,000 and 3 bytes of length: two make a chunk. */
	for (int i = 0; i < 5; i++)
		put_message(&plain, 700000);
	check_source(buf_span(&plain), buf_span(&plain),
	    "messages first 1 offset 0: 700003/1\n"
	    "messages first 2 offset 700003: 700003/1\n"
	    "messages first 3 offset 1400006: 700003/1\n"
	    "messages first 4 offset 2100009: 700003/1\n"
	    "messages first 5 offset 2800012: 700003/1\n");
	/* Cut in the last: it is the decoder's to say so. */
	reading = read_source(put_file(span_make(plain.bytes, plain.len - 7)));
	ck_assert_uint_eq(reading.bytes.len, plain.len - 7);
	ck_assert_uint_eq(reading.chunks, 5);
	reading_fini(&reading);
	/* 123 bytes look like JSON, again and again. */
	buf_clear(&plain);
	for (int i = 0; i < 3000; i++) {
		buf_text(&plain, "{\x0a\x79");
		fill(&plain, '"', 121);
	}
	check_source(buf_span(&plain), buf_span(&plain),
	    "messages first 1 offset 0: 372000/1\n");
	buf_fini(&plain);
	remove_folder();
}
END_TEST

START_TEST(damaged_packings)
{
	struct buf plain = {0}, packed;
	struct reading reading;

	for (int i = 0; i < 300000; i++)
		buf_printf(&plain, "{\"line\":%d}\n", i);
	/* zstd gives what came before; the line that is cut goes with it. */
	packed = pack(buf_span(&plain), 3);
	reading =
	    read_source(put_file(span_make(packed.bytes, packed.len - 100)));
	ck_assert_uint_eq(reading.rejects, 1);
	ck_assert_msg(
	    strstr(buf_cstr(&reading.story), "zstd ends within a frame"), "%s",
	    buf_cstr(&reading.story));
	ck_assert_uint_gt(reading.bytes.len, plain.len / 2);
	ck_assert_int_eq(reading.bytes.bytes[reading.bytes.len - 1], '\n');
	ck_assert_mem_eq(reading.bytes.bytes, plain.bytes, reading.bytes.len);
	reading_fini(&reading);
	packed.bytes[packed.len / 2] ^= 0x55;
	reading = read_source(put_file(buf_span(&packed)));
	ck_assert_uint_eq(reading.rejects, 1);
	ck_assert_ptr_nonnull(
	    strstr(buf_cstr(&reading.story), "zstd is damaged"));
	reading_fini(&reading);
	buf_fini(&packed);
	/* gzip gives the members before the damaged one. */
	packed = pack(buf_span(&plain), 2);
	reading =
	    read_source(put_file(span_make(packed.bytes, packed.len - 100)));
	ck_assert_uint_eq(reading.rejects, 1);
	ck_assert_ptr_nonnull(
	    strstr(buf_cstr(&reading.story), "gzip is damaged"));
	ck_assert_uint_gt(reading.bytes.len, plain.len / 2 - 100);
	ck_assert_uint_le(reading.bytes.len, plain.len / 2);
	reading_fini(&reading);
	buf_fini(&packed);
	buf_fini(&plain);
	remove_folder();
}
END_TEST

/* Writes a journal of two batches and a tick; its one segment. */
static struct buf
make_segment(void)
{
	static const struct span records[] = {
	    {"{\"a\":1}\n", 8}, {"\x02\x0a\0", 3}};
	const struct journal_config config = {.segment_size_bytes = MIB,
	    .segment_age_ms = 3600000,
	    .retain_ms = 3600000,
	    .limit_bytes = GIB};
	const struct journal_clock clock = {1700000000000, 1};
	struct entry batch = {.kind = ENTRY_BATCH,
	    .source = SPAN_OF("east"),
	    .records = records,
	    .nrecords = 2};
	struct entry tick = {.kind = ENTRY_TICK};
	struct journal *journal;
	struct err err = {""};
	uint64_t seq;
	char path[160], command[256];

	snprintf(path, sizeof(path), "%s", in_folder("journal"));
	ck_assert_msg(
	    journal_open(&journal, path, &config, &clock, NULL, &err) == RC_OK,
	    "%s", err.text);
	batch.request_id = SPAN_OF("r-1");
	ck_assert_int_eq(
	    journal_append_wait(journal, &batch, &seq, &err), RC_OK);
	ck_assert_int_eq(
	    journal_append_wait(journal, &tick, &seq, &err), RC_OK);
	batch.request_id = SPAN_OF("r-2");
	ck_assert_int_eq(
	    journal_append_wait(journal, &batch, &seq, &err), RC_OK);
	journal_close(&journal);
	snprintf(command, sizeof(command),
	    "cd %s && cp $(ls | grep -v lock | head -n 1) ../segment", path);
	ck_assert_int_eq(system(command), 0);
	return get_file(in_folder("segment"));
}

START_TEST(segments)
{
	struct buf segment;

	log_setup(LOG_ERROR, false);
	segment = make_segment();
	remove_folder();
	check_source(buf_span(&segment),
	    SPAN_OF("{\"a\":1}\n\x02\x0a\0{\"a\":1}\n\x02\x0a\0"),
	    "segment first 1 offset 0: 11/2\n"
	    "segment first 3 offset 11: 0/0\n"
	    "segment first 3 offset 11: 11/2\n");
	buf_fini(&segment);
}
END_TEST

START_TEST(what_cannot_be_opened)
{
	struct source_file *source;
	struct err err;

	ck_assert_int_eq(
	    source_file_open(&source, "/nowhere/file", &err), RC_FATAL);
	ck_assert_str_eq(err.text, "/nowhere/file: No such file or directory");
	ck_assert(source == NULL);
	ck_assert_int_eq(source_file_open(&source, "/tmp", &err), RC_FATAL);
	ck_assert_str_eq(err.text, "/tmp: is a folder");
}
END_TEST

/* Payloads that AWS sent, where they are. */
START_TEST(corpus)
{
	static const struct {
		const char *name;
		enum source_kind kind;
		size_t records, bytes;
	} rows[] = {
	    {"json-1160-points.firehose.json", SOURCE_FIREHOSE, 4, 385208},
	    {"json-1160-points.firehose.json.gz", SOURCE_FIREHOSE, 4, 385208},
	    {"json-1160-points.s3-object.jsonl", SOURCE_LINES, 1, 385208},
	    /* 358 bytes as sent, and the newline. */
	    {"json-one-point-no-newline.firehose.json", SOURCE_FIREHOSE, 1,
		359},
	    {"json-percentiles.jsonl", SOURCE_LINES, 1, 313},
	    {"json-extended-statistics.jsonl", SOURCE_LINES, 1, 419},
	    {"otel10-710-points.firehose.json", SOURCE_FIREHOSE, 2, 170235},
	    {"otel10-710-points.s3-object.bin", SOURCE_MESSAGES, 1, 170235},
	    {"otel10-no-attributes.bin", SOURCE_MESSAGES, 1, 452},
	    {"otel07-984-points.firehose.json", SOURCE_FIREHOSE, 3, 206023},
	    {"otel07-52-points.firehose.json", SOURCE_FIREHOSE, 2, 9496},
	    {"invalid-lone-varint.firehose.json", SOURCE_FIREHOSE, 1, 1},
	    {"console-demo-data.firehose.json", SOURCE_FIREHOSE, 1, 74}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct source_file *source;
		struct source_chunk chunk;
		struct reading reading;
		struct err err;
		char path[256];

		snprintf(
		    path, sizeof(path), "../shared/corpus/%s", rows[i].name);
		if (access(path, R_OK) != 0)
			continue;
		ck_assert_int_eq(source_file_open(&source, path, &err), RC_OK);
		ck_assert_int_eq(source_file_next(source, &chunk, &err), RC_OK);
		ck_assert_msg(chunk.kind == rows[i].kind, "%s", rows[i].name);
		source_file_close(&source);
		reading = read_source(path);
		ck_assert_uint_eq(reading.rejects, 0);
		ck_assert_msg(reading.records == rows[i].records &&
			reading.bytes.len == rows[i].bytes,
		    "%s: %zu records, %zu bytes", rows[i].name, reading.records,
		    reading.bytes.len);
		reading_fini(&reading);
	}
}
END_TEST

TEST_MAIN("source_file", small_inputs, long_runs_of_lines, long_lines,
    long_runs_of_messages, damaged_packings, segments, what_cannot_be_opened,
    corpus)
