/* HMAC-SHA256 over OpenSSL, for signatures that are not AWS's. Pure. */
#ifndef AWS_HMAC_H
#define AWS_HMAC_H

#include "base/span.h"

void hmac_sha256_hex(char out[65], struct span secret, struct span text);

#endif
