/* SPDX-License-Identifier: MIT */
/* Tests of backend/ldap_breaker: when it opens, how long it waits, when it closes. */
#include <check.h>
#include <stdlib.h>

#include "backend/ldap_breaker.h"

static const struct {
	const char *name;
	enum ldap_fault_kind kinds[3];
	int count;
	bool want_open;
} rows[] = {
    {"our own", {LDAP_FAULT_OURS, LDAP_FAULT_OURS, LDAP_FAULT_OURS}, 3, false},
    {"answers", {LDAP_FAULT_ANSWER, LDAP_FAULT_ANSWER, LDAP_FAULT_ANSWER}, 3, false},
    {"dead", {LDAP_FAULT_DEAD}, 1, true},
    {"refused", {LDAP_FAULT_REFUSED}, 1, true},
    {"cut once", {LDAP_FAULT_CUT}, 1, false},
    {"cut twice", {LDAP_FAULT_CUT, LDAP_FAULT_CUT}, 2, true},
    {"cut, and not served", {LDAP_FAULT_CUT, LDAP_FAULT_ANSWER}, 2, false},
};

START_TEST(test_opens)
{
	struct ldap_breaker breaker = {.open = false};
	int opened = 0;

	for (int i = 0; i < rows[_i].count; i++)
		opened += ldap_breaker_fail(&breaker, rows[_i].kinds[i], 1000000, 0);
	ck_assert_msg(breaker.open == rows[_i].want_open, "%s", rows[_i].name);
	ck_assert_msg(opened == rows[_i].want_open, "%s", rows[_i].name);
}
END_TEST

START_TEST(test_success_forgets)
{
	struct ldap_breaker breaker = {.open = false};

	for (int i = 0; i < 10; i++) {
		ck_assert(!ldap_breaker_fail(&breaker, LDAP_FAULT_CUT, 1000000, 0));
		ck_assert(!ldap_breaker_mend(&breaker, 1000000));
	}
	ck_assert(!breaker.open);
}
END_TEST

/* From the first failure to the try after the n-th, without jitter and with the most of it. */
START_TEST(test_backoff)
{
	static const unsigned want_ms[] = {100, 200, 400, 800, 1500, 1500, 1500};
	struct ldap_breaker low = {.open = false}, high = low;
	uint64_t now = 1000000;

	for (size_t i = 0; i < sizeof(want_ms) / sizeof(want_ms[0]); i++) {
		ldap_breaker_fail(&low, LDAP_FAULT_DEAD, now, 0);
		ldap_breaker_fail(&high, LDAP_FAULT_DEAD, now, want_ms[i] / 2);
		ck_assert_uint_eq(low.retry_at, now + want_ms[i] * 3 / 4);
		ck_assert_uint_eq(high.retry_at, low.retry_at + want_ms[i] / 2);
		now += 5000;
	}
}
END_TEST

START_TEST(test_refused_service_waits_longer)
{
	struct ldap_breaker breaker = {.open = false};
	uint64_t now = 1000000;

	ldap_breaker_fail(&breaker, LDAP_FAULT_REFUSED, now, 0);
	ck_assert_uint_eq(breaker.wait_ms, 5000);
	for (int i = 0; i < 10; i++)
		ldap_breaker_fail(&breaker, LDAP_FAULT_REFUSED, now, 0);
	ck_assert_uint_eq(breaker.wait_ms, 60000);
	/* It was the service's password, and now the server is gone. */
	ldap_breaker_fail(&breaker, LDAP_FAULT_DEAD, now, 0);
	ck_assert_uint_eq(breaker.wait_ms, 1500);
}
END_TEST

START_TEST(test_relapse)
{
	struct ldap_breaker breaker = {.open = false};
	uint64_t now = 1000000;

	for (int i = 0; i < 3; i++)
		ldap_breaker_fail(&breaker, LDAP_FAULT_DEAD, now, 0);
	ck_assert_uint_eq(breaker.wait_ms, 400);
	ck_assert(ldap_breaker_mend(&breaker, now));
	ck_assert(ldap_breaker_fail(&breaker, LDAP_FAULT_DEAD, now + 500, 0));
	ck_assert_uint_eq(breaker.wait_ms, 800);
	ck_assert(ldap_breaker_mend(&breaker, now));
	ck_assert(ldap_breaker_fail(&breaker, LDAP_FAULT_DEAD, now + 20000, 0));
	ck_assert_uint_eq(breaker.wait_ms, 100);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ldap_breaker");
	TCase *tcase = tcase_create("breaker");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, test_opens, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tcase, test_success_forgets);
	tcase_add_test(tcase, test_backoff);
	tcase_add_test(tcase, test_refused_service_waits_longer);
	tcase_add_test(tcase, test_relapse);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
