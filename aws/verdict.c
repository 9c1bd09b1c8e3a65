#include "aws/verdict.h"

#include <ctype.h>
#include <stdio.h>

#include "base/json.h"

#define CODE_MAX 128
#define MESSAGE_MAX 200

static const struct group {
	struct verdict verdict;
	const char *codes[20];
} groups[] = {
    {{RC_RETRY, VERDICT_THROTTLED, "throttled; try later"},
	{"Throttling", "ThrottlingException", "Throttled", "ThrottledException",
	    "RequestThrottled", "RequestThrottledException",
	    "TooManyRequestsException",
	    "ProvisionedThroughputExceededException",
	    "TransactionInProgressException", "RequestLimitExceeded",
	    "BandwidthLimitExceeded", "LimitExceededException", "SlowDown",
	    "PriorRequestNotComplete", "EC2ThrottledException", "KMSThrottling",
	    "KMSThrottlingException"}},
    {{RC_RETRY, VERDICT_OTHER, "try later"},
	{"RequestTimeout", "RequestTimeoutException", "InternalError",
	    "InternalFailure", "InternalFailureException", "InternalException",
	    "ServiceUnavailable", "ServiceUnavailableException",
	    "ServiceException", "ConditionalRequestConflict",
	    "OperationAborted", "TemporaryRedirect", "IncompleteBody",
	    "IDPCommunicationError", "ResourceConflictException",
	    "ResourceNotReadyException", "ENILimitReachedException",
	    "SnapStartNotReadyException"}},
    {{RC_REJECT, VERDICT_OTHER, NULL}, {"NotImplemented"}},
    {{RC_REJECT, VERDICT_OTHER, "create it, or name another"},
	{"NotFound", "NotFoundException", "ResourceNotFoundException"}},
    {{RC_REJECT, VERDICT_OTHER,
	 "allow kms:GenerateDataKey and kms:Decrypt on the key"},
	{"KMSAccessDenied", "KMSAccessDeniedException"}},
    {{RC_REJECT, VERDICT_OTHER, "enable the KMS key, or name another"},
	{"KMSDisabled", "KMSDisabledException", "KMSInvalidState",
	    "KMSInvalidStateException", "KMSNotFound", "KMSNotFoundException",
	    "KMSOptInRequired", "InvalidKMSResourceException"}},
    {{RC_REJECT, VERDICT_OTHER,
	 "activate the service, or that Region, for the account"},
	{"OptInRequired", "NotSignedUp", "SubscriptionRequiredException",
	    "RegionDisabledException"}},
    {{RC_REJECT, VERDICT_OTHER, "check the identity token and its role"},
	{"InvalidIdentityToken", "InvalidIdentityTokenException",
	    "IDPRejectedClaim", "IDPRejectedClaimException"}},
    {{RC_RETRY, VERDICT_CLOCK, "set this machine's clock"},
	{"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"}},
    {{RC_RETRY, VERDICT_SIGNED, "check the secret access key"},
	{"SignatureDoesNotMatch", "InvalidSignature",
	    "InvalidSignatureException"}},
    {{RC_RETRY, VERDICT_KEYS, "renew the credentials"},
	{"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"}},
    {{RC_RETRY, VERDICT_KEYS, "give credentials that the service knows"},
	{"InvalidAccessKeyId", "InvalidClientTokenId", "InvalidToken",
	    "UnrecognizedClientException"}},
    {{RC_REJECT, VERDICT_ACCESS, NULL},
	{"AccessDenied", "AccessDeniedException", "AuthorizationError",
	    "AuthorizationErrorException"}},
    {{RC_REJECT, VERDICT_REGION, "use the bucket's own Region"},
	{"AuthorizationHeaderMalformed", "PermanentRedirect",
	    "IllegalLocationConstraintException"}},
    {{RC_REJECT, VERDICT_OTHER, "create the bucket, or name another"},
	{"NoSuchBucket"}},
};

/* For a code that is in no group, or none at all. */
static struct verdict
verdict_of_status(long status, bool coded)
{
	if (status == 429)
		return (struct verdict){
		    RC_RETRY, VERDICT_THROTTLED, "throttled; try later"};
	if (status >= 500 || status == 408 || status == 307)
		return (struct verdict){RC_RETRY, VERDICT_OTHER, "try later"};
	if (status == 301 || status == 302 || status == 308)
		return (struct verdict){
		    RC_REJECT, VERDICT_REGION, "use the bucket's own Region"};
	if (status == 403 && !coded)
		return (struct verdict){RC_REJECT, VERDICT_ACCESS, NULL};
	return (struct verdict){RC_REJECT, VERDICT_OTHER, NULL};
}

struct verdict
verdict_of(long status, struct span code)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		for (size_t k = 0; groups[i].codes[k] != NULL; k++)
			if (span_is(code, groups[i].codes[k]))
				return groups[i].verdict;
	return verdict_of_status(status, code.len > 0);
}

struct span
verdict_element(struct span body, const char *name)
{
	char open[32], close[32];
	const char *from, *to;
	size_t wide = (size_t)snprintf(open, sizeof(open), "<%s>", name);

	snprintf(close, sizeof(close), "</%s>", name);
	if (body.len == 0)
		return (struct span){0};
	from = memmem(body.at, body.len, open, wide);
	if (from == NULL)
		return (struct span){0};
	from += wide;
	to = memmem(from, body.len - (size_t)(from - body.at), close, wide + 1);
	if (to == NULL)
		return (struct span){0};
	return span_make(from, (size_t)(to - from));
}

/* The strings of a JSON object's own members of these names, as they stand
 * there; the first of the names that is there is the one. */
static struct span
member(struct span body, const char *const names[])
{
	struct span found[4] = {{0}};
	struct json_text key, value;
	struct json json;

	json_init(&json, body);
	if (json_kind(&json) != JSON_OBJECT || !json_enter(&json, '{'))
		return (struct span){0};
	while (json_member(&json, &key)) {
		if (json_kind(&json) != JSON_STRING) {
			json_skip(&json);
			continue;
		}
		if (!json_string(&json, &value))
			break;
		for (size_t i = 0; names[i] != NULL; i++)
			if (span_is(key.raw, names[i]))
				found[i] = value.raw;
	}
	for (size_t i = 0; names[i] != NULL; i++)
		if (found[i].len > 0)
			return found[i];
	return (struct span){0};
}

/* Letters, digits, dots, hyphens and underscores, else "". */
static struct span
word(struct span text)
{
	if (text.len > CODE_MAX)
		return (struct span){0};
	for (size_t i = 0; i < text.len; i++)
		if (!isalnum((unsigned char)text.at[i]) && text.at[i] != '.' &&
		    text.at[i] != '-' && text.at[i] != '_')
			return (struct span){0};
	return text;
}

/* com.amazonaws.sns#Throttling, Throttling:http://…: without what is around
 * it. */
static struct span
code_bare(struct span code)
{
	const char *mark =
	    code.len == 0 ? NULL : memrchr(code.at, '#', code.len);

	if (mark != NULL)
		code = span_make(
		    mark + 1, code.len - (size_t)(mark + 1 - code.at));
	mark = code.len == 0 ? NULL : memchr(code.at, ':', code.len);
	if (mark != NULL)
		code.len = (size_t)(mark - code.at);
	return word(code);
}

struct span
verdict_code_of(struct span body, const char *header)
{
	struct span code = verdict_code(body);

	return code.len > 0 ? code : code_bare(span_text(header));
}

struct span
verdict_code(struct span body)
{
	static const char *const names[] = {"__type", "code", "Code", NULL};
	struct span code = verdict_element(body, "Code");

	if (code.len > 0)
		return word(code);
	return code_bare(member(body, names));
}

struct span
verdict_message(struct span body)
{
	static const char *const names[] = {"message", "Message", NULL};
	struct span message = verdict_element(body, "Message");
	size_t len = 0;

	if (message.len == 0)
		message = member(body, names);
	/* What follows a line break can quote the request, token and all. */
	while (len < message.len && len < MESSAGE_MAX &&
	    (unsigned char)message.at[len] >= ' ' && message.at[len] != '\\')
		len++;
	return span_make(message.at, len);
}

struct span
verdict_region(struct span body)
{
	return word(verdict_element(body, "Region"));
}

void
verdict_action(struct buf *out, const char *service, const char *operation)
{
	static const struct {
		const char *operation, *action;
	} others[] = {{"HeadObject", "GetObject"},
	    {"ListObjectsV2", "ListBucket"},
	    {"CreateMultipartUpload", "PutObject"}, {"UploadPart", "PutObject"},
	    {"CompleteMultipartUpload", "PutObject"},
	    {"PublishBatch", "Publish"}, {"Invoke", "InvokeFunction"},
	    {"HeadBucket", "ListBucket"},
	    {"ListParts", "ListMultipartUploadParts"},
	    {"ListMultipartUploads", "ListBucketMultipartUploads"}};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (strcmp(operation, others[i].operation) == 0)
			operation = others[i].action;
	buf_printf(out, "%s:%s", service, operation);
}
