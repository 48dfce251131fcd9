/* SPDX-License-Identifier: MIT */
/* Listening sockets: mode and owner from the start, stale files, and what must not be touched. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/listen.h"

#define NOBODY ((uid_t)-1), ((gid_t)-1)

static char folder[] = "/tmp/test_listen.XXXXXX", path[80], other[80];
static char fault_text[512];
static struct buf fault;

static void setup(void)
{
	memset(folder + strlen(folder) - 6, 'X', 6);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/auth", folder);
	snprintf(other, sizeof(other), "%s/other", folder);
	fault = BUF_ON(fault_text);
}

static void teardown(void)
{
	unlink(path);
	unlink(other);
	ck_assert_msg(rmdir(folder) == 0, "something is left in %s", folder);
}

static mode_t mode_of(const char *name)
{
	struct stat status;

	ck_assert_int_eq(lstat(name, &status), 0);
	return status.st_mode;
}

static bool answers(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	bool ok;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", name);
	ok = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	close(fd);
	return ok;
}

static bool fault_has(const char *text)
{
	return memmem(fault.at, fault.len, text, strlen(text)) != NULL;
}

START_TEST(opens_and_closes)
{
	static const mode_t modes[] = {0600, 0660, 0666, 0777};
	int fd = listen_open(path, modes[_i], NOBODY, &fault);

	ck_assert_msg(fd >= 0, "%.*s", (int)fault.len, fault_text);
	ck_assert_uint_eq(mode_of(path), S_IFSOCK | modes[_i]);
	ck_assert(answers(path));
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	listen_close(fd, path);
	ck_assert(listen_lost(path));
}
END_TEST

START_TEST(stale_file_is_replaced)
{
	int fd = listen_open(path, 0600, NOBODY, &fault);

	close(fd);
	ck_assert(!answers(path));
	fd = listen_open(path, 0600, NOBODY, &fault);
	ck_assert_int_ge(fd, 0);
	ck_assert(answers(path));
	listen_close(fd, path);
}
END_TEST

START_TEST(live_one_is_left_alone)
{
	int fd = listen_open(path, 0600, NOBODY, &fault);

	ck_assert_int_eq(listen_open(path, 0600, NOBODY, &fault), -1);
	ck_assert(fault_has("another process listens there"));
	ck_assert(answers(path));
	listen_close(fd, path);
}
END_TEST

START_TEST(other_file_is_in_the_way)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	close(fd);
	ck_assert_int_eq(listen_open(path, 0666, NOBODY, &fault), -1);
	ck_assert(fault_has("is in the way"));
	ck_assert_uint_eq(mode_of(path), S_IFREG | 0600);
}
END_TEST

START_TEST(too_long)
{
	char name[160] = "/tmp/";

	memset(name + 5, 'x', 150);
	ck_assert_int_eq(listen_open(name, 0600, NOBODY, &fault), -1);
	ck_assert_uint_gt(fault.len, 0);
}
END_TEST

START_TEST(adjusts)
{
	int fd = listen_open(path, 0600, NOBODY, &fault);
	struct stat status;

	ck_assert(listen_adjust(path, 0666, geteuid() ? geteuid() : 1, getegid(), &fault));
	ck_assert_int_eq(lstat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode, S_IFSOCK | 0666);
	ck_assert_uint_eq(status.st_uid, geteuid() ? geteuid() : 1);
	listen_close(fd, path);
}
END_TEST

/* Who owns the folder lays a link to, or the file of, somebody else where the socket was. */
START_TEST(adjusts_no_other_file)
{
	int fd = open(other, O_CREAT | O_WRONLY, 0600);
	struct stat status;

	close(fd);
	ck_assert_int_eq(_i ? link(other, path) : symlink(other, path), 0);
	ck_assert(!listen_adjust(path, 0666, 1, 1, &fault));
	ck_assert(fault_has("is not ours any more"));
	ck_assert_int_eq(stat(other, &status), 0);
	ck_assert_uint_eq(status.st_mode, S_IFREG | 0600);
	ck_assert_uint_eq(status.st_uid, geteuid());
}
END_TEST

START_TEST(adjusts_nothing)
{
	ck_assert(!listen_adjust(path, 0666, NOBODY, &fault));
	ck_assert_uint_gt(fault.len, 0);
}
END_TEST

#define HANDED 40 /* libcheck has a use for 3 */

/* sd_listen_fds(3): descriptor 3 and up, for this process alone. */
START_TEST(handed_over)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char number[16];

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	ck_assert_int_eq(dup2(fd, HANDED), HANDED);
	close(fd);
	snprintf(number, sizeof(number), "%d", (int)getpid() + _i);
	setenv("LISTEN_PID", number, 1);
	snprintf(number, sizeof(number), "%d", HANDED - 3 + 1);
	setenv("LISTEN_FDS", number, 1);
	/* Somebody else's: then it is only a socket that another process listens on. */
	ck_assert_int_eq(listen_open(path, 0600, NOBODY, &fault), _i ? -1 : HANDED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("listen");
	TCase *cases = tcase_create("listen");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_loop_test(cases, opens_and_closes, 0, 4);
	tcase_add_test(cases, stale_file_is_replaced);
	tcase_add_test(cases, live_one_is_left_alone);
	tcase_add_test(cases, other_file_is_in_the_way);
	tcase_add_test(cases, too_long);
	if (geteuid() == 0)
		tcase_add_test(cases, adjusts);
	tcase_add_loop_test(cases, adjusts_no_other_file, 0, 2);
	tcase_add_test(cases, adjusts_nothing);
	/* A process asks its environment once. */
	if (srunner_fork_status(runner) == CK_FORK)
		tcase_add_loop_test(cases, handed_over, 0, 2);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
