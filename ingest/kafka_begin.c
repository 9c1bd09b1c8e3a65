#include "ingest/kafka_begin.h"

#include <time.h>

#include "base/log.h"

/* For all that is asked when partitions are given. */
#define BEGIN_MS 30000
#define BEGIN_ASK_MS 5000

static void
begin_rest(void)
{
	nanosleep(&(struct timespec){0, 100 * 1000000}, NULL);
}

/* How long there is for the next question; 0: no longer. */
static int
begin_left(const struct kafka_group *group, int64_t until_ms)
{
	int64_t left = until_ms - kafka_client_now_ms();

	if (left <= 0 || *group->stop || group->client->fatal)
		return 0;
	return left < BEGIN_ASK_MS ? (int)left : BEGIN_ASK_MS;
}

static bool
begin_watermarks(struct kafka_group *group, const struct kafka_partition *p,
    struct kafka_known *known, int64_t until_ms)
{
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT;
	int left;

	while ((left = begin_left(group, until_ms)) > 0) {
		code = rd_kafka_query_watermark_offsets(group->client->rk,
		    p->topic, p->number, &known->low, &known->high, left);
		if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
			return true;
		begin_rest();
	}
	if (!*group->stop)
		kafka_client_trouble(group->client, code,
		    "the first and last offsets of a partition");
	return false;
}

static bool
begin_committed(struct kafka_group *group,
    rd_kafka_topic_partition_list_t *list, int64_t until_ms)
{
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT;
	int left;

	while ((left = begin_left(group, until_ms)) > 0) {
		code = rd_kafka_committed(group->client->rk, list, left);
		for (int i = 0; code == 0 && i < list->cnt; i++)
			code = list->elems[i].err;
		if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
			return true;
		begin_rest();
	}
	if (!*group->stop)
		kafka_client_trouble(
		    group->client, code, "the committed offsets of the group");
	return false;
}

static void
begin_tell(struct kafka_group *group, const struct kafka_partition *p,
    enum kafka_start why, const struct kafka_known *known, int64_t lost)
{
	switch (why) {
	case KAFKA_START_ANEW:
		counter_add(&group->stats[SOURCE_KAFKA_ANEW], 1);
		log_error("kafka_topic_anew",
		    "source=%.*s mark=%lld committed=%lld end=%lld begin=%lld "
		    "what was read lies beyond the topic's end: it was made "
		    "anew, or cut back; reading begins there",
		    SPAN_ARGS(p->source), (long long)known->mark,
		    (long long)known->committed, (long long)known->high,
		    (long long)p->position.next);
		break;
	case KAFKA_START_REMOVED:
		counter_add(&group->stats[SOURCE_KAFKA_LOST], lost);
		log_error("kafka_messages_lost",
		    "source=%.*s first=%lld count=%lld the brokers removed "
		    "them before they were read",
		    SPAN_ARGS(p->source), (long long)p->position.next,
		    (long long)lost);
		break;
	default:
		log_debug("kafka_begin",
		    "source=%.*s begin=%lld mark=%lld committed=%lld",
		    SPAN_ARGS(p->source), (long long)p->position.next,
		    (long long)known->mark, (long long)known->committed);
	}
}

static bool
begin_one(struct kafka_group *group, struct kafka_partition *p,
    int64_t committed, int64_t mark, int64_t until_ms)
{
	struct kafka_known known = {.committed = committed,
	    .mark = mark,
	    .latest = span_is(group->config->reset, "latest")};
	enum kafka_start why;
	int64_t lost;

	if (!begin_watermarks(group, p, &known, until_ms))
		return false;
	why = kafka_position_begin(&p->position, &known, &lost);
	p->assigned = true;
	p->stray = false;
	begin_tell(group, p, why, &known, lost);
	return true;
}

static bool
begin_row(struct kafka_group *group, const rd_kafka_topic_partition_t *row,
    int64_t until_ms)
{
	struct kafka_partition *p =
	    kafka_partitions_get(group->all, row->topic, row->partition);

	if (p == NULL) {
		log_error("kafka_name_too_long",
		    "client=\"%s\" topic=%s is not read", group->client->what,
		    row->topic);
		return true;
	}
	return begin_one(group, p, row->offset < 0 ? -1 : row->offset,
	    journal_mark(group->all->journal, p->source), until_ms);
}

bool
kafka_begin(
    struct kafka_group *group, const rd_kafka_topic_partition_list_t *list)
{
	rd_kafka_topic_partition_list_t *rows =
	    rd_kafka_topic_partition_list_copy(list);
	int64_t until_ms = kafka_client_now_ms() + BEGIN_MS;
	bool good = rows->cnt == 0 || begin_committed(group, rows, until_ms);

	for (int i = 0; i < rows->cnt && good; i++)
		good = begin_row(group, &rows->elems[i], until_ms);
	rd_kafka_topic_partition_list_destroy(rows);
	return good;
}

bool
kafka_begin_strays(struct kafka_group *group)
{
	int64_t until_ms = kafka_client_now_ms() + BEGIN_MS;
	bool found = false;

	group->strays = false;
	for (struct kafka_partition *p = group->all->first; p != NULL;
	     p = p->next) {
		if (!p->stray || !p->assigned)
			continue;
		if (p->first != NULL) {
			group->strays = true;
			continue;
		}
		if (begin_one(group, p, -1, p->position.next, until_ms))
			found = true;
		else
			group->broken = true;
	}
	return found;
}
