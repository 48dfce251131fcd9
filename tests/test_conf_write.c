/* SPDX-License-Identifier: MIT */
/* Tests of base/conf_write: what is written can be read again and is the same then. */
#include "base/conf_write.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct conf_section sections[] = {
    {"words", NULL, "room", "Words."},
    {"room", "name", NULL, "A room."},
};

static const struct conf_key keys[] = {
    {"", "text", CONF_TEXT, "a", 0, 0, NULL, NULL, NULL, "A text."},
    {"", "list", CONF_LIST, "x,y", 0, 0, NULL, NULL, NULL, "A list."},
    {"", "empty-list", CONF_LIST, "", 0, 0, NULL, NULL, "nothing", "A list."},
    {"", "some", CONF_LIST, "ONE", 0, 0, NULL, "ONE|TWO", NULL, "A list of these."},
    {"", "count", CONF_NUMBER, "5", 1, 10, NULL, NULL, NULL, "A number."},
    {"", "wait", CONF_NUMBER, "500", 0, 60000, "ms", NULL, NULL, "A time."},
    {"", "days", CONF_NUMBER, "30", 0, 365, "d", NULL, NULL, "Days."},
    {"", "choice", CONF_CHOICE, "one", 0, 0, NULL, "one|two", NULL, "A choice."},
    {"", "flag", CONF_BOOL, "no", 0, 0, NULL, NULL, NULL, "A flag."},
    {"", "path", CONF_PATH, "", 0, 0, NULL, NULL, "no file", "A path."},
    {"", "mode", CONF_MODE, "0600", 0, 0, NULL, NULL, NULL, "A mode."},
    {"room", "needed", CONF_TEXT, NULL, 0, 0, NULL, NULL, NULL, "A text."},
    {"room", "floor", CONF_NUMBER, "1", 0, 99, NULL, NULL, NULL, "A number."},
    {"words", "a-b", CONF_TEXT, "", 0, 0, NULL, NULL, "the usual", "A text."},
};

static const struct conf_schema schema = {sections, COUNT(sections), keys, COUNT(keys)};

static char folder[] = "/tmp/test_conf_write.XXXXXX";

static void write_file(const char *name, const char *text, size_t len)
{
	FILE *out = fopen(name, "w");

	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(fwrite(text, 1, len, out), len);
	fclose(out);
}

static struct conf *load(const char *text, char *faults, size_t size)
{
	struct buf out = {faults, 0, size - 1, false};
	struct conf *conf;

	write_file("conf", text, strlen(text));
	conf = conf_open(&schema, "conf", &out);
	faults[out.len] = '\0';
	ck_assert_int_eq(conf == NULL, out.len > 0 || out.failed);
	return conf;
}

static char *written(const struct conf *conf)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	conf_write(conf, out);
	fclose(out);
	return text;
}

static const char *const fixpoints[] = {
    "",
    "text = \"a \\\"b\\\" \\\\ \\${HOME} {url} $ 'x' # no // comment\"",
    "list = {\"a, b\", \"}\", 'c\\'d'}\nempty-list = {z}\nsome = {two, ONE}",
    "list = {}\nsome = {}\ncount = 007\nwait = 3s\ndays = 24h\nflag = on\nmode = 777",
    "room \"a b\" { needed = '' }\nroom 'q\"\\\\q' { needed = \"\\\"\" words { a-b = x } }",
    "include = {room.inc}",
};

START_TEST(test_fixpoint)
{
	char faults[4096];
	struct conf *conf = load(fixpoints[_i], faults, sizeof(faults));
	char *first, *second;

	ck_assert_msg(conf != NULL, "%s", faults);
	first = written(conf);
	conf_close(&conf);
	conf = load(first, faults, sizeof(faults));
	ck_assert_msg(conf != NULL, "%s%s", faults, first);
	second = written(conf);
	conf_close(&conf);
	ck_assert_str_eq(first, second);
	for (size_t i = 0; i < COUNT(keys); i++)
		ck_assert_msg(strcmp(keys[i].section, "room") == 0 || strstr(first, keys[i].name),
			      "%s is not written", keys[i].name);
	free(first);
	free(second);
}
END_TEST

START_TEST(test_golden)
{
	static const char want[] = "text = \"\\$a\"\nlist = {\"x\", \"y\"}\n# empty-list: nothing\n"
				   "empty-list = {}\nsome = {\"ONE\"}\ncount = 5\nwait = 500ms\n"
				   "days = 30d\nchoice = \"one\"\nflag = no\n# path: no file\n"
				   "path = \"\"\nmode = 0600\n\nwords {\n\t# a-b: the usual\n"
				   "\ta-b = \"\"\n}\n\nroom \"r\" {\n\tneeded = \"n\"\n"
				   "\tfloor = 1\n}\n";
	char faults[4096];
	struct conf *conf = load("text = '$a' room r { needed = n }", faults, sizeof(faults));
	char *text;

	ck_assert_msg(conf != NULL, "%s", faults);
	text = written(conf);
	ck_assert_str_eq(text, want);
	free(text);
	conf_close(&conf);
}
END_TEST

START_TEST(test_man)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	conf_write_man(&schema, out);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(text, ".SS \"room \\(dq\\fIname\\fP\\(dq { ... }\"\n"));
	ck_assert_ptr_nonnull(strstr(text, ".TP\n\\fBwait\\fR (time, 0ms to 60000ms)\nA time.\n"
					   "Default: \\fB500ms\\fR.\n"));
	ck_assert_ptr_nonnull(strstr(text, "\\fBa\\-b\\fR (text)\n"));
	free(text);
}
END_TEST

static void enter_folder(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	write_file("room.inc", "room r { needed = x }", 21);
}

static void leave_folder(void)
{
	unlink("conf");
	unlink("room.inc");
	ck_assert_int_eq(chdir("/"), 0);
	rmdir(folder);
}

int main(void)
{
	Suite *suite = suite_create("conf_write");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_unchecked_fixture(all, enter_folder, leave_folder);
	tcase_add_loop_test(all, test_fixpoint, 0, (int)COUNT(fixpoints));
	tcase_add_test(all, test_golden);
	tcase_add_test(all, test_man);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
