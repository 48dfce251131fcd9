/* SPDX-License-Identifier: MIT */
/* An app password that is being made or changed: where it is kept, and what is answered. */
#ifndef FACE_ADMIN_KEEP_H
#define FACE_ADMIN_KEEP_H

#include "face/admin_app.h"
#include "face/admin_task.h"

/* Octets of a value in the account's entry. */
#define ADMIN_KEEP_VALUE_MAX 1024

struct admin_keep {
	struct admin_task task;	  /* first */
	struct span which, label; /* of the request */
	struct admin_app_list list;
	struct apppass app;	       /* the one that is made or changed */
	char letters[APPPASS_LETTERS]; /* of a new one */
	enum apppass_end end;
	/* In the account's entry: `old` is replaced by `fresh`. */
	enum backend_write written;
	struct span old;
	struct buf fresh;
	char storage[ADMIN_KEEP_VALUE_MAX];
};

/* Of a task that is one. */
struct admin_keep *admin_keep_of(struct admin_task *task);

const struct settings_realm *admin_keep_realm(const struct admin_keep *it);

/* Null, and the call has failed, without memory. */
struct admin_keep *admin_keep_open(struct admin_call *call);

/* True if the configuration provides for none of ours. */
bool admin_keep_unprovided(const struct admin_keep *it);

/* Of a task that admin_task_find() has ended: fails the call, and the task is over, if no backend
 * knows the user, if the backend itself keeps the one that it->which names, or without a place for
 * ours. False if there is nothing of that. */
bool admin_keep_refuse(struct admin_keep *it);

/* Fails the call because the configuration provides for none of ours; the task is over. */
void admin_keep_refuse_unprovided(struct admin_keep *it);

/* Has run() change our own store, in its thread, and set it->app and it->end; then answers. */
void admin_keep_store(struct admin_keep *it, void (*run)(struct admin_task *task));

/* Has it->fresh written into the account's entry in the place of it->old, and answers. */
void admin_keep_write(struct admin_keep *it);

/* Answers with it->app as it is now, kept in `store`, and the secret of a new one. */
void admin_keep_succeed(struct admin_keep *it, const char *store);

/* Answers with what it->end says went wrong. */
void admin_keep_fail(struct admin_keep *it);

#endif
