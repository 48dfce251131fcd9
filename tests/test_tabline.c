/* SPDX-License-Identifier: MIT */
/* Tests of base/tabline. */
#include <check.h>
#include <stdlib.h>

#include "base/tabline.h"

START_TEST(test_lines)
{
	struct span in = span_of("one\ttwo\n\nthree\r\npart"), line;

	ck_assert(tabline_take_line(&in, &line));
	ck_assert(span_is(line, "one\ttwo"));
	ck_assert(tabline_take_line(&in, &line));
	ck_assert(span_is(line, ""));
	ck_assert(tabline_take_line(&in, &line));
	ck_assert(span_is(line, "three\r"));
	ck_assert(!tabline_take_line(&in, &line));
	ck_assert(span_is(in, "part"));
	in = SPAN_NONE;
	ck_assert(!tabline_take_line(&in, &line));
}
END_TEST

START_TEST(test_fields)
{
	struct span line = span_of("AUTH\t\tresp=a=b\t"), field;

	ck_assert(tabline_take_field(&line, &field));
	ck_assert(span_is(field, "AUTH"));
	ck_assert(tabline_take_field(&line, &field));
	ck_assert(span_is(field, ""));
	ck_assert(tabline_take_field(&line, &field));
	ck_assert(span_is(field, "resp=a=b"));
	ck_assert(tabline_take_field(&line, &field));
	ck_assert(span_is(field, ""));
	ck_assert(!tabline_take_field(&line, &field));
}
END_TEST

static const struct {
	const char *field;
	const char *key;
	const char *want; /* null: not this key */
} values[] = {
	{"user=alice", "user", "alice"}, {"user=", "user", ""},        {"secured", "secured", ""},
	{"user=a=b", "user", "a=b"},     {"username=x", "user", NULL}, {"use", "user", NULL},
	{"", "user", NULL},              {"=x", "user", NULL},         {"USER=x", "user", NULL},
};

START_TEST(test_value)
{
	struct span value = SPAN_NONE;
	bool has = tabline_value(span_of(values[_i].field), values[_i].key, &value);

	ck_assert_msg(has == (values[_i].want != NULL), "row %d", _i);
	if (has) {
		ck_assert_msg(span_is(value, values[_i].want), "row %d", _i);
		ck_assert_ptr_nonnull(value.at);
	}
}
END_TEST

static const struct {
	const char *name;
	struct span in;
	bool want;
	struct span want_text;
} escapes[] = {
	{"nothing", {"", 0}, true, {"", 0}},
	{"plain", {"abc", 3}, true, {"abc", 3}},
	{"each", {"\0011\001t\001n\001r\0010", 10}, true, {"\001\t\n\r\0", 5}},
	{"at the end", {"a\001", 2}, false, {"a", 1}},
	{"unknown", {"a\001x", 3}, false, {"a", 1}},
	{"SOH after SOH", {"\001\001", 2}, false, {"", 0}},
	{"NUL after SOH", {"\001\0", 2}, false, {"", 0}},
};

START_TEST(test_unescape)
{
	char storage[16];
	struct buf out = BUF_ON(storage);

	tabline_unescape(escapes[_i].in, &out);
	ck_assert_msg(!out.failed == escapes[_i].want, "%s", escapes[_i].name);
	ck_assert_msg(span_equal(buf_span(&out), escapes[_i].want_text), "%s", escapes[_i].name);
}
END_TEST

/* Whatever is put in a field comes out again, and ends neither the field nor the line. */
START_TEST(test_round_trip)
{
	char all[256], wire_storage[600], back_storage[256];
	struct buf wire = BUF_ON(wire_storage), back = BUF_ON(back_storage);
	struct span line, field, value;

	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	buf_put_text(&wire, "FAIL");
	tabline_put(&wire, "reason", (struct span){all, 256});
	tabline_put(&wire, "left out", SPAN_NONE);
	tabline_put(&wire, "empty", span_of(""));
	ck_assert(!wire.failed);
	line = buf_span(&wire);
	ck_assert(tabline_take_field(&line, &field) && span_is(field, "FAIL"));
	ck_assert(tabline_take_field(&line, &field));
	ck_assert(tabline_value(field, "reason", &value));
	tabline_unescape(value, &back);
	ck_assert(!back.failed);
	ck_assert(span_equal(buf_span(&back), (struct span){all, 256}));
	ck_assert(tabline_take_field(&line, &field) && span_is(field, "empty="));
	ck_assert(!tabline_take_field(&line, &field));
	ck_assert(!span_has(buf_span(&wire), '\n'));
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof(table[0]))

int main(void)
{
	Suite *suite = suite_create("tabline");
	TCase *tcase = tcase_create("tabline");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, test_lines);
	tcase_add_test(tcase, test_fields);
	tcase_add_loop_test(tcase, test_value, 0, ROWS(values));
	tcase_add_loop_test(tcase, test_unescape, 0, ROWS(escapes));
	tcase_add_test(tcase, test_round_trip);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
