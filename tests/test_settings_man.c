/* SPDX-License-Identifier: MIT */
/* Tests of engine/settings_man: that the man page and the example are those of the table of keys.
 */
#include "engine/settings_man.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/settings.h"

/* The smallest good file. */
#define WHOLE                                                                                      \
	"user = '' listener /run/a { } backend_file users { path = /etc/users }\n"                 \
	"realm example.org { backends = users }\n"

static char folder[] = "/tmp/test_settings_man.XXXXXX";
static char source[4096];

static void write_file(const char *name, const char *text)
{
	FILE *out = fopen(name, "w");

	ck_assert_ptr_nonnull(out);
	fputs(text, out);
	fclose(out);
}

static struct settings *load(const char *text, char *faults, size_t size)
{
	struct buf out = {faults, 0, size - 1, false};
	struct settings *settings = NULL;
	bool fine;

	write_file("conf", text);
	fine = settings_load("conf", &settings, &out);
	faults[out.len] = '\0';
	ck_assert_int_eq(fine, settings != NULL);
	ck_assert_int_eq(fine, out.len == 0);
	return settings;
}

static char *printed(const struct settings *settings)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	settings_print(settings, out);
	fclose(out);
	return text;
}

static char *whole_file(const char *name)
{
	char path[sizeof(source) + 64];
	char *text = NULL;
	size_t len = 0;
	FILE *in, *out = open_memstream(&text, &len);

	snprintf(path, sizeof(path), "%s/%s", source, name);
	in = fopen(path, "r");
	ck_assert_msg(in != NULL, "%s", path);
	for (int c = getc(in); c != EOF; c = getc(in))
		putc(c, out);
	fclose(in);
	fclose(out);
	return text;
}

START_TEST(test_man)
{
	char *want = whole_file("docs/sasl-reason.conf.5"), *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	settings_man_put(out);
	fclose(out);
	ck_assert_msg(strcmp(text, want) == 0, "docs/sasl-reason.conf.5 is stale: make update-man");
	free(text);
	free(want);
}
END_TEST

/* The example, as somebody would use it who has no such user and group. */
START_TEST(test_example)
{
	char *text = whole_file("docs/sasl-reason.conf");
	char faults[4096];
	struct settings *settings;
	char *at;

	at = strstr(text, "user = \"sasl-reason\"");
	ck_assert_ptr_nonnull(at);
	memcpy(at, "user = \"root\"        ", 20);
	while ((at = strstr(text, "= \"postfix\"")))
		memcpy(at, "= \"root\"   ", 11);
	settings = load(text, faults, sizeof(faults));
	ck_assert_msg(settings != NULL, "%s", faults);
	ck_assert_str_eq(settings->warnings, "");
	settings_close(&settings);
	free(text);
}
END_TEST

/* Every key of the table can be read about in the example. */
START_TEST(test_example_keys)
{
	char *text = whole_file("docs/sasl-reason.conf");
	char faults[4096];
	struct settings *settings = load(WHOLE, faults, sizeof(faults));
	char *all = printed(settings);
	struct span rest = span_of(all), line, key;

	while (span_take_until(&rest, '\n', &line)) {
		if (!span_has(line, '=') || span_has(line, '#') || span_has(line, '-'))
			continue;
		span_take_until(&line, '=', &key);
		key = span_trim(key);
		ck_assert_msg(memmem(text, strlen(text), key.at, key.len), "%.*s is missing",
			      (int)key.len, key.at);
	}
	settings_close(&settings);
	free(all);
	free(text);
}
END_TEST

static void enter_folder(void)
{
	const char *root = getenv("srcdir");

	ck_assert_ptr_nonnull(realpath(root ? root : ".", source));
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
}

static void leave_folder(void)
{
	unlink("conf");
	ck_assert_int_eq(chdir("/"), 0);
	rmdir(folder);
}

int main(void)
{
	Suite *suite = suite_create("settings_man");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_unchecked_fixture(all, enter_folder, leave_folder);
	tcase_add_test(all, test_man);
	tcase_add_test(all, test_example);
	tcase_add_test(all, test_example_keys);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
