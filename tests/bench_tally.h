/* SPDX-License-Identifier: MIT */
/* How long things took: rates and percentiles for the benchmarks, from any number of processes. */
#ifndef BENCH_TALLY_H
#define BENCH_TALLY_H

#include <stdbool.h>
#include <stdint.h>

/* Buckets: 64 for each doubling, so a percentile is right to 1.1 %. */
#define BENCH_TALLY_BUCKETS (40 * 64)

struct bench_tally {
	uint64_t count;
	uint64_t buckets[BENCH_TALLY_BUCKETS];
};

/* `count` empty ones that child processes write to as well. Ends the process without memory. */
struct bench_tally *bench_tally_shared(unsigned count);

/* Nanoseconds of the monotonic clock. */
uint64_t bench_tally_now(void);

void bench_tally_note(struct bench_tally *tally, uint64_t nanoseconds);

/* Prints "rate R p50 MICROSECONDS p99 MICROSECONDS" of them all. False if nothing was counted. */
bool bench_tally_print(const struct bench_tally *tallies, unsigned count, uint64_t nanoseconds);

/* Prints the text and errno's, and ends the process. */
_Noreturn void bench_tally_die(const char *what);

#endif
