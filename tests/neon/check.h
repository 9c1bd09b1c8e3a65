/*
 * As much of Check as the tests use that run here: cases one after another, in
 * one process; the first that fails ends it.
 */
#ifndef TESTS_NEON_CHECK_H
#define TESTS_NEON_CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CK_NORMAL 0

struct check_test {
	const char *name;
	void (*run)(void);
};

/* Suite, case and runner are one list. */
struct check_list {
	const struct check_test *tests[64];
	int count;
};

#define TTest struct check_test
#define Suite struct check_list
#define TCase struct check_list
#define SRunner struct check_list

static Suite check_all;

static inline Suite *
suite_create(const char *name)
{
	printf("%s\n", name);
	return &check_all;
}

static inline TCase *
tcase_create(const char *name)
{
	(void)name;
	return &check_all;
}

static inline SRunner *
srunner_create(Suite *suite)
{
	return suite;
}

static inline void
tcase_set_timeout(TCase *tcase, double seconds)
{
	(void)tcase;
	(void)seconds;
}

static inline void
tcase_add_test(TCase *tcase, const TTest *test)
{
	tcase->tests[tcase->count++] = test;
}

static inline void
suite_add_tcase(Suite *suite, TCase *tcase)
{
	(void)suite;
	(void)tcase;
}

static inline void
srunner_run_all(SRunner *runner, int mode)
{
	(void)mode;
	for (int i = 0; i < runner->count; i++) {
		printf("  %s\n", runner->tests[i]->name);
		fflush(stdout);
		runner->tests[i]->run();
	}
}

static inline int
srunner_ntests_failed(const SRunner *runner)
{
	(void)runner;
	return 0;
}

static inline void
srunner_free(SRunner *runner)
{
	(void)runner;
}

#define START_TEST(title)                                                      \
	static void title##_run(void);                                         \
	static const TTest title##_test = {#title, title##_run};               \
	static const TTest *const title = &title##_test;                       \
	static void title##_run(void)
#define END_TEST

#define ck_assert_msg(truth, ...)                                              \
	do {                                                                   \
		if (truth)                                                     \
			break;                                                 \
		printf("%s:%d: not %s\n", __FILE__, __LINE__, #truth);         \
		printf("" __VA_ARGS__);                                        \
		printf("\n");                                                  \
		exit(EXIT_FAILURE);                                            \
	} while (0)
#define ck_assert(truth) ck_assert_msg(truth, " ")
#define ck_assert_int_eq(a, b) ck_assert((intmax_t)(a) == (intmax_t)(b))
#define ck_assert_uint_eq(a, b) ck_assert((uintmax_t)(a) == (uintmax_t)(b))
#define ck_assert_uint_lt(a, b) ck_assert((uintmax_t)(a) < (uintmax_t)(b))
#define ck_assert_uint_gt(a, b) ck_assert((uintmax_t)(a) > (uintmax_t)(b))
#define ck_assert_uint_le(a, b) ck_assert((uintmax_t)(a) <= (uintmax_t)(b))
#define ck_assert_uint_ge(a, b) ck_assert((uintmax_t)(a) >= (uintmax_t)(b))
#define ck_assert_str_eq(a, b) ck_assert(strcmp(a, b) == 0)
#define ck_assert_mem_eq(a, b, len) ck_assert(memcmp(a, b, len) == 0)
#define ck_assert_ptr_null(a) ck_assert((a) == NULL)
#define ck_assert_ptr_nonnull(a) ck_assert((a) != NULL)
#define ck_assert_ptr_eq(a, b) ck_assert((a) == (b))

#endif
