/* Transitions of each segment: which objects, and what is in them. */
#include "sinks/s3_lines.h"

#include <unistd.h>
#include <zstd.h>

#include "testing.h"
#include "unit/sinks/fixture.h"

/* Segments of three entries: 1 to 3, 4 to 6, 7 to 9. */
uint64_t
journal_last(const struct journal *journal)
{
	(void)journal;
	return 9;
}

enum rc
journal_sealed(
    struct journal *journal, uint64_t after, struct journal_segment *out)
{
	uint64_t first = after / 3 * 3 + 1;

	(void)journal;
	first += first <= after ? 3 : 0;
	if (first > 7)
		return RC_AGAIN;
	*out = (struct journal_segment){.first_seq = first,
	    .last_seq = first + 2,
	    .first_ms = 1789384732496,
	    .last_ms = 1789384732496};
	return RC_OK;
}

static struct buf calls; /* "PUT SEQ content " each */
static long put_status;
static const char *head_plain;
static char plain[16]; /* as it was sent */

static void
note_put(const struct aws_call *call)
{
	char packed[4096], text[4096];
	ssize_t got = pread(call->body_fd, packed, sizeof(packed), 0);
	size_t len;

	ck_assert_int_eq(got, (ssize_t)call->body_fd_bytes);
	len = ZSTD_decompress(text, sizeof(text), packed, (size_t)got);
	ck_assert(!ZSTD_isError(len));
	for (size_t i = 0; i < call->nheaders; i++)
		if (strcmp(call->headers[i].name, "x-amz-meta-plain-crc32c") ==
		    0)
			snprintf(plain, sizeof(plain), "%.*s",
			    SPAN_ARGS(call->headers[i].value));
	buf_printf(&calls, "%.*s", (int)len, text);
}

enum rc
aws_send(struct aws_client *client, const struct aws_call *call,
    const char *operation, struct http_answer *answer, struct err *err)
{
	static const char begin[] = "/n/transitions/year=2026/month=09/day=14/"
				    "0000000000000000000";

	(void)client;
	answer->status = 200;
	if (strcmp(operation, "ListMultipartUploads") == 0)
		return RC_OK;
	ck_assert(span_starts(call->path, begin));
	ck_assert_str_eq(
	    call->path.at + call->path.len - 22, ".transitions.jsonl.zst");
	buf_printf(
	    &calls, "%s %c ", call->method, call->path.at[sizeof(begin) - 1]);
	if (strcmp(operation, "PutObject") == 0) {
		note_put(call);
		answer->status = put_status;
	} else {
		ck_assert_str_eq(operation, "HeadObject");
		strcpy(answer->wanted[0], "1"); /* another length is no harm */
		strcpy(answer->wanted[2], head_plain);
	}
	return answer->status < 300
	    ? RC_OK
	    : err_set(err, RC_REJECT, "s3 answered %ld", answer->status);
}

struct span
aws_error_code(struct span body)
{
	(void)body;
	return SPAN_OF("");
}

static const char *folder;
static char outcomes_folder[128];

/* Lines "SEQ\n" of entries 2, 3, 5 and 8, kept from behind `seq` on, up to
 * `upto`; sends what there is to send. */
static uint64_t
run(uint64_t seq, uint64_t upto)
{
	static const struct s3_config config = {
	    .bucket = SPAN_OF("b"), .region = SPAN_OF("r")};
	static const struct s3_family family = {
	    OUTCOMES_TRANSITION, "transitions"};
	struct s3_bucket bucket;
	struct outcomes *outcomes;
	struct s3_lines *lines;
	uint64_t position;
	struct err err;

	ck_assert(
	    outcomes_open(&outcomes, outcomes_folder, seq, &err) == RC_OK);
	s3_bucket_init(&bucket, NULL, &config, "n");
	ck_assert(s3_lines_start(&lines, &family, &bucket, "s3.transitions",
		      NULL, outcomes, folder, &err) == RC_OK);
	outcomes_start(outcomes);
	for (uint64_t i = seq + 1; i <= upto; i++) {
		char text[4] = {(char)('0' + i), '\n', '\0'};

		if (i == 3)
			outcomes_push(outcomes, OUTCOMES_ROLLUP_ARCHIVE, i, 0,
			    SPAN_OF("a rollup\n"));
		if (i == 2 || i == 3 || i == 5 || i == 8)
			outcomes_push(outcomes, OUTCOMES_TRANSITION, i, 0,
			    span_text(text));
		outcomes_advance(outcomes, i);
	}
	s3_lines_stop(&lines, 20000);
	ck_assert(delivery_position_read(
		      folder, "s3.transitions", &position, &err) == RC_OK);
	outcomes_close(&outcomes);
	s3_bucket_fini(&bucket);
	return position;
}

static void
init(void)
{
	folder = fixture_folder();
	snprintf(
	    outcomes_folder, sizeof(outcomes_folder), "%s/outcomes", folder);
	buf_fini(&calls);
	buf_text(&calls, "");
	put_status = 200;
	head_plain = "";
}

static void
fini(void)
{
	struct arena arena;
	const char **names;
	struct err err;

	arena_init(&arena);
	if (file_list(&arena, outcomes_folder, &names, &err) == RC_OK)
		for (; *names != NULL; names++)
			remove(*names);
	arena_fini(&arena);
	fixture_folder_remove(folder);
}

START_TEST(each_segment_with_lines_is_an_object)
{
	static const struct {
		uint64_t seq, upto, position;
		const char *calls;
	} rows[] = {{0, 9, 9, "PUT 1 2\n3\nPUT 4 5\nPUT 7 8\n"},
	    /* Not before the whole segment is applied. */
	    {0, 8, 6, "PUT 1 2\n3\nPUT 4 5\n"}, {0, 2, 0, ""},
	    /* Kept from within a segment on: that one is left out. */
	    {4, 9, 9, "PUT 7 8\n"}, {3, 9, 9, "PUT 4 5\nPUT 7 8\n"},
	    {8, 9, 8, ""}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		init();
		ck_assert_uint_eq(
		    run(rows[i].seq, rows[i].upto), rows[i].position);
		ck_assert_str_eq(buf_cstr(&calls), rows[i].calls);
		fini();
	}
}
END_TEST

/* The option was away for a while. */
START_TEST(what_was_not_kept_is_told_once)
{
	struct buf dead = {0};
	char path[160];

	init();
	ck_assert_uint_eq(run(0, 3), 3);
	snprintf(path, sizeof(path), "%s/00000000000000000001.outcomes",
	    outcomes_folder);
	ck_assert(remove(path) == 0);
	ck_assert_uint_eq(run(6, 9), 9);
	ck_assert_str_eq(buf_cstr(&calls), "PUT 1 2\n3\nPUT 7 8\n");
	ck_assert(fixture_file(folder, "s3.transitions.dead", &dead));
	ck_assert_ptr_nonnull(strstr(
	    buf_cstr(&dead), "transitions of entries 4 to 6 were not kept"));
	buf_fini(&dead);
	fini();
}
END_TEST

/* What another version of zstd packed is the same when it is the same. */
START_TEST(what_is_there_is_told_by_its_plain_content)
{
	char path[160];
	struct buf dead = {0};

	init();
	ck_assert_uint_eq(run(6, 9), 9);
	for (int same = 1; same >= 0; same--) {
		snprintf(
		    path, sizeof(path), "%s/s3.transitions.position", folder);
		ck_assert(remove(path) == 0);
		buf_clear(&calls);
		put_status = 412;
		head_plain = same ? plain : "AAAAAA==";
		ck_assert_uint_eq(run(6, 9), 9);
		ck_assert_str_eq(buf_cstr(&calls), "PUT 7 8\nHEAD 7 ");
		ck_assert(fixture_file(folder, "s3.transitions.dead", &dead) !=
		    (same == 1));
	}
	ck_assert_ptr_nonnull(strstr(buf_cstr(&dead), "\"first_seq\":7"));
	buf_fini(&dead);
	fini();
}
END_TEST

TEST_MAIN("s3_lines", each_segment_with_lines_is_an_object,
    what_was_not_kept_is_told_once, what_is_there_is_told_by_its_plain_content)
