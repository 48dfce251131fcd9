/* SPDX-License-Identifier: MIT */
/* Whether a file that holds secrets is kept from everybody else. */
#ifndef BASE_SECRETFILE_H
#define BASE_SECRETFILE_H

#include <stdbool.h>
#include <sys/types.h>

enum secretfile { SECRETFILE_EXPOSED, SECRETFILE_ABSENT, SECRETFILE_FINE };

/* Fine if it is a regular file that its group and others can neither read nor write, and that
 * belongs to root, to this process, or to `owner`. Absent if it cannot be looked at. `fault` is a
 * constant or strerror()'s text if it is not fine. A symbolic link is followed. */
enum secretfile secretfile_look(const char *path, uid_t owner, const char **fault);

#endif
