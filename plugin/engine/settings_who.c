/* SPDX-License-Identifier: MIT */
/* Users and groups that the configuration names. */
#include "engine/settings_who.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>

/* A group's members can fill much room. */
#define WHO_ROOM_MAX ((size_t)1 << 20)

bool settings_who_user(const char *name, uid_t *uid, gid_t *gid)
{
	struct passwd entry, *found = NULL;
	int failed = ERANGE;

	for (size_t room = 4096; failed == ERANGE && room <= WHO_ROOM_MAX; room *= 4) {
		char *text = malloc(room);

		failed = text ? getpwnam_r(name, &entry, text, room, &found) : ENOMEM;
		if (failed == 0 && found) {
			*uid = entry.pw_uid;
			*gid = entry.pw_gid;
		}
		free(text);
	}
	return failed == 0 && found;
}

bool settings_who_group(const char *name, gid_t *gid)
{
	struct group entry, *found = NULL;
	int failed = ERANGE;

	for (size_t room = 4096; failed == ERANGE && room <= WHO_ROOM_MAX; room *= 4) {
		char *text = malloc(room);

		failed = text ? getgrnam_r(name, &entry, text, room, &found) : ENOMEM;
		if (failed == 0 && found)
			*gid = entry.gr_gid;
		free(text);
	}
	return failed == 0 && found;
}
