/* SPDX-License-Identifier: MIT */
/* The admin commands "status" and "config". */
#include "admin_case.h"

#include <unistd.h>

#include "base/log.h"

#define STATUS "{\"command\":\"status\"}"
#define CONFIG "{\"command\":\"config\"}"

static void is_number(const json_t *answer, const char *path, long long want)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", want);
	ADMIN_CASE_IS(answer, path, text);
}

START_TEST(status)
{
	json_t *answer;

	admin_case.peers.count = 7;
	admin_case_login("alice", "right-pw", "192.0.2.1", NULL);
	admin_case_login("alice", "wrong", "192.0.2.1", NULL);
	admin_case_login("bob", "wrong", "192.0.2.1", NULL);
	admin_case_login("nobody@down.example.org", "wrong", "192.0.2.1", NULL);
	answer = admin_case_ask(0, STATUS);
	is_number(answer, "pid", getpid());
	is_number(answer, "parent", getppid());
	is_number(answer, "started", admin_case.engine->started);
	ADMIN_CASE_IS(answer, "config", "/etc/sasl-reason.conf");
	ADMIN_CASE_IS(answer, "state_directory", admin_case_path("state"));
	ADMIN_CASE_IS(answer, "connections", "7");
	ADMIN_CASE_IS(answer, "counters.allowed", "1");
	ADMIN_CASE_IS(answer, "counters.refused", "2");
	ADMIN_CASE_IS(answer, "counters.later", "1");
	ADMIN_CASE_IS(answer, "counters.locked", "0");
	ADMIN_CASE_IS(answer, "counters.by_cause.bad-credentials", "1");
	ADMIN_CASE_IS(answer, "counters.by_cause.account-disabled", "1");
	ADMIN_CASE_IS(answer, "counters.by_cause.temporary-failure", "1");
	ADMIN_CASE_IS(answer, "counters.by_cause.authzid-denied", "0");
	ADMIN_CASE_IS(answer, "backends", "[3]");
	ADMIN_CASE_IS(answer, "backends.0.label", "users");
	ADMIN_CASE_IS(answer, "backends.0.type", "file");
	ADMIN_CASE_IS(answer, "backends.0.up", "yes");
	ADMIN_CASE_IS(answer, "backends.1.up", "no");
	ADMIN_CASE_IS(answer, "backends.2.up", "yes");
	ADMIN_CASE_IS(answer, "backends.2.certificate_until", "2000000000");
	ADMIN_CASE_IS(answer, "journal_failing", "false");
	ADMIN_CASE_IS(answer, "waiting", "0");
	ADMIN_CASE_IS(answer, "lost", "0");
	ADMIN_CASE_IS(answer, "fleet", "null");
	ADMIN_CASE_IS(answer, "credentials", "open");
	ADMIN_CASE_IS(answer, "credentials_fault", "null");
	ADMIN_CASE_IS(answer, "queues.hashes", "0");
	ADMIN_CASE_IS(answer, "queues.stores", "0");
	ck_assert_int_gt((int)strlen(admin_case_at(answer, "version")), 2);
	json_decref(answer);
}
END_TEST

START_TEST(config)
{
	json_t *answer = admin_case_ask(0, CONFIG);

	ADMIN_CASE_IS(answer, "listeners", "[2]");
	ADMIN_CASE_IS(answer, "listeners.0.path", admin_case_path("auth"));
	ADMIN_CASE_IS(answer, "listeners.0.mode", "0666");
	ADMIN_CASE_IS(answer, "listeners.0.owner", "null");
	ADMIN_CASE_IS(answer, "listeners.0.group", "null");
	ADMIN_CASE_IS(answer, "listeners.0.face", "auth");
	ADMIN_CASE_IS(answer, "listeners.0.mechanisms", "[2]");
	ADMIN_CASE_IS(answer, "listeners.0.mechanisms.1", "LOGIN");
	ADMIN_CASE_IS(answer, "listeners.1.face", "admin");
	ADMIN_CASE_IS(answer, "listeners.1.mode", "0600");
	ADMIN_CASE_IS(answer, "listeners.1.mechanisms", "[0]");
	ADMIN_CASE_IS(answer, "user", "root");
	ADMIN_CASE_IS(answer, "uid", "0");
	ADMIN_CASE_IS(answer, "gid", "0");
	ADMIN_CASE_IS(answer, "key_file", "null");
	ADMIN_CASE_IS(answer, "default_realm", "example.org");
	ADMIN_CASE_IS(answer, "realms", "[5]");
	ADMIN_CASE_IS(answer, "realms.0.name", "example.org");
	ADMIN_CASE_IS(answer, "realms.0.secrets", "hashed");
	ADMIN_CASE_IS(answer, "realms.0.app_passwords", "true");
	ADMIN_CASE_IS(answer, "realms.0.observe", "false");
	ADMIN_CASE_IS(answer, "realms.0.floor_ms", "1");
	ADMIN_CASE_IS(answer, "realms.3.observe", "true");
	ADMIN_CASE_IS(answer, "backends", "[3]");
	ADMIN_CASE_IS(answer, "backends.0.label", "users");
	ADMIN_CASE_IS(answer, "backends.0.type", "file");
	ADMIN_CASE_IS(answer, "backends.0.path", admin_case_path("users"));
	ADMIN_CASE_IS(answer, "backends.0.uris", "[0]");
	ADMIN_CASE_IS(answer, "backends.0.starttls", "false");
	json_decref(answer);
}
END_TEST

START_TEST(bare_status)
{
	json_t *answer = admin_case_ask(0, STATUS);

	ADMIN_CASE_IS(answer, "state_directory", "null");
	ADMIN_CASE_IS(answer, "journal_failing", "false");
	ADMIN_CASE_IS(answer, "credentials", "null");
	ADMIN_CASE_IS(answer, "credentials_fault", "null");
	json_decref(answer);
}
END_TEST

/* A store of its own: the journal has nothing to do with it. */
START_TEST(no_credentials)
{
	json_t *answer;

	log_open(LOG_TARGET_STDERR, (enum log_level) - 1, "test");
	unlink(admin_case_path("state/credentials.sqlite"));
	unlink(admin_case_path("state/credentials.sqlite-wal"));
	unlink(admin_case_path("state/credentials.sqlite-shm"));
	admin_case_write("state/credentials.sqlite", "no database");
	admin_case_restart();
	answer = admin_case_ask(0, STATUS);
	ADMIN_CASE_IS(answer, "credentials", "failing");
	ck_assert_ptr_nonnull(
	    strstr(admin_case_at(answer, "credentials_fault"), "credentials.sqlite"));
	ADMIN_CASE_IS(answer, "journal_failing", "false");
	json_decref(answer);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("admin_status");
	TCase *cases = tcase_create("admin_status"), *bare = tcase_create("bare");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, admin_case_setup, admin_case_teardown);
	tcase_add_test(cases, status);
	tcase_add_test(cases, config);
	tcase_add_test(cases, no_credentials);
	suite_add_tcase(suite, cases);
	tcase_add_checked_fixture(bare, admin_case_setup_bare, admin_case_teardown);
	tcase_add_test(bare, bare_status);
	suite_add_tcase(suite, bare);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
