/* SPDX-License-Identifier: MIT */
/* The admin command "explain": all that is known of a user, and what each kind of proof would give.
 */
#ifndef FACE_ADMIN_EXPLAIN_H
#define FACE_ADMIN_EXPLAIN_H

#include "face/admin.h"

/* explain {"user", "service"?, "client"?}: face/admin.h. */
void admin_explain_run(struct admin_call *call);

#endif
