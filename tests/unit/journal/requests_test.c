#include <stdio.h>

#include "journal/requests.h"
#include "testing.h"

#define SOURCE SPAN_OF("primary")

static void
keep(struct requests *requests, struct span source, const char *id,
    uint64_t seq, int64_t arrival_ms)
{
	requests_settle(requests,
	    requests_begin(requests, source, span_text(id), NULL), seq,
	    arrival_ms);
}

static uint64_t
find(const struct requests *requests, struct span source, const char *id)
{
	const struct request *found =
	    requests_find(requests, source, span_text(id));

	return found == NULL ? 0 : found->seq;
}

START_TEST(ids_are_of_a_source)
{
	struct requests requests;

	requests_init(&requests);
	keep(&requests, SOURCE, "a", 1, 0);
	keep(&requests, SPAN_OF("dr"), "a", 2, 0);
	keep(&requests, SPAN_OF(""), "dra", 3, 0);
	ck_assert_uint_eq(find(&requests, SOURCE, "a"), 1);
	ck_assert_uint_eq(find(&requests, SPAN_OF("dr"), "a"), 2);
	ck_assert_uint_eq(find(&requests, SPAN_OF(""), "dra"), 3);
	ck_assert_uint_eq(find(&requests, SPAN_OF(""), "a"), 0);
	ck_assert_uint_eq(find(&requests, SPAN_OF("d"), "ra"), 0);
	requests_fini(&requests);
}
END_TEST

/* The same batch by two ways is one batch. */
START_TEST(ids_of_replicas_are_of_no_source)
{
	static const char id[] = "tocsin-0123456789abcdef-42-1789384732496";
	struct requests requests;

	requests_init(&requests);
	keep(&requests, SOURCE, id, 1, 0);
	ck_assert_uint_eq(find(&requests, SPAN_OF("dr"), id), 1);
	ck_assert_uint_eq(find(&requests, SPAN_OF(""), id), 1);
	ck_assert_uint_eq(request_source(requests.oldest).len, 0);
	ck_assert(span_is(request_id(requests.oldest), id));
	requests_fini(&requests);
}
END_TEST

START_TEST(the_oldest_go_first)
{
	struct requests requests;
	char id[16];

	requests_init(&requests);
	requests.limit = 3;
	for (int i = 1; i <= 10; i++) {
		snprintf(id, sizeof(id), "%d", i);
		keep(&requests, SOURCE, id, (uint64_t)i, 0);
	}
	ck_assert_uint_eq(requests.durable, 3);
	ck_assert_uint_eq(requests.table.count, 3);
	ck_assert_uint_eq(find(&requests, SOURCE, "7"), 0);
	ck_assert_uint_eq(find(&requests, SOURCE, "8"), 8);
	ck_assert_uint_eq(find(&requests, SOURCE, "10"), 10);
	requests_fini(&requests);
}
END_TEST

START_TEST(ids_grow_old)
{
	struct requests requests;

	requests_init(&requests);
	requests.limit_ms = 1000;
	keep(&requests, SOURCE, "a", 1, 5000);
	keep(&requests, SOURCE, "b", 2, 6000);
	ck_assert_uint_eq(find(&requests, SOURCE, "a"), 1);
	keep(&requests, SOURCE, "c", 3, 6001);
	ck_assert_uint_eq(find(&requests, SOURCE, "a"), 0);
	ck_assert_uint_eq(find(&requests, SOURCE, "b"), 2);
	keep(&requests, SOURCE, "d", 4, 99999);
	ck_assert_uint_eq(requests.durable, 1);
	ck_assert_uint_eq(find(&requests, SOURCE, "d"), 4);
	requests_fini(&requests);
}
END_TEST

START_TEST(what_was_refused_may_come_again)
{
	struct requests requests;
	struct request *request;
	int pending;

	requests_init(&requests);
	request = requests_begin(&requests, SOURCE, span_text("a"), &pending);
	ck_assert_ptr_eq(
	    requests_find(&requests, SOURCE, span_text("a")), request);
	ck_assert_ptr_eq(request->pending, &pending);
	ck_assert_uint_eq(request->seq, 0);
	requests_drop(&requests, request);
	ck_assert_ptr_null(requests_find(&requests, SOURCE, span_text("a")));
	keep(&requests, SOURCE, "a", 9, 0);
	ck_assert_uint_eq(find(&requests, SOURCE, "a"), 9);
	requests_fini(&requests);
}
END_TEST

TEST_MAIN("requests", ids_are_of_a_source, ids_of_replicas_are_of_no_source,
    the_oldest_go_first, ids_grow_old, what_was_refused_may_come_again)
