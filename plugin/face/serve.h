/* SPDX-License-Identifier: MIT */
/* The worker process: listeners, their connections and the heartbeat on one event loop. */
#ifndef FACE_SERVE_H
#define FACE_SERVE_H

#include "engine/engine.h"

/* Serves until SIGTERM, then finishes what is under way; an exit status. `config_path` is where the
 * settings came from, for the admin socket. `fds` are the listening sockets, beside
 * settings->listeners; they are closed as soon as no more is to be accepted, so that nobody waits
 * on them in vain. `heartbeat`: see supervise.h; it also carries the wish for a reload. */
int serve_run(const struct settings *settings, const char *config_path,
	      const unsigned char key[SCRAMKEY_LEN], const int *fds, int heartbeat);

#endif
