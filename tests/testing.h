/* One main() for every unit test: a table of cases, run by Check. */
#ifndef TESTS_TESTING_H
#define TESTS_TESTING_H

#include <check.h>
#include <stdlib.h>

#define TEST_CASES(...) const TTest *const test_cases[] = {__VA_ARGS__}

/* At the end of a file: TEST_MAIN("name", case_a, case_b). */
#define TEST_MAIN(title, ...)                                                  \
	int main(void)                                                         \
	{                                                                      \
		TEST_CASES(__VA_ARGS__);                                       \
		Suite *suite = suite_create(title);                            \
		TCase *tcase = tcase_create("all");                            \
		SRunner *runner = srunner_create(suite);                       \
		int failed;                                                    \
                                                                               \
		tcase_set_timeout(tcase, 240);                                 \
		for (size_t i = 0;                                             \
		     i < sizeof(test_cases) / sizeof(*test_cases); i++)        \
			tcase_add_test(tcase, test_cases[i]);                  \
		suite_add_tcase(suite, tcase);                                 \
		srunner_run_all(runner, CK_NORMAL);                            \
		failed = srunner_ntests_failed(runner);                        \
		srunner_free(runner);                                          \
		return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;              \
	}

#endif
