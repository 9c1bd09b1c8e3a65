/* The socket that the endpoint listens on. */
#ifndef INGEST_FEED_LISTEN_H
#define INGEST_FEED_LISTEN_H

#include "base/rc.h"
#include "base/span.h"

/* Listens on host:port, [IPv6]:port included; *port is the one it got. Not
 * blocking. RC_FATAL: "cannot listen on HOST:PORT: Address already in use". */
enum rc feed_listen(
    int *listener, unsigned *port, struct span address, struct err *err);

#endif
