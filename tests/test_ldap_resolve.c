/* SPDX-License-Identifier: MIT */
/* Tests of backend/ldap_resolve with the real resolver, in a network of each test's own where its
 * server says nothing; needs root. */
#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend/ldap_clock.h"
#include "backend/ldap_resolve.h"

#define SLACK_MS 250

static bool stand_in(const char *text, const char *for_path)
{
	char path[] = "/tmp/test_ldap_resolve.XXXXXX";
	int fd = mkstemp(path);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) &&
		  mount(path, for_path, NULL, MS_BIND, NULL) == 0;

	close(fd);
	unlink(path);
	return ok;
}

static bool raise_loopback(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	bool ok = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0;

	close(fd);
	return ok;
}

static bool isolate(void)
{
	return unshare(CLONE_NEWNS | CLONE_NEWNET) == 0 &&
	       mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       stand_in("nameserver 127.0.0.1\noptions timeout:2 attempts:1\n",
			"/etc/resolv.conf") &&
	       stand_in("hosts: files dns\n", "/etc/nsswitch.conf") &&
	       stand_in("127.0.0.1 localhost here.example\n", "/etc/hosts") && raise_loopback();
}

/* Takes the questions and says nothing. */
static void be_silent(void)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_port = htons(53), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
}

static void setup(void)
{
	ck_assert(isolate());
}

static int resolve(const char *host, unsigned ms)
{
	struct addrinfo *found = NULL;
	uint64_t began = ldap_clock_now();
	int error = ldap_resolve(host, 389, began + ms, &found);

	ck_assert_uint_le(ldap_clock_now(), began + ms + SLACK_MS);
	ck_assert_int_eq(error == 0, found != NULL);
	if (found) {
		const struct sockaddr_in *address = (const void *)found->ai_addr;

		ck_assert_uint_eq(ntohs(address->sin_port), 389);
		freeaddrinfo(found);
	}
	return error;
}

START_TEST(test_known)
{
	static const char *const hosts[] = {"127.0.0.1", "localhost", "here.example"};

	ck_assert_int_eq(resolve(hosts[_i], 5000), 0);
}
END_TEST

START_TEST(test_nobody_to_ask)
{
	ck_assert_int_ne(resolve("else.example", 5000), 0);
	ck_assert_int_ne(resolve("", 5000), 0);
	ck_assert_int_ne(resolve("not a host", 5000), 0);
}
END_TEST

/* Each gets no more than its time; when enough have been given up no further one waits. What needs
 * no server is answered all the same, and everything is when the questions have ended. */
START_TEST(test_silent)
{
	uint64_t began;

	be_silent();
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(resolve("else.example", 50), EAI_AGAIN);
	began = ldap_clock_now();
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(resolve("else.example", 50), EAI_AGAIN);
	ck_assert_uint_le(ldap_clock_now(), began + 100);
	ck_assert_int_eq(resolve("127.0.0.1", 50), 0);
	for (int i = 0; i < 100 && resolve("here.example", 2000) != 0; i++)
		usleep(100000);
	ck_assert_int_eq(resolve("here.example", 2000), 0);
}
END_TEST

/* Containers may forbid it even to root. */
static bool can_isolate(void)
{
	pid_t child = geteuid() == 0 ? fork() : -1;
	int status = 1;

	if (child == 0)
		_exit(isolate() ? 0 : 1);
	if (child > 0)
		waitpid(child, &status, 0);
	return status == 0;
}

int main(void)
{
	Suite *suite = suite_create("ldap_resolve");
	TCase *tcase = tcase_create("resolver");
	SRunner *runner;
	int failed;

	if (!can_isolate()) {
		puts("skipped: needs root and namespaces of its own");
		return 77; /* automake: skipped */
	}
	runner = srunner_create(suite);
	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_known, 0, 3);
	tcase_add_test(tcase, test_nobody_to_ask);
	tcase_add_test(tcase, test_silent);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
