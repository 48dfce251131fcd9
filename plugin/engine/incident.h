/* SPDX-License-Identifier: MIT */
/* The incident id: what the client can tell the help desk, and the log has. */
#ifndef ENGINE_INCIDENT_H
#define ENGINE_INCIDENT_H

#include "core/reply.h"

/* Writes REPLY_ID_LEN random characters, which can be read out over the telephone, and a NUL. */
void incident_make_id(char id[REPLY_ID_LEN + 1]);

#endif
