/* SPDX-License-Identifier: MIT */
/* Points in time: shown in local time with its zone, read as a date or a number of days. */
#ifndef CLI_WHEN_H
#define CLI_WHEN_H

#include <stdbool.h>
#include <stdint.h>

/* A short text by value. */
struct when {
	char text[64];
};

/* "2026-11-21 19:40:12 CET", of seconds since 1970; "never" for 0. */
struct when when_of(int64_t seconds);

/* How far away: "3 minutes ago", "in 2 days", "now". */
struct when when_distance(int64_t seconds, int64_t now);

/* "2026-12-31": the last second of that day in local time. "30" or "30d": so many days from `now`.
 * False if it is neither, or not after `now`. */
bool when_take(const char *text, int64_t now, int64_t *seconds);

#endif
