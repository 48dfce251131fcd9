/* SPDX-License-Identifier: MIT */
/* The daemon's key: the same for the same file, another for another, none from too little. */
#include <check.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
