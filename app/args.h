/*
 * The arguments of one command, pulled one by one: options in any order,
 * before, between or behind paths; "--" ends them. --log-level and
 * --log-format are every command's and are obeyed here.
 *
 *   while ((what = args_next(&args)) > ARGS_END)
 *           if (what == ARGS_PATH) ... args.value
 *   if (what == ARGS_BAD) return STATUS_USAGE; it has been said why
 */
#ifndef APP_ARGS_H
#define APP_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/tree.h"

struct args_option {
	const char *name;  /* --name; NULL ends the table */
	const char *value; /* what it is called in the help; NULL: a flag */
	const char *help;
	int id; /* what args_next() returns for it; above ARGS_PATH */
};

struct args {
	const char *command; /* for messages */
	const struct args_option *options;
	int argc;
	char **argv;
	int at;		   /* the next one to look at */
	bool paths_only;   /* "--" was seen */
	const char *value; /* of what was returned last */
};

enum { ARGS_HELP = -2, ARGS_BAD = -1, ARGS_END = 0, ARGS_PATH = 1 };

/* --help, --log-level, --log-format. */
extern const struct args_option args_common[];

/* The next option's id, ARGS_PATH, ARGS_END, ARGS_HELP (asked for), or
 * ARGS_BAD after saying on standard error what would be right. */
int args_next(struct args *args);

/* The value as a time, duration or whole number of at least `min`; false
 * after saying on standard error what would be right. */
bool args_time(const struct args *args, int64_t *ms);
bool args_duration(const struct args *args, int64_t *ms);
bool args_int(const struct args *args, int64_t min, int64_t *value);
/* Says what is wrong in the words of this command; returns ARGS_BAD. */
int args_fault(const struct args *args, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
