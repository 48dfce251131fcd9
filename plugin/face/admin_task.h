/* SPDX-License-Identifier: MIT */
/* A request that has to wait: for the backends that know its user, for work in a thread. */
#ifndef FACE_ADMIN_TASK_H
#define FACE_ADMIN_TASK_H

#include "engine/owner.h"
#include "engine/survey.h"
#include "face/admin.h"

/* A command's own struct begins with it. Only one step is under way at a time. */
struct admin_task {
	struct worker_job job;	 /* first: the job is the task */
	struct admin_call *call; /* null once it is answered */
	struct engine *engine;
	int64_t now; /* seconds since 1970, when it began */
	/* Of admin_task_find(). */
	struct survey *survey;
	const struct survey_answer *known; /* null: no backend knows the user */
	bool down;			   /* some backend could not be asked */
	struct buf owner;		   /* engine/owner; empty where nobody is known */
	char owner_storage[OWNER_MAX];
	/* The task's own. */
	unsigned references; /* the loop, the job in a thread */
	void (*run)(struct admin_task *task);
	void (*next)(struct admin_task *task);
	void (*wipe)(struct admin_task *task);
};

/* A task of `size` octets, zeroed behind its head. `wipe` (may be null) frees what the command has
 * added. Null, and the call has failed, without memory. */
void *admin_task_open(struct admin_call *call, size_t size, void (*wipe)(struct admin_task *task));

/* Asks the backends about the request's "user", then calls next(). False, and the task is over with
 * the call failed, if there is no such name. The name and its realm are there at once
 * (survey_name()). */
bool admin_task_find(struct admin_task *task, void (*next)(struct admin_task *task));

/* Has run() called in a thread of `worker`, then next() on the loop; however long it takes, so that
 * no answer says less than what was done. Fails the call if no thread takes it in time. */
void admin_task_submit(struct admin_task *task, struct worker *worker,
		       void (*run)(struct admin_task *task), void (*next)(struct admin_task *task));

/* After the answer: the task is freed, when no thread is at work on it any more. */
void admin_task_close(struct admin_task *task);

/* Fails the call with "no such user", or that it cannot be told because a backend is down, and ends
 * the task; false if the user is known, and nothing was done. */
bool admin_task_refuse_unknown(struct admin_task *task);

/* "admin command=… user=… KEY=… who=…": what an administrator has changed. */
void admin_task_log(const struct admin_call *call, struct span user, const char *key,
		    struct span value);

#endif
