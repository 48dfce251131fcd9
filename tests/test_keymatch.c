/* SPDX-License-Identifier: MIT */
/* Whether key_file fits the app passwords that are there: told before it is used, as their owner.
 */
#include <check.h>
#include <pwd.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/keyfile.h"
#include "engine/keymatch.h"
#include "engine/ledger_stores.h"

static char folder[] = "/tmp/test_keymatch.XXXXXX";
static struct settings *settings;
static char fault_text[4096];
static struct buf faults;

static const char *path_of(const char *name)
{
	static char path[96];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void put(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
	ck_assert_int_eq(chmod(path_of(name), 0600), 0);
}

static void load(const char *user, const char *top, const char *realm)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "user = %s\n%s\nstate_directory = %s/state\nlistener /run/x {\n}\n"
		 "backend_file users { path = %s/users }\n"
		 "realm example.org { backends = users secrets = hashed %s }\n",
		 user, top, folder, folder, realm);
	put("conf", text);
	ck_assert_msg(settings_load(path_of("conf"), &settings, &faults), "%s", fault_text);
}

static void setup(void)
{
	memset(fault_text, 0, sizeof(fault_text));
	faults = BUF_ON(fault_text);
	ck_assert_int_ge(sodium_init(), 0);
	memset(folder + strlen(folder) - 6, 'X', 6);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(mkdir(path_of("state"), 0700), 0);
	put("named", "0123456789abcdef");
}

static void teardown(void)
{
	char command[64];

	settings_close(&settings);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static void load_named(const char *realm)
{
	char top[128];

	snprintf(top, sizeof(top), "key_file = %s/named", folder);
	load("root", top, realm);
}

/* The daemon has run with the key in the file. */
static struct apppass_store *run_with(const char *name)
{
	unsigned char key[SCRAMKEY_LEN], derived[APPPASS_KEY_LEN];
	struct apppass_store *store;

	ck_assert(keyfile_read(path_of(name), key, &faults));
	ledger_stores_apppass_key(key, derived);
	store = ledger_stores_apppass(path_of("state"), derived, &faults);
	ck_assert_msg(store != NULL, "%s", fault_text);
	return store;
}

/* And an app password was made. */
static void make_with(const char *name)
{
	struct apppass app = {.id = "abcdefgh", .label = "phone", .created = 1};
	struct apppass_store *store = run_with(name);

	ck_assert_int_eq(apppass_store_add(store, span_of("users:1"), span_of("alice"), &app),
			 APPPASS_END_DONE);
	apppass_store_close(&store);
}

static bool check(void)
{
	unsigned char key[SCRAMKEY_LEN];

	ck_assert(keyfile_read(settings->key_file, key, &faults));
	return keymatch_check(settings, key, &faults);
}

#define YES_APP "app_passwords = yes"
#define INSTALL 1
#define RESTORE 2

static const struct {
	const char *name;
	const char *made_with; /* a file; null: there are no app passwords */
	const char *kept;      /* what is in the file "key" of the state directory; null: none */
	const char *realm;
	int want; /* 0: no fault */
} rows[] = {
    {"no app passwords yet", NULL, "fedcba9876543210", YES_APP, 0},
    {"with this one", "named", NULL, YES_APP, 0},
    {"with this one, and another one is left over", "named", "fedcba9876543210", YES_APP, 0},
    {"with the state directory's", "state/key", "fedcba9876543210", YES_APP, INSTALL},
    {"with one that is lost", "lost", NULL, YES_APP, RESTORE},
    {"with neither", "lost", "fedcba9876543210", YES_APP, RESTORE},
    {"nobody uses them", "lost", NULL, "app_passwords = no", 0},
};

START_TEST(fits)
{
	char want[512];

	put("lost", "a lost one, which was long enough");
	if (rows[_i].kept)
		put("state/key", rows[_i].kept);
	if (rows[_i].made_with)
		make_with(rows[_i].made_with);
	load_named(rows[_i].realm);
	ck_assert_msg(check() == !rows[_i].want, "%s: %s", rows[_i].name, fault_text);
	if (!rows[_i].want) {
		ck_assert_uint_eq(faults.len, 0);
		return;
	}
	snprintf(want, sizeof(want),
		 "%s/conf:2: key_file: %s/named: the app passwords in %s/state were made with "
		 "another key, and none of them could be used: ",
		 folder, folder, folder);
	ck_assert_ptr_nonnull(strstr(fault_text, want));
	snprintf(want, sizeof(want), ": install -m 0600 %s/state/key %s/named\n", folder, folder);
	ck_assert_int_eq(strstr(fault_text, want) != NULL, rows[_i].want == INSTALL);
	ck_assert_int_eq(strstr(fault_text, ": put that one there") != NULL,
			 rows[_i].want == RESTORE);
}
END_TEST

/* A start with a key of its own, before key_file was set: no app password is lost. */
START_TEST(none_made)
{
	struct apppass_store *store;

	put("state/key", "fedcba9876543210");
	store = run_with("state/key");
	apppass_store_close(&store);
	load_named(YES_APP);
	ck_assert(check());
	make_with("named");
	ck_assert(check());
}
END_TEST

/* The command that it says mends it. */
START_TEST(mended)
{
	char *command;

	put("state/key", "fedcba9876543210");
	make_with("state/key");
	load_named(YES_APP);
	ck_assert(!check());
	command = strstr(fault_text, "install ");
	ck_assert_ptr_nonnull(command);
	ck_assert_int_eq(system(command), 0);
	ck_assert(check());
}
END_TEST

START_TEST(not_named)
{
	put("lost", "a lost one, which was long enough");
	make_with("lost");
	load("root", "key_file = ''", YES_APP);
	ck_assert(check());
}
END_TEST

/* What looks is the daemon's user, who may read his own files and no others. */
START_TEST(as_user)
{
	const struct passwd *nobody = getpwnam("nobody");
	char top[128];

	if (geteuid() != 0 || !nobody)
		return;
	put("lost", "a lost one, which was long enough");
	make_with("lost");
	snprintf(top, sizeof(top), "key_file = %s/named", folder);
	load("nobody", top, YES_APP);
	ck_assert(check());
	ck_assert_int_eq(chmod(folder, 0755), 0);
	ck_assert_int_eq(chown(path_of("state"), nobody->pw_uid, nobody->pw_gid), 0);
	ck_assert(check());
	ck_assert_int_eq(chown(path_of("state/credentials.sqlite"), nobody->pw_uid, nobody->pw_gid),
			 0);
	ck_assert(!check());
}
END_TEST

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* Whoever holds the file holds up nobody. */
START_TEST(held)
{
	time_t begun = seconds();
	sqlite3 *other = NULL;

	put("lost", "a lost one, which was long enough");
	make_with("lost");
	load_named(YES_APP);
	ck_assert_int_eq(sqlite3_open(path_of("state/credentials.sqlite"), &other), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(other,
				      "PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE;"
				      "UPDATE apppass SET used = 1; COMMIT",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	ck_assert(check());
	sqlite3_close(other);
	ck_assert_int_lt(seconds() - begun, 10);
	ck_assert(!check());
}
END_TEST

START_TEST(no_database)
{
	put("state/credentials.sqlite", "nonsense, which is no database");
	load_named(YES_APP);
	ck_assert(check());
	unlink(path_of("state/credentials.sqlite"));
	ck_assert_int_eq(mkfifo(path_of("state/credentials.sqlite"), 0600), 0);
	ck_assert(check());
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keymatch");
	TCase *cases = tcase_create("keymatch");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_set_timeout(cases, 60);
	tcase_add_loop_test(cases, fits, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(cases, none_made);
	tcase_add_test(cases, mended);
	tcase_add_test(cases, not_named);
	tcase_add_test(cases, as_user);
	tcase_add_test(cases, held);
	tcase_add_test(cases, no_database);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
