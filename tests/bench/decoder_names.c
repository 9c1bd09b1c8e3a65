/* Names of series: 19 namespaces, with the dimensions that they have. */
#include <stdio.h>
#include <string.h>

#include "decoder_points.h"

#define FAMILIES 19
#define METRICS 4

/* A dimension's value: what stands before the 16 digits of the thing that is
 * measured, or, where `shared`, before a small number. */
struct family_dimension {
	const char *name, *before;
	bool shared;
};

static const struct family {
	const char *namespace, *metrics[METRICS], *unit, *otlp_unit;
	struct family_dimension dimensions[NAME_DIMENSIONS];
} families[FAMILIES] = {
    {"AWS/EC2",
	{"CPUUtilization", "CPUCreditBalance", "StatusCheckFailed",
	    "MetadataNoToken"},
	"Percent", "%", {{"InstanceId", "i-0", false}}},
    {"AWS/EBS",
	{"VolumeReadBytes", "VolumeWriteBytes", "VolumeReadOps",
	    "VolumeQueueLength"},
	"Bytes", "By", {{"VolumeId", "vol-0", false}}},
    {"AWS/RDS",
	{"DatabaseConnections", "ReplicaLag", "ReadLatency",
	    "FreeStorageSpace"},
	"Count", "{Count}",
	{{"DBClusterIdentifier", "orders-", true},
	    {"DBInstanceIdentifier", "orders-", false},
	    {"DatabaseClass", "db.r6g.large", true}}},
    {"AWS/ApplicationELB",
	{"RequestCount", "TargetResponseTime", "HTTPCode_Target_5XX_Count",
	    "HealthyHostCount"},
	"Count", "{Count}",
	{{"AvailabilityZone", "us-east-1", true},
	    {"LoadBalancer", "app/public/", false},
	    {"TargetGroup", "targetgroup/web/", false}}},
    {"AWS/NetworkELB",
	{"ActiveFlowCount", "ProcessedBytes", "NewFlowCount",
	    "UnHealthyHostCount"},
	"Count", "{Count}",
	{{"AvailabilityZone", "us-east-1", true},
	    {"LoadBalancer", "net/inner/", false}}},
    {"AWS/Lambda",
	{"Invocations", "Duration", "Errors", "ConcurrentExecutions"},
	"Milliseconds", "ms",
	{{"ExecutedVersion", "", true}, {"FunctionName", "worker-", false},
	    {"Resource", "worker:live-", true}}},
    {"AWS/S3",
	{"BucketSizeBytes", "AllRequests", "FirstByteLatency", "4xxErrors"},
	"Bytes", "By",
	{{"BucketName", "archive-", false}, {"FilterId", "EntireBucket", true},
	    {"StorageType", "StandardStorage", true}}},
    {"AWS/SQS",
	{"NumberOfMessagesSent", "ApproximateAgeOfOldestMessage",
	    "NumberOfEmptyReceives", "SentMessageSize"},
	"Count", "{Count}", {{"QueueName", "jobs-", false}}},
    {"AWS/SNS",
	{"NumberOfMessagesPublished", "PublishSize",
	    "NumberOfNotificationsDelivered", "NumberOfNotificationsFailed"},
	"Count", "{Count}", {{"TopicName", "events-", false}}},
    {"AWS/DynamoDB",
	{"ConsumedReadCapacityUnits", "SuccessfulRequestLatency",
	    "ThrottledRequests", "ReplicationLatency"},
	"Milliseconds", "ms",
	{{"GlobalSecondaryIndexName", "by-time-", true},
	    {"Operation", "Query", true}, {"ReceivingRegion", "us-west-", true},
	    {"TableName", "table-", false}}},
    {"AWS/Kinesis",
	{"IncomingBytes", "GetRecords.IteratorAgeMilliseconds",
	    "IncomingRecords", "PutRecord.Success"},
	"Bytes", "By",
	{{"ShardId", "shardId-00000000000", true},
	    {"StreamName", "stream-", false}}},
    {"AWS/Firehose",
	{"DeliveryToHttpEndpoint.DataFreshness", "IncomingRecords",
	    "ThrottledRecords", "BytesPerSecondLimit"},
	"Seconds", "s", {{"DeliveryStreamName", "metrics-", false}}},
    {"AWS/ECS",
	{"CPUUtilization", "MemoryUtilization", "CPUReservation",
	    "GPUReservation"},
	"Percent", "%",
	{{"ClusterName", "production-", true},
	    {"ServiceName", "service-", false}}},
    {"ContainerInsights",
	{"pod_cpu_utilization", "pod_memory_utilization",
	    "pod_network_rx_bytes", "pod_number_of_container_restarts"},
	"Percent", "%",
	{{"ClusterName", "production-", true}, {"ContainerName", "app-", true},
	    {"FullPodName", "web-7d4b9c6f5-", false},
	    {"Namespace", "default-", true}, {"PodName", "web-", true},
	    {"Service", "web-", true}}},
    {"AWS/ElastiCache",
	{"EngineCPUUtilization", "CacheHits", "ReplicationLag", "CurrItems"},
	"Count", "{Count}",
	{{"CacheClusterId", "sessions-", false}, {"CacheNodeId", "000", true}}},
    {"AWS/NATGateway",
	{"BytesOutToDestination", "ActiveConnectionCount", "PacketsDropCount",
	    "ErrorPortAllocation"},
	"Bytes", "By", {{"NatGatewayId", "nat-0", false}}},
    {"AWS/ApiGateway", {"Count", "Latency", "IntegrationLatency", "5XXError"},
	"Count", "{Count}",
	{{"ApiName", "public-", false}, {"Method", "GET", true},
	    {"Resource", "/v1/orders/{id}/", true}, {"Stage", "prod-", true}}},
    {"AWS/Usage", {"CallCount", "ResourceCount", "ThrottleCount", "ErrorCount"},
	"None", "1",
	{{"Class", "None", true}, {"Resource", "Describe-", false},
	    {"Service", "EC2-", true}, {"Type", "API-", true}}},
    {"CWAgent",
	{"disk_used_percent", "mem_used_percent", "swap_used_percent",
	    "netstat_tcp_established"},
	"Percent", "%",
	{{"ImageId", "ami-0abcdef12345678", true}, {"InstanceId", "i-0", false},
	    {"InstanceType", "m6i.large", true}, {"device", "nvme0n1p", true},
	    {"fstype", "ext", true}, {"path", "/data/", true}}},
};

static const char *const name_regions[POINTS_REGIONS] = {
    "us-east-1", "eu-west-1", "us-west-2"};

void
name_make(struct name *name, size_t series)
{
	const struct family *family = &families[series % FAMILIES];
	uint64_t thing = series / FAMILIES / METRICS;
	/* One to one, and no number that compresses well. */
	unsigned long long digits = thing * 0x9e3779b97f4a7c15ULL;

	name->namespace = family->namespace;
	name->metric = family->metrics[series / FAMILIES % METRICS];
	name->unit = family->unit;
	name->otlp_unit = family->otlp_unit;
	name->region = name_regions[thing % POINTS_REGIONS];
	name->ndimensions = 0;
	for (size_t i = 0; i < NAME_DIMENSIONS; i++) {
		const struct family_dimension *d = &family->dimensions[i];
		char *value = name->dimensions[i].value;
		size_t len;

		if (d->name == NULL)
			break;
		len = strlen(d->before);
		memcpy(value, d->before, len);
		for (int shift = d->shared ? 0 : 60; shift >= 0; shift -= 4)
			value[len++] = "0123456789abcdef"[digits >> shift & 15];
		name->dimensions[i].name = d->name;
		name->dimensions[i].len = (unsigned)len;
		value[len] = 0;
		name->ndimensions++;
	}
}
