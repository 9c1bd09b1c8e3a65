/* Each source against a server that plays its endpoint. */
#include <time.h>

#include "unit/aws/provider_bench.h"

START_TEST(roles_of_profiles)
{
	static const struct reply replies[] = {
	    STS("ROLE"), STS("MIDDLE"), STS("OUTER")};
	struct bench bench;

	bench_open(&bench, replies, 3);
	file_make(".aws/credentials",
	    "[base]\naws_access_key_id=BASE\naws_secret_access_key=hush\n");
	file_make(".aws/config",
	    "[default]\nrole_arn = arn:aws:iam::111122223333:role/dr\n"
	    "source_profile = base\nexternal_id = a b&c\n"
	    "role_session_name = region-a\nduration_seconds = 900\n"
	    "[profile outer]\nrole_arn=arn:outer\nsource_profile=middle\n"
	    "[profile middle]\nrole_arn=arn:middle\nsource_profile=base\n");
	gives(&bench, "ROLE", "assume_role");
	ck_assert(bench.remote);
	ck_assert_int_eq(bench.held.expires_ms, 2209086245000);
	ck_assert(
	    span_is(bench.held.credentials.session_token, "hush-token/+="));
	ck_assert(request_has(&bench, 0,
	    "\r\n\r\nAction=AssumeRole&Version=2011-06-15&RoleArn="
	    "arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fdr&"
	    "RoleSessionName=region-a&DurationSeconds=900&"
	    "ExternalId=a%20b%26c"));
	ck_assert(request_has(&bench, 0, "Credential=BASE/"));
	ck_assert(request_has(&bench, 0, "/us-east-2/sts/aws4_request"));
	setenv("AWS_PROFILE", "outer", 1);
	gives(&bench, "OUTER", "assume_role");
	ck_assert(request_has(&bench, 1, "Credential=BASE/"));
	ck_assert(request_has(&bench, 1, "RoleArn=arn%3Amiddle"));
	ck_assert(request_has(&bench, 1, "&RoleSessionName=tocsin-"));
	ck_assert(request_has(&bench, 2, "Credential=MIDDLE/"));
	ck_assert(request_has(&bench, 2, "x-amz-security-token: hush-token"));
	bench_close(&bench);
}
END_TEST

START_TEST(profiles_that_cannot_be)
{
	static const struct reply reply = ANSWER("403 No",
	    "<ErrorResponse><Error><Code>AccessDenied</Code>"
	    "<Message>User: x is not authorized</Message></Error>"
	    "</ErrorResponse>");
	static const struct {
		const char *profile, *words;
	} rows[] = {
	    {"loop",
		"profile loop: profile loop2: source_profile leads back "
		"to loop"},
	    {"self", "source_profile leads back to self"},
	    {"nowhere", "source_profile is ghost, which neither"},
	    {"bare", "one of them"},
	    {"both", "one of them"},
	    {"mfa", "mfa_serial"},
	    {"odd", "credential_source is \"Else\""},
	    {"env", "credential_source is Environment, which gives none"},
	    {"short", "duration_seconds must be 900 to 43200"},
	    {"denied",
		"profile denied: role arn:x: sts AssumeRole in "
		"us-east-2: AccessDenied: allow the IAM action "
		"sts:AssumeRole (\"User: x is not authorized\")"},
	    {"empty", "source_profile is none, which has no credentials"},
	    {"sso", "profile sso has sso_session, which needs a person"},
	    {"oldsso", "has sso_start_url"},
	    {"login", "has login_session"},
	};
	struct bench bench;

	bench_open(&bench, &reply, 1);
	file_make(".aws/credentials",
	    "[base]\naws_access_key_id=BASE\naws_secret_access_key=hush\n");
	file_make(".aws/config",
	    "[profile loop]\nrole_arn=a\nsource_profile=loop2\n"
	    "[profile loop2]\nrole_arn=a\nsource_profile=loop\n"
	    "[profile self]\nrole_arn=a\nsource_profile=self\n"
	    "[profile nowhere]\nrole_arn=a\nsource_profile=ghost\n"
	    "[profile bare]\nrole_arn=a\n"
	    "[profile both]\nrole_arn=a\nsource_profile=base\n"
	    "credential_source=Environment\n"
	    "[profile mfa]\nrole_arn=a\nsource_profile=base\nmfa_serial=x\n"
	    "[profile odd]\nrole_arn=a\ncredential_source=Else\n"
	    "[profile env]\nrole_arn=a\ncredential_source=Environment\n"
	    "[profile short]\nrole_arn=a\nsource_profile=base\n"
	    "duration_seconds=899\n"
	    "[profile denied]\nrole_arn=arn:x\nsource_profile=base\n"
	    "[profile empty]\nrole_arn=arn:x\nsource_profile=none\n"
	    "[profile none]\nregion=x\n"
	    "[profile sso]\nsso_session=corp\n"
	    "[profile oldsso]\nsso_start_url=https://x\n"
	    "[profile login]\nlogin_session=arn:x\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		setenv("AWS_PROFILE", rows[i].profile, 1);
		fails(&bench, rows[i].words);
	}
	ck_assert_uint_eq(server_requests(&bench.server), 1);
	bench_close(&bench);
}
END_TEST

START_TEST(busy_sts_is_asked_again)
{
	static const struct reply replies[] = {
	    ANSWER("500 Oh", "<Code>InternalFailure</Code>"), STS("ROLE"),
	    {.text = "HTTP/1.1 403 No\r\nDate: Sun, 06 Jan 2041 10:00:00 GMT"
		     "\r\nConnection: close\r\n\r\n"
		     "<Code>RequestTimeTooSkewed</Code>",
		.hang_up = true},
	    STS("LATER")};
	struct bench bench;

	bench_open(&bench, replies, 4);
	file_make(".aws/credentials",
	    "[default]\naws_access_key_id=BASE\naws_secret_access_key=hush\n"
	    "role_arn=arn:x\nsource_profile=default\n");
	gives(&bench, "ROLE", "assume_role");
	gives(&bench, "LATER", "assume_role");
	ck_assert_int_gt(atomic_load(&bench.skew_ms), 0);
	ck_assert(request_has(&bench, 3, "x-amz-date: 20410106T1"));
	bench_close(&bench);
}
END_TEST

START_TEST(web_identities)
{
	static const struct reply replies[] = {STS("ONE"), STS("TWO"),
	    STS("THREE"),
	    ANSWER("400 No", "<Code>ExpiredTokenException</Code>"),
	    ANSWER("400 No", "<Code>IDPCommunicationError</Code>"),
	    STS("FOUR")};
	struct bench bench;
	char path[PATH_MAX];

	bench_open(&bench, replies, 6);
	path_of(path, "token");
	file_make("token", "hush-first\n");
	setenv("AWS_WEB_IDENTITY_TOKEN_FILE", path, 1);
	fails(&bench, "without AWS_ROLE_ARN");
	setenv("AWS_ROLE_ARN", "arn:web", 1);
	gives(&bench, "ONE", "web_identity");
	ck_assert(request_has(&bench, 0,
	    "\r\n\r\nAction=AssumeRoleWithWebIdentity&Version=2011-06-15&"
	    "RoleArn=arn%3Aweb&RoleSessionName=tocsin-"));
	ck_assert(request_has(&bench, 0, "&WebIdentityToken=hush-first"));
	ck_assert(!request_has(&bench, 0, "uthorization"));
	/* Whoever writes the file writes it anew. */
	file_make("token", "hush-second");
	setenv("AWS_ROLE_SESSION_NAME", "pod", 1);
	gives(&bench, "TWO", "web_identity");
	ck_assert(request_has(&bench, 1, "&WebIdentityToken=hush-second"));
	ck_assert(request_has(&bench, 1, "&RoleSessionName=pod&"));
	/* Of the profile. */
	unsetenv("AWS_WEB_IDENTITY_TOKEN_FILE");
	unsetenv("AWS_ROLE_ARN");
	unsetenv("AWS_ROLE_SESSION_NAME");
	{
		char text[PATH_MAX + 128];

		snprintf(text, sizeof(text),
		    "[default]\nrole_arn=arn:p\nrole_session_name=name\n"
		    "web_identity_token_file=%s\n",
		    path);
		file_make(".aws/config", text);
	}
	gives(&bench, "THREE", "web_identity");
	ck_assert(
	    request_has(&bench, 2, "RoleArn=arn%3Ap&RoleSessionName=name&"));
	/* No retry of what will not work, but of a provider that is away. */
	fails(&bench, "ExpiredTokenException");
	gives(&bench, "FOUR", "web_identity");
	ck_assert_uint_eq(server_requests(&bench.server), 6);
	file_make("token", "\n");
	fails(&bench, "has 0 bytes");
	unlink(path);
	fails(&bench, "the identity token");
	bench_close(&bench);
}
END_TEST

START_TEST(processes)
{
	static const struct reply reply = REPLY_OK;
	struct bench bench;
	char text[PATH_MAX + 256];

	bench_open(&bench, &reply, 1);
	file_make("keys.json",
	    "{\"Version\":1,\"AccessKeyId\":\"P\",\"SecretAccessKey\":"
	    "\"hush\",\"SessionToken\":\"hush\","
	    "\"Expiration\":\"2040-01-02T03:04:05+00:00\"}");
	snprintf(text, sizeof(text),
	    "[default]\ncredential_process = cat \"%s/keys.json\"\n"
	    "[profile fails]\ncredential_process = sh -c 'echo hush; exit 3'\n"
	    "[profile silent]\ncredential_process = true\n"
	    "[profile ghost]\ncredential_process = /nowhere/at-all x\n"
	    "[profile open]\ncredential_process = cat 'x\n"
	    "[profile shell]\ncredential_process = echo ${HOME};id\n"
	    "[profile much]\ncredential_process = cat /dev/zero\n"
	    "[profile killed]\ncredential_process = sh -c 'kill -9 $$'\n",
	    home);
	file_make(".aws/config", text);
	gives(&bench, "P", "process");
	ck_assert(bench.remote);
	ck_assert_int_eq(bench.held.expires_ms, 2209086245000);
	setenv("AWS_PROFILE", "fails", 1);
	fails(&bench, "credential_process sh ended with status 3");
	setenv("AWS_PROFILE", "silent", 1);
	fails(&bench, "it is no JSON object");
	setenv("AWS_PROFILE", "ghost", 1);
	fails(&bench, "credential_process /nowhere/at-all: No such file");
	setenv("AWS_PROFILE", "open", 1);
	fails(&bench, "credential_process of profile open is no command line");
	setenv("AWS_PROFILE", "shell", 1);
	fails(&bench, "it is no JSON object");
	setenv("AWS_PROFILE", "much", 1);
	fails(&bench, "says too much");
	setenv("AWS_PROFILE", "killed", 1);
	fails(&bench, "status -1");
	bench_close(&bench);
}
END_TEST

static void *
cancel_soon(void *context)
{
	usleep(200000);
	http_cancel(context);
	return NULL;
}

START_TEST(processes_end_with_the_program)
{
	static const struct reply reply = REPLY_OK;
	struct bench bench;
	pthread_t thread;
	time_t from = time(NULL);

	bench_open(&bench, &reply, 1);
	file_make(".aws/config",
	    "[default]\ncredential_process = sh -c 'sleep 50; echo hush'\n");
	pthread_create(&thread, NULL, cancel_soon, bench.http);
	fails(&bench, "was ended because tocsin stops");
	ck_assert_int_lt(time(NULL) - from, 10);
	pthread_join(thread, NULL);
	bench_close(&bench);
}
END_TEST

START_TEST(command_lines)
{
	static const struct {
		const char *line, *want; /* words between bars */
	} rows[] = {
	    {"a", "a|"},
	    {" a\t b ", "a|b|"},
	    {"'a b' \"c d\"e", "a b|c de|"},
	    {"a\\ b \\\"", "a b|\"|"},
	    {"\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d|"},
	    {"'a\\'", "a\\|"},
	    {"'' x", "|x|"},
	    {"$(x) `y` ;z", "$(x)|`y`|;z|"},
	    {"'open", NULL},
	    {"\"open\\\"", NULL},
	    {"  ", NULL},
	    {"", NULL},
	};
	struct arena arena;

	arena_init(&arena);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char **words = provider_words(&arena, span_text(rows[i].line));
		struct buf got = {0};

		ck_assert_msg(
		    (words == NULL) == (rows[i].want == NULL), "row %zu", i);
		for (; words != NULL && *words != NULL; words++)
			buf_printf(&got, "%s|", *words);
		if (rows[i].want != NULL)
			ck_assert_str_eq(buf_cstr(&got), rows[i].want);
		buf_fini(&got);
	}
	arena_fini(&arena);
}
END_TEST

TEST_MAIN("provider", roles_of_profiles, profiles_that_cannot_be,
    busy_sts_is_asked_again, web_identities, processes,
    processes_end_with_the_program, command_lines)
