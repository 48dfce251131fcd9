/* SPDX-License-Identifier: MIT */
/* The listeners of the settings. */
#ifndef ENGINE_SETTINGS_LISTENER_H
#define ENGINE_SETTINGS_LISTENER_H

#include "engine/settings.h"

/* Fills settings->listeners; faults go to the store. */
void settings_listener_fill(struct settings *settings);

#endif
