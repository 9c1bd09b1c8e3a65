#include "ingest/feed_tls.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <microhttpd.h>

#include "base/secret.h"

static enum rc
feed_tls_read(
    struct buf *out, struct span path, const char *what, struct err *err)
{
	bool secret = strcmp(what, "key") == 0;
	struct buf name = {0};
	enum rc rc;

	buf_span_put(&name, path);
	rc = secret_read(buf_cstr(&name), secret, out, err);
	buf_fini(&name);
	if (rc != RC_OK)
		err_prefix(err, "TLS %s", what);
	else
		buf_cstr(out);
	return rc;
}

/* GnuTLS through the web server only says that it failed; asked directly it
 * says why. */
static enum rc
feed_tls_try(const struct feed_tls *tls, const struct feed_config *config,
    struct err *err)
{
	gnutls_datum_t certificate = {(unsigned char *)tls->certificate.bytes,
	    (unsigned)tls->certificate.len};
	gnutls_datum_t key = {
	    (unsigned char *)tls->key.bytes, (unsigned)tls->key.len};
	gnutls_datum_t ca = {(unsigned char *)tls->client_ca.bytes,
	    (unsigned)tls->client_ca.len};
	gnutls_certificate_credentials_t trial;
	enum rc rc = RC_OK;
	int got;

	if (gnutls_certificate_allocate_credentials(&trial) != 0)
		return err_set(err, RC_FATAL, "out of memory: TLS");
	got = gnutls_certificate_set_x509_key_mem(
	    trial, &certificate, &key, GNUTLS_X509_FMT_PEM);
	if (got < 0)
		rc = err_set(err, RC_FATAL,
		    "TLS certificate %.*s with key %.*s: %s",
		    SPAN_ARGS(config->certificate), SPAN_ARGS(config->key),
		    gnutls_strerror(got));
	if (rc == RC_OK && ca.size > 0) {
		got = gnutls_certificate_set_x509_trust_mem(
		    trial, &ca, GNUTLS_X509_FMT_PEM);
		if (got <= 0)
			rc = err_set(err, RC_FATAL, "TLS client_ca %.*s: %s",
			    SPAN_ARGS(config->client_ca),
			    got == 0 ? "no certificate in it"
				     : gnutls_strerror(got));
	}
	gnutls_certificate_free_credentials(trial);
	return rc;
}

enum rc
feed_tls_load(
    struct feed_tls *tls, const struct feed_config *config, struct err *err)
{
	enum rc rc = RC_OK;

	*tls = (struct feed_tls){.on = config->certificate.len > 0};
	if ((config->certificate.len > 0) != (config->key.len > 0))
		return err_set(
		    err, RC_FATAL, "TLS wants both, a certificate and its key");
	if (!tls->on && config->client_ca.len > 0)
		return err_set(err, RC_FATAL,
		    "client_ca wants TLS: a certificate and its key");
	if (!tls->on)
		return RC_OK;
	rc = feed_tls_read(&tls->key, config->key, "key", err);
	if (rc == RC_OK)
		rc = feed_tls_read(
		    &tls->certificate, config->certificate, "certificate", err);
	if (rc == RC_OK && config->client_ca.len > 0)
		rc = feed_tls_read(
		    &tls->client_ca, config->client_ca, "client_ca", err);
	return rc == RC_OK ? feed_tls_try(tls, config, err) : rc;
}

void
feed_tls_fini(struct feed_tls *tls)
{
	buf_fini(&tls->certificate);
	buf_fini(&tls->client_ca);
	secret_fini(&tls->key);
}

bool
feed_tls_peer(const struct feed_tls *tls, struct MHD_Connection *connection)
{
	gnutls_typed_vdata_st purpose = {.type = GNUTLS_DT_KEY_PURPOSE_OID,
	    .data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT};
	const union MHD_ConnectionInfo *info;
	unsigned status = 0;

	if (!tls->on || tls->client_ca.len == 0)
		return true;
	info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	return info != NULL && info->tls_session != NULL &&
	    gnutls_certificate_verify_peers(
		info->tls_session, &purpose, 1, &status) == 0 &&
	    status == 0;
}
