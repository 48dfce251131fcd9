/* SPDX-License-Identifier: MIT */
/* The admin commands "lockouts-…": who is counted and locked, and an end to it. */
#ifndef FACE_ADMIN_LOCKOUTS_H
#define FACE_ADMIN_LOCKOUTS_H

#include "face/admin_task.h"

/* lockouts-list {"user"?}, lockouts-clear {"user"} or {"network"}: face/admin.h. */
void admin_lockouts_list(struct admin_call *call);
void admin_lockouts_clear(struct admin_call *call);

/* The counters of the user whom admin_task_find() has found, as a list of JSON. */
json_t *admin_lockouts_array(const struct admin_task *task);

#endif
