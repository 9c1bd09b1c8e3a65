/* The way of messages into a journal that is played here: it answers when the
 * test says so, and what it says. */
#include "ingest/kafka_partition.h"

#include <stdio.h>

#include "base/limits.h"
#include "testing.h"

#define MOST 600
#define LINE "{\"metric_name\":\"m\"}\n"
#define ID(n) "tocsin-0123456789abcdef-" n "-1789384732496"

/* What was appended and waits for its answer. */
struct append {
	char source[LIMIT_NAME + 1], id[LIMIT_REQUEST_ID + 1];
	size_t nrecords, bytes;
	journal_done *done;
	void *cookie;
};
static struct append appends[MOST];
static size_t nappends;

void
journal_append(struct journal *journal, const struct entry *entry,
    journal_done *done, void *cookie)
{
	struct append *append = &appends[nappends++];

	(void)journal;
	ck_assert_uint_le(nappends, MOST);
	*append = (struct append){
	    .nrecords = entry->nrecords, .done = done, .cookie = cookie};
	snprintf(append->source, sizeof(append->source), "%.*s",
	    SPAN_ARGS(entry->source));
	snprintf(append->id, sizeof(append->id), "%.*s",
	    SPAN_ARGS(entry->request_id));
	for (size_t i = 0; i < entry->nrecords; i++)
		append->bytes += entry->records[i].len;
}

static struct counter stats[SOURCE_KAFKA_STATS];
static struct kafka_partitions all;

static struct kafka_partition *
begin(int32_t number)
{
	struct kafka_partition *p = kafka_partitions_get(&all, "t", number);

	p->position = (struct kafka_position){.committed = -1};
	p->assigned = true;
	return p;
}

static void
setup(void)
{
	nappends = 0;
	memset(stats, 0, sizeof(stats));
	kafka_partitions_init(&all, NULL, SPAN_OF("s"), stats);
}

/* The i-th append is answered. */
static void
answer(size_t i, enum rc rc, bool repeat)
{
	const struct err err = {"because"};

	ck_assert_uint_lt(i, nappends);
	appends[i].done(appends[i].cookie, rc, 1, repeat, &err);
	kafka_partitions_settle(&all);
}

static void
take(struct kafka_partition *p, int64_t offset, const char *id)
{
	kafka_partition_take(
	    p, &(struct kafka_message){offset, span_text(LINE), span_text(id)});
}

static void
check_append(size_t i, const char *id, size_t nrecords)
{
	ck_assert_msg(i < nappends && strcmp(appends[i].id, id) == 0 &&
		appends[i].nrecords == nrecords,
	    "append %zu: %s, %zu records", i, appends[i].id,
	    appends[i].nrecords);
}

START_TEST(messages_share_an_entry)
{
	struct kafka_partition *p;

	setup();
	p = begin(7);
	take(p, 0, "");
	take(p, 1, "");
	take(p, 4, "");
	ck_assert_uint_eq(nappends, 0);
	kafka_partitions_flush(&all);
	check_append(0, "0-4", 3);
	ck_assert_str_eq(appends[0].source, "kafka/s/t/7");
	ck_assert_uint_eq(appends[0].bytes, 3 * strlen(LINE));
	ck_assert_int_eq(p->position.durable, 0);
	/* What comes meanwhile waits. */
	take(p, 5, "");
	kafka_partitions_flush(&all);
	ck_assert_uint_eq(nappends, 1);
	answer(0, RC_OK, false);
	ck_assert_int_eq(p->position.durable, 5);
	kafka_partitions_flush(&all);
	check_append(1, "5-5", 1);
	answer(1, RC_OK, false);
	ck_assert_int_eq(p->position.durable, 6);
	ck_assert(!kafka_partitions_flying(&all));
	/* Those are known. */
	take(p, 5, "");
	take(p, 0, "");
	kafka_partitions_flush(&all);
	ck_assert_uint_eq(nappends, 2);
	ck_assert_int_eq(counter_get(&stats[SOURCE_KAFKA_REPEATS]), 2);
	ck_assert_int_eq(counter_get(&stats[SOURCE_KAFKA_ENTRIES]), 2);
	kafka_partitions_fini(&all);
}
END_TEST

START_TEST(what_is_refused_goes_again_as_it_was)
{
	struct kafka_partition *p;

	setup();
	p = begin(0);
	take(p, 0, "");
	take(p, 1, "");
	kafka_partitions_flush(&all);
	answer(0, RC_RETRY, false);
	ck_assert_uint_eq(all.refused, 1);
	ck_assert_int_eq(p->position.durable, 0);
	take(p, 2, "");
	kafka_partitions_flush(&all);
	ck_assert_uint_eq(nappends, 1);
	kafka_partitions_retry(&all);
	ck_assert_uint_eq(all.refused, 0);
	check_append(1, "0-1", 2);
	answer(1, RC_OK, false);
	kafka_partitions_flush(&all);
	check_append(2, "2-2", 1);
	answer(2, RC_OK, false);
	ck_assert_int_eq(p->position.durable, 3);
	kafka_partitions_fini(&all);
}
END_TEST

START_TEST(what_can_never_be_kept_is_counted_and_passed)
{
	struct kafka_partition *p;

	setup();
	p = begin(0);
	take(p, 0, "");
	take(p, 1, "");
	kafka_partitions_flush(&all);
	answer(0, RC_REJECT, false);
	ck_assert_int_eq(p->position.durable, 2);
	ck_assert_int_eq(counter_get(&stats[SOURCE_KAFKA_DROPPED]), 2);
	kafka_partitions_fini(&all);
}
END_TEST

START_TEST(messages_with_ids_are_entries_of_their_own)
{
	struct kafka_partition *p;

	setup();
	p = begin(0);
	take(p, 0, ID("1"));
	take(p, 1, ID("2"));
	take(p, 2, ID("3"));
	kafka_partitions_flush(&all);
	ck_assert_uint_eq(nappends, 3);
	check_append(0, ID("1"), 1);
	check_append(2, ID("3"), 1);
	/* Only what has nothing open before it may be told. */
	answer(2, RC_OK, false);
	ck_assert_int_eq(p->position.durable, 0);
	answer(0, RC_OK, true);
	ck_assert_int_eq(p->position.durable, 1);
	answer(1, RC_RETRY, false);
	ck_assert_int_eq(p->position.durable, 1);
	kafka_partitions_retry(&all);
	check_append(3, ID("2"), 1);
	answer(3, RC_OK, false);
	ck_assert_int_eq(p->position.durable, 3);
	ck_assert_int_eq(counter_get(&stats[SOURCE_KAFKA_REPEATS]), 1);
	ck_assert_int_eq(counter_get(&stats[SOURCE_KAFKA_ENTRIES]), 2);
	kafka_partitions_fini(&all);
}
END_TEST

/* A mark says that all before it is durable. */
START_TEST(a_mark_is_set_behind_what_is_durable)
{
	struct kafka_partition *p;

	setup();
	p = begin(0);
	take(p, 0, ID("1"));
	take(p, 1, ID("2"));
	take(p, 2, "");
	take(p, 3, "");
	take(p, 4, ID("3"));
	kafka_partitions_flush(&all);
	ck_assert_uint_eq(nappends, 2);
	answer(1, RC_OK, false);
	answer(0, RC_RETRY, false);
	kafka_partitions_flush(&all);
	ck_assert_uint_eq(nappends, 2);
	kafka_partitions_retry(&all);
	answer(2, RC_OK, false);
	kafka_partitions_flush(&all);
	ck_assert_uint_eq(nappends, 4);
	check_append(3, "2-3", 2);
	answer(3, RC_OK, false);
	kafka_partitions_flush(&all);
	check_append(4, ID("3"), 1);
	answer(4, RC_OK, false);
	ck_assert_int_eq(p->position.durable, 5);
	kafka_partitions_fini(&all);
}
END_TEST

START_TEST(empty_messages_are_passed)
{
	struct kafka_partition *p;

	setup();
	p = begin(0);
	for (int64_t offset = 0; offset < 3; offset++)
		kafka_partition_take(
		    p, &(struct kafka_message){.offset = offset});
	kafka_partitions_flush(&all);
	check_append(0, "0-2", 0);
	answer(0, RC_OK, false);
	ck_assert_int_eq(p->position.durable, 3);
	ck_assert_int_eq(counter_get(&stats[SOURCE_KAFKA_EMPTY]), 3);
	ck_assert_uint_eq(p->open_rows, 0);
	ck_assert_uint_eq(all.open_bytes, 0);
	kafka_partitions_fini(&all);
}
END_TEST

/* Lines until the partition's batch is full. */
static int64_t
fill(struct kafka_partition *p, int64_t offset)
{
	size_t before = nappends;

	while (nappends == before && !kafka_partitions_full(&all))
		take(p, offset++, "");
	return offset;
}

START_TEST(full_batches_go_at_once_and_then_wait)
{
	struct kafka_partition *p;
	int64_t first, next;

	setup();
	p = begin(0);
	first = fill(p, 0);
	ck_assert_uint_eq(nappends, 1);
	ck_assert_int_ge((long long)appends[0].bytes, LIMIT_KAFKA_BATCH);
	ck_assert(!kafka_partitions_full(&all));
	next = fill(p, first);
	ck_assert_uint_eq(nappends, 1);
	ck_assert(kafka_partitions_full(&all));
	answer(0, RC_OK, false);
	ck_assert_uint_eq(nappends, 2);
	ck_assert(!kafka_partitions_full(&all));
	answer(1, RC_OK, false);
	ck_assert_int_eq(p->position.durable, next);
	kafka_partitions_fini(&all);
}
END_TEST

START_TEST(all_together_are_bounded)
{
	int32_t n = 0;

	setup();
	/* Each has one that is flying and most of another. */
	for (; !kafka_partitions_full(&all) && n < 100; n++) {
		struct kafka_partition *p = begin(n);
		int64_t offset = fill(p, 0);

		while (p->open_bytes + 100 < (size_t)LIMIT_KAFKA_BATCH &&
		    !kafka_partitions_full(&all))
			take(p, offset++, "");
	}
	ck_assert_int_ge((long long)all.open_bytes, LIMIT_KAFKA_OPEN);
	ck_assert_int_lt(
	    (long long)all.open_bytes, LIMIT_KAFKA_OPEN + LIMIT_KAFKA_BATCH);
	for (size_t i = 0; i < nappends; i++)
		answer(i, RC_OK, false);
	ck_assert(!kafka_partitions_full(&all));
	kafka_partitions_fini(&all);
}
END_TEST

START_TEST(what_is_not_ours_any_more_is_dropped)
{
	struct kafka_partition *p, *q;

	setup();
	p = begin(0);
	q = begin(1);
	take(p, 0, "");
	take(q, 0, ID("1"));
	take(q, 1, ID("2"));
	kafka_partitions_flush(&all);
	answer(1, RC_RETRY, false);
	take(p, 1, "");
	take(q, 2, "");
	kafka_partitions_revoke(&all);
	ck_assert_uint_eq(all.refused, 0);
	ck_assert_uint_eq(all.open_bytes, 0);
	ck_assert(!p->assigned && !q->assigned);
	/* What is with the journal is still to land. */
	ck_assert(kafka_partitions_flying(&all));
	ck_assert(!kafka_partitions_land(&all, 1));
	answer(0, RC_OK, false);
	answer(2, RC_OK, false);
	ck_assert(kafka_partitions_land(&all, 1));
	ck_assert_ptr_null(p->first);
	ck_assert_ptr_null(q->first);
	ck_assert_int_eq(p->position.durable, 1);
	kafka_partitions_retry(&all);
	kafka_partitions_flush(&all);
	ck_assert_uint_eq(nappends, 3);
	kafka_partitions_fini(&all);
}
END_TEST

TEST_MAIN("kafka_partition", messages_share_an_entry,
    what_is_refused_goes_again_as_it_was,
    what_can_never_be_kept_is_counted_and_passed,
    messages_with_ids_are_entries_of_their_own,
    a_mark_is_set_behind_what_is_durable, empty_messages_are_passed,
    full_batches_go_at_once_and_then_wait, all_together_are_bounded,
    what_is_not_ours_any_more_is_dropped)
