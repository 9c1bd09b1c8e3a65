/*
 * The commands of the program: a table of name, usage, help and what runs.
 * A new command is a row in command.c and a file cmd_NAME.c.
 *
 * Standard output carries results, standard error logs and what went wrong.
 */
#ifndef APP_COMMAND_H
#define APP_COMMAND_H

#include <stdio.h>

#include "app/args.h"
#include "base/rc.h"

/* Exit statuses (contract). */
enum status {
	STATUS_GOOD = 0,
	STATUS_BAD = 1,	  /* what was asked about is bad */
	STATUS_USAGE = 2, /* wrong usage */
	STATUS_STUCK = 3  /* could not go on: I/O, memory, a lost server */
};

struct command {
	const char *name;
	const char *usage;   /* what follows the name */
	const char *summary; /* half a line */
	const char *help;    /* paragraphs; lines below 80 columns */
	const struct args_option *options;
	/* `args` stands behind the name. Returns a status. */
	int (*run)(struct args *args);
};

/* The rows, each beside its code. */
extern const struct command command_run, command_replay, command_decode,
    command_check, command_delays, command_test, command_scenario,
    command_journal, command_deliver, command_drill, command_options,
    command_version, command_help;

int command_main(int argc, char **argv);
/* NULL-ended, in the order of the help. */
const struct command *const *command_table(void);
const struct command *command_find(const char *name);
void command_print_usage(FILE *to);
void command_print_help(const struct command *command, FILE *to);
/* "unknown command …", naming the nearest; STATUS_USAGE. */
int command_unknown(const char *name);
/* After args_next(): the status of ARGS_HELP (help printed) or ARGS_BAD. */
int command_stop(const struct command *command, int what);
/* The status that a verdict of the machine comes to, its sentence said. */
int command_stuck(const char *name, const struct err *err);
/* Flushes standard output; STATUS_STUCK when it took not everything. */
int command_flush(int status);

#endif
