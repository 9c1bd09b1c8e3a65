#include "aws/sigv4.h"
#include "base/file.h"
#include "base/text.h"
#include "base/tree.h"
#include "testing.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define KEY "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define S3_KEY "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
#define S3_DATE "20130524T000000Z"
#define S3_HOST "examplebucket.s3.amazonaws.com"

#define MAX_HEADERS 8

/* Published by AWS: the General Reference's examples, the S3 API Reference's
 * "Signature Calculations" and the signing test suite. */
static const struct published {
	const char *id, *secret, *service, *timestamp;
	const char *method, *path, *query;
	const char *headers[MAX_HEADERS][2];
	const char *hash;
	bool s3;
	const char *signature;
} published[] = {
    {"AKIDEXAMPLE", KEY, "service", "20150830T123600Z", "GET", "/", "",
	{{"Host", "example.amazonaws.com"}, {"X-Amz-Date", "20150830T123600Z"}},
	EMPTY, false,
	"5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"AKIDEXAMPLE", KEY, "iam", "20150830T123600Z", "GET", "/",
	"Action=ListUsers&Version=2010-05-08",
	{{"Host", "iam.amazonaws.com"},
	    {"Content-Type",
		"application/x-www-form-urlencoded; charset=utf-8"},
	    {"X-Amz-Date", "20150830T123600Z"}},
	EMPTY, false,
	"5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"},
    {"AKIAIOSFODNN7EXAMPLE", S3_KEY, "s3", S3_DATE, "GET", "/test.txt", "",
	{{"Host", S3_HOST}, {"Range", "bytes=0-9"},
	    {"x-amz-content-sha256", EMPTY}, {"x-amz-date", S3_DATE}},
	EMPTY, true,
	"f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
    {"AKIAIOSFODNN7EXAMPLE", S3_KEY, "s3", S3_DATE, "PUT", "/test$file.text",
	"",
	{{"Host", S3_HOST}, {"Date", "Fri, 24 May 2013 00:00:00 GMT"},
	    {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
	    {"x-amz-date", S3_DATE},
	    {"x-amz-content-sha256",
		"44ce7dd67c959e0d3524ffac1771dfbb"
		"a87d2b6b4b4e99e42034a8b803f8b072"}},
	"44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
	true,
	"98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
    {"AKIAIOSFODNN7EXAMPLE", S3_KEY, "s3", S3_DATE, "GET", "/", "lifecycle",
	{{"Host", S3_HOST}, {"x-amz-content-sha256", EMPTY},
	    {"x-amz-date", S3_DATE}},
	EMPTY, true,
	"fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
    {"AKIAIOSFODNN7EXAMPLE", S3_KEY, "s3", S3_DATE, "GET", "/",
	"prefix=J&max-keys=2",
	{{"Host", S3_HOST}, {"x-amz-content-sha256", EMPTY},
	    {"x-amz-date", S3_DATE}},
	EMPTY, true,
	"34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
};

static struct sigv4_scope
scope_of(const char *region, const char *service, const char *timestamp)
{
	struct sigv4_scope scope = {
	    .region = span_text(region), .service = span_text(service)};

	memcpy(scope.timestamp, timestamp, 17);
	return scope;
}

START_TEST(signs_as_aws_published)
{
	for (size_t i = 0; i < sizeof(published) / sizeof(*published); i++) {
		const struct published *row = &published[i];
		struct sigv4_header headers[MAX_HEADERS];
		struct sigv4_request request = {span_text(row->method),
		    span_text(row->path), span_text(row->query), headers, 0,
		    span_text(row->hash), !row->s3, !row->s3};
		struct sigv4_scope scope =
		    scope_of("us-east-1", row->service, row->timestamp);
		struct credentials credentials = {
		    span_text(row->id), span_text(row->secret), {0}};
		struct buf out = {0};
		const char *signature;

		for (; row->headers[request.nheaders][0] != NULL;
		     request.nheaders++)
			headers[request.nheaders] = (struct sigv4_header){
			    span_text(row->headers[request.nheaders][0]),
			    span_text(row->headers[request.nheaders][1])};
		sigv4_authorization(&out, &request, &scope, &credentials);
		signature = strstr(buf_cstr(&out), ", Signature=");
		ck_assert_ptr_nonnull(signature);
		ck_assert_str_eq(signature + 12, row->signature);
		buf_fini(&out);
	}
}
END_TEST

START_TEST(authorization_is_written_out)
{
	struct sigv4_header headers[] = {
	    {SPAN_OF("x-amz-date"), SPAN_OF("20150830T123600Z")},
	    {SPAN_OF("Host"), SPAN_OF("example.amazonaws.com")}};
	struct sigv4_request request = {SPAN_OF("GET"), SPAN_OF("/"), {0},
	    headers, 2, SPAN_OF(EMPTY), true, true};
	struct sigv4_scope scope =
	    scope_of("us-east-1", "service", "20150830T123600Z");
	struct credentials credentials = {
	    SPAN_OF("AKIDEXAMPLE"), SPAN_OF(KEY), {0}};
	struct buf out = {0};

	sigv4_authorization(&out, &request, &scope, &credentials);
	ck_assert_str_eq(buf_cstr(&out),
	    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/"
	    "service/aws4_request, SignedHeaders=host;x-amz-date, Signature="
	    "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
	buf_fini(&out);
}
END_TEST

/* S3 API Reference, "Authenticating Requests: Using Query Parameters". */
START_TEST(query_form_signs_as_aws_published)
{
	struct sigv4_header host = {SPAN_OF("host"), SPAN_OF(S3_HOST)};
	struct sigv4_request request = {SPAN_OF("GET"), SPAN_OF("/test.txt"),
	    {0}, &host, 1, SPAN_OF("UNSIGNED-PAYLOAD"), false, false};
	struct sigv4_scope scope = scope_of("us-east-1", "s3", S3_DATE);
	struct credentials credentials = {
	    SPAN_OF("AKIAIOSFODNN7EXAMPLE"), SPAN_OF(S3_KEY), {0}};
	struct buf out = {0};

	sigv4_query(&out, &request, &scope, &credentials, 86400);
	ck_assert_str_eq(buf_cstr(&out),
	    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
	    "AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
	    "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400"
	    "&X-Amz-SignedHeaders=host&X-Amz-Signature="
	    "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
	buf_fini(&out);
}
END_TEST

START_TEST(paths_and_queries_have_one_form)
{
	static const struct {
		const char *path, *query;
		bool s3;
		const char *out;
	} rows[] = {
	    {"/documents and settings/", "", false,
		"/documents%2520and%2520settings/\n"},
	    {"/documents and settings/", "", true,
		"/documents%20and%20settings/\n"},
	    {"//a/./b/../c//", "", false, "/a/c/\n"},
	    {"//a/./b/../c//", "", true, "//a/./b/../c//\n"},
	    {"/../..", "", false, "/\n"},
	    {"/..", "", true, "/..\n"},
	    {"/a=b+c", "", true, "/a%3Db%2Bc\n"},
	    {"/", "b=2&a=1&a=0&A&c=", false, "/\nA=&a=0&a=1&b=2&c="},
	    {"/", "a=%7e%2f%zz&&", false, "/\na=~%2F%25zz"},
	    {"/", "a-b=1&a=2&a%20=3", true, "/\na=2&a%20=3&a-b=1"},
	    {"/", "k=a=b", true, "/\nk=a%3Db"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sigv4_request request = {.method = SPAN_OF("GET"),
		    .path = span_text(rows[i].path),
		    .query = span_text(rows[i].query),
		    .normalize_path = !rows[i].s3,
		    .double_encode = !rows[i].s3};
		struct buf want = {0}, out = {0};

		buf_printf(&want, "GET\n%s\n\n\n", rows[i].out);
		sigv4_canonical_request(&out, &request);
		ck_assert_str_eq(buf_cstr(&out), buf_cstr(&want));
		buf_fini(&want);
		buf_fini(&out);
	}
}
END_TEST

START_TEST(timestamp_is_utc)
{
	char out[17];

	sigv4_timestamp(out, 1440938160999);
	ck_assert_str_eq(out, "20150830T123600Z");
	sigv4_timestamp(out, 0);
	ck_assert_str_eq(out, "19700101T000000Z");
}
END_TEST

/* One case of the signing test suite, as the corpus holds it. */
struct vector {
	const char *name;
	const struct tree *node;
	struct span method, path, query, body;
	struct sigv4_header headers[16];
	size_t nheaders;
	bool normal, sign_body, omit_token;
	struct credentials credentials;
	struct sigv4_scope scope;
	char hash[65];
};

static struct span
text_of(const struct tree *map, const char *key)
{
	const struct tree *node = tree_get(map, key);

	return node == NULL ? (struct span){0} : node->text;
}

static bool
yes(const struct tree *map, const char *key)
{
	return span_is(text_of(map, key), "true");
}

/* Up to the byte, which is taken off as well. */
static struct span
until(struct span *text, char byte)
{
	const char *end =
	    text->len == 0 ? NULL : memchr(text->at, byte, text->len);
	size_t len = end == NULL ? text->len : (size_t)(end - text->at);
	struct span part = span_make(text->at, len);
	size_t taken = end == NULL ? len : len + 1;

	*text = span_make(text->at + taken, text->len - taken);
	return part;
}

static void
vector_header(struct vector *vector, struct span name, struct span value)
{
	vector->headers[vector->nheaders++] =
	    (struct sigv4_header){name, value};
}

static void
vector_request(struct vector *vector, struct span text)
{
	struct span first = until(&text, '\n');

	vector->method = until(&first, ' ');
	first.len -= strlen(" HTTP/1.1");
	vector->path = until(&first, '?');
	vector->query = first;
	while (text.len > 0) {
		struct span line = until(&text, '\n');
		struct span name;

		if (line.len == 0)
			break;
		while (text.len > 0 && text.at[0] == ' ')
			line.len += 1 + until(&text, '\n').len;
		name = until(&line, ':');
		vector_header(vector, name, line);
	}
	vector->body = text;
}

static void
vector_read(struct vector *vector, const struct tree *node)
{
	const struct tree *context = tree_get(node, "context");
	const struct tree *keys = tree_get(context, "credentials");
	int64_t ms;

	*vector = (struct vector){.name = node->key.at, .node = node};
	vector->credentials =
	    (struct credentials){text_of(keys, "access_key_id"),
		text_of(keys, "secret_access_key"), text_of(keys, "token")};
	vector->normal = yes(context, "normalize");
	vector->sign_body = yes(context, "sign_body");
	vector->omit_token = yes(context, "omit_session_token");
	vector->scope.region = text_of(context, "region");
	vector->scope.service = text_of(context, "service");
	ck_assert(text_parse_time(text_of(context, "timestamp"), &ms));
	sigv4_timestamp(vector->scope.timestamp, ms);
	vector_request(vector, text_of(node, "request"));
	sigv4_sha256_hex(
	    vector->hash, vector->sign_body ? vector->body : (struct span){0});
}

static struct sigv4_request
vector_as_request(const struct vector *vector)
{
	return (struct sigv4_request){vector->method, vector->path,
	    vector->query, vector->headers, vector->nheaders,
	    span_text(vector->hash), vector->normal, false};
}

static void
check(const struct vector *vector, const char *step, struct span got)
{
	struct span want = text_of(vector->node, step);

	ck_assert_msg(span_equal(got, want), "%s %s:\n%.*s\nwant:\n%.*s",
	    vector->name, step, SPAN_ARGS(got), SPAN_ARGS(want));
}

static void
check_query(struct vector *vector)
{
	struct credentials credentials = vector->credentials;
	struct sigv4_request request = vector_as_request(vector);
	struct buf out = {0};

	if (vector->omit_token)
		credentials.session_token = (struct span){0};
	sigv4_query(&out, &request, &vector->scope, &credentials, 3600);
	ck_assert_uint_gt(out.len, 64);
	check(
	    vector, "query_signature", span_make(out.bytes + out.len - 64, 64));
	buf_fini(&out);
}

static void
check_header(struct vector *vector)
{
	struct sigv4_request request;
	struct buf canonical = {0}, text = {0};
	char signature[65];

	vector_header(
	    vector, SPAN_OF("X-Amz-Date"), span_text(vector->scope.timestamp));
	if (vector->sign_body)
		vector_header(vector, SPAN_OF("x-amz-content-sha256"),
		    span_text(vector->hash));
	if (vector->credentials.session_token.len > 0 && !vector->omit_token)
		vector_header(vector, SPAN_OF("X-Amz-Security-Token"),
		    vector->credentials.session_token);
	request = vector_as_request(vector);
	sigv4_canonical_request(&canonical, &request);
	check(vector, "canonical_request", buf_span(&canonical));
	sigv4_string_to_sign(&text, &vector->scope, buf_span(&canonical));
	check(vector, "string_to_sign", buf_span(&text));
	sigv4_signature(
	    signature, &vector->scope, &vector->credentials, buf_span(&text));
	check(vector, "signature", span_text(signature));
	buf_fini(&canonical);
	buf_fini(&text);
}

START_TEST(every_vector_in_every_step)
{
	const char *folder = getenv("TOCSIN_CORPUS");
	struct buf path = {0}, text = {0};
	struct arena arena;
	struct faults faults;
	struct err err;
	const struct tree *root;

	buf_printf(&path, "%s/sigv4-vectors.json",
	    folder == NULL ? "../shared/corpus" : folder);
	if (file_read(buf_cstr(&path), &text, &err) != RC_OK) {
		printf("skipped: the 38 vectors of the signing test suite "
		       "(%s); TOCSIN_CORPUS names their folder\n",
		    err.text);
		buf_fini(&path);
		return;
	}
	arena_init(&arena);
	faults_init(&faults);
	root = tree_parse(&arena, buf_span(&text), "vectors", false, &faults);
	ck_assert_ptr_nonnull(root);
	ck_assert_uint_eq(root->count, 38);
	for (const struct tree *node = root->first; node != NULL;
	     node = node->next) {
		struct vector vector;

		vector_read(&vector, node);
		check_query(&vector);
		check_header(&vector);
	}
	faults_fini(&faults);
	arena_fini(&arena);
	buf_fini(&path);
	buf_fini(&text);
}
END_TEST

TEST_MAIN("sigv4", signs_as_aws_published, authorization_is_written_out,
    query_form_signs_as_aws_published, paths_and_queries_have_one_form,
    timestamp_is_utc, every_vector_in_every_step)
