/* SPDX-License-Identifier: MIT */
/* The AUTH exchanges of one connection: command lines in, answer lines out. No I/O of its own. */
#ifndef FACE_DIALOGUE_H
#define FACE_DIALOGUE_H

#include "engine/engine.h"

/* How many AUTH exchanges one connection may have under way. */
#define DIALOGUE_RUNNING_MAX 256
/* How many of them may wait for their clients. One more, and the oldest is forgotten: an smtpd
 * process has one client at a time, whose predecessors may have left theirs open, some 20 KiB each.
 */
#define DIALOGUE_ASKED_MAX 64
/* A client that owes us a response for so long has gone (Postfix sends no CANCEL; SMTP gives a
 * command 5 minutes, RFC 5321 section 4.5.3.2). */
#define DIALOGUE_ABANDONED_MS 330000

struct dialogue_running;

struct dialogue {
	struct engine *engine;
	const struct settings_listener *settings;
	const char *who; /* the process at the other end, for the log */
	struct dialogue_running *running;
	unsigned count;
	/* The connection's side. */
	void *owner;
	void (*send)(void *owner, const struct buf *line);
	/* An answer has gone; the owner may ask dialogue_owes(). */
	void (*answered)(void *owner);
	/* Close the connection, sending first what was answered already: `fault` is what the peer
	 * did wrong, or null for a temporary failure. Calls dialogue_end(). */
	void (*hang_up)(void *owner, const char *fault);
};

/* Obeys one line without its LF. */
void dialogue_obey(struct dialogue *dialogue, struct span line);

/* True while the peer is owed an answer; false if it, or nobody, is to speak next. */
bool dialogue_owes(const struct dialogue *dialogue);

/* True while an exchange is under way whose client has been asked for a response within `ms`, or
 * waits for us. */
bool dialogue_lives(const struct dialogue *dialogue, uint64_t ms);

/* Forgets the exchanges that the client has abandoned. */
void dialogue_sweep(struct dialogue *dialogue);

/* Ends all exchanges. */
void dialogue_end(struct dialogue *dialogue);

#endif
