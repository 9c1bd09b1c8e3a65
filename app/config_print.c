/* The reference configuration, from the tables that read it. */
#include <stdlib.h>

#include "app/config_rollups.h"
#include "base/log.h"
#include "base/text.h"

struct config_print_section {
	const char *head; /* the line that opens it; NULL: no line; "": it
			     goes on from the one before */
	const char *help;
	const struct option *options; /* NULL: only a head */
	unsigned indent;
	bool off; /* printed as a comment: not there by default */
};

static const struct config_print_section config_print_sections[] = {
    {"listen:", "where others reach this one", config_listen_options, 2, false},
    {"  tls:", "TLS for feed, when set", config_tls_options, 4, false},
    {"sources:", "what is read besides listening, one item each", NULL, 0,
	true},
    {"  -", NULL, config_source_options, 4, true},
    {"    kafka:",
	"topics that carry records of metric streams; `topics: [NAME, ...]` is "
	"required",
	source_kafka_options, 6, true},
    {"feeds:",
	"who may send, one item each; without any, only this machine may", NULL,
	0, true},
    {"  -", NULL, feed_options, 4, true},
    {"alarms: []",
	"files, folders or patterns such as alarms/*.json: what "
	"describe-alarms "
	"prints, CloudFormation, Terraform",
	NULL, 0, false},
    {"parameters: {}", "NAME: VALUE of CloudFormation templates among them",
	NULL, 0, false},
    {"rollups:",
	"windows over Metrics Insights queries, one item each; output: a list "
	"of archive, replica, metrics, status: all",
	NULL, 0, true},
    {"  -", NULL, config_rollup_options, 4, true},
    {"delay:",
	"how long after a period's end its data may come, by namespace; auto, "
	"or auto 1m..20m: as observed",
	NULL, 0, false},
    {NULL, NULL, NULL, 2, false}, /* the delays stand here */
    {"series:", "what is known of the stream's series", config_series_options,
	2, false},
    {"clock:", "where arrival times come from", config_clock_options, 2, false},
    {"journal:", "the log on disk", journal_options, 2, false},
    {"", NULL, checkpointer_options, 2, false},
    {"peer:", "other tocsins whose word counts; one item each", NULL, 0, true},
    {"  -", NULL, peer_options, 4, true},
    {"sinks:", "where outcomes go", NULL, 0, false},
    {"  sns:", "notifications: the alarms' own actions are the topics",
	sns_options, 4, false},
    {"    stand_in: {}",
	"TOPIC: the topic, of another Region, that is told in its place", NULL,
	0, true},
    {"  lambda:", "notifications: functions among the alarms' actions",
	lambda_options, 4, false},
    {"  s3:",
	"the archive: every closed segment, as it is; a list of such maps for "
	"several buckets",
	s3_options, 4, true},
    {"  events:", "EventBridge is told every change of state, when set",
	events_options, 4, true},
    {"  webhooks:", "actions webhook:NAME of alarms; one item each", NULL, 0,
	true},
    {"    -", NULL, webhook_options, 6, true},
    {"  replica:", "the same records again, to other receivers; one item each",
	NULL, 0, true},
    {"    -", NULL, replica_options, 6, true},
    {"      send: [records]", "what is sent: records, transitions, rollups",
	NULL, 0, true},
    {"      firehose_http:", "a Firehose HTTP endpoint, another tocsin say",
	firehose_http_options, 8, true},
    {"      kafka:", "or a topic of Kafka", replica_kafka_options, 8, true},
    {"      kinesis:", "or a Kinesis data stream", kinesis_options, 8, true},
    {"      firehose:", "or a Firehose stream", firehose_options, 8, true},
    {"cluster:", "not in this version yet: Kafka as the journal", NULL, 0,
	true}};

static void
config_print_delays(FILE *to)
{
	struct config *config = config_create();

	for (size_t i = 0; i < config->ndelays; i++) {
		char delay[TEXT_TIME_SIZE];

		text_duration(delay, config->delays[i].delay_ms);
		fprintf(to, "  %.*s: %s\n",
		    SPAN_ARGS(config->delays[i].namespace), delay);
	}
	config_free(&config);
}

static void
config_print_section(const struct config_print_section *section, FILE *to)
{
	size_t indent = section->head == NULL ? 0 : strspn(section->head, " ");

	if (section->head == NULL) {
		config_print_delays(to);
		return;
	}
	if (indent == 0 && section->head[0] != '\0')
		fputc('\n', to);
	if (section->help != NULL)
		fprintf(to, "%*s# %s\n", (int)indent, "", section->help);
	if (section->head[0] != '\0')
		fprintf(to, "%s\n", section->head);
	if (section->options != NULL)
		option_print(section->options, section->indent, to);
}

/* Every line becomes a comment; take the first # away and it is there. */
static void
config_print_off(const char *text, FILE *to)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n"), space = strspn(text, " ");
		bool plain = len > 0 && text[space] != '#';

		fprintf(to, "%s%.*s\n", plain ? "#" : "", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

void
config_print(FILE *to)
{
	size_t count =
	    sizeof(config_print_sections) / sizeof(*config_print_sections);

	fprintf(to,
	    "# tocsin " TOCSIN_VERSION ": every key with its default.\n"
	    "# Sizes: 512KiB 64MiB 1GiB. Durations: 90s 3m 1h 2d. "
	    "Relative paths are of this\n# file's folder. ${NAME} and "
	    "${NAME:-default} read the environment.\n\n");
	option_print(config_options, 0, to);
	for (size_t i = 0; i < count; i++) {
		const struct config_print_section *s =
		    &config_print_sections[i];
		char *text = NULL;
		size_t len;
		FILE *memory;

		if (!s->off) {
			config_print_section(s, to);
			continue;
		}
		memory = open_memstream(&text, &len);
		if (memory == NULL)
			log_die("out of memory: reference configuration");
		config_print_section(s, memory);
		fclose(memory);
		config_print_off(text, to);
		free(text);
	}
}
