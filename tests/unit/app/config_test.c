#include "app/config.h"
#include "pipeline/window/rollup_read.h"

#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "testing.h"

static char folder[64];

static void
config_test_folder(void)
{
	snprintf(folder, sizeof(folder), "/tmp/tocsin-config-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static const char *
config_test_path(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void
config_test_write(const char *name, const char *text)
{
	FILE *to = fopen(config_test_path(name), "w");

	ck_assert_ptr_nonnull(to);
	fputs(text, to);
	fclose(to);
}

static void
config_test_remove(const char *name)
{
	unlink(config_test_path(name));
}

static const char alarm_json[] =
    "{\"MetricAlarms\":[{\"AlarmName\":\"lag\",\"Namespace\":\"AWS/RDS\","
    "\"MetricName\":\"Lag\",\"Statistic\":\"Average\",\"Period\":60,"
    "\"EvaluationPeriods\":2,\"Threshold\":1.50,"
    "\"ComparisonOperator\":\"GreaterThanThreshold\"}],\"mutes\":[]}";

START_TEST(good_files_fill_the_config)
{
	struct faults faults;
	struct config *config;

	config_test_folder();
	config_test_write("a.json", alarm_json);
	config_test_write("key", "secret\n");
	setenv("TOCSIN_TEST_REGION", "us-east-2", 1);
	config_test_write("t.yaml",
	    "name: dr\nregion: ${TOCSIN_TEST_REGION}\n"
	    "account: \"111122223333\"\ndata: ${TOCSIN_TEST_DATA:-d}\n"
	    "listen: {feed: \"0.0.0.0:4433\"}\n"
	    "feeds:\n  - {name: p, access_key_file: key, silence: 90s}\n"
	    "alarms: [\"*.json\"]\n"
	    "delay: {AWS/RDS: 2m, default: 1m}\n"
	    "clock: {start: 2026-01-01T00:00:00Z, speed: 60}\n"
	    "journal: {segment_size: 1MiB}\n"
	    "sinks:\n  s3: [{bucket: b, bucket_key: true, sse: aws:kms}, "
	    "{name: w, bucket: c, region: us-west-2}]\n"
	    "  replica: [{name: w, firehose_http: {url: \"http://h/\"}}]\n");
	faults_init(&faults);
	config = config_load(config_test_path("t.yaml"), true, &faults, NULL);
	if (config == NULL)
		faults_print(&faults, stderr);
	ck_assert_ptr_nonnull(config);
	ck_assert(span_is(config->region, "us-east-2"));
	ck_assert(span_is(config->data, config_test_path("d")));
	ck_assert(span_is(config->listen.admin, "127.0.0.1:9464"));
	ck_assert_uint_eq(config->nfeeds, 1);
	ck_assert_int_eq(config->feeds[0].silence_ms, 90000);
	ck_assert_uint_eq(config->alarms.count, 1);
	ck_assert_int_eq(config->clock.start_ms, 1767225600000);
	ck_assert_int_eq(config->clock.speed, 60);
	ck_assert_int_eq(config->journal.segment_size_bytes, 1048576);
	ck_assert_int_eq(config->journal.segment_age_ms, 300000);
	ck_assert_uint_eq(config->ns3, 2);
	ck_assert(span_is(config->s3[0].region, "us-east-2"));
	ck_assert(config->s3[0].bucket_key && !config->s3[0].transitions);
	ck_assert_int_eq(config->s3[0].multipart_bytes, 67108864);
	ck_assert(span_is(config->s3[1].region, "us-west-2"));
	ck_assert(span_is(config->s3[1].name, "w"));
	ck_assert_uint_eq(config->nreplicas, 1);
	ck_assert(span_is(config->replicas[0].url, "http://h/"));
	config_free(&config);
	faults_fini(&faults);
	config_test_remove("t.yaml");
	config_test_remove("a.json");
	config_test_remove("key");
	rmdir(folder);
}
END_TEST

/* Each with the place and a part of what is said. */
#define SELECT "SELECT MAX(m) FROM N"
#define QUERY "query: " SELECT

static const struct {
	const char *text, *place, *says;
} fault_rows[] = {{"region: r\n", "t.yaml:1:1: ", "data is missing"},
    {"", "t.yaml:1:1: ", "data is missing"},
    {"data: d\nregoin: r\n", "t.yaml:2:1: ", "did you mean \"region\"?"},
    {"data: d\njournal:\n  segmet_age: 5m\n",
	"t.yaml:3:3: ", "did you mean \"segment_age\"?"},
    {"data: d\njournal:\n  segment_age: soon\n",
	"t.yaml:3:3: ", "a duration such as 90s, 3m, 1h or 2d, not \"soon\""},
    {"data: d\njournal: {segment_size: 1KiB}\n",
	"t.yaml:2:11: ", "from 256KiB to 4GiB"},
    {"data: d\njournal: [a]\n", "t.yaml:2:1: ", "a map of keys"},
    {"data: d\nlisten:\n  feed: 0.0.0.0:1\n",
	"t.yaml:3:3: ", "list who may send under `feeds`"},
    {"data: d\nlisten: {feed: \"127.evil.example:1\"}\n",
	"t.yaml:2:10: ", "can be reached from outside"},
    {"data: d\nlisten: {otlp: \"127.0.0.1:1\"}\n",
	"t.yaml:2:10: ", "otlp is not in this version yet"},
    {"data: d\nsources: [{name: a}]\n",
	"t.yaml:2:11: ", "a source is one of: kafka"},
    {"data: d\nsources: [{name: a, kafka: {topics: [t]}}]\n",
	"t.yaml:2:21: ", "brokers is missing"},
    {"data: d\nsources: [{name: a, kafka: {brokers: b}}]\n",
	"t.yaml:2:21: ", "topics is missing"},
    {"data: d\nsources: [{name: a, kafka: {brokers: b, topics: [t], "
     "reset: first}}]\n",
	"t.yaml:2:21: ", "earliest or latest"},
    {"data: d\nsources: [{name: a, kafka: {brokers: b, topics: [t], "
     "securty: tls}}]\n",
	"t.yaml:2:54: ", "did you mean \"security\"?"},
    {"data: d\nsources: [{name: a, kafka: {brokers: b, topics: [t], "
     "security: sasl_tls, mechanism: PLAIN, user: u}}]\n",
	"t.yaml:2:21: ", "user and password_file"},
    {"data: d\nsources: [{name: a, kafka: {brokers: b, topics: [t]}}, "
     "{name: a, kafka: {brokers: b, topics: [t]}}]\n",
	"t.yaml:2:56: ", "two sources"},
    {"data: d\nfeeds: [{name: kafka/a, access_key_file: t.yaml}]\n",
	"t.yaml:2:9: ", "begin with kafka/"},
    {"data: d\nrollups: [{name: a}]\n", "t.yaml:2:11: ", "query is missing"},
    {"data: d\nrollups: [{" QUERY "}]\n", "t.yaml:2:11: ", "name is missing"},
    {"data: d\nrollups: [{name: a, query: SELECT MAX(m FROM N}]\n",
	"t.yaml:2:21: ", "query: column 14: expected ), found FROM"},
    {"data: d\nrollups: [{name: a b, " QUERY "}]\n",
	"t.yaml:2:11: ", "letters, digits"},
    {"data: d\nrollups: [{name: a, " QUERY ", period: 90s}]\n",
	"t.yaml:2:11: ", "whole minutes"},
    {"data: d\nrollups: [{name: a, " QUERY ", period: 25h}]\n",
	"t.yaml:2:11: ", "from 1m to 1d"},
    {"data: d\nrollups: [{name: a, " QUERY ", window: 5m, every: 6m}]\n",
	"t.yaml:2:11: ", "must not be longer than window"},
    {"data: d\nrollups: [{name: a, " QUERY ", period: 5m, window: 5m}]\n",
	"t.yaml:2:62: ", "not both"},
    {"data: d\nrollups: [{name: a, " QUERY ", every: 5m}]\n",
	"t.yaml:2:50: ", "every is said of a window"},
    {"data: d\nrollups: [{name: a, " QUERY ", revise: 2d}]\n",
	"t.yaml:2:50: ", "0 to 1d"},
    {"data: d\nrollups: [{name: a, " QUERY ", erly: true}]\n",
	"t.yaml:2:50: ", "did you mean \"early\"?"},
    {"data: d\nrollups: [{name: a, " QUERY ", output: [mail]}]\n",
	"t.yaml:2:59: ", "archive, replica, metrics and status"},
    {"data: d\nrollups: [{name: a, " QUERY "}, {name: a, " QUERY "}]\n",
	"t.yaml:2:51: ", "two rollups are named \"a\""},
    {"data: d\ncluster: {brokers: b}\n",
	"t.yaml:2:1: ", "not in this version yet"},
    {"data: d\nsinks: {replica: [{name: a, kafka: {brokers: b}}]}\n",
	"t.yaml:2:29: ", "topic is missing"},
    {"data: d\nsinks: {replica: [{name: a, kafka: {brokers: b, topic: t, "
     "security: ssl}}]}\n",
	"t.yaml:2:29: ", "security must be"},
    {"data: d\nsinks: {events: {bus: b}}\n", "t.yaml:2:9: ", "no Region"},
    {"data: d\nregion: r\nsinks: {events: {source: aws.x}}\n",
	"t.yaml:3:18: ", "begins with \"aws.\""},
    {"data: d\nsinks: {sns: {stand_in: {\"arn:aws:sns:r:1:a\": b}}}\n",
	"t.yaml:2:26: ", "is no topic"},
    {"data: d\nsinks: {sns: {stand_in: {\"arn:aws:sns:r:1:a\": "
     "\"arn:aws:sns:r:1:a\"}}}\n",
	"t.yaml:2:26: ", "for itself"},
    {"data: d\nsinks: {sns: {stand_in: {\"arn:aws:sns:r:1:a\": "
     "\"arn:aws:sns:s:1:a\", \"arn:aws:sns:r:1:b\": "
     "\"arn:aws:sns:s:1:a\"}}}\n",
	"t.yaml:2:68: ", "stands in for another topic"},
    {"data: d\nsinks: {webhooks: [{name: a, url: \"http://peer/\", "
     "secret_file: t.yaml}]}\n",
	"t.yaml:2:30: ", "must be https://"},
    {"data: d\nsinks: {webhooks: [{name: a, url: \"https://peer/\"}]}\n",
	"t.yaml:2:20: ", "secret_file"},
    {"data: d\nsinks: {replica: [{name: a, kinesis: {}}]}\n",
	"t.yaml:2:29: ", "stream is missing"},
    {"data: d\nsinks: {replica: [{name: a, kinesis: {stream: s}}]}\n",
	"t.yaml:2:29: ", "kinesis has no Region"},
    {"data: d\nregion: r\nsinks: {replica: [{name: a, firehose: {stream: "
     "a/b}}]}\n",
	"t.yaml:3:29: ", "firehose: a stream's name has letters"},
    {"data: d\nregion: r\nsinks: {replica: [{name: a, kinesis: {stream: s, "
     "record_size: 6MiB}}]}\n",
	"t.yaml:3:29: ", "record_size is above request_size"},
    {"data: d\nsinks: {replica: [{name: a, firehose_http: {url: "
     "\"http://a:b@h/\"}}]}\n",
	"t.yaml:2:29: ", "no user in the url"},
    {"data: d\nsinks: {replica: [{name: a, firehose_http: {url: u}, "
     "kinesis: {stream: s}}]}\n",
	"t.yaml:2:19: ", "one of firehose_http"},
    {"data: d\nsinks: {replica: [{name: a, send: [record], firehose_http: "
     "{url: u}}]}\n",
	"t.yaml:2:36: ", "records, transitions or rollups, not \"record\""},
    {"data: d\nsinks: {replica: [{name: a, send: [], firehose_http: "
     "{url: u}}]}\n",
	"t.yaml:2:29: ", "sends nothing"},
    {"data: d\nsinks: {replica: [{name: a, send: records, firehose_http: "
     "{url: u}}]}\n",
	"t.yaml:2:29: ", "send must be a list"},
    {"data: d\nsinks: {replica: [{name: a/b, firehose_http: {url: "
     "u}}]}\n",
	"t.yaml:2:19: ", "letters, digits"},
    {"data: d\nsinks: {replica: [{name: a}]}\n",
	"t.yaml:2:19: ", "one of firehose_http"},
    {"data: d\nsinks: {s3: {bucket: b}}\n", "t.yaml:2:9: ", "no Region"},
    {"data: d\nregion: r\nsinks: {s3: [{bucket: b}, {bucket: c}]}\n",
	"t.yaml:3:27: ", "two buckets are named \"\""},
    {"data: d\nregion: r\nsinks: {s3: [{bucket: b}, {bucket: b, "
     "name: w}]}\n",
	"t.yaml:3:27: ", "the same place"},
    {"data: d\nregion: r\nsinks: {s3: [{bucket: b, multipart: 1MiB}]}\n",
	"t.yaml:3:26: ", "from 5MiB"},
    {"data: d\nregion: r\nsinks: {s3: {bucket: b, sse: kms}}\n",
	"t.yaml:3:9: ", "none of AES256"},
    {"data: d\nfeeds: [{name: a, access_key_file: none}]\n",
	"t.yaml:2:19: ", "cannot be read"},
    {"data: d\nfeeds: [{name: a, access_key_file: blank}]\n",
	"t.yaml:2:1: ", "no key"},
    {"data: d\nlisten: {tls: {certificate: blank, key: blank}}\n",
	"t.yaml:2:10: ", "certificate"},
    {"data: d\nfeeds: [{name: a}]\n",
	"t.yaml:2:9: ", "access_key_file is missing"},
    {"data: d\ndelay: {AWS/RDS: 3x}\n", "t.yaml:2:9: ", "a duration"},
    {"data: d\nclock: {speed: 60}\n", "t.yaml:2:1: ", "start"},
    {"data: d\nclock: {start: noon}\n", "t.yaml:2:9: ", "2026-01-01T00:00:00Z"},
    {"data: d\nalarms: [none.json]\n", "t.yaml:2:10: ", "none.json"},
    {"data: d\nalarms: [bad.json]\n", "bad.json:2:3: ", ""},
    {"- a\n", "t.yaml:1:1: ", "a map of keys"}};

START_TEST(faults_say_where_and_what_is_right)
{

	config_test_folder();
	config_test_write("bad.json", "{\n  oops\n}");
	config_test_write("blank", "\n");
	for (size_t i = 0; i < sizeof(fault_rows) / sizeof(*fault_rows); i++) {
		struct faults faults;
		struct config *config;
		char said[1024] = "";
		FILE *to = fmemopen(said, sizeof(said), "w");

		config_test_write("t.yaml", fault_rows[i].text);
		faults_init(&faults);
		config = config_load(
		    config_test_path("t.yaml"), true, &faults, NULL);
		ck_assert_msg(config == NULL, "%s", fault_rows[i].text);
		faults_print(&faults, to);
		fclose(to);
		ck_assert_msg(
		    faults.count == 1, "%s: %s", fault_rows[i].text, said);
		ck_assert_msg(strstr(said, fault_rows[i].place) != NULL,
		    "%s: %s", fault_rows[i].text, said);
		ck_assert_msg(strstr(said, fault_rows[i].says) != NULL,
		    "%s: %s", fault_rows[i].text, said);
		faults_fini(&faults);
	}
	config_test_remove("t.yaml");
	config_test_remove("bad.json");
	config_test_remove("blank");
	rmdir(folder);
}
END_TEST

START_TEST(the_entry_carries_definitions_as_they_were_written)
{
	struct faults faults;
	struct config *config = config_create();
	struct buf entry = {0};

	config_test_folder();
	config_test_write("a.json", alarm_json);
	config_test_write("t.yaml", "region: us-east-2\ndelay: {AWS/S3: 5m}\n");
	faults_init(&faults);
	/* In this order: definitions are read when all files are there. */
	config_alarms_add(config, config_test_path("a.json"), NULL, &faults);
	config_read(config, config_test_path("t.yaml"), false, &faults);
	config_finish(config, &faults);
	ck_assert_uint_eq(faults.count, 0);
	ck_assert(span_is(config->alarms.alarms[0].region, "us-east-2"));
	config_entry(config, NULL, &entry);
	ck_assert_str_eq(buf_cstr(&entry),
	    "{\"account\":\"\",\"region\":\"us-east-2\",\"delay\":{"
	    "\"default\":180000,\"AWS/S3\":300000},"
	    "\"series\":{\"forget\":172800000},\"feeds\":{},\"alarms\":[{"
	    "\"AlarmName\":\"lag\",\"Namespace\":\"AWS/RDS\","
	    "\"MetricName\":\"Lag\",\"Statistic\":\"Average\",\"Period\":60,"
	    "\"EvaluationPeriods\":2,\"Threshold\":1.50,"
	    "\"ComparisonOperator\":\"GreaterThanThreshold\"}],\"mutes\":[]}");
	config_test_write("t.yaml", "region: us-west-2\n");
	config_read(config, config_test_path("t.yaml"), false, &faults);
	ck_assert_uint_eq(faults.count, 1);
	ck_assert_ptr_nonnull(strstr(faults.first->text, "an earlier file"));
	buf_fini(&entry);
	faults_fini(&faults);
	config_free(&config);
	config_test_remove("t.yaml");
	config_test_remove("a.json");
	rmdir(folder);
}
END_TEST

/* What the engine reads is what was written; both times. */
START_TEST(the_entry_carries_rollups)
{
	static const char right[] =
	    "\"rollups\":[{\"name\":\"a\",\"query\":\"" SELECT
	    "\",\"window\":60000,\"every\":60000,\"revise\":900000,"
	    "\"output\":[\"archive\",\"replica\",\"metrics\",\"status\"]},{"
	    "\"name\":\"b\","
	    "\"query\":\"" SELECT "\",\"unit\":\"Seconds\",\"window\":900000,"
	    "\"every\":60000,\"delay\":0,\"revise\":0,\"early\":true,"
	    "\"output\":[\"status\"]}]}";
	struct faults faults;
	struct config *config = config_create();
	struct engine_config engine;
	struct outcome outcome;
	struct buf entry = {0}, again = {0};
	struct err err;

	config_test_folder();
	config_test_write("t.yaml",
	    "account: \"1\"\nrollups:\n  - {name: a, query: " SELECT
	    "}\n  - {name: b, query: " SELECT
	    ", unit: Seconds, window: 15m, delay: 0s, revise: 0s, early: true, "
	    "output: [status]}\n");
	faults_init(&faults);
	outcome_init(&outcome);
	config_read(config, config_test_path("t.yaml"), false, &faults);
	config_finish(config, &faults);
	ck_assert_uint_eq(faults.count, 0);
	config_entry(config, NULL, &entry);
	ck_assert_ptr_nonnull(strstr(buf_cstr(&entry), right));
	ck_assert_int_eq(
	    engine_config_read(&engine, buf_span(&entry), &outcome, &err),
	    RC_OK);
	ck_assert_uint_eq(outcome.ncomplaints, 0);
	ck_assert_uint_eq(engine.nrollups, 2);
	for (size_t i = 0; i < 2; i++) {
		ck_assert(span_is(engine.rollups[i].account, "1"));
		buf_clear(&again);
		rollup_write(&engine.rollups[i], &again);
		ck_assert_ptr_nonnull(strstr(right, buf_cstr(&again)));
	}
	ck_assert_int_eq(engine.rollups[0].delay_ms, -1);
	ck_assert_int_eq(
	    engine_config_rollup_delay(&engine, &engine.rollups[0]), 180000);
	engine_config_fini(&engine);
	buf_fini(&entry);
	buf_fini(&again);
	outcome_fini(&outcome);
	faults_fini(&faults);
	config_free(&config);
	config_test_remove("t.yaml");
	rmdir(folder);
}
END_TEST

START_TEST(the_reference_is_a_configuration)
{
	struct faults faults;
	struct config *config;
	FILE *to;

	config_test_folder();
	to = fopen(config_test_path("t.yaml"), "w");
	ck_assert_ptr_nonnull(to);
	config_print(to);
	fprintf(to, "\ndata: d\n");
	fclose(to);
	faults_init(&faults);
	config = config_load(config_test_path("t.yaml"), true, &faults, NULL);
	faults_print(&faults, stderr);
	ck_assert_ptr_nonnull(config);
	ck_assert(span_is(config->listen.feed, "127.0.0.1:4433"));
	config_free(&config);
	faults_fini(&faults);
	config_test_remove("t.yaml");
	rmdir(folder);
}
END_TEST

TEST_MAIN("config", good_files_fill_the_config,
    faults_say_where_and_what_is_right,
    the_entry_carries_definitions_as_they_were_written,
    the_entry_carries_rollups, the_reference_is_a_configuration)
