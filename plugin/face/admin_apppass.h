/* SPDX-License-Identifier: MIT */
/* The admin commands "app-password-…": make, show, revoke and rename those that we keep. */
#ifndef FACE_ADMIN_APPPASS_H
#define FACE_ADMIN_APPPASS_H

#include "face/admin.h"

/* app-password-add {"user", "label", "services"?, "networks"?, "expires"?} and so on: face/admin.h.
 */
void admin_apppass_add(struct admin_call *call);
void admin_apppass_list(struct admin_call *call);
void admin_apppass_revoke(struct admin_call *call);
void admin_apppass_rename(struct admin_call *call);

#endif
