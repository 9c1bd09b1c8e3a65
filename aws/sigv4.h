/*
 * AWS Signature Version 4, header form and query form, over OpenSSL. Pure.
 * Rules: AWS General Reference "Create a signed AWS API request"; S3 paths
 * are encoded once and never normalised, others normalised and encoded twice.
 */
#ifndef AWS_SIGV4_H
#define AWS_SIGV4_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct credentials {
	struct span access_key_id, secret_access_key, session_token;
};

struct sigv4_header {
	struct span name, value;
};

struct sigv4_request {
	struct span method;
	struct span path;		    /* decoded; begins with '/' */
	struct span query;		    /* as on the wire, without '?' */
	const struct sigv4_header *headers; /* all of these are signed */
	size_t nheaders;
	struct span payload_hash; /* hex SHA-256 or UNSIGNED-PAYLOAD */
	bool normalize_path;	  /* every service but S3 */
	bool double_encode;	  /* every service but S3 */
};

struct sigv4_scope {
	struct span region, service;
	char timestamp[17]; /* 20150830T123600Z */
};

void sigv4_timestamp(char out[17], int64_t ms);
void sigv4_sha256_hex(char out[65], struct span bytes);

/* Each appends; a test compares every step with AWS's own. */
void
sigv4_canonical_request(struct buf *out, const struct sigv4_request *request);
void sigv4_string_to_sign(struct buf *out, const struct sigv4_scope *scope,
    struct span canonical_request);
void sigv4_signature(char out[65], const struct sigv4_scope *scope,
    const struct credentials *credentials, struct span string_to_sign);
/* The names in their order: host;x-amz-date. */
void sigv4_signed_headers(struct buf *out, const struct sigv4_request *request);
/* The Authorization header's value. */
void sigv4_authorization(struct buf *out, const struct sigv4_request *request,
    const struct sigv4_scope *scope, const struct credentials *credentials);
/*
 * The query form, for URLs that are given away: appends to `query` what there
 * is to send, from "X-Amz-Algorithm" to "X-Amz-Signature". `request->query`
 * goes before it.
 */
void sigv4_query(struct buf *query, const struct sigv4_request *request,
    const struct sigv4_scope *scope, const struct credentials *credentials,
    int64_t expires_s);
/* Encodes for a path ('/' kept) or a query. */
void sigv4_encode(struct buf *out, struct span text, bool keep_slash);

#endif
