/* SPDX-License-Identifier: MIT */
/* Whose app passwords: the stable id before the name, and one spelling of a name. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/owner.h"

static const struct backend backend = {NULL, "users"};

static const struct {
	const char *name;
	const char *stable, *canonical, *login;
	const char *want;
} rows[] = {
    {"stable id", "u-1", "Alice@example.org", "alice@example.org", "users:u-1"},
    {"no stable id", NULL, NULL, "alice@example.org", "users:=alice@example.org"},
    {"empty stable id", "", NULL, "alice@example.org", "users:=alice@example.org"},
    {"canonical name", NULL, "Real.Name@Example.ORG", "alias@example.org",
     "users:=real.name@example.org"},
    {"canonical name in NFKC", NULL, "M\303\234LLER@x", "alias@x", "users:=m\303\274ller@x"},
    {"canonical name that is none", NULL, "a\tb", "alias@x", "users:=alias@x"},
    {"empty canonical name", NULL, "", "alias@x", "users:=alias@x"},
    {"a stable id that looks like a name", "=alice@example.org", NULL, "bob@x",
     "users:=alice@example.org"},
};

START_TEST(test_owner)
{
	static struct backend_record record;
	char storage[OWNER_MAX];
	struct buf out = BUF_ON(storage);

	backend_record_init(&record);
	record.stable = span_of(rows[_i].stable);
	record.canonical = span_of(rows[_i].canonical);
	owner_put(&out, &backend, &record, span_of(rows[_i].login));
	ck_assert_msg(span_is(buf_span(&out), rows[_i].want), "%s: %.*s", rows[_i].name,
		      (int)out.len, out.at);
}
END_TEST

/* Two long ones are two owners, and neither is too long. */
START_TEST(test_long)
{
	static struct backend_record record;
	char one[OWNER_MAX], two[OWNER_MAX], text[1001];
	struct buf out = BUF_ON(one), other = BUF_ON(two);

	backend_record_init(&record);
	memset(text, 'x', sizeof(text));
	if (_i)
		record.stable = (struct span){text, 1000};
	owner_put(&out, &backend, &record, (struct span){text, 1000});
	text[999] = 'y';
	owner_put(&other, &backend, &record, (struct span){text, 1000});
	ck_assert(!out.failed && !other.failed && out.len > 40);
	ck_assert(!span_equal(buf_span(&out), buf_span(&other)));
	text[999] = 'x';
	other.len = 0;
	owner_put(&other, &backend, &record, (struct span){text, 1000});
	ck_assert(span_equal(buf_span(&out), buf_span(&other)));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("owner");
	TCase *cases = tcase_create("owner");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(cases, test_owner, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_loop_test(cases, test_long, 0, 2);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
