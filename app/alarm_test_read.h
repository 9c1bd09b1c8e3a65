/*
 * A file of alarm tests being read. For alarm_test_read.c, which reads tests
 * and expectations, and alarm_test_series.c, which reads what comes.
 */
#ifndef APP_ALARM_TEST_READ_H
#define APP_ALARM_TEST_READ_H

#include "app/alarm_test.h"

struct alarm_test_reader {
	struct alarm_test_file *file;
	struct arena *arena;
	struct faults *faults;
	struct span region, account; /* of series that name none */
};

/* A key that must be there; NULL with a fault. */
const struct tree *alarm_test_need(struct alarm_test_reader *r,
    const struct tree *map, const char *key, const char *what);
/* A map of texts, sorted by name in bytes; NULL for a NULL node. */
const struct dimension *alarm_test_map(
    struct alarm_test_reader *r, const struct tree *node, size_t *count);
/* Appends one item of `series`. */
void alarm_test_series_read(struct alarm_test_reader *r,
    const struct tree *node, struct alarm_test *test);

#endif
