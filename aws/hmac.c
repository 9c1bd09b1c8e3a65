#include "aws/hmac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

#include "base/log.h"

void
hmac_sha256_hex(char out[65], struct span secret, struct span text)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (HMAC(EVP_sha256(), secret.at, (int)secret.len,
		(const unsigned char *)text.at, text.len, mac, &len) == NULL ||
	    len != 32)
		log_die("no HMAC-SHA256 in OpenSSL");
	for (unsigned i = 0; i < len; i++)
		snprintf(out + 2 * i, 3, "%02x", mac[i]);
}
