/*
 * The signature of a webhook: HMAC-SHA256 over "TIMESTAMP.BODY". Pure.
 *
 *   Tocsin-Signature: t=1789384732,v1=HEX[,v1=HEX…]
 *
 * One v1 for each secret, so that a secret can be changed without a gap.
 */
#ifndef SINKS_WEBHOOK_SIGN_H
#define SINKS_WEBHOOK_SIGN_H

#include <stdint.h>

#include "base/buf.h"

/* Appends the header's value. `secrets`: a line each; spaces at both ends and
 * empty lines do not count. False when there is none. */
bool webhook_sign(
    struct buf *out, struct span secrets, int64_t time_s, struct span body);

#endif
