#include "ingest/feed.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "ingest/feed_listen.h"
#include "ingest/feed_request.h"
#include "ingest/feed_server.h"

#define FEED_THREADS 2
#define FEED_IDLE_SECONDS 30u
/* Room for a header with a long access key and common attributes; cleared for
 * each request, so not more. */
#define FEED_CONNECTION_MEMORY ((size_t)(64 * KIB))
/* At the stop, for bodies that are still arriving. */
#define FEED_GRACE_MS 5000

const struct option feed_options[] = {
    {"name", OPTION_TEXT, offsetof(struct feed, name), NULL, 0, 0,
	"the name by which alarms and the journal know this sender"},
    {"access_key_file", OPTION_PATH, offsetof(struct feed, access_key_file),
	NULL, 0, 0,
	"file with the access keys of this sender, one a line; all are good"},
    {"silence", OPTION_DURATION, offsetof(struct feed, silence_ms), "5m", 1000,
	7 * 24 * 3600 * 1000LL,
	"alarms on the silence of this sender ring after it, unless they say "
	"otherwise (docs/silence.md)"},
    {0}};

#define RESPONSES                                                              \
	.name = "tocsin_feed_responses_total",                                 \
	.help = "Answers to Firehose requests, by status."

struct counter feed_stats[FEED_STATS] = {
    [FEED_REQUESTS_200] = {RESPONSES, .labels = "code=\"200\""},
    [FEED_REQUESTS_400] = {RESPONSES, .labels = "code=\"400\""},
    [FEED_REQUESTS_401] = {RESPONSES, .labels = "code=\"401\""},
    [FEED_REQUESTS_405] = {RESPONSES, .labels = "code=\"405\""},
    [FEED_REQUESTS_413] = {RESPONSES, .labels = "code=\"413\""},
    [FEED_REQUESTS_503] = {RESPONSES, .labels = "code=\"503\""},
    [FEED_RECORDS] = {.name = "tocsin_feed_records_total",
	.help = "Firehose records that were kept."},
    [FEED_BYTES] = {.name = "tocsin_feed_bytes_total",
	.help = "Bytes of request bodies, as sent, that were kept."},
    [FEED_REPEATS] = {.name = "tocsin_feed_repeats_total",
	.help = "Requests that were durable already, answered 200 again."},
    [FEED_ATTRIBUTES_BAD] = {.name = "tocsin_feed_attributes_bad_total",
	.help = "Requests whose common attributes were ignored as faulty."},
    [FEED_CUT] = {.name = "tocsin_feed_cut_total",
	.help = "Connections closed since a request took too long to come."},
    [FEED_ABORTED] = {.name = "tocsin_feed_aborted_total",
	.help = "Requests whose connection ended before the answer was sent."},
    [FEED_CONNECTIONS] = {.name = "tocsin_feed_connections",
	.help = "Connections that are open.",
	.gauge = true},
    [FEED_BODIES] = {.name = "tocsin_feed_bodies_bytes",
	.help = "Room taken by bodies that are being received.",
	.gauge = true}};

static int64_t
feed_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

int64_t
feed_clock_ms(void)
{
	return feed_clock(CLOCK_MONOTONIC);
}

int64_t
feed_calendar_ms(void)
{
	return feed_clock(CLOCK_REALTIME);
}

static void
feed_connect(struct feed_server *server, struct MHD_Connection *connection,
    void **context)
{
	struct feed_connection *line = calloc(1, sizeof(*line));
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (line == NULL)
		log_die("out of memory: connection");
	line->fd = info == NULL ? -1 : info->connect_fd;
	line->since_ms = feed_clock_ms();
	*context = line;
	pthread_mutex_lock(&server->lock);
	line->next = server->connections;
	if (line->next != NULL)
		line->next->previous = line;
	server->connections = line;
	pthread_mutex_unlock(&server->lock);
	counter_add(&feed_stats[FEED_CONNECTIONS], 1);
}

static void
feed_disconnect(struct feed_server *server, struct feed_connection *line)
{
	pthread_mutex_lock(&server->lock);
	if (line->next != NULL)
		line->next->previous = line->previous;
	if (line->previous != NULL)
		line->previous->next = line->next;
	else
		server->connections = line->next;
	pthread_mutex_unlock(&server->lock);
	counter_add(&feed_stats[FEED_CONNECTIONS], -1);
	free(line);
}

/* Called before the socket is closed, so that the watcher's descriptors are
 * always those of our connections. */
static void
feed_connection_changed(void *cls, struct MHD_Connection *connection,
    void **context, enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		feed_connect(cls, connection, context);
	else if (*context != NULL)
		feed_disconnect(cls, *context);
}

static void
feed_log(void *cls, const char *format, va_list args)
{
	char text[256];
	size_t len;

	(void)cls;
	vsnprintf(text, sizeof(text), format, args);
	len = strlen(text);
	if (len > 0 && text[len - 1] == '\n')
		text[len - 1] = '\0';
	log_debug("microhttpd", "%s", text);
}

/* libmicrohttpd's own time-out sees only silence; this sees slowness. */
static void
feed_watch_cut(struct feed_server *server)
{
	int64_t now = feed_clock_ms();

	for (struct feed_connection *line = server->connections; line != NULL;
	     line = line->next) {
		if (line->waiting || line->fd < 0 ||
		    now - line->since_ms < server->deadline_ms)
			continue;
		counter_add(&feed_stats[FEED_CUT], 1);
		line->since_ms = now;
		shutdown(line->fd, SHUT_RDWR);
	}
}

static void
feed_wait(struct feed_server *server, int64_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_cond_timedwait(&server->changed, &server->lock, &until);
}

static void *
feed_watch(void *cls)
{
	struct feed_server *server = cls;
	int64_t step = server->deadline_ms / 8 + 1;

	pthread_mutex_lock(&server->lock);
	while (!server->stopped) {
		feed_watch_cut(server);
		feed_spares_trim(&server->spares, feed_clock_ms());
		feed_wait(server, step < 1000 ? step : 1000);
	}
	pthread_mutex_unlock(&server->lock);
	return NULL;
}

static enum rc
feed_start_daemon(struct feed_server *server, unsigned threads, struct err *err)
{
	struct MHD_OptionItem options[16];
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD |
	    MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
	size_t n = 0;

#define OPTION(name, number, pointer)                                          \
	options[n++] = (struct MHD_OptionItem)                                 \
	{                                                                      \
		name, (intptr_t)(number), pointer                              \
	}

	if (threads > 1)
		OPTION(MHD_OPTION_THREAD_POOL_SIZE, threads, NULL);
	OPTION(MHD_OPTION_CONNECTION_LIMIT, LIMIT_CONNECTIONS, NULL);
	OPTION(
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, FEED_CONNECTION_MEMORY, NULL);
	OPTION(MHD_OPTION_CONNECTION_TIMEOUT, FEED_IDLE_SECONDS, NULL);
	OPTION(MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL);
	OPTION(MHD_OPTION_LISTEN_SOCKET, server->listener, NULL);
	OPTION(MHD_OPTION_NOTIFY_COMPLETED, feed_request_completed, server);
	OPTION(MHD_OPTION_NOTIFY_CONNECTION, feed_connection_changed, server);
	if (server->tls.on) {
		flags |= MHD_USE_TLS;
		OPTION(MHD_OPTION_HTTPS_MEM_CERT, 0,
		    server->tls.certificate.bytes);
		OPTION(MHD_OPTION_HTTPS_MEM_KEY, 0, server->tls.key.bytes);
		OPTION(MHD_OPTION_HTTPS_PRIORITIES, 0,
		    (void *)(intptr_t)FEED_TLS_PRIORITIES);
	}
	if (server->tls.client_ca.len > 0)
		OPTION(
		    MHD_OPTION_HTTPS_MEM_TRUST, 0, server->tls.client_ca.bytes);
	OPTION(MHD_OPTION_END, 0, NULL);
#undef OPTION
	server->daemon = MHD_start_daemon(flags, 0, NULL, NULL,
	    feed_request_handle, server, MHD_OPTION_EXTERNAL_LOGGER, feed_log,
	    NULL, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
	if (server->daemon == NULL)
		return err_set(err, RC_FATAL,
		    "the web server does not start; --log-level debug says "
		    "why");
	return RC_OK;
}

static enum rc
feed_files_load(struct feed_keys *keys, struct feed_tls *tls,
    const struct feed_config *config, struct err *err)
{
	enum rc rc = feed_keys_load(keys, config->feeds, config->nfeeds, err);

	return rc == RC_OK ? feed_tls_load(tls, config, err) : rc;
}

enum rc
feed_files_check(const struct feed_config *config, struct err *err)
{
	struct feed_keys keys = {0};
	struct feed_tls tls = {0};
	enum rc rc = feed_files_load(&keys, &tls, config, err);

	feed_keys_fini(&keys);
	feed_tls_fini(&tls);
	return rc;
}

static enum rc
feed_start(struct feed_server *server, const struct feed_config *config,
    struct err *err)
{
	enum rc rc = feed_files_load(&server->keys, &server->tls, config, err);

	if (rc == RC_OK)
		rc = feed_listen(
		    &server->listener, &server->port, config->address, err);
	if (rc != RC_OK)
		return rc;
	rc = feed_start_daemon(server,
	    config->threads > 0 ? (unsigned)config->threads : FEED_THREADS,
	    err);
	if (rc != RC_OK)
		return rc;
	if (pthread_create(&server->watcher, NULL, feed_watch, server) != 0)
		return err_set(err, RC_FATAL, "no thread for the endpoint");
	server->watching = true;
	log_info("feed_listening", "address=%.*s port=%u tls=%s keys=%zu",
	    SPAN_ARGS(config->address), server->port,
	    server->tls.on ? "yes" : "no", server->keys.count);
	return RC_OK;
}

enum rc
feed_server_start(struct feed_server **server, const struct feed_config *config,
    feed_keep *keep, void *cookie, struct err *err)
{
	struct feed_server *made = calloc(1, sizeof(*made));
	pthread_condattr_t monotonic;
	enum rc rc;

	if (made == NULL)
		log_die("out of memory: endpoint");
	made->keep = keep;
	made->cookie = cookie;
	made->listener = -1;
	made->deadline_ms = config->deadline_ms > 0
	    ? config->deadline_ms
	    : LIMIT_REQUEST_SECONDS * 1000LL;
	pthread_mutex_init(&made->lock, NULL);
	feed_spares_init(&made->spares);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&made->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	rc = feed_start(made, config, err);
	if (rc != RC_OK)
		feed_server_stop(&made);
	*server = made;
	return rc;
}

unsigned
feed_server_port(const struct feed_server *server)
{
	return server->port;
}

void
feed_server_drain(struct feed_server *server)
{
	pthread_mutex_lock(&server->lock);
	server->draining = true;
	pthread_mutex_unlock(&server->lock);
}

/* Every answer that is owed is given and sent. */
static void
feed_stop_wait(struct feed_server *server)
{
	int64_t until = feed_clock_ms() +
	    (server->deadline_ms < FEED_GRACE_MS ? server->deadline_ms
						 : FEED_GRACE_MS);

	pthread_mutex_lock(&server->lock);
	server->draining = true;
	while (server->nopen > 0 && feed_clock_ms() < until)
		feed_wait(server, 100);
	server->stopping = true;
	while (server->nowed > 0)
		feed_wait(server, 100);
	pthread_mutex_unlock(&server->lock);
}

void
feed_server_stop(struct feed_server **server)
{
	struct feed_server *old = *server;

	if (old == NULL)
		return;
	if (old->daemon != NULL) {
		feed_stop_wait(old);
		MHD_stop_daemon(old->daemon);
	} else if (old->listener >= 0) {
		close(old->listener);
	}
	pthread_mutex_lock(&old->lock);
	old->stopped = true;
	pthread_cond_broadcast(&old->changed);
	pthread_mutex_unlock(&old->lock);
	if (old->watching)
		pthread_join(old->watcher, NULL);
	feed_keys_fini(&old->keys);
	feed_tls_fini(&old->tls);
	feed_spares_fini(&old->spares);
	pthread_cond_destroy(&old->changed);
	pthread_mutex_destroy(&old->lock);
	free(old);
	*server = NULL;
}
