#include <curl/curl.h>
#include <stdlib.h>

#include "aws/http_exchange.h"
#include "base/log.h"

/* Connections that are kept while nobody uses them. */
#define DRIVER_CONNECTIONS 64
/* It wakes up by itself so often; curl's own deadlines come sooner. */
#define DRIVER_ROUND_MS 1000

static void
active_take(struct http *http, struct exchange *exchange)
{
	if (exchange->before != NULL)
		exchange->before->next = exchange->next;
	else
		http->active = exchange->next;
	if (exchange->next != NULL)
		exchange->next->before = exchange->before;
}

/* After the unlock the exchange is its caller's again. */
static void
driver_give_back(struct http *http, struct exchange *exchange, CURLcode code)
{
	active_take(http, exchange);
	curl_multi_remove_handle(http->multi, exchange->handle);
	exchange->code = (int)code;
	pthread_mutex_lock(&http->lock);
	exchange->done = true;
	pthread_cond_signal(&exchange->over);
	pthread_mutex_unlock(&http->lock);
}

static void
driver_begin(struct http *http, struct exchange *queue)
{
	while (queue != NULL) {
		struct exchange *exchange = queue;
		CURLMcode code;

		queue = exchange->next;
		exchange->before = NULL;
		exchange->next = http->active;
		if (http->active != NULL)
			http->active->before = exchange;
		http->active = exchange;
		code = curl_multi_add_handle(http->multi, exchange->handle);
		if (code != CURLM_OK)
			log_die("libcurl takes no request: %s",
			    curl_multi_strerror(code));
	}
}

static void
driver_end_all(struct http *http)
{
	while (http->active != NULL) {
		http->active->cancelled = true;
		driver_give_back(http, http->active, CURLE_ABORTED_BY_CALLBACK);
	}
}

static void
driver_results(struct http *http)
{
	struct CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(http->multi, &left)) != NULL) {
		struct exchange *exchange;
		CURLcode code = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(
		    message->easy_handle, CURLINFO_PRIVATE, &exchange);
		driver_give_back(http, exchange, code);
	}
}

static void *
driver_main(void *context)
{
	struct http *http = context;

	pthread_setname_np(pthread_self(), "http");
	for (;;) {
		struct exchange *queue;
		bool cancelled, stopping;
		int running;

		pthread_mutex_lock(&http->lock);
		queue = http->queue;
		http->queue = NULL;
		cancelled = http->cancelled;
		stopping = http->stopping;
		pthread_mutex_unlock(&http->lock);
		driver_begin(http, queue);
		if (cancelled)
			driver_end_all(http);
		curl_multi_perform(http->multi, &running);
		driver_results(http);
		if (stopping && http->active == NULL)
			return NULL;
		curl_multi_poll(http->multi, NULL, 0, DRIVER_ROUND_MS, NULL);
	}
}

void
driver_start(struct http *http)
{
	http->multi = curl_multi_init();
	if (http->multi == NULL)
		log_die("out of memory: libcurl");
	curl_multi_setopt(
	    http->multi, CURLMOPT_MAXCONNECTS, (long)DRIVER_CONNECTIONS);
	curl_multi_setopt(
	    http->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	if (pthread_create(&http->driver, NULL, driver_main, http) != 0)
		log_die("the thread of the HTTP client does not start");
}

void
driver_stop(struct http *http)
{
	pthread_mutex_lock(&http->lock);
	http->stopping = true;
	pthread_mutex_unlock(&http->lock);
	curl_multi_wakeup(http->multi);
	pthread_join(http->driver, NULL);
	curl_multi_cleanup(http->multi);
}

void
driver_run(struct http *http, struct exchange *exchange)
{
	pthread_mutex_lock(&http->lock);
	pthread_cond_init(&exchange->over, NULL);
	exchange->next = http->queue;
	http->queue = exchange;
	curl_multi_wakeup(http->multi);
	while (!exchange->done)
		pthread_cond_wait(&exchange->over, &http->lock);
	pthread_mutex_unlock(&http->lock);
	pthread_cond_destroy(&exchange->over);
}
