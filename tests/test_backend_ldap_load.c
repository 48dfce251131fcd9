/* SPDX-License-Identifier: MIT */
/* Tests of backend/backend_ldap with a real slapd under load: threads, connections, hostile names.
 */
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/b64.h"
#include "ldap_case.h"
#include "slapd_place.h"

#define LOGINS	   64 /* at a time */
#define EACH	   25
#define THREADS	   8
#define NAMES	   60
#define TRIES	   10000
#define OCTETS_MAX 300

static struct slapd_place place;
static struct ldap_case it;

/* Names that are entries, octet for octet. The first ones are the worst; the rest are made up. */
static struct {
	char octets[OCTETS_MAX];
	size_t len;
} names[NAMES] = {
    {"*", 1},
    {"a*", 2},
    {"**", 2},
    {"(", 1},
    {")", 1},
    {"\\", 1},
    {"\\2a", 3},
    {"\\00", 3},
    {"\0", 1},
    {"a\0b", 3},
    {"a", 1},
    {"a)(octets=*", 11},
    {"*)(octets=*))(|(octets=*", 24},
    {"a)(|(octets=a", 13},
    {"&", 1},
    {"|", 1},
    {"!", 1},
    {"%u", 2},
    {"%n", 2},
    {"%%", 2},
    {" ", 1},
    {" a", 2},
    {"\xff\xfe", 2},
    {"\xc3\xa9", 2},
    {"#04024869", 9},
    {"a=b,c=d", 7},
};

static const char alphabet[] = "**()\\\\&|!=<>~:%und \"#,;+/2a0bcAB\0\x01\x7f\x80\xc3\xa9\xff";
static unsigned seed = 20261121;

static unsigned roll(unsigned sides)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % sides;
}

static size_t make_name(char *at, size_t most)
{
	size_t len = 1 + roll(roll(8) ? 12 : (unsigned)most);

	for (size_t i = 0; i < len; i++)
		at[i] = alphabet[roll(sizeof(alphabet) - 1)];
	return len;
}

static bool is_entry(const char *octets, size_t len)
{
	for (size_t i = 0; i < NAMES; i++)
		if (names[i].len == len && memcmp(names[i].octets, octets, len) == 0)
			return true;
	return false;
}

static void make_names(void)
{
	static const size_t lengths[] = {254, 255, 256, 300};

	for (size_t i = 0; i < NAMES; i++)
		while (names[i].len == 0) {
			char name[OCTETS_MAX];
			size_t len = make_name(name, 40);

			if (is_entry(name, len))
				continue;
			memcpy(names[i].octets, name, len);
			names[i].len = len;
		}
	for (size_t i = 0; i < 4; i++) {
		names[NAMES - 1 - i].len = lengths[i];
		memset(names[NAMES - 1 - i].octets, "*(\\x"[i], lengths[i]);
	}
}

static void put_ldif(struct buf *out)
{
	for (size_t i = 0; i < NAMES; i++) {
		buf_put_text(out, "dn: cn=o");
		buf_put_number(out, i);
		buf_put_text(out, "," SLAPD_PLACE_PEOPLE "\nobjectClass: inetOrgPerson\n"
				  "objectClass: octetsObject\nsn: x\ncn: o");
		buf_put_number(out, i);
		buf_put_text(out, "\nuserPassword: right-pw\noctets:: ");
		b64_put(out, (struct span){names[i].octets, names[i].len});
		buf_put_text(out, "\n\n");
	}
	for (size_t i = 0; i < LOGINS; i++) {
		buf_put_text(out, "dn: cn=p");
		buf_put_number(out, i);
		buf_put_text(out,
			     "," SLAPD_PLACE_PEOPLE "\nobjectClass: inetOrgPerson\nsn: x\ncn: p");
		buf_put_number(out, i);
		buf_put_text(out, "\nuid: p");
		buf_put_number(out, i);
		buf_put_text(out, "\nuserPassword: right-pw\n\n");
	}
	buf_put_char(out, 0);
	ck_assert(!out->failed);
}

static void setup(void)
{
	static char storage[100000];
	struct buf ldif = BUF_ON(storage);

	ldap_case_log_open();
	make_names();
	put_ldif(&ldif);
	slapd_place_make(&place, storage);
	slapd_place_start(&place, "good");
}

static void teardown(void)
{
	slapd_place_remove(&place);
}

static void setup_case(void)
{
	ldap_case_log_forget();
	ldap_case_init(&it, place.plain, SLAPD_PLACE_PEOPLE, SLAPD_PLACE_SERVICE, place.secret);
	it.settings.threads = THREADS;
	it.settings.timeout_ms = it.settings.connect_timeout_ms = 20000;
	it.settings.total_timeout_ms = 40000;
}

static void teardown_case(void)
{
	ldap_case_close(&it);
}

/* A name of an entry, one with an octet changed, or anything. */
static size_t pick_name(char *at)
{
	size_t i = roll(NAMES);
	size_t len = names[i].len;

	if (roll(3) == 0)
		return make_name(at, OCTETS_MAX - 1);
	memcpy(at, names[i].octets, len);
	if (roll(2))
		at[roll((unsigned)len)] = alphabet[roll(sizeof(alphabet) - 1)];
	return len;
}

static const char *const filters[] = {
    "(octets=%u)",
    "(&(objectClass=octetsObject)(octets=%u)(!(octets=-%u)))",
    "(|(octets=%u)(&(octets=%u)(uid=%n)))",
};

/* Found if and only if the name is exactly that of an entry, and then it is that entry. */
START_TEST(test_injection)
{
	const int tries = _i ? TRIES / 5 : TRIES;
	char name[OCTETS_MAX + 1];
	int known = 0;

	it.settings.verify = BACKEND_LDAP_HASH;
	it.settings.filter = filters[_i];
	it.settings.name_attribute = "octets";
	ldap_case_open(&it);
	for (int i = 0; i < tries; i++) {
		struct span local = {name, pick_name(name)};
		enum backend_found want =
		    is_entry(local.at, local.len) ? BACKEND_KNOWN : BACKEND_UNKNOWN;

		ck_assert_int_eq(ldap_case_login(it.backend, local, SPAN_NONE, &it.record), want);
		ck_assert(!it.record.account.defect);
		if (want == BACKEND_KNOWN)
			ck_assert(span_equal(it.record.canonical, local));
		known += want == BACKEND_KNOWN;
	}
	ck_assert_int_gt(known, tries / 10);
	ck_assert_int_lt(known, tries * 9 / 10);
	ck_assert_int_eq(ldap_case_logged("backend-ldap"), 0);
}
END_TEST

/* With a bind, too: the name of the entry is the directory's own, not the client's. */
START_TEST(test_injection_bind)
{
	char name[OCTETS_MAX + 1];
	char secret[OCTETS_MAX + 1];

	it.settings.filter = filters[0];
	ldap_case_open(&it);
	for (int i = 0; i < TRIES / 5; i++) {
		struct span local = {name, pick_name(name)};
		bool right = roll(2);
		struct span wrong = {secret, make_name(secret, OCTETS_MAX)};
		bool known = is_entry(local.at, local.len);

		ck_assert_int_eq(ldap_case_login(it.backend, local,
						 right ? span_of("right-pw") : wrong, &it.record),
				 known ? BACKEND_KNOWN : BACKEND_UNKNOWN);
		ck_assert_int_eq(it.record.proof, known && right ? PROOF_CURRENT : PROOF_NONE);
	}
	ck_assert_int_eq(ldap_case_logged("backend-ldap"), 0);
}
END_TEST

/* What no directory has as a name: not asked, no crash. */
START_TEST(test_long_names)
{
	static char name[65536];
	static const size_t lengths[] = {255, 256, 499, 512, 513, 1024, 65535};

	memset(name, '*', sizeof(name));
	ldap_case_open(&it);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		ck_assert_int_eq(ldap_case_login(it.backend, (struct span){name, lengths[i]},
						 span_of("right-pw"), &it.record),
				 BACKEND_UNKNOWN);
	ck_assert_int_eq(ldap_case_login(it.backend, span_of(""), span_of("right-pw"), &it.record),
			 BACKEND_UNKNOWN);
	ck_assert_int_eq(ldap_case_logged("backend-ldap"), 0);
}
END_TEST

static void *log_in(void *argument)
{
	struct backend_record *record = malloc(sizeof(*record));
	size_t number = (size_t)(uintptr_t)argument;
	char name[16];
	size_t bad = 0;

	snprintf(name, sizeof(name), "p%zu", number);
	for (size_t i = 0; i < EACH; i++) {
		bool right = (i + number) % 2;
		bool unknown = i % 5 == 4;
		enum backend_found found =
		    ldap_case_login(it.backend, span_of(unknown ? "nobody" : name),
				    span_of(right ? "right-pw" : "wrong"), record);

		bad += found != (unknown ? BACKEND_UNKNOWN : BACKEND_KNOWN);
		bad += record->proof != (right && !unknown ? PROOF_CURRENT : PROOF_NONE);
		backend_record_wipe(record);
	}
	free(record);
	return (void *)(uintptr_t)bad;
}

/* 64 logins at a time on 8 pairs of connections: none more, none closed, each login a search and a
 * bind. */
START_TEST(test_pool)
{
	pthread_t threads[LOGINS];

	ldap_case_open(&it);
	slapd_place_forget(&place);
	for (size_t i = 0; i < LOGINS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, log_in, (void *)(uintptr_t)i),
				 0);
	for (size_t i = 0; i < LOGINS; i++) {
		void *bad = NULL;

		pthread_join(threads[i], &bad);
		ck_assert_ptr_null(bad);
	}
	ldap_case_sleep(200);
	ck_assert_int_le(slapd_place_said(&place, " ACCEPT "), 2 * THREADS);
	ck_assert_int_eq(slapd_place_said(&place, " closed"), 0);
	ck_assert_int_eq(slapd_place_said(&place, " SRCH base=\"" SLAPD_PLACE_PEOPLE "\""),
			 LOGINS * EACH);
	/* With one bind as the service for each connection that searches. */
	ck_assert_int_ge(slapd_place_said(&place, " method=128"), LOGINS * EACH + 1);
	ck_assert_int_le(slapd_place_said(&place, " method=128"), LOGINS * EACH + THREADS);
	ck_assert_int_eq(ldap_case_logged("backend-ldap"), 0);
}
END_TEST

int main(void)
{
	Suite *suite;
	SRunner *runner;
	TCase *tcase;
	int failed;

	if (!slapd_place_possible())
		return 77; /* automake: skipped */
	suite = suite_create("backend_ldap_load");
	runner = srunner_create(suite);
	tcase = tcase_create("load");
	tcase_add_unchecked_fixture(tcase, setup, teardown);
	tcase_add_checked_fixture(tcase, setup_case, teardown_case);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_injection, 0, 3);
	tcase_add_test(tcase, test_injection_bind);
	tcase_add_test(tcase, test_long_names);
	tcase_add_test(tcase, test_pool);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
