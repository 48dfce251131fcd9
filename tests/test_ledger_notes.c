/* SPDX-License-Identifier: MIT */
/* Tests of engine/ledger_notes: copies in order, bounded, cut between characters, without leaks. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/ledger_notes.h"
#include "slow.h"

static struct ledger_notes notes;

static void setup(void)
{
	memset(&notes, 0, sizeof(notes));
}

static void teardown(void)
{
	ledger_notes_wipe(&notes);
	ck_assert_ptr_null(notes.first);
}

/* An entry whose ms is its number, and whose user has it too. */
static void add(unsigned number)
{
	char user[64];
	struct journal_entry entry = {.ms = number, .realm = span_of("example.org")};

	snprintf(user, sizeof(user), "user%u@example.org", number);
	entry.user = span_of(user);
	ledger_notes_add(&notes, &entry);
	memset(user, 'x', sizeof(user));
}

struct seen {
	unsigned next; /* the number expected */
	unsigned count, most;
};

static bool see(void *context, const struct journal_entry *entry)
{
	struct seen *seen = context;
	char user[64];

	snprintf(user, sizeof(user), "user%u@example.org", seen->next);
	ck_assert_uint_eq(entry->ms, seen->next);
	ck_assert(span_is(entry->user, user));
	ck_assert(span_is(entry->realm, "example.org"));
	ck_assert_ptr_null(entry->label.at);
	seen->next++;
	return ++seen->count < seen->most;
}

static void check_all(unsigned first, unsigned count)
{
	struct seen seen = {first, 0, count + 1};

	ck_assert(ledger_notes_each(&notes, see, &seen));
	ck_assert_uint_eq(seen.count, count);
	ck_assert_uint_eq(notes.count, count);
}

START_TEST(test_order)
{
	check_all(0, 0);
	for (unsigned i = 0; i < 3000; i++)
		add(i);
	check_all(0, 3000);
	ledger_notes_drop(&notes, 1234);
	check_all(1234, 1766);
	for (unsigned i = 3000; i < 3500; i++)
		add(i);
	check_all(1234, 2266);
	ledger_notes_drop(&notes, 2266);
	check_all(0, 0);
	add(7);
	check_all(7, 1);
	ledger_notes_drop(&notes, 5);
	check_all(0, 0);
}
END_TEST

/* A turn after the other in the same piece of memory. */
START_TEST(test_turns)
{
	struct ledger_notes_piece *piece;
	unsigned count = slow_turns(100000);

	add(0);
	piece = notes.first;
	ledger_notes_drop(&notes, 1);
	for (unsigned i = 0; i < count; i += 10) {
		for (unsigned j = 0; j < 10; j++)
			add(i + j);
		check_all(i, 10);
		ledger_notes_drop(&notes, 10);
		ck_assert_ptr_eq(notes.first, piece);
		ck_assert_ptr_eq(notes.last, piece);
	}
	ck_assert_uint_eq(notes.lost, 0);
}
END_TEST

START_TEST(test_bound)
{
	for (unsigned i = 0; i < LEDGER_NOTES_MAX + 4321; i++)
		add(i);
	ck_assert_uint_eq(notes.lost, 4321);
	check_all(4321, LEDGER_NOTES_MAX);
}
END_TEST

START_TEST(test_stop)
{
	struct seen seen = {0, 0, 3};

	for (unsigned i = 0; i < 10; i++)
		add(i);
	ck_assert(!ledger_notes_each(&notes, see, &seen));
	ck_assert_uint_eq(seen.count, 3);
}
END_TEST

static bool see_entry(void *context, const struct journal_entry *entry)
{
	*(struct journal_entry *)context = *entry;
	return true;
}

/* Of each text there is a copy. */
START_TEST(test_texts)
{
	char names[JOURNAL_TEXTS][16], want[16];
	struct journal_entry entry = {.ms = 1}, got = {.ms = 0};

	for (int i = 0; i < JOURNAL_TEXTS; i++) {
		snprintf(names[i], sizeof(names[i]), "text %d", i);
		entry.texts[i] = span_of(names[i]);
	}
	ledger_notes_add(&notes, &entry);
	memset(names, 'x', sizeof(names));
	ck_assert(ledger_notes_each(&notes, see_entry, &got));
	for (int i = 0; i < JOURNAL_TEXTS; i++) {
		snprintf(want, sizeof(want), "text %d", i);
		ck_assert(span_is(got.texts[i], want));
	}
}
END_TEST

/* The length of a text, a UTF-8 character at an offset in it, what is left. */
static const struct {
	size_t len, at;
	const char *character;
	size_t want;
} lengths[] = {
    {0, 0, "", 0},
    {LEDGER_NOTES_TEXT, 0, "", LEDGER_NOTES_TEXT},
    {LEDGER_NOTES_TEXT + 1, 0, "", LEDGER_NOTES_TEXT},
    {LEDGER_NOTES_TEXT, LEDGER_NOTES_TEXT - 2, "\xc3\xb6", LEDGER_NOTES_TEXT},
    {LEDGER_NOTES_TEXT + 1, LEDGER_NOTES_TEXT - 1, "\xc3\xb6", LEDGER_NOTES_TEXT - 1},
    {LEDGER_NOTES_TEXT + 9, LEDGER_NOTES_TEXT - 1, "\xe2\x82\xac", LEDGER_NOTES_TEXT - 1},
    {LEDGER_NOTES_TEXT + 9, LEDGER_NOTES_TEXT - 2, "\xe2\x82\xac", LEDGER_NOTES_TEXT - 2},
    {LEDGER_NOTES_TEXT + 9, LEDGER_NOTES_TEXT - 3, "\xe2\x82\xac", LEDGER_NOTES_TEXT},
    {60000, 0, "", LEDGER_NOTES_TEXT},
};

static bool see_user(void *context, const struct journal_entry *entry)
{
	*(struct span *)context = entry->user;
	return true;
}

START_TEST(test_length)
{
	static char text[60000];
	struct journal_entry entry = {.user = {text, lengths[_i].len}};
	struct span got = SPAN_NONE;

	memset(text, 'a', sizeof(text));
	memcpy(text + lengths[_i].at, lengths[_i].character, strlen(lengths[_i].character));
	ledger_notes_add(&notes, &entry);
	ck_assert(ledger_notes_each(&notes, see_user, &got));
	ck_assert_ptr_nonnull(got.at);
	ck_assert_uint_eq(got.len, lengths[_i].want);
	ck_assert(memcmp(got.at, text, got.len) == 0);
}
END_TEST

static bool see_text(void *context, const struct journal_entry *entry)
{
	*(struct span *)context = entry->text;
	return true;
}

/* The reply has all the room that a reply may take. */
START_TEST(test_text)
{
	char text[REPLY_TEXT_MAX];
	struct journal_entry entry = {.text = {text, sizeof(text)}};
	struct span got = SPAN_NONE;

	memset(text, 'a', sizeof(text));
	ledger_notes_add(&notes, &entry);
	ck_assert(ledger_notes_each(&notes, see_text, &got));
	ck_assert_uint_eq(got.len, sizeof(text));
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof(*(table))))

int main(void)
{
	Suite *suite = suite_create("ledger_notes");
	TCase *tests = tcase_create("ledger_notes");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_order);
	tcase_add_test(tests, test_turns);
	tcase_add_test(tests, test_bound);
	tcase_add_test(tests, test_stop);
	tcase_add_test(tests, test_texts);
	tcase_add_loop_test(tests, test_length, 0, ROWS(lengths));
	tcase_add_test(tests, test_text);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
