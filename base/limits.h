/*
 * Every limit of tocsin, in one place. What a limit refuses is counted by the
 * one who refuses it; a limit without a counter is a defect.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#define KIB (1024LL)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

/* Firehose: a body is at most 64 MiB before compression and base64 (AWS). */
#define LIMIT_BODY_PLAIN (64 * MIB)
/* The same as base64 in JSON, with room for the envelope's own text. */
#define LIMIT_BODY_BYTES (96 * MIB)
/* Bodies being received at one time, all connections together. */
#define LIMIT_BODIES_TOTAL (512 * MIB)
/* One record: 1,000 KiB decoded (AWS); gzip inside may make it longer. */
#define LIMIT_RECORD_BYTES (16 * MIB)
#define LIMIT_RECORDS 10000
/* An inflated body may be this many times its compressed size, past 1 MiB. */
#define LIMIT_INFLATE_RATIO 1100
/* Plain bytes that one chunk of Hadoop's snappy may hold; it writes 256 KiB. */
#define LIMIT_SNAPPY_CHUNK (64 * MIB)
#define LIMIT_ACCESS_KEY 4096
#define LIMIT_REQUEST_ID 256
#define LIMIT_CONNECTIONS 256
#define LIMIT_REQUEST_SECONDS 170

/* Names of metrics: CloudWatch's own limits, doubled for service emitters. */
#define LIMIT_DIMENSIONS 30
#define LIMIT_NAME 255
/* 1,024 characters for PutMetricData; services of AWS are not bound by it, so
 * only the record's own 1,000 KiB bounds it here. */
#define LIMIT_DIMENSION_VALUE (1000 * KIB)
#define LIMIT_STATISTICS 32
/* |value| <= 2^360, no NaN or infinity (PutMetricData). */
#define LIMIT_VALUE 0x1p360

#define LIMIT_JSON_DEPTH 64
#define LIMIT_TREE_NODES 4000000
#define LIMIT_FILE_BYTES (512 * MIB)
#define LIMIT_BUF_BYTES (1 * GIB)

/* Expressions of metric math and Metrics Insights (PutMetricAlarm), how deep
 * they may nest and how many parts they may have. */
#define LIMIT_EXPRESSION 2048
#define LIMIT_MATH_DEPTH 64
#define LIMIT_MATH_NODES 1024
/* Queries of one alarm (PutMetricAlarm); series that all steps of their
 * expressions make together, which bounds the work of one evaluation. */
#define LIMIT_MATH_QUERIES 20
#define LIMIT_MATH_SERIES 4096
/* Rules of composite alarms (PutCompositeAlarm). */
#define LIMIT_RULE_BYTES 10240
#define LIMIT_RULE_CHILDREN 100
#define LIMIT_RULE_ELEMENTS 500
#define LIMIT_RULE_DEPTH 64
/* Regions, or accounts, that one metric of an alarm names. */
#define LIMIT_READS 64
/* Alarm mute rules: alarms of one (the API's page says 100, CloudFormation's
 * 500), characters of a schedule, rules in all, and windows that follow one
 * another without a gap looked through at one time. */
#define LIMIT_MUTE_ALARMS 500
#define LIMIT_MUTE_EXPRESSION 256
#define LIMIT_MUTES 10000
#define LIMIT_MUTE_WINDOWS 1000
/* Contributors of one alarm, groups of one rollup; further ones are counted
 * and left out. */
#define LIMIT_CONTRIBUTORS 100000
/* Rollups of a configuration, how long one's windows may be, how long they are
 * revised, and the lines that all of them may give at one entry. */
#define LIMIT_ROLLUPS 10000
#define LIMIT_ROLLUP_MS (24 * 3600 * 1000LL)
#define LIMIT_ROLLUP_LINES 1000000
/* Groups of rollups that /metrics shows; lines that /api/rollups shows. */
#define LIMIT_ROLLUP_GAUGES 20000

/* CloudFormation: one resolved text, and all that resolving a template may
 * make (a template has 1 MiB at most, but functions can double and double). */
#define LIMIT_TEMPLATE_TEXT (64 * KIB)
#define LIMIT_TEMPLATE_BYTES (64 * MIB)
/* Terraform: references followed for one list of actions. */
#define LIMIT_TEMPLATE_REFERENCES 1000

/* Values of one anomaly model: 15 days at 60 s. */
#define LIMIT_ANOMALY_VALUES 21600

/* Feeds, and accounts x Regions x namespaces, whose silence can be told. */
#define LIMIT_HEARD 10000
/* Datapoints of the report of a drill. */
#define LIMIT_DRILL_POINTS 10000000
/* Namespaces whose delay follows what is observed. */
#define LIMIT_DELAYS 1000
/* Peers that are asked what they heard, and Regions in an answer. */
#define LIMIT_PEERS 16
#define LIMIT_PEER_REGIONS 256

/* Series known to the pipeline; a new one above it is refused and counted. */
#define LIMIT_SERIES 2000000
/* Raw identities that decoders need not read again, as many bytes of them,
 * and of one; parts that many have in common, kept once. */
#define LIMIT_IDENTITIES 2000000
#define LIMIT_IDENTITIES_BYTES (1 * GIB)
#define LIMIT_IDENTITY (16 * KIB)
#define LIMIT_IDENTITY_SHARES 65536
/* Panes kept for one series, at most: three weeks (a period of one week and
 * the two behind it) at ten seconds, and a long delay. */
#define LIMIT_PANES 262144
#define LIMIT_ALARMS 200000
/* A point may lie this far in the future (PutMetricData). */
#define LIMIT_FUTURE_MS (2 * 3600 * 1000LL)

/* Request ids remembered, and for how long (Firehose retries up to 2 h). */
#define LIMIT_REQUEST_IDS 1000000
#define LIMIT_REQUEST_ID_MS (24 * 3600 * 1000LL)
/* Partitions of topics whose positions are remembered. */
#define LIMIT_MARKS 16384
/* Of one partition, plain: messages that become one entry; and of all
 * partitions together while they are gathered. */
#define LIMIT_KAFKA_BATCH (1 * MIB)
#define LIMIT_KAFKA_OPEN (16 * MIB)
/* Kafka sources: each has threads of its own. */
#define LIMIT_KAFKA_SOURCES 16

/* One entry of the journal, plain: a body inflated, or a configuration. */
#define LIMIT_ENTRY_BYTES (256 * MIB)
#define LIMIT_ENTRY_RECORDS 100000
/* Entries, compressed, that wait for the disk. */
#define LIMIT_COMMIT_BYTES (512 * MIB)
/* Of entries just appended, plain, for who evaluates them. */
#define LIMIT_RECENT_BYTES (16 * MIB)
/* Ticks are still taken this far above the journal's limit: time goes on. */
#define LIMIT_TICK_RESERVE (16 * MIB)
/* Kept free of data on the file system, or 5 % of the journal's limit when
 * that is less: for ticks, positions and checkpoints. */
#define LIMIT_DISK_RESERVE (256 * MIB)
/* Points that one request may hold: 64 MiB hold about 250,000 real ones. */
#define LIMIT_ENTRY_POINTS 1000000
/* Of a torn tail, what is kept beside the segment. */
#define LIMIT_TORN_BYTES (1 * MIB)
/* Checked in vain behind one damaged place before the file is given up. */
#define LIMIT_RESYNC_BYTES (4 * GIB)
/* A checkpoint, plain, all its parts; one part is a buffer and bounded by
 * LIMIT_BUF_BYTES too. */
#define LIMIT_CHECKPOINT_BYTES (4 * GIB)

/* Lines for the archive and replicas that a disk does not take. */
#define LIMIT_OUTCOMES_WAITING (64 * MIB)

/* Transitions that /api/transitions shows. */
#define LIMIT_TRANSITIONS_SHOWN 10000
/* What replay holds in memory, 72 bytes a point, and the steps it makes of
 * them: 19 years of minutes. */
#define LIMIT_REPLAY_POINTS 100000000LL
#define LIMIT_REPLAY_STEPS 10000000LL
/* What its thread has read ahead: above it that waits. */
#define LIMIT_READAHEAD_BYTES (256 * MIB)
/* Steps of one alarm unit test: almost two years of minutes. */
#define LIMIT_TEST_STEPS 1000000LL
/* Of one entry: rejects written to quarantine, and bytes of each. */
#define LIMIT_QUARANTINE_REJECTS 1000
#define LIMIT_QUARANTINE_FILE (1 * MIB)
#define LIMIT_QUARANTINE_BYTES 4096

/* Notifications waiting in memory; above it the pipeline waits for them. */
#define LIMIT_NOTIFICATIONS 100000
/* The same in bytes: what waits is kept as it will be sent. */
#define LIMIT_NOTIFICATION_BYTES (256 * MIB)
/* Places that notifications go to (topics, functions, buses, webhooks; a
 * stand-in counts too): each has a queue and a thread of its own. */
#define LIMIT_DESTINATIONS 256
/* Requests under way to one place at a time, and threads that help with them,
 * all places together. */
#define LIMIT_SENDING 12
#define LIMIT_SENDERS 64
/* Series of tocsin's own metrics: a few, and one a sink. */
#define LIMIT_OWN_METRICS 400
/* SNS: 262,144 bytes with the message attributes, whose part is kept free. */
#define LIMIT_SNS_MESSAGE (256 * KIB - 4 * KIB)
#define LIMIT_SNS_SUBJECT 100
/* A FIFO topic knows a deduplication id for five minutes: from a little less
 * on after a first attempt, a message says that it may be there twice. */
#define LIMIT_SNS_DEDUP_MS (270 * 1000LL)
/* PublishBatch: entries, and bytes of all of them. */
#define LIMIT_SNS_BATCH 10
#define LIMIT_SNS_BATCH_BYTES (256 * KIB)
/* PutEvents: entries, and bytes of all of them. */
#define LIMIT_EVENTS_BATCH 10
#define LIMIT_EVENTS_BATCH_BYTES (256 * KIB)

/* Lines of one entry (transitions) that a replica sends as one load. */
#define LIMIT_REPLICA_LINES 1000

#define LIMIT_HTTP_ANSWER (8 * MIB)
/* What a credential process may say. */
#define LIMIT_CREDENTIALS_BYTES (64 * KIB)

#endif
