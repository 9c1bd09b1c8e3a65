/* Reading ahead: what a thread gives is what comes without one. */
#include "app/readahead.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/limits.h"
#include "journal/journal.h"
#include "testing.h"

#define POINT                                                                  \
	"{\"metric_stream_name\":\"s\",\"account_id\":\"123456789012\","       \
	"\"region\":\"us-east-1\",\"namespace\":\"AWS/RDS\","                  \
	"\"metric_name\":\"Lag\",\"dimensions\":{\"Cluster\":\"c%d\"},"        \
	"\"timestamp\":1767225600000,\"value\":{\"max\":%d,\"min\":0,"         \
	"\"sum\":%d,\"count\":3},\"unit\":\"Seconds\"}\n"

static char folder[64];

static void
setup(void)
{
	snprintf(folder, sizeof(folder), "/tmp/tocsin-readahead-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void
teardown(void)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static void
put(const char *name, struct span bytes)
{
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	if (bytes.len > 0)
		ck_assert(fwrite(bytes.at, bytes.len, 1, file) == 1);
	fclose(file);
}

/* Lines from `first` on; every seventh is none that a decoder takes. */
static void
lines(struct buf *out, int first, int count)
{
	for (int i = first; i < first + count; i++)
		if (i % 7 == 0)
			buf_printf(out, "{\"no\":%d}\n", i);
		else
			buf_printf(out, POINT, i, i, i);
}

static void
put_lines(const char *name, int first, int count)
{
	struct buf text = {0};

	lines(&text, first, count);
	put(name, buf_span(&text));
	buf_fini(&text);
}

/* A frame of zstd; with `damage`, its end is wrong. */
static void
put_zstd(const char *name, int first, int count, bool damage)
{
	struct buf text = {0}, packed = {0};
	size_t room;
	char *to;

	lines(&text, first, count);
	room = ZSTD_compressBound(text.len);
	to = buf_reserve(&packed, room);
	packed.len = ZSTD_compress(to, room, text.bytes, text.len, 3);
	ck_assert(!ZSTD_isError(packed.len));
	if (damage)
		memset(packed.bytes + packed.len * 3 / 4, 0xff, 64);
	put(name, buf_span(&packed));
	buf_fini(&text);
	buf_fini(&packed);
}

static void
append(struct journal *journal, const struct entry *entry)
{
	struct err err;
	uint64_t seq;

	ck_assert_int_eq(
	    journal_append_wait(journal, entry, &seq, &err), RC_OK);
}

/* Some segments of few entries of each kind; the second has a bad byte. */
static void
put_journal(void)
{
	const struct journal_config config = {.segment_size_bytes = 1,
	    .segment_age_ms = 3600000,
	    .retain_ms = 3600000,
	    .limit_bytes = GIB};
	const struct journal_clock clock = {1767225600000, 1};
	struct span record = SPAN_OF("{\"a\":1}\n");
	struct entry batch = {.kind = ENTRY_BATCH,
	    .source = SPAN_OF("east"),
	    .request_id = SPAN_OF("r-1"),
	    .records = &record,
	    .nrecords = 1};
	const struct entry tick = {.kind = ENTRY_TICK},
			   defined = {.kind = ENTRY_CONFIG,
			       .config = SPAN_OF("{\"alarms\":[]}")};
	struct journal *journal;
	struct buf text = {0};
	struct err err;

	ck_assert_int_eq(
	    journal_open(&journal, folder, &config, &clock, NULL, &err), RC_OK);
	append(journal, &defined);
	append(journal, &batch);
	append(journal, &tick);
	lines(&text, 1, 3000);
	record = buf_span(&text);
	for (int i = 0; i < 6; i++) {
		batch.request_id = (struct span){0};
		append(journal, &batch);
		append(journal, &tick);
	}
	journal_close(&journal);
	buf_fini(&text);
}

static void
harm(const char *name)
{
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "r+");
	ck_assert_msg(file != NULL, "%s", path);
	ck_assert_int_eq(fseek(file, 300, SEEK_SET), 0);
	ck_assert_int_eq(fputc(0xff, file), 0xff);
	fclose(file);
}

/*
 * What was given, as text.
 */

/* Byte by byte: it takes longer than reading, so that readers must wait. */
static void
tell_records(struct buf *out, const struct span *records, size_t nrecords)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < nrecords; i++)
		for (size_t j = 0; j < records[i].len; j++)
			hash = hash * 31 + (unsigned char)records[i].at[j];
	buf_printf(
	    out, " %zu records %llx", nrecords, (unsigned long long)hash);
}

static void
tell_entry(struct buf *out, const struct entry *entry)
{
	buf_printf(out, " seq %llu at %lld kind %d \"%.*s\" \"%.*s\" \"%.*s\"",
	    (unsigned long long)entry->seq, (long long)entry->arrival_ms,
	    entry->kind, SPAN_ARGS(entry->source), SPAN_ARGS(entry->request_id),
	    SPAN_ARGS(entry->config));
	tell_records(out, entry->records, entry->nrecords);
}

static void
tell(struct buf *out, enum rc rc, const struct source_chunk *chunk,
    const struct err *err)
{
	buf_printf(out, "\nrc %d ", rc);
	if (rc != RC_OK && rc != RC_AGAIN)
		buf_text(out, err->text);
	if (rc != RC_OK)
		return;
	buf_printf(out, "kind %d first %zu offset %zu\n", chunk->kind,
	    chunk->first, chunk->offset);
	tell_records(out, chunk->records, chunk->nrecords);
	if (chunk->kind == SOURCE_SEGMENT)
		tell_entry(out, &chunk->entry);
}

/* All of the folder, and of it again behind `more` (NULL: not), which is a
 * file that is gone; to the end or a failure. */
static void
told(struct buf *out, bool by_thread, const char *more)
{
	struct inputs inputs;
	struct readahead *ahead;
	struct source_chunk chunk;
	struct err err;
	enum rc rc = RC_OK;

	buf_clear(out);
	inputs_init(&inputs);
	ck_assert_int_eq(inputs_add(&inputs, folder, &err), RC_OK);
	if (more != NULL) {
		put(more + strlen(folder) + 1, SPAN_OF("x"));
		ck_assert_int_eq(inputs_add(&inputs, more, &err), RC_OK);
		ck_assert_int_eq(unlink(more), 0);
		ck_assert_int_eq(inputs_add(&inputs, folder, &err), RC_OK);
	}
	ahead = readahead_create(&inputs, by_thread);
	for (size_t i = 0; i < inputs.count; i++) {
		while ((rc = readahead_next(ahead, &chunk, &err)) == RC_OK ||
		    rc == RC_REJECT)
			tell(out, rc, &chunk, &err);
		tell(out, rc, &chunk, &err);
		if (rc != RC_AGAIN)
			break;
	}
	ck_assert_int_eq(readahead_next(ahead, &chunk, &err), RC_AGAIN);
	readahead_free(&ahead);
	inputs_fini(&inputs);
}

static void
is_the_same(const char *more, const char *const holds[])
{
	struct buf alone = {0}, many = {0};

	told(&alone, false, more);
	for (; *holds != NULL; holds++)
		ck_assert_msg(strstr(buf_cstr(&alone), *holds) != NULL,
		    "\"%s\" is not in it", *holds);
	for (int i = 0; i < 3; i++) {
		told(&many, true, more);
		ck_assert_msg(span_equal(buf_span(&many), buf_span(&alone)),
		    "ahead it gave something else");
	}
	buf_fini(&alone);
	buf_fini(&many);
}

START_TEST(ahead_gives_the_same)
{
	char more[160];

	setup();
	put_lines("a", 0, 3000);
	put_zstd("b", 3000, 9000, false);
	put_lines("c", 40000, 2);
	put_zstd("d", 50000, 9000, true);
	put_lines("e", 80000, 3000);
	for (int i = 0; i < 300; i++) {
		snprintf(more, sizeof(more), "f%03d", i);
		put_lines(more, i * 10, i % 5 + 1);
	}
	for (int i = 0; i < 16; i++) {
		snprintf(more, sizeof(more), "g%02d", i);
		put_lines(more, i, 1200);
	}
	is_the_same(NULL, (const char *[]){"rc 3 ", "/d: offset", NULL});
	/* An input that cannot be opened is told behind those before it. */
	snprintf(more, sizeof(more), "%s/gone", folder);
	is_the_same(more, (const char *[]){"rc 3 ", "rc 4 ", NULL});
	teardown();
}
END_TEST

START_TEST(entries_are_the_same)
{
	setup();
	put_journal();
	harm("00000000000000000004.zst");
	is_the_same(NULL,
	    (const char *[]){"rc 3 ", "\"east\" \"r-1\"", "{\"alarms\":[]}",
		"seq 15 ", NULL});
	teardown();
}
END_TEST

static size_t
open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count;
}

static size_t
lines_in(struct span text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += text.at[i] == '\n';
	return count;
}

START_TEST(one_file_is_open_and_few_are_waiting)
{
	struct inputs inputs;
	struct readahead *ahead;
	struct source_chunk chunk;
	struct err err;
	char name[32];
	size_t before;

	setup();
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "%04d", i);
		put_lines(name, i, 3);
	}
	inputs_init(&inputs);
	ck_assert_int_eq(inputs_add(&inputs, folder, &err), RC_OK);
	before = open_files();
	ahead = readahead_create(&inputs, true);
	for (int i = 0; i < 1500; i++) {
		ck_assert_int_eq(readahead_next(ahead, &chunk, &err), RC_OK);
		/* So far ahead of this nobody may be. */
		ck_assert_uint_eq(
		    lines_in(chunk.records[0]), i == 1400 ? 5 : 3);
		ck_assert_int_eq(readahead_next(ahead, &chunk, &err), RC_AGAIN);
		if (i == 400)
			put_lines("1400", 1, 5);
		if (i % 100 == 0)
			ck_assert_uint_le(open_files(), before + 1);
	}
	/* The rest is left; nobody waits for it. */
	readahead_free(&ahead);
	ck_assert_uint_le(open_files(), before + 1);
	inputs_fini(&inputs);
	ck_assert_uint_eq(open_files(), before);
	teardown();
}
END_TEST

START_TEST(nothing_gives_nothing)
{
	struct source_chunk chunk;
	struct readahead *ahead;
	struct inputs inputs;
	struct err err;

	inputs_init(&inputs);
	for (int i = 0; i < 2; i++) {
		ahead = readahead_create(&inputs, i > 0);
		ck_assert_int_eq(readahead_next(ahead, &chunk, &err), RC_AGAIN);
		readahead_free(&ahead);
	}
	readahead_free(&ahead);
	inputs_fini(&inputs);
}
END_TEST

TEST_MAIN("readahead", ahead_gives_the_same, entries_are_the_same,
    one_file_is_open_and_few_are_waiting, nothing_gives_nothing)
