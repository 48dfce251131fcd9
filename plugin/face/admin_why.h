/* SPDX-License-Identifier: MIT */
/* The admin command "why": one incident of the journal. */
#ifndef FACE_ADMIN_WHY_H
#define FACE_ADMIN_WHY_H

#include "face/admin.h"

/* why {"id"} */
void admin_why_run(struct admin_call *call);

#endif
