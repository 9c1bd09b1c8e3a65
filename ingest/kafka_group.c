#include "ingest/kafka_group.h"

#include <stdio.h>

#include "base/log.h"
#include "ingest/kafka_begin.h"
#include "kafka/kafka_conf.h"

/* Must be longer than whatever the journal may take for an answer. */
#define GROUP_POLL_MS 300000
#define GROUP_LAND_MS 10000
#define GROUP_QUEUED 10000000
#define GROUP_COMMIT_MS 5000
/* Of a session's time: a rebalance is heard of by one. */
#define GROUP_HEARTBEATS 15
/* How soon a topic that is made later is seen. */
#define GROUP_METADATA_MS 30000

static rd_kafka_t *
group_rk(const struct kafka_group *group)
{
	return group->client->rk;
}

/* Which of the assigned ones, and at which offset. */
enum group_offsets { GROUP_NEXT, GROUP_DURABLE };

/* A list of its own for each use: one that another handle has seen ends the
 * process. */
static rd_kafka_topic_partition_list_t *
group_list(const struct kafka_group *group, enum group_offsets offsets)
{
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new(8);

	for (struct kafka_partition *p = group->all->first; p != NULL;
	     p = p->next) {
		rd_kafka_topic_partition_t *row;

		if (!p->assigned ||
		    (offsets == GROUP_DURABLE &&
			!kafka_position_uncommitted(&p->position)))
			continue;
		row = rd_kafka_topic_partition_list_add(
		    list, p->topic, p->number);
		row->offset = offsets == GROUP_NEXT ? p->position.next
						    : p->position.durable;
	}
	return list;
}

static void
group_pause(struct kafka_group *group, bool pause)
{
	rd_kafka_topic_partition_list_t *list;

	if (group->paused == pause)
		return;
	list = group_list(group, GROUP_NEXT);
	if (pause)
		rd_kafka_pause_partitions(group_rk(group), list);
	else
		rd_kafka_resume_partitions(group_rk(group), list);
	rd_kafka_topic_partition_list_destroy(list);
	group->paused = pause;
}

void
kafka_group_hold(struct kafka_group *group, bool hold)
{
	group->hold = hold;
	if (group->client != NULL)
		group_pause(group, hold);
}

/* Reads what is assigned from where each of them stands. */
static void
group_read(struct kafka_group *group)
{
	rd_kafka_topic_partition_list_t *list;

	group_pause(group, false);
	list = group_list(group, GROUP_NEXT);
	rd_kafka_assign(group_rk(group), list);
	rd_kafka_topic_partition_list_destroy(list);
	group_pause(group, group->hold);
}

static void
group_committed(struct kafka_group *group, rd_kafka_resp_err_t code,
    const rd_kafka_topic_partition_list_t *list)
{
	if (code == RD_KAFKA_RESP_ERR__NO_OFFSET)
		return;
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
		kafka_client_trouble(group->client, code, "commit of offsets");
		return;
	}
	kafka_client_well(group->client);
	for (int i = 0; list != NULL && i < list->cnt; i++) {
		struct kafka_partition *p = kafka_partitions_get(
		    group->all, list->elems[i].topic, list->elems[i].partition);

		if (p != NULL && list->elems[i].err == 0)
			p->position.committed = list->elems[i].offset;
	}
}

static void
group_on_commit(rd_kafka_t *rk, rd_kafka_resp_err_t code,
    rd_kafka_topic_partition_list_t *list, void *opaque)
{
	struct kafka_client *client = opaque;

	(void)rk;
	group_committed(client->cookie, code, list);
}

void
kafka_group_commit(struct kafka_group *group)
{
	rd_kafka_topic_partition_list_t *list =
	    group_list(group, GROUP_DURABLE);

	if (list->cnt > 0)
		rd_kafka_commit(group_rk(group), list, 1);
	rd_kafka_topic_partition_list_destroy(list);
}

/* The same, waiting for it: rd_kafka_commit() would wait for as long as no
 * broker answers. */
static void
group_commit_wait(struct kafka_group *group, int64_t within_ms)
{
	rd_kafka_topic_partition_list_t *list =
	    group_list(group, GROUP_DURABLE);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(group_rk(group));
	rd_kafka_event_t *event = NULL;

	if (list->cnt > 0 &&
	    rd_kafka_commit_queue(group_rk(group), list, queue, NULL, NULL) ==
		RD_KAFKA_RESP_ERR_NO_ERROR)
		event = rd_kafka_queue_poll(queue, (int)within_ms);
	if (event != NULL)
		group_committed(group, rd_kafka_event_error(event),
		    rd_kafka_event_topic_partition_list(event));
	else if (list->cnt > 0)
		log_warn("kafka_uncommitted",
		    "client=\"%s\" partitions=%d the brokers were not told "
		    "what is durable; the journal knows",
		    group->client->what, list->cnt);
	if (event != NULL)
		rd_kafka_event_destroy(event);
	rd_kafka_queue_destroy(queue);
	rd_kafka_topic_partition_list_destroy(list);
}

static void
group_assign(
    struct kafka_group *group, const rd_kafka_topic_partition_list_t *list)
{
	bool found = kafka_partitions_land(group->all, GROUP_LAND_MS) &&
	    kafka_begin(group, list);

	if (!found) {
		group->broken = true;
		rd_kafka_assign(group_rk(group), NULL);
		return;
	}
	kafka_client_well(group->client);
	group_read(group);
	counter_set(&group->stats[SOURCE_KAFKA_PARTITIONS], list->cnt);
	log_info("kafka_assigned", "client=\"%s\" partitions=%d",
	    group->client->what, list->cnt);
}

/* What is with the journal will be there: the next owner shall begin behind
 * it. Messages that are not with it yet are the next owner's. */
static void
group_revoke(struct kafka_group *group, bool lost)
{
	if (!kafka_partitions_land(group->all, GROUP_LAND_MS))
		log_warn("kafka_revoked_early",
		    "client=\"%s\" the journal has not answered: the next "
		    "owner reads some messages again",
		    group->client->what);
	if (!lost)
		group_commit_wait(group, GROUP_COMMIT_MS);
	group_pause(group, false);
	kafka_partitions_revoke(group->all);
	group->strays = false;
	counter_set(&group->stats[SOURCE_KAFKA_PARTITIONS], 0);
	log_info("kafka_revoked", "client=\"%s\"%s", group->client->what,
	    lost ? " lost: another member may have them already" : "");
}

static void
group_on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code,
    rd_kafka_topic_partition_list_t *list, void *opaque)
{
	struct kafka_client *client = opaque;
	struct kafka_group *group = client->cookie;

	counter_add(&group->stats[SOURCE_KAFKA_REBALANCES], 1);
	if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
		group_assign(group, list);
		return;
	}
	group_revoke(group, rd_kafka_assignment_lost(rk));
	rd_kafka_assign(rk, NULL);
}

static enum rc
group_conf(struct kafka_group *group, rd_kafka_conf_t *conf, struct err *err)
{
	const struct source_kafka_config *config = group->config;
	enum rc rc;

	rd_kafka_conf_set_rebalance_cb(conf, group_on_rebalance);
	rd_kafka_conf_set_offset_commit_cb(conf, group_on_commit);
	rc = kafka_conf_take(conf, "group.id", config->group, err);
	if (rc == RC_OK)
		rc = kafka_conf_take(
		    conf, "group.instance.id", config->instance, err);
	kafka_conf_set(conf, "partition.assignment.strategy", "range");
	kafka_conf_set(conf, "enable.auto.commit", "false");
	kafka_conf_set(conf, "enable.auto.offset.store", "false");
	kafka_conf_set(conf, "auto.offset.reset", "error");
	kafka_conf_set(conf, "check.crcs", "true");
	kafka_conf_set_int(conf, "max.poll.interval.ms", GROUP_POLL_MS);
	kafka_conf_set_int(
	    conf, "session.timeout.ms", config->session_timeout_ms);
	kafka_conf_set_int(conf, "heartbeat.interval.ms",
	    config->session_timeout_ms / GROUP_HEARTBEATS);
	kafka_conf_set_int(
	    conf, "queued.max.messages.kbytes", config->prefetch_bytes / 1024);
	/* Bytes alone bound it: above either, 2.0.2 rests for a second. */
	kafka_conf_set_int(conf, "queued.min.messages", GROUP_QUEUED);
	kafka_conf_set_int(
	    conf, "topic.metadata.refresh.interval.ms", GROUP_METADATA_MS);
	kafka_conf_set_int(conf, "fetch.error.backoff.ms", 100);
	return rc;
}

static enum rc
group_subscribe(struct kafka_group *group, struct err *err)
{
	const struct source_kafka_config *config = group->config;
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new((int)config->ntopics);
	rd_kafka_resp_err_t code;

	for (size_t i = 0; i < config->ntopics; i++)
		rd_kafka_topic_partition_list_add(
		    list, config->topics[i].at, RD_KAFKA_PARTITION_UA);
	code = rd_kafka_subscribe(group_rk(group), list);
	rd_kafka_topic_partition_list_destroy(list);
	return code == RD_KAFKA_RESP_ERR_NO_ERROR
	    ? RC_OK
	    : err_set(err, RC_FATAL, "%s: subscribe: %s", group->client->what,
		  rd_kafka_err2str(code));
}

enum rc
kafka_group_open(struct kafka_group *group, struct err *err)
{
	rd_kafka_conf_t *conf;
	char what[128];
	enum rc rc;

	snprintf(
	    what, sizeof(what), "source %.*s", SPAN_ARGS(group->config->name));
	group->client = kafka_client_create(&group->config->connection,
	    group->aws, what, group, &group->stats[SOURCE_KAFKA_ERRORS]);
	group->broken = group->paused = group->strays = false;
	rc = kafka_conf_create(&conf, group->client, err);
	if (rc == RC_OK)
		rc = group_conf(group, conf, err);
	if (rc == RC_OK)
		rc = kafka_client_start(
		    group->client, RD_KAFKA_CONSUMER, conf, err);
	else if (conf != NULL)
		rd_kafka_conf_destroy(conf);
	if (rc == RC_OK)
		rc = group_subscribe(group, err);
	if (rc != RC_OK)
		kafka_client_free(&group->client, 0);
	return rc;
}

void
kafka_group_close(struct kafka_group *group, int64_t within_ms)
{
	if (group->client == NULL)
		return;
	if (group_rk(group) != NULL)
		group_revoke(group,
		    group->client->fatal || group->broken ||
			rd_kafka_assignment_lost(group_rk(group)));
	kafka_client_free(&group->client, within_ms);
}

void
kafka_group_stray(struct kafka_group *group, struct kafka_partition *p)
{
	if (!p->assigned)
		return;
	p->stray = true;
	group->strays = true;
}

void
kafka_group_find_strays(struct kafka_group *group)
{
	if (!group->strays || !kafka_begin_strays(group))
		return;
	group_read(group);
}

void
kafka_group_look(struct kafka_group *group)
{
	int64_t sum = 0, most = 0;

	for (struct kafka_partition *p = group->all->first; p != NULL;
	     p = p->next) {
		int64_t low, high, lag;

		if (!p->assigned ||
		    rd_kafka_get_watermark_offsets(
			group_rk(group), p->topic, p->number, &low, &high) != 0)
			continue;
		lag = high - p->position.durable;
		if (high < 0 || lag < 0)
			continue;
		sum += lag;
		most = lag > most ? lag : most;
	}
	counter_set(&group->stats[SOURCE_KAFKA_LAG], sum);
	counter_set(&group->stats[SOURCE_KAFKA_LAG_MOST], most);
	counter_set(&group->stats[SOURCE_KAFKA_TROUBLED],
	    group->client->trouble != RD_KAFKA_RESP_ERR_NO_ERROR);
}
