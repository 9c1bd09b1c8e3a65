#include "aws/client.h"
#include "aws/verdict.h"
#include "testing.h"

START_TEST(codes_are_found)
{
	static const struct {
		const char *body, *code;
	} rows[] = {
	    {"<ErrorResponse "
	     "xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">"
	     "<Error><Type>Sender</Type><Code>AuthorizationError</Code>"
	     "<Message>no</Message></Error><RequestId>r</RequestId>"
	     "</ErrorResponse>",
		"AuthorizationError"},
	    {"<?xml "
	     "version=\"1.0\"?>\n<Error><Code>NoSuchBucket</Code></Error>",
		"NoSuchBucket"},
	    {"{\"__type\":\"com.amazonaws.sns#Throttling\",\"message\":\"m\"}",
		"Throttling"},
	    {"{\"__type\":\"ThrottlingException:http://x/y\"}",
		"ThrottlingException"},
	    {"{\"n\":[1],\"code\":\"A\"}", "A"},
	    {"{\"Code\":\"B\",\"code\":\"A\",\"__type\":\"C\"}", "C"},
	    {"{\"Code\":\"B\",\"__type\":7}", "B"},
	    {"<Code>evil\nlog line</Code>", ""},
	    {"<Code>never ends", ""},
	    {"<Code></Code>", ""},
	    {"{\"code\":\"a b\"}", ""},
	    {"{\"code\":", ""},
	    {"[1]", ""},
	    {"<html>502</html>", ""},
	    {"", ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct span code = aws_error_code(span_text(rows[i].body));

		ck_assert_msg(span_is(code, rows[i].code), "row %zu: %.*s", i,
		    SPAN_ARGS(code));
	}
}
END_TEST

/* Lambda says it in a header. */
START_TEST(codes_of_headers)
{
	static const struct {
		const char *body, *header, *code;
	} rows[] = {
	    {"{\"Type\":\"User\"}", "TooManyRequestsException",
		"TooManyRequestsException"},
	    {"", "AccessDeniedException:http://internal.amazon.com/coral/",
		"AccessDeniedException"},
	    {"{\"__type\":\"A\"}", "B", "A"},
	    {"", "", ""},
	    {"", "a b", ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ck_assert(span_is(
		    verdict_code_of(span_text(rows[i].body), rows[i].header),
		    rows[i].code));
}
END_TEST

static const struct {
	long status;
	const char *code;
	enum rc rc;
	enum verdict_cause cause;
} verdict_rows[] = {
    {400, "Throttling", RC_RETRY, VERDICT_THROTTLED},
    {400, "ThrottlingException", RC_RETRY, VERDICT_THROTTLED},
    {400, "ThrottledException", RC_RETRY, VERDICT_THROTTLED},
    {400, "RequestThrottledException", RC_RETRY, VERDICT_THROTTLED},
    {400, "TooManyRequestsException", RC_RETRY, VERDICT_THROTTLED},
    {400, "ProvisionedThroughputExceededException", RC_RETRY,
	VERDICT_THROTTLED},
    {400, "TransactionInProgressException", RC_RETRY, VERDICT_THROTTLED},
    {400, "RequestLimitExceeded", RC_RETRY, VERDICT_THROTTLED},
    {400, "BandwidthLimitExceeded", RC_RETRY, VERDICT_THROTTLED},
    {400, "LimitExceededException", RC_RETRY, VERDICT_THROTTLED},
    {400, "RequestThrottled", RC_RETRY, VERDICT_THROTTLED},
    {503, "SlowDown", RC_RETRY, VERDICT_THROTTLED},
    {400, "PriorRequestNotComplete", RC_RETRY, VERDICT_THROTTLED},
    {400, "EC2ThrottledException", RC_RETRY, VERDICT_THROTTLED},
    {400, "KMSThrottling", RC_RETRY, VERDICT_THROTTLED},
    {400, "KMSThrottlingException", RC_RETRY, VERDICT_THROTTLED},
    {400, "RequestTimeout", RC_RETRY, VERDICT_OTHER},
    {400, "RequestTimeoutException", RC_RETRY, VERDICT_OTHER},
    {409, "ConditionalRequestConflict", RC_RETRY, VERDICT_OTHER},
    {409, "OperationAborted", RC_RETRY, VERDICT_OTHER},
    {500, "InternalError", RC_RETRY, VERDICT_OTHER},
    {500, "Whatever", RC_RETRY, VERDICT_OTHER},
    {502, "", RC_RETRY, VERDICT_OTHER},
    {503, "", RC_RETRY, VERDICT_OTHER},
    {504, "", RC_RETRY, VERDICT_OTHER},
    {429, "", RC_RETRY, VERDICT_THROTTLED},
    {408, "", RC_RETRY, VERDICT_OTHER},
    {307, "TemporaryRedirect", RC_RETRY, VERDICT_OTHER},
    {307, "", RC_RETRY, VERDICT_OTHER},
    {403, "RequestTimeTooSkewed", RC_RETRY, VERDICT_CLOCK},
    {400, "RequestExpired", RC_RETRY, VERDICT_CLOCK},
    {403, "SignatureDoesNotMatch", RC_RETRY, VERDICT_SIGNED},
    {400, "InvalidSignatureException", RC_RETRY, VERDICT_SIGNED},
    {400, "ExpiredToken", RC_RETRY, VERDICT_KEYS},
    {403, "ExpiredTokenException", RC_RETRY, VERDICT_KEYS},
    {403, "InvalidAccessKeyId", RC_RETRY, VERDICT_KEYS},
    {403, "InvalidClientTokenId", RC_RETRY, VERDICT_KEYS},
    {403, "AccessDenied", RC_REJECT, VERDICT_ACCESS},
    {403, "AuthorizationError", RC_REJECT, VERDICT_ACCESS},
    {403, "", RC_REJECT, VERDICT_ACCESS},
    {400, "KMSAccessDenied", RC_REJECT, VERDICT_OTHER},
    {400, "AuthorizationHeaderMalformed", RC_REJECT, VERDICT_REGION},
    {301, "PermanentRedirect", RC_REJECT, VERDICT_REGION},
    {301, "", RC_REJECT, VERDICT_REGION},
    {404, "NotFound", RC_REJECT, VERDICT_OTHER},
    {404, "NoSuchBucket", RC_REJECT, VERDICT_OTHER},
    {400, "InvalidParameter", RC_REJECT, VERDICT_OTHER},
    {412, "PreconditionFailed", RC_REJECT, VERDICT_OTHER},
    {409, "BucketNotEmpty", RC_REJECT, VERDICT_OTHER},
    {501, "NotImplemented", RC_REJECT, VERDICT_OTHER},
    {400, "", RC_REJECT, VERDICT_OTHER},
    {304, "", RC_REJECT, VERDICT_OTHER},
    {400, "IDPCommunicationError", RC_RETRY, VERDICT_OTHER},
    {400, "InvalidIdentityToken", RC_REJECT, VERDICT_OTHER},
    {409, "ResourceConflictException", RC_RETRY, VERDICT_OTHER},
    {502, "ENILimitReachedException", RC_RETRY, VERDICT_OTHER},
    {503, "ServiceUnavailableException", RC_RETRY, VERDICT_OTHER},
    {400, "IncompleteBody", RC_RETRY, VERDICT_OTHER},
    {400, "ResourceNotFoundException", RC_REJECT, VERDICT_OTHER},
    {400, "KMSDisabledException", RC_REJECT, VERDICT_OTHER},
    {403, "OptInRequired", RC_REJECT, VERDICT_OTHER},
    {400, "EntityTooSmall", RC_REJECT, VERDICT_OTHER},
    {404, "NoSuchUpload", RC_REJECT, VERDICT_OTHER},
};

START_TEST(verdicts)
{
	for (size_t i = 0; i < sizeof(verdict_rows) / sizeof(*verdict_rows);
	     i++) {
		struct verdict verdict = verdict_of(
		    verdict_rows[i].status, span_text(verdict_rows[i].code));

		ck_assert_msg(verdict.rc == verdict_rows[i].rc &&
			verdict.cause == verdict_rows[i].cause,
		    "%ld %s: %d %d", verdict_rows[i].status,
		    verdict_rows[i].code, verdict.rc, verdict.cause);
	}
}
END_TEST

START_TEST(messages_end_before_they_quote)
{
	static const struct {
		const char *body, *message;
	} rows[] = {
	    {"<Error><Message>Invalid Topic</Message></Error>",
		"Invalid Topic"},
	    {"<Message>check it.\n\nx-amz-security-token:T</Message>",
		"check it."},
	    {"{\"message\":\"check it.\\n\\ntoken\"}", "check it."},
	    {"{\"Message\":\"M\"}", "M"},
	    {"", ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct span got = verdict_message(span_text(rows[i].body));

		ck_assert_msg(span_is(got, rows[i].message), "row %zu: %.*s", i,
		    SPAN_ARGS(got));
	}
	{
		char body[1000] = "<Message>";
		struct span got;

		memset(body + 9, 'x', 900);
		strcpy(body + 909, "</Message>");
		got = verdict_message(span_text(body));
		ck_assert_uint_eq(got.len, 200);
	}
}
END_TEST

START_TEST(regions_and_actions)
{
	static const struct {
		const char *service, *operation, *action;
	} rows[] = {{"s3", "PutObject", "s3:PutObject"},
	    {"s3", "HeadObject", "s3:GetObject"},
	    {"s3", "ListObjectsV2", "s3:ListBucket"},
	    {"sns", "Publish", "sns:Publish"},
	    {"sns", "PublishBatch", "sns:Publish"},
	    {"lambda", "Invoke", "lambda:InvokeFunction"},
	    {"events", "PutEvents", "events:PutEvents"},
	    {"s3", "UploadPart", "s3:PutObject"},
	    {"s3", "ListParts", "s3:ListMultipartUploadParts"},
	    {"s3", "AbortMultipartUpload", "s3:AbortMultipartUpload"},
	    {"sts", "AssumeRole", "sts:AssumeRole"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf out = {0};

		verdict_action(&out, rows[i].service, rows[i].operation);
		ck_assert_str_eq(buf_cstr(&out), rows[i].action);
		buf_fini(&out);
	}
	ck_assert(span_is(
	    verdict_region(SPAN_OF("<Error><Region>eu-west-1</Region>")),
	    "eu-west-1"));
	ck_assert(span_is(verdict_region(SPAN_OF("<Region>a b</Region>")), ""));
}
END_TEST

TEST_MAIN("verdict", codes_are_found, codes_of_headers, verdicts,
    messages_end_before_they_quote, regions_and_actions)
