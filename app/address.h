/* HOST:PORT as the configuration writes it: 127.0.0.1:4433, [::1]:80. */
#ifndef APP_ADDRESS_H
#define APP_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/rc.h"
#include "base/span.h"

struct address {
	struct sockaddr_storage storage;
	socklen_t len;
};

/* Resolves names too. RC_REJECT: err says what is wrong with it. */
enum rc address_resolve(struct address *out, struct span text, struct err *err);
/* Whether only this machine can reach it: 127/8, [::1] or localhost. */
bool address_is_loopback(struct span text);
/* The host part as it was written, brackets kept. */
struct span address_host(struct span text);

#endif
