/* What the sections of the configuration ask of their keys. For config*.c. */
#ifndef APP_CONFIG_CHECK_H
#define APP_CONFIG_CHECK_H

#include <stdbool.h>

#include "base/fault.h"
#include "base/tree.h"

/* A fault when the key is there: this version cannot do it. */
void
config_not_yet(const struct tree *map, const char *key, struct faults *faults);
/* A fault when the value is empty. */
void config_required(const struct tree *map, const char *key, struct span value,
    struct faults *faults);
/* A file that the service opens; said now, with its line. */
void config_readable(const struct tree *map, const char *key, struct span path,
    bool service, struct faults *faults);
/* Names become file names and parts of keys. */
void config_plain_name(
    const struct tree *map, struct span name, struct faults *faults);

#endif
