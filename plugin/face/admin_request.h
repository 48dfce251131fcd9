/* SPDX-License-Identifier: MIT */
/* A request of the admin socket: one line of JSON, its command and whether its members are right.
 */
#ifndef FACE_ADMIN_REQUEST_H
#define FACE_ADMIN_REQUEST_H

#include "face/admin.h"

/* Obeys one request. */
typedef void admin_request_run(struct admin_call *call);

/* Reads a line without its LF. On success the object, whose members are all known to the command
 * and of their types, and what obeys it. False with a text in `fault` (for the answer of status 64)
 * if not. */
bool admin_request_take(struct span line, json_t **request, admin_request_run **run,
			struct buf *fault);

#endif
