/* SPDX-License-Identifier: MIT */
/* The plugin with the real daemon: every mechanism, the states' texts, a worker that dies. */
#include "pace.h"
#include "plugin_app.h"
#include "plugin_place.h"

#include <check.h>
#include <pwd.h>
#include <sasl/sasl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ALL "PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5"

static struct plugin_place place;
static struct plugin_app app;
static char config[128], accounts[128], log_file[128];
static pid_t daemon_pid;

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file))
		abort();
}

/* The worker's user, who has to own the accounts. */
static const struct passwd *worker_user(void)
{
	const struct passwd *user = geteuid() == 0 ? getpwnam("nobody") : getpwuid(geteuid());

	if (!user)
		abort();
	return user;
}

static void write_files(void)
{
	const struct passwd *user = worker_user();
	char text[1024];

	snprintf(accounts, sizeof(accounts), "%s/accounts", place.root);
	snprintf(config, sizeof(config), "%s/conf", place.root);
	snprintf(log_file, sizeof(log_file), "%s/log", place.root);
	write_file(accounts, "alice@example.org:{PLAIN}right-pw::::::\n"
			     "off@example.org:{PLAIN}right-pw::::::disabled=yes\n");
	if (chmod(accounts, 0600) || (geteuid() == 0 && chown(accounts, user->pw_uid, (gid_t)-1)))
		abort();
	snprintf(text, sizeof(text),
		 "user = \"%s\"\nlog = stderr\ndefault_realm = example.org\n"
		 "state_directory = \"\"\nadmin_socket = \"\"\n"
		 "listener \"%s\" { mode = 0666\n mechanisms = {PLAIN, LOGIN, CRAM-MD5, "
		 "SCRAM-SHA-1, SCRAM-SHA-256} }\n"
		 "backend_file \"accounts\" { path = \"%s\" }\n"
		 "realm \"example.org\" { backends = {\"accounts\"}\n secrets = mixed\n"
		 " scheme = PLAIN\n floor = 60ms }\n",
		 user->pw_name, place.socket, accounts);
	write_file(config, text);
}

static void setup(void)
{
	plugin_place_make(&place);
	write_files();
	daemon_pid = fork();
	if (daemon_pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (!freopen(log_file, "w", stderr))
			_exit(1);
		execl(DAEMON_BUILT, DAEMON_BUILT, "-c", config, "--foreground", (char *)NULL);
		_exit(1);
	}
	for (int i = 0; i < 200 && access(place.socket, F_OK); i++)
		usleep(20000);
	app = (struct plugin_app){.folders = place.plugins,
				  .socket = place.socket,
				  .timeout = "5",
				  .auxprop = "reason",
				  .mechs = ALL,
				  .exim_like = true,
				  .remote = "203.0.113.9;4711",
				  .ssf = 256};
}

static void teardown(void)
{
	kill(daemon_pid, SIGTERM);
	waitpid(daemon_pid, NULL, 0);
	unlink(config);
	unlink(accounts);
	unlink(log_file);
	plugin_place_remove(&place);
}

/* Whether the daemon's log has a line with both texts. */
static bool logged(const char *one, const char *other)
{
	FILE *file = fopen(log_file, "r");
	char line[2048];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = strstr(line, one) && strstr(line, other);
	if (file)
		fclose(file);
	return found;
}

static const struct {
	const char *mech;
	const char *name;
	const char *password;
	int want_code;
	const char *want_username;
	const char *want_token;
} rows[] = {
    {"PLAIN", "alice@example.org", "right-pw", SASL_OK, "alice@example.org", ""},
    {"PLAIN", "Alice", "right-pw", SASL_OK, "alice@example.org", ""},
    {"LOGIN", "alice@example.org", "right-pw", SASL_OK, "alice@example.org", ""},
    {"SCRAM-SHA-256", "alice@example.org", "right-pw", SASL_OK, "alice@example.org", ""},
    {"SCRAM-SHA-1", "alice@example.org", "right-pw", SASL_OK, "alice@example.org", ""},
    {"CRAM-MD5", "alice@example.org", "right-pw", SASL_OK, "alice@example.org", ""},
    {"PLAIN", "alice", "wrong-pw", SASL_BADAUTH, NULL, "[bad-credentials]"},
    {"PLAIN", "nobody-here", "wrong-pw", SASL_BADAUTH, NULL, "[bad-credentials]"},
    {"LOGIN", "nobody-here", "wrong-pw", SASL_BADAUTH, NULL, "[bad-credentials]"},
    {"SCRAM-SHA-256", "alice", "wrong-pw", SASL_BADAUTH, NULL, "[credentials-or-mechanism]"},
    {"SCRAM-SHA-1", "nobody-here", "x", SASL_BADAUTH, NULL, "[credentials-or-mechanism]"},
    {"CRAM-MD5", "nobody-here", "x", SASL_BADAUTH, NULL, "[credentials-or-mechanism]"},
    {"PLAIN", "off", "right-pw", SASL_DISABLED, NULL, "[account-disabled]"},
    {"SCRAM-SHA-256", "off", "right-pw", SASL_DISABLED, NULL, "[account-disabled]"},
    {"PLAIN", "off", "wrong-pw", SASL_BADAUTH, NULL, "[bad-credentials]"},
};
#define ROWS ((int)(sizeof(rows) / sizeof(rows[0])))

/* With and without SASL_SUCCESS_DATA. */
START_TEST(test_rows)
{
	struct plugin_result result;
	const char *text;

	app.no_success_data = _i % 2;
	plugin_app_open(&app);
	for (int i = 0; i < ROWS; i++) {
		plugin_app_converse(rows[i].mech, rows[i].name, rows[i].password, 9, &result);
		ck_assert_msg(result.code == rows[i].want_code, "%s %s %s: %d %s, %s", rows[i].mech,
			      rows[i].name, rows[i].password, result.code, result.detail,
			      plugin_app_logged());
		ck_assert_int_eq(result.username_code, SASL_OK);
		if (rows[i].want_username)
			ck_assert_str_eq(result.username, rows[i].want_username);
		if (result.code == SASL_OK)
			continue;
		text = strstr(result.detail, ": 535 5.7.8 ");
		ck_assert_ptr_nonnull(text);
		ck_assert_msg(strstr(text, rows[i].want_token) && strstr(text, " (id "),
			      "%s %s: %s", rows[i].mech, rows[i].name, result.detail);
	}
	plugin_app_close();
	ck_assert(logged("client=203.0.113.9", "tls=yes"));
	ck_assert(!logged("tls=no", ""));
}
END_TEST

/* The only child of the daemon's parent process. */
static pid_t worker(void)
{
	char path[64];
	FILE *file;
	int pid = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", daemon_pid, daemon_pid);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%d", &pid) != 1)
		pid = 0;
	if (file)
		fclose(file);
	return pid;
}

/* A worker is killed, or stopped: nobody is told of a wrong password, and it all recovers. */
START_TEST(test_worker_lost)
{
	static const char *const tokens[] = {"\\0alice\\0right-pw", NULL};
	struct plugin_result result;
	double late;

	plugin_app_open(&app);
	for (int i = 0; i < 10; i++) {
		plugin_app_login("PLAIN", tokens, &result);
		ck_assert_msg(result.code == SASL_OK, "%d: %s", i, plugin_app_logged());
	}
	ck_assert_int_gt(worker(), 0);
	ck_assert_int_eq(kill(worker(), _i ? SIGSTOP : SIGKILL), 0);
	for (int i = 0; i < 10; i++) {
		pace_begin();
		plugin_app_login("PLAIN", tokens, &result);
		late = pace_end();
		ck_assert(result.code == SASL_OK || result.code == SASL_UNAVAIL);
		ck_assert(result.ms - late < 5250);
		usleep(20000);
	}
	ck_assert_msg(result.code == SASL_OK, "%s", plugin_app_logged());
	plugin_app_close();
}
END_TEST

/* All of the worker's end is gone through: it does not die on its way. */
START_TEST(test_clean_end)
{
	static const char *const tokens[] = {"\\0alice\\0right-pw", NULL};
	struct plugin_result result;

	plugin_app_open(&app);
	plugin_app_login("PLAIN", tokens, &result);
	ck_assert_int_eq(result.code, SASL_OK);
	if (_i)
		plugin_app_close();
	kill(daemon_pid, SIGTERM);
	while (kill(daemon_pid, 0) == 0 && waitpid(daemon_pid, NULL, WNOHANG) == 0)
		usleep(20000);
	ck_assert(logged("ready", "worker="));
	ck_assert_msg(!logged("worker ended", ""), "see %s", log_file);
	if (!_i)
		plugin_app_close();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plugin_daemon");
	SRunner *runner = srunner_create(suite);
	TCase *tests = tcase_create("daemon");
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	tcase_add_loop_test(tests, test_rows, 0, 2);
	tcase_add_loop_test(tests, test_worker_lost, 0, 2);
	tcase_add_loop_test(tests, test_clean_end, 0, 2);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
