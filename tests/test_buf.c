/* SPDX-License-Identifier: MIT */
/* Tests of base/buf. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

START_TEST(test_ceiling)
{
	char storage[8] = "#######";
	struct buf out = {storage, 0, 4, false};

	buf_put_text(&out, "ab");
	buf_put_text(&out, "");
	buf_put_span(&out, SPAN_NONE);
	buf_put_text(&out, "cd");
	ck_assert(!out.failed);
	ck_assert(span_is(buf_span(&out), "abcd"));
	buf_put_text(&out, "");
	ck_assert(!out.failed);
	buf_put_char(&out, 'e');
	ck_assert(out.failed);
	ck_assert(span_is(buf_span(&out), "abcd"));
	ck_assert_int_eq(storage[4], '#');
}
END_TEST

/* What does not fit is left out whole, and everything after it too. */
START_TEST(test_sticky)
{
	char storage[4];
	struct buf out = BUF_ON(storage);

	buf_put_text(&out, "abc");
	buf_put_text(&out, "de");
	ck_assert(out.failed);
	buf_put_char(&out, 'f');
	ck_assert(span_is(buf_span(&out), "abc"));
	out = (struct buf){NULL, 0, 0, false};
	buf_put_text(&out, "");
	ck_assert(!out.failed);
	buf_put_text(&out, "a");
	ck_assert(out.failed);
}
END_TEST

static const struct {
	uint64_t number;
	unsigned width;
	const char *want;
} numbers[] = {
	{0, 1, "0"},
	{0, 0, "0"},
	{7, 3, "007"},
	{1234, 3, "1234"},
	{UINT64_MAX, 1, "18446744073709551615"},
	{UINT64_MAX, 22, "0018446744073709551615"},
	{1, 32, "00000000000000000000000000000001"},
	{1, 99, "00000000000000000000000000000001"}, /* the widest there is */
};

START_TEST(test_number)
{
	char storage[64];
	struct buf out = BUF_ON(storage);

	buf_put_padded(&out, numbers[_i].number, numbers[_i].width);
	ck_assert_msg(span_is(buf_span(&out), numbers[_i].want), "row %d", _i);
	out = BUF_ON(storage);
	buf_put_number(&out, 1203);
	ck_assert(span_is(buf_span(&out), "1203"));
}
END_TEST

START_TEST(test_text)
{
	static const unsigned char octets[] = {0, 1, 0x9f, 0xff};
	char storage[64];
	struct buf out = BUF_ON(storage);

	buf_put_hex(&out, octets, 4);
	ck_assert(span_is(buf_span(&out), "00019fff"));
	out.len = 0;
	buf_put_foreign(&out, (struct span){"a,b\r\n\0\177\303~ ", 10});
	ck_assert(span_is(buf_span(&out), "a;b?????~ "));
	out.len = 0;
	buf_put_printable(&out, (struct span){"a,b\r\n\0\177\303~ ", 10});
	ck_assert(span_is(buf_span(&out), "a,b?????~ "));
	out.len = 0;
	buf_put_escaped(&out, (struct span){"a\001b\tc\nd\re\0f", 11});
	ck_assert(span_is(buf_span(&out), "a\0011b\001tc\001nd\001re\0010f"));
	ck_assert(!out.failed);
}
END_TEST

START_TEST(test_drop)
{
	char storage[8];
	struct buf out = BUF_ON(storage);

	buf_put_text(&out, "abcdef");
	buf_drop(&out, 0);
	ck_assert(span_is(buf_span(&out), "abcdef"));
	buf_drop(&out, 2);
	ck_assert(span_is(buf_span(&out), "cdef"));
	buf_put_text(&out, "gh");
	ck_assert(span_is(buf_span(&out), "cdefgh"));
	buf_drop(&out, 99);
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

START_TEST(test_wipe)
{
	char storage[8];
	static const char zeros[8];
	struct buf out = BUF_ON(storage);

	memset(storage, 'x', sizeof(storage));
	buf_put_text(&out, "secret");
	buf_drop(&out, 6); /* it still stands there */
	out.failed = true;
	buf_wipe(&out);
	ck_assert_mem_eq(storage, zeros, 8);
	ck_assert_uint_eq(out.len, 0);
	ck_assert(!out.failed);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("buf");
	TCase *tcase = tcase_create("buf");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, test_ceiling);
	tcase_add_test(tcase, test_sticky);
	tcase_add_loop_test(tcase, test_number, 0, (int)(sizeof(numbers) / sizeof(numbers[0])));
	tcase_add_test(tcase, test_text);
	tcase_add_test(tcase, test_drop);
	tcase_add_test(tcase, test_wipe);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
