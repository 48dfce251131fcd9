/* SPDX-License-Identifier: MIT */
/* Answers on their way out: those of one turn of the loop to one connection leave in one write. */
#ifndef FACE_OUTBOX_H
#define FACE_OUTBOX_H

#include <uv.h>

#include "base/span.h"

/* A connection's side. */
struct outbox {
	uv_stream_t *stream;
	void *owner;
	/* It cannot be written to: `what` went wrong, or null if the peer has just gone. The owner
	 * closes it. */
	void (*broken)(void *owner, const char *what);
};

/* Takes octets. They leave with outbox_flush(), or when another connection has something to send.
 * The outbox stays where it is until outbox_close(). */
void outbox_put(struct outbox *outbox, struct span octets);

/* Writes what was taken last: at the end of each turn, before the loop waits. */
void outbox_flush(void);

/* Writes what it has, if anything, and is gone: before its stream is closed. */
void outbox_close(struct outbox *outbox);

#endif
