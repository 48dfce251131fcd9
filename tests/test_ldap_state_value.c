/* SPDX-License-Identifier: MIT */
/* Tests of backend/ldap_state_value: the syntaxes of RFC 4517 and of Windows. */
#include <check.h>
#include <stdlib.h>

#include "backend/ldap_state_value.h"
#include "ldap_text.h"

#define ROWS(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))
#define NONE       (-INT64_C(77))

static const struct {
	const char *text;
	int64_t want; /* NONE: refused */
} times[] = {
	/* RFC 4517 3.3.13 */
	{"199412161032Z", 787573920},
	{"199412160532-0500", 787573920},
	{"20261121120000Z", 1795262400},
	{"20261121120000.123456Z", 1795262400},
	{"20261121120000.999999999Z", 1795262400},
	{"20261121120000,5Z", 1795262400},
	{"2026112112Z", 1795262400},
	{"2026112112.5Z", 1795264200},
	{"2026112112,25Z", 1795263300},
	{"202611211200.5Z", 1795262430},
	{"202611211200.99999999999999999999Z", 1795262459},
	{"20261121130000+0100", 1795262400},
	{"20261121130000+01", 1795262400},
	{"20261121063000-0530", 1795262400},
	{"20261121120000-00", 1795262400},
	{"19700101000000Z", 0},
	{"19691231235959Z", -1},
	{"000001010000Z", -INT64_C(62167219200)},
	{"00000101000000Z", -INT64_C(62167219200)},
	{"00000229000000Z", -INT64_C(62162121600)},
	{"00000301000000Z", -INT64_C(62162035200)},
	{"99991231235959Z", INT64_C(253402300799)},
	{"20240229000000Z", 1709164800},
	{"20000229000000Z", 951782400},
	{"20161231235960Z", 1483228800},
	{"20261231000000Z", 1798675200},
	{"", NONE},
	{"Z", NONE},
	{"20261121", NONE},
	{"20261121Z", NONE},
	{"20261121120000", NONE},
	{"20261121120000z", NONE},
	{"20261121120000ZZ", NONE},
	{"20261121120000 Z", NONE},
	{" 20261121120000Z", NONE},
	{"20261121120000.Z", NONE},
	{"20261121120000.5", NONE},
	{"20261121120000.5.5Z", NONE},
	{"20261121120000+", NONE},
	{"20261121120000+1", NONE},
	{"20261121120000+010", NONE},
	{"20261121120000+01000", NONE},
	{"20261121120000+2400", NONE},
	{"20261121120000+0160", NONE},
	{"20261121120000*0100", NONE},
	{"2026112112000Z", NONE},
	{"202611211Z", NONE},
	{"20261121240000Z", NONE},
	{"20261121126000Z", NONE},
	{"20261121120061Z", NONE},
	{"202611211200000Z", NONE},
	{"20261321120000Z", NONE},
	{"20260021120000Z", NONE},
	{"20261100120000Z", NONE},
	{"20261131120000Z", NONE},
	{"20261032120000Z", NONE},
	{"20260229000000Z", NONE},
	{"21000229000000Z", NONE},
	{"2026-11-21T12:00Z", NONE},
	{"-20261121120000Z", NONE},
	{"261121120000Z", NONE},
};

START_TEST(test_time)
{
	int64_t seconds = NONE;
	bool taken = ldap_state_value_take_time(span_of(times[_i].text), &seconds);

	ck_assert_msg(seconds == times[_i].want, "%s: %lld", times[_i].text, (long long)seconds);
	ck_assert_msg(taken == (times[_i].want != NONE), "%s", times[_i].text);
}
END_TEST

/* NONE if there is no such day. */
static int64_t midnight(unsigned year, unsigned month, unsigned day)
{
	char storage[32];
	struct buf out = BUF_ON(storage);
	int64_t seconds = NONE;

	buf_put_padded(&out, year, 4);
	buf_put_padded(&out, month, 2);
	buf_put_padded(&out, day, 2);
	buf_put_text(&out, "00Z");
	ldap_state_value_take_time(buf_span(&out), &seconds);
	return seconds;
}

/* The first and the last day of each month of a thousand years. */
START_TEST(test_calendar)
{
	static const unsigned lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t want = -INT64_C(62167219200);

	for (unsigned year = 0; year < 1000; year++) {
		bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

		for (unsigned month = 1; month <= 12; month++) {
			unsigned length = lengths[month - 1] + (month == 2 && leap);

			ck_assert_int_eq(midnight(year, month, 1), want);
			want += length * INT64_C(86400);
			ck_assert_int_eq(midnight(year, month, length), want - 86400);
			ck_assert_int_eq(midnight(year, month, length + 1), NONE);
		}
	}
}
END_TEST

static const struct {
	const char *text;
	int64_t want;
} integers[] = {
	{"0", 0},
	{"-0", 0},
	{"007", 7},
	{"-1", -1},
	{"9223372036854775807", INT64_MAX},
	{"-9223372036854775807", -INT64_MAX},
	{"-9223372036854775808", INT64_MIN},
	{"9223372036854775808", NONE},
	{"-9223372036854775809", NONE},
	{"99999999999999999999", NONE},
	{"", NONE},
	{"-", NONE},
	{"--1", NONE},
	{"+1", NONE},
	{" 1", NONE},
	{"1 ", NONE},
	{"0x10", NONE},
	{"1.0", NONE},
};

START_TEST(test_integer)
{
	int64_t number = NONE;
	bool taken = ldap_state_value_take_integer(span_of(integers[_i].text), &number);

	ck_assert_msg(number == integers[_i].want, "%s", integers[_i].text);
	ck_assert_msg(taken == (integers[_i].want != NONE), "%s", integers[_i].text);
}
END_TEST

START_TEST(test_flag)
{
	static const char *const yes[] = {"TRUE", "true", "Yes", "on", "1"};
	static const char *const no[] = {"FALSE", "False", "no", "OFF", "0"};
	static const char *const neither[] = {"", "T", "TRUE ", "2", "y", "none", "01"};
	bool flag = false;

	for (size_t i = 0; i < 5; i++) {
		ck_assert_msg(ldap_state_value_take_flag(span_of(yes[i]), &flag) && flag, "%s",
			      yes[i]);
		ck_assert_msg(ldap_state_value_take_flag(span_of(no[i]), &flag) && !flag, "%s",
			      no[i]);
	}
	for (size_t i = 0; i < 7; i++) {
		flag = i % 2;
		ck_assert_msg(!ldap_state_value_take_flag(span_of(neither[i]), &flag), "%s",
			      neither[i]);
		ck_assert_int_eq(flag, i % 2);
	}
}
END_TEST

START_TEST(test_windows)
{
	ck_assert_int_eq(ldap_state_value_filetime(INT64_C(116444736000000000)), 0);
	ck_assert_int_eq(ldap_state_value_filetime(INT64_C(134397360000000000)), 1795262400);
	ck_assert_int_eq(ldap_state_value_filetime(INT64_C(134397360009999999)), 1795262400);
	ck_assert_int_eq(ldap_state_value_filetime(0), -INT64_C(11644473600));
	ck_assert_int_eq(ldap_state_value_filetime(-1), -INT64_C(11644473601));
	ck_assert_int_eq(ldap_state_value_filetime(-10000000), -INT64_C(11644473601));
	ck_assert_int_eq(ldap_state_value_interval(-INT64_C(36288000000000)), 42 * 86400);
	ck_assert_int_eq(ldap_state_value_interval(-10000000), 1);
	ck_assert_int_eq(ldap_state_value_interval(0), 0);
	ck_assert_int_eq(ldap_state_value_interval(10000000), 0);
	ck_assert_int_eq(ldap_state_value_interval(INT64_MIN), 0);
}
END_TEST

START_TEST(test_limits)
{
	ck_assert_int_eq(ldap_state_value_limit(0), 1);
	ck_assert_int_eq(ldap_state_value_limit(1), 1);
	ck_assert_int_eq(ldap_state_value_limit(-5), -5);
	ck_assert_int_eq(ldap_state_value_limit(INT64_C(253402300799)), INT64_C(253402300799));
	ck_assert_int_eq(ldap_state_value_limit(INT64_C(253402300800)), INT64_C(253402300799));
	ck_assert_int_eq(ldap_state_value_limit(INT64_MAX), INT64_C(253402300799));
	ck_assert_int_eq(ldap_state_value_changed(0), 0);
	ck_assert_int_eq(ldap_state_value_changed(-1), 0);
	ck_assert_int_eq(ldap_state_value_changed(1), 1);
	ck_assert_int_eq(ldap_state_value_changed(INT64_MAX), INT64_C(253402300799));
	ck_assert_int_eq(ldap_state_value_earlier(0, 0), 0);
	ck_assert_int_eq(ldap_state_value_earlier(5, 0), 5);
	ck_assert_int_eq(ldap_state_value_earlier(0, 5), 5);
	ck_assert_int_eq(ldap_state_value_earlier(5, 6), 5);
	ck_assert_int_eq(ldap_state_value_earlier(6, 5), 5);
	ck_assert_int_eq(ldap_state_value_earlier(-5, 6), -5);
	ck_assert_int_eq(ldap_state_value_day(20778), 1795219200);
	ck_assert_int_eq(ldap_state_value_day(-1), -86400);
	ck_assert_int_eq(ldap_state_value_day(INT64_MAX), (INT64_C(1) << 40) * 86400);
	ck_assert_int_eq(ldap_state_value_day(INT64_MIN), -(INT64_C(1) << 40) * 86400);
	ck_assert_int_lt(LDAP_STATE_VALUE_PAST, -INT64_C(62167219200)); /* before year 0 */
}
END_TEST

START_TEST(test_find)
{
	static struct ldap_text text;
	static struct backend_record record;
	const struct ldap_state_attribute *found;
	int64_t number = 5;
	bool flag = true;

	ldap_text_take(&text, "a: 1\na: 2\nb: x\nempty: \nc: 3");
	text.attributes[3].count = 0; /* b, and "c" stands last */
	found = ldap_state_value_find(&text.entry, span_of("A"));
	ck_assert(found && found->count == 2 && span_is(found->values[1], "2"));
	ck_assert(!ldap_state_value_find(&text.entry, span_of("ab")));
	ck_assert(!ldap_state_value_find(&text.entry, span_of("c")));
	backend_record_init(&record);
	ck_assert(ldap_state_value_integer(&text.entry, "a", &record, &number) && number == 1);
	ck_assert(!ldap_state_value_integer(&text.entry, "c", &record, &number) && number == 1);
	ck_assert(!ldap_state_value_integer(&text.entry, "b", NULL, &number) && number == 1);
	ck_assert(!record.account.defect);
	ck_assert(!ldap_state_value_integer(&text.entry, "b", &record, &number) && number == 1);
	ck_assert(record.account.defect && record.defect);
	backend_record_init(&record);
	ck_assert(!ldap_state_value_flag(&text.entry, "empty", &record, &flag) && flag);
	ck_assert(record.account.defect);
	backend_record_init(&record);
	ck_assert(!ldap_state_value_time(&text.entry, "a", &record, &number) && number == 1);
	ck_assert(record.account.defect);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ldap_state_value");
	TCase *tcase = tcase_create("value");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, test_time, 0, ROWS(times));
	tcase_add_test(tcase, test_calendar);
	tcase_add_loop_test(tcase, test_integer, 0, ROWS(integers));
	tcase_add_test(tcase, test_flag);
	tcase_add_test(tcase, test_windows);
	tcase_add_test(tcase, test_limits);
	tcase_add_test(tcase, test_find);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
