#include "app/admin.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/address.h"
#include "app/metrics.h"
#include "app/replicas_print.h"
#include "base/log.h"

#define ADMIN_CONNECTIONS 32u
#define ADMIN_IDLE_SECONDS 10u

struct counter admin_stats[ADMIN_STATS] = {
    [ADMIN_REQUESTS] = {.name = "tocsin_admin_requests_total",
	.help = "Requests to the admin address."}};

struct admin {
	const struct admin_options *options;
	struct MHD_Daemon *daemon;
	int listener;
	unsigned port;
};

struct admin_answer {
	unsigned status;
	const char *type;
	struct buf body;
};

static void
admin_health(const struct admin *admin, struct admin_answer *answer)
{
	(void)admin;
	answer->type = "text/plain; charset=utf-8";
	buf_text(&answer->body, "ok\n");
}

static void
admin_ready(const struct admin *admin, struct admin_answer *answer)
{
	const struct admin_options *options = admin->options;

	answer->type = "text/plain; charset=utf-8";
	if (options->ready(options->cookie, &answer->body)) {
		buf_clear(&answer->body);
		buf_text(&answer->body, "ready\n");
	} else {
		answer->status = MHD_HTTP_SERVICE_UNAVAILABLE;
	}
}

static void
admin_metrics(const struct admin *admin, struct admin_answer *answer)
{
	(void)admin;
	answer->type = METRICS_CONTENT_TYPE;
	metrics_print(&answer->body);
}

static void
admin_transitions(const struct admin *admin, struct admin_answer *answer)
{
	transitions_print(admin->options->transitions, &answer->body);
}

static void
admin_heard(const struct admin *admin, struct admin_answer *answer)
{
	heard_report_print(admin->options->heard,
	    journal_now_ms(admin->options->journal), &answer->body);
}

static void
admin_rollups(const struct admin *admin, struct admin_answer *answer)
{
	transitions_print(admin->options->rollups, &answer->body);
}

static void
admin_delays(const struct admin *admin, struct admin_answer *answer)
{
	delay_follow_report(admin->options->follow, &answer->body);
}

static void
admin_replicas(const struct admin *admin, struct admin_answer *answer)
{
	(void)admin;
	replicas_print(&answer->body);
}

static void admin_index(const struct admin *admin, struct admin_answer *answer);

static const struct admin_page {
	const char *path;
	const char *help;
	void (*print)(const struct admin *, struct admin_answer *);
} admin_pages[] = {{"/", NULL, admin_index},
    {"/healthz", "200 while the process works", admin_health},
    {"/readyz", "200 while the log is applied and the feed listens",
	admin_ready},
    {"/metrics", "OpenMetrics", admin_metrics},
    {"/api/transitions", "the last 10,000 state changes, oldest first",
	admin_transitions},
    {"/api/rollups", "the last 10,000 lines of rollups, oldest first",
	admin_rollups},
    {"/api/heard", "when something last came, by feed and Region", admin_heard},
    {"/api/delays", "how late data comes, by account, Region and namespace",
	admin_delays},
    {"/api/replicas", "how far behind each replica is", admin_replicas}};

static void
admin_index(const struct admin *admin, struct admin_answer *answer)
{
	struct buf *body = &answer->body;

	answer->type = "text/html; charset=utf-8";
	buf_text(body,
	    "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">"
	    "<title>tocsin</title>\n<h1>tocsin " TOCSIN_VERSION "</h1>\n");
	if (admin->options->note != NULL)
		buf_printf(body, "<p>%s</p>\n", admin->options->note);
	buf_text(body, "<ul>\n");
	for (size_t i = 0; i < sizeof(admin_pages) / sizeof(*admin_pages); i++)
		if (admin_pages[i].help != NULL)
			buf_printf(body, "<li><a href=\"%s\">%s</a>: %s</li>\n",
			    admin_pages[i].path, admin_pages[i].path,
			    admin_pages[i].help);
	buf_text(body, "</ul>\n</html>\n");
}

static enum MHD_Result
admin_send(
    struct MHD_Connection *connection, struct admin_answer *answer, bool allow)
{
	struct MHD_Response *response;
	enum MHD_Result result;
	size_t len = answer->body.len;

	buf_cstr(&answer->body); /* never NULL */
	response = MHD_create_response_from_buffer(
	    len, answer->body.bytes, MHD_RESPMEM_MUST_FREE);
	if (response == NULL) {
		buf_fini(&answer->body);
		return MHD_NO;
	}
	MHD_add_response_header(response, "Content-Type", answer->type);
	MHD_add_response_header(response, "Cache-Control", "no-store");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	if (allow)
		MHD_add_response_header(response, "Allow", "GET, HEAD");
	result = MHD_queue_response(connection, answer->status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result
admin_handle(void *cls, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_len, void **context)
{
	static int begun;
	struct admin_answer answer = {
	    .status = MHD_HTTP_OK, .type = "application/json"};
	bool get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;

	(void)version;
	(void)upload;
	if (*context == NULL && get) {
		*context = &begun; /* the headers; asked again at the end */
		return MHD_YES;
	}
	if (get && *upload_len > 0) {
		*upload_len = 0; /* a body means nothing here */
		return MHD_YES;
	}
	counter_add(&admin_stats[ADMIN_REQUESTS], 1);
	for (size_t i = 0;
	     get && i < sizeof(admin_pages) / sizeof(*admin_pages); i++)
		if (strcmp(url, admin_pages[i].path) == 0) {
			admin_pages[i].print(cls, &answer);
			return admin_send(connection, &answer, false);
		}
	answer.status = get ? MHD_HTTP_NOT_FOUND : MHD_HTTP_METHOD_NOT_ALLOWED;
	buf_text(&answer.body,
	    get ? "{\"error\":\"no such path; / lists them\"}\n"
		: "{\"error\":\"GET and HEAD only\"}\n");
	return admin_send(connection, &answer, !get);
}

static enum rc
admin_listen(struct admin *admin, struct err *err)
{
	struct span text = admin->options->address;
	struct address address;
	socklen_t len = sizeof(address.storage);
	int on = 1;

	if (address_resolve(&address, text, err) != RC_OK)
		return RC_FATAL;
	admin->listener = socket(address.storage.ss_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (admin->listener < 0)
		return err_errno(err, RC_FATAL, "admin: socket");
	setsockopt(admin->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(admin->listener, (struct sockaddr *)&address.storage,
		address.len) != 0 ||
	    listen(admin->listener, 64) != 0 ||
	    getsockname(admin->listener, (struct sockaddr *)&address.storage,
		&len) != 0)
		return err_errno(err, RC_FATAL, "admin: cannot listen on %.*s",
		    SPAN_ARGS(text));
	admin->port = ntohs(address.storage.ss_family == AF_INET6
		? ((struct sockaddr_in6 *)(void *)&address.storage)->sin6_port
		: ((struct sockaddr_in *)(void *)&address.storage)->sin_port);
	return RC_OK;
}

enum rc
admin_start(
    struct admin **admin, const struct admin_options *options, struct err *err)
{
	struct admin *made = calloc(1, sizeof(*made));
	enum rc rc;

	if (made == NULL)
		log_die("out of memory: admin");
	made->options = options;
	made->listener = -1;
	rc = admin_listen(made, err);
	if (rc == RC_OK) {
		made->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD,
		    0, NULL, NULL, admin_handle, made, MHD_OPTION_LISTEN_SOCKET,
		    made->listener, MHD_OPTION_CONNECTION_LIMIT,
		    ADMIN_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
		    ADMIN_IDLE_SECONDS, MHD_OPTION_END);
		if (made->daemon == NULL)
			rc = err_set(err, RC_FATAL,
			    "admin: the web server does not start");
	}
	if (rc != RC_OK)
		admin_stop(&made);
	*admin = made;
	return rc;
}

unsigned
admin_port(const struct admin *admin)
{
	return admin->port;
}

void
admin_stop(struct admin **admin)
{
	struct admin *old = *admin;

	if (old == NULL)
		return;
	if (old->daemon != NULL)
		MHD_stop_daemon(old->daemon);
	else if (old->listener >= 0)
		close(old->listener);
	free(old);
	*admin = NULL;
}
