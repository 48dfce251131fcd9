/* SPDX-License-Identifier: MIT */
/* Which process is at the other end of a unix socket. */
#ifndef BASE_PEERCRED_H
#define BASE_PEERCRED_H

#include <sys/types.h>

#include "base/buf.h"

/* Appends "pid N uid N gid N" (SO_PEERCRED, unix(7)); nothing if the kernel does not tell. */
void peercred_put(struct buf *out, int fd);

/* Whose process it is; false if the kernel does not tell. */
bool peercred_uid(int fd, uid_t *uid);

#endif
