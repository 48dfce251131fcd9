/* SPDX-License-Identifier: MIT */
/* A connection from an MTA's process to the daemon's auth socket (Dovecot auth protocol 1.x). */
#ifndef MTA_CLIENT_H
#define MTA_CLIENT_H

#include "base/span.h"

/* The longest line that the auth socket takes, LF included. */
#define CLIENT_LINE_MAX 8192

/* The longest one that we take from it: four times the longest that the daemon sends. */
#define CLIENT_ANSWER_MAX 4096

/* One conversation at a time; belongs to the process that opened it and works in no other. */
struct client;

/* CLIENT_LOST says nothing about the login: no answer came, or none that can be trusted. */
enum client_answer { CLIENT_LOST, CLIENT_FAIL, CLIENT_CONT, CLIENT_OK };

struct client_reply {
	enum client_answer answer;
	struct span fields;  /* what follows the id; borrows from the client until its next call */
	const char *trouble; /* with CLIENT_LOST: a constant for the log */
	int error;	     /* with CLIENT_LOST: errno, or 0 if it was none of the system's */
};

/* Begins a conversation: takes the idle connection, or connects to `path`, sends AUTH with a new
 * id, TAB and `request` (the rest of the line, without LF) and waits for the answer, `timeout_ms`
 * in all. A connection that is closed without an answer has met a worker that ends or has died:
 * a new one is tried within the same time, and once more if that one is closed as well. On
 * CLIENT_LOST *link_r is null; else the caller keeps or closes it. */
void client_begin(struct client **link_r, const char *path, int timeout_ms, struct span request,
		  struct client_reply *reply);

/* Continues it with a response in base64. On CLIENT_LOST the connection is closed, *link null. */
void client_continue(struct client **link, int timeout_ms, struct span response,
		     struct client_reply *reply);

/* After CLIENT_FAIL or CLIENT_OK: the connection is kept for the process's next login. */
void client_keep(struct client **link);

/* Ends it, and with it a conversation that still runs; a null *link is fine. */
void client_close(struct client **link);

/* Closes the idle connection: nothing of ours stays open in the process. */
void client_done(void);

#endif
