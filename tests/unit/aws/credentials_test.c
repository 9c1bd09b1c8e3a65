#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aws/credentials.h"
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
	enum rc rc = credentials_load(&held, &err);
	char got[1024];

	if (rc == RC_OK)
		snprintf(got, sizeof(got), "%.*s/%.*s/%.*s",
		    SPAN_ARGS(held.credentials.access_key_id),
		    SPAN_ARGS(held.credentials.secret_access_key),
		    SPAN_ARGS(held.credentials.session_token));
	else
		snprintf(got, sizeof(got), "%d %s", rc, err.text);
	ck_assert_str_eq(got, want);
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

START_TEST(ini_forms)
{
	static const struct {
		const char *text;
		bool config;
		const char *id, *secret, *token;
	} rows[] = {
	    {"[p]\naws_access_key_id = A \r\naws_secret_access_key\t=\ts=+/ "
	     "# mine\r\n",
		false, "A", "s=+/", ""},
	    {"\n# x\n; y\n[ p ]\nAWS_ACCESS_KEY_ID=A\nAws_Secret_Access_Key=s",
		false, "A", "s", ""},
	    {"[p]\naws_access_key_id=A\naws_access_key_id=B\n"
	     "aws_secret_access_key=s#t\naws_session_token=x ;y\n",
		false, "B", "s#t", "x"},
	    {"[q]\naws_access_key_id=Q\naws_secret_access_key=q\n[p]\n", false,
		NULL, NULL, NULL},
	    {"aws_access_key_id=A\naws_secret_access_key=s\n", false, NULL,
		NULL, NULL},
	    {"[p]\naws_access_key_id=A\ns3 =\n  aws_access_key_id = N\n"
	     "nothing\n=\naws_secret_access_key=s\n",
		false, "A", "s", ""},
	    {"[profile p]\naws_access_key_id=A\naws_secret_access_key=s\n",
		true, "A", "s", ""},
	    {"[profile  \"p\"]\naws_access_key_id=A\naws_secret_access_key=s\n",
		true, "A", "s", ""},
	    {"[p]\naws_access_key_id=A\naws_secret_access_key=s\n", true, NULL,
		NULL, NULL},
	    {"[profile p]\naws_access_key_id=A\naws_secret_access_key=s\n",
		false, NULL, NULL, NULL},
	    {"[p\naws_access_key_id=A\naws_secret_access_key=s\n", false, NULL,
		NULL, NULL},
	    {"[p]\naws_access_key_id=A\naws_secret_access_key=\n", false, NULL,
		NULL, NULL},
	    {"[]\n[", false, NULL, NULL, NULL},
	    {"", false, NULL, NULL, NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct credentials out;
		bool good = credentials_parse(&out, span_text(rows[i].text),
		    SPAN_OF("p"), rows[i].config);

		ck_assert_msg(good == (rows[i].id != NULL), "row %zu", i);
		if (!good)
			continue;
		ck_assert_msg(span_is(out.access_key_id, rows[i].id) &&
			span_is(out.secret_access_key, rows[i].secret) &&
			span_is(out.session_token, rows[i].token),
		    "row %zu: %.*s/%.*s/%.*s", i, SPAN_ARGS(out.access_key_id),
		    SPAN_ARGS(out.secret_access_key),
		    SPAN_ARGS(out.session_token));
	}
}
END_TEST

TEST_MAIN("credentials", environment_comes_first, profiles_of_both_files,
    files_may_lie_elsewhere, ini_forms)
