#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aws/provider.h"
#include "testing.h"

static char home[] = "/tmp/credentials_test.XXXXXX";

static const char *const variables[] = {"AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
    "AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"};

static void
file_make(const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", home, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

static void
begin(void)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
		unsetenv(variables[i]);
	memcpy(home + strlen(home) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(home));
	setenv("HOME", home, 1);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	snprintf(path, sizeof(path), "%s/.aws", home);
	ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void
end(void)
{
	char command[PATH_MAX];

	snprintf(command, sizeof(command), "rm -r %s", home);
	ck_assert_int_eq(system(command), 0);
}

/* "id/secret/token", or the sentence that says why there are none. */
static void
expect(const char *want)
{
	struct credentials_held held = {0};
	struct err err = {0};
	_Atomic int64_t skew_ms = 0;
	bool remote = true;
	enum rc rc = provider_fetch(
	    NULL, NULL, &skew_ms, (struct span){0}, &held, &remote, &err);
	char got[1024];

	if (rc == RC_OK)
		snprintf(got, sizeof(got), "%.*s/%.*s/%.*s",
		    SPAN_ARGS(held.credentials.access_key_id),
		    SPAN_ARGS(held.credentials.secret_access_key),
		    SPAN_ARGS(held.credentials.session_token));
	else
		snprintf(got, sizeof(got), "%d %s", rc, err.text);
	ck_assert_str_eq(got, want);
	ck_assert(!remote);
	credentials_wipe(&held);
	ck_assert_ptr_null(held.bytes);
}

START_TEST(environment_comes_first)
{
	begin();
	file_make(".aws/credentials",
	    "[default]\naws_access_key_id=F\naws_secret_access_key=f\n");
	expect("F/f/");
	setenv("AWS_ACCESS_KEY_ID", "E", 1);
	expect("2 AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY: "
	       "set both or neither");
	setenv("AWS_SECRET_ACCESS_KEY", "e\n", 1);
	expect("E/e/");
	setenv("AWS_SECURITY_TOKEN", "old", 1);
	expect("E/e/old");
	setenv("AWS_SESSION_TOKEN", "new", 1);
	expect("E/e/new");
	setenv("AWS_ACCESS_KEY_ID", "", 1);
	expect("2 AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID: "
	       "set both or neither");
	setenv("AWS_SECRET_ACCESS_KEY", "", 1);
	expect("F/f/");
	end();
}
END_TEST

START_TEST(profiles_of_both_files)
{
	begin();
	file_make(".aws/credentials",
	    "[default]\naws_access_key_id=D\naws_secret_access_key=d\n"
	    "[west]\naws_access_key_id=W\naws_secret_access_key=w\n"
	    "aws_session_token=t\n"
	    "[half]\naws_access_key_id=H\n");
	file_make(".aws/config",
	    "[default]\nregion=us-east-2\n"
	    "[profile west]\naws_access_key_id=X\naws_secret_access_key=x\n"
	    "[profile half]\naws_access_key_id=C\naws_secret_access_key=c\n"
	    "[bare]\naws_access_key_id=B\naws_secret_access_key=b\n");
	expect("D/d/");
	setenv("AWS_PROFILE", "west", 1);
	expect("W/w/t");
	setenv("AWS_PROFILE", "half", 1);
	expect("C/c/");
	setenv("AWS_PROFILE", "bare", 1); /* only "profile bare" would do */
	{
		char want[PATH_MAX];

		snprintf(want, sizeof(want),
		    "2 no AWS credentials: set AWS_ACCESS_KEY_ID and "
		    "AWS_SECRET_ACCESS_KEY, or put both keys under [bare] in "
		    "%s/.aws/credentials",
		    home);
		expect(want);
	}
	end();
}
END_TEST

START_TEST(files_may_lie_elsewhere)
{
	begin();
	file_make("keys",
	    "[default]\naws_access_key_id=K\naws_secret_access_key=k\n");
	file_make("conf",
	    "[default]\naws_access_key_id=C\naws_secret_access_key=c\n");
	setenv("AWS_CONFIG_FILE", "~/conf", 1);
	expect("C/c/");
	setenv("AWS_SHARED_CREDENTIALS_FILE", "~/keys", 1);
	expect("K/k/");
	setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere/keys", 1);
	setenv("AWS_CONFIG_FILE", "/nowhere/config", 1);
	expect("2 no AWS credentials: set AWS_ACCESS_KEY_ID and "
	       "AWS_SECRET_ACCESS_KEY, or put both keys under [default] in "
	       "/nowhere/keys");
	unsetenv("HOME");
	unsetenv("AWS_SHARED_CREDENTIALS_FILE");
	expect("2 no AWS credentials: set AWS_ACCESS_KEY_ID and "
	       "AWS_SECRET_ACCESS_KEY, or put both keys under [default] in "
	       "/.aws/credentials");
	end();
}
END_TEST

START_TEST(times_to_renew)
{
	static const struct {
		int64_t taken_s, expires_s, now_s;
		enum credentials_due want;
	} rows[] = {
	    {0, 0, 999999, CREDENTIALS_GOOD},
	    /* An hour: 15 and 10 minutes before its end. */
	    {100, 3700, 100, CREDENTIALS_GOOD},
	    {100, 3700, 2799, CREDENTIALS_GOOD},
	    {100, 3700, 2800, CREDENTIALS_SOON},
	    {100, 3700, 3099, CREDENTIALS_SOON},
	    {100, 3700, 3100, CREDENTIALS_NOW},
	    {100, 3700, 3699, CREDENTIALS_NOW},
	    {100, 3700, 3700, CREDENTIALS_OVER},
	    {100, 3700, 9999, CREDENTIALS_OVER},
	    /* Twelve hours: the same. */
	    {0, 43200, 42299, CREDENTIALS_GOOD},
	    {0, 43200, 42300, CREDENTIALS_SOON},
	    {0, 43200, 42600, CREDENTIALS_NOW},
	    /* Fifteen minutes: after 3/4 and 5/6 of them. */
	    {0, 900, 674, CREDENTIALS_GOOD},
	    {0, 900, 675, CREDENTIALS_SOON},
	    {0, 900, 750, CREDENTIALS_NOW},
	    /* Over when they came. */
	    {500, 400, 500, CREDENTIALS_OVER},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ck_assert_msg(credentials_due(rows[i].now_s * 1000,
				  rows[i].taken_s * 1000,
				  rows[i].expires_s * 1000) == rows[i].want,
		    "row %zu", i);
}
END_TEST

START_TEST(json_forms)
{
	static const struct {
		const char *text, *token;
		bool version;
		const char *want; /* id/secret/token/expires, or the fault */
	} rows[] = {
	    {"{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\\/t\","
	     "\"Token\":\"t\",\"Expiration\":\"2026-09-14T11:18:52Z\","
	     "\"Code\":\"Success\",\"x\":[{}]}",
		"Token", false, "A/s/t/t/1789384732000"},
	    {"{\"Version\":1,\"AccessKeyId\":\"A\","
	     "\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\","
	     "\"Token\":\"u\"}\n",
		"SessionToken", true, "A/s/t/0"},
	    {"{\"Version\":2,\"AccessKeyId\":\"A\","
	     "\"SecretAccessKey\":\"s\"}",
		"SessionToken", true, "Version is not 1"},
	    {"{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\"}",
		"SessionToken", true, "Version is not 1"},
	    {"{\"AccessKeyId\":\"A\"}", "Token", false,
		"SecretAccessKey is missing"},
	    {"{\"SecretAccessKey\":\"s\",\"AccessKeyId\":7}", "Token", false,
		"AccessKeyId is missing"},
	    {"{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\","
	     "\"Expiration\":\"soon\"}",
		"Token", false, "Expiration is no time"},
	    {"{\"Code\":\"AssumeRoleUnauthorizedAccess\","
	     "\"Message\":\"EC2 cannot assume the role\"}",
		"Token", false, "it says AssumeRoleUnauthorizedAccess"},
	    {"{\"code\":\"a\\nb\"}", "Token", false, "AccessKeyId is missing"},
	    {"{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\"", "Token", false,
		"it is no JSON object"},
	    {"[]", "Token", false, "it is no JSON object"},
	    {"", "Token", false, "it is no JSON object"},
	    {"<html>", "Token", false, "it is no JSON object"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct credentials_held held = {0};
		char got[256];

		if (credentials_json(&held, span_text(rows[i].text),
			rows[i].token, rows[i].version, got))
			snprintf(got, sizeof(got), "%.*s/%.*s/%.*s/%lld",
			    SPAN_ARGS(held.credentials.access_key_id),
			    SPAN_ARGS(held.credentials.secret_access_key),
			    SPAN_ARGS(held.credentials.session_token),
			    (long long)held.expires_ms);
		ck_assert_msg(
		    strcmp(got, rows[i].want) == 0, "row %zu: %s", i, got);
		credentials_wipe(&held);
	}
}
END_TEST

TEST_MAIN("credentials", environment_comes_first, profiles_of_both_files,
    files_may_lie_elsewhere, times_to_renew, json_forms)
