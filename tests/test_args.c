/* SPDX-License-Identifier: MIT */
/* Tests of args: options and words of a command line, in any order. */
#include "cli/args.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct cli_option global[] = {
    {"socket", "PATH", ""}, {"json", NULL, ""}, {"help", NULL, ""}, {NULL, NULL, NULL}};
static const struct cli_option own[] = {
    {"label", "LABEL", ""}, {"no-tls", NULL, ""}, {"config", "FILE", ""}, {NULL, NULL, NULL}};

/* Line, words parted by blanks; what comes of it: "word" or "--option=value" each, words first. */
static const struct {
	const char *line;
	bool stop;
	const char *want; /* null: refused */
	int want_taken;
} lines[] = {
    {"", false, "", 0},
    {"a b", false, "a b", 2},
    {"a --label x b", false, "a b --label=x", 4},
    {"--label=x a --label=y", false, "a --label=x --label=y", 3},
    {"--label= a", false, "a --label=", 2},
    {"--label -x", false, "--label=-x", 2},
    {"--label --json", false, "--label=--json", 2},
    {"a --json --no-tls", false, "a --json --no-tls", 3},
    {"-S /x -h", false, "--socket=/x --help", 3},
    {"-S/x a", false, "a --socket=/x", 2},
    {"-c f", false, "--config=f", 2},
    {"a -- --label -x", false, "a --label -x", 4},
    {"-", false, "-", 1},
    {"--json a --nonsense", true, "--json", 1},
    {"-S /x -- a", true, "--socket=/x", 3},
    {"--label", false, NULL, 0},
    {"--json=x", false, NULL, 0},
    {"--nonsense", false, NULL, 0},
    {"--lab x", false, NULL, 0},
    {"--labels x", false, NULL, 0},
    {"-x", false, NULL, 0},
    {"-hV", false, NULL, 0},
    {"-V", false, NULL, 0}, /* in neither table here */
};

static void put_all(const struct args *args, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < args->count; i++)
		len +=
		    (size_t)snprintf(out + len, size - len, "%s%s", len ? " " : "", args->words[i]);
	for (size_t i = 0; i < args->options; i++) {
		const struct args_given *given = &args->given[i];

		len += (size_t)snprintf(out + len, size - len, "%s--%s%s%s", len ? " " : "",
					given->option->name, given->value ? "=" : "",
					given->value ? given->value : "");
	}
}

START_TEST(test_lines)
{
	char *copy = strdup(lines[_i].line), *argv[16], got[256];
	struct args args;
	int argc = 0, taken = 0;
	bool good;

	for (char *word = copy, *end; *word; word = end) {
		end = word + strcspn(word, " ");
		if (*end)
			*end++ = '\0';
		argv[argc++] = word;
	}
	good = args_take(NULL, &args, argc, argv, own, global, lines[_i].stop, &taken);
	ck_assert_msg(good == (lines[_i].want != NULL), "%s", lines[_i].line);
	if (good) {
		put_all(&args, got, sizeof(got));
		ck_assert_str_eq(got, lines[_i].want);
		ck_assert_int_eq(taken, lines[_i].want_taken);
	}
	free(copy);
}
END_TEST

START_TEST(test_values)
{
	char *argv[] = {"--label", "x", "--json", "--label=y"};
	struct args args;
	size_t at = 0;
	int taken;

	ck_assert(args_take(NULL, &args, 4, argv, own, global, false, &taken));
	ck_assert_str_eq(args_value(&args, "label"), "y");
	ck_assert_ptr_null(args_value(&args, "json"));
	ck_assert_ptr_null(args_value(&args, "socket"));
	ck_assert(args_has(&args, "json"));
	ck_assert(!args_has(&args, "no-tls"));
	ck_assert_str_eq(args_next(&args, "label", &at), "x");
	ck_assert_str_eq(args_next(&args, "label", &at), "y");
	ck_assert_ptr_null(args_next(&args, "label", &at));
}
END_TEST

START_TEST(test_too_many)
{
	char *argv[ARGS_MAX + 1];
	struct args args;
	int taken;

	for (size_t i = 0; i <= ARGS_MAX; i++)
		argv[i] = _i ? "--json" : "word";
	ck_assert(args_take(NULL, &args, ARGS_MAX, argv, own, global, false, &taken));
	ck_assert_uint_eq(_i ? args.options : args.count, ARGS_MAX);
	ck_assert(!args_take(NULL, &args, ARGS_MAX + 1, argv, own, global, false, &taken));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("args");
	TCase *tcase = tcase_create("args");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, test_lines, 0, (int)(sizeof(lines) / sizeof(lines[0])));
	tcase_add_test(tcase, test_values);
	tcase_add_loop_test(tcase, test_too_many, 0, 2);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
