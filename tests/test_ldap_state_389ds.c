/* SPDX-License-Identifier: MIT */
/* Tests of backend/ldap_state_389ds: the attributes of 389-DS and of FreeIPA. */
#include <check.h>
#include <stdlib.h>

#include "backend/ldap_state_389ds.h"
#include "ldap_text.h"

#define NOW INT64_C(1795262400) /* 20261121120000Z */

#define POLICY                                                                                     \
	"passwordLockout: on\npasswordMaxFailure: 3\npasswordUnlock: on\n"                         \
	"passwordLockoutDuration: 3600\npasswordExp: on\npasswordMaxAge: 8640000\n"                \
	"passwordMustChange: on\n"
#define ALL_OFF   "passwordLockout: off\npasswordExp: off\npasswordMustChange: off\n"
#define NO_POLICY ((const char *)0)
#define IPA       "krbMaxPwdLife: 7776000\nkrbPwdMaxFailure: 6\nkrbPwdLockoutDuration: 600\n"
#define IPA_EVER  "krbPwdMaxFailure: 6\nkrbPwdLockoutDuration: 0\n"
#define IPA_NEVER "krbPwdMaxFailure: 0\nkrbPwdLockoutDuration: 600\n"

#define DS389   LDAP_STATE_389DS
#define FREEIPA LDAP_STATE_FREEIPA

static const struct {
	const char *name;
	enum ldap_state_dialect dialect;
	const char *policy;
	const char *entry;
	const char *want;
} rows[] = {
	{"nothing said", DS389, POLICY, "", ""},
	{"inactivated", DS389, POLICY, "nsAccountLock: true", "disabled"},
	{"inactivated, capitals", DS389, NO_POLICY, "nsAccountLock: TRUE", "disabled"},
	{"activated", DS389, POLICY, "nsAccountLock: false", ""},
	{"lock is neither", DS389, POLICY, "nsAccountLock: maybe", "defect"},

	{"password", DS389, POLICY, "passwordExpirationTime: 20261121120000Z",
	 "password_expires=20261121120000Z"},
	{"password reset", DS389, POLICY, "passwordExpirationTime: 19700101000000Z", "must_change"},
	{"password reset, policy not known", DS389, NO_POLICY,
	 "passwordExpirationTime: 19700101000000Z", "must_change"},
	{"password reset, need not change", DS389, ALL_OFF,
	 "passwordExpirationTime: 19700101000000Z", ""},
	{"first login since the reset was", DS389, POLICY,
	 "passwordExpirationTime: 19700101000001Z", ""},
	{"just after that", DS389, POLICY, "passwordExpirationTime: 19700101000002Z",
	 "password_expires=19700101000002Z"},
	{"passwords do not expire", DS389, ALL_OFF, "passwordExpirationTime: 20261121120000Z", ""},
	{"expiry not known to be off", DS389, NO_POLICY, "passwordExpirationTime: 20261121120000Z",
	 "password_expires=20261121120000Z"},
	{"expiry not a time", DS389, POLICY, "passwordExpirationTime: x", "defect"},
	{"changed", DS389, POLICY, "pwdUpdateTime: 20261001000000Z", "changed=20261001000000Z"},
	{"changed in 1970", DS389, POLICY, "pwdUpdateTime: 19700101000000Z", ""},
	{"change not a time", DS389, POLICY, "pwdUpdateTime: x", "defect"},

	{"locked", DS389, POLICY, "accountUnlockTime: 20261121120001Z\npasswordRetryCount: 3",
	 "locked until=20261121120001Z"},
	{"lock over", DS389, POLICY, "accountUnlockTime: 20261121120000Z\npasswordRetryCount: 3",
	 ""},
	{"locked for ever", DS389, POLICY,
	 "accountUnlockTime: 19700101000000Z\npasswordRetryCount: 3", "locked"},
	{"not so many failures", DS389, POLICY,
	 "accountUnlockTime: 20261121120001Z\npasswordRetryCount: 2", ""},
	{"failures not known", DS389, POLICY, "accountUnlockTime: 20261121120001Z",
	 "locked until=20261121120001Z"},
	{"threshold not known", DS389, NO_POLICY,
	 "accountUnlockTime: 20261121120001Z\npasswordRetryCount: 1",
	 "locked until=20261121120001Z"},
	{"failures alone", DS389, POLICY, "passwordRetryCount: 9", ""},
	{"no lockout", DS389, ALL_OFF, "accountUnlockTime: 20261121120001Z", ""},
	{"unlock not a time", DS389, POLICY, "accountUnlockTime: x", "defect"},
	{"failures not a number", DS389, POLICY,
	 "accountUnlockTime: 20261121120001Z\npasswordRetryCount: x",
	 "defect locked until=20261121120001Z"},
	{"Kerberos is FreeIPA's", DS389, POLICY, "krbPasswordExpiration: 20261121120000Z", ""},

	{"nothing said", FREEIPA, IPA, "", ""},
	{"inactivated", FREEIPA, IPA, "nsAccountLock: TRUE", "disabled"},
	{"locked by 389-DS", FREEIPA, IPA,
	 "accountUnlockTime: 20261121120001Z\npasswordRetryCount: 3",
	 "locked until=20261121120001Z"},
	{"password", FREEIPA, IPA,
	 "krbPasswordExpiration: 20261121120000Z\nkrbLastPwdChange: 20261001000000Z",
	 "password_expires=20261121120000Z changed=20261001000000Z"},
	{"password reset", FREEIPA, IPA,
	 "krbPasswordExpiration: 20261001000000Z\nkrbLastPwdChange: 20261001000000Z",
	 "must_change password_expires=20261001000000Z changed=20261001000000Z"},
	{"password that expires in a second", FREEIPA, IPA,
	 "krbPasswordExpiration: 20261001000001Z\nkrbLastPwdChange: 20261001000000Z",
	 "password_expires=20261001000001Z changed=20261001000000Z"},
	{"Kerberos before 389-DS", FREEIPA, IPA,
	 "krbPasswordExpiration: 20261121120000Z\npasswordExpirationTime: 20260101000000Z",
	 "password_expires=20261121120000Z"},
	{"389-DS alone", FREEIPA, IPA, "passwordExpirationTime: 20260101000000Z",
	 "password_expires=20260101000000Z"},
	{"expiry not a time", FREEIPA, IPA, "krbPasswordExpiration: x", "defect"},
	{"principal", FREEIPA, IPA, "krbPrincipalExpiration: 20261121120000Z",
	 "expires=20261121120001Z"},
	{"principal just after", FREEIPA, IPA, "krbPrincipalExpiration: 19700101000001Z",
	 "expires=19700101000002Z"},
	{"principal in 1970", FREEIPA, IPA, "krbPrincipalExpiration: 19700101000000Z", ""},
	{"principal not a time", FREEIPA, IPA, "krbPrincipalExpiration: x", "defect"},

	{"locked", FREEIPA, IPA, "krbLoginFailedCount: 6\nkrbLastFailedAuth: 20261121115001Z",
	 "locked until=20261121120001Z"},
	{"lock over", FREEIPA, IPA, "krbLoginFailedCount: 6\nkrbLastFailedAuth: 20261121115000Z",
	 ""},
	{"not so many failures", FREEIPA, IPA,
	 "krbLoginFailedCount: 5\nkrbLastFailedAuth: 20261121115001Z", ""},
	{"locked for ever", FREEIPA, IPA_EVER,
	 "krbLoginFailedCount: 6\nkrbLastFailedAuth: 20200101000000Z", "locked"},
	{"locked for ever, time not known", FREEIPA, IPA_EVER, "krbLoginFailedCount: 7", "locked"},
	{"time not known", FREEIPA, IPA, "krbLoginFailedCount: 7", ""},
	{"never locked", FREEIPA, IPA_NEVER,
	 "krbLoginFailedCount: 6\nkrbLastFailedAuth: 20261121115001Z", ""},
	{"locked by one failure for a second", FREEIPA,
	 "krbPwdMaxFailure: 1\nkrbPwdLockoutDuration: 1",
	 "krbLoginFailedCount: 1\nkrbLastFailedAuth: 20261121120000Z",
	 "locked until=20261121120001Z"},
	{"lock of a second over", FREEIPA, "krbPwdMaxFailure: 1\nkrbPwdLockoutDuration: 1",
	 "krbLoginFailedCount: 1\nkrbLastFailedAuth: 20261121115959Z", ""},
	{"threshold not known", FREEIPA, NO_POLICY,
	 "krbLoginFailedCount: 6\nkrbLastFailedAuth: 20261121115001Z", ""},
	{"unlocked since", FREEIPA, IPA_EVER,
	 "krbLoginFailedCount: 6\nkrbLastFailedAuth: 20261121115001Z\n"
	 "krbLastAdminUnlock: 20261121115001Z", ""},
	{"unlocked before", FREEIPA, IPA_EVER,
	 "krbLoginFailedCount: 6\nkrbLastFailedAuth: 20261121115001Z\n"
	 "krbLastAdminUnlock: 20261121115000Z", "locked"},
	{"unlocked, failure not known", FREEIPA, IPA_EVER,
	 "krbLoginFailedCount: 6\nkrbLastAdminUnlock: 20261121115000Z", "locked"},
	{"count not a number", FREEIPA, IPA, "krbLoginFailedCount: x", "defect"},
	{"failure not a time", FREEIPA, IPA, "krbLastFailedAuth: x", "defect"},
};

START_TEST(test_state)
{
	struct backend_record *record =
	    ldap_text_fill(rows[_i].dialect, rows[_i].entry, rows[_i].policy, NOW);

	ck_assert_msg(span_equal(span_of(ldap_text_account(record)), span_of(rows[_i].want)),
		      "%s: %s", rows[_i].name, ldap_text_account(record));
}
END_TEST

static const struct {
	const char *name;
	enum ldap_state_dialect dialect;
	const char *entry;
	struct ldap_state_policy want;
} policies[] = {
	{"all", DS389, POLICY, {8640000, 3600, 3, false, false, false}},
	{"nothing", DS389, "cn: config", {0, 0, 0, false, false, false}},
	{"off", DS389, POLICY ALL_OFF, {8640000, 3600, 3, false, false, false}},
	{"all off", DS389, ALL_OFF "passwordMaxAge: 8\npasswordMaxFailure: 3",
	 {0, 0, 0, true, true, true}},
	{"not unlocked", DS389, "passwordUnlock: off\npasswordLockoutDuration: 3600",
	 {0, 0, 0, false, false, false}},
	{"not numbers", DS389, "passwordMaxFailure: -3\npasswordLockoutDuration: x",
	 {0, 0, 0, false, false, false}},
	{"too large", DS389, "passwordMaxAge: 4294967296\npasswordMaxFailure: 4294967295",
	 {0, 0, 4294967295, false, false, false}},
	{"ones", DS389, "passwordMaxAge: 1\npasswordMaxFailure: 1\npasswordLockoutDuration: 1",
	 {1, 1, 1, false, false, false}},
	{"Kerberos", FREEIPA, IPA, {7776000, 600, 6, false, false, false}},
	{"Kerberos, nothing", FREEIPA, "cn: x", {0, 0, 0, false, false, false}},
};

START_TEST(test_policy)
{
	static struct ldap_text text;
	const struct ldap_state_policy *want = &policies[_i].want;
	struct ldap_state_policy policy;

	ldap_text_take(&text, policies[_i].entry);
	ldap_state_policy_take(policies[_i].dialect, &text.entry, &policy);
	ck_assert_msg(policy.max_age == want->max_age &&
			  policy.lockout_duration == want->lockout_duration &&
			  policy.lockout_threshold == want->lockout_threshold &&
			  policy.no_lockout == want->no_lockout &&
			  policy.no_must_change == want->no_must_change &&
			  policy.no_expiry == want->no_expiry,
		      "%s", policies[_i].name);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ldap_state_389ds");
	TCase *tcase = tcase_create("state");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, test_state, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_loop_test(tcase, test_policy, 0, (int)(sizeof(policies) / sizeof(policies[0])));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
