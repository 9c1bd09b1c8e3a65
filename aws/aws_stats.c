#include "aws/aws_stats.h"

struct counter aws_stats[AWS_STATS] = {
    [AWS_CALLS] = {.name = "tocsin_aws_calls_total",
	.help = "Calls of AWS services, however many attempts they took."},
    [AWS_CALLS_FAILED] = {.name = "tocsin_aws_calls_failed_total",
	.help = "Those that did not succeed in the end."},
    [AWS_RETRIES] = {.name = "tocsin_aws_retries_total",
	.help = "Attempts beyond a call's first."},
    [AWS_RETRIES_REFUSED] = {.name = "tocsin_aws_retries_refused_total",
	.help = "Attempts that were not made because the tokens for them "
		"were used up."},
    [AWS_ANSWERS_TOO_LARGE] = {.name = "tocsin_http_answers_too_large_total",
	.help = "Answers that were dropped for being larger than 8 MiB."},
    [AWS_CREDENTIALS_RENEWED] = {.name = "tocsin_aws_credentials_renewed_total",
	.help = "Credentials that were got."},
    [AWS_CREDENTIALS_FAILED] = {.name = "tocsin_aws_credentials_failed_total",
	.help = "Times that no credentials could be got."},
    [AWS_CREDENTIALS_EXPIRE] = {.name = "tocsin_aws_credentials_expire_seconds",
	.help = "When the credentials expire, since 1970; 0: never, or there "
		"are none.",
	.gauge = true,
	.milli = true},
    [AWS_CLOCK_OFF] = {.name = "tocsin_aws_clock_off_seconds",
	.help = "The services' clock less this machine's, when they refused "
		"its time; else 0.",
	.gauge = true,
	.milli = true},
};
