#include "app/replicas_print.h"

#include "base/text.h"
#include "sinks/sink_replica.h"

static void
replicas_text(struct buf *out, const char *key, struct span value)
{
	buf_printf(out, "\"%s\":", key);
	buf_json(out, value);
	buf_byte(out, ',');
}

static void
replicas_count(struct buf *out, const char *key, const struct counter *row)
{
	buf_printf(out, ",\"%s\":%lld", key, (long long)counter_get(row));
}

static void
replicas_print_one(void *cookie, const struct replica_status *status)
{
	const struct counter *stats = delivery_stats(status->delivery);
	int64_t since_ms = counter_get(&stats[DELIVERY_SINCE]);
	char since[TEXT_TIME_SIZE];
	struct buf *out = cookie;

	buf_text(out, out->len > 2 ? ",\n{" : "{");
	replicas_text(out, "name", status->config->name);
	replicas_text(out, "sink", span_text(status->sink));
	replicas_text(out, "kind", span_text(status->config->kind->name));
	replicas_text(out, "sends", span_text(status->sends));
	buf_printf(out, "\"lag_seconds\":%lld.%03d,\"waiting_since\":",
	    (long long)(status->lag_ms / 1000), (int)(status->lag_ms % 1000));
	text_time(since, since_ms);
	buf_json(out, since_ms == 0 ? span_text("") : span_text(since));
	buf_printf(out, ",\"failing\":%s",
	    counter_get(&stats[DELIVERY_FAILING]) > 0 ? "true" : "false");
	replicas_count(out, "position", &stats[DELIVERY_POSITION]);
	replicas_count(out, "sent", &stats[DELIVERY_SENT]);
	replicas_count(out, "retries", &stats[DELIVERY_RETRIES]);
	replicas_count(out, "dead", &stats[DELIVERY_DEAD]);
	buf_byte(out, '}');
}

void
replicas_print(struct buf *out)
{
	buf_text(out, "[\n");
	sink_replica_each(replicas_print_one, out);
	buf_text(out, out->len > 2 ? "\n]\n" : "]\n");
}
