/*
 * The token that Amazon MSK's IAM access control takes as SASL/OAUTHBEARER: a
 * presigned URL of kafka-cluster:Connect, in base64url without padding. Form:
 * the aws-msk-iam-sasl-signer libraries; what the broker reads of it is the
 * query, and its User-Agent is not signed.
 */
#ifndef AWS_MSK_TOKEN_H
#define AWS_MSK_TOKEN_H

#include "aws/client.h"

/* A broker takes it so long after it was made. */
#define MSK_TOKEN_LIFE_MS (900 * 1000LL)

/*
 * Appends a token made of the client's current credentials, for brokers of
 * that Region; `expires_ms` is of this machine's clock, since 1970. RC_RETRY
 * when there are no credentials, RC_REJECT when the Region cannot be one.
 * Blocks as long as getting credentials takes.
 */
enum rc aws_msk_token(struct aws_client *client, struct span region,
    struct buf *token, int64_t *expires_ms, struct err *err);

/* The same, pure; `now_ms` is the service's clock. */
void msk_token_make(struct buf *token, struct span region,
    const struct credentials *credentials, int64_t now_ms);

#endif
