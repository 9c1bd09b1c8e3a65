/* An alarm and a transition that the tests of sinks change as they like. */
#ifndef TESTS_SINKS_FIXTURE_H
#define TESTS_SINKS_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "schemas/outcome.h"

#define FIXTURE_TOPIC "arn:aws:sns:us-east-2:111122223333:ops"

struct fixture {
	struct dimension given[2], sorted[2];
	struct alarm_metric metric;
	struct span actions[3][4];
	struct alarm alarm;
	struct transition transition;
};

/* In place: the parts point to each other. */
static inline void
fixture_init(struct fixture *f)
{
	*f = (struct fixture){0};
	f->given[0] = (struct dimension){SPAN_OF("Role"), SPAN_OF("WRITER")};
	f->given[1] =
	    (struct dimension){SPAN_OF("DBClusterIdentifier"), SPAN_OF("dr")};
	f->sorted[0] = f->given[1];
	f->sorted[1] = f->given[0];
	f->actions[STATE_ALARM][0] = SPAN_OF(FIXTURE_TOPIC);
	f->metric = (struct alarm_metric){.namespace = SPAN_OF("AWS/RDS"),
	    .metric = SPAN_OF("AuroraGlobalDBReplicationLag"),
	    .unit = SPAN_OF("Milliseconds"),
	    .dimensions = f->sorted,
	    .ndimensions = 2,
	    .given = f->given,
	    .statistic = STATISTIC_MAXIMUM,
	    .stat = SPAN_OF("Maximum"),
	    .period_ms = 60000};
	f->alarm = (struct alarm){.kind = ALARM_METRIC,
	    .name = SPAN_OF("replication-lag"),
	    .arn = SPAN_OF("arn:aws:cloudwatch:us-east-2:111122223333:alarm:"
			   "replication-lag"),
	    .account = SPAN_OF("111122223333"),
	    .region = SPAN_OF("us-east-2"),
	    .description = SPAN_OF("lag of the \"dr\" cluster"),
	    .described = true,
	    .actions_enabled = true,
	    .actions = {{f->actions[0], 0}, {f->actions[1], 0},
		{f->actions[2], 1}},
	    .updated_ms = 1789380000000,
	    .metrics = &f->metric,
	    .nmetrics = 1,
	    .period_ms = 60000,
	    .evaluation_periods = 3,
	    .datapoints_to_alarm = 2,
	    .datapoints_given = true,
	    .operator= OPERATOR_GT,
	    .threshold = 1000,
	    .missing = MISSING_BREACHING,
	    .missing_given = true,
	    .delay_ms = -1};
	f->transition = (struct transition){.id = "0000000000000029-5f2a",
	    .seq = 41,
	    .time_ms = 1789384732496,
	    .alarm = &f->alarm,
	    .from = STATE_OK,
	    .to = STATE_ALARM,
	    .reason = SPAN_OF("Threshold Crossed: 2 out of the last 3 "
			      "datapoints [1500.0 (14/09/26 11:17:00)] were "
			      "greater than the threshold (1000.0)."),
	    .data = SPAN_OF("{\"version\":\"1.0\",\"period\":60}")};
}

/* A folder of its own, taken away by fixture_folder_remove(). */
static inline const char *
fixture_folder(void)
{
	static char path[64];

	snprintf(path, sizeof(path), "/tmp/tocsin-sinks-XXXXXX");
	return mkdtemp(path);
}

static inline void
fixture_folder_remove(const char *folder)
{
	struct arena arena;
	const char **names;
	struct err err;

	arena_init(&arena);
	if (file_list(&arena, folder, &names, &err) == RC_OK)
		for (; *names != NULL; names++)
			remove(*names);
	remove(folder);
	arena_fini(&arena);
}

static inline bool
fixture_file(const char *folder, const char *name, struct buf *out)
{
	char path[256];
	struct err err;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	buf_clear(out);
	return file_read(path, out, &err) == RC_OK;
}

#endif
