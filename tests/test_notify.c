/* SPDX-License-Identifier: MIT */
/* The service manager's side: a datagram socket by path or by abstract name, and its watchdog. */
#include <check.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/notify.h"

static const char *const names[] = {"/tmp/test_notify.%d", "@test_notify.%d"};

/* A socket bound to the name, which goes into the environment. */
static int manager(const char *format, char *name, size_t size)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	size_t len;

	snprintf(name, size, format, (int)getpid());
	len = strlen(name);
	memcpy(address.sun_path, name, len);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
			 0);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

START_TEST(sends)
{
	char name[64], got[64];
	int fd = manager(names[_i], name, sizeof(name));

	ck_assert(notify_send("READY=1\nSTATUS=Answering."));
	ck_assert_int_eq(recv(fd, got, sizeof(got), MSG_DONTWAIT), 25);
	ck_assert_mem_eq(got, "READY=1\nSTATUS=Answering.", 25);
	close(fd);
	unlink(name);
}
END_TEST

static const char *const bad_names[] = {"", "@", "relative", "/nonexistent/socket"};

START_TEST(nobody)
{
	unsetenv("NOTIFY_SOCKET");
	ck_assert(!notify_send("READY=1"));
	setenv("NOTIFY_SOCKET", bad_names[_i], 1);
	ck_assert(!notify_send("READY=1"));
}
END_TEST

START_TEST(full_manager_does_not_stop_us)
{
	char name[64];
	int fd = manager(names[0], name, sizeof(name)), sent = 0;

	while (sent < 100000 && notify_send("WATCHDOG=1"))
		sent++;
	ck_assert_int_lt(sent, 100000);
	close(fd);
	unlink(name);
}
END_TEST

static const struct {
	const char *micros;
	int pid; /* 0: ours, 1: another one, -1: none */
	unsigned want;
} watchdogs[] = {
    {NULL, 0, 0}, {"30000000", 0, 15000}, {"30000000", -1, 15000}, {"30000000", 1, 0}, {"x", 0, 0},
    {"", 0, 0}};

START_TEST(watchdog)
{
	char pid[16];

	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	if (watchdogs[_i].micros)
		setenv("WATCHDOG_USEC", watchdogs[_i].micros, 1);
	snprintf(pid, sizeof(pid), "%d", (int)getpid() + watchdogs[_i].pid);
	if (watchdogs[_i].pid >= 0)
		setenv("WATCHDOG_PID", pid, 1);
	ck_assert_uint_eq(notify_watchdog_ms(), watchdogs[_i].want);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
	Suite *suite = suite_create("notify");
	TCase *cases = tcase_create("notify");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(cases, sends, 0, ROWS(names));
	tcase_add_loop_test(cases, nobody, 0, ROWS(bad_names));
	tcase_add_test(cases, full_manager_does_not_stop_us);
	tcase_add_loop_test(cases, watchdog, 0, ROWS(watchdogs));
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
