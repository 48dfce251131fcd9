/* SPDX-License-Identifier: MIT */
/* Tests of backend/ldap_state: what each dialect asks for, and the guess of an old password. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ldap_text.h"

#define ROWS(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

#define PPOLICY                                                                                    \
	"pwdAccountLockedTime pwdAccountTmpLockoutEnd pwdReset pwdChangedTime pwdStartTime "       \
	"pwdEndTime pwdPolicySubentry pwdHistory"
#define WINDOWS                                                                                    \
	"userAccountControl msDS-User-Account-Control-Computed lockoutTime pwdLastSet "            \
	"msDS-UserPasswordExpiryTimeComputed accountExpires logonHours"
#define DS389                                                                                      \
	"nsAccountLock passwordExpirationTime accountUnlockTime passwordRetryCount "               \
	"pwdUpdateTime passwordHistory"
#define KERBEROS                                                                                   \
	" krbPasswordExpiration krbPrincipalExpiration krbLoginFailedCount krbLastFailedAuth "     \
	"krbLastAdminUnlock krbLastPwdChange krbPwdPolicyReference"
#define SHADOW  "shadowLastChange shadowMax shadowInactive shadowExpire loginShell"
#define UUID    " entryUUID saslReasonAppPassword"
#define UNIQUE  " nsUniqueId saslReasonAppPassword"
#define GUID    " objectGUID"
#define IPA     " ipaUniqueID" UNIQUE
#define SECRETS " userPassword authPassword sambaNTPassword"

static const struct {
	enum ldap_state_dialect dialect;
	const char *attributes;
	const char *with_secrets;
	const char *of_policy;
} lists[] = {
	{LDAP_STATE_OPENLDAP, PPOLICY UUID, PPOLICY UUID SECRETS,
	 "pwdAttribute pwdMaxAge pwdLockout pwdMaxFailure pwdLockoutDuration pwdMustChange"},
	{LDAP_STATE_AD, WINDOWS GUID, WINDOWS GUID SECRETS,
	 "maxPwdAge lockoutDuration lockoutThreshold msDS-MaximumPasswordAge msDS-LockoutDuration "
	 "msDS-LockoutThreshold"},
	{LDAP_STATE_389DS, DS389 UNIQUE, DS389 UNIQUE SECRETS,
	 "passwordLockout passwordMustChange passwordExp passwordMaxAge passwordMaxFailure "
	 "passwordUnlock passwordLockoutDuration"},
	{LDAP_STATE_FREEIPA, DS389 KERBEROS IPA, DS389 KERBEROS IPA SECRETS " ipaNTHash",
	 "krbMaxPwdLife krbPwdMaxFailure krbPwdLockoutDuration"},
	{LDAP_STATE_RFC2307, SHADOW UUID, SHADOW UUID SECRETS, ""},
};

static const char *joined(const char *const *list)
{
	static char storage[1024];
	struct buf out = BUF_ON(storage);

	for (; *list; list++) {
		buf_put_text(&out, out.len ? " " : "");
		buf_put_text(&out, *list);
	}
	buf_put_char(&out, 0);
	return storage;
}

START_TEST(test_attributes)
{
	enum ldap_state_dialect dialect = lists[_i].dialect;

	ck_assert_str_eq(joined(ldap_state_attributes(dialect, false)), lists[_i].attributes);
	ck_assert_str_eq(joined(ldap_state_attributes(dialect, true)), lists[_i].with_secrets);
	ck_assert_str_eq(joined(ldap_state_policy_attributes(dialect)), lists[_i].of_policy);
}
END_TEST

/* RFC 2307 has none, whatever the entry says. */
START_TEST(test_no_policy)
{
	static struct ldap_text text;
	struct ldap_state_policy policy = {1, 2, 3, true, true, true};

	ldap_text_take(&text, "pwdMaxAge: 5\nmaxPwdAge: -50000000\npasswordMaxAge: 5");
	ldap_state_policy_take(LDAP_STATE_RFC2307, &text.entry, &policy);
	ck_assert(policy.max_age == 0 && policy.lockout_duration == 0 &&
		  policy.lockout_threshold == 0 && !policy.no_lockout && !policy.no_must_change &&
		  !policy.no_expiry);
}
END_TEST

START_TEST(test_exists)
{
	for (int dialect = 0; dialect < LDAP_STATE_DIALECTS; dialect++) {
		struct backend_record *record =
		    ldap_text_fill((enum ldap_state_dialect)dialect, "cn: a", NULL, 0);

		ck_assert(record->account.exists == YES);
		ck_assert_str_eq(ldap_text_account(record), "");
		ck_assert(record->proof == PROOF_UNKNOWN && !record->canonical.at);
	}
}
END_TEST

/* Texts of an entry are kept, for the entry goes. */
START_TEST(test_kept)
{
	static struct ldap_text text;
	static struct backend_record record;
	static const bool matched[LDAP_STATE_FACTS];
	struct ldap_state_policy policy = {0};

	ldap_text_take(&text, "saslReasonService: smtp\nsaslReasonMechanism: PLAIN\n"
			      "saslReasonURL: https://x/\nsaslReasonNetwork: 192.0.2.1\n"
			      "userPassword: {SHA}x\npwdHistory: 20261001000000Z#x#1#y");
	backend_record_init(&record);
	ldap_state_fill(LDAP_STATE_OPENLDAP, &text.entry, &policy, ldap_state_own_maps(), matched,
			0, &record);
	ldap_state_fill_secrets(LDAP_STATE_OPENLDAP, &text.entry, &record);
	memset(&text, 'x', sizeof(text));
	ck_assert_str_eq(ldap_text_account(&record),
			 "changed=20261001000000Z mechanisms=PLAIN services=smtp "
			 "networks=00000000000000000000ffffc0000201/128 "
			 "restriction=from 192.0.2.1 url=https://x/");
	ck_assert(span_is(record.stored[0], "{SHA}x"));
	ck_assert(span_is(record.previous, "{CLEARTEXT}y"));
}
END_TEST

static const struct {
	const char *name;
	int64_t threshold;
	struct ldap_state_guess guess; /* .policy is `threshold` */
	bool want;
} guesses[] = {
	{"unchanged at none", 3, {NULL, false, true, true, true, true, 0, 0, true, 0, 0}, true},
	{"unchanged at none, times not read", 3,
	 {NULL, false, true, true, true, true, 0, 0, false, 0, 0}, false},
	{"unchanged at two, times not read", 3,
	 {NULL, false, true, true, true, true, 2, 2, false, 0, 0}, false},
	{"unchanged at one", 3, {NULL, false, true, true, true, true, 1, 1, false, 0, 0}, false},
	{"unchanged at one, and the time too", 3,
	 {NULL, false, true, true, true, true, 1, 1, true, 7, 7}, true},
	{"unchanged at one, at another time", 3,
	 {NULL, false, true, true, true, true, 1, 1, true, 7, 8}, false},
	{"unchanged at two, at another time", 3,
	 {NULL, false, true, true, true, true, 2, 2, true, 7, 8}, false},
	{"unchanged at two, and the time too", 3,
	 {NULL, false, true, true, true, true, 2, 2, true, 7, 7}, true},
	{"times not read", 3, {NULL, false, true, true, true, true, 1, 1, false, 7, 7}, false},
	{"counted", 3, {NULL, false, true, true, true, true, 1, 2, true, 0, 0}, false},
	{"counted, the time unchanged", 3, {NULL, false, true, true, true, true, 1, 2, true, 7, 7},
	 false},
	{"the first", 3, {NULL, false, true, true, true, true, 0, 1, true, 0, 0}, false},
	{"an older count lapsed", 3, {NULL, false, true, true, true, true, 2, 1, true, 0, 0}, false},
	{"no lockout", 0, {NULL, false, true, true, true, true, 2, 2, true, 0, 0}, false},
	{"a threshold below", -1, {NULL, false, true, true, true, true, 2, 2, true, 0, 0}, false},
	{"the lowest threshold", 1, {NULL, false, true, true, true, true, 0, 0, true, 0, 0}, true},
	{"locked", 3, {NULL, true, true, true, true, true, 2, 2, true, 0, 0}, false},
	{"another server", 3, {NULL, false, false, true, true, true, 2, 2, true, 0, 0}, false},
	{"never seen to count", 3, {NULL, false, true, false, true, true, 2, 2, true, 0, 0}, false},
	{"no count before", 3, {NULL, false, true, true, false, true, 0, 0, true, 0, 0}, false},
	{"no count after", 3, {NULL, false, true, true, true, false, 0, 0, true, 0, 0}, false},
};

START_TEST(test_guess)
{
	struct ldap_state_policy policy = {.lockout_threshold = guesses[_i].threshold};
	struct ldap_state_guess guess = guesses[_i].guess;

	guess.policy = &policy;
	ck_assert_msg(ldap_state_guess_previous(&guess) == guesses[_i].want, "%s",
		      guesses[_i].name);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ldap_state");
	TCase *tcase = tcase_create("state");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, test_attributes, 0, ROWS(lists));
	tcase_add_test(tcase, test_no_policy);
	tcase_add_test(tcase, test_exists);
	tcase_add_test(tcase, test_kept);
	tcase_add_loop_test(tcase, test_guess, 0, ROWS(guesses));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
