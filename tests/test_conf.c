/* SPDX-License-Identifier: MIT */
/* Tests of base/conf: what a file may say, and where each fault stands. */
#include "base/conf.h"
#include "slow.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

static char folder[] = "/tmp/test_conf.XXXXXX";

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

/* Wrong: every want is a whole line of the faults, and there is no other. */
static const struct {
	const char *name;
	const char *text;
	const char *want;
} wrong[] = {
    {"unknown key", "\ntxt = b\n", "conf:2: no such option 'txt'\n"},
    {"unknown key in a section", "room r {\n\tneeded=x\n\tlist = {}\n}\n",
     "conf:3: no such option 'list'\n"},
    {"unknown section", "cellar c {\n}\n", "conf:1: no such option 'cellar'\n"},
    {"not a number", "count = five", "conf:1: count: \"five\" is not a number from 1 to 10\n"},
    {"below the range", "\n\ncount = 0", "conf:3: count: \"0\" is not a number from 1 to 10\n"},
    {"above the range", "count = 11", "conf:1: count: \"11\" is not a number from 1 to 10\n"},
    {"negative", "count = -1", "conf:1: count: \"-1\" is not a number from 1 to 10\n"},
    {"hexadecimal", "count = 0x5", "conf:1: count: \"0x5\" is not a number from 1 to 10\n"},
    {"overflow", "count = 99999999999999999999",
     "conf:1: count: \"99999999999999999999\" is not a number from 1 to 10\n"},
    {"a unit where there is none", "count = 5s",
     "conf:1: count: \"5s\" is not a number from 1 to 10\n"},
    {"unknown unit", "wait = 5 # ok\nflag = yes wait = 5weeks",
     "conf:2: wait is set twice, before in line 1\n"},
    {"unknown unit alone", "wait = 5weeks",
     "conf:1: wait: \"5weeks\" is not a number from 0ms to 60000ms\n"},
    {"less than the unit", "days = 1h", "conf:1: days: \"1h\" is not a number from 0d to 365d\n"},
    {"two faults", "count = 0\nchoice = three\n",
     "conf:1: count: \"0\" is not a number from 1 to 10\n"
     "conf:2: choice: \"three\" is not one of one, two\n"},
    {"item of a list", "some = {ONE,\n THREE}", "conf:2: some: \"THREE\" is not one of ONE, TWO\n"},
    {"empty item", "list = {a, ''}", "conf:1: list: \"\" is empty\n"},
    {"neither yes nor no", "flag = maybe", "conf:1: flag: \"maybe\" is neither yes nor no\n"},
    {"relative path", "path = etc/x", "conf:1: path: \"etc/x\" is not an absolute path\n"},
    {"mode of a bad digit", "mode = 0680",
     "conf:1: mode: \"0680\" is not the mode of a file in octal, such as 0660\n"},
    {"mode with more bits", "mode = 4755",
     "conf:1: mode: \"4755\" is not the mode of a file in octal, such as 0660\n"},
    {"not ASCII", "text = \"\xc3\xa4\"",
     "conf:1: text: \"??\" has something besides printable ASCII\n"},
    {"line end in a text", "text = \"a\nb\"",
     "conf:2: text: \"a?b\" has something besides printable ASCII\n"},
    {"key twice", "text = b\ntext = c\n", "conf:2: text is set twice, before in line 1\n"},
    {"list twice", "list = {a, b}\nlist = {c}\n", "conf:2: list is set twice, before in line 1\n"},
    {"list and empty list", "list = {a, b}\nlist = {}\n", "conf:3: list is set twice\n"},
    {"section twice", "room r {\n needed=x\n}\nroom r {\n needed=y\n}\n",
     "conf:4: found duplicate title 'r'\n"},
    {"section without a title twice", "words {\n}\nwords {\n}\n", "conf:4: words: stands twice\n"},
    {"title is missing", "room {\n}", "conf:1: missing title for section 'room'\n"},
    {"title is empty", "room '' {\n needed = x }",
     "conf:2: room \"\": its title is empty or not printable ASCII\n"},
    {"lacks a key", "room r {\n floor = 2\n}\n", "conf:3: room \"r\": needed has to be set\n"},
    {"lacks a key, empty", "\nroom r {\n}\n", "conf:3: room \"r\": needed has to be set\n"},
    {"fault in a section", "room r {\n\n floor = 100\n needed = x }",
     "conf:3: room \"r\": floor: \"100\" is not a number from 0 to 99\n"},
    {"fault in a section in a section", "room r {\n needed=x\nwords {\n\na-b = '\xff' } }",
     "conf:5: words: a-b: \"?\" has something besides printable ASCII\n"},
    {"key of another section", "room r {\n needed=x\n}\nroom|floor = 3\n", NULL},
    {"section of another section", "room r {\n needed=x\n}\nroom|words {\n}\n", NULL},
    {"no value", "text =\n", "conf:2: premature end of file\n"},
    {"no equal sign", "text b", "conf:1: missing equal sign after option 'text'\n"},
    {"stray character", "text = b\ncount = *5",
     "conf:2: this character has to stand in quotes: * or +\n"},
    {"open brace", "\nroom r {\n needed = x\n", "conf:2: a brace opens here and is not closed\n"},
    {"open list", "list = {a,", "conf:1: a brace opens here and is not closed\n"},
    {"closing brace", "}\n", "conf:1: unexpected closing brace\n"},
    {"open quote", "\ntext = \"a\n\n", "conf:2: a quoted text begins here and has no end\n"},
    {"open single quote", "text = 'a\n", "conf:1: a quoted text begins here and has no end\n"},
    {"open comment", "text = b /* and so on\n", "conf:1: a comment begins here and has no end\n"},
    {"line after comments", "# a\n// b\n/* c\n d */ /* e */\ntxt = # f\n b\n",
     "conf:5: no such option 'txt'\n"},
    {"braces in braces", "{{{{{{{{{{{{{{{{{", "conf:1: too many braces in braces\n"},
    {"include of nothing", "\ninclude = nothing\n",
     "conf:2: cannot read nothing: No such file or directory\n"},
    {"include of a folder", "include = /", "conf:1: cannot read /: not a regular file\n"},
    {"include of itself", "include = conf", "conf:1: conf is included twice\n"},
    {"include in a section", "room r {\ninclude = x\n}", "conf:2: no such option 'include'\n"},
    {"include with a fault", "\ninclude = bad.inc\n",
     "bad.inc:2: count: \"0\" is not a number from 1 to 10\n"},
    {"include that opens a section", "include = open.inc\n",
     "open.inc:1: a brace opens here and is not closed\n"},
    {"the same key here and there", "flag = yes\ninclude = flag.inc",
     "flag.inc:1: flag is set twice, before in line 1\n"},
    {"the same section here and there", "room r {\n needed = x\n}\ninclude = room.inc",
     "room.inc:1: room \"r\": stands twice, before up to line 3\n"},
};

START_TEST(test_wrong)
{
	char faults[4096];
	struct conf *conf = load(wrong[_i].text, faults, sizeof(faults));

	ck_assert_msg(!conf, "%s: accepted", wrong[_i].name);
	if (wrong[_i].want)
		ck_assert_msg(strcmp(faults, wrong[_i].want) == 0, "%s: %s", wrong[_i].name,
			      faults);
	else
		ck_assert_msg(strchr(faults, ':') && strchr(faults, '\n'), "%s: %s", wrong[_i].name,
			      faults);

	/* Whatever was wrong, the next file is read as if nothing had been. */
	conf = load("text = fine\nroom r { needed = 'x' }\n", faults, sizeof(faults));
	ck_assert_msg(conf != NULL, "after %s: %s", wrong[_i].name, faults);
	ck_assert_str_eq(conf_text(conf_top(conf), "text"), "fine");
	conf_close(&conf);
}
END_TEST

/* Right: the value of a key at the top, and its number. */
static const struct {
	const char *name;
	const char *text;
	const char *key;
	const char *want;
	int64_t number;
} right[] = {
    {"nothing", "", "text", "a", 0},
    {"a comment", "# text = b\n", "text", "a", 0},
    {"a text", "text = b", "text", "b", 0},
    {"quotes", "text = \"a \\\"b\\\" \\\\ {c}\"", "text", "a \"b\" \\ {c}", 0},
    {"an empty text", "text = ''", "text", "", 0},
    {"a number with leading zeros is decimal", "count = 010", "count", "010", 10},
    {"milliseconds", "wait = 250", "wait", "250", 250},
    {"seconds", "wait = 2s", "wait", "2s", 2000},
    {"a space before the unit", "wait = '1 min'", "wait", "1 min", 60000},
    {"days", "days = 48h", "days", "48h", 2},
    {"a choice", "choice = TWO", "choice", "two", 1},
    {"yes", "flag = yes", "flag", "yes", 1},
    {"On", "flag = On", "flag", "On", 1},
    {"a mode", "mode = 0640", "mode", "0640", 0640},
    {"a path", "path = /a/b", "path", "/a/b", 0},
    {"a list", "list = {p, q}", "list", "p", 0},
    {"one item without braces", "list = p", "list", "p", 0},
    {"an empty list", "list = {}", "list", NULL, 0},
    {"an item of a known list", "some = {two}", "some", "TWO", 1},
    {"an included file", "include = flag.inc", "flag", "yes", 1},
    {"after an included file", "include = {flag.inc}\ntext = \"b\"", "text", "b", 0},
};

START_TEST(test_right)
{
	char faults[4096];
	struct conf *conf = load(right[_i].text, faults, sizeof(faults));
	const struct conf_value *value;

	ck_assert_msg(conf != NULL, "%s: %s", right[_i].name, faults);
	value = conf_get(conf_top(conf), right[_i].key);
	ck_assert_msg(value->count ? right[_i].want && !strcmp(value->items[0], right[_i].want)
				   : !right[_i].want,
		      "%s: %s", right[_i].name, value->count ? value->items[0] : "none");
	ck_assert_int_eq(value->number, right[_i].number);
	conf_close(&conf);
	ck_assert_ptr_null(conf);
}
END_TEST

START_TEST(test_blocks)
{
	char faults[4096];
	struct conf *conf = load("room one { needed = 1 }\nwords { a-b = top }\n"
				 "room two {\n needed = 2\n words { a-b = inner }\n}\n",
				 faults, sizeof(faults));
	const struct conf_block *top, *one, *two;

	ck_assert_msg(conf != NULL, "%s", faults);
	top = conf_top(conf);
	one = conf_next(conf, top, "room", NULL);
	two = conf_next(conf, top, "room", one);
	ck_assert_str_eq(one->title, "one");
	ck_assert_str_eq(two->title, "two");
	ck_assert_ptr_null(conf_next(conf, top, "room", two));
	ck_assert_str_eq(conf_text(conf_next(conf, top, "words", NULL), "a-b"), "top");
	ck_assert_str_eq(conf_text(conf_next(conf, two, "words", NULL), "a-b"), "inner");
	ck_assert_ptr_null(conf_next(conf, one, "words", NULL));
	ck_assert_uint_eq(conf_get(two, "needed")->place.line, 4);
	ck_assert_uint_eq(two->place.line, 6);
	ck_assert_int_eq(conf_number(one, "floor"), 1);
	ck_assert(!conf_get(one, "floor")->set);
	conf_close(&conf);
}
END_TEST

static const struct {
	const char *name;
	const char *path;
	const char *want;
} files[] = {
    {"not there", "absent", "absent:0: cannot read absent: No such file or directory\n"},
    {"a folder", ".", ".:0: cannot read .: not a regular file\n"},
    {"a pipe", "pipe", "pipe:0: cannot read pipe: not a regular file\n"},
    {"with a NUL", "nul", "nul:0: cannot read nul: it contains a NUL\n"},
    {"too large", "large", "large:0: cannot read large: larger than 1 MiB\n"},
    {"a device", "/dev/zero", "/dev/zero:0: cannot read /dev/zero: not a regular file\n"},
};

START_TEST(test_file)
{
	char faults[4096];
	struct buf out = BUF_ON(faults);
	struct conf *conf = conf_open(&schema, files[_i].path, &out);

	ck_assert_ptr_null(conf);
	ck_assert_msg(span_is(buf_span(&out), files[_i].want), "%s: %.*s", files[_i].name,
		      (int)out.len, faults);
}
END_TEST

/* Broken copies of a good file: never a crash, and always either a conf or a fault. */
START_TEST(test_broken)
{
	static const char good[] =
	    "text = \"a\\x41\" list = {a, 'b'} # c\n/* d */ count += 2\n"
	    "include += \"flag.inc\"\nroom r { needed = x words { a-b = ${A:-b} } }"
	    "\nmode = 0660 path=/a//b\n";
	static const char odd[] = "{}()=+,|\"'\\#/*$\n\r\t \xff;a0~";
	unsigned seed = 7;
	char text[sizeof(good)];
	char faults[256];
	unsigned turns = slow_turns(20000);

	for (unsigned turn = 0; turn < turns; turn++) {
		struct conf *conf;
		size_t at;

		memcpy(text, good, sizeof(good));
		for (int i = 0; i <= (int)(turn % 4); i++) {
			at = (size_t)rand_r(&seed) % (sizeof(good) - 1);
			text[at] = odd[(size_t)rand_r(&seed) % (sizeof(odd) - 1)];
		}
		if (turn % 5 == 0)
			text[(size_t)rand_r(&seed) % (sizeof(good) - 1)] = '\0';
		conf = load(text, faults, sizeof(faults));
		conf_close(&conf);
	}
}
END_TEST

static void enter_folder(void)
{
	static char large[(1 << 20) + 1];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	memset(large, '\n', sizeof(large));
	write_file("large", large, sizeof(large));
	write_file("nul", "text\0", 5);
	ck_assert_int_eq(mkfifo("pipe", 0600), 0);
	write_file("flag.inc", "flag = yes", 10);
	write_file("bad.inc", "\ncount = 0", 10);
	write_file("open.inc", "room r { needed = x", 19);
	write_file("room.inc", "room r { needed = x }", 21);
}

static void leave_folder(void)
{
	static const char *const names[] = {"large",   "nul",	   "pipe",     "flag.inc",
					    "bad.inc", "open.inc", "room.inc", "conf"};

	for (size_t i = 0; i < COUNT(names); i++)
		unlink(names[i]);
	ck_assert_int_eq(chdir("/"), 0);
	rmdir(folder);
}

int main(void)
{
	Suite *suite = suite_create("conf");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_unchecked_fixture(all, enter_folder, leave_folder);
	tcase_add_loop_test(all, test_wrong, 0, (int)COUNT(wrong));
	tcase_add_loop_test(all, test_right, 0, (int)COUNT(right));
	tcase_add_test(all, test_blocks);
	tcase_add_loop_test(all, test_file, 0, (int)COUNT(files));
	tcase_add_test(all, test_broken);
	tcase_set_timeout(all, 60);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
