/* A manifest a day: when it is put, what it holds, what a restart knows. */
#include "sinks/s3_manifest.h"

#include "testing.h"
#include "unit/sinks/fixture.h"

#define DAY_MS 86400000LL

static struct buf puts_; /* "KEY\nBODY" each */
static long put_status;

enum rc
aws_send(struct aws_client *client, const struct aws_call *call,
    const char *operation, struct http_answer *answer, struct err *err)
{
	(void)client;
	ck_assert_str_eq(operation, "PutObject");
	answer->status = put_status;
	if (put_status != 200)
		return err_set(err, RC_RETRY, "status %ld", put_status);
	buf_span_put(&puts_, call->path);
	buf_byte(&puts_, '\n');
	buf_span_put(&puts_, call->body);
	return RC_OK;
}

struct span
aws_error_code(struct span body)
{
	(void)body;
	return SPAN_OF("");
}

static struct s3_bucket bucket;
static struct s3_manifest manifest;
static const char *folder;

static void
begin(void)
{
	static const struct s3_config config = {.bucket = SPAN_OF("b"),
	    .prefix = SPAN_OF("p/"),
	    .region = SPAN_OF("r")};

	s3_bucket_init(&bucket, NULL, &config, "n");
	s3_manifest_open(&manifest, &bucket, folder, "s3");
}

static void
end(void)
{
	s3_manifest_close(&manifest);
	s3_bucket_fini(&bucket);
}

static void
init(void)
{
	folder = fixture_folder();
	buf_fini(&puts_);
	put_status = 200;
	begin();
}

static void
fini(void)
{
	end();
	fixture_folder_remove(folder);
}

/* Entries first..last, on that day. */
static enum rc
add(int64_t day, uint64_t first, uint64_t last)
{
	const struct journal_segment segment = {.first_seq = first,
	    .last_seq = last,
	    .first_ms = day * DAY_MS + (int64_t)first * 1000,
	    .last_ms = day * DAY_MS + (int64_t)last * 1000,
	    .bytes = last * 10};
	struct err err;

	return s3_manifest_add(&manifest, &segment, SPAN_OF("AAAAAA=="), &err);
}

static const char day_one[] =
    "/p/n/manifest/year=1970/month=01/day=02/segments.manifest.jsonl\n"
    "{\"key\":\"year=1970/month=01/day=02/hour=00/00000000000000000004.zst\","
    "\"first_seq\":4,\"last_seq\":6,\"first\":\"1970-01-02T00:00:04.000Z\","
    "\"last\":\"1970-01-02T00:00:06.000Z\",\"bytes\":60,"
    "\"crc32c\":\"AAAAAA==\"}\n"
    "{\"key\":\"year=1970/month=01/day=02/hour=00/00000000000000000007.zst\","
    "\"first_seq\":7,\"last_seq\":9,\"first\":\"1970-01-02T00:00:07.000Z\","
    "\"last\":\"1970-01-02T00:00:09.000Z\",\"bytes\":90,"
    "\"crc32c\":\"AAAAAA==\"}\n";

/* Also with a restart before each segment, and each segment twice. */
START_TEST(the_day_before_is_put_once)
{
	static const struct {
		bool restart, twice;
	} rows[] = {{false, false}, {true, false}, {false, true}, {true, true}};
	static const struct {
		int64_t day;
		uint64_t first, last;
	} segments[] = {{0, 1, 3}, {1, 4, 6}, {1, 7, 9}, {2, 10, 12}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		init();
		for (size_t k = 0; k < 4; k++) {
			ck_assert(add(segments[k].day, segments[k].first,
				      segments[k].last) == RC_OK);
			if (rows[i].restart) {
				end();
				begin();
			}
			if (rows[i].twice)
				ck_assert(
				    add(segments[k].day, segments[k].first,
					segments[k].last) == RC_OK);
		}
		ck_assert_str_eq(buf_cstr(&puts_), day_one);
		fini();
	}
}
END_TEST

/* A day that may not be all there is listed, not believed. */
START_TEST(a_gap_makes_no_manifest)
{
	static const struct {
		uint64_t first[4];
		bool whole;
	} rows[] = {{{1, 4, 7, 10}, true}, {{1, 5, 7, 10}, false},
	    {{1, 4, 8, 10}, false}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		init();
		for (size_t k = 0; k < 4; k++)
			ck_assert(add((int64_t)(k + 1) / 2, rows[i].first[k],
				      3 * k + 3) == RC_OK);
		ck_assert_msg((puts_.len > 0) == rows[i].whole, "row %zu", i);
		fini();
	}
	/* Nor does the first day of all, nor one whose file is lost. */
	init();
	ck_assert(add(0, 1, 3) == RC_OK && add(1, 4, 6) == RC_OK);
	ck_assert_uint_eq(puts_.len, 0);
	fini();
	init();
	ck_assert(add(1, 7, 9) == RC_OK && add(2, 10, 12) == RC_OK);
	ck_assert_uint_eq(puts_.len, 0);
	fini();
}
END_TEST

START_TEST(a_put_that_fails_is_made_again)
{
	init();
	ck_assert(add(0, 1, 3) == RC_OK && add(1, 4, 6) == RC_OK &&
	    add(1, 7, 9) == RC_OK);
	put_status = 503;
	ck_assert(add(2, 10, 12) == RC_RETRY);
	end();
	begin();
	ck_assert(add(2, 10, 12) == RC_RETRY);
	put_status = 200;
	ck_assert(add(2, 10, 12) == RC_OK);
	ck_assert_str_eq(buf_cstr(&puts_), day_one);
	fini();
}
END_TEST

/* A crash while a row was written. */
START_TEST(half_a_row_is_none)
{
	char path[128];
	struct buf file = {0};
	struct err err;

	init();
	ck_assert(add(0, 1, 3) == RC_OK && add(1, 4, 6) == RC_OK &&
	    add(1, 7, 9) == RC_OK);
	end();
	ck_assert(fixture_file(folder, "s3.manifest", &file));
	snprintf(path, sizeof(path), "%s/s3.manifest", folder);
	for (size_t cut = 2; cut < 100; cut += 7) {
		ck_assert(
		    file_replace(path, span_make(file.bytes, file.len - cut),
			&err) == RC_OK);
		buf_clear(&puts_);
		begin();
		ck_assert(add(1, 7, 9) == RC_OK && add(2, 10, 12) == RC_OK);
		ck_assert_str_eq(buf_cstr(&puts_), day_one);
		end();
	}
	begin();
	buf_fini(&file);
	fini();
}
END_TEST

TEST_MAIN("s3_manifest", the_day_before_is_put_once, a_gap_makes_no_manifest,
    a_put_that_fails_is_made_again, half_a_row_is_none)
