/* SPDX-License-Identifier: MIT */
/* The secrets that challenge mechanisms compare with: real ones used, made-up ones
 * indistinguishable. */
#include <check.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pwhash.h"
#include "engine/scramkey.h"

#define ROUNDS 4096

static const unsigned char key[SCRAMKEY_LEN] = {7};
static struct backend_record record;
static struct session_secret secret;

static void setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	backend_record_init(&record);
	memset(&secret, 'x', sizeof(secret));
}

static void add_stored(const char *stored)
{
	record.stored[record.stored_count++] = span_of(stored);
}

static const char *fill(enum mech mech, const char *name)
{
	ck_assert(scramkey_fill(&record, mech, span_of(name), key, ROUNDS, &secret));
	ck_assert_ptr_nonnull(memchr(secret.text, '\0', sizeof(secret.text)));
	return secret.text;
}

/* The same, kept: the next one overwrites the secret. */
static void fill_into(char *text, size_t size, enum mech mech, const char *name)
{
	ck_assert_int_lt(snprintf(text, size, "%s", fill(mech, name)), (int)size);
}

/* What the client gets to see: mechanism, iterations and salt. */
static struct span seen(const char *text)
{
	struct span rest = span_of(text), piece;

	ck_assert(span_take_until(&rest, '$', &piece) && span_take_until(&rest, '$', &piece));
	return (struct span){text, (size_t)(piece.at + piece.len - text)};
}

static const enum mech scrams[] = {MECH_SCRAM_SHA_1, MECH_SCRAM_SHA_256};

/* Unknown, hashed and cleartext: the same challenge, and only the cleartext one is real. */
START_TEST(challenges_are_alike)
{
	char unknown[1100];

	fill_into(unknown, sizeof(unknown), scrams[_i], "alice@example.org");
	ck_assert(!secret.real);
	ck_assert(strncmp(unknown, mech_name(scrams[_i]), strlen(mech_name(scrams[_i]))) == 0);
	ck_assert_str_eq(unknown, fill(scrams[_i], "alice@example.org"));
	add_stored("{SSHA}bm90IGEgaGFzaCBidXQgMjQgb2N0ZXRzIQ==");
	ck_assert_str_eq(unknown, fill(scrams[_i], "alice@example.org"));
	ck_assert(!secret.real);
	add_stored("{PLAIN}right");
	ck_assert(span_equal(seen(unknown), seen(fill(scrams[_i], "alice@example.org"))));
	ck_assert_str_ne(unknown, secret.text);
	ck_assert(secret.real);
}
END_TEST

/* Salts differ from name to name, mechanism to mechanism, and key to key. */
START_TEST(salts_differ)
{
	static const unsigned char other_key[SCRAMKEY_LEN] = {8};
	char first[1100];

	fill_into(first, sizeof(first), MECH_SCRAM_SHA_256, "alice@example.org");
	ck_assert(!span_equal(seen(first), seen(fill(MECH_SCRAM_SHA_256, "alicf@example.org"))));
	ck_assert(strchr(first, ':') &&
		  strncmp(strchr(first, ':'),
			  strchr(fill(MECH_SCRAM_SHA_1, "alice@example.org"), ':'), 20) != 0);
	ck_assert(scramkey_fill(&record, MECH_SCRAM_SHA_256, span_of("alice@example.org"),
				other_key, ROUNDS, &secret));
	ck_assert(!span_equal(seen(first), seen(secret.text)));
}
END_TEST

/* Cleartexts of all sorts give the keys that a comparison with them gives. */
static const char *const cleartexts[] = {"right",	"a b",	    "\xc3\xa4\xe2\x82\xac",
					 "=,%:$@\"\\'", "{PLAIN}x", "\x01\x7f\t"};

START_TEST(keys_fit_the_cleartext)
{
	char stored[64], text[1100];
	struct span span;

	snprintf(stored, sizeof(stored), "{PLAIN}%s", cleartexts[_i / 2]);
	add_stored(stored);
	fill_into(text, sizeof(text), scrams[_i % 2], "alice");
	ck_assert(secret.real);
	span = span_of(text);
	ck_assert_int_eq(pwhash_verify(span, span_of(cleartexts[_i / 2])), PWHASH_YES);
	ck_assert_int_eq(pwhash_verify(span, span_of("wrong")), PWHASH_NO);
}
END_TEST

START_TEST(stored_keys_win)
{
	char storage[256], text[1100];
	struct buf stored = BUF_ON(storage);

	ck_assert(pwhash_make(span_of("SCRAM-SHA-256:5000"), span_of("right"), &stored));
	record.stored[record.stored_count++] = buf_span(&stored);
	fill_into(text, sizeof(text), MECH_SCRAM_SHA_256, "alice");
	ck_assert(secret.real);
	ck_assert(strncmp(text, "SCRAM-SHA-256$5000:", 19) == 0);
	ck_assert_int_eq(pwhash_verify(span_of(text), span_of("right")), PWHASH_YES);
	/* They serve the one mechanism alone. */
	fill(MECH_SCRAM_SHA_1, "alice");
	ck_assert(!secret.real);
	fill(MECH_CRAM_MD5, "alice");
	ck_assert(!secret.real);
}
END_TEST

START_TEST(cram)
{
	ck_assert_uint_eq(strlen(fill(MECH_CRAM_MD5, "alice")), 64);
	ck_assert(!secret.real);
	add_stored("{PLAIN}right pw");
	ck_assert_str_eq(fill(MECH_CRAM_MD5, "alice"), "right pw");
	ck_assert(secret.real);
}
END_TEST

/* What cannot be used whole is not used at all; the empty one would fit everybody. */
START_TEST(unusable_cleartext)
{
	char stored[1400] = "{PLAIN}";

	add_stored("{PLAIN}");
	fill(scrams[_i], "alice");
	ck_assert(!secret.real);
	memset(stored + 7, 'x', 1200);
	record.stored[0] = (struct span){stored, 1207};
	fill(MECH_CRAM_MD5, "alice");
	ck_assert(!secret.real);
	ck_assert_uint_eq(strlen(secret.text), 64);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
	Suite *suite = suite_create("scramkey");
	TCase *cases = tcase_create("scramkey");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, setup, NULL);
	tcase_add_loop_test(cases, challenges_are_alike, 0, ROWS(scrams));
	tcase_add_test(cases, salts_differ);
	tcase_add_loop_test(cases, keys_fit_the_cleartext, 0, ROWS(scrams) * ROWS(cleartexts));
	tcase_add_test(cases, stored_keys_win);
	tcase_add_test(cases, cram);
	tcase_add_loop_test(cases, unusable_cleartext, 0, ROWS(scrams));
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
