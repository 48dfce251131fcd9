/* SPDX-License-Identifier: MIT */
/* Tests of backend/passwd_state: each state of passwd(5) and shadow(5). */
#include <check.h>
#include <limits.h>
#include <stdlib.h>

#include "backend/passwd_state.h"

#define HASH "$6$salt$hash"
#define DAY  INT64_C(86400)
#define NONE ((const char *)0)

static struct backend_record record;

static const struct {
	const char *name;
	const char *passwd_secret;
	const char *shell;
	const char *secret; /* of shadow; null: no entry */
	long changed, max, inactive, expire;
	const char *want_stored;
	bool want_disabled;
	bool want_defect;
	bool want_must_change;
	int64_t want_changed;
	int64_t want_password_expires;
	int64_t want_expires;
} rows[] = {
	{"fine", "x", "/bin/sh", HASH, 20000, 99999, -1, -1, "{CRYPT}" HASH, false, false, false,
	 20000 * DAY, 119999 * DAY, 0},
	{"no aging", "x", "/bin/sh", HASH, -1, 10, 10, -1, "{CRYPT}" HASH, false, false, false, 0,
	 0, 0},
	{"no maximum", "x", "/bin/sh", HASH, 20000, -1, 10, -1, "{CRYPT}" HASH, false, false, false,
	 20000 * DAY, 0, 0},
	{"must change", "x", "/bin/sh", HASH, 0, 10, 10, -1, "{CRYPT}" HASH, false, false, true, 0,
	 0, 0},
	{"maximum", "x", "/bin/sh", HASH, 20000, 90, -1, -1, "{CRYPT}" HASH, false, false, false,
	 20000 * DAY, 20090 * DAY, 0},
	{"maximum of no day", "x", "/bin/sh", HASH, 20000, 0, -1, -1, "{CRYPT}" HASH, false, false,
	 false, 20000 * DAY, 20000 * DAY, 0},
	{"inactive", "x", "/bin/sh", HASH, 20000, 90, 7, -1, "{CRYPT}" HASH, false, false, false,
	 20000 * DAY, 20090 * DAY, 20097 * DAY},
	{"inactive before expiry", "x", "/bin/sh", HASH, 20000, 90, 7, 20500, "{CRYPT}" HASH, false,
	 false, false, 20000 * DAY, 20090 * DAY, 20097 * DAY},
	{"expiry before inactive", "x", "/bin/sh", HASH, 20000, 90, 7, 20001, "{CRYPT}" HASH, false,
	 false, false, 20000 * DAY, 20090 * DAY, 20001 * DAY},
	{"expiry", "x", "/bin/sh", HASH, 20000, -1, -1, 20500, "{CRYPT}" HASH, false, false, false,
	 20000 * DAY, 0, 20500 * DAY},
	{"expiry in 1970", "x", "/bin/sh", HASH, 20000, -1, -1, 0, "{CRYPT}" HASH, false, false,
	 false, 20000 * DAY, 0, 1},
	{"expiry, must change", "x", "/bin/sh", HASH, 0, -1, -1, 20500, "{CRYPT}" HASH, false,
	 false, true, 0, 0, 20500 * DAY},
	{"numbers without end", "x", "/bin/sh", HASH, LONG_MAX, LONG_MAX, LONG_MAX, LONG_MAX,
	 "{CRYPT}" HASH, false, false, false, (INT64_C(1) << 40) * DAY, (INT64_C(2) << 40) * DAY,
	 (INT64_C(1) << 40) * DAY},
	{"numbers below all", "x", "/bin/sh", HASH, LONG_MIN, LONG_MIN, LONG_MIN, LONG_MIN,
	 "{CRYPT}" HASH, false, false, false, 0, 0, 0},
	{"locked", "x", "/bin/sh", "!" HASH, -1, -1, -1, -1, "{CRYPT}" HASH, true, false, false, 0,
	 0, 0},
	{"locked twice", "x", "/bin/sh", "!!" HASH, -1, -1, -1, -1, "{CRYPT}" HASH, true, false,
	 false, 0, 0, 0},
	{"locked, no password", "x", "/bin/sh", "!", -1, -1, -1, -1, NONE, true, false, false, 0, 0,
	 0},
	{"Red Hat, no password", "x", "/bin/sh", "!!", -1, -1, -1, -1, NONE, true, false, false, 0,
	 0, 0},
	{"star", "x", "/bin/sh", "*", -1, -1, -1, -1, NONE, true, false, false, 0, 0, 0},
	{"locked star", "x", "/bin/sh", "!*", -1, -1, -1, -1, NONE, true, false, false, 0, 0, 0},
	{"star and text", "x", "/bin/sh", "*LK*", -1, -1, -1, -1, NONE, true, false, false, 0, 0, 0},
	{"empty", "x", "/bin/sh", "", -1, -1, -1, -1, NONE, false, false, false, 0, 0, 0},
	{"braces are no scheme", "x", "/bin/sh", "{PLAIN}x", -1, -1, -1, -1, "{CRYPT}{PLAIN}x",
	 false, false, false, 0, 0, 0},
	{"shadow missing", "x", "/bin/sh", NONE, -1, -1, -1, -1, NONE, false, true, false, 0, 0, 0},
	{"NIS+ name", "##alice", "/bin/sh", HASH, -1, -1, -1, -1, "{CRYPT}" HASH, false, false,
	 false, 0, 0, 0},
	{"another's NIS+ name", "##bob", "/bin/sh", NONE, -1, -1, -1, -1, "{CRYPT}##bob", false,
	 false, false, 0, 0, 0},
	{"in passwd", HASH, "/bin/sh", NONE, -1, -1, -1, -1, "{CRYPT}" HASH, false, false, false, 0,
	 0, 0},
	{"empty in passwd", "", "/bin/sh", NONE, -1, -1, -1, -1, NONE, false, false, false, 0, 0, 0},
	{"star in passwd", "*", "/bin/sh", NONE, -1, -1, -1, -1, NONE, true, false, false, 0, 0, 0},
	{"nologin", "x", "/usr/sbin/nologin", HASH, -1, -1, -1, -1, "{CRYPT}" HASH, true, false,
	 false, 0, 0, 0},
	{"nologin elsewhere", "x", "/sbin/nologin", HASH, -1, -1, -1, -1, "{CRYPT}" HASH, true,
	 false, false, 0, 0, 0},
	{"false", "x", "/bin/false", HASH, -1, -1, -1, -1, "{CRYPT}" HASH, true, false, false, 0, 0,
	 0},
	{"no shell", "x", "", HASH, -1, -1, -1, -1, "{CRYPT}" HASH, false, false, false, 0, 0, 0},
	{"a shell like nologin", "x", "/bin/nologin2", HASH, -1, -1, -1, -1, "{CRYPT}" HASH, false,
	 false, false, 0, 0, 0},
};

START_TEST(test_state)
{
	struct passwd passwd = {.pw_name = (char *)(uintptr_t)"alice",
				.pw_passwd = (char *)(uintptr_t)rows[_i].passwd_secret,
				.pw_shell = (char *)(uintptr_t)rows[_i].shell};
	struct spwd shadow = {.sp_pwdp = (char *)(uintptr_t)rows[_i].secret,
			      .sp_lstchg = rows[_i].changed, .sp_max = rows[_i].max,
			      .sp_inact = rows[_i].inactive, .sp_expire = rows[_i].expire};
	const struct account *account = &record.account;
	const char *name = rows[_i].name;

	backend_record_init(&record);
	passwd_state_fill(&passwd, rows[_i].secret ? &shadow : NULL, &record);
	ck_assert_msg(account->exists == YES, "%s", name);
	ck_assert_msg(record.stored_count == (rows[_i].want_stored != NULL), "%s", name);
	if (rows[_i].want_stored)
		ck_assert_msg(span_is(record.stored[0], rows[_i].want_stored), "%s", name);
	ck_assert_msg(account->disabled == rows[_i].want_disabled, "%s", name);
	ck_assert_msg(account->defect == rows[_i].want_defect, "%s", name);
	ck_assert_msg(account->must_change == rows[_i].want_must_change, "%s", name);
	ck_assert_msg(account->password_changed == rows[_i].want_changed, "%s", name);
	ck_assert_msg(account->password_expires == rows[_i].want_password_expires, "%s", name);
	ck_assert_msg(account->expires == rows[_i].want_expires, "%s", name);
	backend_record_wipe(&record);
	ck_assert_uint_eq(record.stored_count, 0);
}
END_TEST

START_TEST(test_too_long)
{
	static char secret[BACKEND_TEXT_MAX + 1];
	struct passwd passwd = {.pw_name = secret, .pw_passwd = secret, .pw_shell = secret};

	for (size_t i = 0; i < BACKEND_TEXT_MAX; i++)
		secret[i] = 'a';
	backend_record_init(&record);
	passwd_state_fill(&passwd, NULL, &record);
	ck_assert(record.account.defect);
	ck_assert_uint_eq(record.stored_count, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("passwd_state");
	TCase *tcase = tcase_create("state");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, test_state, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tcase, test_too_long);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
