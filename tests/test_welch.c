/* SPDX-License-Identifier: MIT */
/* Welch's t: known values, and constructed differences that it finds or must not find. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "welch.h"

#define COUNT 5000

static struct welch_series a, b;

static void teardown(void)
{
	welch_wipe(&a);
	welch_wipe(&b);
}

static double uniform(void)
{
	return (double)random() / 2147483648.0;
}

/* Roughly normal: mean 0, deviation 1. */
static double normal(void)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += uniform();
	return sum;
}

static void fill(struct welch_series *series, const double *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ck_assert(welch_add(series, values[i]));
}

START_TEST(test_known_values)
{
	static const double some[] = {27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1,
				      21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4};
	static const double others[] = {27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0,
					24.8, 20.2, 21.9, 22.1, 22.9, 30.5, 24.4};
	struct welch_result result;

	fill(&a, some, 15);
	fill(&b, others, 15);
	result = welch_compare(&a, &b);
	/* All of them give 2.88; no crop of these gives more than the half. */
	ck_assert_double_ge(result.t, 2.87);
	ck_assert_double_eq_tol(welch_quantile(&a, 0), 16.9, 1e-9);
	ck_assert_double_eq_tol(welch_quantile(&a, 0.5), 21.0, 1e-9);
	ck_assert_double_eq_tol(welch_quantile(&b, 1), 30.5, 1e-9);
}
END_TEST

START_TEST(test_too_few)
{
	static const double some[] = {1, 1, 1}, others[] = {9, 9, 9};

	fill(&a, some, 3);
	fill(&b, others, 3);
	ck_assert(welch_compare(&a, &b).t == 0);
	ck_assert(welch_quantile(&(struct welch_series){NULL, 0, 0}, 0.5) == 0);
}
END_TEST

START_TEST(test_constant)
{
	for (int i = 0; i < 20; i++) {
		ck_assert(welch_add(&a, 5));
		ck_assert(welch_add(&b, 5));
	}
	ck_assert(welch_compare(&a, &b).t == 0);
	for (size_t i = 0; i < b.count; i++)
		b.values[i] = 6;
	ck_assert(welch_compare(&a, &b).t > WELCH_LIMIT);
	ck_assert(welch_compare(&b, &a).t < -WELCH_LIMIT);
}
END_TEST

/* A difference in microseconds, of times with a deviation and a share of strays up to 300 ms late.
 */
static const struct shape {
	const char *name;
	double difference, deviation, strays;
	bool want_found;
} shapes[] = {
    {"nothing", 0, 50, 0, false},
    {"nothing, noise", 0, 50, 0.05, false},
    {"nothing, much noise", 0, 300, 0.2, false},
    {"20 us", 20, 50, 0, true},
    {"20 us, noise", 20, 50, 0.05, true},
    {"20 us, much noise", 20, 100, 0.2, true},
    {"20 us sooner", -20, 50, 0.05, true},
};

static void draw(struct welch_series *series, const struct shape *shape, double difference)
{
	for (int i = 0; i < COUNT; i++) {
		double value = 20000 + difference + shape->deviation * normal();

		if (uniform() < shape->strays)
			value += 300000 * uniform();
		ck_assert(welch_add(series, value));
	}
}

START_TEST(test_shapes)
{
	const struct shape *shape = &shapes[_i];
	struct welch_result result;

	srandom(1);
	draw(&a, shape, 0);
	draw(&b, shape, shape->difference);
	result = welch_compare(&a, &b);
	ck_assert_msg((fabs(result.t) > WELCH_LIMIT) == shape->want_found, "%s: t %.2f at %.2f",
		      shape->name, result.t, result.kept);
	if (shape->want_found)
		ck_assert_msg(result.t * shape->difference > 0, "%s: t %.2f", shape->name,
			      result.t);
}
END_TEST

/* What only some of the answers show: a tail that one series has and the other has not. */
START_TEST(test_tail_alone)
{
	static const struct shape quiet = {"quiet", 0, 50, 0, false};

	srandom(1);
	draw(&a, &quiet, 0);
	draw(&b, &quiet, 0);
	for (size_t i = 0; i < b.count; i += 50)
		b.values[i] += 5000;
	ck_assert(welch_compare(&a, &b).t > WELCH_LIMIT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("welch");
	TCase *tcase = tcase_create("welch");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, test_known_values);
	tcase_add_test(tcase, test_too_few);
	tcase_add_test(tcase, test_constant);
	tcase_add_loop_test(tcase, test_shapes, 0, sizeof(shapes) / sizeof(shapes[0]));
	tcase_add_test(tcase, test_tail_alone);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
