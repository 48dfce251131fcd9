/* SPDX-License-Identifier: MIT */
/* Listening unix sockets: made by us, or handed over by systemd's socket unit. */
#ifndef BASE_LISTEN_H
#define BASE_LISTEN_H

#include <sys/types.h>

#include "base/buf.h"

/* Opens (or finds among the descriptors that sd_listen_fds(3) describes) a socket that listens at
 * `path`. A stale socket file is replaced; one that somebody answers on, or a file of another
 * kind, is a fault. The file appears with its mode and owner in one step (rename), so that no
 * client meets it half made. Ids of -1 leave the owner as it is. Returns the descriptor, or -1
 * with a text appended to `fault`. */
int listen_open(const char *path, mode_t mode, uid_t owner, gid_t group, struct buf *fault);

/* Sets mode and owner again (a reload), of a socket and nothing else. False with a text in `fault`. */
bool listen_adjust(const char *path, mode_t mode, uid_t owner, gid_t group, struct buf *fault);

/* Whether somebody has removed the file. */
bool listen_lost(const char *path);

/* Closes it and removes the file, unless the socket came from systemd. */
void listen_close(int fd, const char *path);

/* The descriptor that systemd handed over with this index, and the path it is bound to ("" if it is
 * no unix socket). False: there are no more. */
bool listen_handed(unsigned index, int *fd, char *path, size_t size);

#endif
