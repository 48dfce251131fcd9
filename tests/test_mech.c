/* SPDX-License-Identifier: MIT */
/* Tests of core/mech: names, kinds, and which realms a mechanism can work in. */
#include <check.h>
#include <stdlib.h>

#include "core/mech.h"

static const struct {
	enum mech mech;
	const char *name;
	enum mech_kind kind;
	bool hashed, cleartext, scram, mixed;
} mechs[] = {
    {MECH_PLAIN, "PLAIN", MECH_KIND_PLAINTEXT, true, true, true, true},
    {MECH_LOGIN, "LOGIN", MECH_KIND_PLAINTEXT, true, true, true, true},
    {MECH_CRAM_MD5, "CRAM-MD5", MECH_KIND_DIGEST, false, true, false, true},
    {MECH_SCRAM_SHA_1, "SCRAM-SHA-1", MECH_KIND_SCRAM, false, true, true, true},
    {MECH_SCRAM_SHA_256, "SCRAM-SHA-256", MECH_KIND_SCRAM, false, true, true, true},
};

START_TEST(test_mech)
{
	enum mech mech = mechs[_i].mech;

	ck_assert_int_eq((int)mech_find(span_of(mechs[_i].name)), (int)mech);
	ck_assert_str_eq(mech_name(mech), mechs[_i].name);
	ck_assert_int_eq((int)mech_kind(mech), (int)mechs[_i].kind);
	ck_assert_int_eq(mech_possible(mech, MECH_SECRETS_HASHED), mechs[_i].hashed);
	ck_assert_int_eq(mech_possible(mech, MECH_SECRETS_CLEARTEXT), mechs[_i].cleartext);
	ck_assert_int_eq(mech_possible(mech, MECH_SECRETS_SCRAM), mechs[_i].scram);
	ck_assert_int_eq(mech_possible(mech, MECH_SECRETS_MIXED), mechs[_i].mixed);
}
END_TEST

static const struct {
	const char *name;
	enum mech want;
} names[] = {
    {"plain", MECH_PLAIN},
    {"Login", MECH_LOGIN},
    {"cram-md5", MECH_CRAM_MD5},
    {"scram-Sha-256", MECH_SCRAM_SHA_256},
    {"SCRAM-SHA-256-PLUS", MECH_UNKNOWN},
    {"SCRAM-SHA-25", MECH_UNKNOWN},
    {"PLAIN ", MECH_UNKNOWN},
    {"", MECH_UNKNOWN},
    {"?", MECH_UNKNOWN},
    {NULL, MECH_UNKNOWN},
};

START_TEST(test_find)
{
	ck_assert_msg(mech_find(span_of(names[_i].name)) == names[_i].want, "%s",
		      names[_i].name ? names[_i].name : "absent");
}
END_TEST

START_TEST(test_out_of_range)
{
	ck_assert_uint_eq(sizeof(mechs) / sizeof(*mechs), MECH_COUNT - 1);
	ck_assert_str_eq(mech_name(MECH_UNKNOWN), "?");
	ck_assert_str_eq(mech_name(MECH_COUNT), "?");
	ck_assert_int_eq((int)mech_kind(MECH_COUNT), (int)MECH_KIND_PLAINTEXT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mech");
	TCase *tests = tcase_create("mech");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tests, test_mech, 0, (int)(sizeof(mechs) / sizeof(*mechs)));
	tcase_add_loop_test(tests, test_find, 0, (int)(sizeof(names) / sizeof(*names)));
	tcase_add_test(tests, test_out_of_range);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
