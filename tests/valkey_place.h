/* SPDX-License-Identifier: MIT */
/* A Valkey or Redis server of a test's own: a folder, a unix socket, a process. */
#ifndef VALKEY_PLACE_H
#define VALKEY_PLACE_H

#include <stdbool.h>
#include <sys/types.h>

struct valkey_place {
	char folder[64];
	char socket[96];
	char uri[112];	      /* unix://socket */
	unsigned port;	      /* on 127.0.0.1 too; 0: not */
	const char *password; /* null: none */
	pid_t pid;
};

/* Makes the folder; with `listen` a free port is chosen. */
void valkey_place_init(struct valkey_place *place, bool listen, const char *password);
/* Starts the server with nothing in it, and waits until it answers. */
void valkey_place_start(struct valkey_place *place);
/* SIGKILL. */
void valkey_place_kill(struct valkey_place *place);
/* Kills it and removes the folder. */
void valkey_place_wipe(struct valkey_place *place);

/* Sends one line ("KEYS *") and gives what comes within a moment, as the protocol has it; in a
 * buffer that the next call overwrites. */
const char *valkey_place_say(const struct valkey_place *place, const char *line);

#endif
