/* SPDX-License-Identifier: MIT */
/* Tests of base/span. */
#include <check.h>
#include <stdlib.h>

#include "base/span.h"

#define LIT(text) ((struct span){(text), sizeof(text) - 1})

static const struct {
	const char *name;
	struct span a, b;
	bool want_equal, want_nocase;
} pairs[] = {
	{"same", LIT("abc"), LIT("abc"), true, true},
	{"case", LIT("aBc"), LIT("AbC"), false, true},
	{"longer", LIT("abc"), LIT("abcd"), false, false},
	{"empty and absent", LIT(""), {NULL, 0}, true, true},
	{"both absent", {NULL, 0}, {NULL, 0}, true, true},
	{"behind a NUL", LIT("a\0b"), LIT("a\0c"), false, false},
	{"around the letters", LIT("@[`{"), LIT("`{@["), false, false},
	{"not ASCII", LIT("\303\204"), LIT("\303\244"), false, false},
};

START_TEST(test_equal)
{
	ck_assert_msg(span_equal(pairs[_i].a, pairs[_i].b) == pairs[_i].want_equal, "%s",
		      pairs[_i].name);
	ck_assert_msg(span_equal_nocase(pairs[_i].a, pairs[_i].b) == pairs[_i].want_nocase, "%s",
		      pairs[_i].name);
	ck_assert_msg(span_equal_nocase(pairs[_i].b, pairs[_i].a) == pairs[_i].want_nocase, "%s",
		      pairs[_i].name);
}
END_TEST

static const struct {
	struct span in;
	int want_count;
	const char *want[4];
} lists[] = {
	{LIT("a,b"), 2, {"a", "b"}},
	{LIT("a,"), 2, {"a", ""}},
	{LIT(","), 2, {"", ""}},
	{LIT("a"), 1, {"a"}},
	{LIT(""), 1, {""}},
	{{NULL, 0}, 0, {NULL}},
	{LIT(",a,,b"), 4, {"", "a", "", "b"}},
};

START_TEST(test_take_until)
{
	struct span in = lists[_i].in, piece;
	int count = 0;

	while (span_take_until(&in, ',', &piece)) {
		ck_assert_int_lt(count, 4);
		ck_assert_ptr_nonnull(piece.at);
		ck_assert(span_is(piece, lists[_i].want[count]));
		count++;
	}
	ck_assert_int_eq(count, lists[_i].want_count);
	ck_assert_ptr_null(in.at);
}
END_TEST

static const struct {
	struct span text;
	uint64_t max;
	bool want;
	uint64_t want_number;
} numbers[] = {
	{LIT("0"), 0, true, 0},
	{LIT("1"), 0, false, 0},
	{LIT("42"), 42, true, 42},
	{LIT("43"), 42, false, 0},
	{LIT("007"), 10, true, 7},
	{LIT("18446744073709551615"), UINT64_MAX, true, UINT64_MAX},
	{LIT("18446744073709551616"), UINT64_MAX, false, 0},
	{LIT("99999999999999999999999"), UINT64_MAX, false, 0},
	{LIT("10"), 9, false, 0},
	{LIT("9"), 5, false, 0},
	{LIT(""), 9, false, 0},
	{{NULL, 0}, 9, false, 0},
	{LIT("-1"), 9, false, 0},
	{LIT("+1"), 9, false, 0},
	{LIT(" 1"), 9, false, 0},
	{LIT("1 "), 9, false, 0},
	{LIT("0x1"), 99, false, 0},
	{LIT("1\0"), 99, false, 0},
};

START_TEST(test_take_number)
{
	uint64_t number = 12345;
	bool ok = span_take_number(numbers[_i].text, numbers[_i].max, &number);

	ck_assert_msg(ok == numbers[_i].want, "row %d", _i);
	ck_assert_msg(number == (ok ? numbers[_i].want_number : 12345), "row %d", _i);
}
END_TEST

static const struct {
	struct span in;
	const char *want;
} trims[] = {
	{LIT(" \ta b\t "), "a b"}, {LIT("a"), "a"},   {LIT("  "), ""},
	{LIT(""), ""},             {{NULL, 0}, ""},   {LIT("\na\n"), "\na\n"},
};

START_TEST(test_trim)
{
	ck_assert(span_is(span_trim(trims[_i].in), trims[_i].want));
}
END_TEST

static const struct {
	const char *list;
	const char *item;
	bool want;
} members[] = {
	{"PLAIN LOGIN", "LOGIN", true},
	{"PLAIN,LOGIN", "login", true},
	{"PLAIN, LOGIN", "PLAIN", true},
	{"PLAIN", "PLAI", false},
	{"PLAI", "PLAIN", false},
	{"SCRAM-SHA-256", "SCRAM-SHA-1", false},
	{"", "PLAIN", false},
	{" , ,", "", false},
	{",PLAIN,", "PLAIN", true},
};

START_TEST(test_list_has)
{
	ck_assert_msg(span_list_has(span_of(members[_i].list), span_of(members[_i].item)) ==
		      members[_i].want, "row %d", _i);
}
END_TEST

START_TEST(test_octets)
{
	ck_assert(span_of(NULL).at == NULL);
	ck_assert(span_of("").at != NULL);
	ck_assert(span_printable(LIT(" ~")));
	ck_assert(span_printable(SPAN_NONE));
	ck_assert(!span_printable(LIT("a\037")));
	ck_assert(!span_printable(LIT("a\177")));
	ck_assert(!span_printable(LIT("\303\244")));
	ck_assert(!span_printable(LIT("a\0")));
	ck_assert(span_has(LIT("a\0b"), 'b'));
	ck_assert(span_has(LIT("a\0b"), '\0'));
	ck_assert(!span_has(LIT("ab"), '\0'));
	ck_assert(!span_has(SPAN_NONE, 'a'));
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof(table[0]))

int main(void)
{
	Suite *suite = suite_create("span");
	TCase *tcase = tcase_create("span");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, test_equal, 0, ROWS(pairs));
	tcase_add_loop_test(tcase, test_take_until, 0, ROWS(lists));
	tcase_add_loop_test(tcase, test_take_number, 0, ROWS(numbers));
	tcase_add_loop_test(tcase, test_trim, 0, ROWS(trims));
	tcase_add_loop_test(tcase, test_list_has, 0, ROWS(members));
	tcase_add_test(tcase, test_octets);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
