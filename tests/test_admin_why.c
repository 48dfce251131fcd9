/* SPDX-License-Identifier: MIT */
/* The admin command "why": incidents of real logins, with what was found and what was told. */
#include "admin_case.h"

#include <ctype.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

#define WHY "{\"command\":\"why\",\"id\":\"%s\"}"

static const struct {
	const char *user, *password, *client;
	const char *want_user, *want_outcome, *want_reason, *want_said, *want_proof;
	const char *want_backend, *want_status;
} rows[] = {
    {"alice", "wrong", "192.0.2.1", "alice@example.org", "refuse", "bad-credentials",
     "bad-credentials", "none", "users", "535"},
    {"nobody", "wrong", "192.0.2.1", "nobody@example.org", "refuse", "bad-credentials",
     "bad-credentials", "none", "null", "535"},
    {"bob", "wrong", "192.0.2.1", "bob@example.org", "refuse", "account-disabled",
     "bad-credentials", "none", "users", "535"},
    {"alice", "right-pw", "192.0.2.1", "alice@example.org", "allow", "null", "null", "current",
     "users", "0"},
    {"nobody@down.example.org", "wrong", "2001:db8::1", "nobody@down.example.org", "try-later",
     "temporary-failure", "temporary-failure", "none", "null", "454"},
};

START_TEST(incident)
{
	const char *id = admin_case_login(rows[_i].user, rows[_i].password, rows[_i].client, NULL);
	json_t *answer = admin_case_askf(0, WHY, id);
	char want_text[64];

	ADMIN_CASE_IS(answer, "incident", "{23}");
	ADMIN_CASE_IS(answer, "incident.id", id);
	ck_assert_int_le(
	    labs((long)(strtoll(admin_case_at(answer, "incident.time"), NULL, 10) - time(NULL))),
	    60);
	ADMIN_CASE_IS(answer, "incident.user", rows[_i].want_user);
	ADMIN_CASE_IS(answer, "incident.outcome", rows[_i].want_outcome);
	ADMIN_CASE_IS(answer, "incident.reason", rows[_i].want_reason);
	ADMIN_CASE_IS(answer, "incident.said", rows[_i].want_said);
	ADMIN_CASE_IS(answer, "incident.proof", rows[_i].want_proof);
	ADMIN_CASE_IS(answer, "incident.lock", "none");
	ADMIN_CASE_IS(answer, "incident.tls", "true");
	ADMIN_CASE_IS(answer, "incident.observed", "false");
	ADMIN_CASE_IS(answer, "incident.backend", rows[_i].want_backend);
	ADMIN_CASE_IS(answer, "incident.status", rows[_i].want_status);
	ADMIN_CASE_IS(answer, "incident.mechanism", "PLAIN");
	ADMIN_CASE_IS(answer, "incident.service", "smtp");
	ADMIN_CASE_IS(answer, "incident.client", rows[_i].client);
	ADMIN_CASE_IS(answer, "incident.peer", "pid 1 uid 0 gid 0");
	snprintf(want_text, sizeof(want_text), "[%s] (id %s)", rows[_i].want_said, id);
	if (strcmp(rows[_i].want_said, "null") == 0)
		ADMIN_CASE_IS(answer, "incident.text", "null");
	else
		ck_assert_ptr_nonnull(strstr(admin_case_at(answer, "incident.text"), want_text));
	json_decref(answer);
}
END_TEST

START_TEST(any_case)
{
	char id[9];
	json_t *answer;

	snprintf(id, sizeof(id), "%s", admin_case_login("alice", "wrong", "192.0.2.1", NULL));
	for (char *at = id; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	answer = admin_case_askf(0, WHY, id);
	ADMIN_CASE_IS(answer, "incident.user", "alice@example.org");
	json_decref(answer);
}
END_TEST

START_TEST(label)
{
	json_t *made = admin_case_askf(
	    0, "{\"command\":\"app-password-add\",\"user\":\"alice\",\"label\":\"phone\"}");
	json_t *answer = admin_case_askf(
	    0, WHY, admin_case_login("alice", admin_case_at(made, "secret"), "192.0.2.1", NULL));

	ADMIN_CASE_IS(answer, "incident.outcome", "allow");
	ADMIN_CASE_IS(answer, "incident.proof", "app");
	ADMIN_CASE_IS(answer, "incident.label", "phone");
	json_decref(answer);
	json_decref(made);
}
END_TEST

START_TEST(unknown)
{
	static const char *const ids[] = {"ZZZZZZZZ", "        ", "????????",
					  "\303\234\303\234\303\234\303\234"};
	json_t *answer = admin_case_askf(67, WHY, ids[_i]);

	ck_assert_ptr_nonnull(strstr(admin_case_at(answer, "error"), "no incident"));
	json_decref(answer);
}
END_TEST

/* The file cannot be read (any more). */
START_TEST(broken)
{
	const char *directory = admin_case.settings->state_directory;

	admin_case.settings->state_directory = "/nonexistent";
	json_decref(admin_case_askf(75, WHY, "ABCDEFGH"));
	admin_case.settings->state_directory = directory;
}
END_TEST

/* The app passwords cannot be read: their logins say so, and the journal is well. */
START_TEST(no_credentials)
{
	json_t *answer;

	log_open(LOG_TARGET_STDERR, (enum log_level) - 1, "test");
	unlink(admin_case_path("state/credentials.sqlite"));
	unlink(admin_case_path("state/credentials.sqlite-wal"));
	unlink(admin_case_path("state/credentials.sqlite-shm"));
	admin_case_write("state/credentials.sqlite", "no database");
	admin_case_restart();
	answer = admin_case_askf(0, WHY,
				 admin_case_login("alice", "abcdefghijklmnop", "192.0.2.1", NULL));
	ADMIN_CASE_IS(answer, "incident.reason", "temporary-failure");
	ADMIN_CASE_IS(answer, "incident.defect",
		      "the app passwords cannot be read (credentials.sqlite)");
	json_decref(answer);
	json_decref(admin_case_askf(67, WHY, "ZZZZZZZZ"));
}
END_TEST

static void run_long(struct worker_job *job)
{
	(void)job;
	sleep(6);
}

static void long_done(struct worker_job *job, enum worker_end end)
{
	(void)job, (void)end;
}

static void long_free(struct worker_job *job)
{
	(void)job;
}

/* The stores' thread is at work on something that takes for ever. */
START_TEST(stores_busy)
{
	struct worker_job job = {.run = run_long, .done = long_done, .free = long_free};
	json_t *answer;

	worker_submit(admin_case.engine->stores, &job);
	admin_case_turn();
	answer = admin_case_askf(75, WHY, "ABCDEFGH");
	ck_assert_ptr_nonnull(strstr(admin_case_at(answer, "error"), "too much is waiting"));
	json_decref(answer);
	while (engine_busy(admin_case.engine))
		uv_run(&admin_case.loop, UV_RUN_ONCE);
}
END_TEST

START_TEST(no_journal)
{
	json_t *answer = admin_case_askf(78, WHY, "ABCDEFGH");

	ck_assert_ptr_nonnull(strstr(admin_case_at(answer, "error"), "state_directory"));
	json_decref(answer);
}
END_TEST

START_TEST(journal_turned_off)
{
	json_t *answer;

	admin_case.settings->journal.entries = 0;
	answer = admin_case_askf(78, WHY, "ABCDEFGH");
	ck_assert_ptr_nonnull(strstr(admin_case_at(answer, "error"), "journal_entries"));
	json_decref(answer);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("admin_why");
	TCase *cases = tcase_create("admin_why"), *bare = tcase_create("bare");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, admin_case_setup, admin_case_teardown);
	tcase_add_loop_test(cases, incident, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(cases, any_case);
	tcase_add_test(cases, label);
	tcase_add_loop_test(cases, unknown, 0, 4);
	tcase_add_test(cases, broken);
	tcase_add_test(cases, no_credentials);
	tcase_add_test(cases, stores_busy);
	tcase_add_test(cases, journal_turned_off);
	suite_add_tcase(suite, cases);
	tcase_add_checked_fixture(bare, admin_case_setup_bare, admin_case_teardown);
	tcase_add_test(bare, no_journal);
	suite_add_tcase(suite, bare);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
