/* SPDX-License-Identifier: MIT */
/* Tests of backend/backend_ldap's write_app(): against a real slapd with our schema and the rules
 * of packaging/ldap/README what is written, by whom, and that of two writers one wins; against
 * servers that misbehave what is said, and that nothing is written twice. */
#include <check.h>
#include <ldap.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ldap_case.h"
#include "ldap_fake.h"
#include "slapd_place.h"

#define PERSON(name)                                                                               \
	"dn: cn=" name "," SLAPD_PLACE_PEOPLE "\nobjectClass: inetOrgPerson\ncn: " name            \
	"\nsn: x\nuid: " name "\nuserPassword: " SLAPD_PLACE_RIGHT "\n\n"
#define TWIN(name)                                                                                 \
	"dn: cn=" name "," SLAPD_PLACE_PEOPLE "\nobjectClass: inetOrgPerson\ncn: " name            \
	"\nsn: x\nuid: twin\n\n"
#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

static const char accounts[] =
    PERSON("alice") PERSON("bob") PERSON("many") TWIN("twin1") TWIN("twin2");

/* As packaging/ldap/README has them. */
#define WRITE                                                                                      \
	"access to attrs=saslReasonAppPassword"                                                    \
	" by dn.exact=\"" SLAPD_PLACE_SERVICE "\" write by * none\n"
#define CLASS                                                                                      \
	"access to attrs=objectClass val=saslReasonAccount"                                        \
	" by dn.exact=\"" SLAPD_PLACE_SERVICE "\" write by * read\n"
#define READ                                                                                       \
	"access to attrs=saslReasonAppPassword"                                                    \
	" by dn.exact=\"" SLAPD_PLACE_SERVICE "\" read by * none\n"

static struct slapd_place place;
static struct ldap_case it;
static struct ldap_fake fakes[2];

/* Starts slapd with our schema, or without, and these rules. */
static void start(bool with_schema, const char *rules)
{
	const char *root = getenv("srcdir");
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/more.conf", place.root);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	if (with_schema)
		fprintf(file, "include %s/packaging/ldap/sasl-reason.schema\n", root ? root : ".");
	fputs(rules, file);
	ck_assert_int_eq(fclose(file), 0);
	slapd_place_start(&place, "good");
}

static void setup(void)
{
	ldap_case_log_open();
	slapd_place_make(&place, accounts);
	ldap_case_init(&it, place.plain, SLAPD_PLACE_PEOPLE, SLAPD_PLACE_SERVICE, place.secret);
	it.settings.connect_timeout_ms = it.settings.timeout_ms = 20000;
	it.settings.total_timeout_ms = 60000;
	ldap_case_log_forget();
}

static void teardown(void)
{
	ldap_case_close(&it);
	slapd_place_remove(&place);
}

static enum backend_write put(const char *local, struct span old, struct span new)
{
	char full[256];
	struct backend_name name = {SPAN_NONE, span_of(local), span_of("example.org")};

	snprintf(full, sizeof(full), "%s@example.org", local);
	name.full = span_of(full);
	if (!it.backend)
		ldap_case_open(&it);
	return it.backend->type->write_app(it.backend, &name, old, new);
}

static enum backend_write swap(const char *local, const char *old, const char *new)
{
	return put(local, span_of(old), span_of(new));
}

/* The entry's values are these; null: fewer. */
static void expect(const char *local, const char *first, const char *second)
{
	const char *want[] = {first, second};
	size_t count = second ? 2 : first ? 1 : 0;

	ck_assert_int_eq(ldap_case_ask(&it, local, SLAPD_PLACE_RIGHT), BACKEND_KNOWN);
	ck_assert(!it.record.account.defect);
	ck_assert_uint_eq(it.record.app_count, count);
	for (size_t i = 0; i < count; i++) {
		bool there = false;

		for (size_t j = 0; j < count; j++)
			there = there || span_is(it.record.apps[j].value, want[i]);
		ck_assert_msg(there, "%s", want[i]);
	}
}

static const enum backend_ldap_verify verifies[] = {BACKEND_LDAP_BIND, BACKEND_LDAP_HASH};

START_TEST(test_life)
{
	start(true, WRITE CLASS);
	it.settings.verify = verifies[_i];
	expect("alice", NULL, NULL);
	ck_assert_int_eq(swap("alice", NULL, "one$1"), BACKEND_WRITE_DONE);
	ck_assert_int_eq(swap("alice", NULL, "two$2"), BACKEND_WRITE_DONE);
	expect("alice", "one$1", "two$2");
	ck_assert_int_eq(swap("alice", "one$1", "one$3"), BACKEND_WRITE_DONE);
	expect("alice", "one$3", "two$2");
	/* What is not there any more is not written over. */
	ck_assert_int_eq(swap("alice", "one$1", "one$4"), BACKEND_WRITE_ABSENT);
	ck_assert_int_eq(swap("alice", "ONE$3", "one$4"), BACKEND_WRITE_ABSENT);
	ck_assert_int_eq(swap("alice", "one$1", NULL), BACKEND_WRITE_ABSENT);
	expect("alice", "one$3", "two$2");
	ck_assert_int_eq(swap("alice", "two$2", NULL), BACKEND_WRITE_DONE);
	ck_assert_int_eq(swap("alice", NULL, NULL), BACKEND_WRITE_DONE);
	expect("alice", "one$3", NULL);
	expect("bob", NULL, NULL);
	ck_assert_int_eq(ldap_case_logged("backend-ldap"), 0);
	/* The same twice, in one operation with another: all or nothing. */
	ck_assert_int_eq(swap("alice", NULL, "two$2"), BACKEND_WRITE_DONE);
	ck_assert_int_eq(swap("alice", "one$3", "two$2"), BACKEND_WRITE_FAILED);
	expect("alice", "one$3", "two$2");
}
END_TEST

/* Values of any octets, and whose names need care. */
START_TEST(test_octets)
{
	static const char octets[] = "a\0b\xff\n$";
	struct span value = {octets, sizeof(octets) - 1};

	start(true, WRITE CLASS);
	ck_assert_int_eq(put("alice", SPAN_NONE, value), BACKEND_WRITE_DONE);
	ck_assert_int_eq(ldap_case_ask(&it, "alice", NULL), BACKEND_KNOWN);
	ck_assert_uint_eq(it.record.app_count, 1);
	ck_assert(span_equal(it.record.apps[0].value, value));
	ck_assert_int_eq(put("alice", value, SPAN_NONE), BACKEND_WRITE_DONE);
	ck_assert_int_eq(swap("nobody", NULL, "x"), BACKEND_WRITE_ABSENT);
	ck_assert_int_eq(swap("*", NULL, "x"), BACKEND_WRITE_ABSENT);
	ck_assert_int_eq(swap("alice)(uid=*", NULL, "x"), BACKEND_WRITE_ABSENT);
	ck_assert_int_eq(ldap_case_logged("backend-ldap"), 0);
	ck_assert_int_eq(swap("twin", NULL, "x"), BACKEND_WRITE_FAILED);
	ck_assert_int_eq(ldap_case_logged("more than one entry is found: nothing is written"), 1);
}
END_TEST

static const struct {
	const char *name, *rules;
	bool schema;
	enum backend_write want;
	const char *want_logged;
} rights[] = {
    {"as advised", WRITE CLASS, true, BACKEND_WRITE_DONE, NULL},
    {"the value, not the class", WRITE, true, BACKEND_WRITE_REFUSED, "Insufficient access"},
    {"to read only", READ CLASS, true, BACKEND_WRITE_REFUSED, "Insufficient access"},
    {"nothing at all", "", true, BACKEND_WRITE_REFUSED, "Insufficient access"},
    {"no schema", "", false, BACKEND_WRITE_REFUSED, "cannot be written"},
};

START_TEST(test_rights)
{
	start(rights[_i].schema, rights[_i].rules);
	ck_assert_msg(swap("bob", NULL, "x") == rights[_i].want, "%s", rights[_i].name);
	ck_assert_int_eq(ldap_case_logged("the app passwords of an entry cannot be written"),
			 rights[_i].want != BACKEND_WRITE_DONE);
	if (rights[_i].want_logged)
		ck_assert_int_eq(ldap_case_logged(rights[_i].want_logged), 1);
	expect("bob", rights[_i].want == BACKEND_WRITE_DONE ? "x" : NULL, NULL);
	ck_assert_int_eq(ldap_case_logged("directory"), 0); /* the server is in no trouble */
}
END_TEST

/* An entry that has the class needs the right to the attribute alone. */
START_TEST(test_right_to_the_attribute)
{
	start(true, WRITE CLASS);
	ck_assert_int_eq(swap("alice", NULL, "one"), BACKEND_WRITE_DONE);
	ldap_case_close(&it);
	start(true, WRITE);
	ck_assert_int_eq(swap("alice", NULL, "two"), BACKEND_WRITE_DONE);
	ck_assert_int_eq(swap("alice", "one", "three"), BACKEND_WRITE_DONE);
	expect("alice", "three", "two");
}
END_TEST

struct writer {
	pthread_t thread;
	int number;
	enum backend_write end;
};

static void *write_own(void *argument)
{
	struct writer *writer = argument;
	char own[32];

	snprintf(own, sizeof(own), "of %d", writer->number);
	writer->end = swap("alice", "old", own);
	return NULL;
}

START_TEST(test_one_of_several)
{
	struct writer writers[8];
	char want[32] = "";
	int done = 0, absent = 0;

	start(true, WRITE CLASS);
	for (int round = 0; round < 20; round++) {
		ck_assert_int_eq(swap("alice", done ? want : NULL, "old"), BACKEND_WRITE_DONE);
		done = absent = 0;
		for (int i = 0; i < 8; i++) {
			writers[i].number = i;
			ck_assert_int_eq(
			    pthread_create(&writers[i].thread, NULL, write_own, &writers[i]), 0);
		}
		for (int i = 0; i < 8; i++) {
			pthread_join(writers[i].thread, NULL);
			if (writers[i].end == BACKEND_WRITE_DONE)
				snprintf(want, sizeof(want), "of %d", i);
			done += writers[i].end == BACKEND_WRITE_DONE;
			absent += writers[i].end == BACKEND_WRITE_ABSENT;
		}
		ck_assert_int_eq(done, 1);
		ck_assert_int_eq(absent, 7);
		expect("alice", want, NULL);
	}
}
END_TEST

START_TEST(test_full)
{
	char value[64];

	start(true, WRITE CLASS);
	for (int i = 0; i < BACKEND_APPS_MAX; i++) {
		snprintf(value, sizeof(value), "value %d", i);
		ck_assert_int_eq(swap("many", NULL, value), BACKEND_WRITE_DONE);
	}
	ck_assert_int_eq(ldap_case_ask(&it, "many", SLAPD_PLACE_RIGHT), BACKEND_KNOWN);
	ck_assert_uint_eq(it.record.app_count, BACKEND_APPS_MAX);
	ck_assert_int_eq(swap("many", NULL, "one more"), BACKEND_WRITE_REFUSED);
	ck_assert_int_eq(ldap_case_logged("the entry has no room for the app password"), 1);
	ck_assert_int_eq(swap("many", "value 0", "another"), BACKEND_WRITE_DONE);
	ck_assert_int_eq(swap("many", "value 1", NULL), BACKEND_WRITE_DONE);
	ck_assert_int_eq(swap("many", NULL, "one more"), BACKEND_WRITE_DONE);
}
END_TEST

/* ---- servers that misbehave ---- */

#define BASE	 "dc=example,dc=org"
#define LIMIT_MS 500
#define SLACK_MS 1000

static struct ldap_fake_entry entries[] = {
    {.dn = "uid=alice," BASE,
     .name = "alice",
     .attributes = {{"uid", "alice"}, {"objectClass", "saslReasonAccount"}},
     .bad_count = -1,
     .bad_time = -1},
    {.dn = BASE, .attributes = {{"dc", "example"}}, .bad_count = -1, .bad_time = -1},
};

static void setup_fakes(void)
{
	ldap_case_log_open();
	for (size_t i = 0; i < 2; i++) {
		fakes[i] = (struct ldap_fake){.entries = entries, .entry_count = 2};
		ldap_fake_start(&fakes[i]);
	}
	ldap_case_init(&it, fakes[0].uri, BASE, "", NULL);
	it.settings.connect_timeout_ms = it.settings.timeout_ms = LIMIT_MS;
	it.uris[1] = fakes[1].uri;
	it.settings.uri_count = 2;
	ldap_case_log_forget();
}

static void teardown_fakes(void)
{
	ldap_case_close(&it);
	for (size_t i = 0; i < 2; i++)
		ldap_fake_stop(&fakes[i]);
}

static const struct {
	const char *name;
	enum ldap_fake_mode mode;
	int code;
	enum backend_write want;
	int want_changes[2]; /* asked of each server */
} answers[] = {
    {"fine", LDAP_FAKE_FINE, 0, BACKEND_WRITE_DONE, {1, 0}},
    {"no such value", LDAP_FAKE_CHANGE, LDAP_NO_SUCH_ATTRIBUTE, BACKEND_WRITE_ABSENT, {1, 0}},
    {"entry gone", LDAP_FAKE_CHANGE, LDAP_NO_SUCH_OBJECT, BACKEND_WRITE_ABSENT, {1, 0}},
    {"no right", LDAP_FAKE_CHANGE, LDAP_INSUFFICIENT_ACCESS, BACKEND_WRITE_REFUSED, {1, 0}},
    {"class", LDAP_FAKE_CHANGE, LDAP_OBJECT_CLASS_VIOLATION, BACKEND_WRITE_REFUSED, {1, 0}},
    {"no schema", LDAP_FAKE_CHANGE, LDAP_UNDEFINED_TYPE, BACKEND_WRITE_REFUSED, {1, 0}},
    {"not without TLS",
     LDAP_FAKE_CHANGE,
     LDAP_CONFIDENTIALITY_REQUIRED,
     BACKEND_WRITE_REFUSED,
     {1, 0}},
    {"already there", LDAP_FAKE_CHANGE, LDAP_TYPE_OR_VALUE_EXISTS, BACKEND_WRITE_FAILED, {1, 0}},
    {"not in the table", LDAP_FAKE_CHANGE, 4711, BACKEND_WRITE_FAILED, {1, 0}},
    {"a replica to read", LDAP_FAKE_CHANGE, LDAP_REFERRAL, BACKEND_WRITE_DONE, {1, 1}},
    {"unwilling", LDAP_FAKE_CHANGE, LDAP_UNWILLING_TO_PERFORM, BACKEND_WRITE_DONE, {1, 1}},
    {"busy", LDAP_FAKE_CHANGE, LDAP_BUSY, BACKEND_WRITE_DONE, {1, 1}},
    {"cannot search", LDAP_FAKE_SEARCH, LDAP_UNAVAILABLE, BACKEND_WRITE_DONE, {0, 1}},
    {"silent from the first on", LDAP_FAKE_SILENT, 0, BACKEND_WRITE_DONE, {0, 1}},
    /* It may have been done. */
    {"silent", LDAP_FAKE_FORGET, 0, BACKEND_WRITE_FAILED, {1, 0}},
    {"cut", LDAP_FAKE_LEAVE, 0, BACKEND_WRITE_FAILED, {1, 0}},
};

START_TEST(test_answers)
{
	int64_t began = ldap_case_now();
	bool quiet =
	    answers[_i].want == BACKEND_WRITE_DONE || answers[_i].want == BACKEND_WRITE_ABSENT;

	fakes[0].mode = answers[_i].mode;
	fakes[0].code = answers[_i].code;
	ck_assert_msg(swap("alice", "old", "new") == answers[_i].want, "%s", answers[_i].name);
	ck_assert_msg(ldap_case_now() - began < LIMIT_MS + SLACK_MS, "%s", answers[_i].name);
	for (int i = 0; i < 2; i++)
		ck_assert_msg(fakes[i].changes == answers[_i].want_changes[i], "%s: %d",
			      answers[_i].name, i);
	if (!quiet)
		ck_assert_msg(ldap_case_logged("written") == 1, "%s", answers[_i].name);
	ck_assert_int_eq(ldap_case_logged("new"), 0);
}
END_TEST

START_TEST(test_down)
{
	it.settings.uri_count = 1;
	fakes[0].mode = LDAP_FAKE_SHUT;
	ck_assert_int_eq(swap("alice", NULL, "new"), BACKEND_WRITE_FAILED);
	ck_assert_int_eq(ldap_case_logged("no server takes the app password"), 1);
	fakes[0].mode = LDAP_FAKE_CHANGE;
	fakes[0].code = LDAP_REFERRAL;
	ldap_case_open(&it);
	ck_assert_int_eq(swap("alice", NULL, "new"), BACKEND_WRITE_FAILED);
	ck_assert_int_eq(ldap_case_logged("no server takes the app password"), 2);
}
END_TEST

START_TEST(test_ad_has_none)
{
	it.settings.dialect = LDAP_STATE_AD;
	for (int i = 0; i < 2; i++) {
		it.settings.verify = verifies[i];
		ldap_case_open(&it);
		ck_assert_ptr_null(it.backend->type->write_app);
		ck_assert((it.backend->type->prove != NULL) == (verifies[i] == BACKEND_LDAP_BIND));
	}
}
END_TEST

static void add_fakes(Suite *suite)
{
	TCase *tcase = tcase_create("answers");

	tcase_add_checked_fixture(tcase, setup_fakes, teardown_fakes);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_answers, 0, COUNT(answers));
	tcase_add_test(tcase, test_down);
	tcase_add_test(tcase, test_ad_has_none);
	suite_add_tcase(suite, tcase);
}

int main(void)
{
	Suite *suite = suite_create("backend_ldap_write");
	TCase *tcase = tcase_create("slapd");
	SRunner *runner = srunner_create(suite);
	int failed;

	add_fakes(suite);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 120);
	if (slapd_place_possible()) {
		tcase_add_loop_test(tcase, test_life, 0, COUNT(verifies));
		tcase_add_test(tcase, test_octets);
		tcase_add_loop_test(tcase, test_rights, 0, COUNT(rights));
		tcase_add_test(tcase, test_right_to_the_attribute);
		tcase_add_test(tcase, test_one_of_several);
		tcase_add_test(tcase, test_full);
	}
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
