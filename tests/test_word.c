/* SPDX-License-Identifier: MIT */
/* Tests of core/word: each enum has its word, each word its enum, and nothing else has one. */
#include <check.h>
#include <stdlib.h>

#include "core/word.h"

static const struct {
	enum outcome outcome;
	const char *want;
} outcomes[] = {
    {OUTCOME_REFUSE, "refuse"},
    {OUTCOME_TRY_LATER, "try-later"},
    {OUTCOME_ALLOW, "allow"},
};

static const struct {
	enum proof proof;
	const char *want;
} proofs[] = {
    {PROOF_UNKNOWN, "unknown"},	      {PROOF_NONE, "none"},
    {PROOF_CURRENT, "current"},	      {PROOF_APP, "app"},
    {PROOF_APP_STALE, "app-stale"},   {PROOF_PREVIOUS, "previous"},
    {PROOF_IMPOSSIBLE, "impossible"},
};

static const struct {
	enum lock_scope scope;
	const char *want;
} locks[] = {
    {LOCK_NONE, "none"},    {LOCK_NAME_NETWORK, "name-network"},
    {LOCK_NAME, "name"},    {LOCK_NETWORK, "network"},
    {LOCK_SILENT, "entry"},
};

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

START_TEST(test_outcome)
{
	enum outcome back = OUTCOME_REFUSE;

	ck_assert_str_eq(word_of_outcome(outcomes[_i].outcome), outcomes[_i].want);
	ck_assert(word_take_outcome(span_of(outcomes[_i].want), &back));
	ck_assert_int_eq(back, outcomes[_i].outcome);
}
END_TEST

START_TEST(test_proof)
{
	enum proof back = PROOF_UNKNOWN;

	ck_assert_str_eq(word_of_proof(proofs[_i].proof), proofs[_i].want);
	ck_assert(word_take_proof(span_of(proofs[_i].want), &back));
	ck_assert_int_eq(back, proofs[_i].proof);
}
END_TEST

START_TEST(test_lock)
{
	enum lock_scope back = LOCK_NONE;

	ck_assert_str_eq(word_of_lock(locks[_i].scope), locks[_i].want);
	ck_assert(word_take_lock(span_of(locks[_i].want), &back));
	ck_assert_int_eq(back, locks[_i].scope);
}
END_TEST

static const struct span strange[] = {
    {NULL, 0}, {"", 0}, {"Refuse", 6}, {"refuse ", 7}, {"curren", 6}, {"allowed", 7}, {"0", 1},
};

/* What is no word leaves the answer as it was. */
START_TEST(test_strange)
{
	enum outcome outcome = OUTCOME_ALLOW;
	enum proof proof = PROOF_APP;
	enum lock_scope scope = LOCK_SILENT;

	ck_assert(!word_take_outcome(strange[_i], &outcome));
	ck_assert(!word_take_proof(strange[_i], &proof));
	ck_assert(!word_take_lock(strange[_i], &scope));
	ck_assert_int_eq(outcome, OUTCOME_ALLOW);
	ck_assert_int_eq(proof, PROOF_APP);
	ck_assert_int_eq(scope, LOCK_SILENT);
}
END_TEST

/* What comes from outside the enum (a damaged file) is what is safe to take it for. */
START_TEST(test_outside)
{
	ck_assert_str_eq(word_of_outcome((enum outcome)99), "refuse");
	ck_assert_str_eq(word_of_proof((enum proof)99), "unknown");
	ck_assert_str_eq(word_of_lock((enum lock_scope)99), "none");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("word");
	TCase *tcase = tcase_create("word");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, test_outcome, 0, COUNT(outcomes));
	tcase_add_loop_test(tcase, test_proof, 0, COUNT(proofs));
	tcase_add_loop_test(tcase, test_lock, 0, COUNT(locks));
	tcase_add_loop_test(tcase, test_strange, 0, COUNT(strange));
	tcase_add_test(tcase, test_outside);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
