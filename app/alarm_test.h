/*
 * Alarm unit tests: a file that says what comes and which state each alarm
 * must then be in (contract, "Alarm unit test"; docs/testing-alarms.md has
 * every key). Each test has an engine of its own that is given the values as
 * replay would give them, in event order:
 *
 *   values   1200     1500      _       90
 *          ├────────┼────────┼───────┼────────┤
 *   start  0        1m       2m      3m       4m   `at`: the state when the
 *                                                  clock has come there
 *
 * Ownership. A file owns its tests, its definitions and what they point to.
 * Threads. One at a time. Limits. LIMIT_TEST_STEPS steps a test.
 */
#ifndef APP_ALARM_TEST_H
#define APP_ALARM_TEST_H

#include "app/alarm_test_values.h"
#include "app/config.h"

struct alarm_test_series {
	struct series_key key;
	enum alarm_statistic statistic; /* what the values are */
	struct span stat;		/* the same, as written */
	double samples;			/* behind each value */
	struct alarm_test_values values;
};

struct alarm_test_expect {
	const struct tree *place;
	int64_t at_ms; /* since the start */
	struct span name;
	const struct alarm *alarm; /* NULL: its definition is at fault */
	enum alarm_state state;
	const struct dimension *contributor; /* label → value */
	size_t ncontributor;		     /* 0: the alarm itself */
	bool reasoned, acted;		     /* these are expected too: */
	struct span reason;
	bool actions; /* those of the state ran, or were to run */
};

struct alarm_test_quiet {
	const struct tree *place;
	struct span name;
	const struct alarm *alarm;
};

struct alarm_test {
	const struct tree *place;
	struct span name;
	int64_t start_ms, delay_ms, step_ms;
	size_t steps; /* of values and expectations, delay included */
	struct alarm_test_series *series;
	size_t nseries;
	struct alarm_test_expect *expects;
	size_t nexpects;
	struct alarm_test_quiet *quiets;
	size_t nquiets;
};

struct alarm_test_file {
	const char *path;
	struct arena arena;
	struct config *config; /* the definitions */
	struct faults alarms;  /* what is wrong with them */
	struct alarm_test *tests;
	size_t ntests;
};

/*
 * Reads a file and the definitions it names. What is wrong with the file
 * itself goes to `faults`; definitions at fault make tests fail instead.
 */
struct alarm_test_file *
alarm_test_file_read(const char *path, struct faults *faults);
void alarm_test_file_free(struct alarm_test_file **file);

/* For alarm_test*.c: the tests of a parsed file, names looked up. */
void alarm_test_load(struct alarm_test_file *file, const struct tree *root,
    struct faults *faults);
/* The alarm of that name or ARN. NULL: there is none, or `several`. */
const struct alarm *alarm_test_find(
    const struct alarm_test_file *file, struct span name, bool *several);

/*
 * Runs one test. True when all came as expected; else `out` says what was
 * expected, what came, and the points that decided, as lines of "# …". What
 * the engine finds ambiguous in a definition stands there in either case.
 */
bool alarm_test_run(const struct alarm_test_file *file,
    const struct alarm_test *test, struct buf *out);

#endif
