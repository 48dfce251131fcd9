/* SPDX-License-Identifier: MIT */
/* A real engine over a real accounts file and a state directory, in a folder of its own: for tests.
 */
#ifndef TESTS_ENGINE_PLACE_H
#define TESTS_ENGINE_PLACE_H

#include "engine/engine.h"
#include "engine/inquire.h"

struct engine_place {
	char folder[40];
	uv_loop_t loop;
	struct settings *settings;
	struct engine *engine;
	unsigned char key;	 /* the daemon's begins so; 7 at first */
	const char *realm, *top; /* as given, for engine_place_restart() */
};

/* Makes the folder with "users" (the accounts) and "state". `realm` is added to the one realm,
 * example.org, which is the default one, has secrets = mixed, no floor, and the scheme PLAIN; `top`
 * to the top. */
void engine_place_open(struct engine_place *place, const char *accounts, const char *realm,
		       const char *top);
/* Closes the engine in order; the folder goes. */
void engine_place_close(struct engine_place *place);
/* A new engine over the same folder, as after a reload. */
void engine_place_restart(struct engine_place *place);
void engine_place_accounts(struct engine_place *place, const char *accounts);

/* What a login came to. */
struct engine_place_answer {
	struct verdict verdict;
	char text[REPLY_TEXT_MAX + 1]; /* of the reply, the id left out; "" for a login */
	char label[80];
	uint64_t ms;
};

/* PLAIN with a name, a password, a client's address (null: none) and who forwards it (null:
 * nobody). Runs the loop until it is answered. */
struct engine_place_answer engine_place_login(struct engine_place *place, const char *name,
					      const char *password, const char *client,
					      const char *forwarder);

/* The same, begun but not waited for. */
struct inquiry *engine_place_begin(struct engine_place *place, const char *name,
				   const char *password, const char *client, const char *forwarder,
				   bool *told);
struct engine_place_answer engine_place_end(struct engine_place *place, struct inquiry **inquiry,
					    bool *told);

/* Runs the loop until the threads have nothing to do. */
void engine_place_settle(struct engine_place *place);

#endif
