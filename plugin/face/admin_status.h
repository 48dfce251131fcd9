/* SPDX-License-Identifier: MIT */
/* The admin commands "status", "config" and "reload": the daemon itself. */
#ifndef FACE_ADMIN_STATUS_H
#define FACE_ADMIN_STATUS_H

#include "face/admin.h"

/* status {}, config {}, reload {}: face/admin.h. */
void admin_status_run(struct admin_call *call);
void admin_status_config(struct admin_call *call);
void admin_status_reload(struct admin_call *call);

#endif
