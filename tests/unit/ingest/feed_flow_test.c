/* What the endpoint does over time: keys, waiting, aborts, drain, deadlines,
 * limits on what is in flight. */
#include "base/limits.h"
#include "feed_rig.h"

#define ONE                                                                    \
	"{\"requestId\":\"r-1\",\"timestamp\":1,\"records\":[{\"data\":"       \
	"\"eyJhIjoxfQo=\"}]}"

#define ID "X-Amz-Firehose-Request-Id: r-1\r\n"

static char folder[64];

static struct span
key_file(const char *name, const char *text)
{
	static char paths[4][96];
	static size_t next;
	char *path = paths[next++ % 4];
	FILE *file;

	if (folder[0] == '\0') {
		snprintf(folder, sizeof(folder), "/tmp/tocsin-keys-XXXXXX");
		ck_assert(mkdtemp(folder) != NULL);
	}
	snprintf(path, 96, "%s/%s", folder, name);
	file = fopen(path, "w");
	ck_assert(file != NULL);
	fputs(text, file);
	fclose(file);
	log_setup(LOG_ERROR, false); /* others may read it */
	return span_text(path);
}

static void
remove_keys(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
	folder[0] = '\0';
}

START_TEST(key_rows)
{
	static char long_key[LIMIT_ACCESS_KEY + 64];
	static const char name[] = "X-Amz-Firehose-Access-Key: ";
	static const struct {
		const char *fields;
		int status;
		const char *source;
	} rows[] = {
	    {ID "X-Amz-Firehose-Access-Key: key-one\r\n", 200, "east"},
	    {ID "X-Amz-Firehose-Access-Key: key-two\r\n", 200, "east"},
	    {ID "x-amz-firehose-access-key: key-dr\r\n", 200, "west"},
	    {ID "X-Amz-Firehose-Access-Key: key-tw\r\n", 401, NULL},
	    {ID "X-Amz-Firehose-Access-Key: key-one1\r\n", 401, NULL},
	    {ID "X-Amz-Firehose-Access-Key: KEY-ONE\r\n", 401, NULL},
	    {ID "X-Amz-Firehose-Access-Key: \r\n", 401, NULL},
	    {ID "X-Amz-Firehose-Access-Key:\r\n", 401, NULL},
	    {ID, 401, NULL},
	    {ID "X-Amz-Firehose-Access-Key: -\r\n", 200, "west"},
	};
	struct feed feeds[] = {
	    {.name = SPAN_OF("east")}, {.name = SPAN_OF("west")}};
	static struct rig rig;
	struct buf request = {0};
	struct rig_answer answer;

	feeds[0].access_key_file = key_file("east", "key-one\r\n\n  \nkey-two");
	feeds[1].access_key_file = key_file("west", "\nkey-dr\n-\n");
	rig_start(&rig, (struct feed_config){.feeds = feeds, .nfeeds = 2});
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		rig_request(&request, rows[i].fields, SPAN_OF(ONE));
		rig_exchange(&rig, buf_span(&request), &answer);
		rig_check(&answer, rows[i].fields, rows[i].status, "r-1",
		    rows[i].status == 200 ? NULL : "invalid access key");
		if (rows[i].source != NULL)
			ck_assert_msg(
			    span_starts(buf_span(&rig.kept), rows[i].source),
			    "%s: %s", rows[i].fields, buf_cstr(&rig.kept));
		rig_answer_fini(&answer);
	}
	ck_assert_uint_eq(rig.nkept, 4);
	/* A06: before the body is here, and before the missing id. */
	int fd = rig_connect(&rig);

	rig_send(fd,
	    SPAN_OF("POST / HTTP/1.1\r\nHost: here\r\n"
		    "Content-Length: 5000000\r\n\r\n"));
	rig_read(fd, &answer);
	rig_check(&answer, "A06", 401, "", "invalid access key");
	rig_answer_fini(&answer);
	close(fd);
	memset(long_key, 'k', sizeof(long_key) - 1);
	buf_clear(&request);
	buf_printf(&request,
	    "POST / HTTP/1.1\r\nHost: here\r\n%s%s\r\n"
	    "Content-Length: 2\r\n\r\n{}",
	    name, long_key);
	rig_exchange(&rig, buf_span(&request), &answer);
	rig_check(&answer, "over-long", 401, "", "invalid access key");
	rig_answer_fini(&answer);
	buf_fini(&request);
	rig_stop(&rig);
	remove_keys();
}
END_TEST

START_TEST(faults_at_the_start)
{
	static char long_key[LIMIT_ACCESS_KEY + 2];
	struct feed feeds[2] = {
	    {.name = SPAN_OF("east")}, {.name = SPAN_OF("west")}};
	struct feed_config config = {
	    .address = SPAN_OF("127.0.0.1:0"), .feeds = feeds, .nfeeds = 1};
	struct feed_server *server = NULL;
	struct err err;

#define REFUSED(part)                                                          \
	do {                                                                   \
		ck_assert_int_eq(                                              \
		    feed_server_start(&server, &config, rig_keep, NULL, &err), \
		    RC_FATAL);                                                 \
		ck_assert_msg(strstr(err.text, part), "%s", err.text);         \
		ck_assert(server == NULL);                                     \
	} while (0)

	REFUSED("feed east has no access_key_file");
	feeds[0].name = SPAN_OF("");
	REFUSED("name must have 1 to 255 bytes");
	feeds[0].name = SPAN_OF("east");
	feeds[0].access_key_file = SPAN_OF("/nowhere/key");
	REFUSED("/nowhere/key: No such file");
	feeds[0].access_key_file = key_file("none", "");
	REFUSED("none is empty");
	feeds[0].access_key_file = key_file("blank", "\n \r\n");
	REFUSED("blank has no key in it");
	memset(long_key, 'k', sizeof(long_key) - 1);
	feeds[0].access_key_file = key_file("long", long_key);
	REFUSED("longer than 4096 bytes");
	feeds[0].access_key_file = key_file("east", "same\n");
	feeds[1].access_key_file = key_file("west", "other\nsame\n");
	config.nfeeds = 2;
	REFUSED("feed east has the same access key");
	config.nfeeds = 0;
	config.address = SPAN_OF("127.0.0.1");
	REFUSED("has no port");
	config.address = SPAN_OF("127.0.0.1:0");
	config.certificate = SPAN_OF("/nowhere/cert");
	REFUSED("TLS wants both");
	config.key = SPAN_OF("/nowhere/key");
	REFUSED("TLS key: /nowhere/key: No such file");
	config.certificate = config.key = key_file("junk", "junk\n");
	REFUSED("TLS certificate");
	config.certificate = config.key = SPAN_OF("");
	config.client_ca = SPAN_OF("/nowhere/ca");
	REFUSED("client_ca wants TLS");
	remove_keys();
}
END_TEST

START_TEST(port_taken)
{
	static struct rig rig;
	char address[64], words[128];
	struct feed_config config = {0};
	struct feed_server *server = NULL;
	struct err err;

	rig_start(&rig, (struct feed_config){0});
	ck_assert_uint_gt(feed_server_port(rig.server), 0);
	snprintf(address, sizeof(address), "127.0.0.1:%u",
	    feed_server_port(rig.server));
	snprintf(words, sizeof(words),
	    "cannot listen on %s: Address already in use", address);
	config.address = span_text(address);
	ck_assert_int_eq(
	    feed_server_start(&server, &config, rig_keep, NULL, &err),
	    RC_FATAL);
	ck_assert_str_eq(err.text, words);
	rig_stop(&rig);
	config.address = SPAN_OF("[::1]:0");
	if (feed_server_start(&server, &config, rig_keep, NULL, &err) == RC_OK)
		ck_assert_uint_gt(feed_server_port(server), 0);
	feed_server_stop(&server);
}
END_TEST

static void
send_one(int fd)
{
	struct buf request = {0};

	rig_request(&request, RIG_FIELDS, SPAN_OF(ONE));
	rig_send(fd, buf_span(&request));
	buf_fini(&request);
}

static void
read_status(int fd, int status, const char *message)
{
	struct rig_answer answer;

	rig_read(fd, &answer);
	rig_check(&answer, "waiting", status, "r-1", message);
	rig_answer_fini(&answer);
}

START_TEST(connections_live_on)
{
	static struct rig rig;
	int fd;

	rig_start(&rig, (struct feed_config){0});
	rig_set(&rig, KEEP_BY_OTHERS);
	fd = rig_connect(&rig);
	for (int i = 0; i < 200; i++) {
		send_one(fd);
		read_status(fd, 200, NULL);
	}
	/* Two at a time: the second waits in the buffer. */
	send_one(fd);
	send_one(fd);
	read_status(fd, 200, NULL);
	read_status(fd, 200, NULL);
	ck_assert_uint_eq(rig.nkept, 202);
	close(fd);
	rig_stop(&rig);
}
END_TEST

START_TEST(many_wait_at_once)
{
	static struct rig rig;
	int fds[RIG_HELD];

	rig_start(&rig, (struct feed_config){.threads = 1});
	rig_set(&rig, KEEP_HELD);
	for (int i = 0; i < RIG_HELD; i++) {
		fds[i] = rig_connect(&rig);
		send_one(fds[i]);
	}
	rig_wait_held(&rig, RIG_HELD);
	rig_let_go(&rig);
	for (int i = 0; i < RIG_HELD; i++) {
		read_status(fds[i], 200, NULL);
		close(fds[i]);
	}
	rig_stop(&rig);
}
END_TEST

START_TEST(client_leaves_while_waiting)
{
	int64_t kept = counter_get(&feed_stats[FEED_RECORDS]);
	static struct rig rig;
	int fd;

	rig_start(&rig, (struct feed_config){0});
	rig_set(&rig, KEEP_HELD);
	for (int i = 0; i < 5; i++) {
		struct linger at_once = {1, 0};

		fd = rig_connect(&rig);
		send_one(fd);
		rig_wait_held(&rig, 1);
		if (i % 2 == 0)
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once,
			    sizeof(at_once));
		close(fd);
		rig_let_go(&rig);
	}
	rig_set(&rig, KEEP_AT_ONCE);
	fd = rig_connect(&rig);
	send_one(fd);
	read_status(fd, 200, NULL);
	close(fd);
	rig_stop(&rig);
	ck_assert_int_eq(counter_get(&feed_stats[FEED_RECORDS]) - kept, 6);
	ck_assert_int_eq(counter_get(&feed_stats[FEED_CONNECTIONS]), 0);
	ck_assert_int_eq(counter_get(&feed_stats[FEED_BODIES]), 0);
}
END_TEST

static void *
stop_thread(void *cls)
{
	struct rig *rig = cls;

	feed_server_stop(&rig->server);
	return NULL;
}

START_TEST(drain_and_stop)
{
	static struct rig rig;
	pthread_t stopper;
	int waiting, idle, late;

	rig_start(&rig, (struct feed_config){0});
	rig_set(&rig, KEEP_HELD);
	waiting = rig_connect(&rig);
	idle = rig_connect(&rig);
	send_one(waiting);
	rig_wait_held(&rig, 1);
	feed_server_drain(rig.server);
	send_one(idle);
	read_status(idle, 503, "shutting down");
	late = rig_connect(&rig);
	send_one(late);
	read_status(late, 503, "shutting down");
	ck_assert_int_eq(pthread_create(&stopper, NULL, stop_thread, &rig), 0);
	rig_let_go(&rig);
	read_status(waiting, 200, NULL);
	pthread_join(stopper, NULL);
	ck_assert(rig_at_end(waiting));
	close(waiting);
	close(idle);
	close(late);
	ck_assert_uint_eq(rig.nkept, 1);
	rig_stop(&rig);
}
END_TEST

/* However long the journal takes; not so a body that never comes whole. */
START_TEST(stop_waits_for_the_journal)
{
	static struct rig rig;
	pthread_t stopper;
	struct pollfd wait;
	int waiting, never;
	char byte;

	rig_start(&rig, (struct feed_config){.deadline_ms = 100});
	rig_set(&rig, KEEP_HELD);
	waiting = rig_connect(&rig);
	send_one(waiting);
	rig_wait_held(&rig, 1);
	never = rig_connect(&rig);
	rig_send(never,
	    SPAN_OF("POST / HTTP/1.1\r\nHost: here\r\n" RIG_FIELDS
		    "Expect: 100-continue\r\nContent-Length: 2000\r\n\r\n"));
	for (size_t i = 0; i < sizeof("HTTP/1.1 100 Continue\r\n\r\n") - 1; i++)
		ck_assert(rig_byte(never, &byte));
	ck_assert_int_eq(pthread_create(&stopper, NULL, stop_thread, &rig), 0);
	wait = (struct pollfd){waiting, POLLIN, 0};
	ck_assert_int_eq(poll(&wait, 1, 400), 0);
	rig_let_go(&rig);
	read_status(waiting, 200, NULL);
	pthread_join(stopper, NULL);
	ck_assert(rig_at_end(never));
	close(waiting);
	close(never);
	rig_stop(&rig);
}
END_TEST

/* Sends a byte whenever the server has not closed for 20 ms. */
static bool
drip_is_cut(int fd, const char *bytes)
{
	struct pollfd wait = {fd, POLLIN | POLLRDHUP, 0};

	for (int i = 0; i < 500; i++) {
		if (poll(&wait, 1, 20) > 0)
			return rig_at_end(fd);
		rig_send(fd, span_make(bytes + (i % 4), 1));
	}
	return false;
}

START_TEST(drips_are_cut)
{
	int64_t cut = counter_get(&feed_stats[FEED_CUT]);
	static struct rig rig;
	int header, body, waiting;

	rig_start(&rig, (struct feed_config){.deadline_ms = 300});
	rig_set(&rig, KEEP_HELD);
	waiting = rig_connect(&rig);
	send_one(waiting);
	rig_wait_held(&rig, 1);
	header = rig_connect(&rig);
	rig_send(header, SPAN_OF("POST / HTTP/1.1\r\nHost: here\r\nX: "));
	ck_assert(drip_is_cut(header, "xxxx"));
	body = rig_connect(&rig);
	rig_send(body,
	    SPAN_OF("POST / HTTP/1.1\r\nHost: here\r\n" RIG_FIELDS
		    "Content-Length: 2000\r\n\r\n"));
	ck_assert(drip_is_cut(body, "    "));
	ck_assert_int_ge(counter_get(&feed_stats[FEED_CUT]) - cut, 2);
	/* The one that waits for the journal is not the client's fault. */
	rig_let_go(&rig);
	read_status(waiting, 200, NULL);
	close(header);
	close(body);
	close(waiting);
	rig_stop(&rig);
}
END_TEST

START_TEST(bodies_in_flight_are_bounded)
{
	enum { MOST = LIMIT_BODIES_TOTAL / LIMIT_BODY_BYTES };
	static struct rig rig;
	int fds[MOST], fd;
	struct buf head = {0};

	rig_start(&rig, (struct feed_config){0});
	buf_printf(&head,
	    "POST / HTTP/1.1\r\nHost: here\r\n" RIG_FIELDS
	    "Expect: 100-continue\r\nContent-Length: %lld\r\n\r\n",
	    LIMIT_BODY_BYTES);
	for (int i = 0; i < MOST; i++) {
		char byte;

		fds[i] = rig_connect(&rig);
		rig_send(fds[i], buf_span(&head));
		ck_assert(rig_byte(fds[i], &byte)); /* 100 Continue */
	}
	fd = rig_connect(&rig);
	rig_send(fd, buf_span(&head));
	read_status(fd, 503, "too many bodies");
	close(fd);
	/* Small ones still fit, and chunked ones as far as they fit. */
	fd = rig_connect(&rig);
	rig_send(fd,
	    SPAN_OF("POST / HTTP/1.1\r\nHost: here\r\n" RIG_FIELDS
		    "Transfer-Encoding: chunked\r\n\r\n"
		    "10\r\n{\"requestId\":\"r-\r\n"
		    "f\r\n1\",\"records\":[]\r\n1\r\n}\r\n0\r\n\r\n"));
	read_status(fd, 200, NULL);
	close(fd);
	for (int i = 0; i < MOST; i++)
		close(fds[i]);
	buf_fini(&head);
	rig_stop(&rig);
	ck_assert_int_eq(counter_get(&feed_stats[FEED_BODIES]), 0);
}
END_TEST

START_TEST(chunked_without_end)
{
	static char chunk[MIB + 16];
	static struct rig rig;
	int fd, head;

	rig_start(&rig, (struct feed_config){0});
	fd = rig_connect(&rig);
	rig_send(fd,
	    SPAN_OF("POST / HTTP/1.1\r\nHost: here\r\n" RIG_FIELDS
		    "Transfer-Encoding: chunked\r\n\r\n"));
	head = snprintf(chunk, sizeof(chunk), "100000\r\n");
	memset(chunk + head, ' ', MIB);
	memcpy(chunk + head + MIB, "\r\n", 2);
	for (int i = 0; i < LIMIT_BODY_BYTES / MIB + 2; i++)
		rig_send(fd, span_make(chunk, (size_t)head + MIB + 2));
	rig_send(fd, SPAN_OF("0\r\n\r\n"));
	read_status(fd, 413, "larger than Firehose may send");
	close(fd);
	rig_stop(&rig);
}
END_TEST

TEST_MAIN("feed_flow", key_rows, faults_at_the_start, port_taken,
    connections_live_on, many_wait_at_once, client_leaves_while_waiting,
    drain_and_stop, stop_waits_for_the_journal, drips_are_cut,
    bodies_in_flight_are_bounded, chunked_without_end)
