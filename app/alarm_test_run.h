/*
 * What one alarm unit test came to: the changes of the alarms it is about.
 * For alarm_test_run.c, which fills it, and alarm_test_report.c, which says
 * why a test failed.
 *
 * Ownership. All of a run lives in its arena.
 */
#ifndef APP_ALARM_TEST_RUN_H
#define APP_ALARM_TEST_RUN_H

#include "app/alarm_test.h"
#include "base/table.h"
#include "schemas/outcome.h"

struct alarm_test_change {
	struct alarm_test_change *next;
	int64_t time_ms;
	enum alarm_state from, to;
	struct span reason, data;
	bool revised, released, muted;
	bool acts; /* the actions of the state run */
	enum suppressed_by suppressed_by;
	const struct dimension *labels; /* of a contributor */
	size_t nlabels;
};

/* An alarm that the test is about, or that one of these is made of. */
struct alarm_test_watched {
	const struct alarm *alarm; /* of the file */
	struct alarm_test_change *first, *last;
};

struct alarm_test_run {
	const struct alarm_test_file *file;
	const struct alarm_test *test;
	struct arena arena;
	struct table watched; /* by alarm_test_key() */
	struct buf *out;
};

/* What tells alarms apart: the ARN, else the name. */
struct span alarm_test_key(const struct alarm *alarm);
/* What a composite names: the i-th child, the suppressor; NULL: none. */
const struct alarm *alarm_test_child(
    const struct alarm_test_run *run, const struct alarm *alarm, size_t i);
const struct alarm *alarm_test_suppressor(
    const struct alarm_test_run *run, const struct alarm *alarm);
/* The newest change at or before a time; of a contributor when labels are
 * given. NULL: there was none. */
const struct alarm_test_change *
alarm_test_last(const struct alarm_test_run *run, const struct alarm *alarm,
    const struct alarm_test_expect *expect, int64_t time_ms);

/* The lines behind a "not ok". */
void alarm_test_report_expect(
    struct alarm_test_run *run, const struct alarm_test_expect *expect);
void alarm_test_report_quiet(
    struct alarm_test_run *run, const struct alarm_test_quiet *quiet);
/* An alarm whose definition is at fault, or is not there. */
void alarm_test_report_absent(
    struct alarm_test_run *run, const struct tree *place, struct span name);

/*
 * Between alarm_test_report.c and alarm_test_points.c: the beginning of a
 * line, the datapoints of a StateReasonData, and what the alarm could see at a
 * time since the start.
 */
void alarm_test_report_label(struct buf *out, const char *label);
void alarm_test_report_evaluated(struct alarm_test_run *run, struct span data);
void alarm_test_report_inputs(
    struct alarm_test_run *run, const struct alarm *alarm, int64_t at_ms);

#endif
