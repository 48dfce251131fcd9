/* SPDX-License-Identifier: MIT */
/* Tests of engine/decision: the log line, the journal's row, and names that are passwords. */
#include <check.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "engine/decision.h"

static const unsigned char key[DECISION_KEY_LEN] = {4, 5};
static const struct settings_realm realm = {.name = "example.org"};
static const struct settings_realm observed = {.name = "example.org", .observe = true};

/* A refusal in which everything is known. */
static struct attempt attempt;
static struct verdict verdict;
static struct decision decision;

static void setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	attempt = (struct attempt){.mechanism = span_of("PLAIN"),
				   .service = span_of("smtp"),
				   .client = span_of("192.0.2.1"),
				   .peer = span_of("pid=1"),
				   .tls = true};
	verdict = (struct verdict){.outcome = OUTCOME_REFUSE,
				   .cause = REASON_APP_REVOKED,
				   .told = REASON_APP_REVOKED,
				   .facts = {.label = span_of("phone")}};
	decision = (struct decision){.attempt = &attempt,
				     .verdict = &verdict,
				     .proof = PROOF_APP_STALE,
				     .user = span_of("alice@example.org"),
				     .id = span_of("ABCDEFGH"),
				     .label = span_of("phone"),
				     .realm = &realm,
				     .backend = "accounts",
				     .milliseconds = 12};
}

/* ---- the log ---- */

/* What decision_log() writes. */
static const char *logged(char out[4096])
{
	int pipes[2], before = dup(STDERR_FILENO);
	ssize_t got;

	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_int_eq(fcntl(pipes[0], F_SETFL, O_NONBLOCK), 0);
	dup2(pipes[1], STDERR_FILENO);
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_INFO, "test");
	decision_log(&decision);
	log_flush();
	dup2(before, STDERR_FILENO);
	got = read(pipes[0], out, 4095);
	out[got > 0 ? got : 0] = '\0';
	close(pipes[0]);
	close(pipes[1]);
	close(before);
	return out;
}

START_TEST(test_line)
{
	char out[4096];

	ck_assert_ptr_nonnull(strstr(logged(out),
				     "login id=ABCDEFGH outcome=refuse reason=app-password-revoked "
				     "told=yes user=alice@example.org mech=PLAIN service=smtp "
				     "client=192.0.2.1 tls=yes realm=example.org backend=accounts "
				     "proof=app-stale label=phone ms=12 peer=pid=1\n"));
	ck_assert_ptr_null(strstr(out, "defect"));
}
END_TEST

START_TEST(test_line_more)
{
	char out[4096];

	attempt.lock = LOCK_NAME;
	verdict.told = REASON_BAD_CREDENTIALS;
	decision.defect = "two entries";
	decision.realm = &observed;
	decision.overrun = true;
	logged(out);
	ck_assert_ptr_nonnull(strstr(out, "defect id=ABCDEFGH user=alice@example.org "
					  "backend=accounts what=\"two entries\"\n"));
	ck_assert_ptr_nonnull(strstr(out, "told=no said=bad-credentials user="));
	ck_assert_ptr_nonnull(strstr(out, "label=phone lock=name ms=12 observe=yes overrun=yes"));
}
END_TEST

START_TEST(test_line_allowed)
{
	char out[4096];

	verdict.outcome = OUTCOME_ALLOW;
	decision.label = SPAN_NONE;
	logged(out);
	ck_assert_ptr_nonnull(strstr(out, "outcome=allow user="));
	ck_assert_ptr_null(strstr(out, "reason="));
	ck_assert_ptr_null(strstr(out, "lock="));
	ck_assert_ptr_null(strstr(out, "label="));
}
END_TEST

/* ---- the journal ---- */

START_TEST(test_entry)
{
	struct decision_texts texts;
	struct journal_entry entry;

	attempt.lock = LOCK_SILENT;
	decision.overrun = true;
	decision.realm = &observed;
	decision.defect = "two entries";
	decision_entry(&decision, 1234, &texts, &entry);
	ck_assert_str_eq(entry.id, "ABCDEFGH");
	ck_assert_int_eq(entry.time_ms, 1234);
	ck_assert_int_eq(entry.outcome, OUTCOME_REFUSE);
	ck_assert_int_eq(entry.cause, REASON_APP_REVOKED);
	ck_assert_int_eq(entry.told, REASON_APP_REVOKED);
	ck_assert_int_eq(entry.proof, PROOF_APP_STALE);
	ck_assert_int_eq(entry.lock, LOCK_SILENT);
	ck_assert(entry.tls && entry.observed && entry.overrun);
	ck_assert_uint_eq(entry.ms, 12);
	ck_assert_uint_eq(entry.status, 535);
	ck_assert(span_is(entry.enhanced, "5.7.8"));
	ck_assert(span_is(entry.user, "alice@example.org"));
	ck_assert(span_is(entry.realm, "example.org"));
	ck_assert(span_is(entry.mechanism, "PLAIN"));
	ck_assert(span_is(entry.service, "smtp"));
	ck_assert(span_is(entry.client, "192.0.2.1"));
	ck_assert(span_is(entry.peer, "pid=1"));
	ck_assert(span_is(entry.backend, "accounts"));
	ck_assert(span_is(entry.defect, "two entries"));
	ck_assert(span_is(entry.label, "phone"));
	ck_assert_ptr_nonnull(memmem(entry.text.at, entry.text.len, "\"phone\"", 7));
	ck_assert_ptr_nonnull(
	    memmem(entry.text.at, entry.text.len, "[app-password-revoked] (id ABCDEFGH)", 36));
}
END_TEST

/* The text is what was told, not what was found. */
START_TEST(test_entry_untold)
{
	struct decision_texts texts;
	struct journal_entry entry;

	verdict.told = REASON_BAD_CREDENTIALS;
	verdict.facts.label = SPAN_NONE;
	decision_entry(&decision, 0, &texts, &entry);
	ck_assert_int_eq(entry.cause, REASON_APP_REVOKED);
	ck_assert_int_eq(entry.told, REASON_BAD_CREDENTIALS);
	ck_assert_ptr_nonnull(memmem(entry.text.at, entry.text.len, "[bad-credentials]", 17));
	ck_assert_ptr_null(memmem(entry.text.at, entry.text.len, "phone", 5));
}
END_TEST

START_TEST(test_entry_allowed)
{
	struct decision_texts texts;
	struct journal_entry entry;

	verdict.outcome = OUTCOME_ALLOW;
	decision_entry(&decision, 0, &texts, &entry);
	ck_assert_uint_eq(entry.status, 0);
	ck_assert_ptr_null(entry.text.at);
	ck_assert_ptr_null(entry.enhanced.at);
}
END_TEST

START_TEST(test_entry_later)
{
	struct decision_texts texts;
	struct journal_entry entry;

	verdict.outcome = OUTCOME_TRY_LATER;
	verdict.cause = verdict.told = REASON_TEMPORARY;
	decision.milliseconds = UINT64_MAX;
	decision_entry(&decision, 0, &texts, &entry);
	ck_assert_uint_eq(entry.status, 454);
	ck_assert(span_is(entry.enhanced, "4.7.0"));
	ck_assert_uint_eq(entry.ms, UINT32_MAX);
}
END_TEST

/* ---- names ---- */

static const struct {
	const char *what, *backend, *user;
	bool keyed, want_hash;
} names[] = {
    {"known, in clear", "accounts", "secret1", false, false},
    {"known, with a key", "accounts", "secret1", true, false},
    {"unknown, in clear", NULL, "secret1", false, false},
    {"unknown, with a key", NULL, "secret1", true, true},
    {"none, with a key", NULL, NULL, true, false},
};

START_TEST(test_name)
{
	struct decision_texts texts;
	struct journal_entry entry;
	char out[4096];

	decision.backend = names[_i].backend;
	decision.user = span_of(names[_i].user);
	decision.name_key = names[_i].keyed ? key : NULL;
	decision.defect = "it could not be checked in time";
	decision_entry(&decision, 0, &texts, &entry);
	logged(out);
	if (!names[_i].want_hash) {
		ck_assert(span_equal(entry.user, decision.user));
		ck_assert_ptr_null(strstr(out, "hashed:"));
		return;
	}
	ck_assert_uint_eq(entry.user.len, strlen("hashed:") + 32);
	ck_assert(memcmp(entry.user.at, "hashed:", 7) == 0);
	ck_assert_ptr_null(strstr(out, names[_i].user));
	ck_assert_ptr_nonnull(strstr(out, "login id="));
	ck_assert_ptr_nonnull(strstr(out, "defect id="));
	ck_assert_ptr_nonnull(memmem(out, strlen(out), entry.user.at, entry.user.len));
}
END_TEST

/* The same name has the same hash, another name or key another one. */
START_TEST(test_hash)
{
	static const unsigned char other[DECISION_KEY_LEN] = {9};
	struct decision_texts texts[4];
	struct journal_entry entries[4];

	decision.backend = NULL;
	decision.name_key = key;
	decision_entry(&decision, 0, &texts[0], &entries[0]);
	decision_entry(&decision, 1, &texts[1], &entries[1]);
	decision.user = span_of("alice@example.orh");
	decision_entry(&decision, 0, &texts[2], &entries[2]);
	decision.user = span_of("alice@example.org");
	decision.name_key = other;
	decision_entry(&decision, 0, &texts[3], &entries[3]);
	ck_assert(span_equal(entries[0].user, entries[1].user));
	ck_assert(!span_equal(entries[0].user, entries[2].user));
	ck_assert(!span_equal(entries[0].user, entries[3].user));
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof(*(table))))

int main(void)
{
	Suite *suite = suite_create("decision");
	TCase *tests = tcase_create("decision");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, test_line);
	tcase_add_test(tests, test_line_more);
	tcase_add_test(tests, test_line_allowed);
	tcase_add_test(tests, test_entry);
	tcase_add_test(tests, test_entry_untold);
	tcase_add_test(tests, test_entry_allowed);
	tcase_add_test(tests, test_entry_later);
	tcase_add_loop_test(tests, test_name, 0, ROWS(names));
	tcase_add_test(tests, test_hash);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
