/*
 * What tests ask of a broker beside sending:
 *
 *   kafka_admin BROKERS create TOPIC PARTITIONS [KEY=VALUE ...]
 *   kafka_admin BROKERS delete TOPIC
 *   kafka_admin BROKERS trim TOPIC PARTITION OFFSET    all before it goes
 *   kafka_admin BROKERS committed GROUP TOPIC PARTITION
 *   kafka_admin BROKERS high TOPIC PARTITION
 */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_MS 20000

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "kafka_admin: %s: %s\n", what, why);
	exit(1);
}

static rd_kafka_t *
handle(rd_kafka_type_t type, const char *brokers, const char *group)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char text[256];
	rd_kafka_t *rk;

	rd_kafka_conf_set(
	    conf, "bootstrap.servers", brokers, text, sizeof(text));
	if (group != NULL)
		rd_kafka_conf_set(conf, "group.id", group, text, sizeof(text));
	rk = rd_kafka_new(type, conf, text, sizeof(text));
	if (rk == NULL)
		die(brokers, text);
	return rk;
}

static void
answered(rd_kafka_queue_t *queue, const char *what)
{
	rd_kafka_event_t *event = rd_kafka_queue_poll(queue, PATIENCE_MS);
	const rd_kafka_topic_result_t **rows = NULL;
	size_t count = 0;

	if (event == NULL)
		die(what, "no answer");
	if (rd_kafka_event_error(event) != 0)
		die(what, rd_kafka_event_error_string(event));
	if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_CREATETOPICS_RESULT)
		rows = rd_kafka_CreateTopics_result_topics(
		    rd_kafka_event_CreateTopics_result(event), &count);
	else if (rd_kafka_event_type(event) ==
	    RD_KAFKA_EVENT_DELETETOPICS_RESULT)
		rows = rd_kafka_DeleteTopics_result_topics(
		    rd_kafka_event_DeleteTopics_result(event), &count);
	for (size_t i = 0; i < count; i++)
		if (rd_kafka_topic_result_error(rows[i]) != 0)
			die(what,
			    rd_kafka_err2str(
				rd_kafka_topic_result_error(rows[i])));
	rd_kafka_event_destroy(event);
}

static void
create(rd_kafka_t *rk, rd_kafka_queue_t *queue, char **words, int count)
{
	char text[256];
	rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(
	    words[0], atoi(words[1]), 1, text, sizeof(text));

	if (topic == NULL)
		die(words[0], text);
	for (int i = 2; i < count; i++) {
		char *value = strchr(words[i], '=');

		*value++ = '\0';
		rd_kafka_NewTopic_set_config(topic, words[i], value);
	}
	rd_kafka_CreateTopics(rk, &topic, 1, NULL, queue);
	answered(queue, words[0]);
}

static void
trim(rd_kafka_t *rk, rd_kafka_queue_t *queue, char **words)
{
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new(1);
	rd_kafka_DeleteRecords_t *records;

	rd_kafka_topic_partition_list_add(list, words[0], atoi(words[1]))
	    ->offset = atoll(words[2]);
	records = rd_kafka_DeleteRecords_new(list);
	rd_kafka_DeleteRecords(rk, &records, 1, NULL, queue);
	answered(queue, words[0]);
}

static void
committed(const char *brokers, char **words)
{
	rd_kafka_t *rk = handle(RD_KAFKA_CONSUMER, brokers, words[0]);
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new(1);
	rd_kafka_resp_err_t code;

	rd_kafka_topic_partition_list_add(list, words[1], atoi(words[2]));
	code = rd_kafka_committed(rk, list, PATIENCE_MS);
	if (code != 0)
		die(words[0], rd_kafka_err2str(code));
	printf("%lld\n",
	    list->elems[0].offset < 0 ? -1 : (long long)list->elems[0].offset);
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_destroy(rk);
}

int
main(int argc, char **argv)
{
	rd_kafka_topic_t *known;
	rd_kafka_queue_t *queue;
	int64_t low, high;
	rd_kafka_t *rk;

	if (argc < 4)
		die("usage", "BROKERS COMMAND TOPIC ...");
	if (strcmp(argv[2], "committed") == 0) {
		committed(argv[1], argv + 3);
		return 0;
	}
	rk = handle(RD_KAFKA_PRODUCER, argv[1], NULL);
	queue = rd_kafka_queue_new(rk);
	if (strcmp(argv[2], "create") == 0) {
		create(rk, queue, argv + 3, argc - 3);
	} else if (strcmp(argv[2], "delete") == 0) {
		rd_kafka_DeleteTopic_t *topic =
		    rd_kafka_DeleteTopic_new(argv[3]);

		rd_kafka_DeleteTopics(rk, &topic, 1, NULL, queue);
		answered(queue, argv[3]);
	} else if (strcmp(argv[2], "trim") == 0) {
		known = rd_kafka_topic_new(rk, argv[3], NULL);
		trim(rk, queue, argv + 3);
		rd_kafka_topic_destroy(known);
	} else if (strcmp(argv[2], "high") == 0) {
		if (rd_kafka_query_watermark_offsets(rk, argv[3], atoi(argv[4]),
			&low, &high, PATIENCE_MS) != 0)
			die(argv[3], "no watermarks");
		printf("%lld\n", (long long)high);
	} else {
		die(argv[2], "no such command");
	}
	rd_kafka_queue_destroy(queue);
	rd_kafka_destroy(rk);
	return 0;
}
