/* SPDX-License-Identifier: MIT */
/* App passwords of ours and remembered passwords through a whole engine and real files. */
#include "engine/inquire_app.h"

#include <check.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine_place.h"
#include "engine/ledger.h"

#define HERE	"192.0.2.1"
#define LETTERS "abcdefghijklmnop"
#define SHOWN	"abcd efgh ijkl mnop"

static const char accounts[] = "alice:{PLAIN}right::::::id=1\n"
			       "bob:{PLAIN}right::::::id=2\n"
			       "must:{PLAIN}right::::::app_password_required\n"
			       "sixteen:{PLAIN}qrstuvwxyzabcdef\n";

static struct engine_place place;

static struct engine_place_answer login(const char *name, const char *password, const char *client)
{
	return engine_place_login(&place, name, password, client, NULL);
}

/* Into the store, as `sasl-reason app-password add` does it. */
static void add(const char *owner, struct apppass *app)
{
	char path[80], text[256];
	struct buf fault = BUF_ON(text);
	struct apppass_store *store;
	int64_t revoked = app->revoked;

	snprintf(path, sizeof(path), "%s/state", place.folder);
	store = apppass_store_open(path, &fault);
	ck_assert_msg(store != NULL, "%.*s", (int)fault.len, text);
	app->revoked = 0;
	apppass_make_id(app->id);
	apppass_hash(ledger_apppass_key(place.engine->ledger), span_of(owner), LETTERS, app->hash);
	ck_assert_int_eq(apppass_store_add(store, span_of(owner), span_of("x"), app),
			 APPPASS_END_DONE);
	if (revoked)
		ck_assert_int_eq(
		    apppass_store_revoke(store, span_of(owner), span_of(app->id), revoked, NULL),
		    APPPASS_END_DONE);
	apppass_store_close(&store);
}

static void open_with(const char *realm)
{
	engine_place_open(&place, accounts, realm, "");
}

/* However it is typed, and for nobody else. */
static const struct {
	const char *name, *password;
	enum reason told; /* REASON_COUNT: let in */
} typed[] = {
    {"alice", LETTERS, REASON_COUNT},
    {"alice", SHOWN, REASON_COUNT},
    {"alice", "ABCD-EFGH-IJKL-MNOP", REASON_COUNT},
    {"ALICE@Example.ORG", " abcd\tefgh ijkl  mnop ", REASON_COUNT},
    {"alice", "right", REASON_COUNT},
    {"alice", "abcdefghijklmnoq", REASON_BAD_CREDENTIALS},
    {"alice", "abcdefghijklmno", REASON_BAD_CREDENTIALS},
    {"bob", LETTERS, REASON_BAD_CREDENTIALS},
    {"nobody", LETTERS, REASON_BAD_CREDENTIALS},
    {"sixteen", "qrstuvwxyzabcdef", REASON_COUNT},
};

START_TEST(test_typed)
{
	struct apppass app = {.label = "phone", .created = 1};
	struct engine_place_answer answer;

	open_with("app_passwords = yes\n");
	add("users:1", &app);
	answer = login(typed[_i].name, typed[_i].password, HERE);
	if (typed[_i].told == REASON_COUNT)
		ck_assert_msg(answer.verdict.outcome == OUTCOME_ALLOW, "%s: %s", typed[_i].password,
			      answer.text);
	else
		ck_assert_int_eq(answer.verdict.told, typed[_i].told);
	engine_place_close(&place);
}
END_TEST

/* An account that needs one is let in with it; its password is told so. */
START_TEST(test_required)
{
	struct apppass app = {.label = "phone", .created = 1};

	open_with("app_passwords = yes\n");
	add("users:=must@example.org", &app);
	ck_assert_int_eq(login("must", SHOWN, HERE).verdict.outcome, OUTCOME_ALLOW);
	ck_assert_int_eq(login("must", "right", HERE).verdict.told, REASON_APP_REQUIRED);
	engine_place_close(&place);
}
END_TEST

/* Where there are none, nothing is looked up. */
START_TEST(test_none_here)
{
	struct apppass app = {.label = "phone", .created = 1};

	open_with("");
	add("users:1", &app);
	ck_assert_int_eq(login("alice", SHOWN, HERE).verdict.told, REASON_BAD_CREDENTIALS);
	engine_place_close(&place);
}
END_TEST

static const struct {
	const char *name;
	struct apppass app;
	const char *client;
	enum reason told;
	const char *text;
} faults[] = {
    {"revoked",
     {.label = "old phone", .revoked = 1700000000},
     HERE,
     REASON_APP_REVOKED,
     "\"old phone\" was revoked on 2023-11-1"},
    {"expired",
     {.label = "trip", .expires = 1700000000},
     HERE,
     REASON_APP_EXPIRED,
     "\"trip\" expired on 2023-11-1"},
    {"another service",
     {.label = "reader", .services = "imap,pop3"},
     HERE,
     REASON_APP_SCOPE,
     "\"reader\" may not be used"},
    {"another network",
     {.label = "office", .networks = "198.51.100.0/24"},
     HERE,
     REASON_APP_SCOPE,
     "\"office\" may not be used"},
    {"no network known",
     {.label = "office", .networks = "198.51.100.0/24"},
     NULL,
     REASON_APP_SCOPE,
     "\"office\" may not be used"},
    {"its own service", {.label = "sender", .services = "imap,smtp"}, HERE, REASON_COUNT, ""},
    {"its own network", {.label = "home", .networks = "192.0.2.0/24,::1"}, HERE, REASON_COUNT, ""},
    {"not expired yet", {.label = "trip", .expires = 4000000000}, HERE, REASON_COUNT, ""},
};

START_TEST(test_faults)
{
	struct apppass app = faults[_i].app;
	struct engine_place_answer answer;

	open_with("app_passwords = yes\n");
	app.created = 1;
	add("users:1", &app);
	for (int i = 0; i < 15; i++)
		answer = login("alice", SHOWN, faults[_i].client);
	ck_assert_msg(strstr(answer.text, faults[_i].text) != NULL, "%s: %s", faults[_i].name,
		      answer.text);
	if (faults[_i].told == REASON_COUNT)
		ck_assert_int_eq(answer.verdict.outcome, OUTCOME_ALLOW);
	else
		ck_assert_int_eq(answer.verdict.told, faults[_i].told);
	engine_place_close(&place);
}
END_TEST

static void remember_used(void *context, const struct apppass *app)
{
	*(struct apppass *)context = *app;
}

/* The last use is written, with who and how. */
START_TEST(test_used)
{
	struct apppass app = {.label = "phone", .created = 1}, found = {0};
	int64_t before = time(NULL);

	open_with("app_passwords = yes\n");
	add("users:1", &app);
	login("alice", SHOWN, HERE);
	engine_place_settle(&place);
	ck_assert_int_eq(apppass_store_each(ledger_apppass(place.engine->ledger),
					    span_of("users:1"), remember_used, &found),
			 APPPASS_FOUND);
	ck_assert_int_ge(found.used, before);
	ck_assert_str_eq(found.used_client, HERE);
	ck_assert_str_eq(found.used_mechanism, "PLAIN");
	engine_place_close(&place);
}
END_TEST

/* A store that cannot be read: whoever may be using an app password tries again later, others do
 * not care. */
START_TEST(test_unreadable)
{
	char command[160];

	open_with("app_passwords = yes\n");
	snprintf(command, sizeof(command),
		 "rm -f %s/state/credentials.sqlite*; echo nonsense >%s/state/credentials.sqlite",
		 place.folder, place.folder);
	engine_place_settle(&place);
	ck_assert_int_eq(system(command), 0);
	engine_place_restart(&place);
	ck_assert_int_eq(login("alice", SHOWN, HERE).verdict.told, REASON_TEMPORARY);
	ck_assert_int_eq(login("nobody", SHOWN, HERE).verdict.told, REASON_TEMPORARY);
	ck_assert_int_eq(login("alice", "right", HERE).verdict.outcome, OUTCOME_ALLOW);
	ck_assert_int_eq(login("alice", "wrong", HERE).verdict.told, REASON_BAD_CREDENTIALS);
	engine_place_close(&place);
}
END_TEST

/* With another key no app password can be recognised: that is no wrong password. */
START_TEST(test_another_key)
{
	struct apppass app = {.label = "phone", .created = 1};

	open_with("app_passwords = yes\n");
	add("users:1", &app);
	ck_assert_int_eq(login("alice", SHOWN, HERE).verdict.outcome, OUTCOME_ALLOW);
	place.key = 8;
	engine_place_restart(&place);
	ck_assert_int_eq(login("alice", SHOWN, HERE).verdict.told, REASON_TEMPORARY);
	ck_assert_int_eq(login("alice", "right", HERE).verdict.outcome, OUTCOME_ALLOW);
	place.key = 7;
	engine_place_restart(&place);
	ck_assert_int_eq(login("alice", SHOWN, HERE).verdict.outcome, OUTCOME_ALLOW);
	engine_place_close(&place);
}
END_TEST

/* ---- remembered passwords ---- */

static void today(char *text, size_t size)
{
	time_t now = time(NULL);
	struct tm local;

	localtime_r(&now, &local);
	strftime(text, size, "changed on %Y-%m-%d", &local);
}

START_TEST(test_remembered)
{
	struct engine_place_answer answer;
	char date[40];

	open_with("remember_passwords = 30d\nlock_delay = 0\n");
	ck_assert_int_eq(login("bob", "right", HERE).verdict.outcome, OUTCOME_ALLOW);
	engine_place_settle(&place);
	ck_assert_int_eq(login("bob", "wrong", HERE).verdict.told, REASON_BAD_CREDENTIALS);
	engine_place_accounts(&place, "bob:{PLAIN}newer::::::id=2\n");
	/* Nobody has shown the new one yet: this may be a mistake of the backend's. */
	ck_assert_int_eq(login("bob", "right", HERE).verdict.told, REASON_BAD_CREDENTIALS);
	ck_assert_int_eq(login("bob", "newer", HERE).verdict.outcome, OUTCOME_ALLOW);
	engine_place_settle(&place);
	for (int i = 0; i < 30; i++) {
		today(date, sizeof(date));
		answer = login("bob", "right", HERE);
		ck_assert_int_eq(answer.verdict.told, REASON_PASSWORD_CHANGED);
		ck_assert_msg(strstr(answer.text, date) != NULL, "%s", answer.text);
	}
	ck_assert_int_eq(login("bob", "wrong", HERE).verdict.told, REASON_BAD_CREDENTIALS);
	ck_assert_int_eq(login("bob", "newer", HERE).verdict.outcome, OUTCOME_ALLOW);
	/* It outlives a restart, and only the latest old one counts. */
	engine_place_restart(&place);
	ck_assert_int_eq(login("bob", "right", HERE).verdict.told, REASON_PASSWORD_CHANGED);
	engine_place_accounts(&place, "bob:{PLAIN}newest::::::id=2\n");
	ck_assert_int_eq(login("bob", "newest", HERE).verdict.outcome, OUTCOME_ALLOW);
	engine_place_settle(&place);
	ck_assert_int_eq(login("bob", "newer", HERE).verdict.told, REASON_PASSWORD_CHANGED);
	ck_assert_int_eq(login("bob", "right", HERE).verdict.told, REASON_BAD_CREDENTIALS);
	engine_place_close(&place);
}
END_TEST

START_TEST(test_not_remembered)
{
	open_with("");
	login("bob", "right", HERE);
	engine_place_settle(&place);
	engine_place_accounts(&place, "bob:{PLAIN}newer::::::id=2\n");
	login("bob", "newer", HERE);
	engine_place_settle(&place);
	ck_assert_int_eq(login("bob", "right", HERE).verdict.told, REASON_BAD_CREDENTIALS);
	engine_place_close(&place);
}
END_TEST

/* With a connection of its own: the number that it gives, or 0. */
static int64_t run_sql(const char *sql)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *handle = NULL;
	char path[80];
	int64_t number = 0;

	snprintf(path, sizeof(path), "%s/state/credentials.sqlite", place.folder);
	ck_assert_int_eq(sqlite3_open(path, &handle), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
	if (sqlite3_step(statement) == SQLITE_ROW)
		number = sqlite3_column_int64(statement, 0);
	ck_assert_int_eq(sqlite3_finalize(statement), SQLITE_OK);
	sqlite3_close(handle);
	return number;
}

/* Another realm remembers longer: a login of this one leaves it what it wants. */
START_TEST(test_remembered_elsewhere)
{
	static const char query[] = "SELECT count(previous) FROM stale";

	open_with("remember_passwords = 1d\n}\nrealm example.net {\nbackends = users\n"
		  "remember_passwords = 90d\n");
	run_sql("INSERT INTO stale VALUES ('users:8', '{PLAIN}b', '{PLAIN}a',"
		" strftime('%s') - 89 * 86400),"
		" ('users:9', '{PLAIN}b', '{PLAIN}a', strftime('%s') - 91 * 86400)");
	ck_assert_int_eq(run_sql(query), 2);
	ck_assert_int_eq(login("bob", "right", HERE).verdict.outcome, OUTCOME_ALLOW);
	engine_place_settle(&place);
	ck_assert_int_eq(run_sql("SELECT count(*) FROM stale"), 3);
	ck_assert_int_eq(run_sql(query), 1);
	engine_place_close(&place);
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

static const struct {
	const char *name, *harm, *heal, *said;
} harms[] = {
    {"cannot be opened", "PRAGMA user_version = 99", "PRAGMA user_version = 2",
     "written by a newer version"},
    {"cannot be written",
     "CREATE TRIGGER harm BEFORE INSERT ON stale BEGIN SELECT RAISE(ABORT, 'full'); END",
     "DROP TRIGGER harm", "cannot be written"},
};

/* What could not be remembered is, with a login after the store is well; in between the log has it
 * once, however many log in. */
START_TEST(test_remembered_later)
{
	FILE *log = tmpfile();
	int before = dup(2);

	open_with("remember_passwords = 30d\n");
	run_sql(harms[_i].harm);
	dup2(fileno(log), 2);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(login("bob", "right", HERE).verdict.outcome, OUTCOME_ALLOW);
		ck_assert_int_eq(login("alice", "right", HERE).verdict.outcome, OUTCOME_ALLOW);
		engine_place_settle(&place);
	}
	dup2(before, 2);
	close(before);
	ck_assert_int_eq(logged(log, harms[_i].said), 1);
	fclose(log);
	run_sql(harms[_i].heal);
	ck_assert_int_eq(run_sql("SELECT count(*) FROM stale"), 0);
	login("bob", "right", HERE);
	engine_place_settle(&place);
	ck_assert_msg(run_sql("SELECT count(*) FROM stale") == 1, "%s", harms[_i].name);
	engine_place_close(&place);
}
END_TEST

/* ---- what ends soon ---- */

START_TEST(test_expiring)
{
	struct apppass app = {.label = "trip", .created = 1, .expires = time(NULL) + 3 * 86400};
	time_t end = app.expires;
	char day[16], more[1024];
	struct tm utc;

	strftime(day, sizeof(day), "%Y-%m-%d", gmtime_r(&end, &utc));
	open_with("app_passwords = yes\nexpiring_days = 14d\n");
	snprintf(more, sizeof(more),
		 "%sown:{PLAIN}x::::::app_password=a,{PLAIN}qrstuvwxyzabcdeg,expires=%s "
		 "app_password=b,{PLAIN}qrstuvwxyzabcdeh\n",
		 accounts, day);
	engine_place_accounts(&place, more);
	login("alice", "right", HERE);
	ck_assert_uint_eq(place.engine->counters.expiring, 0);
	add("users:1", &app);
	login("alice", SHOWN, HERE);
	ck_assert_uint_eq(place.engine->counters.expiring, 1);
	/* One of the backend's own, and one without an end. */
	login("own", "qrstuvwxyzabcdeg", HERE);
	ck_assert_uint_eq(place.engine->counters.expiring, 2);
	login("own", "qrstuvwxyzabcdeh", HERE);
	ck_assert_uint_eq(place.engine->counters.expiring, 2);
	engine_place_close(&place);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
	Suite *suite = suite_create("inquire_app");
	TCase *cases = tcase_create("inquire_app");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(cases, 60);
	tcase_add_loop_test(cases, test_typed, 0, ROWS(typed));
	tcase_add_test(cases, test_required);
	tcase_add_test(cases, test_none_here);
	tcase_add_loop_test(cases, test_faults, 0, ROWS(faults));
	tcase_add_test(cases, test_used);
	tcase_add_test(cases, test_unreadable);
	tcase_add_test(cases, test_another_key);
	tcase_add_test(cases, test_remembered);
	tcase_add_test(cases, test_not_remembered);
	tcase_add_test(cases, test_remembered_elsewhere);
	tcase_add_loop_test(cases, test_remembered_later, 0, ROWS(harms));
	tcase_add_test(cases, test_expiring);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
