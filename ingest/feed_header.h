/* What a request's header decides, before its body is read. */
#ifndef INGEST_FEED_HEADER_H
#define INGEST_FEED_HEADER_H

struct feed_request;

/*
 * 0: the body is wanted, and room for it is held; else the status to answer,
 * and why. The order of the checks is feed.h's. Sets the request's id, source
 * and gzip.
 */
unsigned feed_header_check(
    struct feed_request *request, const char *method, const char **why);

#endif
