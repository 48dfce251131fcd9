/* SPDX-License-Identifier: MIT */
/* What is done once somebody is let in: uses and passwords are written down, what ends soon is
 * said. */
#ifndef ENGINE_AFTERWARDS_H
#define ENGINE_AFTERWARDS_H

#include "engine/inquiry.h"

/* After an allowing verdict, while the inquiry still has its password. What waits for the disk or
 * costs a hash is done in the stores' thread; what that cannot take is left out, it comes with the
 * next login. */
void afterwards_login(struct inquiry *inquiry);

/* What a worker remembers, so that most logins write nothing: made with the engine. Null without
 * memory. */
struct afterwards *afterwards_open(void);
void afterwards_close(struct afterwards **afterwards);

#endif
