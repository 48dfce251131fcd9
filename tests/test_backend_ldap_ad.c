/* SPDX-License-Identifier: MIT */
/* Tests of backend/backend_ldap with the dialect of Active Directory, against a server that counts
 * failures as that does: names to bind with, the domain's policy, and when a refused password may
 * be called a recent old one. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ldap_case.h"
#include "ldap_fake.h"

#define DOMAIN "DC=example,DC=org"
#define USERS  "CN=Users," DOMAIN
#define PERSON(who)                                                                                \
	{                                                                                          \
		.dn = "CN=" who "," USERS, .name = who,                                            \
		.attributes = {{"sAMAccountName", who},                                            \
			       {"userAccountControl", "512"},                                      \
			       {"objectSid", "\1\1......1234"}},                                   \
		.right = "right-pw", .old = "old-pw", .bad_count = 0, .bad_time = 0                \
	}
#define NOBODY .bad_count = -1, .bad_time = -1

enum { ALICE, BOB, CAROL, ROOT, TOP, ENTRIES };

static struct ldap_fake_entry entries[ENTRIES];
static struct ldap_fake fake;
static struct ldap_case it;

static void setup(void)
{
	static const struct ldap_fake_entry fresh[ENTRIES] = {
	    [ALICE] = PERSON("alice"),
	    [BOB] = PERSON("bob"),
	    [CAROL] = PERSON("carol"),
	    [ROOT] = {.dn = "",
		      .attributes = {{"defaultNamingContext", DOMAIN}, {"dsServiceName", "CN=DC1"}},
		      NOBODY},
	    [TOP] = {.dn = DOMAIN,
		     .attributes = {{"lockoutThreshold", "5"},
				    {"lockoutDuration", "-18000000000"},
				    {"maxPwdAge", "-9223372036854775808"}},
		     NOBODY},
	};

	ldap_case_log_open();
	memcpy(entries, fresh, sizeof(entries));
	fake = (struct ldap_fake){
	    .entries = entries,
	    .entry_count = ENTRIES,
	    .text = "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, "
		    "data 52e, v1db1"};
	ldap_fake_start(&fake);
	ldap_case_init(&it, fake.uri, DOMAIN, "", NULL);
	it.settings.filter = "(sAMAccountName=%u)";
	it.settings.dialect = LDAP_STATE_AD;
}

static void teardown(void)
{
	ldap_case_close(&it);
	ldap_fake_stop(&fake);
}

static enum proof prove(const char *name, const char *secret)
{
	ck_assert_int_eq(ldap_case_ask(&it, name, secret), BACKEND_KNOWN);
	ck_assert(!it.record.account.defect);
	return it.record.proof;
}

START_TEST(test_old_password)
{
	ck_assert_int_eq(prove("alice", "right-pw"), PROOF_CURRENT);
	/* Nobody's failure has been seen to count: it may be that none does. */
	ck_assert_int_eq(prove("alice", "old-pw"), PROOF_NONE);
	/* Her own proves nothing either. */
	ck_assert_int_eq(prove("alice", "wrong"), PROOF_NONE);
	ck_assert_int_eq(entries[ALICE].bad_count, 1);
	ck_assert_int_eq(prove("alice", "old-pw"), PROOF_NONE);
	ck_assert_int_eq(prove("bob", "wrong"), PROOF_NONE);
	ck_assert_int_eq(prove("alice", "old-pw"), PROOF_PREVIOUS);
	ck_assert_int_eq(prove("bob", "old-pw"), PROOF_PREVIOUS);
	ck_assert_int_eq(prove("alice", "wrong"), PROOF_NONE);
	ck_assert_int_eq(prove("alice", "right-pw"), PROOF_CURRENT);
	ck_assert_int_eq(ldap_case_ask(&it, "nobody", "old-pw"), BACKEND_UNKNOWN);
}
END_TEST

static void make_counting_seen(void)
{
	ck_assert_int_eq(prove("bob", "wrong"), PROOF_NONE);
	ck_assert_int_eq(prove("carol", "wrong"), PROOF_NONE);
	ck_assert_int_eq(prove("alice", "old-pw"), PROOF_PREVIOUS);
	ldap_case_close(&it);
}

/* The same, but for one thing: then an old password is as wrong as any. */
START_TEST(test_no_lockout)
{
	make_counting_seen();
	entries[TOP].attributes[0][1] = "0";
	ck_assert_int_eq(prove("bob", "wrong"), PROOF_NONE);
	ck_assert_int_eq(prove("alice", "old-pw"), PROOF_NONE);
}
END_TEST

START_TEST(test_unknown_server)
{
	make_counting_seen();
	entries[ROOT].attributes[1][0] = "other";
	ck_assert_int_eq(prove("bob", "wrong"), PROOF_NONE);
	ck_assert_int_eq(prove("alice", "old-pw"), PROOF_NONE);
}
END_TEST

START_TEST(test_no_counts)
{
	make_counting_seen();
	entries[ALICE].bad_count = -1;
	ck_assert_int_eq(prove("bob", "wrong"), PROOF_NONE);
	ck_assert_int_eq(prove("alice", "old-pw"), PROOF_NONE);
}
END_TEST

/* An account whose failures may not count whatever the policy says. */
START_TEST(test_exempt)
{
	make_counting_seen();
	entries[ALICE].attributes[_i == 0 ? 1 : 2][1] = _i == 0 ? "2080" : "short";
	ck_assert_int_eq(prove("bob", "wrong"), PROOF_NONE);
	ck_assert_int_eq(prove("alice", "old-pw"), PROOF_NONE);
}
END_TEST

START_TEST(test_locked)
{
	static const char locked[] = "80090308: LdapErr: DSID-0C0903A9, comment: "
				     "AcceptSecurityContext error, data 775, v1db1";

	ck_assert_int_eq(prove("bob", "wrong"), PROOF_NONE);
	fake.text = locked;
	ck_assert_int_eq(prove("alice", "old-pw"), PROOF_NONE);
	ck_assert(it.record.account.locked);
}
END_TEST

/* A server that counts nothing, whatever its policy says. */
START_TEST(test_frozen_counts)
{
	make_counting_seen();
	fake.frozen = true;
	ck_assert_int_eq(prove("bob", "wrong"), PROOF_NONE);
	ck_assert_int_eq(prove("alice", "wrong"), PROOF_NONE);
}
END_TEST

/* One search and one bind when it is right; one read more when it is wrong, and for each connection
 * once the question which domain controller that is. */
START_TEST(test_cost)
{
	prove("alice", "right-pw");
	fake.searches = fake.binds = 0;
	for (int i = 0; i < 10; i++)
		prove("alice", "right-pw");
	ck_assert_int_eq(fake.searches, 10);
	ck_assert_int_eq(fake.binds, 10);
	for (int i = 0; i < 10; i++)
		prove("alice", "wrong");
	ck_assert_int_eq(fake.searches, 31);
	ck_assert_int_eq(fake.binds, 20);
	ck_assert_int_eq(fake.connections, 2);
}
END_TEST

static const struct {
	enum backend_ldap_bind_as as;
	const char *upn;
	const char *want_dn;
} binds[] = {
    {BACKEND_LDAP_AS_DN, "alice@corp.example", "CN=alice," USERS},
    {BACKEND_LDAP_AS_UPN, "alice@corp.example", "alice@corp.example"},
    {BACKEND_LDAP_AS_UPN, NULL, "CN=alice," USERS},
    {BACKEND_LDAP_AS_DOMAIN, "alice@corp.example", "CORP\\alice"},
};

/* The server knows the account by that name only. */
START_TEST(test_bind_as)
{
	it.settings.bind_as = binds[_i].as;
	it.settings.domain = "CORP";
	if (binds[_i].upn) {
		entries[ALICE].attributes[3][0] = "userPrincipalName";
		entries[ALICE].attributes[3][1] = binds[_i].upn;
	}
	entries[BOB] = (struct ldap_fake_entry){.dn = binds[_i].want_dn, .right = "second-pw"};
	ck_assert_int_eq(prove("alice", "right-pw"),
			 strncmp(binds[_i].want_dn, "CN=", 3) == 0 ? PROOF_CURRENT : PROOF_NONE);
	entries[ALICE].right = "second-pw";
	ck_assert_int_eq(prove("alice", "second-pw"), PROOF_CURRENT);
	ck_assert_int_eq(ldap_case_ask(&it, "nobody", "second-pw"), BACKEND_UNKNOWN);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("backend_ldap_ad");
	TCase *tcase = tcase_create("active directory");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_old_password);
	tcase_add_test(tcase, test_no_lockout);
	tcase_add_test(tcase, test_unknown_server);
	tcase_add_test(tcase, test_no_counts);
	tcase_add_loop_test(tcase, test_exempt, 0, 2);
	tcase_add_test(tcase, test_locked);
	tcase_add_test(tcase, test_frozen_counts);
	tcase_add_test(tcase, test_cost);
	tcase_add_loop_test(tcase, test_bind_as, 0, (int)(sizeof(binds) / sizeof(binds[0])));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
