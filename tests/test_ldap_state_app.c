/* SPDX-License-Identifier: MIT */
/* Tests of backend/ldap_state_app: values are kept as they are, up to a limit, and nothing is
 * spoilt. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "backend/ldap_state_app.h"
#include "ldap_text.h"

#define MANY 300

static struct backend_record record;
static struct span values[MANY];
static char octets[BACKEND_APPS_OCTETS + 1];
static struct ldap_state_attribute attributes[2];
static struct ldap_state_entry entry;

/* An entry with `count` values, each of `len` octets of any kind. */
static void make(size_t count, size_t len)
{
	ck_assert(count <= MANY && len <= sizeof(octets));
	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (char)(i * 7);
	for (size_t i = 0; i < count; i++)
		values[i] = (struct span){octets + i % (sizeof(octets) - len + 1), len};
	attributes[0] = (struct ldap_state_attribute){span_of("cn"), values, 0};
	attributes[1] =
	    (struct ldap_state_attribute){span_of("SaslReasonAppPassword"), values, count};
	entry = (struct ldap_state_entry){attributes, 2};
	backend_record_init(&record);
}

static const struct {
	size_t count, len;
	bool want;
	size_t want_kept;
	size_t fitting; /* octets of one more */
	bool want_fits;
} rows[] = {
    {0, 0, true, 0, 1, true},
    {0, 0, true, 0, BACKEND_APPS_OCTETS, true},
    {0, 0, true, 0, BACKEND_APPS_OCTETS + 1, false},
    {1, 100, true, 1, 100, true},
    {50, 200, true, 50, 200, true},
    {BACKEND_APPS_MAX - 1, 10, true, BACKEND_APPS_MAX - 1, 10, true},
    {BACKEND_APPS_MAX, 10, true, BACKEND_APPS_MAX, 10, false},
    {BACKEND_APPS_MAX + 1, 10, false, BACKEND_APPS_MAX, 10, false},
    {MANY, 1, false, BACKEND_APPS_MAX, 1, false},
    {24, 1024, true, 24, 1, false},
    {25, 1024, false, 24, 1, false},
    {1, BACKEND_APPS_OCTETS, true, 1, 1, false},
    {1, BACKEND_APPS_OCTETS + 1, false, 0, 1, false},
};

START_TEST(test_fill)
{
	make(rows[_i].count, rows[_i].len);
	ck_assert(ldap_state_app_fits(&entry, 0, rows[_i].fitting) == rows[_i].want_fits);
	ck_assert(ldap_state_fill_apps(LDAP_STATE_OPENLDAP, &entry, &record) == rows[_i].want);
	ck_assert_uint_eq(record.app_count, rows[_i].want_kept);
	ck_assert(!record.account.defect && !record.text.failed);
	for (size_t i = 0; i < record.app_count; i++) {
		const struct backend_app *app = &record.apps[i];

		ck_assert(span_equal(app->value, values[i]) && app->value.at != values[i].at);
		ck_assert(!app->stored.at && !app->label.at && !app->services.at && !app->expires &&
			  !app->revoked);
	}
}
END_TEST

static const struct {
	size_t count, len, old, new;
	bool want;
} swaps[] = {
    {BACKEND_APPS_MAX, 10, 10, 10, true},
    {24, 1024, 1024, 1024, true},
    {24, 1024, 1024, 1025, false},
    {24, 1024, 1024, 10, true},
};

START_TEST(test_swap)
{
	make(swaps[_i].count, swaps[_i].len);
	ck_assert(ldap_state_app_fits(&entry, swaps[_i].old, swaps[_i].new) == swaps[_i].want);
}
END_TEST

/* What else the entry has comes first. */
START_TEST(test_little_room)
{
	make(BACKEND_APPS_MAX, 100);
	record.text.len = record.text.cap - 250;
	ck_assert(!ldap_state_fill_apps(LDAP_STATE_OPENLDAP, &entry, &record));
	ck_assert_uint_eq(record.app_count, 2);
	ck_assert(!record.account.defect);
}
END_TEST

START_TEST(test_ad_has_none)
{
	make(3, 10);
	ck_assert(ldap_state_fill_apps(LDAP_STATE_AD, &entry, &record));
	ck_assert_uint_eq(record.app_count, 0);
}
END_TEST

/* A record is used again and again: nothing stays of who was there before. */
START_TEST(test_wiped)
{
	struct backend_app before;

	make(3, 100);
	ldap_state_app_fill(&entry, &record);
	before = record.apps[2];
	ck_assert_ptr_nonnull(before.value.at);
	backend_record_wipe(&record);
	ck_assert_uint_eq(record.app_count, 0);
	ck_assert_ptr_null(record.apps[2].value.at);
	ck_assert_ptr_null(memmem(record.storage, 300, octets + 8, 16));
	memset(record.apps, 'x', sizeof(record.apps));
	backend_record_init(&record);
	ck_assert(!backend_record_add_app(&record)->stored.at);
}
END_TEST

static const struct {
	const char *entry;
	bool want;
} classes[] = {
    {"objectClass: person\nobjectClass: saslReasonAccount", false},
    {"objectclass: SASLREASONACCOUNT", false},
    {"objectClass: person", true},
    {"objectClass: saslReasonAccounts", true},
    {"cn: not to be seen", false},
};

START_TEST(test_class)
{
	static struct ldap_text text;

	ldap_text_take(&text, classes[_i].entry);
	ck_assert_msg(ldap_state_app_lacks_class(&text.entry) == classes[_i].want, "%s",
		      classes[_i].entry);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ldap_state_app");
	TCase *tcase = tcase_create("values");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, test_fill, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_loop_test(tcase, test_swap, 0, (int)(sizeof(swaps) / sizeof(swaps[0])));
	tcase_add_test(tcase, test_little_room);
	tcase_add_test(tcase, test_ad_has_none);
	tcase_add_test(tcase, test_wiped);
	tcase_add_loop_test(tcase, test_class, 0, (int)(sizeof(classes) / sizeof(classes[0])));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
