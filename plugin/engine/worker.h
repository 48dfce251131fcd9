/* SPDX-License-Identifier: MIT */
/* A bounded pool of threads for work that would stop the event loop: hashes, blocking backends. */
#ifndef ENGINE_WORKER_H
#define ENGINE_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct worker;
struct worker_job;

enum worker_end {
	WORKER_DONE,
	WORKER_LATE /* refused by a full queue, waited too long for a thread, or was due */
};

/* Embedded in whatever the work is about, which lives until free() was called: after WORKER_LATE a
 * thread may still be at work on it, so that done() must not look at what run() writes. */
struct worker_job {
	void (*run)(struct worker_job *job); /* in a thread */
	/* On the loop, exactly once, never from inside worker_submit(). After WORKER_DONE it may
	 * submit the job again; free() is then still called once for each submission. */
	void (*done)(struct worker_job *job, enum worker_end end);
	/* On the loop, exactly once, after done() and after run() has returned. */
	void (*free)(struct worker_job *job);
	uint64_t due; /* uv_hrtime() by which done() has been called; 0: whenever it has run */

	/* The pool's own. */
	struct worker_job *next;               /* in the queue it stands in (mutex) */
	struct worker_job *live_next, **live_at; /* in the list of all that are not freed (loop) */
	uint64_t submitted;                    /* uv_hrtime() */
	bool started;                          /* a thread took it (mutex) */
	bool told;                             /* done() was called (written under the mutex) */
};

struct worker_limits {
	unsigned threads;
	unsigned length;  /* jobs that may wait for a thread */
	unsigned wait_ms; /* how long one may wait for a thread */
	/* run() waits for others and hardly computes: the threads keep to one processor, the loop's
	 * as it was at most half a second ago. Handing a job from processor to processor, and its
	 * end back, costs more than such a job. */
	bool together;
};

/* Starts the threads. Null if that fails. */
struct worker *worker_open(uv_loop_t *loop, const struct worker_limits *limits);

/* Hands over a job: run, done, free and due are set, the rest is the pool's. A full queue ends it with
 * WORKER_LATE on the next turn of the loop. */
void worker_submit(struct worker *worker, struct worker_job *job);

/* Has a job run by the loop itself, before that waits for events again and however busy the threads
 * are: for work that takes about as long as waking a thread. One in each turn of the loop; false, and
 * nothing done, if there is one already. */
bool worker_set_aside(struct worker *worker, struct worker_job *job);

/* Ends it when no job is live any more: for a process that ends in order, and for tests. Closes its
 * handles, so the loop must run once more before it is closed. */
void worker_close(struct worker **worker);

/* Jobs that are not freed yet. */
size_t worker_live(const struct worker *worker);

#endif
