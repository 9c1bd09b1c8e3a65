#include "sinks/delivery_step.h"

#include <jansson.h>

#include "testing.h"
#include "unit/sinks/fixture.h"

/* A sink of `count` items at positions 10, 20, …; `script` has one verdict for
 * each attempt: o k, r etry, d (reject), f atal; after its end all is well. */
struct sink {
	size_t count, given, attempts;
	const char *script;
	const struct counter *breaker; /* if not NULL: what it says now */
	int64_t half_open;
	uint64_t sent[64];
	size_t nsent;
	uint64_t last;
	enum rc next_rc; /* if not RC_OK, next() fails with it once */
};

static enum rc
sink_next(
    void *cookie, uint64_t after, struct delivery_item *item, struct err *err)
{
	struct sink *sink = cookie;
	enum rc rc = sink->next_rc;

	sink->next_rc = RC_OK;
	if (rc == RC_REJECT)
		item->reach = after + 3;
	if (rc != RC_OK)
		return err_set(err, rc, "the log says no");
	if (after / 10 >= sink->count) {
		item->reach = sink->count * 10 + 7;
		return RC_AGAIN;
	}
	sink->last = (after / 10 + 1) * 10;
	*item = (struct delivery_item){sink->last, sink->last, 1000};
	return RC_OK;
}

static enum rc
sink_send(void *cookie, struct err *err)
{
	struct sink *sink = cookie;
	char verdict = *sink->script;

	sink->attempts++;
	if (sink->breaker != NULL &&
	    counter_get(sink->breaker) == BREAKER_HALF_OPEN)
		sink->half_open++;
	if (verdict != '\0')
		sink->script++;
	if (verdict == 'r')
		return err_set(err, RC_RETRY, "no connection");
	if (verdict == 'd')
		return err_set(err, RC_REJECT, "topic \"x\" is gone");
	if (verdict == 'f')
		return err_set(err, RC_FATAL, "broken");
	sink->sent[sink->nsent++] = sink->last;
	return RC_OK;
}

static void
sink_dead(void *cookie, struct buf *out)
{
	buf_printf(out, "{\"n\":%llu}",
	    (unsigned long long)((struct sink *)cookie)->last);
}

static struct delivery_source
source_of(struct sink *sink)
{
	return (struct delivery_source){.name = "t-1",
	    .next = sink_next,
	    .send = sink_send,
	    .dead = sink_dead,
	    .sink = sink};
}

static void
begin(struct delivery_step *step, struct sink *sink, const char *folder)
{
	struct delivery_source source = source_of(sink);
	struct err err;

	ck_assert_msg(delivery_step_init(step, &source, folder, &err) == RC_OK,
	    "%s", err.text);
}

static uint64_t
in_file(const char *folder)
{
	uint64_t position;
	struct err err;

	ck_assert(
	    delivery_position_read(folder, "t-1", &position, &err) == RC_OK);
	return position;
}

START_TEST(a_failure_is_tried_again_and_passed_by_none)
{
	const char *folder = fixture_folder();
	struct sink sink = {.count = 3, .script = "orrfo"};
	struct delivery_step step;
	static const enum rc verdicts[] = {
	    RC_OK, RC_RETRY, RC_RETRY, RC_RETRY, RC_OK, RC_OK, RC_AGAIN};
	static const uint64_t positions[] = {10, 10, 10, 10, 20, 30, 37};
	static const int64_t failing[] = {0, 1, 1, 1, 0, 0, 0};

	begin(&step, &sink, folder);
	ck_assert_uint_eq(in_file(folder), 0);
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(*verdicts); i++) {
		ck_assert_int_eq(
		    delivery_step(&step, (int64_t)i * 1000), verdicts[i]);
		ck_assert_uint_eq(step.position, positions[i]);
		ck_assert_int_eq(
		    counter_get(&step.stats[DELIVERY_FAILING]), failing[i]);
		ck_assert_uint_le(in_file(folder), positions[i]);
		if (i == 1)
			ck_assert(step.wait_ms >= 0 && step.wait_ms <= 1000);
		if (i == 2)
			ck_assert(step.wait_ms >= 0 && step.wait_ms <= 2000);
		if (i == 3)
			ck_assert_int_eq(step.wait_ms, 20000);
	}
	ck_assert_uint_eq(sink.nsent, 3);
	ck_assert_uint_eq(sink.sent[0], 10);
	ck_assert_uint_eq(sink.sent[2], 30);
	ck_assert_int_eq(counter_get(&step.stats[DELIVERY_SENT]), 3);
	ck_assert_int_eq(counter_get(&step.stats[DELIVERY_RETRIES]), 3);
	ck_assert_int_eq(counter_get(&step.stats[DELIVERY_POSITION]), 37);
	delivery_step_fini(&step);
	fixture_folder_remove(folder);
}
END_TEST

START_TEST(a_reject_becomes_a_dead_letter)
{
	const char *folder = fixture_folder();
	struct sink sink = {.count = 3, .script = "od"};
	struct delivery_step step;
	struct buf text = {0};
	json_t *json;

	begin(&step, &sink, folder);
	while (delivery_step(&step, 0) != RC_AGAIN)
		;
	ck_assert_uint_eq(sink.nsent, 2);
	ck_assert_uint_eq(sink.sent[1], 30);
	ck_assert_int_eq(counter_get(&step.stats[DELIVERY_DEAD]), 1);
	ck_assert(fixture_file(folder, "t-1.dead", &text));
	ck_assert_int_eq(text.bytes[text.len - 1], '\n');
	json = json_loadb(text.bytes, text.len, 0, NULL);
	ck_assert_ptr_nonnull(json);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(json, "position")), 20);
	ck_assert_uint_eq(
	    json_string_length(json_object_get(json, "time")), 24);
	ck_assert_str_eq(
	    json_string_value(json_object_get(json, "sink")), "t-1");
	ck_assert_str_eq(json_string_value(json_object_get(json, "reason")),
	    "topic \"x\" is gone");
	ck_assert_int_eq(json_integer_value(json_object_get(
			     json_object_get(json, "item"), "n")),
	    20);
	json_decref(json);
	delivery_step_fini(&step);
	buf_fini(&text);
	fixture_folder_remove(folder);
}
END_TEST

/* A dead-letter file that cannot be written keeps the position back. */
START_TEST(no_item_dies_without_a_letter)
{
	const char *folder = fixture_folder();
	struct sink sink = {.count = 1, .script = "d"};
	struct delivery_step step;
	char *path;

	begin(&step, &sink, folder);
	path = step.dead_path;
	step.dead_path = strdup("/nowhere/at/all.dead");
	ck_assert_int_eq(delivery_step(&step, 0), RC_RETRY);
	ck_assert_int_eq(delivery_step(&step, 0), RC_RETRY);
	ck_assert_uint_eq(step.position, 0);
	ck_assert_int_eq(counter_get(&step.stats[DELIVERY_DEAD]), 0);
	free(step.dead_path);
	step.dead_path = path;
	ck_assert_int_eq(delivery_step(&step, 0), RC_OK);
	ck_assert_uint_eq(step.position, 10);
	ck_assert_uint_eq(sink.attempts, 1);
	delivery_step_fini(&step);
	fixture_folder_remove(folder);
}
END_TEST

START_TEST(what_cannot_be_an_item_is_buried_too)
{
	const char *folder = fixture_folder();
	struct sink sink = {.count = 1, .script = "", .next_rc = RC_REJECT};
	struct delivery_step step;
	struct buf text = {0};

	begin(&step, &sink, folder);
	ck_assert_int_eq(delivery_step(&step, 0), RC_OK);
	ck_assert_uint_eq(step.position, 3);
	ck_assert_uint_eq(sink.attempts, 0);
	ck_assert(fixture_file(folder, "t-1.dead", &text));
	ck_assert_ptr_nonnull(strstr(buf_cstr(&text),
	    "\"reason\":\"the log says no\",\"item\":null}\n"));
	ck_assert_int_eq(delivery_step(&step, 0), RC_OK);
	ck_assert_uint_eq(step.position, 10);
	sink.next_rc = RC_FATAL;
	ck_assert_int_eq(delivery_step(&step, 0), RC_RETRY);
	ck_assert_int_eq(delivery_step(&step, 0), RC_AGAIN);
	ck_assert_int_eq(counter_get(&step.stats[DELIVERY_FAILING]), 0);
	buf_fini(&text);
	delivery_step_fini(&step);
	fixture_folder_remove(folder);
}
END_TEST

/* Stopped after each number of steps, without a last save: what is sent twice
 * is little, what is left out is nothing. */
START_TEST(a_restart_loses_nothing)
{
	for (size_t stop = 0; stop < 12; stop++) {
		const char *folder = fixture_folder();
		struct sink sink = {.count = 8, .script = "orodrroor"};
		struct delivery_step step;
		struct buf dead = {0};
		bool seen[9] = {false};

		begin(&step, &sink, folder);
		for (size_t i = 0; i < stop; i++)
			delivery_step(&step, 100 * (int64_t)i);
		ck_assert_uint_le(in_file(folder), step.position);
		delivery_step_fini(&step);
		begin(&step, &sink, folder);
		ck_assert_uint_eq(step.position, in_file(folder));
		while (delivery_step(&step, 0) != RC_AGAIN)
			;
		for (size_t i = 0; i < sink.nsent; i++)
			seen[sink.sent[i] / 10] = true;
		fixture_file(folder, "t-1.dead", &dead);
		for (size_t i = 1; i <= 8; i++) {
			char letter[32];

			snprintf(
			    letter, sizeof(letter), "{\"position\":%zu0,", i);
			ck_assert_msg(
			    seen[i] || strstr(buf_cstr(&dead), letter) != NULL,
			    "stopped after %zu: item %zu", stop, i);
		}
		buf_fini(&dead);
		delivery_step_fini(&step);
		fixture_folder_remove(folder);
	}
}
END_TEST

START_TEST(the_position_is_written_now_and_then)
{
	const char *folder = fixture_folder();
	struct sink sink = {.count = 6, .script = ""};
	struct delivery_step step;
	static const struct {
		int64_t now_ms;
		uint64_t saved;
	} rows[] = {{10000, 10}, {10050, 10}, {10199, 10}, {10200, 40},
	    {10250, 40}, {10300, 40}, {10301, 40}, {10400, 67}};

	begin(&step, &sink, folder);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		delivery_step(&step, rows[i].now_ms);
		ck_assert_uint_eq(in_file(folder), rows[i].saved);
	}
	sink.count = 0; /* nothing sent, the log goes on */
	atomic_store(&step.position, 68);
	delivery_step(&step, 10700);
	ck_assert_uint_eq(in_file(folder), 67);
	delivery_step(&step, 15400);
	ck_assert_uint_eq(in_file(folder), 68);
	delivery_step_fini(&step);
	fixture_folder_remove(folder);
}
END_TEST

START_TEST(positions_and_names_are_checked)
{
	static const struct {
		const char *text;
		enum rc rc;
		uint64_t position;
	} rows[] = {{"41\n", RC_OK, 41}, {"0", RC_OK, 0}, {"", RC_FATAL, 0},
	    {"x", RC_FATAL, 0}, {"-1", RC_FATAL, 0}};
	static const char *const bad[] = {
	    "", "a/b", "..", ".x", "a b", "a\"b", "\xc3\xa9"};
	const char *folder = fixture_folder();
	struct sink sink = {.script = ""};
	struct delivery_source source = source_of(&sink);
	struct delivery_step step;
	uint64_t position;
	struct err err;

	ck_assert_int_eq(
	    delivery_position_read(folder, "t-1", &position, &err), RC_AGAIN);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char path[256];

		snprintf(path, sizeof(path), "%s/t-1.position", folder);
		ck_assert(
		    file_replace(path, span_text(rows[i].text), &err) == RC_OK);
		ck_assert_int_eq(
		    delivery_position_read(folder, "t-1", &position, &err),
		    rows[i].rc);
		ck_assert_uint_eq(position, rows[i].position);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		source.name = bad[i];
		ck_assert_int_eq(
		    delivery_step_init(&step, &source, folder, &err), RC_FATAL);
		delivery_step_fini(&step);
	}
	fixture_folder_remove(folder);
}
END_TEST

/* Full jitter: anything from nothing to the bound. */
START_TEST(back_off_doubles_to_twenty_seconds)
{
	static const int64_t bound_ms[] = {
	    1000, 1000, 2000, 4000, 8000, 16000, 20000, 20000};

	for (unsigned n = 0; n < sizeof(bound_ms) / sizeof(*bound_ms); n++) {
		uint64_t bound = (uint64_t)bound_ms[n];

		ck_assert_int_eq(delivery_backoff_ms(n, 0), 0);
		ck_assert_int_eq(delivery_backoff_ms(n, bound), bound_ms[n]);
		ck_assert_int_eq(delivery_backoff_ms(n, bound + 1), 0);
		for (uint64_t random = 1; random < 1000000; random *= 7)
			ck_assert_int_le(
			    delivery_backoff_ms(n, random), bound_ms[n]);
	}
	ck_assert_int_le(delivery_backoff_ms(4000000000u, 19999), 20000);
}
END_TEST

/* Five failures open it; attempts go on at the end of each back-off; a
 * success closes it. */
START_TEST(the_breaker_opens_and_closes)
{
	const char *folder = fixture_folder();
	struct sink sink = {.count = 3, .script = "rrrrrrro"};
	struct delivery_step step;
	static const int64_t breaker[] = {BREAKER_CLOSED, BREAKER_CLOSED,
	    BREAKER_CLOSED, BREAKER_CLOSED, BREAKER_OPEN, BREAKER_OPEN,
	    BREAKER_OPEN, BREAKER_CLOSED, BREAKER_CLOSED};

	begin(&step, &sink, folder);
	sink.breaker = &step.stats[DELIVERY_BREAKER];
	for (size_t i = 0; i < sizeof(breaker) / sizeof(*breaker); i++) {
		delivery_step(&step, (int64_t)i * 1000);
		ck_assert_int_eq(
		    counter_get(&step.stats[DELIVERY_BREAKER]), breaker[i]);
	}
	ck_assert_uint_eq(step.position, 20);
	ck_assert_int_eq(sink.half_open, 3);
	delivery_step_fini(&step);
	fixture_folder_remove(folder);
}
END_TEST

/* A journal that was lost begins again at 1: what it says is not old. */
START_TEST(a_position_of_another_log_is_not_believed)
{
	const char *folder = fixture_folder();
	struct sink sink = {0};
	struct delivery_source source = source_of(&sink);
	struct delivery_step step;
	struct err err;

	source.begin = 260;
	ck_assert_int_eq(
	    delivery_step_init(&step, &source, folder, &err), RC_OK);
	delivery_step_fini(&step);
	source.beyond = 11;
	ck_assert_int_eq(
	    delivery_step_init(&step, &source, folder, &err), RC_OK);
	ck_assert_uint_eq(in_file(folder), 10);
	delivery_step_fini(&step);
	source.beyond = 20;
	ck_assert_int_eq(
	    delivery_step_init(&step, &source, folder, &err), RC_OK);
	ck_assert_uint_eq(in_file(folder), 10);
	delivery_step_fini(&step);
	fixture_folder_remove(folder);
}
END_TEST

TEST_MAIN("delivery_step", a_failure_is_tried_again_and_passed_by_none,
    a_reject_becomes_a_dead_letter, no_item_dies_without_a_letter,
    what_cannot_be_an_item_is_buried_too, a_restart_loses_nothing,
    the_position_is_written_now_and_then, positions_and_names_are_checked,
    back_off_doubles_to_twenty_seconds, the_breaker_opens_and_closes,
    a_position_of_another_log_is_not_believed)
