/* SPDX-License-Identifier: MIT */
/* Tests of base/log: escaping, cutting, what is written when, and where nothing can be written. */
#include "base/log.h"

#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))
#define LITERAL(text)                                                                              \
	{                                                                                          \
		(text), sizeof(text) - 1                                                           \
	}

static const struct {
	const char *name;
	struct span value;
	const char *want;
} values[] = {
    {"plain", LITERAL("alice@example.org"), "event key=alice@example.org"},
    {"absent leaves the key out", {NULL, 0}, "event"},
    {"empty", LITERAL(""), "event key=\"\""},
    {"space", LITERAL("a b"), "event key=\"a b\""},
    {"quote and backslash", LITERAL("a\"b\\c"), "event key=\"a\\\"b\\\\c\""},
    {"line end forges nothing", LITERAL("x\nevent key=1"), "event key=\"x\\x0aevent key=1\""},
    {"tab, NUL and DEL", LITERAL("\t\0\x7f"), "event key=\"\\x09\\x00\\x7f\""},
    {"terminal escape", LITERAL("\033[2J"), "event key=\"\\x1b[2J\""},
    {"UTF-8", LITERAL("\xc3\xa4"), "event key=\"\\xc3\\xa4\""},
    {"an equal sign is plain", LITERAL("a=b"), "event key=a=b"},
};

START_TEST(test_value)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_INFO, "event");
	log_put(&line, "key", values[_i].value);
	ck_assert_msg(span_is((struct span){line.text, line.len}, values[_i].want), "%s: %.*s",
		      values[_i].name, (int)line.len, line.text);
}
END_TEST

static const struct {
	int64_t number;
	const char *want;
} numbers[] = {
    {0, "e n=0"},
    {-1, "e n=-1"},
    {INT64_MAX, "e n=9223372036854775807"},
    {INT64_MIN, "e n=-9223372036854775808"},
};

START_TEST(test_number)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_INFO, "e");
	log_put_number(&line, "n", numbers[_i].number);
	ck_assert(span_is((struct span){line.text, line.len}, numbers[_i].want));
}
END_TEST

/* Whatever is too long, and wherever it becomes so: the line ends in "..." and inside the text. */
START_TEST(test_cut)
{
	static char big[4096];

	memset(big, _i % 2 ? 'x' : '\n', sizeof(big));
	for (size_t len = 0; len < sizeof(big); len++) {
		struct log_line line;

		memset(&line, 0, sizeof(line));
		log_begin(&line, LOG_LEVEL_INFO, "event");
		log_put(&line, "key", (struct span){big, len});
		log_put_text(&line, "more", "value");
		log_put_number(&line, "n", 1);
		ck_assert_uint_le(line.len, sizeof(line.text));
		ck_assert_int_eq(line.cut, memcmp(line.text + line.len - 3, "...", 3) == 0);
		ck_assert_int_eq(line.cut, memcmp(line.text + line.len - 4, " n=1", 4) != 0);
	}
}
END_TEST

/* Standard error is `fd` from here on (check forks for each test). */
static void stand_in(int fd)
{
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
}

static size_t read_all(int fd, char *text, size_t size)
{
	ssize_t n = pread(fd, text, size - 1, 0);

	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	return (size_t)n;
}

static int temporary(void)
{
	char name[] = "/tmp/test_log.XXXXXX";
	int fd = mkstemp(name);

	ck_assert_int_ge(fd, 0);
	unlink(name);
	return fd;
}

static void say(enum log_level level, const char *what)
{
	log_say(level, "event", what, NULL);
}

START_TEST(test_shape)
{
	int fd = temporary();
	char text[4096];
	char want[64];
	int y, mo, d, h, mi, s, ms, end = 0;
	size_t len;
	ssize_t n;

	stand_in(fd);
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_INFO, "prog");
	log_say(LOG_LEVEL_WARNING, "listener", "cannot bind", "/run/x y");
	len = read_all(fd, text, sizeof(text));
	ck_assert_int_eq(
	    sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ %n", &y, &mo, &d, &h, &mi, &s, &ms, &end),
	    7);
	n = snprintf(want, sizeof(want), "warning prog[%d]: ", (int)getpid());
	ck_assert_mem_eq(text + end, want, (size_t)n);
	ck_assert_str_eq(text + end + n, "listener what=\"cannot bind\" about=\"/run/x y\"\n");
	ck_assert_uint_eq(len, (size_t)end + (size_t)n + strlen(text + end + n));
}
END_TEST

START_TEST(test_waits)
{
	int fd = temporary();
	char text[8192];

	stand_in(fd);
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_INFO, "prog");
	say(LOG_LEVEL_DEBUG, "unwanted");
	say(LOG_LEVEL_INFO, "first");
	ck_assert_uint_eq(read_all(fd, text, sizeof(text)), 0);
	log_flush();
	ck_assert_uint_gt(read_all(fd, text, sizeof(text)), 0);
	ck_assert_ptr_nonnull(strstr(text, "first\n"));
	say(LOG_LEVEL_INFO, "second");
	say(LOG_LEVEL_ERROR, "third");
	read_all(fd, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "second\n"));
	ck_assert(strstr(text, "second\n") < strstr(text, "third\n"));
	ck_assert_ptr_null(strstr(text, "unwanted"));
	ck_assert(log_wants(LOG_LEVEL_INFO) && !log_wants(LOG_LEVEL_DEBUG));
}
END_TEST

START_TEST(test_full_disk)
{
	int fd = temporary();
	char text[8192];

	stand_in(open("/dev/full", O_WRONLY));
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_INFO, "prog");
	for (int i = 0; i < 5; i++)
		say(LOG_LEVEL_ERROR, "lost");
	say(LOG_LEVEL_INFO, "lost too");
	log_flush();
	stand_in(fd);
	say(LOG_LEVEL_INFO, "works again");
	log_flush();
	say(LOG_LEVEL_INFO, "and on");
	log_flush();
	read_all(fd, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "log lost=6\n"));
	ck_assert(strstr(text, "log lost=6\n") < strstr(text, "works again\""));
	ck_assert_ptr_nonnull(strstr(text, "and on\""));
	ck_assert_ptr_null(strstr(strstr(text, "lost=6") + 1, "lost="));
}
END_TEST

/* Lines in a text, and the sum of what its notices say. */
static uint64_t lines_and_lost(const char *text, uint64_t *lost)
{
	struct span rest = span_of(text), line;
	uint64_t lines = 0;

	while (span_take_until(&rest, '\n', &line)) {
		const char *notice = line.len ? memmem(line.at, line.len, "log lost=", 9) : NULL;

		if (notice)
			*lost += strtoull(notice + 9, NULL, 10);
		else
			lines += line.len > 0;
	}
	return lines;
}

/* A reader that stands still: 0 a pipe, 1 a stream socket. Nothing blocks, and each line is
 * either read or counted. */
START_TEST(test_slow_reader)
{
	static char text[1 << 22];
	uint64_t lines = 0, lost = 0;
	size_t len = 0;
	int ends[2];

	if (_i == 0)
		ck_assert_int_eq(pipe(ends), 0);
	else
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	stand_in(ends[1]);
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_INFO, "prog");
	alarm(20);
	for (int i = 0; i < 20000; i++)
		say(i % 2 ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, "a line of the usual length");
	ck_assert_int_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	for (int i = 0; i < 1000; i++) {
		ssize_t n = read(ends[0], text + len, sizeof(text) - 1 - len);

		if (n > 0)
			len += (size_t)n;
		say(LOG_LEVEL_INFO, "later");
		log_flush();
	}
	for (ssize_t n = 1; n > 0; len += (size_t)n) {
		n = read(ends[0], text + len, sizeof(text) - 1 - len);
		if (n < 0)
			break;
	}
	text[len] = '\0';
	lines = lines_and_lost(text, &lost);
	ck_assert_uint_gt(lost, 0);
	ck_assert_uint_eq(lines + lost, 21000);
}
END_TEST

START_TEST(test_no_reader)
{
	int fd = temporary();
	char text[4096];
	int ends[2];

	if (_i == 0)
		ck_assert_int_eq(pipe(ends), 0);
	else
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	close(ends[0]);
	stand_in(ends[1]);
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_INFO, "prog");
	say(LOG_LEVEL_ERROR, "into nothing");
	say(LOG_LEVEL_INFO, "into nothing");
	log_flush();
	stand_in(fd);
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_INFO, "prog");
	say(LOG_LEVEL_ERROR, "back");
	read_all(fd, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "log lost=2\n"));
	ck_assert_ptr_nonnull(strstr(text, "what=back\n"));
}
END_TEST

static void *talk(void *arg)
{
	for (int i = 0; i < 2000; i++) {
		say(i % 3 ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, arg);
		if (i % 7 == 0)
			log_flush();
	}
	return NULL;
}

START_TEST(test_threads)
{
	static char text[1 << 20];
	static const char *const who[] = {"one", "two", "three", "four"};
	pthread_t threads[4];
	int fd = temporary();
	uint64_t lost = 0;

	stand_in(fd);
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_INFO, "prog");
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, talk, (void *)who[i]), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	log_flush();
	read_all(fd, text, sizeof(text));
	ck_assert_uint_eq(lines_and_lost(text, &lost), 8000);
	ck_assert_uint_eq(lost, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("log");
	TCase *lines = tcase_create("lines");
	TCase *writing = tcase_create("writing");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(lines, test_value, 0, COUNT(values));
	tcase_add_loop_test(lines, test_number, 0, COUNT(numbers));
	tcase_add_loop_test(lines, test_cut, 0, 2);
	tcase_add_test(writing, test_shape);
	tcase_add_test(writing, test_waits);
	tcase_add_test(writing, test_full_disk);
	tcase_add_loop_test(writing, test_slow_reader, 0, 2);
	tcase_add_loop_test(writing, test_no_reader, 0, 2);
	tcase_add_test(writing, test_threads);
	tcase_set_timeout(writing, 30);
	suite_add_tcase(suite, lines);
	suite_add_tcase(suite, writing);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
