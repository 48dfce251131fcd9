/* SPDX-License-Identifier: MIT */
/* Values of the extra fields of an account file: flags, dates, hours, networks. Pure. */
#ifndef BACKEND_BACKEND_FILE_VALUE_H
#define BACKEND_BACKEND_FILE_VALUE_H

#include "core/attempt.h"

/* Nothing (the key stands alone), y, yes, true, on, 1 or n, no, false, off, 0, of either case. */
bool backend_file_value_take_flag(struct span text, bool *flag);

/* 2026-11-04 (the start of that day, UTC) or 2026-11-04T12:00:00Z, from 1970 to 9999, in seconds
 * since 1970. 1970-01-01 itself is refused: 0 means "no date" everywhere. */
bool backend_file_value_take_date(struct span text, int64_t *seconds);

/* "Mon-Fri/08-18,Sat/09-12": days and from which hour on, up to which hour, separated by commas.
 * Days and hours may wrap: "Fri-Mon", and "Mon/22-06" ends on Tuesday at six. Sets a bit for each
 * hour of the week from Sunday 00:00, low bit first (struct account). */
bool backend_file_value_take_hours(struct span text, unsigned char hours[21]);

/* An address, or an address/bits, of IPv4 (which stands as ::ffff:a.b.c.d) or IPv6. */
bool backend_file_value_take_network(struct span text, struct network *network);

#endif
