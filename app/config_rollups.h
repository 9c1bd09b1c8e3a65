/* `rollups:` of the configuration, one item each. */
#ifndef APP_CONFIG_ROLLUPS_H
#define APP_CONFIG_ROLLUPS_H

#include "app/config.h"

extern const struct option config_rollup_options[];

#endif
