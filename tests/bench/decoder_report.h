/* The times of every reader in every case and round, and their table. */
#ifndef BENCH_DECODER_REPORT_H
#define BENCH_DECODER_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#define REPORT_CASES 3

struct report {
	size_t rounds, ncases;
	double *ns; /* by case, reader, round */
	char titles[REPORT_CASES][64];
};

void report_init(struct report *report, size_t rounds, size_t ncases);
void report_fini(struct report *report);
void report_case(struct report *report, size_t at, size_t series, bool hot);
/* Adds to what the round has taken so far. */
void report_add(struct report *report, size_t in_case, size_t reader,
    size_t round, double ns);
/* Readers are compared with the first one of the same format, and cases with
 * the first case. */
void report_print(const struct report *report, bool markdown);

#endif
