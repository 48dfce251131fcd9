/* SPDX-License-Identifier: MIT */
/* Tests of engine/ledger: one commit a turn, answers after it, and a disk that fails. */
#include <check.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "engine/ledger.h"
#include "engine/ledger_checkpoint.h"
#include "engine/ledger_stores.h"
#include "store/database.h"

#define NOW INT64_C(1800000000)

static const unsigned char key[SCRAMKEY_LEN] = {1, 2, 3};
static char directory[64];
static uv_loop_t loop;
static uv_timer_t alive; /* the ledger alone does not keep a loop going */
static struct settings_realm realm;
static struct settings settings;
static struct ledger *ledger;
static int told_count; /* of those who wait */
static _Atomic int commits;

static int on_commit(void *context)
{
	(void)context;
	commits++;
	return 0;
}

/* Of every connection that is opened. */
static int count_commits(sqlite3 *handle, char **fault, const void *api)
{
	(void)fault, (void)api;
	sqlite3_commit_hook(handle, on_commit, NULL);
	return SQLITE_OK;
}

static void open_ledger(void)
{
	char storage[256];
	struct buf fault = BUF_ON(storage);

	ledger = ledger_open(&loop, &settings, key, &fault);
	ck_assert_ptr_nonnull(ledger);
}

/* Until the loop would wait: a commit may be left for the next turn. */
static void turn(void)
{
	for (int i = 0; i < 3; i++)
		uv_run(&loop, UV_RUN_NOWAIT);
}

static void close_ledger(void)
{
	ledger_close(&ledger);
	ck_assert_ptr_null(ledger);
	turn();
}

static void on_late(uv_timer_t *timer)
{
	(void)timer;
	ck_abort_msg("the loop waited");
}

static void setup(void)
{
	/* What fails here on purpose is not for the eyes of whoever runs the tests. */
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_ERROR, "test");
	ck_assert_int_ge(sodium_init(), 0);
	ck_assert_int_eq(sqlite3_auto_extension((void (*)(void))count_commits), SQLITE_OK);
	snprintf(directory, sizeof(directory), "/tmp/test_ledger.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	realm = (struct settings_realm){.name = "example.org", .app_passwords = true};
	settings = (struct settings){.state_directory = directory,
				     .journal = {100000, 90, UINT64_C(1) << 26},
				     .attempts_entries = 1024,
				     .realms = &realm,
				     .realm_count = 1};
	told_count = 0;
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	uv_timer_init(&loop, &alive);
	uv_timer_start(&alive, on_late, 30000, 0);
	open_ledger();
}

static void teardown(void)
{
	char command[100];

	if (ledger)
		close_ledger();
	uv_close((uv_handle_t *)&alive, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	ck_assert_int_eq(system(command), 0);
}

static void note(const char *id)
{
	struct attempt attempt = {.now = NOW, .mechanism = span_of("PLAIN"), .lock = LOCK_NAME};
	struct verdict verdict = {.outcome = OUTCOME_REFUSE};
	struct decision decision = {.attempt = &attempt,
				    .verdict = &verdict,
				    .user = span_of("alice@example.org"),
				    .id = span_of(id),
				    .realm = &realm,
				    .name_key = ledger_name_key(ledger)};

	ledger_note(ledger, &decision);
}

static enum journal_answer find(const char *id, struct journal_entry *entry)
{
	static char storage[4096];
	struct buf texts = BUF_ON(storage);

	return journal_find(directory, span_of(id), entry, &texts);
}

static bool is_written(const char *id)
{
	struct journal_entry entry;

	return find(id, &entry) == JOURNAL_FOUND;
}

static const struct attempts_rules rules = {3, 100, 900, 900, 0};

static struct attempts_who who_of(const char *name)
{
	return (struct attempts_who){
	    .name = span_of(name), .by_network = true, .network = {10}, .bits = 128};
}

static void fail_login(const char *name, int times)
{
	struct attempts_who who = who_of(name);

	for (int i = 0; i < times; i++)
		ck_assert(attempts_count(ledger_attempts(ledger), &who, &rules, SPAN_NONE, NOW));
}

/* ---- who waits ---- */

struct waiter {
	struct ledger_wait wait; /* first */
	const char *id;		 /* is written when it is told; null: nothing */
	int told;		 /* the how manieth that was told; 0: not yet */
	void (*then)(struct waiter *waiter);
	struct waiter *other;
};

static void on_written(struct ledger_wait *wait)
{
	struct waiter *waiter = (struct waiter *)wait;

	ck_assert_int_eq(waiter->told, 0);
	waiter->told = ++told_count;
	if (waiter->id)
		ck_assert(is_written(waiter->id));
	if (waiter->then)
		waiter->then(waiter);
}

static void wait_for(struct waiter *waiter)
{
	waiter->wait.written = on_written;
	ledger_when_written(ledger, &waiter->wait);
}

/* One commit for all that a turn brings, counters too. */
START_TEST(test_turn)
{
	struct waiter waiters[20] = {{.id = NULL}};
	char ids[20][REPLY_ID_LEN + 1];

	commits = 0;
	for (int i = 0; i < 20; i++) {
		snprintf(ids[i], sizeof(ids[i]), "AAAAAAA%c", 'A' + i);
		waiters[i].id = ids[i];
		note(ids[i]);
		fail_login(ids[i], 1);
		wait_for(&waiters[i]);
		ck_assert_int_eq(waiters[i].told, 0);
		ck_assert(!is_written(ids[i]));
	}
	ck_assert_int_eq(commits, 0);
	turn();
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(waiters[i].told, i + 1);
	ck_assert_int_eq(commits, 1);
}
END_TEST

START_TEST(test_nothing)
{
	struct waiter waiter = {.id = NULL};

	wait_for(&waiter);
	ck_assert_int_eq(waiter.told, 1);
}
END_TEST

static int busy_turns;

/* Something is noted in every turn, so that none is the last. */
static void on_busy(uv_idle_t *idle)
{
	(void)idle;
	if (++busy_turns < 500)
		note("AAAAAAA3");
	uv_sleep(1);
}

/* A commit that is left for the next turn is not left for ever, however much comes. */
START_TEST(test_busy)
{
	struct waiter waiter = {.id = "AAAAAAA2"};
	uv_idle_t idle;

	uv_idle_init(&loop, &idle);
	uv_idle_start(&idle, on_busy);
	note("AAAAAAA2");
	wait_for(&waiter);
	while (!waiter.told)
		uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_int_lt(busy_turns, 400);
	uv_close((uv_handle_t *)&idle, NULL);
	turn();
}
END_TEST

static void until_told(const struct waiter *waiter)
{
	while (!waiter->told) {
		uv_run(&loop, UV_RUN_NOWAIT);
		uv_sleep(1);
	}
}

static sqlite3 *hold(void)
{
	sqlite3 *other = NULL;
	char path[128];

	snprintf(path, sizeof(path), "%s/incidents.sqlite", directory);
	ck_assert_int_eq(sqlite3_open(path, &other), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	return other;
}

/* Many at once are written in a thread, for which the loop does not wait; who comes meanwhile waits
 * for the next commit. */
START_TEST(test_many)
{
	static struct waiter waiters[100], later = {.id = "AAAAAAA3"};
	sqlite3 *other = hold();

	commits = 0;
	for (int i = 0; i < 100; i++) {
		note("AAAAAAA2");
		waiters[i].id = "AAAAAAA2";
		wait_for(&waiters[i]);
	}
	uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_int_eq(waiters[0].told, 0);
	note("AAAAAAA3");
	wait_for(&later);
	sqlite3_close(other);
	until_told(&later);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(waiters[i].told, i + 1);
	ck_assert_int_eq(later.told, 101);
	ck_assert_int_eq(commits, 2);
}
END_TEST

static void note_many(const char *id)
{
	for (int i = 0; i < 100; i++)
		note(id);
}

/* It ends while its thread is at work. */
START_TEST(test_many_close)
{
	struct waiter waiter = {.id = NULL};

	note_many("AAAAAAA2");
	wait_for(&waiter);
	uv_run(&loop, UV_RUN_NOWAIT);
	note("AAAAAAA3");
	close_ledger();
	ck_assert(is_written("AAAAAAA2"));
	ck_assert(is_written("AAAAAAA3"));
}
END_TEST

/* Nobody waits, and it is written all the same. */
START_TEST(test_alone)
{
	note("AAAAAAA2");
	turn();
	ck_assert(is_written("AAAAAAA2"));
}
END_TEST

static void note_more(struct waiter *waiter)
{
	note(waiter->other->id);
	wait_for(waiter->other);
}

/* What is noted by whoever was told is written before the loop waits. */
START_TEST(test_more)
{
	struct waiter third = {.id = "AAAAAAA4"};
	struct waiter second = {.id = "AAAAAAA3", .then = note_more, .other = &third};
	struct waiter first = {.id = "AAAAAAA2", .then = note_more, .other = &second};

	note("AAAAAAA2");
	wait_for(&first);
	while (!third.told)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_int_eq(third.told, 3);
}
END_TEST

/* A process that ends in order forgets nothing, and keeps nobody waiting. */
START_TEST(test_close)
{
	struct waiter waiter = {.id = NULL};

	note("AAAAAAA2");
	wait_for(&waiter);
	close_ledger();
	ck_assert_int_eq(waiter.told, 1);
	ck_assert(is_written("AAAAAAA2"));
}
END_TEST

/* ---- counters ---- */

static bool locked(const char *name)
{
	struct attempts_who who = who_of(name);
	struct attempts_state state;

	attempts_look(ledger_attempts(ledger), &who, &rules, NOW, &state);
	return state.lock == LOCK_NAME_NETWORK;
}

START_TEST(test_counters)
{
	struct waiter waiter = {.id = NULL};

	fail_login("alice@example.org", 3);
	wait_for(&waiter);
	ck_assert_int_eq(waiter.told, 0);
	turn();
	ck_assert_int_eq(waiter.told, 1);
	ck_assert(!attempts_dirty(ledger_attempts(ledger)));
	close_ledger();
	open_ledger();
	ck_assert(locked("alice@example.org"));
	ck_assert(!locked("bob@example.org"));
}
END_TEST

/* Without a journal the counters are written all the same. */
START_TEST(test_no_journal)
{
	struct waiter waiter = {.id = NULL};

	close_ledger();
	settings.journal.entries = 0;
	open_ledger();
	note("AAAAAAA2");
	wait_for(&waiter);
	ck_assert_int_eq(waiter.told, 1);
	fail_login("alice@example.org", 3);
	turn();
	close_ledger();
	open_ledger();
	ck_assert(locked("alice@example.org"));
	ck_assert(!is_written("AAAAAAA2"));
}
END_TEST

START_TEST(test_nowhere)
{
	struct waiter waiter = {.id = NULL};
	struct ledger_status status;

	close_ledger();
	settings.state_directory = NULL;
	open_ledger();
	note("AAAAAAA2");
	fail_login("alice@example.org", 3);
	wait_for(&waiter);
	ck_assert_int_eq(waiter.told, 1);
	turn();
	ck_assert(locked("alice@example.org"));
	ck_assert_ptr_null(ledger_apppass(ledger));
	ck_assert_ptr_null(ledger_stale(ledger));
	ck_assert_ptr_null(ledger_fleet(ledger));
	ledger_status(ledger, &status);
	ck_assert(!status.journal_failing && !status.credentials);
	ck_assert_uint_eq(status.waiting, 0);
	ledger_checkpoint(NULL, true);
}
END_TEST

/* ---- a disk that fails ---- */

static void pass_time(uint64_t ms)
{
	uv_sleep((unsigned)ms);
	uv_update_time(&loop);
}

START_TEST(test_failing)
{
	struct waiter waiters[3] = {{.id = NULL}};
	struct ledger_status status;
	sqlite3 *other = hold();
	uint64_t begun;

	log_open(LOG_TARGET_STDERR, (enum log_level) - 1, "test");
	note("AAAAAAA2");
	fail_login("alice@example.org", 3);
	wait_for(&waiters[0]);
	turn();
	ck_assert_int_eq(waiters[0].told, 1);
	ledger_status(ledger, &status);
	ck_assert(status.journal_failing);
	ck_assert_uint_eq(status.waiting, 1);
	/* From now on nobody waits for the one that holds it. */
	begun = uv_hrtime();
	note("AAAAAAA3");
	wait_for(&waiters[1]);
	turn();
	ck_assert_int_eq(waiters[1].told, 2);
	pass_time(1100);
	turn();
	ck_assert_uint_lt(uv_hrtime() - begun, UINT64_C(1500000000));
	ck_assert_int_eq(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	pass_time(1100);
	turn();
	ck_assert(is_written("AAAAAAA2"));
	ck_assert(is_written("AAAAAAA3"));
	ledger_status(ledger, &status);
	ck_assert(!status.journal_failing);
	ck_assert_uint_eq(status.waiting, 0);
	ck_assert_uint_eq(status.lost, 0);
	note("AAAAAAA4");
	waiters[2].id = "AAAAAAA4";
	wait_for(&waiters[2]);
	turn();
	ck_assert_int_eq(waiters[2].told, 3);
	close_ledger();
	open_ledger();
	ck_assert(locked("alice@example.org"));
}
END_TEST

static int64_t first_row(const char *id)
{
	sqlite3 *base = NULL;
	sqlite3_stmt *row = NULL;
	char path[128];
	int64_t number;

	snprintf(path, sizeof(path), "%s/incidents.sqlite", directory);
	ck_assert_int_eq(sqlite3_open(path, &base), SQLITE_OK);
	sqlite3_prepare_v2(base, "SELECT min(number) FROM journal WHERE id = ?", -1, &row, NULL);
	sqlite3_bind_text(row, 1, id, -1, SQLITE_STATIC);
	ck_assert_int_eq(sqlite3_step(row), SQLITE_ROW);
	number = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	sqlite3_close(base);
	return number;
}

/* What the thread could not write is written later, before what came after it. */
START_TEST(test_many_failing)
{
	struct waiter waiters[2] = {{.id = NULL}};
	struct ledger_status status;
	sqlite3 *other = hold();

	log_open(LOG_TARGET_STDERR, (enum log_level) - 1, "test");
	note_many("AAAAAAA2");
	wait_for(&waiters[0]);
	uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_int_eq(waiters[0].told, 0);
	note_many("AAAAAAA3");
	wait_for(&waiters[1]);
	ledger_status(ledger, &status);
	ck_assert_uint_eq(status.waiting, 200);
	until_told(&waiters[1]);
	ck_assert_int_eq(waiters[0].told, 1);
	ledger_status(ledger, &status);
	ck_assert(status.journal_failing);
	ck_assert_uint_eq(status.waiting, 200);
	ck_assert_uint_eq(status.lost, 0);
	sqlite3_close(other);
	pass_time(1100);
	turn();
	ck_assert_int_eq(first_row("AAAAAAA2"), 1);
	ck_assert_int_eq(first_row("AAAAAAA3"), 101);
	ledger_status(ledger, &status);
	ck_assert_uint_eq(status.waiting, 0);
}
END_TEST

START_TEST(test_lost)
{
	struct ledger_status status;
	sqlite3 *other = hold();

	log_open(LOG_TARGET_STDERR, (enum log_level) - 1, "test");
	note("AAAAAAA2");
	note("AAAAAAA3");
	note("AAAAAAA4");
	turn();
	for (int i = 0; i < 10000 - 2; i++)
		note("BBBBBBBB");
	ledger_status(ledger, &status);
	ck_assert_uint_eq(status.waiting, 10000);
	ck_assert_uint_eq(status.lost, 1);
	sqlite3_close(other);
	pass_time(1100);
	turn();
	ck_assert(!is_written("AAAAAAA2"));
	ck_assert(is_written("AAAAAAA3"));
	ck_assert(is_written("AAAAAAA4"));
	ledger_status(ledger, &status);
	ck_assert_uint_eq(status.waiting, 0);
}
END_TEST

/* The lines of a log that have `text`. */
static int logged(FILE *log, const char *text)
{
	char line[2048];
	int count = 0;

	rewind(log);
	while (fgets(line, sizeof(line), log))
		count += strstr(line, text) != NULL;
	return count;
}

/* It ends while the disk fails: what is lost with it is said. */
START_TEST(test_close_held)
{
	struct waiter waiter = {.id = NULL};
	FILE *log = tmpfile();
	sqlite3 *other = hold();
	int before = dup(2);

	dup2(fileno(log), 2);
	note("AAAAAAA2");
	turn();
	note("AAAAAAA3");
	note("AAAAAAA4");
	fail_login("alice@example.org", 1);
	wait_for(&waiter);
	close_ledger();
	log_flush();
	dup2(before, 2);
	close(before);
	ck_assert_int_eq(waiter.told, 1);
	ck_assert_int_eq(logged(log, "decisions were lost while it could not be written\" count=3"),
			 1);
	ck_assert_int_eq(logged(log, "counters of failed attempts were lost"), 1);
	fclose(log);
	sqlite3_close(other);
	open_ledger();
	ck_assert(!is_written("AAAAAAA2"));
}
END_TEST

/* Stores that cannot be opened at the start: counters stand in memory, decisions wait. */
START_TEST(test_unopened)
{
	struct waiter waiter = {.id = NULL};
	struct ledger_status status;
	char elsewhere[80];

	close_ledger();
	log_open(LOG_TARGET_STDERR, (enum log_level) - 1, "test");
	snprintf(elsewhere, sizeof(elsewhere), "%s/not-yet", directory);
	settings.state_directory = elsewhere;
	open_ledger();
	ck_assert_ptr_null(ledger_apppass(ledger));
	note("AAAAAAA2");
	fail_login("alice@example.org", 3);
	wait_for(&waiter);
	ck_assert_int_eq(waiter.told, 1);
	turn();
	ledger_status(ledger, &status);
	ck_assert(status.journal_failing);
	ck_assert_uint_eq(status.waiting, 1);
	ck_assert(locked("alice@example.org"));
}
END_TEST

static void make_app_password(void)
{
	struct apppass app = {.id = "abcdefgh", .label = "phone", .created = 1};

	ck_assert_int_eq(
	    apppass_store_add(ledger_apppass(ledger), span_of("users:1"), span_of("alice"), &app),
	    APPPASS_END_DONE);
}

static void open_with(unsigned char first)
{
	const unsigned char other_key[SCRAMKEY_LEN] = {first};
	char storage[256];
	struct buf fault = BUF_ON(storage);

	if (ledger)
		close_ledger();
	ledger = ledger_open(&loop, &settings, other_key, &fault);
	ck_assert_ptr_nonnull(ledger);
}

static bool has_text(struct span span, const char *text)
{
	return memmem(span.at, span.len, text, strlen(text)) != NULL;
}

/* Another key than that of the app passwords: they alone cannot be used. */
START_TEST(test_another_key)
{
	struct ledger_status status;
	char path[128];

	log_open(LOG_TARGET_STDERR, (enum log_level) - 1, "test");
	realm.remember_days = 30;
	open_with(1);
	make_app_password();
	ledger_status(ledger, &status);
	ck_assert(status.credentials && status.credentials_fault.len == 0);
	open_with(9);
	ck_assert_ptr_null(ledger_apppass(ledger));
	ck_assert_ptr_nonnull(ledger_stale(ledger));
	note("AAAAAAA2");
	turn();
	ck_assert(is_written("AAAAAAA2"));
	ledger_status(ledger, &status);
	ck_assert(!status.journal_failing && status.credentials);
	ck_assert(has_text(status.credentials_fault, "another key"));
	ck_assert(has_text(status.credentials_fault, "reload"));
	/* Without a file there is none that it was made with. */
	snprintf(path, sizeof(path), "%s/credentials.sqlite", directory);
	ck_assert_int_eq(unlink(path), 0);
	open_with(9);
	ledger_status(ledger, &status);
	ck_assert_uint_eq(status.credentials_fault.len, 0);
	ck_assert_ptr_nonnull(ledger_apppass(ledger));
}
END_TEST

/* While there is no app password any key is good, and where they are all in a directory, the file
 * needs none. */
START_TEST(test_key_unused)
{
	log_open(LOG_TARGET_STDERR, (enum log_level) - 1, "test");
	open_with(9);
	ck_assert_ptr_nonnull(ledger_apppass(ledger));
	make_app_password();
	realm.app_in_directory = true;
	open_with(1);
	ck_assert_ptr_null(ledger_apppass(ledger));
	ck_assert(!ledger_stores_wants_apppass(&settings));
}
END_TEST

/* A file that is none stands in the log once, though two stores are in it, and apart from what else
 * is wrong. */
START_TEST(test_faults_apart)
{
	const struct fleet_settings fleet = {"redis://127.0.0.1", "/nonexistent/password", 100};
	char path[128], want[256];
	FILE *file, *log = tmpfile();
	int before = dup(2);

	close_ledger();
	realm.remember_days = 30;
	settings.fleet = &fleet;
	snprintf(path, sizeof(path), "%s/credentials.sqlite", directory);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs("nonsense, which is no database", file);
	fclose(file);
	dup2(fileno(log), 2);
	open_ledger();
	log_flush();
	dup2(before, 2);
	close(before);
	snprintf(want, sizeof(want), "cause=\"%s: file is not a database; /nonexistent", path);
	ck_assert_int_eq(logged(log, fleet_supported() ? want : "database; this sasl-reason"), 1);
	fclose(log);
	settings.fleet = NULL;
}
END_TEST

/* A file without the counters' table is said to be broken, not taken for one without counters. */
START_TEST(test_no_table)
{
	struct ledger_status status;
	char path[128];
	sqlite3 *handle = NULL;

	close_ledger();
	snprintf(path, sizeof(path), "%s/incidents.sqlite", directory);
	ck_assert_int_eq(sqlite3_open(path, &handle), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(handle, "DROP TABLE attempts", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(handle);
	open_ledger();
	ledger_status(ledger, &status);
	ck_assert(status.journal_failing);
	ck_assert_ptr_nonnull(ledger_attempts(ledger));
}
END_TEST

START_TEST(test_opened_later)
{
	struct ledger_stores stores;
	struct attempts_who who = who_of("alice@example.org");
	struct attempts_state state;
	char elsewhere[80];

	log_open(LOG_TARGET_STDERR, (enum log_level) - 1, "test");
	snprintf(elsewhere, sizeof(elsewhere), "%s/not-yet", directory);
	settings.state_directory = elsewhere;
	ck_assert(ledger_stores_open(&stores, &loop, &settings, key));
	ck_assert(stores.unopened);
	for (int i = 0; i < 3; i++)
		attempts_count(stores.attempts, &who, &rules, SPAN_NONE, NOW);
	ck_assert_int_eq(mkdir(elsewhere, 0700), 0);
	ledger_stores_again(&stores);
	ck_assert(stores.unopened);
	stores.open_at = 0;
	ledger_stores_again(&stores);
	ck_assert(!stores.unopened);
	ck_assert_ptr_nonnull(stores.database);
	ck_assert_ptr_nonnull(stores.journal);
	ck_assert_ptr_nonnull(stores.apppass);
	ck_assert(database_begin(stores.database));
	ck_assert(attempts_save(stores.attempts));
	ck_assert(database_commit(stores.database));
	ledger_stores_close(&stores);
	ck_assert(ledger_stores_open(&stores, &loop, &settings, key));
	attempts_look(stores.attempts, &who, &rules, NOW, &state);
	ck_assert_int_eq(state.lock, LOCK_NAME_NETWORK);
	ledger_stores_close(&stores);
	settings.state_directory = directory;
}
END_TEST

/* ---- the rest ---- */

/* Each purpose has a key of its own, the same after a restart. */
START_TEST(test_keys)
{
	static const unsigned char other_key[SCRAMKEY_LEN] = {9};
	struct ledger_stores a, b;

	ck_assert(ledger_stores_open(&a, &loop, &settings, key));
	ck_assert(ledger_stores_open(&b, &loop, &settings, key));
	ck_assert_mem_eq(a.apppass_key, b.apppass_key, APPPASS_KEY_LEN);
	ck_assert_mem_eq(a.fleet_key, b.fleet_key, FLEET_KEY_LEN);
	ck_assert_mem_eq(a.name_key, b.name_key, DECISION_KEY_LEN);
	ck_assert_mem_ne(a.apppass_key, a.fleet_key, 32);
	ck_assert_mem_ne(a.apppass_key, a.name_key, 32);
	ck_assert_mem_ne(a.fleet_key, a.name_key, 32);
	ck_assert_mem_eq(ledger_apppass_key(ledger), a.apppass_key, APPPASS_KEY_LEN);
	ledger_stores_close(&b);
	ck_assert(ledger_stores_open(&b, &loop, &settings, other_key));
	ck_assert_mem_ne(a.apppass_key, b.apppass_key, APPPASS_KEY_LEN);
	ck_assert_mem_ne(a.fleet_key, b.fleet_key, FLEET_KEY_LEN);
	ck_assert_mem_ne(a.name_key, b.name_key, DECISION_KEY_LEN);
	ledger_stores_close(&a);
	ledger_stores_close(&b);
}
END_TEST

START_TEST(test_hashed)
{
	struct journal_entry entry;

	ck_assert_ptr_null(ledger_name_key(ledger));
	note("AAAAAAA2");
	settings.journal_hash_unknown = true;
	ck_assert_ptr_nonnull(ledger_name_key(ledger));
	note("AAAAAAA3");
	turn();
	ck_assert_int_eq(find("AAAAAAA2", &entry), JOURNAL_FOUND);
	ck_assert(span_is(entry.user, "alice@example.org"));
	ck_assert_int_eq(find("AAAAAAA3", &entry), JOURNAL_FOUND);
	ck_assert_uint_eq(entry.user.len, strlen("hashed:") + 32);
	ck_assert(memcmp(entry.user.at, "hashed:", 7) == 0);
}
END_TEST

static off_t log_size(void)
{
	struct stat status;
	char path[128];

	snprintf(path, sizeof(path), "%s/incidents.sqlite-wal", directory);
	ck_assert_int_eq(stat(path, &status), 0);
	return status.st_size;
}

START_TEST(test_checkpoint)
{
	while (log_size() < 6 << 20) {
		note("AAAAAAA2");
		turn();
	}
	ledger_checkpoint(directory, false);
	ck_assert_int_lt(log_size(), 1 << 20);
	note("AAAAAAA3");
	turn();
	ck_assert(is_written("AAAAAAA2"));
	ck_assert(is_written("AAAAAAA3"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ledger");
	TCase *tests = tcase_create("ledger");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, test_turn);
	tcase_add_test(tests, test_nothing);
	tcase_add_test(tests, test_many);
	tcase_add_test(tests, test_many_close);
	tcase_add_test(tests, test_alone);
	tcase_add_test(tests, test_busy);
	tcase_add_test(tests, test_more);
	tcase_add_test(tests, test_close);
	tcase_add_test(tests, test_counters);
	tcase_add_test(tests, test_no_journal);
	tcase_add_test(tests, test_nowhere);
	tcase_add_test(tests, test_failing);
	tcase_add_test(tests, test_many_failing);
	tcase_add_test(tests, test_lost);
	tcase_add_test(tests, test_close_held);
	tcase_add_test(tests, test_unopened);
	tcase_add_test(tests, test_another_key);
	tcase_add_test(tests, test_key_unused);
	tcase_add_test(tests, test_faults_apart);
	tcase_add_test(tests, test_no_table);
	tcase_add_test(tests, test_opened_later);
	tcase_add_test(tests, test_keys);
	tcase_add_test(tests, test_hashed);
	tcase_add_test(tests, test_checkpoint);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
