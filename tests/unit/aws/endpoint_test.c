#include "aws/endpoint.h"

#include <stdio.h>
#include <unistd.h>

#include "testing.h"

static const struct {
	const char *service, *region, *bucket, *given, *want;
} place_rows[] = {
    {"sns", "us-east-2", "", "", "https://sns.us-east-2.amazonaws.com"},
    {"sns", "cn-north-1", "", "", "https://sns.cn-north-1.amazonaws.com.cn"},
    {"sns", "us-gov-west-1", "", "", "https://sns.us-gov-west-1.amazonaws.com"},
    {"s3", "us-east-1", "dr-metrics", "",
	"https://dr-metrics.s3.us-east-1.amazonaws.com"},
    {"s3", "cn-northwest-1", "dr", "", NULL},
    {"s3", "cn-northwest-1", "dr1", "",
	"https://dr1.s3.cn-northwest-1.amazonaws.com.cn"},
    {"s3", "us-gov-east-1", "dr.metrics", "",
	"https://s3.us-gov-east-1.amazonaws.com/dr.metrics"},
    {"s3", "us-east-1", "", "", "https://s3.us-east-1.amazonaws.com"},
    {"s3", "us-east-2", "dr-metrics", "http://127.0.0.1:9000",
	"http://127.0.0.1:9000/dr-metrics"},
    {"s3", "us-east-2", "dr-metrics", "https://Minio.Example:443/",
	"https://minio.example/dr-metrics"},
    {"s3", "us-east-2", "dr-metrics", "HTTP://h:80/a/b_~/",
	"http://h/a/b_~/dr-metrics"},
    {"s3", "us-east-2", "dr-metrics", "https://h:80",
	"https://h:80/dr-metrics"},
    {"sns", "us-east-2", "", "http://[::1]:5000", "http://[::1]:5000"},
    {"sns", "us-east-2", "", "https://[fd00::1]", "https://[fd00::1]"},

    {"sns", "", "", "", NULL},
    {"sns", "us east", "", "", NULL},
    {"sns", "evil.example/", "", "", NULL},
    {"sns", "US-EAST-1", "", "", NULL},
    {"sns", "-x", "", "", NULL},
    {"s3", "us-east-2", "a/b", "", NULL},
    {"s3", "us-east-2", "..", "", NULL},
    {"s3", "us-east-2", "UPPER", "", NULL},
    {"s3", "us-east-2", "-ab", "", NULL},
    {"sns", "us-east-2", "", "ftp://h", NULL},
    {"sns", "us-east-2", "", "h:9000", NULL},
    {"sns", "us-east-2", "", "http://", NULL},
    {"sns", "us-east-2", "", "http:///x", NULL},
    {"sns", "us-east-2", "", "http://user@h", NULL},
    {"sns", "us-east-2", "", "http://user:pw@h", NULL},
    {"sns", "us-east-2", "", "http://h:0", NULL},
    {"sns", "us-east-2", "", "http://h:65536", NULL},
    {"sns", "us-east-2", "", "http://h:", NULL},
    {"sns", "us-east-2", "", "http://h:8o", NULL},
    {"sns", "us-east-2", "", "http://h?x", NULL},
    {"sns", "us-east-2", "", "http://h/?x", NULL},
    {"sns", "us-east-2", "", "http://h/#x", NULL},
    {"sns", "us-east-2", "", "http://h/%41", NULL},
    {"sns", "us-east-2", "", "http://h h", NULL},
    {"sns", "us-east-2", "", "http://h\r\nX: y", NULL},
    {"sns", "us-east-2", "", "http://[::1", NULL},
    {"sns", "us-east-2", "", "http://[]", NULL},
    {"sns", "us-east-2", "", "http://[::1]x", NULL},
};

START_TEST(where_services_are)
{
	struct arena arena;

	unsetenv("AWS_ENDPOINT_URL");
	unsetenv("AWS_ENDPOINT_URL_S3");
	unsetenv("AWS_ENDPOINT_URL_SNS");
	arena_init(&arena);
	for (size_t i = 0; i < sizeof(place_rows) / sizeof(*place_rows); i++) {
		struct endpoint endpoint;
		struct err err = {{0}};
		enum rc rc = endpoint_find(&arena, NULL, place_rows[i].service,
		    span_text(place_rows[i].region),
		    span_text(place_rows[i].bucket),
		    span_text(place_rows[i].given), &endpoint, &err);

		if (place_rows[i].want == NULL) {
			ck_assert_msg(rc == RC_REJECT, "row %zu", i);
			ck_assert(err.text[0] != '\0');
			continue;
		}
		ck_assert_msg(rc == RC_OK, "row %zu: %s", i, err.text);
		ck_assert_str_eq(
		    arena_printf(&arena, "%s://%.*s%.*s", endpoint.scheme,
			SPAN_ARGS(endpoint.host), SPAN_ARGS(endpoint.path)),
		    place_rows[i].want);
	}
	arena_fini(&arena);
}
END_TEST

static void
host_is(const char *service, const char *given, const char *want)
{
	struct endpoint endpoint;
	struct arena arena;
	struct err err;

	arena_init(&arena);
	ck_assert(
	    endpoint_find(&arena, NULL, service, SPAN_OF("us-east-2"),
		(struct span){0}, span_text(given), &endpoint, &err) == RC_OK);
	ck_assert_msg(span_is(endpoint.host, want), "%.*s, not %s",
	    SPAN_ARGS(endpoint.host), want);
	arena_fini(&arena);
}

START_TEST(environment_gives_endpoints)
{
	setenv("AWS_ENDPOINT_URL", "http://any:1", 1);
	setenv("AWS_ENDPOINT_URL_S3", "http://only-s3:2", 1);
	host_is("s3", "", "only-s3:2");
	host_is("sns", "", "any:1");
	host_is("s3", "http://given:3", "given:3");
	setenv("AWS_ENDPOINT_URL_S3", "", 1);
	host_is("s3", "", "any:1");
	setenv("AWS_ENDPOINT_URL_EVENTBRIDGE", "http://bus:4", 1);
	host_is("events", "", "bus:4");
	setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", 1);
	host_is("events", "", "events.us-east-2.amazonaws.com");
	host_is("s3", "http://given:3", "given:3");
	unsetenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
	unsetenv("AWS_ENDPOINT_URL_EVENTBRIDGE");
	setenv("AWS_ENDPOINT_URL", "", 1);
	host_is("s3", "", "s3.us-east-2.amazonaws.com");
	unsetenv("AWS_ENDPOINT_URL");
	unsetenv("AWS_ENDPOINT_URL_S3");
}
END_TEST

/* tests/fixtures/aws/endpoints.txt: what botocore's rule sets answer for each
 * service in a Region of each partition, without and with FIPS and dual stack;
 * "-": there is none. */
START_TEST(hosts_are_botocores)
{
	char service[32], region[32], want[128];
	FILE *file = fopen("tests/fixtures/aws/endpoints.txt", "r");
	int fips, dual_stack, rows = 0;
	struct arena arena;

	ck_assert_ptr_nonnull(file);
	arena_init(&arena);
	while (fscanf(file, "%31s %31s %d %d %127s", service, region, &fips,
		   &dual_stack, want) == 5) {
		struct endpoint endpoint;
		struct err err;
		enum rc rc;

		setenv("AWS_USE_FIPS_ENDPOINT", fips ? "true" : "false", 1);
		setenv(
		    "AWS_USE_DUALSTACK_ENDPOINT", dual_stack ? "True" : "", 1);
		rc = endpoint_find(&arena, NULL, service, span_text(region),
		    span_text(strcmp(service, "s3") == 0 ? "dr-metrics" : ""),
		    (struct span){0}, &endpoint, &err);
		rows++;
		if (strcmp(want, "-") == 0) {
			ck_assert_int_eq(rc, RC_REJECT);
			continue;
		}
		ck_assert_int_eq(rc, RC_OK);
		ck_assert_str_eq(
		    arena_printf(&arena, "%s://%.*s%.*s", endpoint.scheme,
			SPAN_ARGS(endpoint.host), SPAN_ARGS(endpoint.path)),
		    want);
	}
	ck_assert_int_eq(rows, 336);
	fclose(file);
	arena_fini(&arena);
	unsetenv("AWS_USE_FIPS_ENDPOINT");
	unsetenv("AWS_USE_DUALSTACK_ENDPOINT");
}
END_TEST

static void
config_write(char path[64], const char *text)
{
	FILE *file;

	snprintf(path, 64, "/tmp/endpoint_test.%d", (int)getpid());
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
	setenv("AWS_CONFIG_FILE", path, 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere", 1);
}

static void
rules_give(
    const struct endpoint_rules *rules, const char *service, const char *want)
{
	struct endpoint endpoint;
	struct arena arena;
	struct err err;

	arena_init(&arena);
	ck_assert_int_eq(
	    endpoint_find(&arena, rules, service, SPAN_OF("us-east-2"),
		(struct span){0}, (struct span){0}, &endpoint, &err),
	    RC_OK);
	ck_assert_msg(span_is(endpoint.host, want), "%.*s, not %s",
	    SPAN_ARGS(endpoint.host), want);
	arena_fini(&arena);
}

START_TEST(profiles_give_endpoints)
{
	struct endpoint_rules rules = {0};
	char path[64];

	config_write(path,
	    "[default]\nuse_fips_endpoint = true\n"
	    "[profile dual]\nuse_dualstack_endpoint=true\n"
	    "[profile own]\nendpoint_url = http://all:1\nservices = mine\n"
	    "[services mine]\ns3 =\n  endpoint_url = http://s3:2\n"
	    "eventbridge =\n  endpoint_url = http://bus:3\n"
	    "[profile off]\nendpoint_url = http://all:1\n"
	    "ignore_configured_endpoint_urls = true\n");
	endpoint_rules_load(&rules);
	rules_give(&rules, "kinesis", "kinesis-fips.us-east-2.amazonaws.com");
	setenv("AWS_USE_FIPS_ENDPOINT", "false", 1);
	rules_give(&rules, "kinesis", "kinesis.us-east-2.amazonaws.com");
	unsetenv("AWS_USE_FIPS_ENDPOINT");
	endpoint_rules_free(&rules);
	setenv("AWS_PROFILE", "dual", 1);
	endpoint_rules_load(&rules);
	rules_give(&rules, "kinesis", "kinesis.us-east-2.api.aws");
	endpoint_rules_free(&rules);
	setenv("AWS_PROFILE", "own", 1);
	endpoint_rules_load(&rules);
	rules_give(&rules, "sns", "all:1");
	rules_give(&rules, "s3", "s3:2");
	rules_give(&rules, "events", "bus:3");
	setenv("AWS_ENDPOINT_URL", "http://any:4", 1);
	rules_give(&rules, "s3", "any:4");
	unsetenv("AWS_ENDPOINT_URL");
	endpoint_rules_free(&rules);
	setenv("AWS_PROFILE", "off", 1);
	endpoint_rules_load(&rules);
	rules_give(&rules, "sns", "sns.us-east-2.amazonaws.com");
	endpoint_rules_free(&rules);
	unlink(path);
}
END_TEST

TEST_MAIN("endpoint", where_services_are, environment_gives_endpoints,
    hosts_are_botocores, profiles_give_endpoints)
