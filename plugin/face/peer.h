/* SPDX-License-Identifier: MIT */
/* One connection of a listener: reads lines, runs its exchanges, writes answers; bounded in all. */
#ifndef FACE_PEER_H
#define FACE_PEER_H

#include "engine/engine.h"

/* A line must be complete within this. */
#define PEER_LINE_MS 10000
/* A connection that has not asked for anything yet is left open for so long while draining, so that
 * a client that connects during a reload is not sent away, even if it gets no time to ask; and so
 * is one whose client owes a response: a Postfix smtpd whose last client has gone says nothing, and
 * goes on to log others in here. */
#define PEER_NEW_MS 2000

/* Lines of one connection that are obeyed in one turn of the loop: the answers of a turn all wait
 * for its end, and their inquiries with them. */
#define PEER_LINES_OF_TURN 32

struct peer;

/* What all peers of a worker share. */
struct peer_group {
	struct engine *engine;
	struct peer *first;
	size_t count;
	uint64_t opened; /* connections since the start: CUID */
	uint64_t turns;	 /* of the loop */
	size_t paused;	 /* those that wait for the next turn */
	bool draining;	 /* each is closed as soon as it has nothing under way */
	unsigned pid;
};

/* Accepts the connection that waits on `listener`, and closes it at once if it is one too many.
 * False without memory: it waits on, and with it all behind it, so this has to be called again.
 * `settings` is borrowed, `count` is how many the listener has; it is kept up to date. */
bool peer_accept(struct peer_group *group, uv_stream_t *listener,
		 const struct settings_listener *settings, unsigned *count);

/* Closes what is overdue, or all that is idle while draining; about once a second. */
void peer_sweep(struct peer_group *group);

/* Closes every connection at once. */
void peer_close_all(struct peer_group *group);

#endif
