/*
 * The shared files of AWS's tools: AWS_SHARED_CREDENTIALS_FILE
 * (~/.aws/credentials), where a profile is called [NAME], and AWS_CONFIG_FILE
 * (~/.aws/config), where it is called [profile NAME], default aside. Format:
 * AWS SDKs and Tools Reference Guide, "Shared config and credentials files".
 * Later lines win; lines that are nothing are passed over.
 *
 * Ownership. `struct profiles` owns the texts, spans are of them;
 * profiles_close() clears them before they are given back.
 * Threads. None; the environment must not be changed meanwhile.
 */
#ifndef AWS_PROFILE_H
#define AWS_PROFILE_H

#include <limits.h>

#include "aws/sigv4.h"

struct profiles {
	struct buf credentials, config; /* texts; empty when there is no file */
	char credentials_path[PATH_MAX], config_path[PATH_MAX];
};

/* A file that cannot be read is an empty one. {0} before. */
void profiles_open(struct profiles *profiles);
void profiles_close(struct profiles *profiles);

/* AWS_PROFILE, else default. */
struct span profile_current(void);
/* A setting of the profile, out of ~/.aws/credentials where that has it, else
 * out of ~/.aws/config; "" without one. */
struct span profiles_get(
    const struct profiles *profiles, struct span profile, const char *key);
/* AWS_REGION, AWS_DEFAULT_REGION, else the profile's; "" without. */
struct span
profiles_region(const struct profiles *profiles, struct span profile);
/* Either file has a section of it. */
bool profiles_have(const struct profiles *profiles, struct span profile);
/* The profile's keys in one of the files; all of them are of that file. False
 * when it gives no pair. */
bool profiles_keys(const struct profiles *profiles, struct span profile,
    bool config, struct credentials *out);
/* A line of [services NAME] below "service =", both of the config file. */
struct span profiles_service(const struct profiles *profiles,
    struct span services, const char *service, const char *key);

/*
 * A setting in one file's text; `kind` is what stands before the name in a
 * section ("profile", "services"), or "" for none; `below`: among the indented
 * lines under that key, or NULL. False when the section is not there.
 */
bool profile_find(struct span text, const char *kind, struct span name,
    const char *below, const char *key, struct span *value);

#endif
