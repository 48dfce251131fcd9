/* SPDX-License-Identifier: MIT */
/* Names as clients send them: one normal form, its realm, and what cannot be a name. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/name.h"

static struct settings_realm realms[] = {{.name = "example.org"},
					 {.name = "xn--bcher-kva.example"}};

static const struct row {
	const char *name;
	struct span authcid;
	enum defect want;
	const char *want_full, *want_local, *want_domain;
	bool want_stranger;
} rows[] = {
#define NAME(text)                                                                                 \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}
    {"whole", NAME("alice@example.org"), DEFECT_NONE, "alice@example.org", "alice", "example.org",
     false},
    {"case", NAME("ALICE@Example.ORG"), DEFECT_NONE, "alice@example.org", "alice", "example.org",
     false},
    {"spaces around", NAME("  alice "), DEFECT_NONE, "alice@example.org", "alice", "example.org",
     false},
    {"spaces around the @", NAME("alice  @ Example.org"), DEFECT_NONE, "alice@example.org", "alice",
     "example.org", false},
    {"a space before a lonely @", NAME("alice @"), DEFECT_NONE, "alice@example.org", "alice",
     "example.org", false},
    {"a space before an earlier @", NAME("a @b@example.org"), DEFECT_NONE, "a @b@example.org",
     "a @b", "example.org", false},
    {"nothing but a space before the @", NAME(" @example.org"), DEFECT_EMPTY_NAME, NULL, NULL, NULL,
     true},
    {"default realm", NAME("alice"), DEFECT_NONE, "alice@example.org", "alice", "example.org",
     false},
    {"empty domain", NAME("alice@"), DEFECT_NONE, "alice@example.org", "alice", "example.org",
     false},
    {"second realm", NAME("a@xn--bcher-kva.example"), DEFECT_NONE, "a@xn--bcher-kva.example", "a",
     "xn--bcher-kva.example", false},
    {"the last @", NAME("a@b@example.org"), DEFECT_NONE, "a@b@example.org", "a@b", "example.org",
     false},
    {"@ without a domain", NAME("a@@"), DEFECT_NONE, "a@@example.org", "a@", "example.org", false},
    {"stranger", NAME("a@elsewhere.example"), DEFECT_NONE, "a@elsewhere.example", "a",
     "elsewhere.example", true},
    {"a domain with a dot at its end is another one", NAME("a@example.org."), DEFECT_NONE,
     "a@example.org.", "a", "example.org.", true},
    {"full-width letters", NAME("\xef\xbd\x81lice"), DEFECT_NONE, "alice@example.org", "alice",
     "example.org", false},
    {"full-width @",
     NAME("alice\xef\xbc\xa0"
	  "example.org"),
     DEFECT_NONE, "alice@example.org", "alice", "example.org", false},
    {"sharp s",
     NAME("stra\xc3\x9f"
	  "e"),
     DEFECT_NONE, "strasse@example.org", "strasse", "example.org", false},
    {"decomposed", NAME("u\xcc\x88"), DEFECT_NONE, "\xc3\xbc@example.org", "\xc3\xbc",
     "example.org", false},
    {"soft hyphen", NAME("al\xc2\xadice"), DEFECT_NONE, "alice@example.org", "alice", "example.org",
     false},
    {"empty", NAME(""), DEFECT_EMPTY_NAME, NULL, NULL, NULL, true},
    {"spaces", NAME("  \t "), DEFECT_EMPTY_NAME, NULL, NULL, NULL, true},
    {"only @", NAME("@"), DEFECT_EMPTY_NAME, NULL, NULL, NULL, true},
    {"only a domain", NAME("@example.org"), DEFECT_EMPTY_NAME, NULL, NULL, NULL, true},
    {"NUL", NAME("ali\0ce"), DEFECT_NUL, NULL, NULL, NULL, true},
    {"TAB", NAME("ali\tce"), DEFECT_CONTROL, NULL, NULL, NULL, true},
    {"LF", NAME("alice\nrip=1"), DEFECT_CONTROL, NULL, NULL, NULL, true},
    {"DEL", NAME("alice\x7f"), DEFECT_CONTROL, NULL, NULL, NULL, true},
    {"not UTF-8",
     NAME("al\xff"
	  "ice"),
     DEFECT_NOT_UTF8, NULL, NULL, NULL, true},
    {"overlong UTF-8", NAME("al\xc0\xafice"), DEFECT_NOT_UTF8, NULL, NULL, NULL, true},
    {"surrogate", NAME("al\xed\xa0\x80ice"), DEFECT_NOT_UTF8, NULL, NULL, NULL, true},
    {"only ignorable", NAME("\xc2\xad"), DEFECT_NOT_UTF8, NULL, NULL, NULL, true},
    {"absent", {NULL, 0}, DEFECT_EMPTY_NAME, NULL, NULL, NULL, true},
#undef NAME
};

static struct settings make_settings(void)
{
	return (struct settings){.realms = realms,
				 .realm_count = 2,
				 .default_realm = &realms[0],
				 .stranger_realm = &realms[1]};
}

START_TEST(reads)
{
	const struct row *row = &rows[_i];
	struct settings settings = make_settings();
	struct name name;
	enum defect defect = name_init(&name, row->authcid, &settings);

	ck_assert_msg(defect == row->want, "%s: %d", row->name, defect);
	ck_assert_msg(name.stranger == row->want_stranger, "%s", row->name);
	ck_assert_ptr_nonnull(name.realm);
	if (name.stranger)
		ck_assert_ptr_eq(name.realm, settings.stranger_realm);
	else
		ck_assert_str_eq(name.realm->name, row->want_domain);
	if (defect != DEFECT_NONE)
		return;
	ck_assert_msg(span_is(name.parts.full, row->want_full), "%s: %.*s", row->name,
		      (int)name.parts.full.len, name.parts.full.at);
	ck_assert(span_is(name.parts.local, row->want_local));
	ck_assert(span_is(name.parts.domain, row->want_domain));
}
END_TEST

/* Reading a name that was read changes nothing: the form is one. */
START_TEST(reads_again)
{
	struct settings settings = make_settings();
	struct name once, twice;

	if (name_init(&once, rows[_i].authcid, &settings) != DEFECT_NONE)
		return;
	ck_assert_int_eq(name_init(&twice, once.parts.full, &settings), DEFECT_NONE);
	ck_assert_msg(span_equal(once.parts.full, twice.parts.full), "%s", rows[_i].name);
}
END_TEST

START_TEST(no_default_realm)
{
	struct settings settings = make_settings();
	struct name name;

	settings.default_realm = NULL;
	ck_assert_int_eq(name_init(&name, span_of("alice"), &settings), DEFECT_NO_DOMAIN);
	ck_assert_int_eq(name_init(&name, span_of("alice@"), &settings), DEFECT_NO_DOMAIN);
	ck_assert(name.stranger);
	ck_assert_int_eq(name_init(&name, span_of("alice@example.org"), &settings), DEFECT_NONE);
}
END_TEST

/* 320 octets fit whatever they fold to; one more is too long. */
START_TEST(length)
{
	static const char *const letters[] = {"a", "\xef\xb7\xba" /* becomes 18 letters */};
	struct settings settings = make_settings();
	char text[NAME_MAX_OCTETS + 1];
	size_t width = strlen(letters[_i]), len = 0;
	struct name name;
	enum defect defect;

	for (; len + width <= NAME_MAX_OCTETS; len += width)
		memcpy(text + len, letters[_i], width);
	defect = name_init(&name, (struct span){text, len}, &settings);
	ck_assert(defect == DEFECT_NONE || defect == DEFECT_TOO_LONG);
	if (width == 1)
		ck_assert_int_eq(defect, DEFECT_NONE);
	memset(text, 'a', sizeof(text));
	defect = name_init(&name, (struct span){text, sizeof(text)}, &settings);
	ck_assert_int_eq(defect, DEFECT_TOO_LONG);
}
END_TEST

START_TEST(canonical)
{
	struct settings settings = make_settings();
	struct name name;

	ck_assert_int_eq(name_init(&name, span_of("Alice"), &settings), DEFECT_NONE);
	settings.username = SETTINGS_USERNAME_FULL;
	ck_assert(span_is(name_canonical(&name, &settings), "alice@example.org"));
	settings.username = SETTINGS_USERNAME_LOCAL;
	ck_assert(span_is(name_canonical(&name, &settings), "alice"));
	name_init(&name, SPAN_NONE, &settings);
	ck_assert_ptr_null(name_canonical(&name, &settings).at);
}
END_TEST

START_TEST(other)
{
	static const struct {
		const char *other, *full, *local;
	} rows[] = {
	    {"real@example.org", "real@example.org", "real"},
	    {"a@b@example.org", "a@b@example.org", "a@b"},
	    {"real", "real", "real"},
	    {"@example.org", "@example.org", "@example.org"},
	};
	struct settings settings = make_settings();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		settings.username = SETTINGS_USERNAME_FULL;
		ck_assert(span_is(name_other(span_of(rows[i].other), &settings), rows[i].full));
		settings.username = SETTINGS_USERNAME_LOCAL;
		ck_assert(span_is(name_other(span_of(rows[i].other), &settings), rows[i].local));
	}
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
	Suite *suite = suite_create("name");
	TCase *cases = tcase_create("name");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(cases, reads, 0, ROWS(rows));
	tcase_add_loop_test(cases, reads_again, 0, ROWS(rows));
	tcase_add_test(cases, no_default_realm);
	tcase_add_loop_test(cases, length, 0, 2);
	tcase_add_test(cases, canonical);
	tcase_add_test(cases, other);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
