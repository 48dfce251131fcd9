/* SPDX-License-Identifier: MIT */
/* What a test asks of a run in which everything is slow, as under valgrind: fewer repetitions of
 * the same, and longer times. Such a run is known by CK_TIMEOUT_MULTIPLIER, which has check wait
 * longer, too. */
#ifndef TESTS_SLOW_H
#define TESTS_SLOW_H

#include <stdint.h>
#include <stdlib.h>

static inline unsigned slow_times(void)
{
	const char *multiplier = getenv("CK_TIMEOUT_MULTIPLIER");

	return multiplier ? (unsigned)strtoul(multiplier, NULL, 10) : 1;
}

/* Repetitions with other random data. */
static inline unsigned slow_turns(unsigned turns)
{
	return slow_times() > 1 ? turns / 10 : turns;
}

static inline uint64_t slow_ms(uint64_t ms)
{
	return ms * slow_times();
}

#endif
