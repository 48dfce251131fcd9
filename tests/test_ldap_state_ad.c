/* SPDX-License-Identifier: MIT */
/* Tests of backend/ldap_state_ad: each attribute as Active Directory and Samba write it. */
#include <check.h>
#include <stdlib.h>

#include "backend/ldap_state_ad.h"
#include "ldap_text.h"

#define NOW INT64_C(1795262400) /* 20261121120000Z */

/* What "samba-tool domain provision" makes, with a lock of 30 minutes after 3 failures. */
#define POLICY "maxPwdAge: -36288000000000\nlockoutDuration: -18000000000\nlockoutThreshold: 3\n"
/* The lab's: a lock ends when the administrator ends it. */
#define FOR_EVER  "maxPwdAge: -9223372036854775808\nlockoutDuration: -9223372036854775808\n"
#define SECONDS   "maxPwdAge: -10000000\nlockoutDuration: -10000000\n"
#define ZERO      "maxPwdAge: 0\nlockoutDuration: 0\n"
#define NO_POLICY ((const char *)0)

#define UAC      "userAccountControl: "
#define COMPUTED "\nmsDS-User-Account-Control-Computed: "
#define NORMAL   UAC "512" COMPUTED "0\n"
#define SET      "pwdLastSet: 134352864000000000\n" /* 20261001000000Z */
#define EXPIRY   "msDS-UserPasswordExpiryTimeComputed: "

static const struct {
	const char *name;
	const char *policy;
	const char *entry;
	const char *want;
} rows[] = {
	{"nothing said", POLICY, "", ""},
	{"normal", POLICY, UAC "512", ""},
	{"normal, computed", POLICY, NORMAL, ""},
	{"disabled", POLICY, UAC "514", "disabled"},
	/* 0x7fffffff without those that are looked at */
	{"all that is not looked at", POLICY, UAC "2138767341" COMPUTED "2138767341", ""},
	{"all that is not looked at, and a password", POLICY, UAC "2138767341\n" SET,
	 "password_expires=20261112000000Z changed=20261001000000Z"},
	{"control is no number", POLICY, UAC "0x202", "defect"},
	{"computed is no number", POLICY, UAC "512" COMPUTED "x", "defect"},

	{"password of 51 days", POLICY, UAC "512\n" SET,
	 "password_expires=20261112000000Z changed=20261001000000Z"},
	{"password of 51 days, computed expired", POLICY, UAC "512" COMPUTED "8388608\n" SET,
	 "password_expires=20261112000000Z changed=20261001000000Z"},
	{"password of 51 days, computed good", POLICY, NORMAL SET, "changed=20261001000000Z"},
	{"password never expires", POLICY, UAC "66048\n" SET, "changed=20261001000000Z"},
	{"smart card", POLICY, UAC "262656\n" SET, "changed=20261001000000Z"},
	{"no age", FOR_EVER, UAC "512\n" SET, "changed=20261001000000Z"},
	{"age of zero", ZERO, UAC "512\n" SET, "changed=20261001000000Z"},
	{"age not known", NO_POLICY, UAC "512\n" SET, "changed=20261001000000Z"},
	{"expired, age not known", NO_POLICY, UAC "512" COMPUTED "8388608\n" SET,
	 "password_expires=past changed=20261001000000Z"},
	{"expired by a finer policy", FOR_EVER, UAC "512" COMPUTED "8388608\n" SET,
	 "password_expires=past changed=20261001000000Z"},
	{"expired, of this very second", POLICY,
	 UAC "512" COMPUTED "8388608\n" SET EXPIRY "134397360000000000",
	 "password_expires=20261121120000Z changed=20261001000000Z"},
	{"expired, says the flag alone", POLICY,
	 UAC "512" COMPUTED "8388608\n" SET EXPIRY "134397360010000000",
	 "password_expires=past changed=20261001000000Z"},
	{"expired, said in the other attribute", POLICY, UAC "8389120", "password_expires=past"},
	{"expiry computed", POLICY, NORMAL SET EXPIRY "134430624000000000",
	 "password_expires=20261230000000Z changed=20261001000000Z"},
	{"expiry computed, good by the flag", POLICY, NORMAL SET EXPIRY "134397360000000000",
	 "changed=20261001000000Z"},
	{"expiry computed, never", POLICY, UAC "512\n" SET EXPIRY "9223372036854775807",
	 "changed=20261001000000Z"},
	{"expiry computed, at once", POLICY, UAC "512\n" EXPIRY "0", "must_change"},
	{"expiry is no number", POLICY, UAC "512\n" SET EXPIRY "soon",
	 "defect password_expires=20261112000000Z changed=20261001000000Z"},
	{"must change", POLICY, UAC "512\npwdLastSet: 0", "must_change"},
	{"must change, computed", POLICY, UAC "512" COMPUTED "8388608\npwdLastSet: 0\n" EXPIRY "0",
	 "must_change"},
	{"must change, never expires", POLICY, UAC "66048\npwdLastSet: 0", ""},
	{"must change, smart card", POLICY, UAC "262656\npwdLastSet: 0", ""},
	{"set before 1970", POLICY, UAC "512\npwdLastSet: 113288544000000000",
	 "password_expires=19600212000000Z"},
	{"set is no number", POLICY, UAC "512\npwdLastSet: x", "defect"},

	/* lockoutTime 20261121113000Z */
	{"locked up to this second", POLICY, UAC "512\nlockoutTime: 134397342000000000",
	 "locked until=20261121120000Z"},
	{"lock over", POLICY, UAC "512\nlockoutTime: 134397341990000000", ""},
	{"locked, computed", POLICY, UAC "512" COMPUTED "16\nlockoutTime: 134397342000000000",
	 "locked until=20261121120000Z"},
	{"lock over, computed as standing", POLICY,
	 UAC "512" COMPUTED "16\nlockoutTime: 134397341990000000", "locked"},
	{"locked, computed as over", POLICY, NORMAL "lockoutTime: 134397342000000000", ""},
	{"locked for a second", SECONDS, UAC "512\nlockoutTime: 134397360000000000",
	 "locked until=20261121120001Z"},
	{"lock of a second over", SECONDS, UAC "512\nlockoutTime: 134397342000000000", ""},
	{"password of a second", SECONDS, UAC "512\n" SET,
	 "password_expires=20261001000001Z changed=20261001000000Z"},
	{"locked without end", FOR_EVER, UAC "512\nlockoutTime: 132223104000000000", "locked"},
	{"locked, duration of zero", ZERO, UAC "512\nlockoutTime: 132223104000000000", "locked"},
	{"locked, duration not known", NO_POLICY, UAC "512\nlockoutTime: 132223104000000000",
	 "locked"},
	{"never locked", FOR_EVER, UAC "512\nlockoutTime: 0", ""},
	{"locked, said in the other attribute", POLICY, UAC "528", "locked"},
	{"lock is no number", POLICY, UAC "512\nlockoutTime: x", "defect"},

	{"expires never", POLICY, "accountExpires: 9223372036854775807", ""},
	{"expires never, as zero", POLICY, "accountExpires: 0", ""},
	{"expires", POLICY, "accountExpires: 134397360000000000", "expires=20261121120000Z"},
	{"expires beyond dates", POLICY, "accountExpires: 9223372036854775806",
	 "expires=99991231235959Z"},
	{"expires, no number", POLICY, "accountExpires: never", "defect"},

	{"no hours", POLICY, "logonHours:: AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	 "hours=000000000000000000000000000000000000000000 restriction=none"},
	{"all hours", POLICY, "logonHours:: ////////////////////////////",
	 "hours=ffffffffffffffffffffffffffffffffffffffffff restriction=Mon-Sun 00-24 UTC"},
	{"hours of an office", POLICY, "logonHours:: AAAAAP8DAP8DAP8DAP8DAP8DAAAA",
	 "hours=00000000ff0300ff0300ff0300ff0300ff03000000 restriction=Mon-Fri 08-18 UTC"},
	{"hours not set", POLICY, "logonHours: ", ""},
	{"hours of a day", POLICY, "logonHours:: AAAA", "defect"},
};

START_TEST(test_state)
{
	struct backend_record *record =
	    ldap_text_fill(LDAP_STATE_AD, rows[_i].entry, rows[_i].policy, NOW);

	ck_assert_msg(span_equal(span_of(ldap_text_account(record)), span_of(rows[_i].want)),
		      "%s: %s", rows[_i].name, ldap_text_account(record));
}
END_TEST

START_TEST(test_policy)
{
	static struct ldap_text text;
	struct ldap_state_policy policy = {.no_expiry = true};

	ldap_text_take(&text, POLICY);
	ldap_state_policy_take(LDAP_STATE_AD, &text.entry, &policy);
	ck_assert_int_eq(policy.max_age, 42 * 86400);
	ck_assert_int_eq(policy.lockout_duration, 1800);
	ck_assert_int_eq(policy.lockout_threshold, 3);
	ck_assert(!policy.no_lockout && !policy.no_must_change && !policy.no_expiry);
	ldap_text_take(&text, "msDS-MaximumPasswordAge: -36288000000000\n"
			      "msDS-LockoutDuration: -18000000000\n"
			      "msDS-LockoutThreshold: 5");
	ldap_state_policy_take(LDAP_STATE_AD, &text.entry, &policy);
	ck_assert_int_eq(policy.max_age, 42 * 86400);
	ck_assert_int_eq(policy.lockout_duration, 1800);
	ck_assert_int_eq(policy.lockout_threshold, 5);
	ldap_text_take(&text, "objectClass: msDS-PasswordSettings");
	ldap_state_policy_take(LDAP_STATE_AD, &text.entry, &policy);
	ck_assert_int_eq(policy.lockout_threshold, 0);
	ldap_text_take(&text, "lockoutThreshold: 1");
	ldap_state_policy_take(LDAP_STATE_AD, &text.entry, &policy);
	ck_assert_int_eq(policy.lockout_threshold, 1);
	ldap_text_take(&text, FOR_EVER "lockoutThreshold: -1");
	ldap_state_policy_take(LDAP_STATE_AD, &text.entry, &policy);
	ck_assert_int_eq(policy.max_age, 0);
	ck_assert_int_eq(policy.lockout_duration, 0);
	ck_assert_int_eq(policy.lockout_threshold, 0);
}
END_TEST

static const struct {
	const char *sid; /* that of the domain, and four octets */
	size_t len;
	const char *entry;
	bool want;
} counting[] = {
    {"\1\5......\x15...abcdefghijkl\x4f\4\0\0", 28, "userAccountControl: 512", true},
    {"\1\5......\x15...abcdefghijkl\xf5\1\0\0", 28, "userAccountControl: 66082", true},
    {"\1\5......\x15...abcdefghijkl\xf4\1\0\0", 28, "userAccountControl: 512", false},
    {"\1\5......\x15...abcdefghijkl\x4f\4\0\0", 28, "userAccountControl: 2080", false},
    {"\1\5......\x15...abcdefghijkl\x4f\4\0\0", 28, "userAccountControl: 4096", false},
    {"\1\5......\x15...abcdefghijkl\x4f\4\0\0", 28, "userAccountControl: 8192", false},
    {"\1\5......\x15...abcdefghijkl\x4f\4\0\0", 28, "cn: alice", false},
    {"\1\5......\xf4\1\1\0", 12, "userAccountControl: 512", true},
    {"\1\5......\xf4\1\0\1", 12, "userAccountControl: 512", true},
    {"\1\5......\xf4\1\0\0", 12, "userAccountControl: 512", false},
    {"\1\5......\xf5\1\0\0", 11, "userAccountControl: 512", false},
    {"\1\5......\x15", 9, "userAccountControl: 512", false},
    {NULL, 0, "userAccountControl: 512", false},
};

START_TEST(test_counts)
{
	static struct ldap_text text;
	const struct span sid = {counting[_i].sid, counting[_i].len};
	struct ldap_state_attribute attributes[] = {{SPAN_NONE, NULL, 0},
						    {span_of("objectSid"), &sid, 1}};
	const struct ldap_state_entry entry = {attributes, sid.at ? 2 : 1};

	ldap_text_take(&text, counting[_i].entry);
	attributes[0] = text.entry.attributes[0];
	ck_assert_int_eq(ldap_state_ad_counts(&entry), counting[_i].want);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ldap_state_ad");
	TCase *tcase = tcase_create("state");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, test_state, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tcase, test_policy);
	tcase_add_loop_test(tcase, test_counts, 0,
			    (int)(sizeof(counting) / sizeof(counting[0])));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
