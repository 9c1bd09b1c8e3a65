/*
 * Peers: other tocsins whose word counts. Each is asked what it heard
 * (/api/heard), and what it says becomes a batch of the log, source
 * "peer/NAME", in the form of a metric stream:
 *
 *   Tocsin  PeerHeard  Seconds  Name, Peer, Region    age, as the peer says
 *
 * So an alarm on the silence of peer/NAME rings when the peer does not answer,
 * and the reason of an alarm on a Region's silence tells when the peer heard
 * that Region last: a Region that is dead is told from a link that is cut.
 *
 * Threads. One a peer. Limits. LIMIT_PEERS; an answer that is no report, or
 * names more than LIMIT_PEER_REGIONS Regions, is a failure that is counted.
 */
#ifndef APP_PEER_H
#define APP_PEER_H

#include "app/own_metrics.h"
#include "aws/http.h"
#include "base/option.h"

/* One item of `peer:`. */
struct peer_config {
	struct span name;
	struct span url; /* of its admin address: http://host:9464 */
	int64_t every_ms;
};
extern const struct option peer_options[];

enum { PEER_ASKED, PEER_FAILED, PEER_STATS };
extern struct counter peer_stats[PEER_STATS];

struct peer;

/* What the lines and the pace need. */
struct peer_options_run {
	struct http *http;
	struct own_metrics_options own;
	int64_t speed; /* of the journal's clock */
};

struct peer *peer_start(
    const struct peer_config *config, const struct peer_options_run *options);
/* Waits for an attempt under way. NULL is fine. */
void peer_stop(struct peer **peer);

/* The lines of a report; RC_REJECT when it is none. `now_ms` is their minute.
 */
enum rc peer_lines(struct buf *out, const struct own_metrics_options *own,
    struct span peer, struct span report, int64_t now_ms, struct err *err);

#endif
