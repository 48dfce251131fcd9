/* SPDX-License-Identifier: MIT */
/* Folders that we keep things in: made where they are missing, given to their owner. */
#ifndef BASE_DIRECTORY_H
#define BASE_DIRECTORY_H

#include <sys/types.h>

#include "base/buf.h"

/* Makes the folder, if its parent is there, or takes the one that is. With a mode that gives others
 * nothing it is `owner`'s alone afterwards: an empty one of root's (as a service manager makes it)
 * is given to him; one of somebody else's, and one with something in it that is root's or that
 * others can look into, are faults, for its name may be a mistake. Ids and mode of any other folder
 * that is there stay. False with a text appended to `fault`. A symbolic link in its place is a
 * fault. */
bool directory_make(const char *path, mode_t mode, uid_t owner, gid_t group, struct buf *fault);

/* Whether that would work, as far as one can see without doing it. */
bool directory_check(const char *path, mode_t mode, uid_t owner, struct buf *fault);

#endif
