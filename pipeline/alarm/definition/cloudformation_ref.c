/* Ref and Fn::GetAtt: parameters, pseudo parameters, and what the names in a
 * template say of the resources that will bear them. */
#include "pipeline/alarm/definition/cloudformation_value.h"

/*
 * What Ref ("") and Fn::GetAtt return of a resource whose name the template
 * gives: the name, or with a service the ARN
 * arn:aws:SERVICE:REGION:ACCOUNT:PREFIXNAME. From "Return values" of each
 * resource type in the CloudFormation template reference.
 */
static const struct cloudformation_fact {
	const char *type, *attribute, *property, *service, *prefix;
} cloudformation_facts[] = {
    {"AWS::CloudWatch::Alarm", "", "AlarmName", NULL, NULL},
    {"AWS::CloudWatch::Alarm", "Arn", "AlarmName", "cloudwatch", "alarm:"},
    {"AWS::CloudWatch::CompositeAlarm", "", "AlarmName", NULL, NULL},
    {"AWS::CloudWatch::CompositeAlarm", "Arn", "AlarmName", "cloudwatch",
	"alarm:"},
    {"AWS::CloudWatch::AlarmMuteRule", "", "Name", NULL, NULL},
    {"AWS::CloudWatch::AlarmMuteRule", "Arn", "Name", "cloudwatch",
	"alarm-mute-rule:"},
    {"AWS::SNS::Topic", "", "TopicName", "sns", ""},
    {"AWS::SNS::Topic", "TopicArn", "TopicName", "sns", ""},
    {"AWS::SNS::Topic", "TopicName", "TopicName", NULL, NULL},
    {"AWS::Lambda::Function", "", "FunctionName", NULL, NULL},
    {"AWS::Lambda::Function", "Arn", "FunctionName", "lambda", "function:"},
    {"AWS::SQS::Queue", "QueueName", "QueueName", NULL, NULL},
    {"AWS::SQS::Queue", "Arn", "QueueName", "sqs", ""},
    {"AWS::RDS::DBCluster", "", "DBClusterIdentifier", NULL, NULL},
    {"AWS::RDS::DBInstance", "", "DBInstanceIdentifier", NULL, NULL},
    {"AWS::RDS::GlobalCluster", "", "GlobalClusterIdentifier", NULL, NULL},
    {"AWS::DynamoDB::Table", "", "TableName", NULL, NULL},
    {"AWS::DynamoDB::GlobalTable", "", "TableName", NULL, NULL},
    {"AWS::Kinesis::Stream", "", "Name", NULL, NULL},
    {"AWS::KinesisFirehose::DeliveryStream", "", "DeliveryStreamName", NULL,
	NULL},
    {"AWS::S3::Bucket", "", "BucketName", NULL, NULL},
    {"AWS::ECS::Cluster", "", "ClusterName", NULL, NULL},
    {"AWS::ECS::Service", "Name", "ServiceName", NULL, NULL},
    {"AWS::AutoScaling::AutoScalingGroup", "", "AutoScalingGroupName", NULL,
	NULL},
    {"AWS::ElastiCache::ReplicationGroup", "", "ReplicationGroupId", NULL,
	NULL},
    {"AWS::ElastiCache::CacheCluster", "", "ClusterName", NULL, NULL},
    {"AWS::Logs::LogGroup", "", "LogGroupName", NULL, NULL},
    {"AWS::StepFunctions::StateMachine", "Name", "StateMachineName", NULL,
	NULL},
    {"AWS::OpenSearchService::Domain", "", "DomainName", NULL, NULL},
};

static struct span
cloudformation_known(
    const struct cloudformation *c, const char *name, struct span otherwise)
{
	const struct template_parameter *given =
	    template_given(c->options, span_text(name));

	return given != NULL ? given->value : otherwise;
}

struct span
cloudformation_region(const struct cloudformation *c)
{
	return cloudformation_known(c, "AWS::Region", c->options->region);
}

struct span
cloudformation_account(const struct cloudformation *c)
{
	return cloudformation_known(c, "AWS::AccountId", c->options->account);
}

static const struct tree *
cloudformation_pseudo(
    struct cloudformation *c, struct span name, const struct tree *place)
{
	const char *partition = template_partition(cloudformation_region(c));
	struct span value = SPAN_OF("");

	if (span_is(name, "AWS::NoValue"))
		return template_node(c->arena, TREE_NULL, place);
	if (span_is(name, "AWS::Region"))
		value = cloudformation_region(c);
	else if (span_is(name, "AWS::AccountId"))
		value = cloudformation_account(c);
	else if (span_is(name, "AWS::Partition"))
		value = span_text(partition);
	else if (span_is(name, "AWS::URLSuffix"))
		value = strcmp(partition, "aws-cn") == 0
		    ? SPAN_OF("amazonaws.com.cn")
		    : SPAN_OF("amazonaws.com");
	if (value.len == 0)
		return cloudformation_fault(c, place,
		    "%.*s is not known; give --parameter %.*s=VALUE",
		    SPAN_ARGS(name), SPAN_ARGS(name));
	return cloudformation_made(c, value, place);
}

static struct span
cloudformation_trim(struct span text)
{
	while (text.len > 0 && text.at[0] == ' ')
		text = span_make(text.at + 1, text.len - 1);
	while (text.len > 0 && text.at[text.len - 1] == ' ')
		text.len--;
	return text;
}

/* "a, b" as the list of a parameter whose type is one. */
static const struct tree *
cloudformation_commas(
    struct cloudformation *c, struct span text, const struct tree *place)
{
	struct template_build list = template_begin(c->arena, TREE_LIST, place);

	for (;;) {
		const char *comma =
		    text.len == 0 ? NULL : memchr(text.at, ',', text.len);
		size_t len =
		    comma == NULL ? text.len : (size_t)(comma - text.at);
		const struct tree *item = cloudformation_made(
		    c, cloudformation_trim(span_make(text.at, len)), place);

		if (item == NULL)
			return NULL;
		template_put(&list, template_copy(c->arena, item, place));
		if (comma == NULL)
			return list.node;
		text = span_make(comma + 1, text.len - len - 1);
	}
}

static const struct tree *
cloudformation_parameter(struct cloudformation *c, struct span name,
    const struct template_parameter *given, const struct tree *declared,
    const struct tree *place)
{
	const struct tree *type = tree_get(declared, "Type"),
			  *other = tree_get(declared, "Default");
	struct span kind = type == NULL ? SPAN_OF("") : type->text;
	bool stored = span_starts(kind, "AWS::SSM::Parameter::Value<");

	if (given == NULL && stored)
		return cloudformation_fault(c, place,
		    "parameter %.*s is read from the Parameter Store when the "
		    "stack is made; give --parameter %.*s=VALUE",
		    SPAN_ARGS(name), SPAN_ARGS(name));
	if (given == NULL && (other == NULL || other->kind != TREE_SCALAR))
		return cloudformation_fault(c, place,
		    "parameter %.*s has no Default; give --parameter "
		    "%.*s=VALUE",
		    SPAN_ARGS(name), SPAN_ARGS(name));
	if (span_is(kind, "CommaDelimitedList") || span_starts(kind, "List<") ||
	    span_starts(kind, "AWS::SSM::Parameter::Value<List"))
		return cloudformation_commas(
		    c, given != NULL ? given->value : other->text, place);
	return cloudformation_made(
	    c, given != NULL ? given->value : other->text, place);
}

/* The name that a resource will bear; "" when CloudFormation makes one. */
static bool
cloudformation_name(struct cloudformation *c, struct span resource,
    const struct cloudformation_fact *fact, const struct tree *node,
    size_t depth, struct span *out)
{
	const struct tree *given = tree_get(
			      tree_get(node, "Properties"), fact->property),
			  *value;

	*out = span_starts(span_text(fact->type), "AWS::CloudWatch::")
	    ? resource
	    : SPAN_OF("");
	if (given == NULL)
		return true;
	value = cloudformation_value(c, given, depth + 1);
	if (value != NULL && value->kind == TREE_SCALAR)
		*out = value->text;
	return value != NULL;
}

static const struct tree *
cloudformation_fact_value(struct cloudformation *c,
    const struct cloudformation_fact *fact, struct span name,
    const struct tree *place)
{
	struct span region = cloudformation_region(c);
	struct span account = cloudformation_account(c);

	if (fact->service == NULL)
		return cloudformation_made(c, name, place);
	/* An alarm's own ARN is made the same way where nothing is known. */
	if (strcmp(fact->service, "cloudwatch") != 0 &&
	    (region.len == 0 || account.len == 0))
		return cloudformation_fault(c, place,
		    "the ARN of \"%.*s\" needs --parameter %s=VALUE",
		    SPAN_ARGS(name),
		    region.len == 0 ? "AWS::Region" : "AWS::AccountId");
	return cloudformation_made(c,
	    span_text(arena_printf(c->arena, "arn:%s:%s:%.*s:%.*s:%s%.*s",
		template_partition(region), fact->service, SPAN_ARGS(region),
		SPAN_ARGS(account), fact->prefix, SPAN_ARGS(name))),
	    place);
}

/* `attribute` "" is Ref. */
static const struct tree *
cloudformation_resource(struct cloudformation *c, struct span resource,
    struct span attribute, const struct tree *node, const struct tree *place,
    size_t depth)
{
	const struct tree *type = tree_get(node, "Type");
	size_t n = sizeof(cloudformation_facts) / sizeof(*cloudformation_facts);
	const char *dot = attribute.len > 0 ? "." : "";
	struct span name;

	for (size_t i = 0; type != NULL && i < n; i++) {
		const struct cloudformation_fact *fact =
		    &cloudformation_facts[i];

		if (!span_is(type->text, fact->type) ||
		    !span_is(attribute, fact->attribute))
			continue;
		if (!cloudformation_name(c, resource, fact, node, depth, &name))
			return NULL;
		if (name.len > 0)
			return cloudformation_fact_value(c, fact, name, place);
		return cloudformation_fault(c, place,
		    "%.*s has no %s, CloudFormation makes one; give "
		    "--parameter %.*s%s%.*s=VALUE",
		    SPAN_ARGS(resource), fact->property, SPAN_ARGS(resource),
		    dot, SPAN_ARGS(attribute));
	}
	return cloudformation_fault(c, place,
	    "%s of %.*s%s%.*s is known when the stack is made; give "
	    "--parameter %.*s%s%.*s=VALUE",
	    attribute.len > 0 ? "Fn::GetAtt" : "Ref", SPAN_ARGS(resource), dot,
	    SPAN_ARGS(attribute), SPAN_ARGS(resource), dot,
	    SPAN_ARGS(attribute));
}

const struct tree *
cloudformation_ref(struct cloudformation *c, struct span name,
    const struct tree *place, size_t depth)
{
	const struct template_parameter *given =
	    template_given(c->options, name);
	const struct tree *node = table_get(&c->parameters, name);

	if (node != NULL)
		return cloudformation_parameter(c, name, given, node, place);
	if (given != NULL)
		return cloudformation_made(c, given->value, place);
	if (span_starts(name, "AWS::"))
		return cloudformation_pseudo(c, name, place);
	node = table_get(&c->resources, name);
	if (node != NULL)
		return cloudformation_resource(
		    c, name, SPAN_OF(""), node, place, depth);
	return cloudformation_fault(c, place,
	    "\"%.*s\" is neither a parameter nor a resource of this template",
	    SPAN_ARGS(name));
}

const struct tree *
cloudformation_attribute(struct cloudformation *c, struct span name,
    struct span attribute, const struct tree *place, size_t depth)
{
	const struct tree *node = table_get(&c->resources, name);
	const struct template_parameter *given = template_given(c->options,
	    span_text(arena_printf(
		c->arena, "%.*s.%.*s", SPAN_ARGS(name), SPAN_ARGS(attribute))));

	if (given != NULL)
		return cloudformation_made(c, given->value, place);
	if (node != NULL)
		return cloudformation_resource(
		    c, name, attribute, node, place, depth);
	return cloudformation_fault(c, place,
	    "\"%.*s\" is no resource of this template", SPAN_ARGS(name));
}
