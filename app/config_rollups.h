/* `rollups:` of the configuration, one item each. */
#ifndef APP_CONFIG_ROLLUPS_H
#define APP_CONFIG_ROLLUPS_H

#include "app/config.h"

extern const struct option config_rollup_options[];

/* Of enum rollup_output: those for which a sink is there. */
unsigned config_rollup_sinks(const struct config *config);

#endif
