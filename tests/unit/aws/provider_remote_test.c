/* Containers and instances: who may be asked, with what, and how. */
#include <strings.h>

#include "unit/aws/provider_bench.h"

START_TEST(containers)
{
	static const struct reply replies[] = {JSON("C1"), JSON("C2"),
	    JSON("C3"), ANSWER("500 Oh", ""), JSON("C4"),
	    ANSWER("200 OK", "{\"code\":\"NoRole\",\"message\":\"hush\"}")};
	struct bench bench;
	char path[PATH_MAX];

	bench_open(&bench, replies, 6);
	variable_set(
	    "AWS_CONTAINER_CREDENTIALS_FULL_URI", &bench, "/v1/credentials");
	gives(&bench, "C1", "container");
	ck_assert_int_eq(bench.held.expires_ms, 2209086245000);
	ck_assert(request_has(&bench, 0, "GET /v1/credentials HTTP/1.1\r\n"));
	ck_assert(request_has(&bench, 0, "Accept: application/json\r\n"));
	ck_assert(!request_has(&bench, 0, "uthorization"));
	setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "hush-variable", 1);
	gives(&bench, "C2", "container");
	ck_assert(request_has(&bench, 1, "Authorization: hush-variable\r\n"));
	/* The file wins, and is read each time. */
	path_of(path, "token");
	file_make("token", "hush-file");
	setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path, 1);
	gives(&bench, "C3", "container");
	ck_assert(request_has(&bench, 2, "Authorization: hush-file\r\n"));
	file_make("token", "hush-newer");
	gives(&bench, "C4", "container"); /* after a 500 */
	ck_assert(request_has(&bench, 4, "Authorization: hush-newer\r\n"));
	fails(&bench, "the container's credentials: it says NoRole");
	ck_assert_uint_eq(server_requests(&bench.server), 6);
	/* Nothing may be smuggled into the request. */
	file_make("token", "hush\r\nX-Evil: 1");
	fails(&bench, "has a line break");
	file_make("token", "hush\n");
	fails(&bench, "has a line break");
	ck_assert_uint_eq(server_requests(&bench.server), 6);
	unlink(path);
	fails(&bench, "the container's authorization token");
	setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://evil.example/", 1);
	fails(&bench, "FULL_URI must be https");
	setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@evil.example/", 1);
	fails(&bench, "must begin with /");
	ck_assert_uint_eq(server_requests(&bench.server), 6);
	bench_close(&bench);
}
END_TEST

START_TEST(where_credentials_may_be_asked_for)
{
	static const struct {
		const char *uri;
		bool allowed;
	} rows[] = {
	    {"https://anything.example/x", true},
	    {"http://127.0.0.1/x", true},
	    {"http://127.255.3.4:80/x", true},
	    {"http://localhost:8080/", true},
	    {"HTTP://LocalHost", true},
	    {"http://[::1]:1/x", true},
	    {"http://169.254.170.2/v2", true},
	    {"http://169.254.170.23/v1/credentials", true},
	    {"http://[fd00:ec2::23]/v1/credentials", true},
	    {"http://[fd00:ec2:0::23]", true},
	    {"http://169.254.169.254/", false},
	    {"http://169.254.170.24/", false},
	    {"http://[fd00:ec2::24]/", false},
	    {"http://10.0.0.1/", false},
	    {"http://example.com/", false},
	    {"http://localhost.evil.example/", false},
	    {"http://127.0.0.1.evil.example/", false},
	    {"http://127.0.0.1@evil.example/", false},
	    {"http://localhost:80@evil.example/", false},
	    {"http://evil.example#127.0.0.1", false},
	    {"http://evil.example\\@127.0.0.1/", false},
	    {"http://[::1]evil.example/", false},
	    {"http://[::1", false},
	    {"http://0x7f000001/", false},
	    {"http://127.1/", false},
	    {"http://127.0.0.1 /", false},
	    {"http://127.0.0.1/\r\nX: y", false},
	    {"http://", false},
	    {"ftp://127.0.0.1/", false},
	    {"", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ck_assert_msg(
		    provider_uri_allowed(rows[i].uri) == rows[i].allowed, "%s",
		    rows[i].uri);
}
END_TEST

static void
imds_open(struct bench *bench, const struct reply *replies, size_t nreplies)
{
	bench_open(bench, replies, nreplies);
	unsetenv("AWS_EC2_METADATA_DISABLED");
	variable_set("AWS_EC2_METADATA_SERVICE_ENDPOINT", bench, "/");
}

START_TEST(instances)
{
	static const struct reply replies[] = {ANSWER("200 OK", "hush-token"),
	    ANSWER("200 OK", "dr role\n"), JSON("I1"),
	    ANSWER("200 OK", "hush-token"), ANSWER("404 No", ""),
	    ANSWER("200 OK", "hush-token"), ANSWER("200 OK", "dr"),
	    ANSWER("200 OK",
		"{\"Code\":\"AssumeRoleUnauthorizedAccess\",\"Message\":"
		"\"hush\"}"),
	    ANSWER("400 No", "")};
	struct bench bench;

	imds_open(&bench, replies, 9);
	setenv("http_proxy", "http://127.0.0.1:1", 1); /* never for this */
	gives(&bench, "I1", "imds");
	ck_assert(request_has(&bench, 0, "PUT /latest/api/token HTTP/1.1\r\n"));
	ck_assert(request_has(
	    &bench, 0, "x-aws-ec2-metadata-token-ttl-seconds: 21600\r\n"));
	ck_assert(request_has(&bench, 1,
	    "GET /latest/meta-data/iam/security-credentials/ HTTP/1.1\r\n"));
	ck_assert(
	    request_has(&bench, 1, "x-aws-ec2-metadata-token: hush-token\r\n"));
	ck_assert(request_has(&bench, 2, "/security-credentials/dr%20role "));
	fails(&bench,
	    "no AWS credentials: set AWS_ACCESS_KEY_ID and "
	    "AWS_SECRET_ACCESS_KEY");
	ck_assert_ptr_nonnull(strstr(
	    bench.err.text, "no instance metadata: the instance has no role"));
	fails(&bench,
	    "instance metadata: role dr: it says "
	    "AssumeRoleUnauthorizedAccess");
	fails(&bench,
	    "instance metadata: the token request was answered with status "
	    "400");
	ck_assert_uint_eq(server_requests(&bench.server), 9);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	fails(&bench, "no AWS credentials");
	ck_assert(!bench.remote);
	ck_assert_uint_eq(server_requests(&bench.server), 9);
	bench_close(&bench);
}
END_TEST

START_TEST(older_instances)
{
	static const struct reply replies[] = {ANSWER("404 No", ""),
	    ANSWER("200 OK", "dr"), JSON("V1"), {.text = NULL},
	    ANSWER("200 OK", "dr"), JSON("SLOW"), ANSWER("403 No", ""),
	    ANSWER("403 No", ""), ANSWER("405 No", "")};
	struct bench bench;

	imds_open(&bench, replies, 9);
	gives(&bench, "V1", "imds");
	ck_assert(!request_has(&bench, 1, "x-aws-ec2-metadata-token"));
	/* A token that does not get through: a second, then without. */
	gives(&bench, "SLOW", "imds");
	fails(&bench, "no instance metadata: it is turned off (status 403)");
	setenv("AWS_EC2_METADATA_V1_DISABLED", "true", 1);
	fails(&bench, "AWS_EC2_METADATA_V1_DISABLED forbids the older one");
	ck_assert_uint_eq(server_requests(&bench.server), 9);
	bench_close(&bench);
	/* Nobody is there. */
	imds_open(&bench, replies, 1);
	setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1", 1);
	fails(&bench, "no instance metadata: http://127.0.0.1:1: ");
	ck_assert(bench.remote);
	bench_close(&bench);
}
END_TEST

START_TEST(sources_of_roles)
{
	static const struct reply replies[] = {JSON("CONTAINER"), STS("ONE"),
	    ANSWER("200 OK", "hush-token"), ANSWER("200 OK", "dr"),
	    JSON("INSTANCE"), STS("TWO"), STS("THREE")};
	struct bench bench;

	imds_open(&bench, replies, 7);
	variable_set("AWS_CONTAINER_CREDENTIALS_FULL_URI", &bench, "/c");
	file_make(".aws/config",
	    "[default]\nrole_arn=a\ncredential_source=EcsContainer\n"
	    "[profile i]\nrole_arn=b\ncredential_source=Ec2InstanceMetadata\n"
	    "[profile e]\nrole_arn=c\nsource_profile=ee\n"
	    "[profile ee]\nrole_arn=c\ncredential_source=Environment\n");
	gives(&bench, "ONE", "assume_role");
	ck_assert(request_has(&bench, 1, "Credential=CONTAINER/"));
	setenv("AWS_PROFILE", "i", 1);
	gives(&bench, "TWO", "assume_role");
	ck_assert(request_has(&bench, 5, "Credential=INSTANCE/"));
	setenv("AWS_PROFILE", "e", 1);
	fails(&bench, "credential_source is Environment, which gives none");
	bench_close(&bench);
}
END_TEST

TEST_MAIN("provider_remote", containers, where_credentials_may_be_asked_for,
    instances, older_instances, sources_of_roles)
