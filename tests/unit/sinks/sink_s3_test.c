/* The archive sink with its delivery; journal and S3 are below. */
#include "sinks/sink_s3.h"

#include "sinks/s3_key.h"

#include "testing.h"
#include "unit/sinks/fixture.h"

/* --- the journal: sealed segments in order --- */
static struct journal_segment segments[4];
static size_t nsegments;

uint64_t
journal_last(const struct journal *journal)
{
	(void)journal;
	return 1000000;
}

enum rc
journal_sealed(
    struct journal *journal, uint64_t after, struct journal_segment *out)
{
	(void)journal;
	for (size_t i = 0; i < nsegments; i++)
		if (segments[i].first_seq > after) {
			*out = segments[i];
			return RC_OK;
		}
	return RC_AGAIN;
}

/* --- S3: what a PUT is answered, and after a 412 HEAD and GET --- */
static long put_status, head_status, get_status;
static const char *put_checksum, *head_length, *head_checksum;
static struct span get_body;
static struct buf calls; /* "PUT /key " each */
static char put_headers[1024];

static void
note_put(const struct aws_call *call)
{
	size_t used = 0;

	ck_assert_int_gt(call->body_fd, 0);
	ck_assert(call->unsigned_payload);
	ck_assert_uint_eq(call->body_fd_bytes, 12);
	put_headers[0] = '\0';
	for (size_t i = 0; i < call->nheaders; i++)
		used += (size_t)snprintf(put_headers + used,
		    sizeof(put_headers) - used, "%s: %.*s\n",
		    call->headers[i].name, SPAN_ARGS(call->headers[i].value));
}

enum rc
aws_send(struct aws_client *client, const struct aws_call *call,
    const char *operation, struct http_answer *answer, struct err *err)
{
	(void)client;
	ck_assert_str_eq(call->service, "s3");
	ck_assert(span_is(call->bucket, "dr-metrics"));
	ck_assert(span_is(call->region, "us-east-2"));
	answer->status = 200;
	if (strcmp(operation, "ListMultipartUploads") == 0)
		return RC_OK;
	buf_printf(&calls, "%s %.*s ", call->method, SPAN_ARGS(call->path));
	if (strcmp(operation, "PutObject") == 0) {
		note_put(call);
		answer->status = put_status;
		strcpy(answer->wanted[0], put_checksum);
	} else if (strcmp(operation, "HeadObject") == 0) {
		answer->status = head_status;
		strcpy(answer->wanted[0], head_length);
		strcpy(answer->wanted[1], head_checksum);
	} else {
		ck_assert_str_eq(operation, "GetObject");
		ck_assert_str_eq(call->headers[0].name, "Range");
		ck_assert(span_is(call->headers[0].value, "bytes=-12"));
		buf_span_put(&answer->body, get_body);
		answer->status = get_status;
	}
	return answer->status < 300
	    ? RC_OK
	    : err_set(err, RC_REJECT, "s3 answered %ld", answer->status);
}

struct span
aws_error_code(struct span body)
{
	(void)body;
	return put_status == 400 ? SPAN_OF("EntityTooLarge") : SPAN_OF("");
}

void
http_answer_fini(struct http_answer *answer)
{
	buf_fini(&answer->body);
}

/* --- */

static struct s3_config
config_of(void)
{
	return (struct s3_config){.bucket = SPAN_OF("dr-metrics"),
	    .prefix = SPAN_OF("tocsin/"),
	    .region = SPAN_OF("us-east-2"),
	    .sse = SPAN_OF("aws:kms")};
}

static void
seal(const char *folder, uint64_t first, uint64_t last)
{
	struct journal_segment *segment = &segments[nsegments++];
	struct err err;

	*segment = (struct journal_segment){.first_seq = first,
	    .last_seq = last,
	    .first_ms = 1789384732496,
	    .bytes = 12};
	snprintf(segment->path, sizeof(segment->path), "%s/%llu.zst", folder,
	    (unsigned long long)first);
	ck_assert(file_replace(segment->path, SPAN_OF("123456789abc"), &err) ==
	    RC_OK);
}

static void
run(const char *folder, int64_t within_ms)
{
	struct s3_config config = config_of();
	struct sink_s3 *sink;
	struct err err;

	ck_assert_msg(sink_s3_start(&sink, NULL, &config, "payments", NULL,
			  NULL, folder, &err) == RC_OK,
	    "%s", err.text);
	sink_s3_stop(&sink, within_ms);
}

static uint64_t
in_file(const char *folder)
{
	uint64_t position;
	struct err err;

	ck_assert(
	    delivery_position_read(folder, "s3", &position, &err) == RC_OK);
	return position;
}

static void
reset(void)
{
	nsegments = 0;
	put_status = head_status = get_status = 200;
	put_checksum = head_length = head_checksum = "";
	get_body = SPAN_OF("");
	buf_fini(&calls);
}

#define KEY(seq)                                                               \
	"/tocsin/payments/year=2026/month=09/day=14/hour=11/" seq ".zst "
#define KEY_1 KEY("00000000000000000001")
#define KEY_8 KEY("00000000000000000008")

START_TEST(the_key_is_of_log_position)
{
	static const struct {
		const char *prefix, *name, *key;
		int64_t first_ms;
		uint64_t seq;
	} rows[] = {{"tocsin/", "payments",
			"tocsin/payments/year=2026/month=09/day=14/hour=11/"
			"00000000000000000042.zst",
			1789384732496, 42},
	    {"a/b", "x",
		"a/b/x/year=1970/month=01/day=01/hour=00/"
		"18446744073709551615.zst",
		0, UINT64_MAX},
	    {"/", "x",
		"x/year=2024/month=02/day=29/hour=23/"
		"00000000000000000001.zst",
		1709251199999, 1},
	    {"", "x",
		"x/year=2024/month=03/day=01/hour=00/"
		"00000000000000000001.zst",
		1709251200000, 1}};
	struct buf out = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct s3_config config = {.prefix = span_text(rows[i].prefix)};
		struct s3_bucket bucket;
		struct journal_segment segment = {
		    .first_seq = rows[i].seq, .first_ms = rows[i].first_ms};

		s3_bucket_init(&bucket, NULL, &config, rows[i].name);
		buf_clear(&out);
		s3_key_root(&out, &bucket);
		s3_key_segment(&out, &segment);
		ck_assert_str_eq(buf_cstr(&out), rows[i].key);
		s3_bucket_fini(&bucket);
	}
	buf_clear(&out);
	s3_checksum(&out, 0xe3069283); /* of "123456789", RFC 3720 */
	ck_assert_str_eq(buf_cstr(&out), "4waSgw==");
	buf_fini(&out);
}
END_TEST

START_TEST(sealed_segments_are_put_once)
{
	const char *folder = fixture_folder();

	reset();
	seal(folder, 1, 7);
	seal(folder, 8, 8);
	run(folder, 20000);
	ck_assert_str_eq(buf_cstr(&calls), "PUT " KEY_1 "PUT " KEY_8);
	/* crc32c of "123456789abc" was computed apart from this code. */
	ck_assert_str_eq(put_headers,
	    "Content-Type: application/zstd\nIf-None-Match: *\n"
	    "x-amz-checksum-crc32c: kqBUGg==\n"
	    "x-amz-server-side-encryption: aws:kms\n");
	ck_assert_uint_eq(in_file(folder), 8);
	buf_clear(&calls);
	run(folder, 20000);
	ck_assert_str_eq(buf_cstr(&calls), "");
	fixture_folder_remove(folder);
}
END_TEST

/* 412: something is there. The same, or another, or nobody may look. */
START_TEST(an_object_that_is_there_is_compared)
{
	static const char good[] = "kqBUGg==", other[] = "AAAAAA==";
	static const struct {
		long head;
		const char *length, *checksum, *tail;
		bool dead;
	} rows[] = {/* By its end, where S3 keeps no checksum of the whole. */
	    {200, "12", "", "123456789abc", false},
	    {200, "12", "", "123456789abX", true},
	    {200, "", "", "123456789ab", true},
	    {200, "12", "kqBUGg==-3", "123456789abc", false},
	    /* By length, and by S3's own checksum. */
	    {200, "13", "", NULL, true}, {200, "12", good, NULL, false},
	    {200, "13", good, NULL, true},
	    /* It may be of the parts, and not said so. */
	    {200, "12", other, "123456789abc", false},
	    {200, "12", other, "123456789abX", true},
	    {403, "", "", NULL, false}, {405, "", "", NULL, false}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *folder = fixture_folder();
		struct buf dead = {0};

		reset();
		seal(folder, 1, 7);
		put_status = 412;
		head_status = rows[i].head;
		head_length = rows[i].length;
		head_checksum = rows[i].checksum;
		get_body = span_text(rows[i].tail);
		run(folder, 20000);
		ck_assert_str_eq(buf_cstr(&calls),
		    rows[i].tail == NULL ? "PUT " KEY_1 "HEAD " KEY_1
					 : "PUT " KEY_1 "HEAD " KEY_1
					   "GET " KEY_1);
		ck_assert_uint_eq(in_file(folder), 7);
		ck_assert_msg(
		    fixture_file(folder, "s3.dead", &dead) == rows[i].dead,
		    "row %zu", i);
		if (rows[i].dead)
			ck_assert_ptr_nonnull(strstr(buf_cstr(&dead),
			    "\"bucket\":\"dr-metrics\",\"key\":\"tocsin/pay"));
		buf_fini(&dead);
		fixture_folder_remove(folder);
	}
}
END_TEST

/* What S3 says it has kept is not what was sent. */
START_TEST(the_checksum_of_the_answer_is_checked)
{
	static const struct {
		const char *checksum;
		uint64_t position;
	} rows[] = {
	    {"", 7}, {"kqBUGg==", 7}, {"kqBUGg==-2", 7}, {"AAAAAA==", 0}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *folder = fixture_folder();

		reset();
		seal(folder, 1, 7);
		put_checksum = rows[i].checksum;
		run(folder, rows[i].position == 0 ? 10 : 20000);
		ck_assert_uint_eq(in_file(folder), rows[i].position);
		fixture_folder_remove(folder);
	}
}
END_TEST

START_TEST(only_the_segments_own_fault_gives_it_up)
{
	static const struct {
		long status;
		uint64_t position;
	} rows[] = {{403, 0}, {404, 0}, {409, 0}, {501, 0}, {400, 7}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *folder = fixture_folder();

		reset();
		seal(folder, 1, 7);
		put_status = rows[i].status;
		run(folder, rows[i].position == 0 ? 10 : 20000);
		ck_assert_msg(in_file(folder) == rows[i].position, "status %ld",
		    rows[i].status);
		fixture_folder_remove(folder);
	}
}
END_TEST

START_TEST(what_retention_took_is_told)
{
	const char *folder = fixture_folder();
	struct buf dead = {0};

	/* A new sink takes what there is. */
	reset();
	seal(folder, 5, 7);
	run(folder, 20000);
	ck_assert(!fixture_file(folder, "s3.dead", &dead));
	seal(folder, 12, 13);
	run(folder, 20000);
	ck_assert_uint_eq(in_file(folder), 13);
	ck_assert(fixture_file(folder, "s3.dead", &dead));
	ck_assert_ptr_nonnull(
	    strstr(buf_cstr(&dead), "entries 8 to 11 left the journal"));
	/* Removed between being named and being read. */
	seal(folder, 14, 15);
	remove(segments[2].path);
	run(folder, 20000);
	ck_assert_uint_eq(in_file(folder), 15);
	fixture_file(folder, "s3.dead", &dead);
	ck_assert_ptr_nonnull(strstr(buf_cstr(&dead), "14.zst: No such file"));
	buf_fini(&dead);
	fixture_folder_remove(folder);
	reset();
}
END_TEST

START_TEST(the_configuration_is_checked)
{
	static const struct {
		const char *bucket, *region, *sse, *key, *says;
	} rows[] = {{"", "r", "", "", "bucket is missing"},
	    {"b", "", "", "", "region is missing"},
	    {"b", "r", "kms", "", "\"kms\" is none of"},
	    {"b", "r", "AES256", "k", "kms_key needs sse: aws:kms"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct s3_config config = {.bucket = span_text(rows[i].bucket),
		    .region = span_text(rows[i].region),
		    .sse = span_text(rows[i].sse),
		    .kms_key = span_text(rows[i].key)};
		struct sink_s3 *sink;
		struct err err;

		ck_assert(sink_s3_start(&sink, NULL, &config, "n", NULL, NULL,
			      "/nowhere", &err) == RC_FATAL);
		ck_assert_ptr_null(sink);
		ck_assert_ptr_nonnull(strstr(err.text, rows[i].says));
	}
}
END_TEST

TEST_MAIN("sink_s3", the_key_is_of_log_position, sealed_segments_are_put_once,
    an_object_that_is_there_is_compared, the_checksum_of_the_answer_is_checked,
    only_the_segments_own_fault_gives_it_up, what_retention_took_is_told,
    the_configuration_is_checked)
