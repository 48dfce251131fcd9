/* SPDX-License-Identifier: MIT */
/* Tests of backend/ldap_state_secret: stored secrets as directories write them. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "backend/ldap_state_secret.h"
#include "base/pwhash.h"
#include "ldap_text.h"

#define ROWS(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

#define SSHA "{SSHA}4wQDFuKjYvFkLx2SwdfJ5AtDf+yrhs4e" /* right-pw */
#define NT   "d27d3608ee74cc8e543d4b58345c9ff1"       /* right-pw */
/* The same digests as RFC 3112 has them: slappasswd's, taken apart. */
#define SALT "q4bOHg=="
#define SHA1 "4wQDFuKjYvFkLx2SwdfJ5AtDf+w="
#define SMD5 "UrTUL/7i6JGlupg2oOYl3g=="
#define MD5_SALT "yLPl4A=="
#define SCRAM_ARGS "4096:QSXCR+Q6sek8bf92"
#define SCRAM_KEYS "6dlGYMOdZcOPutkcNY8U2g7vK9Y=:D+CSWLOshSulAsxiupA+qs2/fTE="

static const struct {
	const char *name;
	const char *entry;
	const char *want;    /* the stored secrets, a space before each */
	const char *account;
	const char *match; /* a secret that matches; null: none does */
} rows[] = {
	{"nothing", "cn: a", "", "", NULL},
	{"scheme", "userPassword: " SSHA, " " SSHA, "", "right-pw"},
	{"base64", "userPassword:: e1NTSEF9NHdRREZ1S2pZdkZrTHgyU3dkZko1QXREZit5cmhzNGU=",
	 " " SSHA, "", "right-pw"},
	{"cleartext", "userPassword: right-pw", " {CLEARTEXT}right-pw", "", "right-pw"},
	{"cleartext with braces", "userPassword: a{b}c", " {CLEARTEXT}a{b}c", "", "a{b}c"},
	{"cleartext, open brace", "userPassword: {abc", " {CLEARTEXT}{abc", "", "{abc"},
	{"cleartext, no scheme", "userPassword: {}abc", " {CLEARTEXT}{}abc", "", "{}abc"},
	{"a scheme of one letter", "userPassword: {x}abc", " {x}abc", "", NULL},
	{"cleartext, only braces", "userPassword: {}", " {CLEARTEXT}{}", "", "{}"},
	{"cleartext, exclaimed", "userPassword: !right-pw", " {CLEARTEXT}!right-pw", "",
	 "!right-pw"},
	{"cleartext, a star", "userPassword: *", " {CLEARTEXT}*", "", "*"},
	{"scheme of cleartext", "userPassword: {CLEARTEXT}!x", " {CLEARTEXT}!x", "", "!x"},
	{"scheme without data", "userPassword: {SSHA}", " {SSHA}", "", NULL},
	{"empty", "userPassword: ", "", "", NULL},
	{"unknown scheme", "userPassword: {SASL}alice@EXAMPLE.ORG", " {SASL}alice@EXAMPLE.ORG", "",
	 NULL},
	{"two", "userPassword: {SHA}x\nuserPassword: right-pw", " {SHA}x {CLEARTEXT}right-pw", "",
	 "right-pw"},
	{"locked", "userPassword: {SSHA}!4wQDFuKjYvFkLx2SwdfJ5AtDf+yrhs4e", " " SSHA, "disabled",
	 "right-pw"},
	{"locked twice", "userPassword: {SSHA}!!4wQDFuKjYvFkLx2SwdfJ5AtDf+yrhs4e", " " SSHA,
	 "disabled", "right-pw"},
	{"locked crypt", "userPassword: {CRYPT}!ribdotZWG1Eqs", " {CRYPT}ribdotZWG1Eqs", "disabled",
	 "right-pw"},
	{"locked, an octet behind", "userPassword: {SSHA}!x", " {SSHA}x", "disabled", NULL},
	{"locked, nothing behind", "userPassword: {crypt}!", "", "disabled", NULL},
	{"locked, a star", "userPassword: {CRYPT}!*", "", "disabled", NULL},
	{"a star", "userPassword: {CRYPT}*", "", "disabled", NULL},
	{"a star and text", "userPassword: {crypt}*LK*", "", "disabled", NULL},
	{"a star of another scheme", "userPassword: {SSHA}*", " {SSHA}*", "", NULL},

	{"RFC 3112, SHA1", "authPassword: SHA1$" SALT "$" SHA1, " " SSHA, "", "right-pw"},
	{"RFC 3112, with spaces", "authPassword: sha1 $ " SALT " $ " SHA1 " ", " " SSHA, "",
	 "right-pw"},
	{"RFC 3112, MD5", "authPassword: MD5$" MD5_SALT "$" SMD5,
	 " {SMD5}UrTUL/7i6JGlupg2oOYl3siz5eA=", "", "right-pw"},
	{"RFC 3112, MD5 without salt", "authPassword: MD5$$eqxSG3g2nXP5duK4dJd3vw==",
	 " {MD5}eqxSG3g2nXP5duK4dJd3vw==", "", "right-pw"},
	{"RFC 3112, SHA1 without salt", "authPassword: SHA1$ $JKrl/S9IBySaR46ZnHd72SLS2L4=",
	 " {SHA}JKrl/S9IBySaR46ZnHd72SLS2L4=", "", "right-pw"},
	{"RFC 3112, salt is no base64", "authPassword: SHA1$*$" SHA1, " {SHA1}*$" SHA1, "", NULL},
	{"RFC 3112, digest is no base64", "authPassword: MD5$" SALT "$*", " {MD5}" SALT "$*", "",
	 NULL},
	{"RFC 3112, other scheme", "authPassword: X-A $ b $ c", " {X-A}b$c", "", NULL},
	{"RFC 5803", "authPassword: SCRAM-SHA-1$" SCRAM_ARGS "$" SCRAM_KEYS,
	 " {SCRAM-SHA-1}" SCRAM_ARGS "$" SCRAM_KEYS, "", "pencil"},
	{"RFC 5803, with spaces", "authPassword: SCRAM-SHA-1 $ " SCRAM_ARGS " $ " SCRAM_KEYS,
	 " {SCRAM-SHA-1}" SCRAM_ARGS "$" SCRAM_KEYS, "", "pencil"},
	{"no RFC 3112", "authPassword: SHA1$" SALT, "", "defect", NULL},
	{"no RFC 3112 at all", "authPassword: right-pw", "", "defect", NULL},
	{"both", "authPassword: MD5$$eqxSG3g2nXP5duK4dJd3vw==\nuserPassword: {SHA}x",
	 " {SHA}x {MD5}eqxSG3g2nXP5duK4dJd3vw==", "", "right-pw"},

	{"Samba", "sambaNTPassword: " NT, " {NT}" NT, "", "right-pw"},
	{"Samba, capitals", "sambaNTPassword: D27D3608EE74CC8E543D4B58345C9FF1",
	 " {NT}D27D3608EE74CC8E543D4B58345C9FF1", "", "right-pw"},
	{"Samba, none", "sambaNTPassword: NO PASSWORDXXXXXXXXXXXXXXXXXXXXX", "", "", NULL},
	{"Samba, of no use", "sambaNTPassword: XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX", "", "", NULL},
	{"Samba, far too long", "sambaNTPassword: " NT NT NT NT, "", "", NULL},
	{"Samba is left behind", "sambaNTPassword: " NT "\nuserPassword: {CLEARTEXT}new-pw",
	 " {CLEARTEXT}new-pw", "", "new-pw"},
	{"Samba where nothing else can be compared",
	 "sambaNTPassword: " NT "\nuserPassword: {SASL}a@b", " {SASL}a@b {NT}" NT, "", "right-pw"},
	{"FreeIPA", "ipaNTHash:: 0n02CO50zI5UPUtYNFyf8Q==", " {NT}" NT, "", "right-pw"},
	{"FreeIPA and Samba", "ipaNTHash:: 0n02CO50zI5UPUtYNFyf8Q==\nsambaNTPassword: " NT,
	 " {NT}" NT, "", "right-pw"},
	{"FreeIPA, cut", "ipaNTHash:: 0n02CO50zI5UPUtYNFyf", "", "", NULL},
};

static enum pwhash_match match(const struct backend_record *record, const char *secret)
{
	enum pwhash_match best = PWHASH_BROKEN;

	for (size_t i = 0; i < record->stored_count; i++) {
		enum pwhash_match one = pwhash_verify(record->stored[i], span_of(secret));

		best = one > best ? one : best;
	}
	return best;
}

START_TEST(test_stored)
{
	static struct ldap_text text;
	static struct backend_record record;
	char storage[1024];
	struct buf out = BUF_ON(storage);

	ldap_text_take(&text, rows[_i].entry);
	backend_record_init(&record);
	record.account.exists = YES;
	ldap_state_fill_secrets(LDAP_STATE_FREEIPA, &text.entry, &record);
	for (size_t i = 0; i < record.stored_count; i++) {
		buf_put_char(&out, ' ');
		buf_put_span(&out, record.stored[i]);
	}
	ck_assert_msg(span_is(buf_span(&out), rows[_i].want), "%s:%.*s", rows[_i].name,
		      (int)out.len, out.at);
	ck_assert_msg(strcmp(ldap_text_account(&record), rows[_i].account) == 0, "%s: %s",
		      rows[_i].name, ldap_text_account(&record));
	ck_assert_msg(match(&record, "wrong-pw") < PWHASH_YES, "%s", rows[_i].name);
	ck_assert_msg(!rows[_i].match || match(&record, rows[_i].match) == PWHASH_YES, "%s",
		      rows[_i].name);
	ck_assert(!record.previous.at && record.previous_changed == 0);
}
END_TEST

/* As slapd 2.5 and 2.6 write it. */
#define OID  "1.3.6.1.4.1.1466.115.121.1.40"
#define OLD  "20261001000000Z#" OID "#38#" SSHA
#define OPENLDAP LDAP_STATE_OPENLDAP
#define DS389    LDAP_STATE_389DS

static const struct {
	const char *name;
	enum ldap_state_dialect dialect;
	const char *entry;
	const char *want; /* null: none */
	int64_t replaced;
	const char *account;
} history[] = {
	{"none", OPENLDAP, "pwdChangedTime: 20261001000000Z", NULL, 0, ""},
	{"one", OPENLDAP, "pwdHistory: " OLD, SSHA, 1790812800, "changed=20261001000000Z"},
	{"the latest of three", OPENLDAP,
	 "pwdHistory: 20250101000000Z#" OID "#1#a\npwdHistory: " OLD
	 "\npwdHistory: 20260101000000Z#" OID "#1#b",
	 SSHA, 1790812800, "changed=20261001000000Z"},
	{"two of one second", OPENLDAP, "pwdHistory: 20261001000000Z#" OID "#5#first\npwdHistory: " OLD,
	 SSHA, 1790812800, "changed=20261001000000Z"},
	{"of 1970", OPENLDAP, "pwdHistory: 19700101000000Z#" OID "#5#first", NULL, 0, ""},
	{"of 1970, later", OPENLDAP, "pwdHistory: 19700101000001Z#" OID "#5#first",
	 "{CLEARTEXT}first", 1, "changed=19700101000001Z"},
	{"cleartext", OPENLDAP, "pwdHistory: 20261001000000Z#" OID "#5#a#b#c", "{CLEARTEXT}a#b#c",
	 1790812800, "changed=20261001000000Z"},
	{"a lock is none of a history's", OPENLDAP, "pwdHistory: 20261001000000Z#" OID "#6#{SHA}!",
	 "{SHA}!", 1790812800, "changed=20261001000000Z"},
	{"another length", OPENLDAP, "pwdHistory: 20261001000000Z#" OID "#37#" SSHA, NULL, 0, ""},
	{"longer than it is", OPENLDAP, "pwdHistory: 20261001000000Z#" OID "#39#" SSHA, NULL, 0,
	 ""},
	{"of no length", OPENLDAP, "pwdHistory: 20261001000000Z#" OID "#0#", NULL, 0, ""},
	{"without length", OPENLDAP, "pwdHistory: 20261001000000Z#" OID "#" SSHA, NULL, 0, ""},
	{"without secret", OPENLDAP, "pwdHistory: 20261001000000Z#" OID "#38", NULL, 0, ""},
	{"without a time", OPENLDAP, "pwdHistory: x#" OID "#38#" SSHA, NULL, 0, ""},
	{"only a time", OPENLDAP, "pwdHistory: 20261001000000Z", NULL, 0, ""},
	{"one that can be read", OPENLDAP, "pwdHistory: 20261101000000Z#x\npwdHistory: " OLD, SSHA,
	 1790812800, "changed=20261001000000Z"},
	{"389-DS's", OPENLDAP, "passwordHistory: 20261001000000Z" SSHA, NULL, 0, ""},
	{"one", DS389, "passwordHistory: 20261001000000Z" SSHA, SSHA, 1790812800,
	 "changed=20261001000000Z"},
	{"the latest of two", DS389, "passwordHistory: 20261001000000Z" SSHA
	 "\npasswordHistory: 20260101000000Z{SHA}x", SSHA, 1790812800, "changed=20261001000000Z"},
	{"another Z", DS389, "passwordHistory: 20261001000000Z{SHA}ZZ", "{SHA}ZZ", 1790812800,
	 "changed=20261001000000Z"},
	{"no time", DS389, "passwordHistory: " SSHA, NULL, 0, ""},
	{"no secret", DS389, "passwordHistory: 20261001000000Z", NULL, 0, ""},
	{"not a time", DS389, "passwordHistory: xZ{SHA}x", NULL, 0, ""},
	{"slapd's", DS389, "pwdHistory: " OLD, NULL, 0, ""},
	{"one", LDAP_STATE_FREEIPA, "passwordHistory: 20261001000000Z" SSHA, SSHA, 1790812800,
	 "changed=20261001000000Z"},
	{"nobody's", LDAP_STATE_AD, "pwdHistory: " OLD "\npasswordHistory: " OLD, NULL, 0, ""},
	{"nobody's", LDAP_STATE_RFC2307, "pwdHistory: " OLD, NULL, 0, ""},
};

START_TEST(test_history)
{
	static struct ldap_text text;
	static struct backend_record record;

	ldap_text_take(&text, history[_i].entry);
	for (int hash = 0; hash < 2; hash++) {
		backend_record_init(&record);
		record.account.exists = YES;
		if (hash)
			ldap_state_fill_secrets(history[_i].dialect, &text.entry, &record);
		else
			ldap_state_fill_previous(history[_i].dialect, &text.entry, &record);
		ck_assert_msg(span_equal(record.previous, span_of(history[_i].want)), "%s: %.*s",
			      history[_i].name, (int)record.previous.len, record.previous.at);
		ck_assert_msg((record.previous.at != NULL) == (history[_i].want != NULL), "%s",
			      history[_i].name);
		ck_assert_msg(record.previous_changed == history[_i].replaced, "%s",
			      history[_i].name);
		ck_assert_msg(strcmp(ldap_text_account(&record), history[_i].account) == 0,
			      "%s: %s", history[_i].name, ldap_text_account(&record));
	}
}
END_TEST

/* The directory knows better when the password changed. */
START_TEST(test_history_and_change)
{
	static struct ldap_text text;
	struct backend_record *record =
	    ldap_text_fill(OPENLDAP, "pwdChangedTime: 20261101000000Z", NULL, 0);

	ldap_text_take(&text, "pwdHistory: " OLD);
	ldap_state_fill_previous(OPENLDAP, &text.entry, record);
	ck_assert_int_eq(record->previous_changed, 1790812800);
	ck_assert_str_eq(ldap_text_account(record), "changed=20261101000000Z");
}
END_TEST

START_TEST(test_too_much)
{
	static struct ldap_text text;
	static struct backend_record record;
	static char ldif[PWHASH_STORED_MAX + 32];

	ldap_text_take(&text, "userPassword: 1\nuserPassword: 2\nuserPassword: 3\nuserPassword: 4\n"
			      "userPassword: 5\nuserPassword: 6\nuserPassword: 7\nuserPassword: 8");
	backend_record_init(&record);
	ldap_state_secret_fill(&text.entry, &record);
	ck_assert_uint_eq(record.stored_count, BACKEND_SECRETS_MAX);
	ck_assert(!record.account.defect);
	text.attributes[1] = (struct ldap_state_attribute){span_of("authPassword"), text.values, 1};
	text.values[0] = span_of("MD5$$eqxSG3g2nXP5duK4dJd3vw==");
	text.entry.count = 2;
	backend_record_init(&record);
	ldap_state_secret_fill(&text.entry, &record);
	ck_assert_uint_eq(record.stored_count, BACKEND_SECRETS_MAX);
	ck_assert(record.account.defect);

	memset(ldif, 'x', sizeof(ldif));
	memcpy(ldif, "userPassword: ", 14);
	ldif[14 + PWHASH_STORED_MAX - 11] = 0;
	ldap_text_take(&text, ldif);
	backend_record_init(&record);
	ldap_state_secret_fill(&text.entry, &record);
	ck_assert_uint_eq(record.stored_count, 1);
	ck_assert(!record.account.defect);
	ldif[14 + PWHASH_STORED_MAX - 11] = 'x';
	ldif[14 + PWHASH_STORED_MAX - 10] = 0;
	ldap_text_take(&text, ldif);
	backend_record_init(&record);
	ldap_state_secret_fill(&text.entry, &record);
	ck_assert_uint_eq(record.stored_count, 0);
	ck_assert(record.account.defect);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ldap_state_secret");
	TCase *tcase = tcase_create("secret");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, test_stored, 0, ROWS(rows));
	tcase_add_loop_test(tcase, test_history, 0, ROWS(history));
	tcase_add_test(tcase, test_history_and_change);
	tcase_add_test(tcase, test_too_much);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
