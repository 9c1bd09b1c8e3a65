#include <stddef.h>

#include "sinks/replica_kind.h"

const struct option replica_options[] = {
    {"name", OPTION_TEXT, offsetof(struct replica_config, name), NULL, 0, 0,
	"name of the replica, in metrics and its position file"},
    {0}};

const struct replica_kind *const replica_kinds[] = {
    &replica_http, &replica_kafka, &replica_kinesis, &replica_firehose, NULL};
