#include "aws/http.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "aws/http_exchange.h"
#include "base/log.h"

static pthread_once_t http_once = PTHREAD_ONCE_INIT;

static void
http_setup(void)
{
	struct sigaction old;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		log_die("libcurl cannot be initialised");
	/* OpenSSL writes to sockets that the peer may have closed. */
	if (sigaction(SIGPIPE, NULL, &old) == 0 && old.sa_handler == SIG_DFL)
		signal(SIGPIPE, SIG_IGN);
}

struct http *
http_create(const char *ca_file)
{
	struct http *http = calloc(1, sizeof(*http));
	pthread_condattr_t monotonic;

	pthread_once(&http_once, http_setup);
	if (http != NULL && ca_file != NULL)
		http->ca_file = strdup(ca_file);
	if (http == NULL || (ca_file != NULL && http->ca_file == NULL))
		log_die("out of memory: the HTTP client");
	pthread_mutex_init(&http->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&http->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	driver_start(http);
	return http;
}

void
http_free(struct http **http)
{
	if (*http == NULL)
		return;
	driver_stop(*http);
	for (size_t i = 0; i < (*http)->nidle; i++)
		curl_easy_cleanup((*http)->idle[i]);
	pthread_cond_destroy(&(*http)->changed);
	pthread_mutex_destroy(&(*http)->lock);
	free((*http)->ca_file);
	free(*http);
	*http = NULL;
}

void
http_cancel(struct http *http)
{
	pthread_mutex_lock(&http->lock);
	http->cancelled = true;
	pthread_cond_broadcast(&http->changed);
	pthread_mutex_unlock(&http->lock);
	curl_multi_wakeup(http->multi);
}

bool
http_wait(struct http *http, int64_t wait_ms)
{
	struct timespec until;
	bool cancelled;
	int code = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (wait_ms % 1000) * 1000000;
	until.tv_sec += wait_ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&http->lock);
	while (!http->cancelled && code == 0)
		code =
		    pthread_cond_timedwait(&http->changed, &http->lock, &until);
	cancelled = http->cancelled;
	pthread_mutex_unlock(&http->lock);
	return !cancelled;
}

static CURL *
handle_take(struct http *http)
{
	CURL *handle = NULL;

	pthread_mutex_lock(&http->lock);
	if (http->nidle > 0)
		handle = http->idle[--http->nidle];
	pthread_mutex_unlock(&http->lock);
	if (handle == NULL)
		handle = curl_easy_init();
	if (handle == NULL)
		log_die("out of memory: a curl handle");
	return handle;
}

static void
handle_give(struct http *http, CURL *handle)
{
	curl_easy_reset(handle);
	pthread_mutex_lock(&http->lock);
	if (http->nidle < HTTP_IDLE) {
		http->idle[http->nidle++] = handle;
		handle = NULL;
	}
	pthread_mutex_unlock(&http->lock);
	curl_easy_cleanup(handle);
}

void
http_answer_fini(struct http_answer *answer)
{
	buf_fini(&answer->body);
	*answer = (struct http_answer){0};
}

void
http_answer_clear(struct http_answer *answer)
{
	struct buf body = answer->body;

	buf_clear(&body);
	*answer = (struct http_answer){.body = body};
}

enum rc
http_send(struct http *http, const struct http_request *request,
    struct http_answer *answer, struct err *err)
{
	struct exchange exchange = {.request = request, .answer = answer};
	enum rc rc;

	http_answer_clear(answer);
	if (strncasecmp(request->url, "https://", 8) != 0 &&
	    strncasecmp(request->url, "http://", 7) != 0)
		return err_set(
		    err, RC_REJECT, "the URL is not http:// or https://");
	rc = exchange_lines(&exchange, err);
	if (rc == RC_OK) {
		exchange.handle = handle_take(http);
		exchange_set(&exchange, http);
		driver_run(http, &exchange);
		rc = exchange_finish(&exchange, err);
		handle_give(http, exchange.handle);
	}
	exchange_fini(&exchange);
	return rc;
}
