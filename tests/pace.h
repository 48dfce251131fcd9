/* SPDX-License-Identifier: MIT */
/* How long a busy machine lets a process wait that wants to run, so that a bound in time can be a
 * strict one of the product and not of the machine. */
#ifndef TESTS_PACE_H
#define TESTS_PACE_H

/* Begins to measure, in a thread of its own. Aborts without one. */
void pace_begin(void);

/* Ends it: what the machine's delays may have cost two processes that wait for each other, in
 * milliseconds; next to nothing on an idle machine. */
double pace_end(void);

#endif
