/* SPDX-License-Identifier: MIT */
/* The plugin's connection over a process's life: kept, taken again, lost, forked, abandoned. */
#include "pace.h"
#include "plugin_app.h"
#include "plugin_fake.h"
#include "plugin_place.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <sasl/sasl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define ACCEPT	 "read|say OK\t%\tuser=alice"
#define REFUSE	 "read|say FAIL\t%\tuser=alice\treason=No. [bad-credentials] (id ABCD2345)"
#define USERNAME "read|say CONT\t%\tVXNlcm5hbWU6"

static struct plugin_place place;
static struct plugin_app app;
static pid_t server;
static const char *const alice[] = {"\\0alice\\0right-pw", NULL};

static void setup(void)
{
	plugin_place_make(&place);
	app = (struct plugin_app){
	    .folders = place.plugins, .socket = place.socket, .timeout = "2", .auxprop = "reason"};
	server = 0;
}

static void teardown(void)
{
	plugin_fake_stop(server);
	plugin_place_remove(&place);
}

/* The numbers of the requests that the daemon heard, e.g. "AUTH 1 AUTH 2 ". */
static const char *heard(void)
{
	static char text[4096];
	FILE *file = fopen(place.heard, "r");
	char *line = NULL;
	size_t size = 0, len = 0;

	text[0] = '\0';
	while (file && getline(&line, &size, file) > 0) {
		char word[8];
		unsigned id;

		if (sscanf(line, "%7s %u", word, &id) == 2 && len < sizeof(text) - 32)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s %u ", word, id);
	}
	free(line);
	if (file)
		fclose(file);
	return text;
}

static unsigned count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned count = 0;

	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static void expect_login(int want_code)
{
	struct plugin_result result;

	plugin_app_login("PLAIN", alice, &result);
	ck_assert_msg(result.code == want_code, "%d: %s, %s", result.code, result.detail,
		      plugin_app_logged());
}

/* What several logins in a row look like on the connections. */
static const struct {
	const char *name;
	const char *scripts[5];
	int want_codes[3];
	const char *want_heard;
} rows[] = {
    {"one connection for all",
     {"greet|" ACCEPT "|again"},
     {SASL_OK, SASL_OK, SASL_OK},
     "AUTH 1 AUTH 2 AUTH 3 "},
    {"kept after a failure",
     {"greet|" REFUSE "|" ACCEPT "|" REFUSE "|hang"},
     {SASL_BADAUTH, SASL_OK, SASL_BADAUTH},
     "AUTH 1 AUTH 2 AUTH 3 "},
    {"closed while idle",
     {"greet|" ACCEPT, "greet|" ACCEPT "|again"},
     {SASL_OK, SASL_OK, SASL_OK},
     "AUTH 1 AUTH 1 AUTH 2 "},
    {"closed behind the second AUTH",
     {"greet|" ACCEPT "|read", "greet|" ACCEPT "|again"},
     {SASL_OK, SASL_OK, SASL_OK},
     "AUTH 1 AUTH 2 AUTH 1 AUTH 2 "},
    {"closed in the second answer",
     {"greet|" ACCEPT "|read|raw OK\t%", "greet|" ACCEPT "|again"},
     {SASL_OK, SASL_UNAVAIL, SASL_OK},
     "AUTH 1 AUTH 2 AUTH 1 "},
    {"closed twice",
     {"greet|" ACCEPT "|read", "greet|read", "greet|" ACCEPT "|again"},
     {SASL_OK, SASL_OK, SASL_OK},
     "AUTH 1 AUTH 2 AUTH 1 AUTH 1 AUTH 2 "},
    {"closed three times",
     {"greet|" ACCEPT "|read", "greet|read", "greet|read", "greet|" ACCEPT "|again"},
     {SASL_OK, SASL_UNAVAIL, SASL_OK},
     "AUTH 1 AUTH 2 AUTH 1 AUTH 1 AUTH 1 "},
    {"a new one is closed behind AUTH",
     {"greet|read", "greet|" ACCEPT "|again"},
     {SASL_OK, SASL_OK, SASL_OK},
     "AUTH 1 AUTH 1 AUTH 2 AUTH 3 "},
    {"a new one is closed behind its greeting",
     {"greet", "greet|" ACCEPT "|again"},
     {SASL_OK, SASL_OK, SASL_OK},
     "AUTH 1 AUTH 2 AUTH 3 "},
    {"a new one is closed at once",
     {"", "greet|" ACCEPT "|again"},
     {SASL_OK, SASL_OK, SASL_OK},
     "AUTH 1 AUTH 2 AUTH 3 "},
    {"two new ones are closed",
     {"greet|read", "greet|read", "greet|" ACCEPT "|again"},
     {SASL_UNAVAIL, SASL_OK, SASL_OK},
     "AUTH 1 AUTH 1 AUTH 1 AUTH 2 "},
    {"new one after a fault",
     {"greet|read|say OK\t77\tuser=mallory|hang", "greet|" ACCEPT "|again"},
     {SASL_UNAVAIL, SASL_OK, SASL_OK},
     "AUTH 1 AUTH 1 AUTH 2 "},
    {"an answer too many is not the next one's",
     {"greet|" ACCEPT "\nOK\t2\tuser=mallory|hang", "greet|" ACCEPT "|again"},
     {SASL_OK, SASL_OK, SASL_OK},
     "AUTH 1 AUTH 1 AUTH 2 "},
    {"stopped while idle",
     {"greet|" ACCEPT "|hang"},
     {SASL_OK, SASL_UNAVAIL, SASL_OK},
     "AUTH 1 AUTH 1 "},
};

START_TEST(test_rows)
{
	server = plugin_fake_start(place.socket, rows[_i].scripts, place.heard);
	plugin_app_open(&app);
	for (int i = 0; i < 3; i++) {
		struct plugin_result result;
		double late;

		pace_begin();
		plugin_app_login("PLAIN", alice, &result);
		late = pace_end();
		ck_assert_msg(result.code == rows[_i].want_codes[i], "%s, %d: %d %s", rows[_i].name,
			      i, result.code, plugin_app_logged());
		if (result.code == SASL_OK)
			ck_assert_str_eq(result.username, "alice");
		ck_assert(result.ms - late < 2250);
		usleep(30000);
	}
	plugin_app_close();
	ck_assert_str_eq(heard(), rows[_i].want_heard);
}
END_TEST

/* Given up at each step: the conversation's connection is closed, and nothing of it is left. */
START_TEST(test_abort)
{
	static const char *const scripts[] = {
	    "greet|" USERNAME "|read|say CONT\t%\tUGFzc3dvcmQ6|" ACCEPT "|again", NULL};
	static const char *const tokens[] = {"", "alice", "right-pw", NULL};
	struct plugin_result result;
	unsigned before;

	server = plugin_fake_start(place.socket, scripts, place.heard);
	plugin_app_open(&app);
	before = count_descriptors();
	for (int steps = 1; steps <= 3; steps++) {
		const char *some[4] = {NULL};

		memcpy(some, tokens, (size_t)steps * sizeof(some[0]));
		plugin_app_login("LOGIN", some, &result);
		ck_assert_int_eq(result.code, steps == 3 ? SASL_OK : SASL_CONTINUE);
		ck_assert_uint_eq(count_descriptors(), before + (steps == 3));
	}
	ck_assert_str_eq(heard(), "AUTH 1 AUTH 1 CONT 1 AUTH 1 CONT 1 CONT 1 ");
	plugin_app_close();
	ck_assert_uint_eq(count_descriptors(), before);
}
END_TEST

/* A child neither uses nor disturbs its parent's connection. */
START_TEST(test_fork)
{
	static const char *const scripts[] = {"greet|" ACCEPT "|again", NULL};
	pid_t child;
	int status = 0;

	server = plugin_fake_start(place.socket, scripts, place.heard);
	plugin_app_open(&app);
	expect_login(SASL_OK);
	child = fork();
	if (child == 0) {
		struct plugin_result result;
		unsigned before = count_descriptors();

		for (int i = 0; i < 2; i++) {
			plugin_app_login("PLAIN", alice, &result);
			if (result.code != SASL_OK || count_descriptors() != before)
				_exit(1);
		}
		plugin_app_close();
		_exit(count_descriptors() == before - 1 ? 0 : 2);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	expect_login(SASL_OK);
	plugin_app_close();
	ck_assert_str_eq(heard(), "AUTH 1 AUTH 1 AUTH 2 AUTH 2 ");
}
END_TEST

/* An MTA that closes all descriptors and opens others in their place: they are not ours, and no
 * password is written to them. */
START_TEST(test_stolen_descriptor)
{
	static const char *const scripts[] = {"greet|" ACCEPT "|again", NULL};
	int fd, pair[2];
	char octet;

	server = plugin_fake_start(place.socket, scripts, place.heard);
	plugin_app_open(&app);
	fd = dup(0);
	close(fd);
	expect_login(SASL_OK);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	ck_assert_int_eq(dup2(pair[0], fd), fd);
	expect_login(SASL_OK);
	ck_assert_int_lt((int)read(pair[1], &octet, 1), 0);
	ck_assert_int_eq((int)write(fd, "x", 1), 1);
	ck_assert_int_eq((int)read(pair[1], &octet, 1), 1);
	plugin_app_close();
	ck_assert_int_eq((int)write(fd, "x", 1), 1);
}
END_TEST

/* The connection does not take the place of a standard stream. */
START_TEST(test_no_standard_streams)
{
	static const char *const scripts[] = {"greet|" ACCEPT "|again", NULL};

	server = plugin_fake_start(place.socket, scripts, NULL);
	plugin_app_open(&app);
	close(0);
	expect_login(SASL_OK);
	expect_login(SASL_OK);
	ck_assert_int_lt(fcntl(0, F_GETFD), 0);
	plugin_app_close();
}
END_TEST

/* In a chroot, without privileges, with a relative path (Postfix). Without root: the path alone. */
static void log_in_confined(void)
{
	struct plugin_result result;

	if (geteuid() == 0 && (chroot(place.root) || setgid(65534) || setuid(65534)))
		_exit(1);
	if (chdir(geteuid() == 65534 ? "/" : place.root))
		_exit(2);
	for (int i = 0; i < 2; i++) {
		plugin_app_login("PLAIN", alice, &result);
		if (result.code != SASL_OK)
			_exit(3);
	}
	plugin_app_close();
	_exit(0);
}

START_TEST(test_chroot)
{
	static const char *const scripts[] = {"greet|" ACCEPT "|again", NULL};
	pid_t child;
	int status = 0;

	server = plugin_fake_start(place.socket, scripts, NULL);
	ck_assert_int_eq(chmod(place.socket, 0666), 0);
	app.socket = "auth";
	plugin_app_open(&app);
	child = fork();
	if (child == 0)
		log_in_confined();
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	plugin_app_close();
}
END_TEST

/* A daemon that accepts no connection, its queue being full. */
START_TEST(test_full_queue)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), waiting[4];
	struct plugin_result result;
	double late;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", place.socket);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(listener, 0), 0);
	for (size_t i = 0; i < 4; i++) {
		waiting[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(waiting[i], (struct sockaddr *)&address, sizeof(address));
	}
	plugin_app_open(&app);
	pace_begin();
	plugin_app_login("PLAIN", alice, &result);
	late = pace_end();
	ck_assert_int_eq(result.code, SASL_UNAVAIL);
	ck_assert(result.ms > 1900 && result.ms - late < 2250);
	plugin_app_close();
}
END_TEST

/* Values of reason_timeout that cannot be: the default, with a warning. */
START_TEST(test_timeout_option)
{
	static const char *const values[] = {"0", "10", "-1", "1s", "99999999999999999999", " 2 "};
	static const char *const scripts[] = {"greet|" ACCEPT "|again", NULL};

	server = plugin_fake_start(place.socket, scripts, NULL);
	app.timeout = values[_i];
	plugin_app_open(&app);
	expect_login(SASL_OK);
	ck_assert_int_eq(strstr(plugin_app_logged(), "reason_timeout") != NULL, _i < 5);
	plugin_app_close();
}
END_TEST

/* The daemon comes back on the same path, as a restart does. */
START_TEST(test_restart)
{
	static const char *const scripts[] = {"greet|" ACCEPT "|again", NULL};

	plugin_app_open(&app);
	for (int i = 0; i < 3; i++) {
		expect_login(SASL_UNAVAIL);
		server = plugin_fake_start(place.socket, scripts, NULL);
		expect_login(SASL_OK);
		expect_login(SASL_OK);
		plugin_fake_stop(server);
		usleep(50000);
	}
	server = 0;
	plugin_app_close();
}
END_TEST

/* Several attempts in one SMTP session, as Postfix makes them: one sasl_conn_t for all. */
START_TEST(test_one_session)
{
	static const char *const scripts[] = {"greet|" REFUSE "|" USERNAME "|" REFUSE "|" ACCEPT
					      "|hang",
					      "greet|" ACCEPT "|again", NULL};
	const char *out;
	unsigned len;
	sasl_conn_t *conn = NULL;

	server = plugin_fake_start(place.socket, scripts, place.heard);
	plugin_app_open(&app);
	ck_assert_int_eq(sasl_server_new("smtp", "mx", NULL, NULL, NULL, NULL, 0, &conn), SASL_OK);
	ck_assert_int_eq(sasl_server_start(conn, "PLAIN", "\0alice\0x", 8, &out, &len),
			 SASL_BADAUTH);
	ck_assert_int_ne(sasl_server_step(conn, "x", 1, &out, &len), SASL_OK);
	ck_assert_int_eq(sasl_server_start(conn, "LOGIN", NULL, 0, &out, &len), SASL_CONTINUE);
	ck_assert_uint_eq(len, 9);
	ck_assert_int_eq(sasl_server_step(conn, "alice", 5, &out, &len), SASL_BADAUTH);
	ck_assert_int_eq(sasl_server_start(conn, "LOGIN", NULL, 0, &out, &len), SASL_OK);
	sasl_dispose(&conn);
	ck_assert_int_eq(sasl_server_new("smtp", "mx", NULL, NULL, NULL, NULL, 0, &conn), SASL_OK);
	ck_assert_int_eq(sasl_server_start(conn, "PLAIN", NULL, 0, &out, &len), SASL_CONTINUE);
	sasl_dispose(&conn);
	plugin_app_close();
	ck_assert_str_eq(heard(), "AUTH 1 AUTH 2 CONT 2 AUTH 3 ");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plugin_life");
	SRunner *runner = srunner_create(suite);
	TCase *tests = tcase_create("life");
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 30);
	suite_add_tcase(suite, tests);
	tcase_add_loop_test(tests, test_rows, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tests, test_abort);
	tcase_add_test(tests, test_one_session);
	tcase_add_test(tests, test_fork);
	tcase_add_test(tests, test_stolen_descriptor);
	tcase_add_test(tests, test_no_standard_streams);
	/* chroot(2) is root's; a package is built by somebody else. */
	if (geteuid() == 0)
		tcase_add_test(tests, test_chroot);
	tcase_add_test(tests, test_full_queue);
	tcase_add_loop_test(tests, test_timeout_option, 0, 6);
	tcase_add_test(tests, test_restart);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
