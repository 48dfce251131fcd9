/* SPDX-License-Identifier: MIT */
/* The counters of several daemons, in Valkey or Redis: one round trip per login, on the loop. */
#ifndef STORE_FLEET_H
#define STORE_FLEET_H

#include <uv.h>

#include "store/attempts.h"

#define FLEET_KEY_LEN 32

struct fleet_settings {
	const char *uri;	   /* "redis://host:port/db", "valkey://…", "unix:///path" */
	const char *password_file; /* "": none; first line */
	unsigned timeout_ms;	   /* a login waits no longer for it */
};

struct fleet;

/* False if this build has no hiredis (configure --without-valkey). */
bool fleet_supported(void);

/* Whether a uri can be read; `fault` is a constant text if not. */
bool fleet_uri_valid(const char *uri, const char **fault);

/* Connects in the background, and again (at most once a second, with back-off to 5 s) when the
 * connection is lost. Says in the log once that the server is away, and once that it is back. Names
 * do not leave the process: keys are HMACs under `key`, which all daemons of the fleet share (from
 * key_file). Merges what it hears into `attempts`. Null without memory or with a text in `fault` if
 * the password cannot be read. */
struct fleet *fleet_open(uv_loop_t *loop, const struct fleet_settings *settings,
			 struct attempts *attempts, const unsigned char key[FLEET_KEY_LEN],
			 struct buf *fault);
/* Its handles need more turns of the loop. No callback comes after this. */
void fleet_close(struct fleet **fleet);

bool fleet_connected(const struct fleet *fleet);

/* What waits; embedded in its owner's struct. */
struct fleet_wait {
	void (*told)(struct fleet_wait *wait);
	struct fleet_wait *next;
	uint64_t due;
	struct attempts_who who;
	int64_t now;
	bool waiting;
	/* Of fleet_forget_…(): the server has done it, and so many counters were there. */
	bool done;
	uint64_t lifted;
};

/* Asks for the counters of `who` (its spans stay valid until told) and merges them; then calls
 * told(), in a later turn: at once if the server is away, after timeout_ms at the latest. */
void fleet_ask(struct fleet *fleet, const struct attempts_who *who, int64_t now,
	       struct fleet_wait *wait);

/* Forgets one that waits; safe on one that does not. */
void fleet_leave(struct fleet *fleet, struct fleet_wait *wait);

/* Sends a counted failure, a login; nobody waits for the answer, which is merged (a lock that
 * another daemon has set holds here from then on). Call it beside attempts_count() and so on, if
 * those said that something was counted or cleared. */
void fleet_count(struct fleet *fleet, const struct attempts_who *who,
		 const struct attempts_rules *rules, int64_t now);
void fleet_clear(struct fleet *fleet, const struct attempts_who *who, int64_t now);

/* An administrator's clearing, beside attempts_forget_…(): all daemons forget it. told() comes as
 * for fleet_ask(), when the server has answered or is taken to be away. */
void fleet_forget_name(struct fleet *fleet, struct span name, struct span entry,
		       struct fleet_wait *wait);
void fleet_forget_network(struct fleet *fleet, const unsigned char network[16], unsigned char bits,
			  struct fleet_wait *wait);

#endif
