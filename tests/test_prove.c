/* SPDX-License-Identifier: MIT */
/* From a secret and a record to the evidence: every kind of secret, its order and its faults. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/pwhash.h"
#include "engine/prove.h"

#define NOW 1000000

static const struct span dummy = {"{PLAIN}nobody knows", 19};
static struct backend_record record;
static struct prove_result result;

static void setup(void)
{
	backend_record_init(&record);
	memset(&result, 0xff, sizeof(result));
}

static void add_stored(const char *stored)
{
	record.stored[record.stored_count++] = span_of(stored);
}

static void add_app(const char *stored, const char *services, int64_t expires, int64_t revoked)
{
	record.apps[record.app_count++] = (struct backend_app){.stored = span_of(stored),
							       .label = span_of("phone"),
							       .services = span_of(services),
							       .expires = expires,
							       .revoked = revoked};
}

static enum proof prove(const char *secret)
{
	prove_password(&record, dummy, span_of(secret), span_of("smtp"), NOW, &result);
	return result.evidence.proof;
}

START_TEST(current)
{
	add_stored("{PLAIN}one");
	add_stored("{PLAIN}two");
	ck_assert_int_eq(prove("one"), PROOF_CURRENT);
	ck_assert_int_eq(prove("two"), PROOF_CURRENT);
	ck_assert_int_eq(prove("three"), PROOF_NONE);
	ck_assert(!result.broken && !result.failed);
}
END_TEST

/* What the service said of the secret comes before every comparison, and cannot be overruled. */
static const struct {
	enum proof said;
	const char *secret;
	enum proof want;
} said_rows[] = {
    {PROOF_CURRENT, "anything", PROOF_CURRENT},	     {PROOF_NONE, "anything", PROOF_NONE},
    {PROOF_PREVIOUS, "anything", PROOF_PREVIOUS},    {PROOF_UNKNOWN, "anything", PROOF_NONE},
    {PROOF_NONE, "abcdefghijklmnop", PROOF_APP},     {PROOF_NONE, "old", PROOF_PREVIOUS},
    {PROOF_CURRENT, "old", PROOF_CURRENT},	     {PROOF_NONE, "nobody knows", PROOF_NONE},
    {PROOF_PREVIOUS, "abcdefghijklmnop", PROOF_APP},
};

START_TEST(said)
{
	record.proof = said_rows[_i].said;
	record.previous = span_of("{PLAIN}old");
	add_app("{PLAIN}abcdefghijklmnop", NULL, 0, 0);
	ck_assert_int_eq(prove(said_rows[_i].secret), said_rows[_i].want);
	ck_assert(!result.broken && !result.failed);
}
END_TEST

/* Who was proven costs no hash; who was not, that of the realm's scheme. */
START_TEST(said_cost)
{
	char storage[256];
	struct buf stored = BUF_ON(storage);
	struct span slow;

	ck_assert(pwhash_make(span_of("PBKDF2-SHA256"), span_of("x"), &stored));
	slow = buf_span(&stored);

	record.proof = PROOF_CURRENT;
	ck_assert_int_eq(prove_cost(&record, slow), PROVE_CHEAP);
	record.proof = PROOF_NONE;
	ck_assert_int_eq(prove_cost(&record, slow), PROVE_SLOW);
}
END_TEST

/* Nobody can log in to an account that has no secret, nor with what unknown names are compared to.
 */
START_TEST(nothing_stored)
{
	ck_assert_int_eq(prove(""), PROOF_NONE);
	ck_assert_int_eq(prove("nobody knows"), PROOF_NONE);
}
END_TEST

START_TEST(broken)
{
	add_stored("{NO-SUCH-SCHEME}x");
	ck_assert_int_eq(prove("x"), PROOF_NONE);
	ck_assert(result.broken && !result.failed);
	add_stored("{PLAIN}y");
	ck_assert_int_eq(prove("y"), PROOF_CURRENT);
}
END_TEST

static const struct {
	const char *secret;
	enum proof want;
} app_rows[] = {
    {"abcdefghijklmnop", PROOF_APP},
    {"abcd efgh ijkl mnop", PROOF_APP},
    {"ABCD-EFGH-IJKL-MNOP", PROOF_APP},
    {"abcd\tefghijklmnop ", PROOF_APP},
    {"abcd_efgh", PROOF_NONE},
    {"abcdefghijklmno", PROOF_NONE},
    {"", PROOF_NONE},
    {" - ", PROOF_NONE},
};

START_TEST(app)
{
	add_stored("{PLAIN}main");
	add_app("{PLAIN}abcdefghijklmnop", NULL, 0, 0);
	ck_assert_int_eq(prove(app_rows[_i].secret), app_rows[_i].want);
	if (app_rows[_i].want == PROOF_APP)
		ck_assert(span_is(result.evidence.app_label, "phone"));
	ck_assert_int_eq(prove("main"), PROOF_CURRENT);
}
END_TEST

START_TEST(app_longer_than_its_form)
{
	char secret[300];

	memset(secret, 'a', sizeof(secret) - 1);
	secret[sizeof(secret) - 1] = '\0';
	add_app("{PLAIN}aaaa", NULL, 0, 0);
	ck_assert_int_eq(prove(secret), PROOF_NONE);
}
END_TEST

static const struct {
	const char *name, *services;
	int64_t expires, revoked;
	enum proof want;
	enum app_fault want_fault;
	int64_t want_since;
} stale_rows[] = {
    {"good", "imap,smtp", NOW + 1, 0, PROOF_APP, 0, 0},
    {"revoked", NULL, 0, 5, PROOF_APP_STALE, APP_REVOKED, 5},
    {"expired", NULL, NOW, 0, PROOF_APP_STALE, APP_EXPIRED, NOW},
    {"revoked before it expired", NULL, 7, 5, PROOF_APP_STALE, APP_REVOKED, 5},
    {"for another service", "imap", 0, 0, PROOF_APP_STALE, APP_SCOPE, 0},
    {"for no service", "", 0, 0, PROOF_APP_STALE, APP_SCOPE, 0},
};

START_TEST(app_stale)
{
	add_app("{PLAIN}app", stale_rows[_i].services, stale_rows[_i].expires,
		stale_rows[_i].revoked);
	ck_assert_msg(prove("app") == stale_rows[_i].want, "%s", stale_rows[_i].name);
	ck_assert_int_eq(result.evidence.app_fault, stale_rows[_i].want_fault);
	ck_assert_int_eq(result.evidence.app_since, stale_rows[_i].want_since);
	ck_assert_int_eq(prove("wrong"), PROOF_NONE);
}
END_TEST

START_TEST(previous)
{
	add_stored("{PLAIN}new");
	record.previous = span_of("{PLAIN}old");
	ck_assert_int_eq(prove("old"), PROOF_PREVIOUS);
	ck_assert_int_eq(prove("new"), PROOF_CURRENT);
	ck_assert_int_eq(prove("older"), PROOF_NONE);
}
END_TEST

/* Without memory it cannot be told, for an unknown name as for a known one. */
START_TEST(no_memory)
{
	static const char costly[] = "$argon2id$v=19$m=262144,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$"
				     "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE";
	struct rlimit limit = {128u << 20, 128u << 20};
	struct span stored = span_of(costly);

	ck_assert_int_eq(pwhash_verify(stored, span_of("x")), PWHASH_NO);
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
	if (_i)
		add_stored(costly);
	prove_password(&record, stored, span_of("x"), span_of("smtp"), NOW, &result);
	ck_assert_int_eq(result.evidence.proof, PROOF_UNKNOWN);
	ck_assert(result.failed);
}
END_TEST

/* Under a sanitizer the limit leaves no memory at all. */
static bool limits_work(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
	return false;
#endif
#endif
	return true;
}

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
	Suite *suite = suite_create("prove");
	TCase *cases = tcase_create("prove");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, setup, NULL);
	tcase_set_timeout(cases, 60);
	tcase_add_test(cases, current);
	tcase_add_loop_test(cases, said, 0, ROWS(said_rows));
	tcase_add_test(cases, said_cost);
	tcase_add_test(cases, nothing_stored);
	tcase_add_test(cases, broken);
	tcase_add_loop_test(cases, app, 0, ROWS(app_rows));
	tcase_add_test(cases, app_longer_than_its_form);
	tcase_add_loop_test(cases, app_stale, 0, ROWS(stale_rows));
	tcase_add_test(cases, previous);
	if (limits_work() && srunner_fork_status(runner) == CK_FORK)
		tcase_add_loop_test(cases, no_memory, 0, 2);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
