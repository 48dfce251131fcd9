/* SPDX-License-Identifier: MIT */
/* Becoming an unprivileged user for good, and standing alone in the background. */
#ifndef BASE_PRIVILEGE_H
#define BASE_PRIVILEGE_H

#include <stdbool.h>
#include <sys/types.h>

/* Takes on the user's uid, gid and groups (initgroups(3), so that membership of e.g. "shadow"
 * counts), from which there is no way back: no new privileges, no core dump. Not root already: only
 * the last two. False with errno. */
bool privilege_drop(const char *user, uid_t uid, gid_t gid);

/* Raises the limit of open descriptors to what the kernel allows. */
void privilege_raise_files(void);

/* Forks into the background (daemon(7)). In the original process: waits until the other one calls
 * privilege_background_ready() and exits 0, or 1 if it dies before. In the other one: returns the
 * descriptor for that call; -1 with errno if it could not fork. */
int privilege_background(void);
void privilege_background_ready(int fd);

/* Lets go of the standard streams, which whoever started us may be reading to their end. Part of
 * privilege_background_ready(); for a child that was forked before it. */
void privilege_background_silence(void);

#endif
