/* Senders over loopback, each with a connection that it keeps. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "ingest_bench.h"

#define CLIENT_PATIENCE 60 /* seconds */
#define CLIENT_MOST 64

struct client {
	pthread_t thread;
	const struct server *server;
	const struct bodies *bodies;
	atomic_size_t *next;
};

static int
client_connect(unsigned port)
{
	const struct sockaddr_in at = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const struct timeval patience = {CLIENT_PATIENCE, 0};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0 || connect(fd, (const struct sockaddr *)&at, sizeof(at)) < 0)
		log_die("connect: %s", strerror(errno));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return fd;
}

static void
client_write(int fd, struct span bytes)
{
	while (bytes.len > 0) {
		ssize_t put = send(fd, bytes.at, bytes.len, MSG_NOSIGNAL);

		if (put <= 0)
			log_die("send: %s", strerror(errno));
		bytes = span_make(bytes.at + put, bytes.len - (size_t)put);
	}
}

/* One answer with a Content-Length; its body is the end of `answer`. */
static struct span
client_read(int fd, struct buf *answer)
{
	size_t whole = 0;
	char *body = NULL;

	buf_clear(answer);
	while (whole == 0 || answer->len < whole) {
		char *to = buf_reserve(answer, 65536);
		ssize_t got = recv(fd, to, 65535, 0);

		if (got <= 0)
			log_die("recv: %s", strerror(errno));
		answer->len += (size_t)got;
		answer->bytes[answer->len] = '\0';
		body = strstr(answer->bytes, "\r\n\r\n");
		if (body != NULL && whole == 0) {
			char *len =
			    strcasestr(answer->bytes, "content-length:");

			if (len == NULL)
				log_die("no length: %s", answer->bytes);
			whole = (size_t)(body + 4 - answer->bytes) +
			    strtoul(len + 15, NULL, 10);
		}
	}
	return span_make(
	    body + 4, (size_t)(answer->bytes + answer->len - body - 4));
}

static void *
client_run(void *cookie)
{
	struct client *self = cookie;
	const struct bodies *bodies = self->bodies;
	int fd = client_connect(self->server->feed);
	struct buf answer = {0};
	size_t i;

	while ((i = atomic_fetch_add(self->next, 1)) < bodies->count) {
		client_write(fd, buf_span(&bodies->at[i].request));
		client_read(fd, &answer);
		if (strncmp(answer.bytes, "HTTP/1.1 200", 12) != 0)
			log_die("refused: %s", answer.bytes);
	}
	buf_fini(&answer);
	close(fd);
	return NULL;
}

void
client_send(const struct server *server, const struct bodies *bodies,
    size_t connections)
{
	struct client clients[CLIENT_MOST];
	atomic_size_t next = 0;

	if (connections > CLIENT_MOST)
		connections = CLIENT_MOST;
	for (size_t i = 0; i < connections; i++) {
		clients[i] = (struct client){
		    .server = server, .bodies = bodies, .next = &next};
		if (pthread_create(
			&clients[i].thread, NULL, client_run, &clients[i]) != 0)
			log_die("no thread");
	}
	for (size_t i = 0; i < connections; i++)
		pthread_join(clients[i].thread, NULL);
}

uint64_t
client_counter(const struct server *server, const char *name)
{
	int fd = client_connect(server->admin);
	struct buf answer = {0}, line = {0};
	const char *hit;
	uint64_t value = 0;

	client_write(
	    fd, SPAN_OF("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
	client_read(fd, &answer);
	buf_printf(&line, "\n%s ", name);
	hit = strstr(answer.bytes, buf_cstr(&line));
	if (hit == NULL)
		log_die("no counter %s", name);
	value = strtoull(hit + line.len, NULL, 10);
	buf_fini(&answer);
	buf_fini(&line);
	close(fd);
	return value;
}

void
client_wait_points(const struct server *server, uint64_t points)
{
	const struct timespec pause = {0, 5000000};
	uint64_t found = 0;

	for (int i = 0; i < CLIENT_PATIENCE * 200; i++) {
		found = client_counter(server, "tocsin_points_decoded_total");
		if (found == points)
			return;
		nanosleep(&pause, NULL);
	}
	log_die("%llu points were decoded, %llu were sent",
	    (unsigned long long)found, (unsigned long long)points);
}
