/* SPDX-License-Identifier: MIT */
/* Waiting with an end: deadlines on the monotonic clock. */
#ifndef MTA_DEADLINE_H
#define MTA_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

enum deadline_event { DEADLINE_READ, DEADLINE_WRITE };

/* The moment `timeout_ms` from now. */
int64_t deadline_in(int timeout_ms);

/* Waits until the descriptor can be read from or written to, has an error or was closed by the
 * peer; false (errno ETIMEDOUT) when the moment has come. Interruptions by signals are waited
 * through. */
bool deadline_wait(int fd, enum deadline_event event, int64_t deadline);

/* Sleeps `pause_ms` at most; false (errno ETIMEDOUT) when the moment has come. */
bool deadline_pause(int64_t deadline, int pause_ms);

#endif
