/* SPDX-License-Identifier: MIT */
/* Tests of backend/ldap_state_stable: which id an entry has in which dialect, and what is none. */
#include <check.h>
#include <stdlib.h>

#include "ldap_text.h"

#define UUID	"5a8cdf15-1d55-4042-9914-44efbd10d968"
#define UNIQUE	"66446001-1dd211b2-66225011-2ee211db"
#define LONG_32 "0123456789abcdef0123456789abcdef"

static const struct {
	const char *name;
	enum ldap_state_dialect dialect;
	const char *entry;
	const char *want; /* "": none */
} rows[] = {
    {"OpenLDAP", LDAP_STATE_OPENLDAP, "cn: a\nentryUUID: " UUID, UUID},
    {"of another case", LDAP_STATE_OPENLDAP, "ENTRYUUID: " UUID, UUID},
    {"not seen", LDAP_STATE_OPENLDAP, "cn: a\nnsUniqueId: " UNIQUE, ""},
    {"RFC 2307", LDAP_STATE_RFC2307, "entryUUID: " UUID, UUID},
    {"RFC 2307, not sent", LDAP_STATE_RFC2307, "uidNumber: 1000", ""},
    {"389-DS", LDAP_STATE_389DS, "nsUniqueId: " UNIQUE "\nentryUUID: " UUID, UNIQUE},
    {"389-DS, as the server writes it", LDAP_STATE_389DS, "nsuniqueid: " UNIQUE, UNIQUE},
    {"389-DS, not seen", LDAP_STATE_389DS, "entryUUID: " UUID, ""},
    {"FreeIPA", LDAP_STATE_FREEIPA, "nsUniqueId: " UNIQUE "\nipaUniqueID: " UUID, UUID},
    {"FreeIPA without its own", LDAP_STATE_FREEIPA, "nsUniqueId: " UNIQUE, UNIQUE},
    {"AD", LDAP_STATE_AD,
     "objectGUID:: Fd+MWlUdQkCZFETvvRDZaA==", "15df8c5a551d4240991444efbd10d968"},
    {"AD, with NULs", LDAP_STATE_AD,
     "objectGUID:: AAAAAAAAAAAAAAAAAAAA/w==", "000000000000000000000000000000ff"},
    {"AD, too short", LDAP_STATE_AD, "objectGUID:: AAAA", ""},
    {"AD, as a text", LDAP_STATE_AD, "objectGUID: " UUID, ""},
    {"AD, another's", LDAP_STATE_AD, "entryUUID: " UUID, ""},
    {"not printable", LDAP_STATE_OPENLDAP, "entryUUID:: AAEC", ""},
    {"the longest", LDAP_STATE_OPENLDAP, "entryUUID: " LONG_32 LONG_32 LONG_32 LONG_32,
     LONG_32 LONG_32 LONG_32 LONG_32},
    {"too long", LDAP_STATE_OPENLDAP, "entryUUID: " LONG_32 LONG_32 LONG_32 LONG_32 "x", ""},
};

START_TEST(test_stable)
{
	struct backend_record *record = ldap_text_fill(rows[_i].dialect, rows[_i].entry, NULL, 0);

	ck_assert_msg(span_is(record->stable, rows[_i].want), "%s: %.*s", rows[_i].name,
		      (int)record->stable.len, record->stable.at);
	ck_assert_msg(!record->account.defect, "%s", rows[_i].name);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ldap_state_stable");
	TCase *tcase = tcase_create("ids");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, test_stable, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
