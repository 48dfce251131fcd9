/* SPDX-License-Identifier: MIT */
/* The daemon's key: the same for the same file, another for another, none from too little. */
#include <check.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "engine/keyfile.h"

static char path[] = "/tmp/test_keyfile.XXXXXX";
static char fault_text[512];
static struct buf fault;

static void setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	memset(path + strlen(path) - 6, 'X', 6);
	close(mkstemp(path));
	fault = BUF_ON(fault_text);
}

static void teardown(void)
{
	unlink(path);
}

/* `len` octets, all the same but the last one. */
static void write_octets(size_t len, char last)
{
	char octets[8192];
	int fd = open(path, O_WRONLY | O_TRUNC);

	memset(octets, 'x', sizeof(octets));
	if (len)
		octets[len - 1] = last;
	ck_assert_int_eq(write(fd, octets, len), (ssize_t)len);
	close(fd);
}

static const struct {
	size_t len;
	bool want;
} lengths[] = {{0, false}, {15, false}, {16, true}, {32, true}, {4096, true}, {8192, true}};

START_TEST(length)
{
	unsigned char key[SCRAMKEY_LEN];

	write_octets(lengths[_i].len, 'a');
	ck_assert_int_eq(keyfile_read(path, key, &fault), lengths[_i].want);
	ck_assert_int_eq(fault.len == 0, lengths[_i].want);
}
END_TEST

START_TEST(content_is_the_key)
{
	unsigned char first[SCRAMKEY_LEN], again[SCRAMKEY_LEN], other[SCRAMKEY_LEN];

	write_octets(4096, 'a');
	ck_assert(keyfile_read(path, first, &fault) && keyfile_read(path, again, &fault));
	write_octets(4096, 'b');
	ck_assert(keyfile_read(path, other, &fault));
	ck_assert_mem_eq(first, again, sizeof(first));
	ck_assert_mem_ne(first, other, sizeof(first));
}
END_TEST

START_TEST(random_without_a_file)
{
	unsigned char first[SCRAMKEY_LEN], other[SCRAMKEY_LEN];

	ck_assert(keyfile_read(NULL, first, &fault) && keyfile_read(NULL, other, &fault));
	ck_assert_mem_ne(first, other, sizeof(first));
}
END_TEST

START_TEST(no_such_file)
{
	unsigned char key[SCRAMKEY_LEN];

	ck_assert(!keyfile_read("/nonexistent/key", key, &fault));
	ck_assert(memmem(fault.at, fault.len, "/nonexistent/key: No such file", 30) != NULL);
	fault = BUF_ON(fault_text);
	ck_assert(!keyfile_read("/", key, &fault));
}
END_TEST

/* ---- a key of the state directory's ---- */

static char folder[] = "/tmp/test_keyfile_d.XXXXXX";

static void setup_folder(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	memset(folder + strlen(folder) - 6, 'X', 6);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	fault = BUF_ON(fault_text);
}

static void teardown_folder(void)
{
	unlink("key");
	ck_assert_int_eq(chdir("/"), 0);
	/* Nothing else was left there. */
	ck_assert_int_eq(rmdir(folder), 0);
}

START_TEST(made_once)
{
	unsigned char first[SCRAMKEY_LEN], again[SCRAMKEY_LEN];
	struct stat about;

	ck_assert(keyfile_keep(folder, first, &fault));
	ck_assert(keyfile_keep(folder, again, &fault));
	ck_assert_mem_eq(first, again, sizeof(first));
	ck_assert_int_eq(stat("key", &about), 0);
	ck_assert_int_eq(about.st_mode & 07777, 0600);
	ck_assert_int_eq(about.st_size, 32);
	unlink("key");
	ck_assert(keyfile_keep(folder, again, &fault));
	ck_assert_mem_ne(first, again, sizeof(first));
}
END_TEST

START_TEST(kept)
{
	unsigned char first[SCRAMKEY_LEN], again[SCRAMKEY_LEN];

	ck_assert(!keyfile_kept(folder, first));
	ck_assert(!keyfile_kept("/nonexistent", first));
	ck_assert(keyfile_keep(folder, first, &fault));
	ck_assert(keyfile_kept(folder, again));
	ck_assert_mem_eq(first, again, sizeof(first));
}
END_TEST

/* One that was lost is not made anew in silence. */
START_TEST(lost)
{
	unsigned char key[SCRAMKEY_LEN];
	char line[512] = "";
	FILE *log = freopen("log", "w+", stderr);

	ck_assert_ptr_nonnull(log);
	if (_i)
		ck_assert_int_ge(close(open("credentials.sqlite", O_CREAT | O_WRONLY, 0600)), 0);
	ck_assert(keyfile_keep(folder, key, &fault));
	ck_assert(keyfile_keep(folder, key, &fault));
	log_flush();
	rewind(log);
	ck_assert_int_eq(fgets(line, sizeof(line), log) != NULL, _i);
	ck_assert(!_i || (strstr(line, "error") && strstr(line, "a new one was made")));
	ck_assert_ptr_null(fgets(line, sizeof(line), log));
	unlink("log");
	unlink("credentials.sqlite");
}
END_TEST

/* What another process makes at the same moment is everybody's key. */
START_TEST(made_at_once)
{
	unsigned char keys[8][SCRAMKEY_LEN];
	int pipes[2];

	ck_assert_int_eq(pipe(pipes), 0);
	for (int i = 0; i < 8; i++) {
		if (fork() != 0)
			continue;
		if (!keyfile_keep(folder, keys[0], &fault))
			_exit(1);
		_exit(write(pipes[1], keys[0], SCRAMKEY_LEN) != SCRAMKEY_LEN);
	}
	for (int i = 0; i < 8; i++) {
		int status;

		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
		ck_assert_int_eq(read(pipes[0], keys[i], SCRAMKEY_LEN), SCRAMKEY_LEN);
		ck_assert_mem_eq(keys[0], keys[i], SCRAMKEY_LEN);
	}
	close(pipes[0]);
	close(pipes[1]);
}
END_TEST

START_TEST(not_a_link)
{
	unsigned char key[SCRAMKEY_LEN];

	ck_assert_int_eq(symlink("/etc/services", "key"), 0);
	ck_assert(!keyfile_keep(folder, key, &fault));
	ck_assert_uint_gt(fault.len, 0);
}
END_TEST

/* Nobody waits for what its writer never sends. */
START_TEST(not_a_fifo)
{
	unsigned char key[SCRAMKEY_LEN];

	ck_assert_int_eq(mkfifo("key", 0600), 0);
	ck_assert(!keyfile_keep(folder, key, &fault));
	ck_assert_uint_gt(fault.len, 0);
}
END_TEST

/* In a container a daemon has the same number each time. */
START_TEST(stopped_halfway)
{
	unsigned char key[SCRAMKEY_LEN];
	char beside[32];

	snprintf(beside, sizeof(beside), "key.%d", (int)getpid());
	close(open(beside, O_WRONLY | O_CREAT, 0600));
	ck_assert(keyfile_keep(folder, key, &fault));
}
END_TEST

START_TEST(no_such_folder)
{
	unsigned char key[SCRAMKEY_LEN];

	ck_assert(!keyfile_keep("/nonexistent", key, &fault));
	ck_assert(memmem(fault.at, fault.len, "/nonexistent: No such file", 26) != NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keyfile");
	TCase *cases = tcase_create("keyfile");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_loop_test(cases, length, 0, sizeof(lengths) / sizeof(lengths[0]));
	tcase_add_test(cases, content_is_the_key);
	tcase_add_test(cases, random_without_a_file);
	tcase_add_test(cases, no_such_file);
	suite_add_tcase(suite, cases);
	cases = tcase_create("state directory");
	tcase_add_checked_fixture(cases, setup_folder, teardown_folder);
	tcase_add_test(cases, made_once);
	tcase_add_test(cases, kept);
	tcase_add_loop_test(cases, lost, 0, 2);
	tcase_add_test(cases, made_at_once);
	tcase_add_test(cases, not_a_link);
	tcase_add_test(cases, not_a_fifo);
	tcase_add_test(cases, stopped_halfway);
	tcase_add_test(cases, no_such_folder);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
