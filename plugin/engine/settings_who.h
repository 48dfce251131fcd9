/* SPDX-License-Identifier: MIT */
/* Users and groups that the configuration names. */
#ifndef ENGINE_SETTINGS_WHO_H
#define ENGINE_SETTINGS_WHO_H

#include <stdbool.h>
#include <sys/types.h>

/* The ids of a user, by name; false if there is none or it cannot be told. May block. */
bool settings_who_user(const char *name, uid_t *uid, gid_t *gid);

/* The id of a group, likewise. */
bool settings_who_group(const char *name, gid_t *gid);

#endif
