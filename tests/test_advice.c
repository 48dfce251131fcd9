/* SPDX-License-Identifier: MIT */
/* Tests of advice: every reason has its own row, and every word of the daemon its sentence. */
#include "cli/advice.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/word.h"

START_TEST(test_rows)
{
	const struct advice_row *row = advice_row((enum reason)_i);

	ck_assert_int_eq(row->reason, _i);
	ck_assert_uint_gt(strlen(row->found), 20);
	ck_assert_uint_gt(strlen(row->todo), 20);
	for (int other = 0; other < _i; other++) {
		ck_assert_str_ne(row->found, advice_row((enum reason)other)->found);
		ck_assert_str_ne(row->todo, advice_row((enum reason)other)->todo);
	}
}
END_TEST

/* Whatever else is known, an incident gets a row of its own reason. */
START_TEST(test_cases)
{
	for (unsigned bits = 0; bits < 16; bits++) {
		const struct advice_facts facts = {bits & 1, bits & 2, bits & 4, bits & 8};

		ck_assert_int_eq(advice_case((enum reason)_i, &facts)->reason, _i);
	}
}
END_TEST

START_TEST(test_out_of_range)
{
	ck_assert_int_eq(advice_row(REASON_COUNT)->reason, REASON_BAD_CREDENTIALS);
}
END_TEST

START_TEST(test_words)
{
	for (enum proof proof = PROOF_UNKNOWN; proof <= PROOF_IMPOSSIBLE; proof++)
		ck_assert_msg(advice_proof(word_of_proof(proof)) != NULL, "%s",
			      word_of_proof(proof));
	for (enum lock_scope lock = LOCK_NAME_NETWORK; lock <= LOCK_SILENT; lock++)
		ck_assert_msg(advice_lock(word_of_lock(lock)) != NULL, "%s", word_of_lock(lock));
	ck_assert_ptr_null(advice_lock(word_of_lock(LOCK_NONE)));
	ck_assert_ptr_null(advice_proof("nonsense"));
	ck_assert_ptr_null(advice_proof(NULL));
}
END_TEST

/* name, what was found, what was told, a part of the sentence */
static const struct {
	const char *name;
	enum reason cause, told;
	const char *want;
} silences[] = {
    {"no proof", REASON_ACCOUNT_DISABLED, REASON_BAD_CREDENTIALS, "did not prove"},
    {"a silent lock", REASON_ACCOUNT_LOCKED, REASON_BAD_CREDENTIALS, "the account exists"},
    {"an outage", REASON_BAD_CREDENTIALS, REASON_TEMPORARY, "backend of this realm is down"},
    {"an outage, a locked account", REASON_ACCOUNT_LOCKED, REASON_TEMPORARY, "is down"},
    {"a challenge", REASON_BAD_CREDENTIALS, REASON_CREDENTIALS_OR_MECHANISM, "every failure"},
    {"a challenge, disabled", REASON_ACCOUNT_DISABLED, REASON_CREDENTIALS_OR_MECHANISM,
     "every failure"},
    {"never", REASON_TLS_REQUIRED, REASON_BAD_CREDENTIALS, "disclose = never"},
};

START_TEST(test_silence)
{
	const char *got = advice_silence(silences[_i].cause, silences[_i].told);

	ck_assert_msg(strstr(got, silences[_i].want) != NULL, "%s: %s", silences[_i].name, got);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("advice");
	TCase *tcase = tcase_create("advice");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, test_rows, 0, REASON_COUNT);
	tcase_add_loop_test(tcase, test_cases, 0, REASON_COUNT);
	tcase_add_test(tcase, test_out_of_range);
	tcase_add_test(tcase, test_words);
	tcase_add_loop_test(tcase, test_silence, 0, (int)(sizeof(silences) / sizeof(silences[0])));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
