/* SPDX-License-Identifier: MIT */
/* The listeners and backends of the settings. */
#ifndef ENGINE_SETTINGS_LISTENER_H
#define ENGINE_SETTINGS_LISTENER_H

#include "engine/settings.h"

/* Fill settings->listeners and settings->backends; faults go to the store. */
void settings_listener_fill(struct settings *settings);
void settings_listener_fill_backends(struct settings *settings);

#endif
