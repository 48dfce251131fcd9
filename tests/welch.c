/* SPDX-License-Identifier: MIT */
/* Welch's t of two series of times, with the slowest ones left out at several depths (as dudect
 * does). */
#include "welch.h"

#include <math.h>
#include <stdlib.h>

/* Fewer values say nothing. */
#define LEAST 8

struct moments {
	double count;
	double mean;
	double squares; /* of the distances from the mean, summed */
};

bool welch_add(struct welch_series *series, double value)
{
	if (series->count == series->room) {
		size_t room = series->room ? 2 * series->room : 256;
		double *values = realloc(series->values, room * sizeof(*values));

		if (!values)
			return false;
		series->values = values;
		series->room = room;
	}
	series->values[series->count++] = value;
	return true;
}

void welch_wipe(struct welch_series *series)
{
	free(series->values);
	*series = (struct welch_series){NULL, 0, 0};
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void sort(struct welch_series *series)
{
	if (series->count)
		qsort(series->values, series->count, sizeof(*series->values), by_value);
}

double welch_quantile(struct welch_series *series, double share)
{
	size_t rank = (size_t)(share * (double)series->count);

	sort(series);
	if (series->count == 0)
		return 0;
	return series->values[rank < series->count ? rank : series->count - 1];
}

/* Of two sorted series together, without joining them. */
static double quantile_of_both(const struct welch_series *a, const struct welch_series *b,
			       double share)
{
	size_t rank = (size_t)(share * (double)(a->count + b->count));
	size_t i = 0, j = 0;

	while (i + j < rank) {
		if (j == b->count || (i < a->count && a->values[i] <= b->values[j]))
			i++;
		else
			j++;
	}
	if (j == b->count || (i < a->count && a->values[i] <= b->values[j]))
		return i < a->count ? a->values[i] : HUGE_VAL;
	return b->values[j];
}

static struct moments moments_below(const struct welch_series *series, double ceiling)
{
	struct moments moments = {0, 0, 0};

	for (size_t i = 0; i < series->count && series->values[i] <= ceiling; i++) {
		double distance = series->values[i] - moments.mean;

		moments.count++;
		moments.mean += distance / moments.count;
		moments.squares += distance * (series->values[i] - moments.mean);
	}
	return moments;
}

static double error_of(const struct moments *moments)
{
	return moments->squares / (moments->count - 1) / moments->count;
}

static void compare_below(const struct welch_series *a, const struct welch_series *b, double share,
			  double ceiling, struct welch_result *worst)
{
	struct moments of_a = moments_below(a, ceiling), of_b = moments_below(b, ceiling);
	double error, t;

	if (of_a.count < LEAST || of_b.count < LEAST)
		return;
	error = sqrt(error_of(&of_a) + error_of(&of_b));
	if (error > 0)
		t = (of_b.mean - of_a.mean) / error;
	else
		t = of_a.mean < of_b.mean ? HUGE_VAL : of_a.mean > of_b.mean ? -HUGE_VAL : 0;
	if (fabs(t) > fabs(worst->t))
		*worst = (struct welch_result){t, share, of_b.mean - of_a.mean};
}

struct welch_result welch_compare(struct welch_series *a, struct welch_series *b)
{
	static const double shares[] = {0.99, 0.95, 0.9, 0.75, 0.5};
	struct welch_result worst = {0, 1, 0};

	sort(a);
	sort(b);
	compare_below(a, b, 1, HUGE_VAL, &worst);
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
		compare_below(a, b, shares[i], quantile_of_both(a, b, shares[i]), &worst);
	return worst;
}
