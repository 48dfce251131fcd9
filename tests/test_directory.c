/* SPDX-License-Identifier: MIT */
/* Tests of base/directory: what is made, taken over, left alone, refused. */
#include "base/directory.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OTHER 65533 /* a user and a group that are not ours */

static char folder[] = "/tmp/test_directory.XXXXXX";
static char fault_text[512];
static struct buf fault;

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	fault = BUF_ON(fault_text);
}

static void teardown(void)
{
	rmdir("d/x");
	rmdir("d");
	unlink("d");
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}

/* mode, owner: of what is there before; mode 0: nothing is. */
static const struct {
	const char *name;
	mode_t before;
	uid_t owner;
	bool full;
	mode_t mode;
	uid_t wanted;
	bool want;
	mode_t want_mode;
	uid_t want_owner;
} rows[] = {
    {"made", 0, 0, false, 0700, OTHER, true, 0700, OTHER},
    {"made for everybody", 0, 0, false, 0755, OTHER, true, 0755, OTHER},
    {"ours already", 0700, OTHER, true, 0700, OTHER, true, 0700, OTHER},
    {"ours, too open", 0755, OTHER, false, 0700, OTHER, true, 0700, OTHER},
    {"ours, too open, not empty", 0750, OTHER, true, 0700, OTHER, false, 0750, OTHER},
    {"root's", 0755, 0, false, 0700, OTHER, true, 0700, OTHER},
    {"root's, not empty", 0755, 0, true, 0700, OTHER, false, 0755, 0},
    {"root's, not empty, closed", 0700, 0, true, 0700, OTHER, false, 0700, 0},
    {"root's for root, not empty", 0755, 0, true, 0700, 0, false, 0755, 0},
    {"somebody else's", 0700, OTHER - 1, false, 0700, OTHER, false, 0700, OTHER - 1},
    {"root's, for everybody", 0711, 0, true, 0755, OTHER, true, 0711, 0},
    {"somebody else's, for everybody", 0711, OTHER - 1, true, 0755, OTHER, true, 0711, OTHER - 1},
};

START_TEST(test_made)
{
	struct stat about;

	if (geteuid() != 0)
		return;
	umask(027);
	if (rows[_i].before) {
		ck_assert_int_eq(mkdir("d", 0700), 0);
		if (rows[_i].full)
			ck_assert_int_eq(mkdir("d/x", 0700), 0);
		ck_assert_int_eq(chmod("d", rows[_i].before), 0);
		ck_assert_int_eq(chown("d", rows[_i].owner, 0), 0);
	}
	ck_assert_msg(directory_check("d", rows[_i].mode, rows[_i].wanted, &fault) == rows[_i].want,
		      "%s: check", rows[_i].name);
	fault = BUF_ON(fault_text);
	ck_assert_msg(directory_make("d", rows[_i].mode, rows[_i].wanted, OTHER, &fault) ==
			  rows[_i].want,
		      "%s", rows[_i].name);
	ck_assert_int_eq(stat("d", &about), 0);
	ck_assert_msg((about.st_mode & 07777) == rows[_i].want_mode, "%s", rows[_i].name);
	ck_assert_msg(about.st_uid == rows[_i].want_owner, "%s", rows[_i].name);
	ck_assert_int_eq(fault.len == 0, rows[_i].want);
}
END_TEST

START_TEST(test_refused)
{
	ck_assert(!directory_make("no/d", 0700, getuid(), getgid(), &fault));
	ck_assert(memmem(fault.at, fault.len, "no/d: No such file", 18) != NULL);
	ck_assert(!directory_check("no/d", 0700, getuid(), &fault));
	ck_assert_int_eq(symlink("/tmp", "d"), 0);
	ck_assert(!directory_check("d", 0700, getuid(), &fault));
	ck_assert(!directory_make("d", 0700, getuid(), getgid(), &fault));
	unlink("d");
	ck_assert_int_eq(mkfifo("d", 0600), 0);
	ck_assert(!directory_check("d", 0700, getuid(), &fault));
	ck_assert(!directory_make("d", 0700, getuid(), getgid(), &fault));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("directory");
	TCase *tcase = tcase_create("directory");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_made, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tcase, test_refused);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
