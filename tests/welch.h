/* SPDX-License-Identifier: MIT */
/* Welch's t of two series of times, with the slowest ones left out at several depths (as dudect
 * does). */
#ifndef WELCH_H
#define WELCH_H

#include <stdbool.h>
#include <stddef.h>

/* Beyond it two series differ: by chance once in 150,000 times. */
#define WELCH_LIMIT 4.5

struct welch_series {
	double *values; /* microseconds; malloc'ed */
	size_t count;
	size_t room;
};

struct welch_result {
	double t;	   /* the one furthest from 0 */
	double kept;	   /* the share of both series that it was computed from */
	double difference; /* of the means of what was kept, b - a */
};

/* Appends; false without memory. */
bool welch_add(struct welch_series *series, double value);

void welch_wipe(struct welch_series *series);

/* The value below which `share` (0 to 1) of the series are. Sorts the series. 0 for an empty one.
 */
double welch_quantile(struct welch_series *series, double share);

/* Compares all values, and then those below some quantiles of both series together. What the
 * machine did besides makes a long tail that hides a difference; the ceiling is the same for both
 * series, so leaving the tail out makes none. Sorts the series. */
struct welch_result welch_compare(struct welch_series *a, struct welch_series *b);

#endif
