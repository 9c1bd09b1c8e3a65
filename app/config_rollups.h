/* `rollups:` of the configuration, one item each. */
#ifndef APP_CONFIG_ROLLUPS_H
#define APP_CONFIG_ROLLUPS_H

#include "app/config.h"

extern const struct option config_rollup_options[];

/* The namespaces that rollups read are looked at as alarms' are. */
bool config_rollups_read(const struct config *config, const char *namespace);

#endif
