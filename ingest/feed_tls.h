/* TLS of the endpoint: the certificate, its key, and who may connect. */
#ifndef INGEST_FEED_TLS_H
#define INGEST_FEED_TLS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/rc.h"
#include "ingest/feed.h"

struct MHD_Connection;

struct feed_tls {
	bool on;
	struct buf certificate, key, client_ca; /* PEM, NUL behind them */
};

/* TLS 1.2 and 1.3 with the AEAD ciphers only. */
#define FEED_TLS_PRIORITIES                                                    \
	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-CIPHER-ALL:"              \
	"+AES-256-GCM:+AES-128-GCM:+CHACHA20-POLY1305:%SERVER_PRECEDENCE"

/* Reads and tries the files that the configuration names; RC_FATAL says which
 * is wrong. Without any, TLS is off. */
enum rc feed_tls_load(
    struct feed_tls *tls, const struct feed_config *config, struct err *err);
void feed_tls_fini(struct feed_tls *tls);

/* Whether the client showed a certificate of client_ca; true when none is
 * asked for. */
bool
feed_tls_peer(const struct feed_tls *tls, struct MHD_Connection *connection);

#endif
