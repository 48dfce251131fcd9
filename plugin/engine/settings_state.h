/* SPDX-License-Identifier: MIT */
/* What the settings say of what is kept: directory, journal, counters, the admin socket, the fleet.
 */
#ifndef ENGINE_SETTINGS_STATE_H
#define ENGINE_SETTINGS_STATE_H

#include "engine/settings.h"
#include "engine/settings_store.h"

/* Fills all of that, and appends the listener of admin_socket, for which settings->listeners has
 * room. Faults go to the store. */
void settings_state_fill(struct settings *settings);

/* The list of networks of a key, in memory of the store; a fault for each that is none. Null
 * without memory. `block` is the key's. */
const struct network *settings_state_networks(struct settings_store *store,
					      const struct conf_block *block,
					      const struct conf_value *value, size_t *count);

/* The fleet's password file: false, with a line in `faults`, if others can read it. */
bool settings_state_check_files(const struct settings *settings, struct buf *faults);

#endif
