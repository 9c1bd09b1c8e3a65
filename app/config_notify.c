/* `sinks:` of notifications: sns, lambda, events, webhooks. */
#include "app/config.h"
#include "app/config_check.h"
#include "sinks/sns_publish.h"

static void
config_topic(const struct tree *node, struct span topic, struct faults *faults)
{
	struct span region;

	if (!sns_topic_region(topic, &region))
		tree_fault(node, faults,
		    "\"%.*s\" is no topic: "
		    "arn:aws:sns:REGION:ACCOUNT:NAME",
		    SPAN_ARGS(topic));
}

/* Each topic once on either side: a notification goes to none twice. */
static void
config_stand_in_load(const struct tree *node, struct sns_stand_in *rows,
    size_t before, struct faults *faults)
{
	struct sns_stand_in *row = &rows[before];

	row->topic = node->key;
	if (!tree_text(node, &row->stand_in, faults))
		return;
	config_topic(node, row->topic, faults);
	config_topic(node, row->stand_in, faults);
	if (span_equal(row->topic, row->stand_in))
		tree_fault(node, faults, "a topic cannot stand in for itself");
	for (size_t i = 0; i < before; i++)
		if (span_equal(rows[i].stand_in, row->stand_in))
			tree_fault(node, faults,
			    "%.*s stands in for another topic already: it "
			    "would be told some things twice",
			    SPAN_ARGS(row->stand_in));
}

static void
config_sns_load(
    struct config *config, const struct tree *map, struct faults *faults)
{
	static const char *const also[] = {"stand_in", NULL};
	const struct tree *table = tree_get(map, "stand_in");
	struct sns_config *sns = &config->sns;
	struct sns_stand_in *rows;

	tree_is(map, TREE_MAP, faults);
	option_load(sns_options, map, sns, &config->arena, faults);
	option_known(sns_options, also, map, faults);
	if (!tree_is(table, TREE_MAP, faults))
		return;
	rows = arena_alloc(&config->arena, table->count * sizeof(*rows));
	sns->stand_ins = rows;
	sns->nstand_ins = 0;
	for (const struct tree *t = table->first; t != NULL; t = t->next)
		config_stand_in_load(t, rows, sns->nstand_ins++, faults);
}

static void
config_lambda_load(
    struct config *config, const struct tree *map, struct faults *faults)
{
	tree_is(map, TREE_MAP, faults);
	option_load(
	    lambda_options, map, &config->lambda, &config->arena, faults);
	option_known(lambda_options, NULL, map, faults);
}

static void
config_events_load(
    struct config *config, const struct tree *map, struct faults *faults)
{
	struct events_config *events = &config->events;

	if (!tree_is(map, TREE_MAP, faults))
		return;
	option_load(events_options, map, events, &config->arena, faults);
	option_known(events_options, NULL, map, faults);
	config_required(map, "bus", events->bus, faults);
	config_required(map, "source", events->source, faults);
	if (span_starts(events->source, "aws."))
		tree_fault(tree_get(map, "source"), faults,
		    "EventBridge takes no events whose source begins with "
		    "\"aws.\" but from AWS itself");
	if (events->region.len == 0)
		events->region = config->region;
	if (events->region.len == 0)
		tree_fault(map, faults,
		    "events has no Region: set region here or at the top");
}

/* Plain http only where nobody can listen: to this machine. */
static void
config_webhook_url(
    const struct tree *item, struct span url, struct faults *faults)
{
	static const char *const here[] = {"http://127.0.0.1:",
	    "http://127.0.0.1/", "http://localhost:", "http://localhost/",
	    "http://[::1]:", "http://[::1]/"};
	bool good = span_starts(url, "https://");

	for (size_t i = 0; i < sizeof(here) / sizeof(*here); i++)
		good = good || span_starts(url, here[i]);
	if (url.len > 0 && !good)
		tree_fault(tree_get(item, "url"), faults,
		    "a webhook's url must be https://…; http:// goes to this "
		    "machine only");
}

static void
config_webhook_load(struct config *config, const struct tree *item,
    struct webhook_config *hook, bool service, struct faults *faults)
{
	option_load(webhook_options, item, hook, &config->arena, faults);
	option_known(webhook_options, NULL, item, faults);
	config_required(item, "name", hook->name, faults);
	config_plain_name(item, hook->name, faults);
	config_required(item, "url", hook->url, faults);
	config_webhook_url(item, hook->url, faults);
	config_required(item, "secret_file", hook->secret_file, faults);
	config_readable(
	    item, "secret_file", hook->secret_file, service, faults);
	for (size_t i = 0; i < config->nwebhooks; i++)
		if (span_equal(hook->name, config->webhooks[i].name))
			tree_fault(item, faults,
			    "two webhooks are named \"%.*s\"",
			    SPAN_ARGS(hook->name));
}

static void
config_webhooks_load(struct config *config, const struct tree *list,
    bool service, struct faults *faults)
{
	if (!tree_is(list, TREE_LIST, faults))
		return;
	config->webhooks = arena_alloc(
	    &config->arena, list->count * sizeof(struct webhook_config));
	config->nwebhooks = 0;
	for (const struct tree *t = list->first; t != NULL; t = t->next) {
		if (!tree_is(t, TREE_MAP, faults))
			continue;
		config_webhook_load(config, t,
		    &config->webhooks[config->nwebhooks], service, faults);
		config->nwebhooks++;
	}
}

void
config_notify_load(struct config *config, const struct tree *sinks,
    bool service, struct faults *faults)
{
	config_sns_load(config, tree_get(sinks, "sns"), faults);
	config_lambda_load(config, tree_get(sinks, "lambda"), faults);
	config_events_load(config, tree_get(sinks, "events"), faults);
	config_webhooks_load(
	    config, tree_get(sinks, "webhooks"), service, faults);
}

void
config_action_means(const struct config *config, struct http *http,
    struct aws_client *aws, struct action_means *means)
{
	*means = (struct action_means){.http = http,
	    .aws = aws,
	    .sns = config->sns,
	    .lambda = config->lambda,
	    .events = config->events,
	    .webhooks = config->webhooks,
	    .nwebhooks = config->nwebhooks};
}
