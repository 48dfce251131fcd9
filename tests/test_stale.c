/* SPDX-License-Identifier: MIT */
/* Remembered passwords: which one is the previous, for how long, and two acceptances at once. */
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "store/credentials.h"
#include "store/database.h"
#include "store/stale.h"
#include "store_place.h"

#define FILE_NAME "credentials.sqlite"
#define DAY	  86400
#define NOW	  (20000 * (int64_t)DAY)
#define CHEAP	  "SSHA512"

static struct span alice, bob;
static struct stale_store *store;

static struct stale_store *open_store(void)
{
	struct stale_store *opened = stale_open(store_place, &store_place_fault);

	ck_assert_msg(opened != NULL, "%.*s", (int)store_place_fault.len, store_place_fault.at);
	return opened;
}

static void setup(void)
{
	alice = span_of("ldap:alice-1");
	bob = span_of("ldap:bob-1");
	store_place_make();
	store = open_store();
}

static void teardown(void)
{
	stale_close(&store);
	store_place_remove();
}

static bool accept(struct span owner, const char *secret, int64_t now)
{
	return stale_accept(store, owner, span_of(secret), span_of(CHEAP), 30, 30, now);
}

/* Whether `secret` is the previous one; null: whether there is none. `changed` is left alone then.
 */
static bool previous_is(struct span owner, const char *secret, int64_t now, int64_t *changed)
{
	char storage[PWHASH_STORED_MAX];
	struct buf previous = BUF_ON(storage);
	bool found = stale_find(store, owner, 30, now, &previous, changed);

	if (!found || !secret)
		return !found && !secret && previous.len == 0;
	return pwhash_verify(buf_span(&previous), span_of(secret)) == PWHASH_YES;
}

static int64_t changed_at(struct span owner)
{
	int64_t changed;
	bool current;

	ck_assert(stale_look(store, owner, &current, &changed));
	ck_assert(current);
	return changed;
}

/* What is accepted day by day, and the previous one then; a blank: none. */
static const struct {
	const char *name, *accepted;
	char want;
	int want_day;
} stories[] = {
    {"one password", "a", ' ', 0},
    {"the same one for days", "aaaaa", ' ', 0},
    {"another one", "ab", 'a', 1},
    {"another one for days", "aabbb", 'a', 2},
    {"the one before it alone", "abc", 'b', 2},
    {"and back", "aba", 'b', 2},
    {"to and fro", "abab", 'a', 3},
    {"long and changed once", "aaaaaaaaaab", 'a', 10},
};

START_TEST(story)
{
	const char *accepted = stories[_i].accepted;
	int64_t day = 0, changed = 0;
	char secret[2] = "", other[2] = "z";

	for (; accepted[day]; day++) {
		secret[0] = accepted[day];
		ck_assert(accept(alice, secret, NOW + day * DAY));
	}
	secret[0] = stories[_i].want;
	ck_assert_msg(previous_is(alice, *secret == ' ' ? NULL : secret, NOW + day * DAY, &changed),
		      "%s", stories[_i].name);
	ck_assert(*secret == ' ' || changed == NOW + stories[_i].want_day * DAY);
	ck_assert(!previous_is(alice, other, NOW + day * DAY, &changed));
	ck_assert(previous_is(bob, NULL, NOW, &changed));
	ck_assert_int_eq(changed_at(alice), *secret == ' ' ? 0 : NOW + stories[_i].want_day * DAY);
}
END_TEST

/* What changes when another connection has written. */
static int64_t version(const struct database *watch)
{
	sqlite3_stmt *statement;
	int64_t number;

	ck_assert_int_eq(
	    sqlite3_prepare_v2(database_handle(watch), "PRAGMA data_version", -1, &statement, NULL),
	    SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

/* Nothing is written while the password stays: a hash of the same one would have another salt. */
START_TEST(same_writes_nothing)
{
	int64_t before;
	struct database *watch =
	    database_open(store_place, &credentials_format, DATABASE_PROCESS, &store_place_fault);

	before = version(watch);
	ck_assert(accept(alice, "a", NOW));
	ck_assert_int_ne(version(watch), before);
	before = version(watch);
	for (int i = 0; i < 5; i++)
		ck_assert(accept(alice, "a", NOW + i));
	ck_assert_int_eq(version(watch), before);
	database_close(&watch);
}
END_TEST

static const struct {
	const char *name;
	unsigned days;
	int64_t after;
	bool want;
} ages[] = {
    {"at once", 30, 0, true},
    {"on the last day", 30, 30 * DAY, true},
    {"a second later", 30, 30 * DAY + 1, false},
    {"a day", 1, DAY, true},
    {"after a day", 1, DAY + 1, false},
    {"off", 0, 0, false},
    {"a clock that went back", 30, -5000, true},
    {"as long as there is", UINT32_MAX, 1000 * (int64_t)DAY, true},
};

START_TEST(age)
{
	char storage[PWHASH_STORED_MAX];
	struct buf previous = BUF_ON(storage);
	int64_t changed;

	ck_assert(accept(alice, "a", NOW - 10));
	ck_assert(accept(alice, "b", NOW));
	ck_assert_msg(stale_find(store, alice, ages[_i].days, NOW + ages[_i].after, &previous,
				 &changed) == ages[_i].want,
		      "%s", ages[_i].name);
	ck_assert_int_eq(previous.len > 0, ages[_i].want);
}
END_TEST

/* Any acceptance that writes takes away the old ones of everybody; one that does not, its own. */
START_TEST(old_ones_go)
{
	ck_assert(accept(alice, "a", NOW) && accept(alice, "b", NOW + 1));
	ck_assert(accept(bob, "a", NOW) && accept(bob, "b", NOW + 20 * DAY));
	ck_assert_int_eq(store_place_number(FILE_NAME, "SELECT count(previous) FROM stale"), 2);
	ck_assert(accept(span_of("new"), "a", NOW + 31 * DAY));
	ck_assert_int_eq(store_place_number(FILE_NAME, "SELECT count(previous) FROM stale"), 1);
	ck_assert_int_eq(changed_at(alice), NOW + 1);
	ck_assert(accept(bob, "b", NOW + 51 * DAY));
	ck_assert_int_eq(store_place_number(FILE_NAME, "SELECT count(previous) FROM stale"), 0);
	ck_assert_int_eq(store_place_number(FILE_NAME, "SELECT count(*) FROM stale"), 3);
}
END_TEST

/* Two realms, one of 90 days and one of a day: each has its own, whoever logs in. */
START_TEST(two_realms)
{
	static const char query[] = "SELECT count(previous) FROM stale";
	struct span cheap = span_of(CHEAP), b = span_of("b"), c = span_of("c");
	int64_t changed;

	ck_assert(accept(alice, "a", NOW) && accept(bob, "a", NOW));
	ck_assert(stale_accept(store, alice, b, cheap, 90, 90, NOW + 1));
	ck_assert(stale_accept(store, bob, b, cheap, 1, 90, NOW + 1));
	/* A login that writes, and one that has an old one of its own. */
	ck_assert(stale_accept(store, span_of("new"), c, cheap, 1, 90, NOW + 2 * DAY));
	ck_assert_int_eq(store_place_number(FILE_NAME, query), 2);
	ck_assert(stale_accept(store, bob, b, cheap, 1, 90, NOW + 2 * DAY));
	ck_assert_int_eq(store_place_number(FILE_NAME, query), 1);
	ck_assert(previous_is(alice, "a", NOW + 2 * DAY, &changed));
	ck_assert(stale_accept(store, bob, c, cheap, 1, 90, NOW + 91 * DAY));
	ck_assert(previous_is(alice, NULL, NOW + 2 * DAY, &changed));
}
END_TEST

/* A stored one that nothing can match is replaced, and is nobody's previous one. */
START_TEST(broken)
{
	int64_t changed;

	ck_assert(accept(alice, "a", NOW) && accept(alice, "b", NOW + 1));
	store_place_fill(FILE_NAME, "UPDATE stale SET current = '{NOSUCH}x'");
	ck_assert(accept(alice, "c", NOW + 2));
	ck_assert(previous_is(alice, "a", NOW + 3, &changed));
	ck_assert_int_eq(changed, NOW + 1);
	ck_assert(accept(alice, "c", NOW + 3));
	ck_assert_int_eq(changed_at(alice), NOW + 1);
}
END_TEST

START_TEST(no_such_scheme)
{
	bool current;
	int64_t changed;

	ck_assert(!stale_accept(store, alice, span_of("a"), span_of("NOSUCH"), 30, 30, NOW));
	ck_assert(stale_look(store, alice, &current, &changed));
	ck_assert(!current && changed == 0);
}
END_TEST

/* What a realm of any scheme would keep. */
static const char *const schemes[] = {"CRYPT:5",	  "SHA512-CRYPT:1000",	"BLF-CRYPT:4",
				      "SSHA512",	  "PBKDF2-SHA256:1000", "ARGON2ID:1024",
				      "SCRAM-SHA-1:4096", "SCRAM-SHA-256:4096", "PLAIN"};

START_TEST(any_scheme)
{
	struct span scheme = span_of(schemes[_i]);
	int64_t changed;

	ck_assert(stale_accept(store, alice, span_of("first, $ecr\xc3\xa9t"), scheme, 30, 30, NOW));
	ck_assert(stale_accept(store, alice, span_of("second"), scheme, 30, 30, NOW + 1));
	ck_assert(previous_is(alice, "first, $ecr\xc3\xa9t", NOW + 1, &changed));
	ck_assert(!previous_is(alice, "second", NOW + 1, &changed));
}
END_TEST

/* Neither password stands in any of the files. */
START_TEST(no_cleartext)
{
	static const char *const names[] = {FILE_NAME, FILE_NAME "-wal"};

	ck_assert(accept(alice, "correct-horse-battery", NOW));
	ck_assert(accept(alice, "staple-of-a-new-one", NOW + 1));
	for (int i = 0; i < 2; i++) {
		static char octets[1 << 20];
		FILE *file = fopen(store_place_path(names[i]), "r");
		size_t size = fread(octets, 1, sizeof(octets), file);

		fclose(file);
		ck_assert_ptr_null(memmem(octets, size, "correct-horse", 13));
		ck_assert_ptr_null(memmem(octets, size, "staple-of", 9));
	}
}
END_TEST

START_TEST(does_not_fit)
{
	char storage[16];
	struct buf previous = BUF_ON(storage);
	int64_t changed;

	ck_assert(accept(alice, "a", NOW) && accept(alice, "b", NOW + 1));
	ck_assert(!stale_find(store, alice, 30, NOW + 1, &previous, &changed));
}
END_TEST

/* ---- at once ---- */

struct racer {
	const char *secret;
	pthread_barrier_t *barrier;
	bool good;
};

static void *race(void *context)
{
	struct racer *racer = context;
	struct stale_store *mine = open_store();

	pthread_barrier_wait(racer->barrier);
	racer->good = stale_accept(mine, alice, span_of(racer->secret),
				   span_of("SHA512-CRYPT:1000"), 30, 30, NOW);
	stale_close(&mine);
	return NULL;
}

static void race_two(const char *one, const char *other)
{
	pthread_barrier_t barrier;
	struct racer racers[2] = {{one, &barrier, false}, {other, &barrier, false}};
	pthread_t threads[2];

	pthread_barrier_init(&barrier, NULL, 2);
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, race, &racers[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&barrier);
	ck_assert(racers[0].good && racers[1].good);
}

/* In whatever order: the one is current and the other is previous. */
START_TEST(two_at_once)
{
	int64_t changed;
	int orders[2] = {0, 0};

	for (int round = 0; round < 20; round++) {
		bool b;

		store_place_fill(FILE_NAME, "DELETE FROM stale");
		if (round % 2)
			ck_assert(accept(alice, "a", NOW - 5));
		race_two("b", "c");
		b = previous_is(alice, "b", NOW, &changed);
		ck_assert(b || previous_is(alice, "c", NOW, &changed));
		orders[b]++;
		ck_assert(accept(alice, b ? "c" : "b", NOW + 1));
		ck_assert_int_eq(changed_at(alice), NOW);
	}
	printf("# orders: %d, %d\n", orders[0], orders[1]);
}
END_TEST

/* The same one in two threads is one change. */
START_TEST(the_same_at_once)
{
	int64_t changed;

	for (int round = 0; round < 20; round++) {
		store_place_fill(FILE_NAME, "DELETE FROM stale");
		ck_assert(accept(alice, "a", NOW - 5));
		race_two("b", "b");
		ck_assert(previous_is(alice, "a", NOW, &changed));
	}
}
END_TEST

/* Accepts "0", "1", "2", …, and says each once it is remembered. */
static void change_until_killed(int out)
{
	char secret[16];

	store = open_store();
	for (int i = 0;; i++) {
		snprintf(secret, sizeof(secret), "%d", i);
		if (!accept(alice, secret, NOW + i) || write(out, &i, sizeof(i)) != sizeof(i))
			_exit(1);
	}
}

START_TEST(killed)
{
	srand((unsigned)getpid());
	stale_close(&store);
	for (int round = 0; round < 15; round++) {
		char secret[32];
		int64_t changed = 0;
		int pipes[2], pid, n, last;

		ck_assert_int_eq(pipe(pipes), 0);
		pid = fork();
		if (pid == 0)
			change_until_killed(pipes[1]);
		close(pipes[1]);
		do
			ck_assert_int_eq(read(pipes[0], &n, sizeof(n)), sizeof(n));
		while (n == 0);
		usleep((useconds_t)(rand() % 30000));
		kill(pid, SIGKILL);
		do
			last = n;
		while (read(pipes[0], &n, sizeof(n)) == sizeof(n));
		close(pipes[0]);
		ck_assert(!store_place_wait(pid));
		store_place_check(FILE_NAME);
		store = open_store();
		ck_assert_int_ge(changed_at(alice), NOW + last);
		snprintf(secret, sizeof(secret), "%lld", (long long)(changed_at(alice) - NOW - 1));
		ck_assert(previous_is(alice, secret, NOW + last, &changed));
		stale_close(&store);
		store_place_remove();
		store_place_make();
	}
	store = open_store();
}
END_TEST

#define LOOP(tcase, test, table)                                                                   \
	tcase_add_loop_test(tcase, test, 0, sizeof(table) / sizeof(*(table)))

int main(void)
{
	Suite *suite = suite_create("stale");
	TCase *tcase = tcase_create("stale");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	LOOP(tcase, story, stories);
	tcase_add_test(tcase, same_writes_nothing);
	LOOP(tcase, age, ages);
	tcase_add_test(tcase, old_ones_go);
	tcase_add_test(tcase, two_realms);
	tcase_add_test(tcase, broken);
	tcase_add_test(tcase, no_such_scheme);
	LOOP(tcase, any_scheme, schemes);
	tcase_add_test(tcase, no_cleartext);
	tcase_add_test(tcase, does_not_fit);
	tcase_add_test(tcase, two_at_once);
	tcase_add_test(tcase, the_same_at_once);
	tcase_add_test(tcase, killed);
	suite_add_tcase(suite, tcase);
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_WARNING, "test_stale");
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
