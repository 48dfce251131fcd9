/* SPDX-License-Identifier: MIT */
/* The waiting parts of an inquiry: jobs in threads, the realm's backends in order. */
#ifndef ENGINE_INQUIRE_WORK_H
#define ENGINE_INQUIRE_WORK_H

#include "engine/inquiry.h"

/* Calls the owner's done(); the inquiry may be gone afterwards. */
void inquire_work_tell(struct inquiry *inquiry);

/* One owner less; the last one wipes and frees it. */
void inquire_work_release(struct inquiry *inquiry);

/* Runs `run` in a thread of `worker`, then `after` on the loop; or ends the inquiry as late. Only
 * one job of an inquiry is under way at a time, and none after a late one. */
void inquire_work_submit(struct inquiry *inquiry, struct worker *worker,
			 void (*run)(struct worker_job *), void (*after)(struct inquiry *));

/* The same for brief work, which the loop does itself (worker_set_aside); it does not count as
 * having stood in a queue. False, and nothing done, if it must be submitted. */
bool inquire_work_set_aside(struct inquiry *inquiry, void (*run)(struct worker_job *),
			    void (*after)(struct inquiry *));

/* The inquiry of a job. */
struct inquiry *inquire_work_of(struct worker_job *job);

/* Asks those that a known name has not been asked of for whether they are down, then calls `after`:
 * an unknown name would have waited for them too. */
void inquire_work_ask_rest(struct inquiry *inquiry, void (*after)(struct inquiry *));

/* Asks the realm's backends from inquiry->asked on until one knows the name, then calls
 * inquiry->after_lookup. */
void inquire_work_ask(struct inquiry *inquiry);

#endif
