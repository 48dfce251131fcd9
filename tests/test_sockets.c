/* SPDX-License-Identifier: MIT */
/* The sockets of one configuration and of the next: kept, opened, closed, and all or nothing. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "face/sockets.h"

static char folder[] = "/tmp/test_sockets.XXXXXX";
static char names[3][96];
static struct settings_listener listeners[3];
static char fault_text[1024];
static struct buf fault;

static void setup(void)
{
	memset(folder + strlen(folder) - 6, 'X', 6);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	for (int i = 0; i < 3; i++) {
		snprintf(names[i], sizeof(names[i]), "%s/%c", folder, 'a' + i);
		listeners[i] = (struct settings_listener){
		    .path = names[i], .mode = 0600, .owner = (uid_t)-1, .group = (gid_t)-1};
	}
	fault = BUF_ON(fault_text);
}

static void teardown(void)
{
	ck_assert_msg(rmdir(folder) == 0, "something is left in %s", folder);
}

/* Settings with `count` listeners from `first` on. */
static struct settings some(size_t first, size_t count)
{
	return (struct settings){.listeners = listeners + first, .listener_count = count};
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static bool is_there(int number)
{
	return access(names[number], F_OK) == 0;
}

static int *must_open(const struct settings *settings, const struct settings *old_settings,
		      const int *old)
{
	int *fds = sockets_open(settings, old_settings, old, &fault);

	ck_assert_msg(fds != NULL, "%.*s", (int)fault.len, fault_text);
	return fds;
}

START_TEST(kept_opened_closed)
{
	struct settings before = some(0, 2), after = some(1, 2);
	int *old = must_open(&before, NULL, NULL), *now;
	int a = old[0], b = old[1];

	listeners[1].mode = 0666;
	now = must_open(&after, &before, old);
	ck_assert_int_eq(now[0], b);
	sockets_close(&before, &old, &after, now);
	ck_assert_ptr_null(old);
	ck_assert(!is_open(a) && is_open(b) && is_open(now[1]));
	ck_assert(!is_there(0) && is_there(1) && is_there(2));
	sockets_close(&after, &now, NULL, NULL);
	ck_assert(!is_open(b) && !is_there(1) && !is_there(2));
}
END_TEST

START_TEST(all_or_nothing)
{
	struct settings before = some(0, 1), after = some(0, 3);
	int *old = must_open(&before, NULL, NULL);
	int file = open(names[2], O_CREAT | O_WRONLY, 0600);

	close(file);
	ck_assert_ptr_null(sockets_open(&after, &before, old, &fault));
	ck_assert_uint_gt(fault.len, 0);
	ck_assert(is_open(old[0]) && is_there(0) && !is_there(1));
	unlink(names[2]);
	sockets_close(&before, &old, NULL, NULL);
}
END_TEST

/* Somebody has removed the file: a reload brings it back. */
START_TEST(lost_file_comes_back)
{
	struct settings same = some(0, 1);
	int *old = must_open(&same, NULL, NULL), *now;

	unlink(names[0]);
	now = must_open(&same, &same, old);
	ck_assert_int_ne(now[0], old[0]);
	sockets_close(&same, &old, &same, now);
	ck_assert(is_there(0) && is_open(now[0]));
	sockets_close(&same, &now, NULL, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sockets");
	TCase *cases = tcase_create("sockets");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, kept_opened_closed);
	tcase_add_test(cases, all_or_nothing);
	tcase_add_test(cases, lost_file_comes_back);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
