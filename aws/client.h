/*
 * One signed call to one AWS service: endpoint, credentials, signature,
 * attempts, and what the answer means.
 *
 * Credentials: aws/provider.h. Endpoints: aws/endpoint.h.
 * Retries: aws/retry.h, within the call's own time; throttled, 5xx and no
 * answer are worth them. A call whose credentials the service does not take
 * goes out anew, at once and once, when there are others; so does one that was
 * signed by a clock that was off. Delivery's own retries stand above these.
 * Clock: when a service says that our clock is off, and its Date agrees, the
 * difference is kept and used for signing, nothing else.
 *
 * Threads. Any; calls block. http_cancel() ends them.
 */
#ifndef AWS_CLIENT_H
#define AWS_CLIENT_H

#include "aws/credentials.h"
#include "aws/http.h"
#include "base/rc.h"

struct aws_client;

struct aws_call {
	const char *service;  /* s3, sns: the signing name */
	struct span region;   /* us-east-2 */
	struct span endpoint; /* "": the rules above */
	const char *method;
	struct span bucket; /* of s3; "" for none */
	struct span path;   /* not encoded; begins with '/'; no bucket */
	struct span query;  /* encoded, without '?'; "" for none */
	const struct http_header *headers; /* signed with the rest */
	size_t nheaders;
	struct span body;
	int body_fd; /* > 0: a file's content, with its hash in hex */
	uint64_t body_fd_bytes;
	const char *body_fd_sha256; /* NULL: computed for every call */
	/* S3 over TLS: the signature leaves out the body; in the clear it does
	 * not, and of a file the hash is computed. */
	bool unsigned_payload;
	int64_t timeout_ms;	   /* of all attempts; 0: 60 s */
	unsigned attempts;	   /* at most; 0: AWS_MAX_ATTEMPTS, else 3 */
	const char *const *wanted; /* headers to keep: aws/http.h */
};

struct aws_client *aws_client_create(struct http *http);
void aws_client_free(struct aws_client **client);

/*
 * RC_OK: status 2xx, and no error behind it (S3). RC_RETRY: throttled, 5xx, no
 * connection, no, expired or unknown credentials, a clock that was off.
 * RC_REJECT: it will not work as it is. err names service, operation, Region,
 * code, request id and what to do. `answer` ({0} before its first use) is
 * filled when there was one, else its status is 0 (412 of a conditional PUT is
 * RC_REJECT with status 412).
 */
enum rc aws_send(struct aws_client *client, const struct aws_call *call,
    const char *operation, struct http_answer *answer, struct err *err);

/*
 * A copy of the credentials that calls are signed with now, and what to add to
 * this machine's clock for it; both for signatures made elsewhere. `held` is
 * {0} before; credentials_wipe() ends it. `region` is for STS when nothing
 * else names one. RC_RETRY when there are none.
 */
enum rc aws_client_credentials(struct aws_client *client, struct span region,
    struct credentials_held *held, int64_t *skew_ms, struct err *err);
/* This machine's clock, since 1970. */
int64_t aws_clock_ms(void);

/* Error code of an XML or JSON answer; "" when there is none. */
struct span aws_error_code(struct span body);

/* The hash that body_fd needs, of the file's first `bytes` bytes. RC_REJECT
 * when it is shorter, RC_RETRY when it cannot be read. */
enum rc aws_sha256_file(char out[65], int fd, uint64_t bytes, struct err *err);

#endif
