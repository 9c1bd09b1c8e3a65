#include "app/metrics.h"

#include "app/admin.h"
#include "app/checkpointer.h"
#include "app/delay_follow.h"
#include "app/evaluator.h"
#include "app/own_metrics.h"
#include "app/peer.h"
#include "app/quarantine.h"
#include "app/rollup_gauges.h"
#include "app/ticker.h"
#include "aws/aws_stats.h"
#include "ingest/feed.h"
#include "ingest/source_kafka.h"
#include "journal/outcomes.h"
#include "sinks/latency.h"
#include "sinks/sink_replica.h"

void
metrics_print(struct buf *out)
{
	buf_text(out,
	    "# TYPE tocsin_build info\n"
	    "# HELP tocsin_build The version that runs.\n"
	    "tocsin_build_info{version=\"" TOCSIN_VERSION "\"} 1\n");
	counter_print(feed_stats, FEED_STATS, out);
	source_kafka_print(out);
	counter_print(journal_stats, JOURNAL_STATS, out);
	counter_print(ticker_stats, TICKER_STATS, out);
	counter_print(evaluator_stats, EVALUATOR_STATS, out);
	rollup_gauges_print(out);
	counter_print(checkpointer_stats, CHECKPOINTER_STATS, out);
	counter_print(outcomes_stats, OUTCOMES_STATS, out);
	counter_print(quarantine_stats, QUARANTINE_STATS, out);
	counter_print(notifier_stats, NOTIFIER_STATS, out);
	latency_print(out);
	counter_print(aws_stats, AWS_STATS, out);
	delivery_print(out);
	sink_replica_print(out);
	counter_print(own_metrics_stats, OWN_METRICS_STATS, out);
	counter_print(delay_follow_stats, DELAY_FOLLOW_STATS, out);
	counter_print(peer_stats, PEER_STATS, out);
	counter_print(admin_stats, ADMIN_STATS, out);
	buf_text(out, "# EOF\n");
}
