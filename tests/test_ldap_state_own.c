/* SPDX-License-Identifier: MIT */
/* Tests of backend/ldap_state_own: each fact, from each source. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "backend/ldap_state_own.h"
#include "ldap_text.h"

#define ROWS(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))
#define NOW        INT64_C(1795262400) /* 20261121120000Z */

static const struct {
	const char *name;
	const char *entry;
	const char *want;
} own[] = {
	{"nothing", "cn: a", ""},
	{"app", "saslReasonAppPasswordRequired: TRUE", "app"},
	{"app not", "saslReasonAppPasswordRequired: FALSE", ""},
	{"app neither", "saslReasonAppPasswordRequired: 2", "defect"},
	{"app, one of two", "saslReasonAppPasswordRequired: FALSE\n"
	 "saslReasonAppPasswordRequired: TRUE", "app"},
	{"app, one of two, first", "saslReasonAppPasswordRequired: TRUE\n"
	 "saslReasonAppPasswordRequired: FALSE", "app"},
	{"app, one cannot be read", "saslReasonAppPasswordRequired: TRUE\n"
	 "saslReasonAppPasswordRequired: ", "defect app"},
	{"oauth2", "saslReasonOAuth2Required: TRUE", "oauth2"},
	{"disabled", "saslReasonDisabled: TRUE", "disabled"},
	{"disabled by the dialect too", "userAccountControl: 514\nsaslReasonDisabled: FALSE",
	 "disabled"},
	{"service", "saslReasonServiceDisabled: TRUE", "no_service"},
	{"expires", "saslReasonExpires: 20261121120000Z", "expires=20261121120000Z"},
	{"expires earlier", "saslReasonExpires: 20261121110000Z\naccountExpires: 134397360000000000",
	 "expires=20261121110000Z"},
	{"expires later", "saslReasonExpires: 20261121130000Z\naccountExpires: 134397360000000000",
	 "expires=20261121120000Z"},
	{"expires in 1970", "saslReasonExpires: 19700101000000Z", "expires=19700101000001Z"},
	{"expires, not a time", "saslReasonExpires: 2026-11-21", "defect"},
	{"mechanism", "saslReasonMechanism: PLAIN", "mechanisms=PLAIN"},
	{"mechanisms", "saslReasonMechanism: PLAIN\nsaslReasonMechanism: SCRAM-SHA-256",
	 "mechanisms=PLAIN,SCRAM-SHA-256"},
	{"services", "saslReasonService: smtp\nsaslReasonService: submission",
	 "services=smtp,submission"},
	{"network", "saslReasonNetwork: 192.0.2.0/24",
	 "networks=00000000000000000000ffffc0000200/120 restriction=from 192.0.2.0/24"},
	{"networks", "saslReasonNetwork: 192.0.2.1\nsaslReasonNetwork: 2001:db8::/32",
	 "networks=00000000000000000000ffffc0000201/128,20010db8000000000000000000000000/32 "
	 "restriction=from 192.0.2.1 and 2001:db8::/32"},
	{"network, no address", "saslReasonNetwork: example.org", "defect"},
	{"network, second is none", "saslReasonNetwork: 192.0.2.1\nsaslReasonNetwork: x", "defect"},
	{"hours and networks", "logonHours:: ////////////////////////////\n"
	 "saslReasonNetwork: 192.0.2.1",
	 "networks=00000000000000000000ffffc0000201/128 "
	 "hours=ffffffffffffffffffffffffffffffffffffffffff "
	 "restriction=Mon-Sun 00-24 UTC from 192.0.2.1"},
	{"URL", "saslReasonURL: https://help.example.org/a", "url=https://help.example.org/a"},
	{"URL, the first", "saslReasonURL: https://a/\nsaslReasonURL: https://b/",
	 "url=https://a/"},
	{"URL with a label", "saslReasonURL: https://a/ for \303\204lice", "url=https://a/"},
	{"URL of nothing", "saslReasonURL: ", "defect"},
	{"URL with a line's end", "saslReasonURL:: aHR0cHM6Ly9hLwo=", "defect"},
	{"URL of a user's own words", "saslReasonURL:: aMOkPw==", "defect"},
};

START_TEST(test_own)
{
	struct backend_record *record = ldap_text_fill(LDAP_STATE_AD, own[_i].entry, NULL, NOW);

	ck_assert_msg(span_equal(span_of(ldap_text_account(record)), span_of(own[_i].want)),
		      "%s: %s", own[_i].name, ldap_text_account(record));
	ck_assert_msg(record->account.defect == (record->defect != NULL), "%s", own[_i].name);
}
END_TEST

#define STAFF "cn=Staff,ou=groups,dc=example,dc=org"

static const struct {
	const char *name;
	enum ldap_state_fact fact;
	enum ldap_state_source source;
	const char *text;
	const char *entry;
	bool matched;
	const char *want;
} mapped[] = {
	{"attribute", LDAP_STATE_DISABLED, LDAP_STATE_ATTRIBUTE, "mailDisabled",
	 "mailDisabled: yes\nsaslReasonDisabled: FALSE", false, "disabled"},
	{"attribute of another case", LDAP_STATE_DISABLED, LDAP_STATE_ATTRIBUTE, "MAILdisabled",
	 "mailDisabled: 1", false, "disabled"},
	{"ours is not asked then", LDAP_STATE_DISABLED, LDAP_STATE_ATTRIBUTE, "mailDisabled",
	 "saslReasonDisabled: TRUE", false, ""},
	{"unset", LDAP_STATE_DISABLED, LDAP_STATE_ATTRIBUTE, "", "saslReasonDisabled: TRUE", true,
	 ""},
	{"absent", LDAP_STATE_DISABLED, LDAP_STATE_FILTER, NULL, "saslReasonDisabled: TRUE", true,
	 ""},
	{"list", LDAP_STATE_SERVICES, LDAP_STATE_ATTRIBUTE, "accountSubService",
	 "accountSubService: smtp", false, "services=smtp"},
	{"group", LDAP_STATE_APP_REQUIRED, LDAP_STATE_GROUP, STAFF, "memberOf: " STAFF, false,
	 "app"},
	{"one of two groups", LDAP_STATE_OAUTH2_REQUIRED, LDAP_STATE_GROUP, STAFF,
	 "memberOf: cn=a\nmemberOf: " STAFF, false, "oauth2"},
	{"another group", LDAP_STATE_APP_REQUIRED, LDAP_STATE_GROUP, STAFF,
	 "memberOf: cn=Staff,ou=groups,dc=example", true, ""},
	{"no group", LDAP_STATE_APP_REQUIRED, LDAP_STATE_GROUP, STAFF, "cn: a", true, ""},
	{"filter", LDAP_STATE_SERVICE_DISABLED, LDAP_STATE_FILTER, "(l=x)", "cn: a", true,
	 "no_service"},
	{"filter that does not match", LDAP_STATE_SERVICE_DISABLED, LDAP_STATE_FILTER, "(l=x)",
	 "cn: a", false, ""},
	{"a group for what has a value", LDAP_STATE_URL, LDAP_STATE_GROUP, STAFF,
	 "memberOf: " STAFF, true, ""},
	{"a filter for what has a value", LDAP_STATE_EXPIRES, LDAP_STATE_FILTER, "saslReasonExpires",
	 "saslReasonExpires: 20261121120000Z", true, ""},
};

START_TEST(test_mapped)
{
	static struct ldap_text text;
	static struct backend_record record;
	struct ldap_state_map maps[LDAP_STATE_FACTS];
	bool matched[LDAP_STATE_FACTS] = {false};

	memcpy(maps, ldap_state_own_maps(), sizeof(maps));
	maps[mapped[_i].fact] =
	    (struct ldap_state_map){mapped[_i].source, span_of(mapped[_i].text)};
	matched[mapped[_i].fact] = mapped[_i].matched;
	ldap_text_take(&text, mapped[_i].entry);
	backend_record_init(&record);
	record.account.exists = YES;
	ldap_state_own_fill(&text.entry, maps, matched, &record);
	ck_assert_msg(span_equal(span_of(ldap_text_account(&record)), span_of(mapped[_i].want)),
		      "%s: %s", mapped[_i].name, ldap_text_account(&record));
}
END_TEST

static const struct {
	const char *a, *b;
	bool same;
} names[] = {
	{STAFF, STAFF, true},
	{STAFF, "CN=staff,OU=Groups,DC=Example,DC=ORG", true},
	{STAFF, "cn = Staff , ou= groups,dc =example,  dc=org", true},
	{STAFF, " " STAFF " ", true},
	{STAFF, "cn=Staff,ou=groups,dc=example,dc=orga", false},
	{STAFF, "cn=Staff,ou=groups,dc=example,dc=or", false},
	{STAFF, "cn=Staff,ou=groups;dc=example,dc=org", false},
	{STAFF, "", false},
	{"", "", true},
	{"", "  ", true},
	{"cn=a b", "cn=a b", true},
	{"cn=a b", "cn=ab", false},
	{"cn=a b", "cn=a  b", false},
	{"cn=a+sn=b", "cn=a + sn=b", true},
	{"cn=a\\, b", "cn=a\\,b", false},
	{"cn=a\\, b", "cn=a\\, b", true},
	{"cn=a\\ ", "cn=a\\", false},
	{"cn=a\\ ", "cn=a\\ ", true},
	{"cn=a\\ ,dc=b", "cn=a\\  ,dc=b", true},
	{"cn=a\\,dc=b", "cn=a,dc=b", false},
	{"cn=a\\", "cn=a\\", false},
	{"cn=\303\204", "cn=\303\204", true},
	{"cn=\303\204", "cn=\303\244", false},
	{"cn=@", "cn=`", false},
	{"cn=Z", "cn=z", true},
	{"cn=[", "cn={", false},
	{"cn=A", "cn=a", true},
};

START_TEST(test_same_dn)
{
	struct span a = span_of(names[_i].a), b = span_of(names[_i].b);

	ck_assert_msg(ldap_state_own_same_dn(a, b) == names[_i].same, "%s, %s", a.at, b.at);
	ck_assert_msg(ldap_state_own_same_dn(b, a) == names[_i].same, "%s, %s", b.at, a.at);
}
END_TEST

START_TEST(test_names)
{
	static const char *const want[LDAP_STATE_FACTS] = {
		[LDAP_STATE_APP_REQUIRED] = "app_required",
		[LDAP_STATE_OAUTH2_REQUIRED] = "oauth2_required",
		[LDAP_STATE_DISABLED] = "disabled",
		[LDAP_STATE_SERVICE_DISABLED] = "service_disabled",
		[LDAP_STATE_EXPIRES] = "expires",
		[LDAP_STATE_MECHANISMS] = "mechanisms",
		[LDAP_STATE_SERVICES] = "services",
		[LDAP_STATE_NETWORKS] = "networks",
		[LDAP_STATE_URL] = "url",
	};

	for (int fact = 0; fact < LDAP_STATE_FACTS; fact++) {
		ck_assert_str_eq(ldap_state_fact_name((enum ldap_state_fact)fact), want[fact]);
		ck_assert(ldap_state_fact_is_flag((enum ldap_state_fact)fact) ==
			  (fact <= LDAP_STATE_SERVICE_DISABLED));
	}
}
END_TEST

/* Sixteen networks, and seventeen; lists that do not fit; a restriction too long for a reply. */
START_TEST(test_too_many)
{
	static char ldif[4096];
	struct backend_record *record;

	for (size_t count = BACKEND_NETWORKS_MAX; count <= BACKEND_NETWORKS_MAX + 1; count++) {
		struct buf out = BUF_ON(ldif);

		for (size_t i = 0; i < count; i++)
			buf_put_text(&out, "saslReasonNetwork: 2001:db8:1234:5678::/64\n");
		buf_put_char(&out, 0);
		record = ldap_text_fill(LDAP_STATE_RFC2307, ldif, NULL, NOW);
		ck_assert(record->account.defect == (count > BACKEND_NETWORKS_MAX));
		ck_assert_uint_eq(record->account.network_count,
				  record->account.defect ? 0 : BACKEND_NETWORKS_MAX);
		ck_assert(!record->account.restriction.at);
	}
	memset(ldif, 'x', 600);
	memcpy(ldif, "saslReasonService: ", 19);
	ldif[600] = 0;
	ck_assert(ldap_text_fill(LDAP_STATE_RFC2307, ldif, NULL, NOW)->account.defect);
	ldif[500] = 0;
	ck_assert(!ldap_text_fill(LDAP_STATE_RFC2307, ldif, NULL, NOW)->account.defect);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ldap_state_own");
	TCase *tcase = tcase_create("own");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, test_own, 0, ROWS(own));
	tcase_add_loop_test(tcase, test_mapped, 0, ROWS(mapped));
	tcase_add_loop_test(tcase, test_same_dn, 0, ROWS(names));
	tcase_add_test(tcase, test_names);
	tcase_add_test(tcase, test_too_many);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
