/* SPDX-License-Identifier: MIT */
/* The sections backend_ldap of the settings. */
#ifndef ENGINE_SETTINGS_LDAP_H
#define ENGINE_SETTINGS_LDAP_H

#include "engine/settings.h"
#include "engine/settings_store.h"

/* One section, in memory of the store; faults and warnings go there too. Null without memory. */
const struct backend_ldap_settings *settings_ldap_take(struct settings_store *store,
						       const struct conf_block *block);

#endif
