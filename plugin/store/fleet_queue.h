/* SPDX-License-Identifier: MIT */
/* Those that wait for the fleet's server: each is told once, in time, whatever becomes of it. */
#ifndef STORE_FLEET_QUEUE_H
#define STORE_FLEET_QUEUE_H

#include "store/fleet.h"
#include "store/fleet_link.h"

struct fleet_queue_ask;

/* What stands above `timer` is set by the owner, after fleet_queue_init(). */
struct fleet_queue {
	uv_loop_t *loop;
	struct fleet_link *link;
	struct attempts *attempts;
	const unsigned char *key; /* FLEET_KEY_LEN octets */
	unsigned timeout_ms;
	uv_timer_t timer;		       /* its data is the queue */
	struct fleet_queue_ask *asks, *last;   /* the oldest first */
	struct fleet_wait *ready, *ready_last; /* to be told in the next turn */
	bool closing;
};

/* All else zero. */
void fleet_queue_init(struct fleet_queue *queue, uv_loop_t *loop);

/* Nobody is told any more. The link is closed next; `closed` gets the handle of the timer, whose
 * data is the queue, when the memory may go. */
void fleet_queue_close(struct fleet_queue *queue, uv_close_cb closed);

/* As fleet_ask(), fleet_forget_…() and fleet_leave(). */
void fleet_queue_ask(struct fleet_queue *queue, const struct attempts_who *who, int64_t now,
		     struct fleet_wait *wait);
void fleet_queue_forget(struct fleet_queue *queue, const struct attempts_who *who, int64_t now,
			struct fleet_wait *wait);
void fleet_queue_leave(struct fleet_queue *queue, struct fleet_wait *wait);

#endif
