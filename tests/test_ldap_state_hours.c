/* SPDX-License-Identifier: MIT */
/* Tests of backend/ldap_state_hours: weeks of hours in words. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "backend/ldap_state_hours.h"

/* Three octets a day from Sunday on, the low bit of the first is the hour from 00 to 01. */
static const struct {
	const char *name;
	unsigned char hours[21];
	const char *want;
} rows[] = {
	{"none", {0}, "none"},
	{"first hour", {1}, "Sun 00-01 UTC"},
	{"last hour", {[20] = 0x80}, "Sat 23-24 UTC"},
	{"one day", {[3] = 0xff, [4] = 0xff, [5] = 0xff}, "Mon 00-24 UTC"},
	{"two windows", {[3] = 0x00, [4] = 0x0f, [5] = 0xf0}, "Mon 08-12 20-24 UTC"},
	{"hours that touch octets", {[3] = 0x80, [4] = 0x01}, "Mon 07-09 UTC"},
	{"an office", {0, 0, 0, 0, 0xff, 3, 0, 0xff, 3, 0, 0xff, 3, 0, 0xff, 3, 0, 0xff, 3},
	 "Mon-Fri 08-18 UTC"},
	{"two ranges", {0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 2, 0, 0, 2, 0, 0, 2},
	 "Mon-Tue 08-09; Wed-Fri 09-10 UTC"},
	{"a gap", {0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1},
	 "Mon 08-09; Wed 08-09 UTC"},
	{"the end of a week", {1, 0, 0, [18] = 1}, "Sat-Sun 00-01 UTC"},
	{"each day another hour", {0x40, 0, 0, 1, 0, 0, 2, 0, 0, 4, 0, 0, 8, 0, 0, 0x10, 0, 0, 0x20},
	 "Mon 00-01; Tue 01-02; Wed 02-03; Thu 03-04; Fri 04-05; Sat 05-06; Sun 06-07 UTC"},
	{"all", {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	 "Mon-Sun 00-24 UTC"},
};

START_TEST(test_words)
{
	static struct backend_record record;
	char storage[128];
	struct buf out = BUF_ON(storage);

	ldap_state_hours_put(rows[_i].hours, &out);
	ck_assert_msg(span_is(buf_span(&out), rows[_i].want), "%s: %.*s", rows[_i].name,
		      (int)out.len, out.at);
	backend_record_init(&record);
	memcpy(record.account.hours, rows[_i].hours, 21);
	ldap_state_hours_keep(&record);
	ck_assert_msg(span_is(record.account.restriction, rows[_i].want), "%s", rows[_i].name);
}
END_TEST

/* Every other hour is no help to anybody. */
START_TEST(test_too_long)
{
	static struct backend_record record;

	backend_record_init(&record);
	memset(record.account.hours, 0x55, 21);
	record.account.hours[3] = record.account.hours[9] = 0xaa;
	ldap_state_hours_keep(&record);
	ck_assert(!record.account.restriction.at);
	ck_assert(!record.account.defect);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ldap_state_hours");
	TCase *tcase = tcase_create("hours");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, test_words, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tcase, test_too_long);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
