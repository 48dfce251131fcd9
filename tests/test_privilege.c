/* SPDX-License-Identifier: MIT */
/* No way back to root, and a background process whose caller learns how it went. */
#include <check.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/privilege.h"

/* Each in a process of its own, because there is no way back. */
static int status_of(int (*inside)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(inside());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int drop(void)
{
	const struct passwd *nobody = getpwnam("nobody");
	uid_t real, effective, saved;
	gid_t groups[8] = {0};
	int count;

	if (!nobody || !privilege_drop("nobody", nobody->pw_uid, nobody->pw_gid))
		return 1;
	if (getresuid(&real, &effective, &saved) != 0 || real != nobody->pw_uid ||
	    effective != real || saved != real)
		return 2;
	if (getgid() != nobody->pw_gid || getegid() != nobody->pw_gid)
		return 3;
	count = getgroups(8, groups);
	for (int i = 0; i < count; i++)
		if (groups[i] == 0)
			return 4;
	if (setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0)
		return 5;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && prctl(PR_GET_DUMPABLE) == 0 ? 0 : 6;
}

START_TEST(drops)
{
	ck_assert_int_eq(status_of(drop), 0);
}
END_TEST

static int stay(void)
{
	uid_t before = geteuid();

	return privilege_drop(NULL, 0, 0) && geteuid() == before &&
		       prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1
		   ? 0
		   : 1;
}

START_TEST(stays)
{
	ck_assert_int_eq(status_of(stay), 0);
}
END_TEST

static int drop_to_root(void)
{
	return privilege_drop("root", 0, 0) && geteuid() == 0 ? 0 : 1;
}

START_TEST(root_is_allowed_to_stay)
{
	ck_assert_int_eq(status_of(drop_to_root), 0);
}
END_TEST

static int raise_files(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max / 2;
	setrlimit(RLIMIT_NOFILE, &limit);
	privilege_raise_files();
	getrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur == limit.rlim_max ? 0 : 1;
}

START_TEST(raises_files)
{
	ck_assert_int_eq(status_of(raise_files), 0);
}
END_TEST

static int ready_pipe[2];

static int background_ready(void)
{
	int fd = privilege_background();
	char text[4] = "no";

	if (fd < 0)
		return 9;
	/* In the other process: a session of its own, and in no folder that could be unmounted. */
	if (getsid(0) != getpid() && getcwd(text, sizeof(text)) && text[0] == '/' && !text[1])
		privilege_background_ready(fd);
	(void)!write(ready_pipe[1], isatty(0) ? "t" : "b", 1);
	_exit(0);
}

START_TEST(caller_waits_until_ready)
{
	char octet = 0;

	ck_assert_int_eq(pipe(ready_pipe), 0);
	ck_assert_int_eq(status_of(background_ready), 0);
	ck_assert_int_eq(read(ready_pipe[0], &octet, 1), 1);
	ck_assert_int_eq(octet, 'b');
}
END_TEST

static int background_dies(void)
{
	if (privilege_background() < 0)
		return 9;
	_exit(0);
}

START_TEST(caller_learns_of_a_death)
{
	ck_assert_int_eq(status_of(background_dies), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("privilege");
	TCase *cases = tcase_create("privilege");
	SRunner *runner = srunner_create(suite);
	int failed;

	if (geteuid() == 0) {
		tcase_add_test(cases, drops);
		tcase_add_test(cases, root_is_allowed_to_stay);
	}
	tcase_add_test(cases, stays);
	tcase_add_test(cases, raises_files);
	tcase_add_test(cases, caller_waits_until_ready);
	tcase_add_test(cases, caller_learns_of_a_death);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
