/*
 * A server for tests on a port of 127.0.0.1 that nobody else has: gives the
 * replies of a script in their order (the last one again and again) and keeps
 * the requests as they came.
 */
#ifndef TESTS_UNIT_AWS_SERVER_H
#define TESTS_UNIT_AWS_SERVER_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "testing.h"

#define SERVER_CONNECTIONS 64
#define SERVER_REQUESTS 256

struct reply {
	const char *text; /* all of the answer; NULL: none, ever */
	size_t flood;	  /* bytes that follow the text */
	bool hang_up;	  /* close the connection afterwards */
};

struct server {
	const struct reply *replies;
	size_t nreplies;
	int listener;
	char url[64];
	pthread_t acceptor, workers[SERVER_CONNECTIONS];
	int fds[SERVER_CONNECTIONS];
	pthread_mutex_t lock;
	size_t nconnections, nrequests;
	struct buf requests[SERVER_REQUESTS];
};

struct server_worker {
	struct server *server;
	int fd;
};

static inline bool
server_receive(int fd, struct buf *request)
{
	for (;;) {
		const char *text = buf_cstr(request);
		const char *end = strstr(text, "\r\n\r\n");
		const char *size = strstr(text, "\r\nContent-Length: ");
		char *to;
		ssize_t got;

		if (end != NULL) {
			size_t head = (size_t)(end - text) + 4, body = 0;

			if (size != NULL && size < end)
				body = strtoul(size + 18, NULL, 10);
			if (request->len >= head + body)
				return true;
		}
		to = buf_reserve(request, 65536);
		got = recv(fd, to, 65535, 0);
		if (got <= 0)
			return false;
		request->len += (size_t)got;
	}
}

static inline bool
server_send(int fd, const struct reply *reply)
{
	static const char zeros[65536];
	size_t len = strlen(reply->text);

	if (send(fd, reply->text, len, MSG_NOSIGNAL) != (ssize_t)len)
		return false;
	for (size_t sent = 0; sent < reply->flood; sent += sizeof(zeros))
		if (send(fd, zeros, sizeof(zeros), MSG_NOSIGNAL) < 0)
			return false;
	return !reply->hang_up;
}

static inline void *
server_work(void *context)
{
	struct server_worker worker = *(struct server_worker *)context;
	struct server *server = worker.server;
	bool on = true;

	free(context);
	while (on) {
		struct buf request = {0};
		const struct reply *reply;
		size_t at;

		on = server_receive(worker.fd, &request);
		if (!on) {
			buf_fini(&request);
			break;
		}
		pthread_mutex_lock(&server->lock);
		at = server->nrequests++;
		ck_assert_uint_lt(at, SERVER_REQUESTS);
		server->requests[at] = request;
		pthread_mutex_unlock(&server->lock);
		if (at >= server->nreplies)
			at = server->nreplies - 1;
		reply = &server->replies[at];
		if (reply->text != NULL)
			on = server_send(worker.fd, reply);
		else if (reply->hang_up)
			on = false;
	}
	shutdown(worker.fd, SHUT_RDWR);
	return NULL;
}

static inline void *
server_accept(void *context)
{
	struct server *server = context;

	for (;;) {
		int fd = accept(server->listener, NULL, NULL);
		struct server_worker *worker;
		size_t at;

		if (fd < 0)
			return NULL;
		worker = malloc(sizeof(*worker));
		ck_assert_ptr_nonnull(worker);
		*worker = (struct server_worker){server, fd};
		pthread_mutex_lock(&server->lock);
		at = server->nconnections++;
		ck_assert_uint_lt(at, SERVER_CONNECTIONS);
		server->fds[at] = fd;
		pthread_mutex_unlock(&server->lock);
		pthread_create(&server->workers[at], NULL, server_work, worker);
	}
}

static inline void
server_start(
    struct server *server, const struct reply *replies, size_t nreplies)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);

	*server = (struct server){.replies = replies, .nreplies = nreplies};
	pthread_mutex_init(&server->lock, NULL);
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(server->listener, (struct sockaddr *)&address,
			     sizeof(address)),
	    0);
	ck_assert_int_eq(listen(server->listener, 64), 0);
	getsockname(server->listener, (struct sockaddr *)&address, &len);
	snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%d",
	    ntohs(address.sin_port));
	pthread_create(&server->acceptor, NULL, server_accept, server);
}

static inline size_t
server_requests(struct server *server)
{
	size_t n;

	pthread_mutex_lock(&server->lock);
	n = server->nrequests;
	pthread_mutex_unlock(&server->lock);
	return n;
}

/* After it nconnections and nrequests may be read; the requests are gone. */
static inline void
server_stop(struct server *server)
{
	shutdown(server->listener, SHUT_RDWR);
	pthread_join(server->acceptor, NULL);
	close(server->listener);
	for (size_t i = 0; i < server->nconnections; i++) {
		shutdown(server->fds[i], SHUT_RDWR);
		pthread_join(server->workers[i], NULL);
		close(server->fds[i]);
	}
	for (size_t i = 0; i < server->nrequests; i++)
		buf_fini(&server->requests[i]);
	pthread_mutex_destroy(&server->lock);
}

#define REPLY_OK                                                               \
	{                                                                      \
		.text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"       \
	}

#endif
