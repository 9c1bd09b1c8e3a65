/* TLS and mutual TLS, with certificates made here. */
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "feed_rig.h"

#define ONE "{\"requestId\":\"r-1\",\"records\":[{\"data\":\"eyJhIjoxfQo=\"}]}"

static char folder[64];

static struct span
in_folder(const char *name)
{
	static char paths[16][96];
	static size_t next;
	char *path = paths[next++ % 16];

	snprintf(path, 96, "%s/%s", folder, name);
	return span_text(path);
}

/* Writes FOLDER/NAME.ending and frees the bytes. */
static void
put_file(const char *name, const char *ending, gnutls_datum_t bytes)
{
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.%s", folder, name, ending);
	file = fopen(path, "w");
	ck_assert(file != NULL);
	fwrite(bytes.data, 1, bytes.size, file);
	fclose(file);
	gnutls_free(bytes.data);
}

static gnutls_datum_t
get_file(const char *name, const char *ending)
{
	gnutls_datum_t bytes;
	char path[96];

	snprintf(path, sizeof(path), "%s/%s.%s", folder, name, ending);
	ck_assert_int_eq(gnutls_load_file(path, &bytes), 0);
	return bytes;
}

/* Signs with FOLDER/BY.key. */
static void
sign(gnutls_x509_crt_t made, const char *by)
{
	gnutls_datum_t pem = get_file(by, "pem"), key_pem = get_file(by, "key");
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t signer;

	gnutls_x509_crt_init(&signer);
	gnutls_x509_privkey_init(&key);
	gnutls_x509_crt_import(signer, &pem, GNUTLS_X509_FMT_PEM);
	gnutls_x509_privkey_import(key, &key_pem, GNUTLS_X509_FMT_PEM);
	ck_assert_int_eq(
	    gnutls_x509_crt_sign2(made, signer, key, GNUTLS_DIG_SHA256, 0), 0);
	gnutls_x509_crt_deinit(signer);
	gnutls_x509_privkey_deinit(key);
	gnutls_free(pem.data);
	gnutls_free(key_pem.data);
}

/* A key NAME.key and a certificate NAME.pem, signed by `by` or itself. */
static void
make_certificate(const char *name, const char *by, const char *usage)
{
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t made;
	gnutls_datum_t out;

	gnutls_x509_privkey_init(&key);
	gnutls_x509_privkey_generate(key, GNUTLS_PK_EC,
	    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	gnutls_x509_crt_init(&made);
	gnutls_x509_crt_set_version(made, 3);
	gnutls_x509_crt_set_serial(made, "\1", 1);
	gnutls_x509_crt_set_activation_time(made, time(NULL) - 60);
	gnutls_x509_crt_set_expiration_time(made, time(NULL) + 3600);
	gnutls_x509_crt_set_dn_by_oid(
	    made, GNUTLS_OID_X520_COMMON_NAME, 0, name, (unsigned)strlen(name));
	gnutls_x509_crt_set_key(made, key);
	gnutls_x509_crt_set_ca_status(made, usage == NULL);
	if (usage != NULL)
		gnutls_x509_crt_set_key_purpose_oid(made, usage, 0);
	gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &out);
	put_file(name, "key", out);
	if (by == NULL)
		gnutls_x509_crt_sign2(made, made, key, GNUTLS_DIG_SHA256, 0);
	else
		sign(made, by);
	gnutls_x509_crt_export2(made, GNUTLS_X509_FMT_PEM, &out);
	put_file(name, "pem", out);
	gnutls_x509_crt_deinit(made);
	gnutls_x509_privkey_deinit(key);
}

/* Handshakes with those priorities and maybe a certificate, sends one
 * request; the status, or 0 when there is no answer. */
static int
status_over_tls(
    const struct rig *rig, const char *priorities, const char *client)
{
	gnutls_certificate_credentials_t credentials;
	gnutls_session_t session;
	struct buf request = {0};
	char answer[2048] = "";
	int fd = rig_connect(rig), status = 0;
	size_t used = 0;

	gnutls_certificate_allocate_credentials(&credentials);
	if (client != NULL) {
		char pem[96], key[96];

		snprintf(pem, sizeof(pem), "%s/%s.pem", folder, client);
		snprintf(key, sizeof(key), "%s/%s.key", folder, client);
		ck_assert_int_ge(
		    gnutls_certificate_set_x509_key_file(
			credentials, pem, key, GNUTLS_X509_FMT_PEM),
		    0);
	}
	gnutls_init(&session, GNUTLS_CLIENT | GNUTLS_FORCE_CLIENT_CERT);
	gnutls_priority_set_direct(session, priorities, NULL);
	gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
	gnutls_transport_set_int(session, fd);
	gnutls_handshake_set_timeout(session, 20000);
	if (gnutls_handshake(session) == 0) {
		ssize_t got = 1;

		rig_request(&request, RIG_FIELDS, SPAN_OF(ONE));
		gnutls_record_send(session, request.bytes, request.len);
		while (got > 0 && used < sizeof(answer) - 1 &&
		    strstr(answer, "}") == NULL) {
			got = gnutls_record_recv(
			    session, answer + used, sizeof(answer) - 1 - used);
			used += got > 0 ? (size_t)got : 0;
		}
		sscanf(answer, "HTTP/1.1 %d", &status);
		ck_assert(status == 0 ||
		    strstr(answer, "{\"requestId\":\"r-1\",\"timestamp\":"));
	}
	gnutls_deinit(session);
	gnutls_certificate_free_credentials(credentials);
	close(fd);
	buf_fini(&request);
	return status;
}

START_TEST(tls_rows)
{
	static const char new[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3";
	static const char old[] = "NORMAL:-VERS-ALL:+VERS-TLS1.2";
	static const char ancient[] = "NORMAL:-VERS-ALL:+VERS-TLS1.1";
	static const char cbc[] = "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:"
				  "+AES-128-CBC:+AES-256-CBC";
	static const struct {
		const char *name;
		bool mutual;
		const char *priorities, *client;
		int status;
	} rows[] = {{"A07 1.3", false, new, NULL, 200},
	    {"A07 1.2", false, old, NULL, 200},
	    {"1.1 is refused", false, ancient, NULL, 0},
	    {"CBC is refused", false, cbc, NULL, 0},
	    {"a certificate nobody asked for", false, new, "client", 200},
	    {"A08 1.3", true, new, "client", 200},
	    {"A08 1.2", true, old, "client", 200},
	    {"A08 without", true, new, NULL, 401},
	    {"A08 without, 1.2", true, old, NULL, 401},
	    {"A08 another CA's", true, new, "stranger", 401},
	    {"A08 a server's", true, new, "server", 401}};
	char command[128];

	snprintf(folder, sizeof(folder), "/tmp/tocsin-tls-XXXXXX");
	ck_assert(mkdtemp(folder) != NULL);
	make_certificate("ca", NULL, NULL);
	make_certificate("other-ca", NULL, NULL);
	make_certificate("server", "ca", GNUTLS_KP_TLS_WWW_SERVER);
	make_certificate("client", "ca", GNUTLS_KP_TLS_WWW_CLIENT);
	make_certificate("stranger", "other-ca", GNUTLS_KP_TLS_WWW_CLIENT);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct feed_config config = {
		    .certificate = in_folder("server.pem"),
		    .key = in_folder("server.key")};
		static struct rig rig;
		int status;

		if (rows[i].mutual)
			config.client_ca = in_folder("ca.pem");
		rig_start(&rig, config);
		rig_set(&rig, KEEP_BY_OTHERS);
		status =
		    status_over_tls(&rig, rows[i].priorities, rows[i].client);
		ck_assert_msg(status == rows[i].status, "%s: %d, not %d",
		    rows[i].name, status, rows[i].status);
		ck_assert_uint_eq(rig.nkept, rows[i].status == 200);
		rig_stop(&rig);
	}
	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

TEST_MAIN("feed_tls", tls_rows)
