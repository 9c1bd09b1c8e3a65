#include "aws/http_exchange.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "aws/aws_stats.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"

#define UPLOAD_BYTES 524288L /* read and sent at one time: within the cache */
#define HTTP_CONNECT_MS 10000
#define HTTP_TIMEOUT_MS 60000
/* Below this many bytes a second for this long nothing will come of it. */
#define HTTP_SLOW_BYTES 64
#define HTTP_SLOW_SECONDS 60

static size_t
take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct exchange *exchange = context;
	struct buf *body = &exchange->answer->body;

	if (body->len + size * count > LIMIT_HTTP_ANSWER) {
		exchange->over_limit = true;
		return 0;
	}
	buf_put(body, bytes, size * count);
	return size * count;
}

/* The value when the line is of that header, else NULL. */
static bool
header_is(struct span line, const char *name, struct span *value)
{
	size_t len = strlen(name);

	if (line.len <= len || line.at[len] != ':' ||
	    strncasecmp(line.at, name, len) != 0)
		return false;
	line = span_make(line.at + len + 1, line.len - len - 1);
	while (line.len > 0 && strchr(" \t", line.at[0]) != NULL)
		line = span_make(line.at + 1, line.len - 1);
	while (line.len > 0 && strchr(" \t\r\n", line.at[line.len - 1]) != NULL)
		line.len--;
	*value = line;
	return true;
}

/* Cut to fit; bytes that do not belong into a sentence are left out. */
static void
header_keep(char *to, size_t room, struct span value)
{
	size_t len = 0;

	for (size_t i = 0; i < value.len && len + 1 < room; i++)
		if (value.at[i] >= ' ' && value.at[i] <= '~')
			to[len++] = value.at[i];
	to[len] = '\0';
}

/* A number of milliseconds that can be one, else 0. */
static void
header_number(int64_t *to, struct span value)
{
	if (value.len > 9 || !text_parse_int(value, to) || *to < 0)
		*to = 0;
}

static void
header_wanted(struct exchange *exchange, struct span line)
{
	const char *const *wanted = exchange->request->wanted;
	struct span value;

	for (size_t i = 0;
	     wanted != NULL && i < HTTP_WANTED && wanted[i] != NULL; i++)
		if (header_is(line, wanted[i], &value) &&
		    value.len < HTTP_WANTED_BYTES)
			header_keep(exchange->answer->wanted[i],
			    HTTP_WANTED_BYTES, value);
}

static void
header_text(struct http_answer *answer, struct span line)
{
	const struct {
		const char *name;
		char *to;
		size_t room;
	} rows[] = {{"date", answer->date, sizeof(answer->date)},
	    {"x-amzn-requestid", answer->request_id,
		sizeof(answer->request_id)},
	    {"x-amz-request-id", answer->request_id,
		sizeof(answer->request_id)},
	    {"x-amzn-errortype", answer->error_type,
		sizeof(answer->error_type)},
	    {"retry-after", answer->retry_after, sizeof(answer->retry_after)},
	    {"x-amz-bucket-region", answer->bucket_region,
		sizeof(answer->bucket_region)}};
	struct span value;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (header_is(line, rows[i].name, &value))
			header_keep(rows[i].to, rows[i].room, value);
	if (header_is(line, "x-amz-retry-after", &value))
		header_number(&answer->retry_after_ms, value);
}

static size_t
take_header(char *bytes, size_t size, size_t count, void *context)
{
	struct exchange *exchange = context;
	struct span line = span_make(bytes, size * count);

	if (span_starts(line, "HTTP/"))
		http_answer_clear(exchange->answer); /* 1xx: another follows */
	header_text(exchange->answer, line);
	header_wanted(exchange, line);
	return size * count;
}

static size_t
give_file(char *to, size_t size, size_t count, void *context)
{
	struct exchange *exchange = context;
	uint64_t left = exchange->request->body_fd_bytes - exchange->sent;
	size_t want = size * count < left ? size * count : (size_t)left;
	ssize_t got;

	if (want == 0)
		return 0;
	do
		got = pread(exchange->request->body_fd, to, want,
		    (off_t)exchange->sent);
	while (got < 0 && errno == EINTR);
	if (got <= 0) {
		exchange->read_errno = got < 0 ? errno : 0;
		exchange->short_file = got == 0;
		return CURL_READFUNC_ABORT;
	}
	exchange->sent += (uint64_t)got;
	return (size_t)got;
}

/* curl goes back when a kept connection turned out to be closed. */
static int
seek_file(void *context, curl_off_t offset, int origin)
{
	struct exchange *exchange = context;

	if (origin != SEEK_SET || offset < 0)
		return CURL_SEEKFUNC_FAIL;
	exchange->sent = (uint64_t)offset;
	return CURL_SEEKFUNC_OK;
}

static bool
line_clean(const struct http_header *header)
{
	for (const char *at = header->name; *at != '\0'; at++)
		if (*at <= ' ' || *at > '~' || *at == ':' || *at == ';')
			return false;
	for (size_t i = 0; i < header->value.len; i++) {
		unsigned char byte = (unsigned char)header->value.at[i];

		if ((byte < ' ' && byte != '\t') || byte == 0x7f)
			return false;
	}
	return header->name[0] != '\0';
}

static void
line_add(struct exchange *exchange, struct buf *line)
{
	struct curl_slist *lines =
	    curl_slist_append(exchange->lines, buf_cstr(line));

	if (lines == NULL)
		log_die("out of memory: a request header");
	exchange->lines = lines;
}

/* What curl would add by itself is switched off: what is sent is what the
 * caller gave (and may have signed). */
enum rc
exchange_lines(struct exchange *exchange, struct err *err)
{
	const struct http_request *request = exchange->request;
	struct buf line = {0};
	bool typed = false;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < request->nheaders && rc == RC_OK; i++) {
		const struct http_header *header = &request->headers[i];

		if (!line_clean(header)) {
			rc = err_set(err, RC_REJECT,
			    "header %s has bytes that no header may have",
			    header->name);
			break;
		}
		buf_clear(&line);
		buf_text(&line, header->name);
		buf_text(&line, header->value.len == 0 ? ";" : ": ");
		buf_span_put(&line, header->value);
		line_add(exchange, &line);
		if (strcasecmp(header->name, "content-type") == 0)
			typed = true;
	}
	buf_clear(&line);
	buf_text(&line, "Expect:");
	line_add(exchange, &line);
	buf_clear(&line);
	buf_text(&line, "Content-Type:");
	if (!typed)
		line_add(exchange, &line);
	if (line.bytes != NULL)
		explicit_bzero(line.bytes, line.room);
	buf_fini(&line);
	return rc;
}

/* Among them are session tokens and access keys. */
void
exchange_fini(struct exchange *exchange)
{
	for (struct curl_slist *at = exchange->lines; at != NULL; at = at->next)
		explicit_bzero(at->data, strlen(at->data));
	curl_slist_free_all(exchange->lines);
	exchange->lines = NULL;
}

static void
set_limits(CURL *handle, const struct http_request *request)
{
	int64_t total =
	    request->timeout_ms > 0 ? request->timeout_ms : HTTP_TIMEOUT_MS;
	int64_t connect = total < HTTP_CONNECT_MS ? total : HTTP_CONNECT_MS;

	curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
	/* A name server that does not answer holds up this call alone. */
	curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, (long)total);
	curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, (long)connect);
	curl_easy_setopt(
	    handle, CURLOPT_LOW_SPEED_LIMIT, (long)HTTP_SLOW_BYTES);
	curl_easy_setopt(
	    handle, CURLOPT_LOW_SPEED_TIME, (long)HTTP_SLOW_SECONDS);
	curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
	/* What HEAD tells is the length of a body that does not come. */
	if (strcmp(request->method, "HEAD") != 0)
		curl_easy_setopt(handle, CURLOPT_MAXFILESIZE_LARGE,
		    (curl_off_t)LIMIT_HTTP_ANSWER);
}

/* 127.0.0.1, localhost, [::1]: no proxy can reach them for us. */
static bool
host_is_local(const char *url)
{
	const char *host = strstr(url, "://") + 3;
	size_t len = strcspn(host, "/?#");

	if (host[0] == '[')
		return len >= 5 && strncmp(host, "[::1]", 5) == 0;
	len = strcspn(host, ":/?#");
	if (len == 9 && strncasecmp(host, "localhost", 9) == 0)
		return true;
	return strncmp(host, "127.", 4) == 0 &&
	    strspn(host, "0123456789.") == len;
}

/* Without CURLOPT_PROXY curl goes by the environment. */
static void
set_proxy(
    CURL *handle, const struct http *http, const struct exchange *exchange)
{
	const struct http_request *request = exchange->request;

	if (request->direct || host_is_local(request->url))
		curl_easy_setopt(handle, CURLOPT_PROXY, "");
	curl_easy_setopt(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(
	    handle, CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (http->ca_file != NULL)
		curl_easy_setopt(handle, CURLOPT_PROXY_CAINFO, http->ca_file);
}

static void
set_trust(CURL *handle, const struct http *http, const char *url)
{
	bool tls = strncasecmp(url, "https:", 6) == 0;

	curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, tls ? "https" : "http");
	curl_easy_setopt(handle, CURLOPT_HTTP_VERSION,
	    (long)(tls ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
	curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(handle, CURLOPT_UNRESTRICTED_AUTH, 0L);
	curl_easy_setopt(handle, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(handle, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	curl_easy_setopt(
	    handle, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (http->ca_file != NULL)
		curl_easy_setopt(handle, CURLOPT_CAINFO, http->ca_file);
}

static void
set_body(CURL *handle, struct exchange *exchange)
{
	const struct http_request *request = exchange->request;
	bool sends = strcmp(request->method, "POST") == 0 ||
	    strcmp(request->method, "PUT") == 0;

	if (request->body_fd > 0) {
		curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE,
		    (curl_off_t)request->body_fd_bytes);
		curl_easy_setopt(
		    handle, CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BYTES);
		curl_easy_setopt(handle, CURLOPT_READFUNCTION, give_file);
		curl_easy_setopt(handle, CURLOPT_READDATA, exchange);
		curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, seek_file);
		curl_easy_setopt(handle, CURLOPT_SEEKDATA, exchange);
	} else if (request->body.len > 0 || sends) {
		curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)request->body.len);
		curl_easy_setopt(handle, CURLOPT_POSTFIELDS,
		    request->body.len == 0 ? "" : request->body.at);
	}
	if (strcmp(request->method, "HEAD") == 0)
		curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
	else
		curl_easy_setopt(
		    handle, CURLOPT_CUSTOMREQUEST, request->method);
}

void
exchange_set(struct exchange *exchange, const struct http *http)
{
	const struct http_request *request = exchange->request;
	CURL *handle = exchange->handle;

	_Static_assert(sizeof(exchange->reason) >= CURL_ERROR_SIZE,
	    "curl's words have their room");
	set_limits(handle, request);
	set_trust(handle, http, request->url);
	set_proxy(handle, http, exchange);
	set_body(handle, exchange);
	curl_easy_setopt(handle, CURLOPT_PRIVATE, exchange);
	curl_easy_setopt(handle, CURLOPT_URL, request->url);
	curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(handle, CURLOPT_USERAGENT, "tocsin/" TOCSIN_VERSION);
	curl_easy_setopt(handle, CURLOPT_HTTPHEADER, exchange->lines);
	curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(handle, CURLOPT_WRITEDATA, exchange);
	curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(handle, CURLOPT_HEADERDATA, exchange);
	curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, exchange->reason);
}

/* scheme://host: paths and queries may hold what is nobody's business. */
static int
url_origin(const char *url)
{
	const char *host = strstr(url, "://");

	return (
	    int)(host == NULL ? 0 : host - url + 3 + strcspn(host + 3, "/?#"));
}

static enum rc
exchange_verdict(
    const struct exchange *exchange, CURLcode code, struct err *err)
{
	const struct http_request *request = exchange->request;
	const char *reason = exchange->reason[0] != '\0'
	    ? exchange->reason
	    : curl_easy_strerror(code);
	int origin = url_origin(request->url);

	if (exchange->cancelled)
		return err_set(err, RC_RETRY,
		    "%.*s: the call was ended because tocsin stops", origin,
		    request->url);
	if (exchange->over_limit || code == CURLE_FILESIZE_EXCEEDED) {
		counter_add(&aws_stats[AWS_ANSWERS_TOO_LARGE], 1);
		return err_set(err, RC_RETRY,
		    "%.*s: the answer is larger than %lld MiB", origin,
		    request->url, LIMIT_HTTP_ANSWER / MIB);
	}
	if (exchange->short_file)
		return err_set(err, RC_REJECT,
		    "the file to send ends at byte %llu of %llu",
		    (unsigned long long)exchange->sent,
		    (unsigned long long)request->body_fd_bytes);
	if (exchange->read_errno != 0) {
		errno = exchange->read_errno;
		return err_errno(err, RC_RETRY, "reading the file to send");
	}
	if (code == CURLE_URL_MALFORMAT)
		return err_set(
		    err, RC_REJECT, "%.*s: %s", origin, request->url, reason);
	if (exchange->os_errno != 0) {
		errno = (int)exchange->os_errno;
		return err_errno(
		    err, RC_RETRY, "%.*s: %s", origin, request->url, reason);
	}
	return err_set(err, RC_RETRY, "%.*s: %s", origin, request->url, reason);
}

static void
answer_date(struct http_answer *answer)
{
	time_t seconds = curl_getdate(answer->date, NULL);

	answer->date_ms = seconds < 0 ? 0 : (int64_t)seconds * 1000;
}

enum rc
exchange_finish(struct exchange *exchange, struct err *err)
{
	struct http_answer *answer = exchange->answer;
	CURLcode code = (CURLcode)exchange->code;
	enum rc rc;

	if (code == CURLE_OK) {
		curl_easy_getinfo(
		    exchange->handle, CURLINFO_RESPONSE_CODE, &answer->status);
		answer_date(answer);
		return RC_OK;
	}
	if (code == CURLE_COULDNT_CONNECT)
		curl_easy_getinfo(
		    exchange->handle, CURLINFO_OS_ERRNO, &exchange->os_errno);
	rc = exchange_verdict(exchange, code, err);
	http_answer_clear(answer);
	answer->timed_out = code == CURLE_OPERATION_TIMEDOUT;
	return rc;
}
