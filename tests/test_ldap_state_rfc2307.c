/* SPDX-License-Identifier: MIT */
/* Tests of backend/ldap_state_rfc2307: shadowAccount as nslcd reads it. */
#include <check.h>
#include <stdlib.h>

#include "backend/ldap_state_rfc2307.h"
#include "ldap_text.h"

#define NOW INT64_C(1795262400) /* day 20778 */

#define CHANGED "shadowLastChange: 20700\n" /* 20260904 */
#define FINE    "changed=20260904000000Z"

static const struct {
	const char *name;
	const char *entry;
	const char *want;
} rows[] = {
	{"nothing said", "", ""},
	{"fine", CHANGED "shadowMax: 99999\nshadowInactive: -1\nshadowExpire: -1",
	 "password_expires=23000619000000Z " FINE},
	{"no maximum", CHANGED "shadowMax: -1\nshadowInactive: 7", FINE},
	{"maximum not said", CHANGED "shadowInactive: 7", FINE},
	{"maximum", CHANGED "shadowMax: 90", "password_expires=20261203000000Z " FINE},
	{"maximum of no day", CHANGED "shadowMax: 0", "password_expires=20260904000000Z " FINE},
	{"maximum below", CHANGED "shadowMax: -2", "password_expires=20260904000000Z " FINE},
	{"must change", "shadowLastChange: 0\nshadowMax: 90\nshadowInactive: 1", "must_change"},
	{"change not said", "shadowMax: 90", "password_expires=19700331000000Z"},
	{"change of -1", "shadowLastChange: -1\nshadowMax: 90", "password_expires=19700331000000Z"},
	{"nothing limited", "shadowLastChange: -1\nshadowMax: -1", ""},
	{"inactive", CHANGED "shadowMax: 90\nshadowInactive: 7",
	 "expires=20261211000000Z password_expires=20261203000000Z " FINE},
	{"inactive at once", CHANGED "shadowMax: 90\nshadowInactive: 0",
	 "expires=20261204000000Z password_expires=20261203000000Z " FINE},
	{"inactive below", CHANGED "shadowMax: 90\nshadowInactive: -5",
	 "expires=20261203000000Z password_expires=20261203000000Z " FINE},
	{"inactive after expiry", CHANGED "shadowMax: 90\nshadowInactive: 7\nshadowExpire: 20778",
	 "expires=20261121000000Z password_expires=20261203000000Z " FINE},
	{"inactive before expiry", CHANGED "shadowMax: 90\nshadowInactive: 7\nshadowExpire: 20800",
	 "expires=20261211000000Z password_expires=20261203000000Z " FINE},
	{"expiry", "shadowExpire: 20778", "expires=20261121000000Z"},
	{"expiry in 1970", "shadowExpire: 0", "expires=19700101000001Z"},
	{"expiry before", "shadowExpire: -2", "expires=19691230000000Z"},
	{"expiry never", "shadowExpire: -1", ""},
	{"expiry, must change", "shadowLastChange: 0\nshadowExpire: 20778",
	 "must_change expires=20261121000000Z"},
	{"without end", "shadowLastChange: 9223372036854775807\nshadowMax: 9223372036854775807\n"
	 "shadowInactive: 9223372036854775807\nshadowExpire: 9223372036854775807",
	 "expires=99991231235959Z password_expires=99991231235959Z changed=99991231235959Z"},
	{"below all", "shadowLastChange: -9223372036854775808\nshadowMax: -9223372036854775808\n"
	 "shadowInactive: -9223372036854775808\nshadowExpire: -9223372036854775808",
	 "expires=-117572521212000000Z password_expires=-117572521212000000Z"},
	{"expiry not a number", "shadowExpire: x", "defect"},
	{"change not a number", "shadowLastChange: 1.5", "defect"},
	{"maximum not a number", CHANGED "shadowMax: ", "defect " FINE},
	{"inactive not a number", CHANGED "shadowMax: 90\nshadowInactive: 1d",
	 "defect password_expires=20261203000000Z " FINE},
	{"shell", "loginShell: /bin/bash", ""},
	{"no shell", "loginShell: ", ""},
	{"nologin", "loginShell: /usr/sbin/nologin", "disabled"},
	{"nologin elsewhere", "loginShell: /sbin/nologin", "disabled"},
	{"nologin without folder", "loginShell: nologin", "disabled"},
	{"false", "loginShell: /bin/false", "disabled"},
	{"a shell like nologin", "loginShell: /bin/nologin2", ""},
	{"a folder like false", "loginShell: /bin/false/sh", ""},
};

START_TEST(test_state)
{
	struct backend_record *record =
	    ldap_text_fill(LDAP_STATE_RFC2307, rows[_i].entry, "shadowMax: 1", NOW);

	ck_assert_msg(span_equal(span_of(ldap_text_account(record)), span_of(rows[_i].want)),
		      "%s: %s", rows[_i].name, ldap_text_account(record));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ldap_state_rfc2307");
	TCase *tcase = tcase_create("state");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, test_state, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
