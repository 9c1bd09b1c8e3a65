#include "sinks/replica_lines.h"

#include <stdio.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "testing.h"
#include "unit/sinks/fixture.h"

#define ORIGIN SPAN_OF("0123456789abcdef")

static struct outcomes *outcomes;

static void
push(enum outcomes_kind kind, uint64_t seq, size_t lines)
{
	for (size_t i = 0; i < lines; i++) {
		char text[32];

		snprintf(text, sizeof(text), "{\"%d\":%zu}\n", (int)seq, i);
		outcomes_push(
		    outcomes, kind, seq, 1000 + (int64_t)seq, span_text(text));
	}
}

/* "SEQ:LINES", '+' when more follow, '@REACH' at the end. */
static void
loaded(struct replica_lines *lines, uint64_t after, struct buf *out)
{
	struct delivery_item item = {after, after, 0};
	struct replica_load load;
	struct err err;
	enum rc rc;

	while ((rc = replica_lines_next(
		    lines, ORIGIN, after, &load, &item, &err)) == RC_OK) {
		char first[64];

		snprintf(first, sizeof(first), "{\"%d\":", (int)load.seq);
		ck_assert(span_starts(load.records[0], first));
		ck_assert(!load.series);
		ck_assert(span_is(load.source, "transitions"));
		ck_assert_int_eq(load.arrival_ms, 1000 + (int64_t)load.seq);
		buf_printf(out, "%d:%zu%s ", (int)load.seq, load.nrecords,
		    load.more ? "+" : "");
		buf_printf(
		    out, "(%.*s) ", (int)load.id.len - 24, load.id.at + 24);
	}
	ck_assert(rc == RC_AGAIN);
	buf_printf(out, "@%d", (int)item.reach);
}

START_TEST(lines_of_an_entry_are_together)
{
	const char *folder = fixture_folder();
	struct replica_lines lines, later;
	struct buf out = {0};
	struct err err;

	log_setup(LOG_ERROR, false);
	ck_assert(outcomes_open(&outcomes, folder, 0, &err) == RC_OK);
	replica_lines_init(&lines, outcomes_reader_open(outcomes),
	    OUTCOMES_TRANSITION, SPAN_OF("transitions"));
	replica_lines_init(&later, outcomes_reader_open(outcomes),
	    OUTCOMES_TRANSITION, SPAN_OF("transitions"));
	outcomes_start(outcomes);
	loaded(&lines, 0, &out);
	ck_assert_str_eq(buf_cstr(&out), "@0");
	buf_clear(&out);

	push(OUTCOMES_TRANSITION, 3, 2);
	outcomes_advance(outcomes, 4);
	push(OUTCOMES_TRANSITION, 5, LIMIT_REPLICA_LINES + 1);
	push(OUTCOMES_TRANSITION, 6, LIMIT_REPLICA_LINES);
	push(OUTCOMES_ROLLUP_REPLICA, 7, 3);
	push(OUTCOMES_TRANSITION, 8, LIMIT_REPLICA_LINES);
	push(OUTCOMES_ROLLUP_REPLICA, 8, 1);
	push(OUTCOMES_ROLLUP_REPLICA, 9, 1);
	push(OUTCOMES_TRANSITION, 9, 1);
	loaded(&lines, 0, &out);
	ck_assert_str_eq(buf_cstr(&out), "3:2 (3-1003-transitions-1) @4");
	buf_clear(&out);
	outcomes_advance(outcomes, 10);
	loaded(&lines, 4, &out);
	ck_assert_str_eq(buf_cstr(&out),
	    "5:1000+ (5-1005-transitions-1) 5:1 (5-1005-transitions-2) "
	    "6:1000 (6-1006-transitions-1) "
	    "8:1000+ (8-1008-transitions-1) "
	    "9:1 (9-1009-transitions-1) @10");
	buf_clear(&out);
	/* At a start in the middle of an entry: the same ones. */
	loaded(&later, 4, &out);
	ck_assert(strncmp(buf_cstr(&out),
		      "5:1000+ (5-1005-transitions-1) 5:1 (5-1005-", 42) == 0);
	buf_fini(&out);
	replica_lines_fini(&lines);
	replica_lines_fini(&later);
	outcomes_close(&outcomes);
	fixture_folder_remove(folder);
}
END_TEST

TEST_MAIN("replica_lines", lines_of_an_entry_are_together)
