/* SPDX-License-Identifier: MIT */
/* How long things took: rates and percentiles for the benchmarks, from any number of processes. */
#include "bench_tally.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define STEPS 64u

void bench_tally_die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

struct bench_tally *bench_tally_shared(unsigned count)
{
	struct bench_tally *tallies = mmap(NULL, count * sizeof(*tallies), PROT_READ | PROT_WRITE,
					   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (tallies == MAP_FAILED)
		bench_tally_die("no memory");
	return tallies;
}

uint64_t bench_tally_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Below STEPS each value has its own bucket, then each doubling has STEPS of them. */
static unsigned bucket_of(uint64_t value)
{
	unsigned doublings = 0;

	while (value >= 2 * STEPS) {
		value >>= 1;
		doublings++;
	}
	value += (uint64_t)doublings * STEPS;
	return value < BENCH_TALLY_BUCKETS ? (unsigned)value : BENCH_TALLY_BUCKETS - 1;
}

static double middle_of(unsigned bucket)
{
	unsigned doublings = bucket < 2 * STEPS ? 0 : bucket / STEPS - 1;

	return ((double)(bucket - doublings * STEPS) + 0.5) * (double)(UINT64_C(1) << doublings);
}

void bench_tally_note(struct bench_tally *tally, uint64_t nanoseconds)
{
	tally->count++;
	tally->buckets[bucket_of(nanoseconds)]++;
}

static double percentile_us(const struct bench_tally *tallies, unsigned count, uint64_t rank)
{
	uint64_t seen = 0;

	for (unsigned bucket = 0; bucket < BENCH_TALLY_BUCKETS; bucket++) {
		for (unsigned i = 0; i < count; i++)
			seen += tallies[i].buckets[bucket];
		if (seen > rank)
			return middle_of(bucket) / 1000;
	}
	return 0;
}

bool bench_tally_print(const struct bench_tally *tallies, unsigned count, uint64_t nanoseconds)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < count; i++)
		all += tallies[i].count;
	if (all == 0)
		return false;
	printf("rate %.1f p50 %.2f p99 %.2f\n", (double)all * 1e9 / (double)nanoseconds,
	       percentile_us(tallies, count, all / 2), percentile_us(tallies, count, all * 99 / 100));
	return true;
}
