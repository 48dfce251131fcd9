/* SPDX-License-Identifier: MIT */
/* The admin command "explain": the state of each backend and store, and what each proof would give.
 */
#include "admin_case.h"

#define EXPLAIN "{\"command\":\"explain\",\"user\":\"%s\"}"
#define ADD	"{\"command\":\"app-password-add\",\"user\":\"%s\",\"label\":\"%s\"}"
#define REVOKE	"{\"command\":\"app-password-revoke\",\"user\":\"%s\",\"which\":\"%s\"}"

/* "proof:outcome:reason:said proof:…" of an answer. */
static const char *proofs_of(const json_t *answer)
{
	static char text[1024];
	const json_t *proofs = json_object_get(answer, "proofs");
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < json_array_size(proofs); i++) {
		const json_t *proof = json_array_get(proofs, i);
		const char *keys[] = {"proof", "outcome", "reason", "said"};

		for (int k = 0; k < 4; k++)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
						k	? ":"
						: i > 0 ? " "
							: "",
						admin_case_at(proof, keys[k]));
	}
	return text;
}

#define BAD "bad-credentials"
static const struct {
	const char *user;
	const char *want_answers; /* of its backends */
	const char *want_proofs;
} rows[] = {
    {"alice", "known", "none:refuse:" BAD ":" BAD " current:allow:null:null app:allow:null:null"},
    {"nobody", "unknown", "none:refuse:" BAD ":" BAD},
    {"alice@plain.example.org", "known", "none:refuse:" BAD ":" BAD " current:allow:null:null"},
    {"alice@elsewhere.example.com", "", "none:refuse:" BAD ":" BAD},
    {"bob@plain.example.org", "known",
     "none:refuse:account-disabled:" BAD " current:refuse:account-disabled:account-disabled "
     "previous:refuse:password-changed:password-changed"},
    {"phone", "known",
     "none:refuse:" BAD ":" BAD
     " current:refuse:app-password-required:app-password-required app:allow:null:null "
     "app-stale:refuse:app-password-revoked:app-password-revoked"},
    {"alice@quiet.example.org", "known", "none:refuse:" BAD ":" BAD " current:allow:null:null"},
    {"bob@quiet.example.org", "known",
     "none:refuse:account-disabled:" BAD " current:refuse:account-disabled:" BAD
     " previous:refuse:password-changed:" BAD},
    {"alice@down.example.org", "known down",
     "none:try-later:" BAD ":temporary-failure current:allow:null:null app:allow:null:null"},
    {"nobody@down.example.org", "unknown down",
     "none:try-later:temporary-failure:temporary-failure"},
    {"erin@dir.example.org", "known",
     "none:refuse:" BAD ":" BAD " current:allow:null:null app:allow:null:null"},
    {"broken", "known",
     "none:refuse:" BAD ":" BAD " current:refuse:" BAD ":" BAD " app:refuse:" BAD ":" BAD},
};

static const char *answers_of(const json_t *answer)
{
	static char text[256];
	const json_t *backends = json_object_get(answer, "backends");
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < json_array_size(backends); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? " " : "",
					admin_case_at(json_array_get(backends, i), "answer"));
	return text;
}

START_TEST(verdicts)
{
	json_t *answer = admin_case_askf(0, EXPLAIN, rows[_i].user);

	ck_assert_str_eq(answers_of(answer), rows[_i].want_answers);
	ck_assert_msg(strcmp(proofs_of(answer), rows[_i].want_proofs) == 0, "%s: %s", rows[_i].user,
		      proofs_of(answer));
	json_decref(answer);
}
END_TEST

START_TEST(account)
{
	json_t *answer = admin_case_askf(0, EXPLAIN, " BOB ");

	ADMIN_CASE_IS(answer, "user", "bob@example.org");
	ADMIN_CASE_IS(answer, "realm", "example.org");
	ck_assert_ptr_nonnull(strstr(admin_case_at(answer, "owner"), "users:"));
	ADMIN_CASE_IS(answer, "backends.0.label", "users");
	ADMIN_CASE_IS(answer, "backends.0.type", "file");
	ADMIN_CASE_IS(answer, "backends.0.account.disabled", "true");
	ADMIN_CASE_IS(answer, "backends.0.account.locked", "false");
	ADMIN_CASE_IS(answer, "backends.0.account.services", "smtp,imap");
	ADMIN_CASE_IS(answer, "backends.0.account.mechanisms", "null");
	ADMIN_CASE_IS(answer, "backends.0.account.expires", "0");
	ADMIN_CASE_IS(answer, "backends.0.account.defect", "null");
	ADMIN_CASE_IS(answer, "backends.0.account.secrets", "[1]");
	ADMIN_CASE_IS(answer, "backends.0.account.secrets.0", "SSHA512");
	ADMIN_CASE_IS(answer, "backends.0.account.previous", "true");
	ADMIN_CASE_IS(answer, "backends.0.account", "{18}");
	ADMIN_CASE_IS(answer, "locks", "[0]");
	ADMIN_CASE_IS(answer, "remembered.current", "false");
	ADMIN_CASE_IS(answer, "remembered.previous_changed", "0");
	json_decref(answer);
}
END_TEST

START_TEST(nobody)
{
	json_t *answer = admin_case_askf(0, EXPLAIN, "nobody@elsewhere.example.com");

	ADMIN_CASE_IS(answer, "realm", "null");
	ADMIN_CASE_IS(answer, "owner", "null");
	ADMIN_CASE_IS(answer, "backends", "[0]");
	ADMIN_CASE_IS(answer, "app_passwords", "[0]");
	ADMIN_CASE_IS(answer, "remembered", "null");
	json_decref(answer);
	answer = admin_case_askf(0, EXPLAIN, "other");
	ADMIN_CASE_IS(answer, "backends.0.account.canonical", "real.name@example.org");
	json_decref(answer);
	answer = admin_case_askf(0, EXPLAIN, "broken");
	ck_assert_str_ne(admin_case_at(answer, "backends.0.account.defect"), "null");
	json_decref(answer);
}
END_TEST

/* No secret of any kind is in it, not even hashed. */
START_TEST(tells_no_secret)
{
	static const char *const users[] = {"alice", "bob", "phone", "erin@dir.example.org"};
	static const char *const never[] = {"right-pw", "old-pw", "OYM8KKZ", "abcdefghijkl",
					    "0000000000000000"};
	json_t *answer;
	char *text;

	snprintf(admin_case.entry.values[0], sizeof(admin_case.entry.values[0]),
		 "aaaabbbb$1000$0$0$$$%064u$tablet", 0u);
	admin_case.entry.count = 1;
	answer = admin_case_askf(0, EXPLAIN, users[_i]);
	text = json_dumps(answer, 0);
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		ck_assert_msg(!strstr(text, never[i]), "%s: %s", users[_i], text);
	free(text);
	json_decref(answer);
}
END_TEST

START_TEST(texts)
{
	json_t *answer = admin_case_askf(0, EXPLAIN, "bob@plain.example.org");

	ck_assert_ptr_nonnull(strstr(admin_case_at(answer, "proofs.1.text"),
				     "is disabled. Entering another password"));
	ck_assert_ptr_nonnull(
	    strstr(admin_case_at(answer, "proofs.1.text"), "[account-disabled] (id --------)"));
	ck_assert_ptr_nonnull(strstr(admin_case_at(answer, "proofs.2.text"), "2026-11-0"));
	json_decref(answer);
	answer = admin_case_askf(0, EXPLAIN, "phone");
	ck_assert_ptr_nonnull(strstr(admin_case_at(answer, "proofs.3.text"), "\"gone\""));
	json_decref(answer);
	answer = admin_case_askf(0, EXPLAIN, "bob@quiet.example.org");
	ADMIN_CASE_IS(answer, "proofs.1.text", "null");
	json_decref(answer);
}
END_TEST

/* Those of our own store, each fault once, by the latest. */
START_TEST(app_passwords)
{
	const char *user = _i ? "erin@dir.example.org" : "alice";
	json_t *answer;

	json_decref(admin_case_askf(0, ADD, user, "phone"));
	json_decref(admin_case_askf(0, ADD, user, "tablet"));
	json_decref(admin_case_askf(0, REVOKE, user, "phone"));
	json_decref(admin_case_askf(0,
				    "{\"command\":\"app-password-add\",\"user\":\"%s\",\"label\":"
				    "\"office\",\"networks\":[\"10.0.0.0/8\"]}",
				    user));
	answer = admin_case_askf(
	    0, "{\"command\":\"explain\",\"user\":\"%s\",\"client\":\"10.0.0.1\"}", user);
	ADMIN_CASE_IS(answer, "app_passwords", "[3]");
	ck_assert_str_eq(proofs_of(answer),
			 "none:refuse:" BAD ":" BAD " current:allow:null:null app:allow:null:null "
			 "app-stale:refuse:app-password-revoked:app-password-revoked");
	ck_assert_ptr_nonnull(strstr(admin_case_at(answer, "proofs.3.text"), "\"phone\""));
	json_decref(answer);
	answer = admin_case_askf(
	    0, "{\"command\":\"explain\",\"user\":\"%s\",\"client\":\"192.0.2.1\"}", user);
	ck_assert_str_eq(proofs_of(answer),
			 "none:refuse:" BAD ":" BAD " current:allow:null:null app:allow:null:null "
			 "app-stale:refuse:app-password-revoked:app-password-revoked "
			 "app-stale:refuse:app-password-scope:app-password-scope");
	ck_assert_ptr_nonnull(strstr(admin_case_at(answer, "proofs.4.text"), "\"office\""));
	json_decref(answer);
}
END_TEST

START_TEST(service)
{
	json_t *answer = admin_case_askf(
	    0, "{\"command\":\"explain\",\"user\":\"phone\",\"service\":\"pop3\",\"client\":null}");

	ck_assert_str_eq(proofs_of(answer),
			 "none:refuse:" BAD ":" BAD
			 " current:refuse:app-password-required:app-password-required "
			 "app:allow:null:null "
			 "app-stale:refuse:app-password-revoked:app-password-revoked "
			 "app-stale:refuse:app-password-scope:app-password-scope");
	json_decref(answer);
}
END_TEST

#define EXPLAIN_FROM "{\"command\":\"explain\",\"user\":\"%s\",\"client\":\"%s\"}"
#define LOCKED	     "refuse:account-locked:account-locked"

/* While the name is locked for a network, nothing logs in from there. */
START_TEST(locked)
{
	json_t *answer;

	for (int i = 0; i < 3; i++)
		admin_case_login("alice", i ? i > 1 ? "x" : "y" : "z", "192.0.2.1", NULL);
	answer = admin_case_askf(0, EXPLAIN_FROM, "alice", "192.0.2.1");
	ck_assert_str_eq(proofs_of(answer), "none:" LOCKED " current:" LOCKED " app:" LOCKED);
	ADMIN_CASE_IS(answer, "locks", "[3]");
	json_decref(answer);
	answer = admin_case_askf(0, EXPLAIN_FROM, "alice", "192.0.2.2");
	ck_assert_str_eq(proofs_of(answer),
			 "none:refuse:" BAD ":" BAD " current:allow:null:null app:allow:null:null");
	json_decref(answer);
}
END_TEST

static void fail_three(const char *user, const char *client)
{
	static const char *const passwords[] = {"x", "y", "z"};

	for (int i = 0; i < 3; i++)
		admin_case_login(user, passwords[i], client, NULL);
}

/* Minutes ago, for so many networks. */
static void lock_before(const char *name, int networks)
{
	struct attempts *attempts = ledger_attempts(admin_case.engine->ledger);
	const struct attempts_rules rules = {.threshold = 1, .window = 900, .lock = 900};
	struct attempts_who who = {.name = span_of(name), .by_network = true, .bits = 128};

	memcpy(who.network + 10, "\xff\xff\xc0\0\2", 5);
	for (int i = 0; i < networks; i++) {
		who.network[15] = (unsigned char)(20 + i);
		attempts_count(attempts, &who, &rules, SPAN_NONE, time(NULL) - 300 + i);
	}
}

/* From nowhere said: what she is told where she is locked, the latest if there are several. */
START_TEST(locked_somewhere)
{
	json_t *answer = admin_case_askf(0, EXPLAIN, "alice");

	ADMIN_CASE_IS(answer, "client", "null");
	ADMIN_CASE_IS(answer, "client_locked", "false");
	json_decref(answer);
	lock_before("alice@example.org", 8);
	fail_three("alice", "192.0.2.9");
	answer = admin_case_askf(0, EXPLAIN, "alice");
	ADMIN_CASE_IS(answer, "client", "192.0.2.9");
	ADMIN_CASE_IS(answer, "client_locked", "true");
	ck_assert_str_eq(proofs_of(answer), "none:" LOCKED " current:" LOCKED " app:" LOCKED);
	json_decref(answer);
	answer = admin_case_askf(0, EXPLAIN_FROM, "alice", "192.0.2.2");
	ADMIN_CASE_IS(answer, "client", "192.0.2.2");
	ADMIN_CASE_IS(answer, "client_locked", "false");
	ck_assert_str_eq(proofs_of(answer),
			 "none:refuse:" BAD ":" BAD " current:allow:null:null app:allow:null:null");
	json_decref(answer);
	/* One who does not exist, from a network of many addresses. */
	fail_three("nobody", "2001:db8::9");
	answer = admin_case_askf(0, EXPLAIN, "nobody");
	ADMIN_CASE_IS(answer, "client", "2001:db8::/64");
	ck_assert_str_eq(proofs_of(answer), "none:" LOCKED);
	json_decref(answer);
	/* Failures that do not lock yet are from nowhere. */
	admin_case_login("erin@dir.example.org", "x", "192.0.2.8", NULL);
	answer = admin_case_askf(0, EXPLAIN, "erin@dir.example.org");
	ADMIN_CASE_IS(answer, "client", "null");
	json_decref(answer);
}
END_TEST

/* Counters of who only observes hold nobody up. */
START_TEST(locked_but_observed)
{
	json_t *answer;

	for (int i = 0; i < 12; i++) {
		char password[16];

		snprintf(password, sizeof(password), "wrong-%d", i);
		admin_case_login("alice@quiet.example.org", password, "192.0.2.9", NULL);
	}
	answer = admin_case_askf(0, EXPLAIN, "alice@quiet.example.org");
	ck_assert_str_ne(admin_case_at(answer, "locks.0.until"), "0");
	ADMIN_CASE_IS(answer, "client", "null");
	ADMIN_CASE_IS(answer, "client_locked", "false");
	ck_assert_str_eq(proofs_of(answer), "none:refuse:" BAD ":" BAD " current:allow:null:null");
	json_decref(answer);
}
END_TEST

/* The remembered previous password, after a change that only we have seen. */
START_TEST(remembered)
{
	json_t *answer;

	admin_case_login("alice", "right-pw", "192.0.2.1", NULL);
	answer = admin_case_askf(0, EXPLAIN, "alice");
	ADMIN_CASE_IS(answer, "remembered.current", "true");
	ADMIN_CASE_IS(answer, "remembered.previous_changed", "0");
	json_decref(answer);
	admin_case_write("users", "alice:{PLAIN}new-pw\n");
	for (int i = 0; i < 3000; i++)
		admin_case_turn();
	admin_case_login("alice", "new-pw", "192.0.2.1", NULL);
	answer = admin_case_askf(0, EXPLAIN, "alice");
	ck_assert_str_ne(admin_case_at(answer, "remembered.previous_changed"), "0");
	ck_assert_str_eq(proofs_of(answer),
			 "none:refuse:" BAD ":" BAD " current:allow:null:null app:allow:null:null "
			 "previous:refuse:password-changed:password-changed");
	json_decref(answer);
}
END_TEST

START_TEST(bare)
{
	json_t *answer = admin_case_askf(0, EXPLAIN, "alice");

	ADMIN_CASE_IS(answer, "app_passwords", "[0]");
	ADMIN_CASE_IS(answer, "remembered", "null");
	ADMIN_CASE_IS(answer, "backends.0.answer", "known");
	json_decref(answer);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("admin_explain");
	TCase *cases = tcase_create("admin_explain"), *without = tcase_create("bare");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, admin_case_setup, admin_case_teardown);
	tcase_add_loop_test(cases, verdicts, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(cases, account);
	tcase_add_test(cases, nobody);
	tcase_add_loop_test(cases, tells_no_secret, 0, 4);
	tcase_add_test(cases, texts);
	tcase_add_loop_test(cases, app_passwords, 0, 2);
	tcase_add_test(cases, service);
	tcase_add_test(cases, locked);
	tcase_add_test(cases, locked_somewhere);
	tcase_add_test(cases, locked_but_observed);
	tcase_add_test(cases, remembered);
	suite_add_tcase(suite, cases);
	tcase_add_checked_fixture(without, admin_case_setup_bare, admin_case_teardown);
	tcase_add_test(without, bare);
	suite_add_tcase(suite, without);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
