/* SPDX-License-Identifier: MIT */
/* Tests of store/journal_recent: whose logins, what is folded, what is left out. */
#include "store/journal_recent.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/database.h"
#include "store/journal.h"

#define NOW INT64_C(1800000000000)

static char directory[64];
static struct database *database;
static struct journal *journal;
static int64_t clock_ms;
static struct journal_recent list[JOURNAL_RECENT_MAX];
static size_t count;

static void setup(void)
{
	static const struct journal_limits plenty = {100000, 90, UINT64_C(1) << 30};
	char storage[512];
	struct buf fault = BUF_ON(storage);

	snprintf(directory, sizeof(directory), "/tmp/test_journal_recent.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	database = database_open(directory, &journal_format, DATABASE_PROCESS, &fault);
	ck_assert_msg(database != NULL, "%.*s", (int)fault.len, storage);
	journal = journal_open(database, &plenty);
	clock_ms = NOW;
}

static void teardown(void)
{
	char command[100];

	journal_close(&journal);
	database_close(&database);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	ck_assert_int_eq(system(command), 0);
}

/* One second later each. */
static void put(const char *user, const char *client, enum outcome outcome, enum reason cause,
		const char *id)
{
	struct journal_entry entry = {.outcome = outcome,
				      .cause = cause,
				      .told = cause,
				      .proof = PROOF_PREVIOUS,
				      .time_ms = clock_ms,
				      .user = span_of(user),
				      .client = span_of(client),
				      .mechanism = span_of("PLAIN")};

	clock_ms += 1000;
	snprintf(entry.id, sizeof(entry.id), "%s", id);
	ck_assert(database_begin(database));
	ck_assert(journal_put(journal, &entry));
	ck_assert(database_commit(database));
}

static void ask(const char *user)
{
	ck_assert(journal_recent(directory, span_of(user), span_of("hashed:7"), list, &count));
}

/* A phone that tries the old password again and again, among others' and good logins. */
START_TEST(test_folded)
{
	char id[9];

	for (int i = 0; i < 30; i++) {
		snprintf(id, sizeof(id), "AAAAAA%02d", i);
		put("alice", "192.0.2.1", OUTCOME_REFUSE, REASON_PASSWORD_CHANGED, id);
		put("bob", "192.0.2.1", OUTCOME_REFUSE, REASON_PASSWORD_CHANGED, "BBBBBBBB");
		if (i == 10)
			put("alice", "192.0.2.2", OUTCOME_ALLOW, REASON_BAD_CREDENTIALS,
			    "CCCCCCCC");
	}
	ask("alice");
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(list[0].count, 30);
	ck_assert_str_eq(list[0].id, "AAAAAA29");
	ck_assert_int_eq(list[0].cause, REASON_PASSWORD_CHANGED);
	ck_assert_int_eq(list[0].first_ms, NOW);
	ck_assert_int_eq(list[0].last_ms, NOW + 59000);
	ck_assert_str_eq(list[0].client, "192.0.2.1");
	ck_assert_str_eq(list[0].mechanism, "PLAIN");
	ck_assert_str_eq(list[0].service, "");
	ck_assert_uint_eq(list[1].count, 1);
	ck_assert_int_eq(list[1].outcome, OUTCOME_ALLOW);
	ck_assert_str_eq(list[1].id, "CCCCCCCC");
	ask("bo");
	ck_assert_uint_eq(count, 0);
}
END_TEST

/* The latest lines, each with all its logins. */
START_TEST(test_many)
{
	char client[100];

	for (int i = 0; i < 40; i++) {
		snprintf(client, sizeof(client), "192.0.2.%d", i % 20);
		put("alice", client, OUTCOME_REFUSE, REASON_BAD_CREDENTIALS, "AAAAAAAA");
	}
	ask("alice");
	ck_assert_uint_eq(count, JOURNAL_RECENT_MAX);
	for (size_t i = 0; i < count; i++) {
		snprintf(client, sizeof(client), "192.0.2.%zu", 19 - i);
		ck_assert_str_eq(list[i].client, client);
		ck_assert_uint_eq(list[i].count, 2);
	}
}
END_TEST

START_TEST(test_cut)
{
	char client[100];

	snprintf(client, sizeof(client), "%090d", 7);
	put("alice", client, OUTCOME_REFUSE, REASON_BAD_CREDENTIALS, "AAAAAAAA");
	ask("alice");
	ck_assert_uint_eq(strlen(list[0].client), sizeof(list[0].client) - 1);
}
END_TEST

/* What was refused before anybody was asked stands hashed. */
START_TEST(test_hashed)
{
	put("alice", "192.0.2.1", OUTCOME_REFUSE, REASON_BAD_CREDENTIALS, "AAAAAAAA");
	put("hashed:7", "192.0.2.1", OUTCOME_REFUSE, REASON_ACCOUNT_LOCKED, "BBBBBBBB");
	put("hashed:8", "192.0.2.1", OUTCOME_REFUSE, REASON_ACCOUNT_LOCKED, "CCCCCCCC");
	ask("alice");
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(list[0].id, "BBBBBBBB");
	ck_assert_str_eq(list[1].id, "AAAAAAAA");
}
END_TEST

START_TEST(test_no_journal)
{
	ck_assert(!journal_recent("/nonexistent", span_of("alice"), SPAN_NONE, list, &count));
	ck_assert_uint_eq(count, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("journal_recent");
	TCase *tests = tcase_create("journal_recent");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_folded);
	tcase_add_test(tests, test_many);
	tcase_add_test(tests, test_cut);
	tcase_add_test(tests, test_hashed);
	tcase_add_test(tests, test_no_journal);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
