/* SPDX-License-Identifier: MIT */
/* Tests of when: times shown in local time, dates and days read. */
#include "cli/when.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NOW 1772323200 /* 2026-03-01 00:00:00 UTC, 01:00:00 in Vienna */

static const struct {
	const char *text;
	bool want;
	int64_t want_seconds;
} ends[] = {
    {"2026-03-01", true, 1772405999},
    {"2026-12-31", true, 1798757999},
    {"2026-07-01", true, 1782943199}, /* summer time */
    {"2028-02-29", true, 1835477999},
    {"2026-02-28", false, 0}, /* over */
    {"2027-02-29", false, 0},
    {"2026-13-01", false, 0},
    {"2026-3-01", false, 0},
    {"2026-12-31 ", false, 0},
    {"31.12.2026", false, 0},
    {"1", true, NOW + 86400},
    {"90d", true, NOW + 90 * 86400},
    {"36500", true, NOW + 36500LL * 86400},
    {"36501", false, 0},
    {"0", false, 0},
    {"-1", false, 0},
    {"d", false, 0},
    {"", false, 0},
    {"1 day", false, 0},
};

START_TEST(test_take)
{
	int64_t seconds = 0;

	ck_assert_msg(when_take(ends[_i].text, NOW, &seconds) == ends[_i].want, "\"%s\"",
		      ends[_i].text);
	if (ends[_i].want)
		ck_assert_int_eq(seconds, ends[_i].want_seconds);
}
END_TEST

START_TEST(test_of)
{
	ck_assert_str_eq(when_of(0).text, "never");
	ck_assert_str_eq(when_of(NOW).text, "2026-03-01 01:00:00 CET");
	ck_assert_str_eq(when_of(1782943199).text, "2026-07-01 23:59:59 CEST");
	ck_assert_ptr_nonnull(strstr(when_of(INT64_MAX).text, "9223372036854775807"));
}
END_TEST

static const struct {
	int64_t far;
	const char *want;
} distances[] = {
    {0, "now"},
    {1, "in 1 second"},
    {-1, "1 second ago"},
    {-119, "119 seconds ago"},
    {-120, "2 minutes ago"},
    {605, "in 10 minutes"},
    {7199, "in 119 minutes"},
    {-7200, "2 hours ago"},
    {172799, "in 47 hours"},
    {-172800, "2 days ago"},
    {-86400000, "1000 days ago"},
};

START_TEST(test_distance)
{
	ck_assert_str_eq(when_distance(NOW + distances[_i].far, NOW).text, distances[_i].want);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("when");
	TCase *tcase = tcase_create("when");
	SRunner *runner;
	int failed;

	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	tcase_add_loop_test(tcase, test_take, 0, (int)(sizeof(ends) / sizeof(ends[0])));
	tcase_add_test(tcase, test_of);
	tcase_add_loop_test(tcase, test_distance, 0,
			    (int)(sizeof(distances) / sizeof(distances[0])));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
