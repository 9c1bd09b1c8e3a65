#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "aws/client.h"
#include "base/limits.h"
#include "base/log.h"

#define HASH_CHUNK (64 * KIB)

static enum rc
hash_bytes(EVP_MD_CTX *context, int fd, uint64_t bytes, struct err *err)
{
	char *chunk = malloc(HASH_CHUNK);
	enum rc rc = RC_OK;
	uint64_t at = 0;

	if (chunk == NULL)
		log_die("out of memory: a chunk of a file");
	while (at < bytes && rc == RC_OK) {
		size_t want =
		    bytes - at < HASH_CHUNK ? (size_t)(bytes - at) : HASH_CHUNK;
		ssize_t got = pread(fd, chunk, want, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			rc = err_errno(err, RC_RETRY, "reading a file to hash");
		else if (got == 0)
			rc = err_set(err, RC_REJECT,
			    "the file to hash ends at byte %llu of %llu",
			    (unsigned long long)at, (unsigned long long)bytes);
		else if (EVP_DigestUpdate(context, chunk, (size_t)got) != 1)
			log_die("libcrypto cannot do SHA-256");
		else
			at += (uint64_t)got;
	}
	free(chunk);
	return rc;
}

enum rc
aws_sha256_file(char out[65], int fd, uint64_t bytes, struct err *err)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char digest[EVP_MAX_MD_SIZE];
	enum rc rc;

	if (context == NULL ||
	    EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
		log_die("libcrypto cannot do SHA-256");
	rc = hash_bytes(context, fd, bytes, err);
	if (rc == RC_OK && EVP_DigestFinal_ex(context, digest, NULL) != 1)
		log_die("libcrypto cannot do SHA-256");
	EVP_MD_CTX_free(context);
	for (size_t i = 0; rc == RC_OK && i < 32; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
	return rc;
}
