/*
 * What the parts of the HTTP client share: one call on its way (http_exchange.c
 * makes it and takes its answer apart), and the thread that drives all of them
 * (http_driver.c). Nothing outside aws/http*.c needs this.
 *
 * Ownership. The caller of http_send() owns the exchange; the driver has it
 * from driver_give() until `done`, and touches it no more after that.
 */
#ifndef AWS_HTTP_EXCHANGE_H
#define AWS_HTTP_EXCHANGE_H

#include <pthread.h>

#include "aws/http.h"

/* Handles that wait for the next call. */
#define HTTP_IDLE 32

struct curl_slist;

struct exchange {
	const struct http_request *request;
	struct http_answer *answer;
	void *handle; /* curl's, of this call */
	struct curl_slist *lines;
	uint64_t sent;	 /* bytes of body_fd */
	int read_errno;	 /* body_fd could not be read */
	bool short_file; /* body_fd ended too early */
	bool over_limit; /* the answer's body */
	bool cancelled;
	long os_errno;	  /* why a connection could not be made */
	int code;	  /* curl's, of the whole */
	char reason[256]; /* curl's words; CURL_ERROR_SIZE */
	struct exchange *next, *before;
	pthread_cond_t over; /* `done` became true */
	bool done;
};

struct http {
	pthread_mutex_t lock;	/* of all but multi, active and ca_file */
	pthread_cond_t changed; /* cancelled */
	void *idle[HTTP_IDLE];
	size_t nidle;
	struct exchange *queue; /* not taken by the driver so far */
	bool cancelled, stopping;
	pthread_t driver;
	void *multi;		 /* curl's, the driver's alone */
	struct exchange *active; /* the driver's alone */
	char *ca_file;
};

/* The request's header lines; RC_REJECT when one has bytes it may not have. */
enum rc exchange_lines(struct exchange *exchange, struct err *err);
/* All of curl's options for it. */
void exchange_set(struct exchange *exchange, const struct http *http);
/* What the end of it means; fills the answer's status and date. */
enum rc exchange_finish(struct exchange *exchange, struct err *err);
void exchange_fini(struct exchange *exchange);

void driver_start(struct http *http);
/* Until no call is left; there must be no new ones. */
void driver_stop(struct http *http);
/* Hands it over and waits until it is done or cancelled. */
void driver_run(struct http *http, struct exchange *exchange);

#endif
