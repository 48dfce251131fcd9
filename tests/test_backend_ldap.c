/* SPDX-License-Identifier: MIT */
/* Tests of backend/backend_ldap against a real slapd: who is found, what is proven, with how many
 * questions, over which kind of connection. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pwhash.h"
#include "ldap_case.h"
#include "slapd_place.h"

#define PERSON(name)                                                                               \
	"dn: cn=" name "," SLAPD_PLACE_PEOPLE "\nobjectClass: inetOrgPerson\n"                     \
	"objectClass: octetsObject\ncn: " name "\nsn: x\n"
#define RIGHT "userPassword: " SLAPD_PLACE_RIGHT "\n"

static const char accounts[] = PERSON("alice") "uid: alice\nmail: Alice.Doe@example.org\n" RIGHT "\n" PERSON(
    "locked") "uid: locked\npwdAccountLockedTime: 000001010000Z\n" RIGHT
	      "\n" PERSON("expired") "uid: expired\npwdChangedTime: 20200101000000Z\n" RIGHT "\n" PERSON(
		  "reset") "uid: reset\npwdReset: TRUE\n" RIGHT
			   "\n" PERSON("twin1") "uid: twin\n" RIGHT "\n" PERSON(
			       "twin2") "uid: twin\n" RIGHT
					"\n" PERSON("triple1") "uid: triple\n" RIGHT "\n" PERSON(
					    "triple2") "uid: triple\n" RIGHT
						       "\n" PERSON("triple3") "uid: triple\n" RIGHT "\n" PERSON("nosecret") "uid: nosecret\n\n" PERSON(
							   "member") "uid: member\nmemberOf: "
								     "cn=apps," SLAPD_PLACE_SUFFIX
								     "\n" RIGHT "\n" PERSON(
									 "descri"
									 "bed") "uid: "
										"described\ndescrip"
										"tion: app\n" RIGHT
										"\n" PERSON(
										    "strict") "uid:"
											      " "
											      "stri"
											      "ct\n"
											      "pwdP"
											      "oli"
											      "cySu"
											      "bent"
											      "ry: "
											      "cn="
											      "stri"
											      "ct"
											      "," SLAPD_PLACE_SUFFIX
											      "\n"
											      "pwdC"
											      "hang"
											      "edTi"
											      "me:"
											      " 202"
											      "0010"
											      "1000"
											      "000"
											      "Z"
											      "\n" RIGHT
											      "\n"
											      "dn: "
											      "cn="
											      "stri"
											      "ct"
											      "," SLAPD_PLACE_SUFFIX
											      "\nob"
											      "ject"
											      "Clas"
											      "s: "
											      "devi"
											      "ce\n"
											      "obje"
											      "ctC"
											      "lass"
											      ": "
											      "pwdP"
											      "olic"
											      "y\n"
											      "cn: "
											      "stri"
											      "ct\n"
											      "pwdA"
											      "ttr"
											      "ibut"
											      "e: "
											      "user"
											      "Pass"
											      "word"
											      "\np"
											      "wdMa"
											      "xAge"
											      ": "
											      "0\n"
											      "\n";

static struct slapd_place place;
static struct ldap_case it;

static void setup(void)
{
	ldap_case_log_open();
	slapd_place_make(&place, accounts);
}

static void setup_running(void)
{
	setup();
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
	it.settings.policy_dn = "cn=default," SLAPD_PLACE_SUFFIX;
	/* Time is not what is tested here, and valgrind takes its own. */
	it.settings.connect_timeout_ms = it.settings.timeout_ms = 20000;
	it.settings.total_timeout_ms = 60000;
}

static void teardown_case(void)
{
	ldap_case_close(&it);
}

enum state { FINE, LOCKED, EXPIRED, MUST_CHANGE, DEFECT };

static enum state state_of(const struct account *account)
{
	if (account->defect)
		return DEFECT;
	if (account->locked)
		return LOCKED;
	if (account->must_change)
		return MUST_CHANGE;
	/* The policy's pwdMaxAge of 90 days, counted from 2020. */
	if (account->password_expires > 0 && account->password_expires < 1600000000)
		return EXPIRED;
	return FINE;
}

static const struct {
	const char *name, *secret;
	enum backend_found want;
	enum proof want_proof;
	enum state want_state;
} rows[] = {
    {"alice", SLAPD_PLACE_RIGHT, BACKEND_KNOWN, PROOF_CURRENT, FINE},
    {"alice", "wrong", BACKEND_KNOWN, PROOF_NONE, FINE},
    {"alice", "", BACKEND_KNOWN, PROOF_NONE, FINE},
    {"ALICE", SLAPD_PLACE_RIGHT, BACKEND_KNOWN, PROOF_CURRENT, FINE},
    {"nobody", SLAPD_PLACE_RIGHT, BACKEND_UNKNOWN, PROOF_NONE, FINE},
    {"nobody", "", BACKEND_UNKNOWN, PROOF_NONE, FINE},
    {"*", SLAPD_PLACE_RIGHT, BACKEND_UNKNOWN, PROOF_NONE, FINE},
    {"alice)(uid=*", SLAPD_PLACE_RIGHT, BACKEND_UNKNOWN, PROOF_NONE, FINE},
    {"locked", SLAPD_PLACE_RIGHT, BACKEND_KNOWN, PROOF_NONE, LOCKED},
    {"locked", "wrong", BACKEND_KNOWN, PROOF_NONE, LOCKED},
    {"expired", SLAPD_PLACE_RIGHT, BACKEND_KNOWN, PROOF_CURRENT, EXPIRED},
    {"expired", "wrong", BACKEND_KNOWN, PROOF_NONE, EXPIRED},
    {"reset", SLAPD_PLACE_RIGHT, BACKEND_KNOWN, PROOF_CURRENT, MUST_CHANGE},
    {"reset", "wrong", BACKEND_KNOWN, PROOF_NONE, MUST_CHANGE},
    {"strict", SLAPD_PLACE_RIGHT, BACKEND_KNOWN, PROOF_CURRENT, FINE},
    {"twin", SLAPD_PLACE_RIGHT, BACKEND_KNOWN, PROOF_NONE, DEFECT},
    {"triple", SLAPD_PLACE_RIGHT, BACKEND_KNOWN, PROOF_NONE, DEFECT},
    {"nosecret", SLAPD_PLACE_RIGHT, BACKEND_KNOWN, PROOF_NONE, FINE},
};

START_TEST(test_bind)
{
	const char *name = rows[_i].name;

	ck_assert_msg(ldap_case_ask(&it, name, rows[_i].secret) == rows[_i].want, "%s", name);
	ck_assert_msg(it.record.proof == rows[_i].want_proof, "%s: %d", name, it.record.proof);
	ck_assert_msg(state_of(&it.record.account) == rows[_i].want_state, "%s", name);
	ck_assert_uint_eq(it.record.stored_count, 0);
	ck_assert_int_eq(it.record.account.exists,
			 rows[_i].want == BACKEND_KNOWN ? YES : CANNOT_TELL);
	if (rows[_i].want_state == DEFECT && rows[_i].want_proof == PROOF_NONE)
		ck_assert_int_eq(ldap_case_logged("more than one entry is found: this name cannot "
						  "log in\" backend=lab filter="),
				 1);
}
END_TEST

/* The same entries by their stored secrets. */
START_TEST(test_hash)
{
	const char *name = rows[_i].name;

	it.settings.verify = BACKEND_LDAP_HASH;
	ldap_case_open(&it);
	ck_assert_ptr_null(it.backend->type->prove);
	ck_assert_msg(ldap_case_ask(&it, name, NULL) == rows[_i].want, "%s", name);
	ck_assert_int_eq(it.record.proof, PROOF_UNKNOWN);
	ck_assert_msg(state_of(&it.record.account) == rows[_i].want_state, "%s", name);
	if (rows[_i].want != BACKEND_KNOWN || it.record.account.defect ||
	    strcmp(name, "nosecret") == 0) {
		ck_assert_uint_eq(it.record.stored_count, 0);
		return;
	}
	ck_assert_uint_eq(it.record.stored_count, 1);
	ck_assert_int_eq(pwhash_verify(it.record.stored[0], span_of(SLAPD_PLACE_RIGHT)),
			 PWHASH_YES);
}
END_TEST

/* Without a password a lookup never binds as anybody: an app password's way. */
START_TEST(test_lookup_does_not_bind)
{
	ldap_case_ask(&it, "alice", SLAPD_PLACE_RIGHT);
	slapd_place_forget(&place);
	ck_assert_int_eq(ldap_case_ask(&it, "alice", NULL), BACKEND_KNOWN);
	ck_assert_int_eq(it.record.proof, PROOF_UNKNOWN);
	ck_assert_int_eq(ldap_case_ask(&it, "alice", ""), BACKEND_KNOWN);
	ck_assert_int_eq(ldap_case_ask(&it, "nobody", ""), BACKEND_UNKNOWN);
	ldap_case_sleep(50);
	ck_assert_int_eq(slapd_place_said(&place, " BIND "), 0);
	ck_assert_int_eq(slapd_place_said(&place, " SRCH base="), 3);
}
END_TEST

/* What no other entry ever has. */
START_TEST(test_stable)
{
	char first[64];

	ck_assert_int_eq(ldap_case_ask(&it, "alice", SLAPD_PLACE_RIGHT), BACKEND_KNOWN);
	ck_assert_uint_eq(it.record.stable.len, 36);
	snprintf(first, sizeof(first), "%.*s", (int)it.record.stable.len, it.record.stable.at);
	ck_assert_int_eq(ldap_case_ask(&it, "member", SLAPD_PLACE_RIGHT), BACKEND_KNOWN);
	ck_assert(it.record.stable.len == 36 && !span_is(it.record.stable, first));
	it.settings.verify = BACKEND_LDAP_HASH;
	it.settings.dialect = LDAP_STATE_RFC2307;
	ldap_case_open(&it);
	ck_assert_int_eq(ldap_case_ask(&it, "ALICE", NULL), BACKEND_KNOWN);
	ck_assert(span_is(it.record.stable, first));
	ck_assert_int_eq(ldap_case_ask(&it, "twin", NULL), BACKEND_KNOWN);
	ck_assert_ptr_null(it.record.stable.at);
	ck_assert_int_eq(ldap_case_ask(&it, "nobody", NULL), BACKEND_UNKNOWN);
	ck_assert_ptr_null(it.record.stable.at);
}
END_TEST

START_TEST(test_canonical_name)
{
	it.settings.name_attribute = "mail";
	ck_assert_int_eq(ldap_case_ask(&it, "alice", SLAPD_PLACE_RIGHT), BACKEND_KNOWN);
	ck_assert(span_is(it.record.canonical, "Alice.Doe@example.org"));
	ck_assert_int_eq(ldap_case_ask(&it, "reset", SLAPD_PLACE_RIGHT), BACKEND_KNOWN);
	ck_assert_ptr_null(it.record.canonical.at);
}
END_TEST

START_TEST(test_maps)
{
	struct ldap_state_map maps[LDAP_STATE_FACTS];

	memcpy(maps, ldap_state_own_maps(), sizeof(maps));
	maps[LDAP_STATE_APP_REQUIRED] =
	    (struct ldap_state_map){LDAP_STATE_FILTER, span_of("(description=app)")};
	maps[LDAP_STATE_OAUTH2_REQUIRED] =
	    (struct ldap_state_map){LDAP_STATE_GROUP, span_of("cn=apps," SLAPD_PLACE_SUFFIX)};
	maps[LDAP_STATE_URL] = (struct ldap_state_map){LDAP_STATE_ATTRIBUTE, span_of("mail")};
	it.settings.maps = maps;
	ck_assert_int_eq(ldap_case_ask(&it, "alice", SLAPD_PLACE_RIGHT), BACKEND_KNOWN);
	ck_assert(!it.record.account.app_required && !it.record.account.oauth2_required);
	ck_assert(span_is(it.record.account.url, "Alice.Doe@example.org"));
	ck_assert_int_eq(ldap_case_ask(&it, "described", SLAPD_PLACE_RIGHT), BACKEND_KNOWN);
	ck_assert(it.record.account.app_required && !it.record.account.oauth2_required);
	ck_assert_int_eq(ldap_case_ask(&it, "member", SLAPD_PLACE_RIGHT), BACKEND_KNOWN);
	ck_assert(!it.record.account.app_required && it.record.account.oauth2_required);
	ldap_case_close(&it);
	maps[LDAP_STATE_APP_REQUIRED].text = span_of("(description=app");
	ck_assert_ptr_null(backend_ldap_open(&it.settings));
}
END_TEST

static const struct {
	enum backend_ldap_verify verify;
	const char *name, *secret;
	int want_searches, want_binds;
} costs[] = {
    {BACKEND_LDAP_HASH, "alice", NULL, 1, 0},
    {BACKEND_LDAP_HASH, "nobody", NULL, 1, 0},
    {BACKEND_LDAP_BIND, "alice", SLAPD_PLACE_RIGHT, 1, 1},
    {BACKEND_LDAP_BIND, "alice", "wrong", 1, 1},
    {BACKEND_LDAP_BIND, "nobody", "wrong", 1, 1},
    {BACKEND_LDAP_BIND, "locked", "wrong", 1, 1},
};

/* Each login costs a search, and a bind, on connections that stay open. */
START_TEST(test_cost)
{
	const int logins = 20;

	it.settings.verify = costs[_i].verify;
	ldap_case_ask(&it, "alice", costs[_i].secret);
	slapd_place_forget(&place);
	for (int i = 0; i < logins; i++)
		ldap_case_ask(&it, costs[_i].name, costs[_i].secret);
	ldap_case_sleep(50);
	ck_assert_int_eq(slapd_place_said(&place, " SRCH base="), logins * costs[_i].want_searches);
	ck_assert_int_eq(slapd_place_said(&place, " method=128"), logins * costs[_i].want_binds);
	ck_assert_int_eq(slapd_place_said(&place, " ACCEPT "), 0);
	ck_assert_int_eq(slapd_place_said(&place, " closed"), 0);
	ck_assert_int_eq(slapd_place_said(&place, " UNBIND"), 0);
}
END_TEST

/* A simple bind carries any octets; what no server takes is not sent. */
START_TEST(test_hostile_passwords)
{
	static char octets[300000];
	static const struct {
		const char *at;
		size_t len;
	} secrets[] = {
	    {SLAPD_PLACE_RIGHT "\0", sizeof(SLAPD_PLACE_RIGHT)},
	    {"\0" SLAPD_PLACE_RIGHT, sizeof(SLAPD_PLACE_RIGHT)},
	    {"\0", 1},
	    {"*", 1},
	    {")(&", 3},
	    {"\xff\xfe\x80", 3},
	    {octets, 255},
	    {octets, 256},
	    {octets, 65535},
	    {octets, 65536},
	    {octets, 65537},
	    {octets, 300000},
	};

	memset(octets, 'x', sizeof(octets));
	ldap_case_open(&it);
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		struct span secret = {secrets[i].at, secrets[i].len};

		ck_assert_int_eq(ldap_case_login(it.backend, span_of("alice"), secret, &it.record),
				 BACKEND_KNOWN);
		ck_assert_msg(it.record.proof == PROOF_NONE, "%zu", i);
		ck_assert_int_eq(ldap_case_login(it.backend, span_of("nobody"), secret, &it.record),
				 BACKEND_UNKNOWN);
	}
	ck_assert_int_eq(ldap_case_ask(&it, "alice", SLAPD_PLACE_RIGHT), BACKEND_KNOWN);
	ck_assert_int_eq(it.record.proof, PROOF_CURRENT);
	ck_assert_int_eq(ldap_case_logged("backend-ldap"), 0);
}
END_TEST

START_TEST(test_refused_service)
{
	char wrong[160];

	snprintf(wrong, sizeof(wrong), "%s/wrong-secret", place.root);
	it.settings.bind_password_file = wrong;
	ck_assert_int_eq(ldap_case_ask(&it, "alice", SLAPD_PLACE_RIGHT), BACKEND_DOWN);
	ck_assert_int_eq(ldap_case_logged("the service's own name or password is not accepted"), 1);
	/* It is not tried again and again: that would lock it. */
	slapd_place_forget(&place);
	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(ldap_case_ask(&it, "alice", SLAPD_PLACE_RIGHT), BACKEND_DOWN);
		ldap_case_sleep(50);
	}
	ck_assert_int_eq(slapd_place_said(&place, " BIND "), 0);
	ldap_case_close(&it);
	it.settings.bind_password_file = "/nonexistent";
	ck_assert_ptr_null(backend_ldap_open(&it.settings));
	ck_assert_int_eq(ldap_case_logged("the password file cannot be read"), 1);
}
END_TEST

/* A base that is not there, or may not be searched, is not a directory without accounts. */
START_TEST(test_wrong_base)
{
	it.settings.base = "ou=nowhere," SLAPD_PLACE_SUFFIX;
	ck_assert_int_eq(ldap_case_ask(&it, "alice", SLAPD_PLACE_RIGHT), BACKEND_DOWN);
	it.settings.base = "dc=elsewhere";
	ldap_case_open(&it);
	ck_assert_int_eq(ldap_case_ask(&it, "alice", SLAPD_PLACE_RIGHT), BACKEND_DOWN);
	ck_assert_int_eq(ldap_case_ask(&it, "alice", SLAPD_PLACE_RIGHT), BACKEND_DOWN);
	ck_assert_int_eq(ldap_case_logged("the search fails"), 2);
	it.settings.base = SLAPD_PLACE_PEOPLE;
	it.settings.bind_dn = "";
	ldap_case_open(&it);
	ck_assert_int_eq(ldap_case_ask(&it, "alice", SLAPD_PLACE_RIGHT), BACKEND_DOWN);
}
END_TEST

START_TEST(test_external)
{
	it.uris[0] = place.local;
	it.settings.service = BACKEND_LDAP_EXTERNAL;
	it.settings.bind_dn = it.settings.bind_password_file = "";
	ck_assert_int_eq(ldap_case_ask(&it, "alice", SLAPD_PLACE_RIGHT), BACKEND_KNOWN);
	ck_assert_int_eq(it.record.proof, PROOF_CURRENT);
	ck_assert_int_eq(ldap_case_ask(&it, "nobody", "wrong"), BACKEND_UNKNOWN);
}
END_TEST

static const struct {
	const char *certificate;
	const char *ca; /* null: place.ca */
	bool starttls, verify;
	bool want;
} tls_rows[] = {
    {"good", NULL, false, true, true},	    {"good", NULL, true, true, true},
    {"good", "", false, true, false},	    {"good", "", true, true, false},
    {"good", "", false, false, true},	    {"good", "", true, false, true},
    {"expired", NULL, false, true, false},  {"expired", NULL, true, true, false},
    {"expired", NULL, false, false, true},  {"other", NULL, false, true, false},
    {"other", NULL, true, true, false},	    {"alien", NULL, false, true, false},
    {"alien", NULL, true, true, false},	    {"alien", NULL, true, false, true},
    {"good", "/none", false, false, false}, {"good", "/none", true, true, false},
};

/* Where the certificate is not in order, the service's password does not leave the house. */
START_TEST(test_tls)
{
	bool want = tls_rows[_i].want;

	slapd_place_start(&place, tls_rows[_i].certificate);
	slapd_place_forget(&place);
	it.uris[0] = tls_rows[_i].starttls ? place.plain : place.tls;
	it.settings.starttls = tls_rows[_i].starttls;
	it.settings.tls_verify = tls_rows[_i].verify;
	it.settings.tls_ca_file = tls_rows[_i].ca ? tls_rows[_i].ca : place.ca;
	ck_assert_int_eq(ldap_case_ask(&it, "alice", SLAPD_PLACE_RIGHT),
			 want ? BACKEND_KNOWN : BACKEND_DOWN);
	ck_assert_int_eq(it.record.proof, want ? PROOF_CURRENT : PROOF_UNKNOWN);
	/* Besides that they end within days. */
	ck_assert_int_eq(ldap_case_logged(" backend=lab uri=ldap") -
			     ldap_case_logged("the certificate of the server"),
			 !want);
	ldap_case_sleep(50);
	ck_assert_int_eq(slapd_place_said(&place, " method=128"), want ? 2 : 0);
	ck_assert_int_eq(slapd_place_said(&place, " ssf=0"), 0);
	slapd_place_stop(&place);
}
END_TEST

START_TEST(test_client_certificate)
{
	char cert[160], key[160];

	slapd_place_start(&place, "good");
	snprintf(cert, sizeof(cert), "%s/client.pem", place.root);
	snprintf(key, sizeof(key), "%s/key.pem", place.root);
	it.uris[0] = place.tls;
	it.settings.tls_ca_file = place.ca;
	it.settings.tls_cert_file = cert;
	it.settings.tls_key_file = key;
	it.settings.service = BACKEND_LDAP_EXTERNAL;
	it.settings.bind_dn = it.settings.bind_password_file = "";
	ck_assert_int_eq(ldap_case_ask(&it, "alice", SLAPD_PLACE_RIGHT), BACKEND_KNOWN);
	ck_assert_int_eq(it.record.proof, PROOF_CURRENT);
	slapd_place_stop(&place);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

static TCase *make_case(Suite *suite, const char *name, void (*before)(void))
{
	TCase *tcase = tcase_create(name);

	tcase_add_unchecked_fixture(tcase, before, teardown);
	tcase_add_checked_fixture(tcase, setup_case, teardown_case);
	tcase_set_timeout(tcase, 30);
	suite_add_tcase(suite, tcase);
	return tcase;
}

int main(void)
{
	Suite *suite;
	SRunner *runner;
	TCase *tcase;
	int failed;

	if (!slapd_place_possible())
		return 77; /* automake: skipped */
	suite = suite_create("backend_ldap");
	runner = srunner_create(suite);
	tcase = make_case(suite, "accounts", setup_running);
	tcase_add_loop_test(tcase, test_bind, 0, COUNT(rows));
	tcase_add_loop_test(tcase, test_hash, 0, COUNT(rows));
	tcase_add_test(tcase, test_lookup_does_not_bind);
	tcase_add_test(tcase, test_stable);
	tcase_add_test(tcase, test_canonical_name);
	tcase_add_test(tcase, test_maps);
	tcase_add_loop_test(tcase, test_cost, 0, COUNT(costs));
	tcase_add_test(tcase, test_hostile_passwords);
	tcase_add_test(tcase, test_refused_service);
	tcase_add_test(tcase, test_wrong_base);
	tcase_add_test(tcase, test_external);
	tcase = make_case(suite, "TLS", setup);
	tcase_add_loop_test(tcase, test_tls, 0, COUNT(tls_rows));
	tcase_add_test(tcase, test_client_certificate);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
