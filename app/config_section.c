/* The sections that are about this process: doors, clock, journal. */

#include "app/address.h"
#include "app/config.h"
#include "app/config_check.h"
#include "base/limits.h"
#include "base/text.h"

const struct option config_listen_options[] = {
    {"feed", OPTION_ADDRESS, offsetof(struct config_listen, feed),
	"127.0.0.1:4433", 0, 0,
	"where Firehose posts to (POST, any path); port 0 picks a free one "
	"and logs it"},
    {"otlp", OPTION_ADDRESS, offsetof(struct config_listen, otlp), NULL, 0, 0,
	"OTLP/HTTP metrics; not in this version yet"},
    {"admin", OPTION_ADDRESS, offsetof(struct config_listen, admin),
	"127.0.0.1:9464", 0, 0, "/metrics, /healthz, /readyz and /api"},
    {0}};

const struct option config_tls_options[] = {
    {"certificate", OPTION_PATH, offsetof(struct config_tls, certificate), NULL,
	0, 0, "PEM file: the certificate, then those between it and the root"},
    {"key", OPTION_PATH, offsetof(struct config_tls, key), NULL, 0, 0,
	"PEM file: the certificate's private key"},
    {"client_ca", OPTION_PATH, offsetof(struct config_tls, client_ca), NULL, 0,
	0, "PEM file: who sends must show a certificate of these"},
    {0}};

const struct option config_clock_options[] = {
    {"start", OPTION_TEXT, offsetof(struct config_clock, start), NULL, 0, 0,
	"demos and drills only: arrival times begin here, not now"},
    {"speed", OPTION_INT, offsetof(struct config_clock, speed), "1", 1, 100000,
	"demos and drills only: the clock runs so many times as fast"},
    {0}};

static void
config_listen_load(struct config *config, const struct tree *map, bool service,
    struct faults *faults)
{
	static const char *const also[] = {"tls", NULL};
	const struct tree *tls = tree_get(map, "tls");

	option_load(config_listen_options, map, &config->listen, &config->arena,
	    faults);
	option_known(config_listen_options, also, map, faults);
	config_not_yet(map, "otlp", faults);
	tree_is(tls, TREE_MAP, faults);
	option_load(
	    config_tls_options, tls, &config->tls, &config->arena, faults);
	option_known(config_tls_options, NULL, tls, faults);
	if (tls == NULL)
		return;
	config_required(
	    tls, "tls.certificate", config->tls.certificate, faults);
	config_required(tls, "tls.key", config->tls.key, faults);
	config_readable(
	    tls, "certificate", config->tls.certificate, service, faults);
	config_readable(tls, "key", config->tls.key, service, faults);
	config_readable(
	    tls, "client_ca", config->tls.client_ca, service, faults);
}

static void
config_feeds_load(struct config *config, const struct tree *list, bool service,
    struct faults *faults)
{
	if (!tree_is(list, TREE_LIST, faults))
		return;
	config->feeds =
	    arena_alloc(&config->arena, list->count * sizeof(struct feed));
	config->nfeeds = 0;
	for (const struct tree *t = list->first; t != NULL; t = t->next) {
		struct feed *feed = &config->feeds[config->nfeeds];

		if (!tree_is(t, TREE_MAP, faults))
			continue;
		option_load(feed_options, t, feed, &config->arena, faults);
		option_known(feed_options, NULL, t, faults);
		config_required(t, "name", feed->name, faults);
		config_required(
		    t, "access_key_file", feed->access_key_file, faults);
		config_readable(t, "access_key_file", feed->access_key_file,
		    service, faults);
		if (span_starts(feed->name, "kafka/"))
			tree_fault(t, faults,
			    "names that begin with kafka/ are those of "
			    "topics' partitions");
		for (size_t i = 0; i < config->nfeeds; i++)
			if (span_equal(feed->name, config->feeds[i].name))
				tree_fault(t, faults,
				    "two feeds are named \"%.*s\"",
				    SPAN_ARGS(feed->name));
		config->nfeeds++;
	}
}

static void
config_peers_load(
    struct config *config, const struct tree *list, struct faults *faults)
{
	if (!tree_is(list, TREE_LIST, faults))
		return;
	if (list->count > LIMIT_PEERS)
		tree_fault(list, faults, "at most %d peers", LIMIT_PEERS);
	config->peers = arena_alloc(
	    &config->arena, (list->count + 1) * sizeof(struct peer_config));
	config->npeers = 0;
	for (const struct tree *t = list->first;
	     t != NULL && config->npeers < LIMIT_PEERS; t = t->next) {
		struct peer_config *peer = &config->peers[config->npeers];

		if (!tree_is(t, TREE_MAP, faults))
			continue;
		option_load(peer_options, t, peer, &config->arena, faults);
		option_known(peer_options, NULL, t, faults);
		config_required(t, "name", peer->name, faults);
		config_required(t, "url", peer->url, faults);
		config_plain_name(t, peer->name, faults);
		config->npeers++;
	}
}

static void
config_feed_open(
    const struct config *config, const struct tree *root, struct faults *faults)
{
	const struct tree *feed = tree_get(tree_get(root, "listen"), "feed");

	if (config->nfeeds == 0 && feed != NULL &&
	    !address_is_loopback(config->listen.feed))
		tree_fault(feed, faults,
		    "feed %.*s can be reached from outside and nobody is asked "
		    "for a key; list who may send under `feeds`, or listen on "
		    "127.0.0.1",
		    SPAN_ARGS(config->listen.feed));
}

static void
config_clock_load(
    struct config *config, const struct tree *map, struct faults *faults)
{
	struct config_clock *clock = &config->clock;

	option_load(config_clock_options, map, clock, &config->arena, faults);
	option_known(config_clock_options, NULL, map, faults);
	clock->start_ms = -1;
	if (clock->start.len > 0 &&
	    (!text_parse_time(clock->start, &clock->start_ms) ||
		clock->start_ms < 0)) {
		clock->start_ms = -1;
		tree_fault(tree_get(map, "start"), faults,
		    "start must be a time such as 2026-01-01T00:00:00Z, not "
		    "\"%.*s\"",
		    SPAN_ARGS(clock->start));
	} else if (clock->start.len == 0 && clock->speed != 1)
		tree_fault(
		    map, faults, "a clock with a speed needs its start too");
}

/* What the files hold, when it is known that they are there. */
static void
config_feed_files(
    const struct config *config, const struct tree *root, struct faults *faults)
{
	const struct tree *feeds = tree_get(root, "feeds");
	const struct tree *tls = tree_get(tree_get(root, "listen"), "tls");
	const struct feed_config keys = {
	    .feeds = config->feeds, .nfeeds = config->nfeeds};
	const struct feed_config pair = {.certificate = config->tls.certificate,
	    .key = config->tls.key,
	    .client_ca = config->tls.client_ca};
	struct err err;

	if (feeds != NULL && feed_files_check(&keys, &err) != RC_OK)
		tree_fault(feeds, faults, "%s", err.text);
	if (tls != NULL && feed_files_check(&pair, &err) != RC_OK)
		tree_fault(tls, faults, "%s", err.text);
}

void
config_section_load(struct config *config, const struct tree *root,
    bool service, struct faults *faults)
{
	static const char *const maps[] = {
	    "listen", "clock", "journal", "sinks", NULL};
	static const char *const also[] = {"checkpoint", NULL};
	const struct tree *journal = tree_get(root, "journal");

	for (const char *const *m = maps; *m != NULL; m++)
		tree_is(tree_get(root, *m), TREE_MAP, faults);
	config_not_yet(root, "cluster", faults);
	config_plain_name(root, config->name, faults);
	config_listen_load(config, tree_get(root, "listen"), service, faults);
	config_feeds_load(config, tree_get(root, "feeds"), service, faults);
	config_feed_open(config, root, faults);
	config_sources_load(config, tree_get(root, "sources"), service, faults);
	config_peers_load(config, tree_get(root, "peer"), faults);
	config_clock_load(config, tree_get(root, "clock"), faults);
	option_load(
	    journal_options, journal, &config->journal, &config->arena, faults);
	option_load(checkpointer_options, journal, &config->checkpoint,
	    &config->arena, faults);
	option_known(journal_options, also, journal, faults);
	config_sinks_load(config, tree_get(root, "sinks"), service, faults);
	if (service && faults->count == 0)
		config_feed_files(config, root, faults);
}
