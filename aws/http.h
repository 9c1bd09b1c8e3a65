/*
 * The HTTP client: the only place that knows libcurl. One thread of its own
 * drives all calls; connections are kept and shared by all callers. HTTP/2
 * over TLS where the server offers it (calls then share one connection), else
 * HTTP/1.1.
 *
 * No redirects, no netrc, the URL's own scheme (https or http) only, TLS 1.2
 * at least, bounded answers (LIMIT_HTTP_ANSWER), connect, idle and total
 * deadlines. SIGPIPE is ignored from the first http_create() on.
 * Proxies: HTTPS_PROXY or https_proxy, http_proxy, ALL_PROXY, NO_PROXY as curl
 * reads them; never for loopback, nor for `direct`.
 * Threads. Any; calls block, the thread that calls waits for its own only.
 * What a file gives is read by the client's thread.
 */
#ifndef AWS_HTTP_H
#define AWS_HTTP_H

#include <stdint.h>

#include "base/buf.h"
#include "base/rc.h"

struct http;

struct http_header {
	const char *name;
	struct span value;
};

/* So many headers of an answer can be asked for, of so many bytes each. */
#define HTTP_WANTED 8
#define HTTP_WANTED_BYTES 1040

struct http_request {
	const char *method;
	const char *url; /* already encoded; sent as it is */
	const struct http_header *headers;
	size_t nheaders;
	struct span body;
	int body_fd; /* > 0: the body is this file's, from its start */
	uint64_t body_fd_bytes;
	int64_t timeout_ms; /* of the whole; 0: 60 s */
	bool direct;	    /* by no proxy, whatever the environment says */
	/* Names of headers of the answer to keep, ended by NULL; or NULL. */
	const char *const *wanted;
};

/* {0} before the first use; may be used again. */
struct http_answer {
	long status;
	struct buf body;
	char date[64];	      /* the Date header, or "" */
	int64_t date_ms;      /* the same, since 1970; 0 when there is none */
	char request_id[128]; /* x-amzn-RequestId or x-amz-request-id */
	char error_type[128]; /* x-amzn-ErrorType: Lambda's error code */
	char retry_after[32];
	int64_t retry_after_ms; /* x-amz-retry-after; 0 when there is none */
	bool timed_out;		/* there is none because it took too long */
	char bucket_region[64]; /* x-amz-bucket-region, of S3's redirects */
	/* The value of request->wanted[i], trimmed, printable ASCII; "" when
	 * there is none, or a longer one. */
	char wanted[HTTP_WANTED][HTTP_WANTED_BYTES];
};

struct http *http_create(const char *ca_file); /* NULL: the system's */
/* There must be no call. */
void http_free(struct http **http);
/* Ends all calls, and those that still come, with RC_RETRY, within
 * milliseconds: for a program that stops. There is no way back. */
void http_cancel(struct http *http);
/* Sleeps so long; false, and at once, when http_cancel() was called. */
bool http_wait(struct http *http, int64_t wait_ms);
/*
 * RC_OK: there is an answer, whatever its status. RC_RETRY: there is none, or
 * one above the limit. RC_REJECT: nothing can be sent as it is (the URL, a
 * header with control bytes, a file that is shorter than body_fd_bytes).
 */
enum rc http_send(struct http *http, const struct http_request *request,
    struct http_answer *answer, struct err *err);
/* Empties it; the body's memory stays. */
void http_answer_clear(struct http_answer *answer);
void http_answer_fini(struct http_answer *answer);

#endif
