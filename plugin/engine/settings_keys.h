/* SPDX-License-Identifier: MIT */
/* The table of every key of sasl-reason.conf: its type, range, default and help. */
#ifndef ENGINE_SETTINGS_KEYS_H
#define ENGINE_SETTINGS_KEYS_H

#include "base/conf.h"

/* With a key for each reason in the section "messages". Not for several threads at a time. */
const struct conf_schema *settings_keys(void);

#endif
