/* When credentials are renewed, and what happens when they cannot be. */
#include "aws/identity.h"

#include "aws/client.h"
#include "base/text.h"
#include "unit/aws/provider_bench.h"

#define REPLIES 8

/* Replies with times of their own. */
struct script {
	struct reply replies[REPLIES];
	char texts[REPLIES][512];
	size_t n;
};

static void
script_add(struct script *script, const char *id, int64_t lives_ms)
{
	char *text = script->texts[script->n], time[TEXT_TIME_SIZE];

	text_time(time, aws_clock_ms() + lives_ms);
	snprintf(text, sizeof(script->texts[0]),
	    "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
	    "{\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"hush\","
	    "\"Token\":\"hush\",\"Expiration\":\"%s\"}",
	    id, time);
	script->replies[script->n++] =
	    (struct reply){.text = text, .hang_up = true};
}

static void
script_put(struct script *script, const char *text)
{
	script->replies[script->n++] =
	    (struct reply){.text = text, .hang_up = true};
}

static struct identity *
identity_open(struct bench *bench, const struct script *script)
{
	bench_open(bench, script->replies, script->n);
	variable_set("AWS_CONTAINER_CREDENTIALS_FULL_URI", bench, "/");
	return identity_create(bench->http, NULL, &bench->skew_ms);
}

static void
takes(struct bench *bench, struct identity *identity, const char *id)
{
	credentials_wipe(&bench->held);
	bench->err.text[0] = '\0';
	bench->rc = identity_take(
	    identity, (struct span){0}, &bench->held, &bench->err);
	if (id == NULL) {
		ck_assert_int_eq(bench->rc, RC_RETRY);
		ck_assert_ptr_null(bench->held.bytes);
		return;
	}
	ck_assert_msg(bench->rc == RC_OK, "%s", bench->err.text);
	ck_assert_msg(span_is(bench->held.credentials.access_key_id, id),
	    "%.*s, not %s", SPAN_ARGS(bench->held.credentials.access_key_id),
	    id);
}

#define NO "HTTP/1.1 400 No\r\nConnection: close\r\n\r\n"

START_TEST(good_ones_are_asked_for_once)
{
	struct script script = {0};
	struct bench bench;
	struct identity *identity;

	script_add(&script, "A", 3600000);
	script_put(&script, NO);
	identity = identity_open(&bench, &script);
	for (int i = 0; i < 20; i++)
		takes(&bench, identity, "A");
	ck_assert_uint_eq(server_requests(&bench.server), 1);
	identity_free(&identity);
	bench_close(&bench);
}
END_TEST

/* Three seconds: due when 2.25 are over, good while nothing better comes. */
START_TEST(old_ones_are_kept_while_they_are_good)
{
	struct script script = {0};
	struct bench bench;
	struct identity *identity;

	script_add(&script, "A", 3000);
	script_put(&script, NO);
	identity = identity_open(&bench, &script);
	takes(&bench, identity, "A");
	usleep(2350000);
	takes(&bench, identity, "A"); /* asked in vain */
	ck_assert_uint_eq(server_requests(&bench.server), 2);
	takes(&bench, identity, "A"); /* and not again for a second */
	ck_assert_uint_eq(server_requests(&bench.server), 2);
	usleep(700000);
	takes(&bench, identity, NULL);
	identity_free(&identity);
	bench_close(&bench);
}
END_TEST

START_TEST(new_ones_replace_them)
{
	struct script script = {0};
	struct bench bench;
	struct identity *identity;

	script_add(&script, "A", 2000);
	script_add(&script, "B", 3600000);
	identity = identity_open(&bench, &script);
	takes(&bench, identity, "A");
	usleep(1600000);
	takes(&bench, identity, "B");
	takes(&bench, identity, "B");
	ck_assert_uint_eq(server_requests(&bench.server), 2);
	identity_free(&identity);
	bench_close(&bench);
}
END_TEST

START_TEST(failures_are_not_repeated_at_once)
{
	struct script script = {0};
	struct bench bench;
	struct identity *identity;

	script_put(&script, NO);
	script_add(&script, "A", 3600000);
	identity = identity_open(&bench, &script);
	takes(&bench, identity, NULL);
	ck_assert_str_eq(
	    bench.err.text, "the container's credentials: status 400");
	takes(&bench, identity, NULL);
	ck_assert_str_eq(
	    bench.err.text, "the container's credentials: status 400");
	ck_assert_uint_eq(server_requests(&bench.server), 1);
	usleep(1050000);
	takes(&bench, identity, "A");
	identity_free(&identity);
	bench_close(&bench);
}
END_TEST

START_TEST(refused_ones_are_asked_for_anew)
{
	struct script script = {0};
	struct bench bench;
	struct identity *identity;
	struct credentials_held old = {0};

	script_add(&script, "A", 3600000);
	script_add(&script, "B", 3600000);
	script_add(&script, "C", 3600000);
	identity = identity_open(&bench, &script);
	takes(&bench, identity, "A");
	credentials_clone(&old, &bench.held);
	identity_drop(identity, &old);
	takes(&bench, identity, "B");
	identity_drop(identity, &old); /* replaced since: not asked */
	takes(&bench, identity, "B");
	identity_drop(identity, &bench.held); /* not twice in 5 s */
	takes(&bench, identity, "B");
	ck_assert_uint_eq(server_requests(&bench.server), 2);
	credentials_wipe(&old);
	identity_free(&identity);
	bench_close(&bench);
}
END_TEST

/* The instance hands out what is over: it is used on. */
START_TEST(instances_may_have_no_newer_ones)
{
	struct script script = {0};
	struct bench bench;
	struct identity *identity;

	script_put(
	    &script, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\ntoken");
	script_put(&script, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nrole");
	script_add(&script, "OLD", -60000);
	script_put(&script, NO);
	identity = identity_open(&bench, &script);
	unsetenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	unsetenv("AWS_EC2_METADATA_DISABLED");
	variable_set("AWS_EC2_METADATA_SERVICE_ENDPOINT", &bench, "");
	takes(&bench, identity, "OLD");
	ck_assert_int_ge(
	    bench.held.expires_ms, aws_clock_ms() + 17 * 60 * 1000 - 5000);
	ck_assert_int_le(
	    bench.held.expires_ms, aws_clock_ms() + 25 * 60 * 1000);
	takes(&bench, identity, "OLD");
	ck_assert_uint_eq(server_requests(&bench.server), 3);
	identity_free(&identity);
	bench_close(&bench);
}
END_TEST

struct taker {
	struct identity *identity;
	struct credentials_held held;
	pthread_t thread;
	enum rc rc;
	int64_t took_ms;
};

static void *
take(void *context)
{
	struct taker *taker = context;
	struct err err;
	int64_t from_ms = aws_clock_ms();

	taker->rc = identity_take(
	    taker->identity, (struct span){0}, &taker->held, &err);
	taker->took_ms = aws_clock_ms() - from_ms;
	return NULL;
}

/* One asks; those who have something good go on, the others wait for it. */
START_TEST(one_asks_for_all)
{
	struct script script = {0};
	struct bench bench;
	struct identity *identity;
	struct taker takers[6];

	script_add(&script, "A", 20000);
	script.replies[script.n++] = (struct reply){.text = NULL};
	script_put(&script, NO);
	identity = identity_open(&bench, &script);
	for (int i = 0; i < 6; i++) { /* nothing is there: one request */
		takers[i] = (struct taker){.identity = identity};
		pthread_create(&takers[i].thread, NULL, take, &takers[i]);
	}
	for (int i = 0; i < 6; i++) {
		pthread_join(takers[i].thread, NULL);
		ck_assert_int_eq(takers[i].rc, RC_OK);
		credentials_wipe(&takers[i].held);
	}
	ck_assert_uint_eq(server_requests(&bench.server), 1);
	atomic_store(&bench.skew_ms, 16000); /* due, and still good */
	takers[0] = (struct taker){.identity = identity};
	pthread_create(&takers[0].thread, NULL, take, &takers[0]);
	while (server_requests(&bench.server) < 2)
		usleep(1000);
	takers[1] = (struct taker){.identity = identity};
	take(&takers[1]); /* while the other one waits for the answer */
	ck_assert_int_eq(takers[1].rc, RC_OK);
	ck_assert_int_lt(takers[1].took_ms, 500);
	ck_assert_uint_eq(server_requests(&bench.server), 2);
	pthread_join(takers[0].thread, NULL);
	ck_assert_int_eq(takers[0].rc, RC_OK);
	ck_assert_int_ge(takers[0].took_ms, 1000);
	credentials_wipe(&takers[0].held);
	credentials_wipe(&takers[1].held);
	identity_free(&identity);
	bench_close(&bench);
}
END_TEST

TEST_MAIN("identity", good_ones_are_asked_for_once,
    old_ones_are_kept_while_they_are_good, new_ones_replace_them,
    failures_are_not_repeated_at_once, refused_ones_are_asked_for_anew,
    instances_may_have_no_newer_ones, one_asks_for_all)
