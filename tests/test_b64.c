/* SPDX-License-Identifier: MIT */
/* Tests of base/b64: the vectors of RFC 4648 section 10, and that nothing else is taken. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/b64.h"

static const struct {
	const char *text;
	const char *want; /* null: refused */
} rows[] = {
	{"", ""},
	{"Zg==", "f"},
	{"Zm8=", "fo"},
	{"Zm9v", "foo"},
	{"Zm9vYg==", "foob"},
	{"Zm9vYmE=", "fooba"},
	{"Zm9vYmFy", "foobar"},
	{"Pz8/Pj4+", "\?\?\?>>>"},
	{"Zg", NULL},
	{"Zg=", NULL},
	{"Zg===", NULL},
	{"Zh==", NULL}, /* stray bits */
	{"Zm9=", NULL},
	{"Z", NULL},
	{"=", NULL},
	{"====", NULL},
	{"Zg==Zg==", NULL},
	{"Zm9v\n", NULL},
	{" Zm9v", NULL},
	{"Zm 9v", NULL},
	{"Zm9v\t", NULL},
	{"Pz8_Pj4-", NULL},
	{"Zm9\303", NULL}, /* libsodium 1.0.18 alone takes it for "Zm9/" */
	{"\200\200\200\200", NULL},
	{"Zm9v\377m9v", NULL},
};

START_TEST(test_decode)
{
	char storage[32];
	struct buf out = BUF_ON(storage);
	/* Not "ok ? strlen(want) : 0": gcc 14.2 calls strlen() whether it is ok or not. */
	size_t want_len = strlen(rows[_i].want ? rows[_i].want : "");
	bool ok;

	buf_put_char(&out, '>');
	ok = b64_decode(span_of(rows[_i].text), &out);
	ck_assert_msg(ok == (rows[_i].want != NULL), "%s", rows[_i].text);
	ck_assert(!out.failed);
	ck_assert_uint_eq(out.len, 1 + want_len);
	if (ok) {
		ck_assert_msg(!memcmp(storage + 1, rows[_i].want, out.len - 1), "%s", rows[_i].text);
		out.len = 0;
		b64_put(&out, span_of(rows[_i].want));
		ck_assert(span_is(buf_span(&out), rows[_i].text));
	}
}
END_TEST

static const struct {
	const char *text;
	const char *want;
} adapted[] = {
	{"Zg", "f"},         {"Zg==", "f"},       {"Pz8/Pj4.", "\?\?\?>>>"}, {"Pz8/Pj4+", "\?\?\?>>>"},
	{"Z", NULL},         {"Zh", NULL},        {"Zm9v Zg", NULL},      {"Z=g", NULL},
	{"", ""},            {"==", ""},
};

START_TEST(test_adapted)
{
	char storage[32];
	struct buf out = BUF_ON(storage);
	bool ok = b64_decode_adapted(span_of(adapted[_i].text), &out);

	ck_assert_msg(ok == (adapted[_i].want != NULL), "%s", adapted[_i].text);
	if (ok)
		ck_assert(span_is(buf_span(&out), adapted[_i].want));
	out.len = 0;
	b64_put_adapted(&out, span_of("\?\?\?>>>f"));
	ck_assert(span_is(buf_span(&out), "Pz8/Pj4.Zg"));
}
END_TEST

static const struct {
	const char *text;
	const char *want;
} hex[] = {
	{"", ""},     {"666f6F", "foo"}, {"6", NULL},     {"66 6f", NULL},
	{"zz", NULL}, {"66:6f", NULL},   {"666f6", NULL}, {"0x66", NULL},
};

START_TEST(test_hex)
{
	char storage[8];
	struct buf out = BUF_ON(storage);
	bool ok = b64_decode_hex(span_of(hex[_i].text), &out);

	ck_assert_msg(ok == (hex[_i].want != NULL), "%s", hex[_i].text);
	ck_assert(span_is(buf_span(&out), ok ? hex[_i].want : ""));
}
END_TEST

/* Every length, in storage of exactly that size. */
START_TEST(test_lengths)
{
	unsigned char octets[600];
	char text[B64_ENCODED_LEN(600)], back[600];

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (unsigned char)(i * 151 + 7);
	for (size_t len = 0; len <= sizeof(octets); len++) {
		struct buf out = {text, 0, B64_ENCODED_LEN(len), false};
		struct buf tight = {text, 0, len ? B64_ENCODED_LEN(len) - 1 : 0, false};
		struct buf in = {back, 0, len, false}, small = {back, 0, len - 1, false};

		b64_put(&tight, (struct span){(char *)octets, len});
		ck_assert(tight.failed == (len > 0));
		b64_put(&out, (struct span){(char *)octets, len});
		ck_assert(!out.failed);
		ck_assert_uint_eq(out.len, B64_ENCODED_LEN(len));
		ck_assert_uint_ge(B64_DECODED_MAX(out.len), len);
		ck_assert(b64_decode(buf_span(&out), &in));
		ck_assert_uint_eq(in.len, len);
		ck_assert(!memcmp(back, octets, len));
		if (len)
			ck_assert(!b64_decode(buf_span(&out), &small));
	}
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof(table[0]))

int main(void)
{
	Suite *suite = suite_create("b64");
	TCase *tcase = tcase_create("b64");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, test_decode, 0, ROWS(rows));
	tcase_add_loop_test(tcase, test_adapted, 0, ROWS(adapted));
	tcase_add_loop_test(tcase, test_hex, 0, ROWS(hex));
	tcase_add_test(tcase, test_lengths);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
