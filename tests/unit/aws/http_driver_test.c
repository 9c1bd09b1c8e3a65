/* All calls of a client go by one thread: none waits for another, all end
 * when they are cancelled, and by which way they go. */
#include <dlfcn.h>
#include <netdb.h>
#include <time.h>

#include "aws/http.h"
#include "unit/aws/server.h"

#define CALLERS 6

static const struct reply silent = {.text = NULL};
static const struct reply good = REPLY_OK;
static const struct reply refusal = {
    .text = "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", .hang_up = true};

struct caller {
	struct http *http;
	const char *url;
	enum rc rc;
	struct err err;
	pthread_t thread;
};

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static enum rc
get(struct http *http, const char *url, bool direct, struct err *err)
{
	struct http_request request = {
	    .method = "GET", .url = url, .timeout_ms = 20000, .direct = direct};
	struct http_answer answer = {0};
	enum rc rc = http_send(http, &request, &answer, err);

	http_answer_fini(&answer);
	return rc;
}

static void *
call(void *context)
{
	struct caller *caller = context;

	caller->rc = get(caller->http, caller->url, false, &caller->err);
	return NULL;
}

static void
callers_start(struct caller *callers, struct http *http, const char *url)
{
	for (int i = 0; i < CALLERS; i++) {
		callers[i] = (struct caller){.http = http, .url = url};
		pthread_create(&callers[i].thread, NULL, call, &callers[i]);
	}
}

static void
server_await(struct server *server, size_t requests)
{
	while (server_requests(server) < requests)
		usleep(1000);
}

START_TEST(cancel_ends_all_calls)
{
	struct caller callers[CALLERS];
	struct http *http = http_create(NULL);
	struct server server;
	struct err err = {{0}};
	int64_t from;

	server_start(&server, &silent, 1);
	ck_assert(http_wait(http, 1));
	callers_start(callers, http, server.url);
	server_await(&server, CALLERS);
	from = now_ms();
	http_cancel(http);
	for (int i = 0; i < CALLERS; i++) {
		pthread_join(callers[i].thread, NULL);
		ck_assert_int_eq(callers[i].rc, RC_RETRY);
		ck_assert_ptr_nonnull(
		    strstr(callers[i].err.text, "because tocsin stops"));
	}
	/* And those that come after it; a sleep as well. */
	ck_assert_int_eq(get(http, server.url, false, &err), RC_RETRY);
	ck_assert_ptr_nonnull(strstr(err.text, "because tocsin stops"));
	ck_assert(!http_wait(http, 10000));
	ck_assert_int_lt(now_ms() - from, 2000);
	server_stop(&server);
	ck_assert_uint_eq(server.nrequests, CALLERS);
	http_free(&http);
}
END_TEST

static void *
cancel_soon(void *context)
{
	usleep(50000);
	http_cancel(context);
	return NULL;
}

START_TEST(cancel_wakes_sleepers)
{
	struct http *http = http_create(NULL);
	int64_t from = now_ms();
	pthread_t thread;

	pthread_create(&thread, NULL, cancel_soon, http);
	ck_assert(!http_wait(http, 20000));
	ck_assert_int_lt(now_ms() - from, 5000);
	pthread_join(thread, NULL);
	http_free(&http);
}
END_TEST

START_TEST(none_waits_for_another)
{
	struct caller callers[CALLERS];
	struct http *http = http_create(NULL);
	struct server slow, quick;
	struct err err = {{0}};
	int64_t from;

	server_start(&slow, &silent, 1);
	server_start(&quick, &good, 1);
	callers_start(callers, http, slow.url);
	server_await(&slow, CALLERS);
	from = now_ms();
	for (int i = 0; i < 50; i++)
		ck_assert_int_eq(get(http, quick.url, false, &err), RC_OK);
	ck_assert_int_lt(now_ms() - from, 5000);
	server_stop(&slow); /* its connections break */
	for (int i = 0; i < CALLERS; i++) {
		pthread_join(callers[i].thread, NULL);
		ck_assert_int_eq(callers[i].rc, RC_RETRY);
	}
	server_stop(&quick);
	ck_assert_uint_eq(quick.nconnections, 1);
	http_free(&http);
}
END_TEST

/* What one caller opened serves the next, in another thread too. */
START_TEST(callers_share_connections)
{
	struct http *http = http_create(NULL);
	struct server server;

	server_start(&server, &good, 1);
	for (int i = 0; i < 8; i++) {
		struct caller caller = {.http = http, .url = server.url};

		pthread_create(&caller.thread, NULL, call, &caller);
		pthread_join(caller.thread, NULL);
		ck_assert_int_eq(caller.rc, RC_OK);
	}
	server_stop(&server);
	ck_assert_uint_eq(server.nconnections, 1);
	http_free(&http);
}
END_TEST

/* Before the C library's: a name server that takes its time. */
int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
    struct addrinfo **result)
{
	int (*real)(const char *, const char *, const struct addrinfo *,
	    struct addrinfo **);

	if (node != NULL && strcmp(node, "slow.example") == 0) {
		sleep(3);
		return EAI_AGAIN;
	}
	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	return real(node, service, hints, result);
}

START_TEST(slow_names_hold_up_none)
{
	struct http *http = http_create(NULL);
	struct http_request request = {
	    .method = "GET", .url = "http://slow.example/", .timeout_ms = 100};
	struct http_answer answer = {0};
	struct server server;
	struct err err = {{0}};
	int64_t from = now_ms();

	server_start(&server, &good, 1);
	ck_assert_int_eq(http_send(http, &request, &answer, &err), RC_RETRY);
	ck_assert(answer.timed_out);
	ck_assert_ptr_nonnull(strstr(err.text, "http://slow.example: "));
	ck_assert_int_eq(get(http, server.url, false, &err), RC_OK);
	ck_assert_int_lt(now_ms() - from, 2000);
	server_stop(&server);
	http_answer_fini(&answer);
	http_free(&http);
}
END_TEST

START_TEST(proxies_of_the_environment)
{
	static const struct {
		const char *variable, *none, *url;
		bool direct, local;
		const char *line; /* what the proxy gets; NULL: nothing */
	} rows[] = {
	    {"http_proxy", "", "http://up.invalid/a//b", false, false,
		"GET http://up.invalid/a//b HTTP/1.1\r\n"},
	    {"https_proxy", "", "https://up.invalid/a", false, false,
		"CONNECT up.invalid:443 HTTP/1.1\r\n"},
	    {"HTTPS_PROXY", "", "https://up.invalid:8443/a", false, false,
		"CONNECT up.invalid:8443 HTTP/1.1\r\n"},
	    {"https_proxy", "", "http://up.invalid/a", false, false, NULL},
	    {"http_proxy", "", "http://up.invalid/a", true, false, NULL},
	    {"http_proxy", "other,.invalid", "http://up.invalid/a", false,
		false, NULL},
	    {"http_proxy", "", "/a", false, true, NULL},
	    {"http_proxy", "", "http://127.0.0.1.invalid/", false, false,
		"GET http://127.0.0.1.invalid/ HTTP/1.1\r\n"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct http *http = http_create(NULL);
		struct server proxy, other;
		struct err err = {{0}};
		struct buf url = {0};

		server_start(&proxy, &refusal, 1);
		server_start(&other, &good, 1);
		setenv(rows[i].variable, proxy.url, 1);
		setenv("no_proxy", rows[i].none, 1);
		buf_printf(
		    &url, "%s%s", rows[i].local ? other.url : "", rows[i].url);
		get(http, buf_cstr(&url), rows[i].direct, &err);
		ck_assert_msg(server_requests(&proxy) == (rows[i].line != NULL),
		    "row %zu: %s", i, err.text);
		if (rows[i].line != NULL)
			ck_assert_msg(
			    strncmp(buf_cstr(&proxy.requests[0]), rows[i].line,
				strlen(rows[i].line)) == 0,
			    "row %zu: %s", i, buf_cstr(&proxy.requests[0]));
		ck_assert_uint_eq(server_requests(&other), rows[i].local);
		unsetenv(rows[i].variable);
		server_stop(&proxy);
		server_stop(&other);
		buf_fini(&url);
		http_free(&http);
	}
}
END_TEST

TEST_MAIN("http_driver", cancel_ends_all_calls, cancel_wakes_sleepers,
    none_waits_for_another, slow_names_hold_up_none, callers_share_connections,
    proxies_of_the_environment)
