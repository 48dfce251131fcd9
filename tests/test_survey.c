/* SPDX-License-Identifier: MIT */
/* What all backends know of a name: quick ones, slow ones, one that is down, one that is too slow.
 */
#include "admin_case.h"

#include "engine/survey.h"

static int told;

static void on_done(struct survey *survey, void *owner)
{
	ck_assert_ptr_eq(owner, &told);
	ck_assert_ptr_nonnull(survey);
	told++;
}

static struct survey *ask(const char *name)
{
	struct survey *survey;

	told = 0;
	survey = survey_open(admin_case.engine, span_of(name), on_done, &told);
	ck_assert_ptr_nonnull(survey);
	ck_assert_int_eq(told, 0);
	return survey;
}

static struct survey *ask_and_wait(const char *name)
{
	struct survey *survey = ask(name);

	while (!told)
		uv_run(&admin_case.loop, UV_RUN_ONCE);
	for (int i = 0; i < 3; i++)
		admin_case_turn();
	ck_assert_int_eq(told, 1);
	return survey;
}

static const struct {
	const char *name;
	enum defect want_defect;
	size_t want_count;
	enum backend_found want[2];
	const char *want_known;
} rows[] = {
    {"alice", DEFECT_NONE, 1, {BACKEND_KNOWN, 0}, "users"},
    {" ALICE@Example.Org ", DEFECT_NONE, 1, {BACKEND_KNOWN, 0}, "users"},
    {"nobody", DEFECT_NONE, 1, {BACKEND_UNKNOWN, 0}, NULL},
    {"alice@down.example.org", DEFECT_NONE, 2, {BACKEND_KNOWN, BACKEND_DOWN}, "users"},
    {"nobody@down.example.org", DEFECT_NONE, 2, {BACKEND_UNKNOWN, BACKEND_DOWN}, NULL},
    {"erin@dir.example.org", DEFECT_NONE, 1, {BACKEND_KNOWN, 0}, "entries"},
    {"alice@dir.example.org", DEFECT_NONE, 1, {BACKEND_UNKNOWN, 0}, NULL},
    {"alice@elsewhere.example.com", DEFECT_NONE, 0, {0, 0}, NULL},
    {"", DEFECT_EMPTY_NAME, 0, {0, 0}, NULL},
    {"a\tb", DEFECT_CONTROL, 0, {0, 0}, NULL},
    {"\xff", DEFECT_NOT_UTF8, 0, {0, 0}, NULL},
};

START_TEST(answers)
{
	struct survey *survey = ask_and_wait(rows[_i].name);
	const struct survey_answer *known = survey_known(survey);

	ck_assert_int_eq(survey_defect(survey), rows[_i].want_defect);
	ck_assert_uint_eq(survey_count(survey), rows[_i].want_count);
	for (size_t i = 0; i < rows[_i].want_count; i++)
		ck_assert_msg(survey_at(survey, i)->found == rows[_i].want[i], "%s: %d",
			      rows[_i].name, survey_at(survey, i)->found);
	ck_assert_msg(!known == !rows[_i].want_known, "%s", rows[_i].name);
	if (known)
		ck_assert_str_eq(known->settings->label, rows[_i].want_known);
	survey_close(&survey);
	ck_assert_ptr_null(survey);
}
END_TEST

/* At any moment, and nothing comes after that. */
START_TEST(closed_before_the_end)
{
	struct survey *survey;

	admin_case.entry.sleep_ms = 100;
	survey = ask(_i % 2 ? "alice" : "erin@dir.example.org");
	for (int i = 0; i < _i / 2; i++)
		admin_case_turn();
	told = 0;
	survey_close(&survey);
	while (engine_busy(admin_case.engine))
		uv_run(&admin_case.loop, UV_RUN_ONCE);
	admin_case_turn();
	ck_assert_int_eq(told, 0);
}
END_TEST

/* It is down for whoever asks; what its thread finds later is not looked at. */
START_TEST(too_slow_is_down)
{
	struct survey *survey;

	admin_case.entry.sleep_ms = ENGINE_DEADLINE_MS + 1000;
	survey = ask_and_wait("erin@dir.example.org");
	ck_assert_int_eq(survey_at(survey, 0)->found, BACKEND_DOWN);
	ck_assert(engine_busy(admin_case.engine));
	while (engine_busy(admin_case.engine))
		uv_run(&admin_case.loop, UV_RUN_ONCE);
	ck_assert_int_eq(survey_at(survey, 0)->found, BACKEND_DOWN);
	ck_assert_ptr_null(survey_known(survey));
	survey_close(&survey);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("survey");
	TCase *cases = tcase_create("survey");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, admin_case_setup, admin_case_teardown);
	tcase_add_loop_test(cases, answers, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_loop_test(cases, closed_before_the_end, 0, 6);
	tcase_add_test(cases, too_slow_is_down);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
