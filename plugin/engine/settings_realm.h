/* SPDX-License-Identifier: MIT */
/* The realms of the settings. */
#ifndef ENGINE_SETTINGS_REALM_H
#define ENGINE_SETTINGS_REALM_H

#include "engine/settings.h"

/* Fills settings->realms, default_realm and stranger_realm; the backends and listeners are there.
 * Faults go to the store. */
void settings_realm_fill(struct settings *settings);

#endif
