/* SPDX-License-Identifier: MIT */
/* Tells the service manager how we are (sd_notify(3)), without its library. */
#ifndef BASE_NOTIFY_H
#define BASE_NOTIFY_H

#include <stdbool.h>

/* Sends e.g. "READY=1\nMAINPID=5" to $NOTIFY_SOCKET; false if there is none or it failed. Never
 * waits. */
bool notify_send(const char *state);

/* Half of the watchdog's interval in milliseconds; 0 if the manager wants none. */
unsigned notify_watchdog_ms(void);

#endif
