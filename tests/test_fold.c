/* SPDX-License-Identifier: MIT */
/* Tests of base/fold: one normal form for every spelling of a name, and nothing else is a name. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/fold.h"

static const struct {
	const char *name;
	const char *in;
	const char *want; /* null: refused */
} rows[] = {
	{"ASCII", "alice@example.org", "alice@example.org"},
	{"upper case", "Alice@Example.ORG", "alice@example.org"},
	{"trimmed", " \talice\t ", "alice"},
	{"inner space stays", "a b", "a b"},
	{"empty", "", NULL},
	{"only spaces", " \t ", NULL},
	{"inner tab", "a\tb", NULL},
	{"line feed", "a\nb", NULL},
	{"delete", "a\177b", NULL},
	{"C1 control", "a\302\205b", NULL},
	{"line separator", "a\342\200\250b", NULL},
	{"not UTF-8", "a\377b", NULL},
	{"cut UTF-8", "a\303", NULL},
	{"overlong UTF-8", "a\300\257", NULL},
	{"surrogate", "a\355\240\200", NULL},
	{"beyond Unicode", "a\364\220\200\200", NULL},
	{"umlaut folds", "M\303\234LLER", "m\303\274ller"},
	{"decomposed umlaut composes", "mu\314\210ller", "m\303\274ller"},
	{"sharp s", "stra\303\237e", "strasse"},
	{"capital sharp s", "STRA\341\272\236E", "strasse"},
	{"full width", "\357\274\241lice\357\274\240example.org", "alice@example.org"},
	{"ligature", "\357\254\201sh", "fish"},
	{"Kelvin sign", "\342\204\252elvin", "kelvin"},
	{"final sigma", "\316\243\316\221\317\202", "\317\203\316\261\317\203"},
	{"ideographic space is trimmed", "\343\200\200alice\302\240", "alice"},
	{"soft hyphen is left out", "al\302\255ice", "alice"},
	{"zero width joiner is left out", "al\342\200\215ice", "alice"},
	{"only a byte order mark", "\357\273\277", NULL},
	{"dotted capital I", "\304\260", "i\314\207"},
	{"Arabic ligature", "\357\267\272", "\330\265\331\204\331\211 \330\247\331\204\331\204\331\207 "
	 "\330\271\331\204\331\212\331\207 \331\210\330\263\331\204\331\205"},
	{"ypogegrammeni", "\341\276\200", "\341\274\200\316\271"},
	{"spacing cedilla becomes a space and a mark", "\302\270", "\314\247"},
};

START_TEST(test_fold)
{
	char storage[256], again_storage[256];
	struct buf out = BUF_ON(storage), again = BUF_ON(again_storage);
	bool ok = fold_name(span_of(rows[_i].in), &out);

	ck_assert_msg(ok == (rows[_i].want != NULL), "%s", rows[_i].name);
	ck_assert_msg(!out.failed, "%s", rows[_i].name);
	ck_assert_msg(span_is(buf_span(&out), ok ? rows[_i].want : ""), "%s: %.*s", rows[_i].name,
		      (int)out.len, storage);
	if (!ok)
		return;
	ck_assert_msg(fold_name(buf_span(&out), &again), "%s", rows[_i].name);
	ck_assert_msg(span_equal(buf_span(&out), buf_span(&again)), "%s", rows[_i].name);
}
END_TEST

START_TEST(test_limits)
{
	char storage[8], big[FOLD_NAME_MAX + 1];
	struct buf out = BUF_ON(storage), wide;
	char room[FOLD_NAME_MAX + 1];

	ck_assert(!fold_name((struct span){"a\0b", 3}, &out));
	ck_assert(!out.failed);
	ck_assert(!fold_name(SPAN_NONE, &out));
	ck_assert(fold_name(span_of("12345678"), &out));
	ck_assert(!fold_name(span_of("9"), &out));
	ck_assert(out.failed);
	out = BUF_ON(storage);
	ck_assert(!fold_name(span_of("\357\267\272"), &out)); /* grows past the buf */
	ck_assert(out.failed);
	memset(big, 'a', sizeof(big));
	wide = BUF_ON(room);
	ck_assert(!fold_name((struct span){big, sizeof(big)}, &wide));
	ck_assert(!wide.failed);
	ck_assert(fold_name((struct span){big, FOLD_NAME_MAX}, &wide));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fold");
	TCase *tcase = tcase_create("fold");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, test_fold, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tcase, test_limits);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
