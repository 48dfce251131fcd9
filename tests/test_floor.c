/* SPDX-License-Identifier: MIT */
/* Waits end in the order of their moments, none too early, and none later for having begun later.
 */
#include <check.h>
#include <stdlib.h>

#include "engine/floor.h"

#define MS    UINT64_C(1000000)
#define COUNT 500

struct one {
	struct floor_wait wait; /* first: the wait is the one */
	uint64_t due, ended;
	unsigned again;
};

static uv_loop_t loop;
static struct floor *waits;
static struct one ones[COUNT];
static unsigned ended;
static uint64_t last;

static void setup(void)
{
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	waits = floor_open(&loop);
	ck_assert_ptr_nonnull(waits);
	ended = 0;
	last = 0;
}

static void teardown(void)
{
	floor_close(&waits);
	ck_assert_ptr_null(waits);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

static void on_over(struct floor_wait *wait)
{
	struct one *one = (struct one *)wait;

	ck_assert_uint_ge(one->due, last);
	last = one->due;
	one->ended = uv_hrtime();
	ended++;
	if (one->again) {
		one->again--;
		one->due = one->ended + MS;
		floor_wait(waits, wait, one->due, on_over);
	}
}

static void begin(struct one *one, uint64_t due, unsigned again)
{
	one->due = due;
	one->again = again;
	floor_wait(waits, &one->wait, due, on_over);
}

START_TEST(test_in_order)
{
	uint64_t now = uv_hrtime();

	srandom(1);
	for (unsigned i = 0; i < COUNT; i++)
		begin(&ones[i], now + 5 * MS + (uint64_t)random() % (20 * MS), 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_uint_eq(ended, COUNT);
	for (unsigned i = 0; i < COUNT; i++)
		ck_assert_uint_ge(ones[i].ended, ones[i].due);
}
END_TEST

START_TEST(test_an_earlier_one_later)
{
	uint64_t now = uv_hrtime();

	begin(&ones[0], now + 300 * MS, 0);
	begin(&ones[1], now + 10 * MS, 0);
	uv_run(&loop, UV_RUN_ONCE);
	ck_assert_uint_eq(ended, 1);
	ck_assert_uint_ge(ones[1].ended, ones[1].due);
	ck_assert_uint_lt(ones[1].ended, ones[0].due);
}
END_TEST

START_TEST(test_again_from_within)
{
	begin(&ones[0], uv_hrtime(), 3);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_uint_eq(ended, 4);
}
END_TEST

START_TEST(test_closed_while_they_wait)
{
	uint64_t now = uv_hrtime();

	for (unsigned i = 0; i < COUNT; i++)
		begin(&ones[i], now + 60000 * MS + i, 0);
	floor_close(&waits);
	ck_assert_uint_eq(ended, COUNT);
	waits = floor_open(&loop);
}
END_TEST

/* What is left of a millisecond when the wait begins must not come out at its end: of many waits
 * that begin at moments spread over one, the quickest of each half end as late behind their
 * moments. */
START_TEST(test_not_rounded)
{
	uint64_t least[2] = {UINT64_MAX, UINT64_MAX};

	for (unsigned i = 0; i < 60; i++) {
		uint64_t stepped = uv_hrtime(), until = stepped + i % 2 * (MS / 2);

		while (uv_hrtime() < until)
			;
		begin(&ones[0], stepped + 3 * MS, 0);
		uv_run(&loop, UV_RUN_DEFAULT);
		last = 0;
		if (ones[0].ended - ones[0].due < least[i % 2])
			least[i % 2] = ones[0].ended - ones[0].due;
	}
	ck_assert_uint_lt(least[0], MS / 4);
	ck_assert_uint_lt(least[1], MS / 4);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("floor");
	TCase *tcase = tcase_create("floor");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_in_order);
	tcase_add_test(tcase, test_an_earlier_one_later);
	tcase_add_test(tcase, test_again_from_within);
	tcase_add_test(tcase, test_closed_while_they_wait);
	tcase_add_test(tcase, test_not_rounded);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
