/* SPDX-License-Identifier: MIT */
/* Tests of backend/ldap_state_openldap: each attribute of slapo-ppolicy, as slapd writes it. */
#include <check.h>
#include <stdlib.h>

#include "backend/ldap_state_openldap.h"
#include "ldap_text.h"

#define NOW INT64_C(1795262400) /* 20261121120000Z */

/* The default policy of the lab. */
#define POLICY                                                                                     \
	"pwdAttribute: userPassword\npwdLockout: TRUE\npwdMaxFailure: 3\n"                         \
	"pwdLockoutDuration: 600\npwdMaxAge: 7776000\npwdMustChange: TRUE\n"
#define FOR_EVER    "pwdAttribute: userPassword\npwdLockout: TRUE\npwdLockoutDuration: 0\n"
#define NO_LOCKOUT  "pwdAttribute: userPassword\npwdLockout: FALSE\npwdLockoutDuration: 600\n"
#define DEFAULTS    "pwdAttribute: userPassword\n"
#define SECONDS     DEFAULTS "pwdLockout: TRUE\npwdLockoutDuration: 1\npwdMaxAge: 1\n"
#define UNREADABLE  "cn: default\n"
#define NO_POLICY   ((const char *)0)

static const struct {
	const char *name;
	const char *policy;
	const char *entry;
	const char *want;
} rows[] = {
	{"nothing said", POLICY, "", ""},
	{"fine", POLICY, "pwdChangedTime: 20261001000000Z",
	 "password_expires=20261230000001Z changed=20261001000000Z"},
	{"with microseconds", POLICY, "pwdChangedTime: 20261001000000.999999Z",
	 "password_expires=20261230000001Z changed=20261001000000Z"},
	{"attribute in capitals", POLICY, "PWDCHANGEDTIME: 20261001000000Z",
	 "password_expires=20261230000001Z changed=20261001000000Z"},
	{"expired", POLICY, "pwdChangedTime: 20200101000000Z",
	 "password_expires=20200331000001Z changed=20200101000000Z"},
	{"no age", DEFAULTS, "pwdChangedTime: 20200101000000Z", "changed=20200101000000Z"},
	{"age not known", NO_POLICY, "pwdChangedTime: 20200101000000Z", "changed=20200101000000Z"},
	{"age of zero", DEFAULTS "pwdMaxAge: 0", "pwdChangedTime: 20200101000000Z",
	 "changed=20200101000000Z"},
	{"age below zero", DEFAULTS "pwdMaxAge: -1", "pwdChangedTime: 20200101000000Z",
	 "changed=20200101000000Z"},
	{"age of 32 bits", DEFAULTS "pwdMaxAge: 2147483647", "pwdChangedTime: 20200101000000Z",
	 "password_expires=20880119031408Z changed=20200101000000Z"},
	{"age of a second", SECONDS, "pwdChangedTime: 20261121120000Z",
	 "password_expires=20261121120002Z changed=20261121120000Z"},
	{"age beyond", DEFAULTS "pwdMaxAge: 2147483648", "pwdChangedTime: 20200101000000Z",
	 "changed=20200101000000Z"},
	{"changed before 1970", POLICY, "pwdChangedTime: 19600101000000Z",
	 "password_expires=19600331000001Z"},
	{"not a time", POLICY, "pwdChangedTime: yesterday", "defect"},

	{"locked for 600 s", POLICY, "pwdAccountLockedTime: 20261121115001Z",
	 "locked until=20261121120001Z"},
	{"lock over", POLICY, "pwdAccountLockedTime: 20261121115000Z", ""},
	{"locked now", POLICY, "pwdAccountLockedTime: 20261121120000Z",
	 "locked until=20261121121000Z"},
	{"lock to come", POLICY, "pwdAccountLockedTime: 20261121120001Z", ""},
	{"locked by the administrator", POLICY, "pwdAccountLockedTime: 000001010000Z", "locked"},
	{"locked in 1970", POLICY, "pwdAccountLockedTime: 19700101000000Z", "locked"},
	{"locked a second later", POLICY, "pwdAccountLockedTime: 19700101000001Z", ""},
	{"locked for a second", SECONDS, "pwdAccountLockedTime: 20261121120000Z",
	 "locked until=20261121120001Z"},
	{"lock of a second over", SECONDS, "pwdAccountLockedTime: 20261121115959Z", ""},
	{"locked without end", FOR_EVER, "pwdAccountLockedTime: 20200101000000Z", "locked"},
	{"locked, duration not known", NO_POLICY, "pwdAccountLockedTime: 20200101000000Z",
	 "locked"},
	{"locked, policy not readable", UNREADABLE, "pwdAccountLockedTime: 20200101000000Z",
	 "locked"},
	{"no lockout", NO_LOCKOUT, "pwdAccountLockedTime: 000001010000Z", ""},
	{"no lockout by default", DEFAULTS, "pwdAccountLockedTime: 20261121120000Z", ""},
	{"lock not a time", POLICY, "pwdAccountLockedTime: TRUE", "defect"},
	{"delayed", POLICY, "pwdAccountTmpLockoutEnd: 20261121120001Z",
	 "locked until=20261121120001Z"},
	{"delay over", POLICY, "pwdAccountTmpLockoutEnd: 20261121120000Z", ""},
	{"no lockout, no delay", DEFAULTS, "pwdAccountTmpLockoutEnd: 20261121120001Z", ""},
	{"locked and delayed", POLICY,
	 "pwdAccountTmpLockoutEnd: 20261121120001Z\npwdAccountLockedTime: 000001010000Z", "locked"},
	{"delayed, lock over", POLICY,
	 "pwdAccountTmpLockoutEnd: 20261121120001Z\npwdAccountLockedTime: 20261121115000Z",
	 "locked until=20261121120001Z"},

	{"reset", POLICY, "pwdReset: TRUE", "must_change"},
	{"not reset", POLICY, "pwdReset: FALSE", ""},
	{"reset, policy not known", NO_POLICY, "pwdReset: TRUE", "must_change"},
	{"reset, policy not readable", UNREADABLE, "pwdReset: TRUE", "must_change"},
	{"reset, need not change", DEFAULTS "pwdMustChange: FALSE", "pwdReset: TRUE", ""},
	{"reset, need not change by default", DEFAULTS, "pwdReset: TRUE", ""},
	{"reset, said without pwdAttribute", "pwdMustChange: FALSE", "pwdReset: TRUE", ""},
	{"reset is neither", POLICY, "pwdReset: perhaps", "defect"},

	{"not begun", POLICY, "pwdStartTime: 20261121120001Z", "disabled"},
	{"begun", POLICY, "pwdStartTime: 20261121120000Z", ""},
	{"start not a time", POLICY, "pwdStartTime: x", "defect"},
	{"end", POLICY, "pwdEndTime: 20261121120000Z", "expires=20261121120000Z"},
	{"end in 1970", POLICY, "pwdEndTime: 19700101000000Z", "expires=19700101000001Z"},
	{"end not a time", POLICY, "pwdEndTime: x", "defect"},
	{"empty value", POLICY, "pwdEndTime: ", "defect"},
};

START_TEST(test_state)
{
	struct backend_record *record =
	    ldap_text_fill(LDAP_STATE_OPENLDAP, rows[_i].entry, rows[_i].policy, NOW);

	ck_assert_msg(span_equal(span_of(ldap_text_account(record)), span_of(rows[_i].want)),
		      "%s: %s", rows[_i].name, ldap_text_account(record));
}
END_TEST

START_TEST(test_policy)
{
	static struct ldap_text text;
	struct ldap_state_policy policy = {.max_age = 99, .no_expiry = true};

	ldap_text_take(&text, POLICY);
	ldap_state_policy_take(LDAP_STATE_OPENLDAP, &text.entry, &policy);
	ck_assert_int_eq(policy.max_age, 7776000);
	ck_assert_int_eq(policy.lockout_duration, 600);
	ck_assert_int_eq(policy.lockout_threshold, 3);
	ck_assert(!policy.no_lockout && !policy.no_must_change && !policy.no_expiry);
	ldap_text_take(&text, "pwdMaxFailure: many\npwdLockoutDuration: -5\npwdLockout: perhaps");
	ldap_state_policy_take(LDAP_STATE_OPENLDAP, &text.entry, &policy);
	ck_assert_int_eq(policy.max_age, 0);
	ck_assert_int_eq(policy.lockout_duration, 0);
	ck_assert_int_eq(policy.lockout_threshold, 0);
	ck_assert(!policy.no_lockout && !policy.no_must_change);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ldap_state_openldap");
	TCase *tcase = tcase_create("state");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, test_state, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tcase, test_policy);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
