/* SPDX-License-Identifier: MIT */
/* Test that counters and locks outlive their process, meet those of another, and leave the file
 * small. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/attempts.h"
#include "store/database.h"
#include "store/journal_format.h"

#define ENTRIES 1024

static const struct attempts_rules rules = {
    .threshold = 3, .network_threshold = 100, .window = 100, .lock = 50, .delay_ms = 100000};

static char directory[] = "/tmp/test_attempts_file.XXXXXX";

/* One process. */
struct side {
	struct database *database;
	struct attempts *attempts;
};

static void open_database(struct side *side)
{
	char text[512];
	struct buf fault = BUF_ON(text);

	side->database = database_open(directory, &journal_format, DATABASE_PROCESS, &fault);
	ck_assert_msg(side->database, "%.*s", (int)fault.len, fault.at);
}

static void open_side(struct side *side, size_t entries)
{
	open_database(side);
	side->attempts = attempts_open(side->database, entries);
	ck_assert_ptr_nonnull(side->attempts);
}

static void close_side(struct side *side)
{
	attempts_close(&side->attempts);
	database_close(&side->database);
}

static void save(struct side *side)
{
	ck_assert(database_begin(side->database));
	ck_assert(attempts_save(side->attempts));
	ck_assert(database_commit(side->database));
}

static struct attempts_who who_of(const char *name, unsigned char host)
{
	struct attempts_who who = {.name = span_of(name), .by_network = host != 0, .bits = 128};

	who.network[15] = host;
	return who;
}

static void count(struct side *side, const char *name, unsigned char host, unsigned times,
		  int64_t now)
{
	struct attempts_who who = who_of(name, host);

	for (unsigned i = 0; i < times; i++)
		ck_assert(attempts_count(side->attempts, &who, &rules, SPAN_NONE, now));
}

static struct attempts_state look(struct side *side, const char *name, unsigned char host,
				  int64_t now)
{
	struct attempts_who who = who_of(name, host);
	struct attempts_state state;

	attempts_look(side->attempts, &who, &rules, now, &state);
	return state;
}

/* 100 ms doubled with each. */
static unsigned failures(struct side *side, const char *name, unsigned char host, int64_t now)
{
	unsigned number_of = 0;

	for (unsigned delay = look(side, name, host, now).delay_ms; delay >= 100; delay /= 2)
		number_of++;
	return number_of;
}

static int64_t number(struct side *side, const char *sql)
{
	sqlite3_stmt *statement;
	int64_t value;

	ck_assert_int_eq(
	    sqlite3_prepare_v2(database_handle(side->database), sql, -1, &statement, NULL),
	    SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return value;
}

static void run_sql(struct side *side, const char *sql)
{
	ck_assert_int_eq(sqlite3_exec(database_handle(side->database), sql, NULL, NULL, NULL),
			 SQLITE_OK);
}

static void setup(void)
{
	memcpy(strrchr(directory, '.'), ".XXXXXX", 7);
	ck_assert_ptr_nonnull(mkdtemp(directory));
}

static void teardown(void)
{
	static const char *const names[] = {"", "-wal", "-shm"};
	char path[128];

	for (unsigned i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/incidents.sqlite%s", directory, names[i]);
		remove(path);
	}
	remove(directory);
}

START_TEST(restart)
{
	struct side side;

	open_side(&side, ENTRIES);
	ck_assert(!attempts_dirty(side.attempts));
	count(&side, "alice", 1, 3, 0);
	count(&side, "bob", 1, 2, 10);
	ck_assert(attempts_dirty(side.attempts));
	save(&side);
	ck_assert(!attempts_dirty(side.attempts));
	for (int round = 0; round < 2; round++) {
		close_side(&side);
		open_side(&side, ENTRIES);
		ck_assert(!attempts_dirty(side.attempts));
		ck_assert_int_eq(look(&side, "alice", 1, 20).lock, LOCK_NAME_NETWORK);
		ck_assert_int_eq(look(&side, "alice", 1, 20).until, 50);
		ck_assert_int_eq(look(&side, "alice", 2, 20).lock, LOCK_NONE);
		ck_assert_uint_eq(failures(&side, "bob", 1, 20), 2);
		ck_assert_uint_eq(failures(&side, "bob", 0, 20), 2);
	}
	/* Of another size, too. */
	close_side(&side);
	open_side(&side, 8);
	ck_assert_int_eq(look(&side, "alice", 1, 20).until, 50);
	close_side(&side);
}
END_TEST

/* A login after the restart knows what its network has contributed, to the name and the entry. */
START_TEST(shares_outlive)
{
	struct side side;
	struct attempts_who who = who_of("alice", 1);

	who.entry = span_of("file:1");
	open_side(&side, ENTRIES);
	count(&side, "alice", 0, 4, 0);
	attempts_count(side.attempts, &who, &rules, SPAN_NONE, 0);
	attempts_count(side.attempts, &who, &rules, SPAN_NONE, 0);
	ck_assert_uint_eq(failures(&side, "alice", 0, 1), 6);
	save(&side);
	ck_assert_int_eq(number(&side, "SELECT failures FROM attempts WHERE kind = 3"), 2);
	close_side(&side);
	open_side(&side, ENTRIES);
	ck_assert(attempts_clear(side.attempts, &who, 1));
	ck_assert_uint_eq(failures(&side, "alice", 0, 1), 4);
	save(&side);
	ck_assert_int_eq(number(&side, "SELECT failures FROM attempts WHERE kind = 3"), 0);
	close_side(&side);
	open_side(&side, ENTRIES);
	ck_assert_uint_eq(failures(&side, "alice", 1, 1), 0);
	ck_assert_uint_eq(failures(&side, "alice", 0, 1), 4);
	close_side(&side);
}
END_TEST

/* What is rolled back, or cannot be written, is written the next time. */
START_TEST(rolled_back)
{
	struct side side;

	open_side(&side, ENTRIES);
	count(&side, "alice", 1, 3, 0);
	ck_assert(database_begin(side.database));
	ck_assert(attempts_save(side.attempts));
	ck_assert(!attempts_dirty(side.attempts));
	database_rollback(side.database);
	ck_assert(attempts_dirty(side.attempts));
	ck_assert_int_eq(number(&side, "SELECT count(*) FROM attempts"), 0);
	/* Nor is it lost where the file is opened again. */
	ck_assert(attempts_attach(side.attempts, NULL));
	ck_assert(attempts_attach(side.attempts, side.database));
	ck_assert(attempts_dirty(side.attempts));

	run_sql(&side, "CREATE TEMP TRIGGER disk_full BEFORE INSERT ON main.attempts BEGIN "
		       "SELECT RAISE(ABORT, 'full'); END");
	ck_assert(database_begin(side.database));
	ck_assert(!attempts_save(side.attempts));
	ck_assert(!database_commit(side.database));
	ck_assert(attempts_dirty(side.attempts));
	run_sql(&side, "DROP TRIGGER disk_full");
	save(&side);
	ck_assert(!attempts_dirty(side.attempts));
	close_side(&side);
	open_side(&side, ENTRIES);
	ck_assert_int_eq(look(&side, "alice", 1, 20).until, 50);
	close_side(&side);
}
END_TEST

/* An old worker and a new one, for some seconds. */
START_TEST(two_processes)
{
	struct side old, new;

	open_side(&old, ENTRIES);
	open_side(&new, ENTRIES);
	count(&old, "alice", 1, 1, 0);
	save(&old);
	/* Both count on. */
	count(&new, "alice", 1, 1, 1);
	save(&new);
	ck_assert_uint_eq(failures(&new, "alice", 1, 1), 2);
	ck_assert_uint_eq(failures(&new, "alice", 0, 1), 2);
	count(&old, "alice", 1, 1, 2);
	save(&old);
	ck_assert_int_eq(look(&old, "alice", 1, 3).lock, LOCK_NONE);
	ck_assert_uint_eq(failures(&old, "alice", 1, 3), 3);
	ck_assert_uint_eq(failures(&old, "alice", 0, 3), 3);
	/* A lock of the one holds in the other. */
	count(&old, "bob", 1, 3, 5);
	save(&old);
	count(&new, "carol", 1, 1, 6);
	save(&new);
	ck_assert_int_eq(look(&new, "bob", 1, 6).until, 55);
	/* Nor is a lock lost for a row of fewer failures. */
	count(&old, "erin", 1, 1, 6);
	save(&old);
	count(&new, "erin", 1, 3, 6);
	save(&new);
	ck_assert_int_eq(look(&new, "erin", 1, 6).until, 56);
	/* What an administrator forgets in the one, the other forgets. */
	ck_assert_uint_eq(attempts_forget_name(new.attempts, span_of("bob"), SPAN_NONE), 2);
	save(&new);
	count(&old, "carol", 1, 1, 7);
	save(&old);
	ck_assert_int_eq(look(&old, "bob", 1, 7).lock, LOCK_NONE);
	close_side(&old);
	close_side(&new);
}
END_TEST

static void forget(struct side *side, const char *name)
{
	ck_assert_uint_gt(attempts_forget_name(side->attempts, span_of(name), SPAN_NONE), 0);
}

/* What was cleared stays so, though the row of before is read again: another transaction of the
 * connection was rolled back, after ours was committed. */
START_TEST(cleared_after_a_rollback)
{
	struct side side;

	open_side(&side, ENTRIES);
	count(&side, "alice", 1, 3, 10);
	save(&side);
	ck_assert(database_begin(side.database));
	database_rollback(side.database);
	forget(&side, "alice");
	save(&side);
	ck_assert_int_eq(look(&side, "alice", 1, 11).lock, LOCK_NONE);
	close_side(&side);
	open_side(&side, ENTRIES);
	ck_assert_int_eq(look(&side, "alice", 1, 11).lock, LOCK_NONE);
	ck_assert_uint_eq(failures(&side, "alice", 1, 11), 0);
	close_side(&side);
}
END_TEST

/* The old worker locks a name while the new one clears it, which may have had no attempt yet; what
 * the old one counts afterwards stands. */
START_TEST(cleared_beside_a_lock)
{
	struct side old, new;

	open_side(&old, ENTRIES);
	count(&old, "alice", 1, 2, 10);
	save(&old);
	open_side(&new, ENTRIES);
	count(&old, "alice", 1, 1, 11);
	save(&old);
	if (_i)
		count(&new, "bob", 0, 1, 12);
	forget(&new, "alice");
	save(&new);
	ck_assert_int_eq(look(&new, "alice", 1, 12).lock, LOCK_NONE);
	count(&old, "bob", 0, 1, 12);
	save(&old);
	ck_assert_int_eq(look(&old, "alice", 1, 12).lock, LOCK_NONE);
	count(&old, "alice", 1, 3, 20);
	save(&old);
	count(&new, "bob", 0, 1, 20);
	save(&new);
	ck_assert_int_eq(look(&new, "alice", 1, 21).lock, LOCK_NAME_NETWORK);
	close_side(&old);
	close_side(&new);
}
END_TEST

/* Two workers that have the rules of before and after a reload: the longer ones hold. */
START_TEST(longer_lock_stays)
{
	static const struct attempts_rules longer = {.threshold = 3, .window = 500, .lock = 400};
	struct attempts_who who = who_of("alice", 1);
	struct side old, new;

	open_side(&old, ENTRIES);
	open_side(&new, ENTRIES);
	for (int i = 0; i < 3; i++)
		ck_assert(attempts_count(new.attempts, &who, &longer, SPAN_NONE, 10));
	count(&old, "alice", 1, 1, 10);
	save(&old);
	save(&new);
	ck_assert_int_eq(look(&new, "alice", 1, 20).until, 410);
	close_side(&old);
	close_side(&new);
}
END_TEST

/* Counters come and go; the file has no more rows than the memory has room, and in the end few. */
START_TEST(rows_are_dropped)
{
	struct side side;
	int64_t most = 0;
	char name[32];

	open_side(&side, 64);
	count(&side, "locked", 1, 3, 0);
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "name%d", i);
		count(&side, name, (unsigned char)(i % 200 + 2), 1, 1);
		if (i % 10 == 9) {
			int64_t rows;

			save(&side);
			rows = number(&side, "SELECT count(*) FROM attempts");
			most = rows > most ? rows : most;
		}
	}
	/* Three kinds of 64, and what was not looked at yet. */
	ck_assert_int_le(most, 2 * 3 * 64);
	ck_assert_int_eq(look(&side, "locked", 1, 2).until, 50);
	close_side(&side);
	open_side(&side, 64);
	ck_assert_int_eq(look(&side, "locked", 1, 2).until, 50);
	for (int i = 0; i < 100; i++) {
		count(&side, "last", 1, 1, 1000 + 200 * i);
		save(&side);
	}
	ck_assert_int_le(number(&side, "SELECT count(*) FROM attempts"), 3);
	close_side(&side);
}
END_TEST

/* A restart with less memory than rows: the locks find room, or stay in the file until they end. */
START_TEST(locks_without_room_stay)
{
	struct side side;
	char name[32];

	open_side(&side, ENTRIES);
	for (int i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "name%d", i);
		count(&side, name, 1, 3, 0);
	}
	save(&side);
	close_side(&side);
	open_side(&side, 8);
	for (int i = 0; i < 30; i++) {
		count(&side, "x", 0, 1, 10);
		save(&side);
		snprintf(name, sizeof(name), "name%d", i);
		ck_assert_int_ne(look(&side, name, 1, 10).lock, LOCK_NONE);
	}
	ck_assert_int_eq(
	    number(&side, "SELECT count(*) FROM attempts WHERE kind = 0 AND until = 50"), 30);
	close_side(&side);
}
END_TEST

/* The file is there only later; both have locks, under different keys. */
START_TEST(attached_later)
{
	struct side side, other;

	open_side(&other, ENTRIES);
	count(&other, "bob", 1, 3, 0);
	save(&other);
	close_side(&other);

	side.attempts = attempts_open(NULL, ENTRIES);
	count(&side, "alice", 1, 3, 0);
	ck_assert(!attempts_dirty(side.attempts));
	open_database(&side);
	ck_assert(attempts_attach(side.attempts, side.database));
	ck_assert(attempts_dirty(side.attempts));
	for (int round = 0; round < 3; round++) {
		ck_assert_int_eq(look(&side, "alice", 1, 1).until, 50);
		ck_assert_int_eq(look(&side, "bob", 1, 1).until, 50);
		ck_assert_int_eq(look(&side, "carol", 1, 1).lock, LOCK_NONE);
		if (round == 1) {
			close_side(&side);
			open_side(&side, ENTRIES);
		} else if (attempts_dirty(side.attempts)) {
			save(&side);
		}
	}
	/* Away again, and back. */
	ck_assert(attempts_attach(side.attempts, NULL));
	database_close(&side.database);
	count(&side, "dave", 1, 3, 1);
	ck_assert(attempts_save(side.attempts));
	open_database(&side);
	ck_assert(attempts_attach(side.attempts, side.database));
	save(&side);
	close_side(&side);
	open_side(&side, ENTRIES);
	ck_assert_int_eq(look(&side, "dave", 1, 1).until, 51);
	close_side(&side);
}
END_TEST

/* Rows that nobody of ours wrote. */
START_TEST(odd_rows)
{
	struct side side;

	open_side(&side, ENTRIES);
	count(&side, "alice", 1, 3, 0);
	save(&side);
	ck_assert_int_eq(
	    sqlite3_exec(
		database_handle(side.database),
		"UPDATE attempts SET name = NULL, network = 'x', entry_key = 'y' WHERE kind = 0;"
		"INSERT INTO attempts SELECT NULL, 9, x'00', NULL, NULL, -1, -1, -1, -1, -1,"
		" -1, -1, -1, -1, NULL;"
		"INSERT INTO attempts SELECT NULL, 1, zeroblob(16), 'z', 'y', 1 << 40, 1 << 62,"
		" 1 << 62, 1 << 62, 1 << 62, -1, -1, -1, -1, NULL",
		NULL, NULL, NULL),
	    SQLITE_OK);
	close_side(&side);
	open_side(&side, ENTRIES);
	ck_assert_int_eq(look(&side, "alice", 1, 1).until, 50);
	for (int i = 0; i < 10; i++) {
		count(&side, "bob", 0, 1, 10 * i);
		save(&side);
	}
	ck_assert_int_eq(number(&side, "SELECT count(*) FROM attempts WHERE kind = 9"), 0);
	close_side(&side);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("attempts_file");
	TCase *tcase = tcase_create("attempts_file");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, restart);
	tcase_add_test(tcase, shares_outlive);
	tcase_add_test(tcase, rolled_back);
	tcase_add_test(tcase, two_processes);
	tcase_add_test(tcase, cleared_after_a_rollback);
	tcase_add_loop_test(tcase, cleared_beside_a_lock, 0, 2);
	tcase_add_test(tcase, longer_lock_stays);
	tcase_add_test(tcase, rows_are_dropped);
	tcase_add_test(tcase, locks_without_room_stay);
	tcase_add_test(tcase, attached_later);
	tcase_add_test(tcase, odd_rows);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
