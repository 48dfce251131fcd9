/* SPDX-License-Identifier: MIT */
/* The listening sockets of a configuration: kept from one to the next where the path is the same.
 */
#ifndef FACE_SOCKETS_H
#define FACE_SOCKETS_H

#include "engine/settings.h"

/* Opens a socket for each listener of `settings`, taking over those of `old` (beside
 * `old_settings`; both null at the start) whose files are still there. Gives descriptors beside
 * settings->listeners; null, with texts in `fault` and `old` as it was, if one cannot be had. Then
 * the caller frees it with sockets_close(). */
int *sockets_open(const struct settings *settings, const struct settings *old_settings,
		  const int *old, struct buf *fault);

/* Closes those of `old` that `now` has not taken over; all, with `now` null. Frees `old`. */
void sockets_close(const struct settings *old_settings, int **old, const struct settings *settings,
		   const int *now);

#endif
