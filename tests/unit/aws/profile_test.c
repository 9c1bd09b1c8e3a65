#include "aws/profile.h"

#include "testing.h"

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
		struct profiles profiles = {0};
		struct credentials out;
		bool good;

		buf_text(
		    rows[i].config ? &profiles.config : &profiles.credentials,
		    rows[i].text);
		good = profiles_keys(
		    &profiles, SPAN_OF("p"), rows[i].config, &out);

		ck_assert_msg(good == (rows[i].id != NULL), "row %zu", i);
		ck_assert_msg(!good ||
			(span_is(out.access_key_id, rows[i].id) &&
			    span_is(out.secret_access_key, rows[i].secret) &&
			    span_is(out.session_token, rows[i].token)),
		    "row %zu: %.*s/%.*s/%.*s", i, SPAN_ARGS(out.access_key_id),
		    SPAN_ARGS(out.secret_access_key),
		    SPAN_ARGS(out.session_token));
		profiles_close(&profiles);
	}
}
END_TEST

static void
finds(const char *kind, const char *name, const char *below, const char *key,
    const char *want)
{
	static const char text[] =
	    "[default]\nregion = us-east-2\n  region = nested\n"
	    "[profile a]\nrole_arn=x\ns3 =\n\tendpoint_url = http://s3\n"
	    "\t# a remark\n\n    addressing = path # why\n"
	    "sns=\n  endpoint_url = http://sns\nendpoint_url=http://all\n"
	    "[services a]\nsns =\n endpoint_url = http://svc\n"
	    "[profile a]\nlater = 1\n[profileb]\nx=1\n";
	struct span value;
	bool there = profile_find(
	    span_text(text), kind, span_text(name), below, key, &value);

	ck_assert_msg(there == (want != NULL), "%s %s", kind, name);
	ck_assert_msg(span_is(value, want == NULL ? "" : want),
	    "%s %s %s: %.*s", kind, name, key, SPAN_ARGS(value));
}

START_TEST(settings_are_found)
{
	finds("profile", "default", NULL, "region", "us-east-2");
	finds("profile", "a", NULL, "ROLE_ARN", "x");
	finds("profile", "a", NULL, "later", "1");
	finds("profile", "a", NULL, "endpoint_url", "http://all");
	finds("profile", "a", "s3", "endpoint_url", "http://s3");
	finds("profile", "a", "s3", "addressing", "path");
	finds("profile", "a", "sns", "endpoint_url", "http://sns");
	finds("profile", "a", "sns", "addressing", "");
	finds("profile", "a", "sqs", "endpoint_url", "");
	finds("services", "a", "sns", "endpoint_url", "http://svc");
	finds("services", "b", "sns", "endpoint_url", NULL);
	finds("profile", "b", NULL, "x", NULL);
	finds("profile", "", NULL, "x", NULL);
	finds("", "profileb", NULL, "x", "1");
}
END_TEST

START_TEST(regions)
{
	struct profiles profiles = {0};

	buf_text(&profiles.config, "[profile a]\nregion = eu-west-3\n");
	ck_assert(span_is(profiles_region(&profiles, SPAN_OF("b")), ""));
	ck_assert(
	    span_is(profiles_region(&profiles, SPAN_OF("a")), "eu-west-3"));
	setenv("AWS_DEFAULT_REGION", "ap-south-1", 1);
	ck_assert(
	    span_is(profiles_region(&profiles, SPAN_OF("a")), "ap-south-1"));
	setenv("AWS_REGION", "ap-south-2", 1);
	ck_assert(
	    span_is(profiles_region(&profiles, SPAN_OF("a")), "ap-south-2"));
	profiles_close(&profiles);
}
END_TEST

TEST_MAIN("profile", ini_forms, settings_are_found, regions)
