/* An endpoint with a keeper of batches behind it and a plain client before
 * it. For the tests of ingest/feed.h. */
#ifndef TESTS_UNIT_INGEST_FEED_RIG_H
#define TESTS_UNIT_INGEST_FEED_RIG_H

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "ingest/feed.h"
#include "testing.h"

enum keeping {
	KEEP_AT_ONCE,	/* answers within the call */
	KEEP_BY_OTHERS, /* another thread answers */
	KEEP_HELD,	/* answered by rig_let_go() */
	KEEP_REPEAT,
	KEEP_FAIL,
	KEEP_REJECT
};

#define RIG_HELD 16

struct rig {
	struct feed_server *server;
	enum keeping keeping;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t nkept;
	struct buf kept; /* source|request id|record|record… of the last */
	struct {
		feed_answer *answer;
		void *request;
	} held[RIG_HELD];
	size_t nheld;
	pthread_t others;
	bool over;
};

struct rig_answer {
	int status; /* 0: the connection closed without one */
	struct buf header, body;
	bool closed; /* nothing but the end behind it */
};

/* Answers the newest that is held. */
static inline void
rig_answer_one(struct rig *rig)
{
	rig->nheld--;
	rig->held[rig->nheld].answer(
	    rig->held[rig->nheld].request, RC_OK, false, NULL);
}

static inline void *
rig_others(void *cls)
{
	struct rig *rig = cls;

	pthread_mutex_lock(&rig->lock);
	while (!rig->over)
		if (rig->keeping == KEEP_BY_OTHERS && rig->nheld > 0)
			rig_answer_one(rig);
		else
			pthread_cond_wait(&rig->changed, &rig->lock);
	pthread_mutex_unlock(&rig->lock);
	return NULL;
}

static inline void
rig_hold(struct rig *rig, feed_answer *answer, void *request)
{
	pthread_mutex_lock(&rig->lock);
	ck_assert_uint_lt(rig->nheld, RIG_HELD);
	rig->held[rig->nheld].answer = answer;
	rig->held[rig->nheld++].request = request;
	pthread_cond_broadcast(&rig->changed);
	pthread_mutex_unlock(&rig->lock);
}

static inline void
rig_keep(
    void *cookie, const struct entry *batch, feed_answer *answer, void *request)
{
	static const struct err full = {"the disk is full"};
	struct rig *rig = cookie;
	enum keeping keeping;

	pthread_mutex_lock(&rig->lock);
	rig->nkept++;
	buf_clear(&rig->kept);
	buf_span_put(&rig->kept, batch->source);
	buf_byte(&rig->kept, '|');
	buf_span_put(&rig->kept, batch->request_id);
	for (size_t i = 0; i < batch->nrecords; i++) {
		buf_byte(&rig->kept, '|');
		buf_span_put(&rig->kept, batch->records[i]);
	}
	keeping = rig->keeping;
	pthread_mutex_unlock(&rig->lock);
	switch (keeping) {
	case KEEP_AT_ONCE:
	case KEEP_REPEAT:
		answer(request, RC_OK, keeping == KEEP_REPEAT, NULL);
		break;
	case KEEP_FAIL:
		answer(request, RC_RETRY, false, &full);
		break;
	case KEEP_REJECT:
		answer(request, RC_REJECT, false, NULL);
		break;
	case KEEP_HELD:
	case KEEP_BY_OTHERS:
		rig_hold(rig, answer, request);
		break;
	}
}

static inline void
rig_set(struct rig *rig, enum keeping keeping)
{
	pthread_mutex_lock(&rig->lock);
	rig->keeping = keeping;
	pthread_mutex_unlock(&rig->lock);
}

static inline void
rig_wait_held(struct rig *rig, size_t count)
{
	pthread_mutex_lock(&rig->lock);
	while (rig->nheld < count)
		pthread_cond_wait(&rig->changed, &rig->lock);
	pthread_mutex_unlock(&rig->lock);
}

static inline void
rig_let_go(struct rig *rig)
{
	pthread_mutex_lock(&rig->lock);
	while (rig->nheld > 0)
		rig_answer_one(rig);
	pthread_mutex_unlock(&rig->lock);
}

static inline void
rig_start(struct rig *rig, struct feed_config config)
{
	struct err err = {""};
	enum rc rc;

	log_setup(LOG_ERROR, false);
	*rig = (struct rig){0};
	pthread_mutex_init(&rig->lock, NULL);
	pthread_cond_init(&rig->changed, NULL);
	if (config.address.len == 0)
		config.address = SPAN_OF("127.0.0.1:0");
	rc = feed_server_start(&rig->server, &config, rig_keep, rig, &err);
	ck_assert_msg(rc == RC_OK, "%s", err.text);
	pthread_create(&rig->others, NULL, rig_others, rig);
}

static inline void
rig_stop(struct rig *rig)
{
	feed_server_stop(&rig->server);
	pthread_mutex_lock(&rig->lock);
	rig->over = true;
	pthread_cond_broadcast(&rig->changed);
	pthread_mutex_unlock(&rig->lock);
	pthread_join(rig->others, NULL);
	buf_fini(&rig->kept);
}

static inline int
rig_connect(const struct rig *rig)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)feed_server_port(rig->server)),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* Stops quietly when the other end has had enough. */
static inline void
rig_send(int fd, struct span bytes)
{
	while (bytes.len > 0) {
		ssize_t put = send(fd, bytes.at, bytes.len, MSG_NOSIGNAL);

		if (put <= 0)
			return;
		bytes = span_make(bytes.at + put, bytes.len - (size_t)put);
	}
}

/* One more byte within 20 s; false at the end of the connection. */
static inline bool
rig_byte(int fd, char *byte)
{
	struct pollfd wait = {fd, POLLIN, 0};

	ck_assert_msg(poll(&wait, 1, 20000) == 1, "no answer in 20 s");
	return recv(fd, byte, 1, 0) == 1;
}

static inline bool
rig_at_end(int fd)
{
	char byte;

	return !rig_byte(fd, &byte);
}

static inline size_t
rig_length(struct rig_answer *answer)
{
	const char *field =
	    strcasestr(buf_cstr(&answer->header), "\r\nContent-Length:");

	ck_assert_msg(field != NULL, "no Content-Length");
	return strtoul(field + 17, NULL, 10);
}

static inline void
rig_read(int fd, struct rig_answer *answer)
{
	size_t left;
	char byte;

	*answer = (struct rig_answer){0};
	while (answer->header.len < 4 ||
	    memcmp(answer->header.bytes + answer->header.len - 4, "\r\n\r\n",
		4) != 0) {
		if (!rig_byte(fd, &byte)) {
			ck_assert_uint_eq(answer->header.len, 0);
			answer->closed = true;
			return;
		}
		buf_byte(&answer->header, byte);
	}
	ck_assert_int_eq(
	    sscanf(buf_cstr(&answer->header), "HTTP/1.%*d %d", &answer->status),
	    1);
	for (left = rig_length(answer); left > 0; left--) {
		ck_assert(rig_byte(fd, &byte));
		buf_byte(&answer->body, byte);
	}
}

static inline void
rig_answer_fini(struct rig_answer *answer)
{
	buf_fini(&answer->header);
	buf_fini(&answer->body);
}

/* Sends and reads on a connection of its own. */
static inline void
rig_exchange(
    const struct rig *rig, struct span request, struct rig_answer *answer)
{
	int fd = rig_connect(rig);

	rig_send(fd, request);
	rig_read(fd, answer);
	close(fd);
}

/* The answer is the contract's: JSON, nothing encoded, the id, a time, and a
 * message exactly when it is a failure (one that holds `message`). */
static inline void
rig_check(struct rig_answer *answer, const char *name, int status,
    const char *id, const char *message)
{
	const char *header = buf_cstr(&answer->header);
	const char *body = buf_cstr(&answer->body);
	struct buf begin = {0};
	long long now = 0;
	int used = 0;

	ck_assert_msg(answer->status == status, "%s: %d, not %d: %s", name,
	    answer->status, status, body);
	ck_assert_msg(
	    strcasestr(header, "\r\nContent-Type: application/json\r\n"),
	    "%s: %s", name, header);
	ck_assert_msg(!strcasestr(header, "Content-Encoding"), "%s", name);
	buf_printf(&begin, "{\"requestId\":\"%s\",\"timestamp\":", id);
	ck_assert_msg(span_starts(buf_span(&answer->body), buf_cstr(&begin)),
	    "%s: %s", name, body);
	body += begin.len;
	ck_assert_int_eq(sscanf(body, "%lld%n", &now, &used), 1);
	ck_assert_msg(now > 1700000000000 && now < 9999999999999, "%s", name);
	body += used;
	if (message == NULL)
		ck_assert_msg(strcmp(body, "}") == 0, "%s: %s", name, body);
	else
		ck_assert_msg(
		    span_starts(span_text(body), ",\"errorMessage\":\"") &&
			strstr(body, message) != NULL,
		    "%s: %s", name, body);
	buf_fini(&begin);
}

/* A request of that header (lines with \r\n) and body, as Firehose sends. */
static inline void
rig_request(struct buf *out, const char *fields, struct span body)
{
	buf_clear(out);
	buf_printf(out,
	    "POST / HTTP/1.1\r\nHost: here\r\n"
	    "Content-Type: application/json\r\n%sContent-Length: %zu\r\n\r\n",
	    fields, body.len);
	buf_span_put(out, body);
}

#define RIG_FIELDS                                                             \
	"X-Amz-Firehose-Protocol-Version: 1.0\r\n"                             \
	"X-Amz-Firehose-Request-Id: r-1\r\n"                                   \
	"X-Amz-Firehose-Source-Arn: arn:aws:firehose:us-east-1:123456789012:"  \
	"deliverystream/x\r\n"                                                 \
	"User-Agent: Amazon Kinesis Data Firehose Agent/1.0\r\n"

#endif
