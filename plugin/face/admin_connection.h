/* SPDX-License-Identifier: MIT */
/* One connection of the admin socket: reads lines, has one at a time obeyed, writes the answers. */
#ifndef FACE_ADMIN_CONNECTION_H
#define FACE_ADMIN_CONNECTION_H

#include "face/admin.h"

#define ADMIN_CONNECTION_WHO 64

struct admin_connection {
	uv_pipe_t pipe;
	struct admin_group *group;
	struct admin_connection *next, **at;
	struct admin_call *call; /* under way */
	uv_write_t write;
	char *answer;	 /* being written */
	uint64_t active; /* loop time of the last octet, in or out */
	bool reading, ended, closing;
	bool obeying; /* its lines are being obeyed */
	bool last;    /* closed when its answer is written */
	bool served;  /* an answer has gone */
	bool root;    /* it is uid 0's */
	char who[ADMIN_CONNECTION_WHO];
	size_t len;
	char input[ADMIN_LINE_MAX + 1];
};

/* What the connections of a worker share. */
struct admin_group {
	struct engine *engine;
	const struct peer_group *peers;
	const char *config_path;
	void (*ask_reload)(void *context);
	void *context;
	unsigned references; /* the owner, connections, calls */
	struct admin_connection *first;
	size_t count, calls;
	size_t roots; /* of `count` */
	bool draining;
	/* Obeys one line: it sets connection->call until the answer is there. A line that is too
	 * long is absent. */
	void (*obey)(struct admin_connection *connection, struct span line);
};

/* One owner of the group less; the last one frees it. */
void admin_connection_release(struct admin_group *group);

/* Makes the next connection that waits on `listener` one of the group. Null without memory: it
 * waits on. It is closed already if the client has gone. */
struct admin_connection *admin_connection_open(struct admin_group *group, uv_stream_t *listener);

/* Reads requests from now on. */
void admin_connection_start(struct admin_connection *connection);

/* Writes the answer, a text of jansson's which it takes over, and goes on with the next line. */
void admin_connection_send(struct admin_connection *connection, char *text);

/* Closes it at once. */
void admin_connection_close(struct admin_connection *connection);

/* Closes it if it is overdue, or has nothing under way while the group drains. */
void admin_connection_sweep(struct admin_connection *connection, uint64_t now);

#endif
