/* SPDX-License-Identifier: MIT */
/* Whether an account of the system belongs to a group, as its first one or another. */
#ifndef BACKEND_PASSWD_GROUP_H
#define BACKEND_PASSWD_GROUP_H

#include <sys/types.h>

#include "core/attempt.h"

/* Asks the name service (getgrnam_r, getgrouplist), so it may block. NO if there is no such group;
 * CANNOT_TELL, with errno in `error`, if the name service cannot be asked. `*absent` (with NO): the
 * group does not exist. */
enum answer passwd_group_has(const char *group, const char *name, gid_t first, bool *absent,
			     int *error);

#endif
