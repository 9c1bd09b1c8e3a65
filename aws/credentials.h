/*
 * Where credentials come from: the environment, else the shared files.
 *
 * 1. AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, with AWS_SESSION_TOKEN (or
 *    AWS_SECURITY_TOKEN).
 * 2. The profile AWS_PROFILE (default) of AWS_SHARED_CREDENTIALS_FILE
 *    (~/.aws/credentials), else of AWS_CONFIG_FILE (~/.aws/config), where it
 *    is called "profile NAME". Format: AWS SDKs and Tools Reference Guide,
 *    "Shared config and credentials files". The three keys are of one file.
 *
 * Ownership. `struct credentials_held` owns the bytes that its spans show;
 * credentials_wipe() clears them before they are given back.
 * Threads. None; the environment must not be changed meanwhile.
 */
#ifndef AWS_CREDENTIALS_H
#define AWS_CREDENTIALS_H

#include "aws/sigv4.h"
#include "base/rc.h"

struct credentials_held {
	struct credentials credentials;
	char *bytes; /* NULL: none are held */
	size_t len;
};

/* RC_RETRY when there are none: they may come later. err says how to give
 * them. `held` is {0} before. */
enum rc credentials_load(struct credentials_held *held, struct err *err);
/* A copy with bytes of its own. */
void credentials_copy(
    struct credentials_held *held, const struct credentials *credentials);
void credentials_wipe(struct credentials_held *held);

/*
 * The profile in the text of one file; `config`: sections are called
 * "profile NAME". False when it gives no pair of keys there. Later lines win;
 * lines that are nothing, and indented ones, are passed over.
 */
bool credentials_parse(struct credentials *out, struct span text,
    struct span profile, bool config);

#endif
