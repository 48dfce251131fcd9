/* SPDX-License-Identifier: MIT */
/* The end of an inquiry: the verdict, its log line, and the moment at which the answer may leave.
 */
#ifndef ENGINE_INQUIRE_END_H
#define ENGINE_INQUIRE_END_H

#include "engine/inquiry.h"

/* Decides on what is known by now, logs it and tells the owner, a refusal at the realm's floor.
 * Asks the backends that were not asked yet, if an unknown name's answer would depend on them. */
void inquire_end_finish(struct inquiry *inquiry);

/* Tells the owner when the realm's floor has passed since the client's last message. */
void inquire_end_tell_at_floor(struct inquiry *inquiry);

#endif
