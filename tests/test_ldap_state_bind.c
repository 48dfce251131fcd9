/* SPDX-License-Identifier: MIT */
/* Tests of backend/ldap_state_bind: each row of each table, with what the servers say. */
#include <check.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "backend/ldap_state_bind.h"
#include "ldap_text.h"

#define ROWS(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))
#define NOW        INT64_C(1795262400) /* 20261121120000Z */

/* Of Samba 4.17, ldap_bind.c. */
#define SAMBA(data)                                                                                \
	"80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data " data       \
	", v1db1"
/* Of Windows Server 2019: a NUL at the end. */
#define WINDOWS(data)                                                                              \
	"80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data " data       \
	", v4563"

enum control {
	NO_CONTROL,
	OLD, /* Netscape's "password expired" alone */
	PPOLICY, /* without an error */
	GRACE,
	GRACE_AND_OLD,
	ERROR_0, /* passwordExpired */
	ERROR_0_AND_OLD,
	ERROR_0_AND_GRACE,
	ERROR_1, /* accountLocked */
	ERROR_2, /* changeAfterReset */
	ERROR_2_AND_OLD,
	ERROR_3, /* passwordModNotAllowed */
	ERROR_8  /* passwordInHistory */
};

static const struct {
	bool has_ppolicy;
	int error;
	bool grace, old;
} controls[] = {
	[NO_CONTROL] = {false, -1, false, false},
	[OLD] = {false, -1, false, true},
	[PPOLICY] = {true, -1, false, false},
	[GRACE] = {true, -1, true, false},
	[GRACE_AND_OLD] = {true, -1, true, true},
	[ERROR_0] = {true, 0, false, false},
	[ERROR_0_AND_OLD] = {true, 0, false, true},
	[ERROR_0_AND_GRACE] = {true, 0, true, false},
	[ERROR_1] = {true, 1, false, false},
	[ERROR_2] = {true, 2, false, false},
	[ERROR_2_AND_OLD] = {true, 2, false, true},
	[ERROR_3] = {true, 3, false, false},
	[ERROR_8] = {true, 8, false, false},
};

static const char *const proofs[] = {"unknown", "none", "current"};

#define EACH      100 /* a row of every dialect */
#define RETRY     "retry"
#define ODD       "odd"
#define OPENLDAP  LDAP_STATE_OPENLDAP
#define AD        LDAP_STATE_AD
#define DS389     LDAP_STATE_389DS
#define FREEIPA   LDAP_STATE_FREEIPA
#define RFC2307   LDAP_STATE_RFC2307

static const struct row {
	int dialect;
	int code;
	enum control control;
	const char *diagnostic;
	const char *want; /* "retry", "odd", or the proof and the account */
} rows[] = {
	{EACH, 0, NO_CONTROL, "", "current"},
	{EACH, 0, PPOLICY, "", "current"},
	{EACH, 0, GRACE, "", "current"},
	{EACH, 49, NO_CONTROL, "", "none"},
	{EACH, 49, NO_CONTROL, "invalid credentials", "none"},
	{EACH, 49, PPOLICY, "", "none"},
	{EACH, 48, NO_CONTROL, "", "none"},
	{EACH, 48, PPOLICY, "inappropriate authentication", "none"},
	{EACH, 32, NO_CONTROL, "", "none"},
	{EACH, 32, PPOLICY, "No such object", "none"},
	{EACH, 3, NO_CONTROL, "", RETRY},
	{EACH, 11, NO_CONTROL, "", RETRY},
	{EACH, 51, PPOLICY, "", RETRY},
	{EACH, 52, NO_CONTROL, "", RETRY},
	{EACH, 80, NO_CONTROL, "internal error", RETRY},
	{EACH, 7, NO_CONTROL, "", RETRY},
	{EACH, 8, NO_CONTROL, "BindSimple: Transport encryption required.", RETRY},
	{EACH, 13, NO_CONTROL, "confidentiality required", RETRY},
	{EACH, -1, NO_CONTROL, "", RETRY},
	{EACH, -2, NO_CONTROL, "", RETRY},
	{EACH, -5, NO_CONTROL, "", RETRY},
	{EACH, -10, NO_CONTROL, "", RETRY},
	{EACH, -11, NO_CONTROL, "", RETRY},
	{EACH, -3, NO_CONTROL, "", ODD},
	{EACH, 1, NO_CONTROL, "", ODD},
	{EACH, 2, NO_CONTROL, "", ODD},
	{EACH, 10, NO_CONTROL, "", ODD},
	{EACH, 12, NO_CONTROL, "", ODD},
	{EACH, 14, NO_CONTROL, "", ODD},
	{EACH, 19, NO_CONTROL, "", ODD},
	{EACH, 34, NO_CONTROL, "invalid DN", ODD},
	{EACH, 50, NO_CONTROL, "", ODD},
	{EACH, 53, NO_CONTROL, "", ODD},
	{EACH, 53, NO_CONTROL, "unwilling to perform", ODD},
	{EACH, 81, NO_CONTROL, "", ODD},
	{EACH, 118, NO_CONTROL, "", ODD},
	{EACH, 49049, NO_CONTROL, "", ODD},

	{OPENLDAP, 0, ERROR_0, "", "current password_expires=past"},
	{OPENLDAP, 0, ERROR_2, "", "current must_change"},
	{OPENLDAP, 0, OLD, "", "current must_change"},
	{OPENLDAP, 0, ERROR_1, "", ODD},
	{OPENLDAP, 0, ERROR_3, "", ODD},
	{OPENLDAP, 49, ERROR_0, "", "current password_expires=past"},
	{OPENLDAP, 49, ERROR_0_AND_GRACE, "", "current password_expires=past"},
	{OPENLDAP, 49, ERROR_1, "", "none locked"},
	{OPENLDAP, 49, ERROR_2, "", ODD},
	{OPENLDAP, 49, ERROR_3, "", ODD},
	{OPENLDAP, 49, ERROR_8, "", ODD},
	{OPENLDAP, 49, GRACE, "", ODD},
	{OPENLDAP, 49, OLD, "", ODD},
	{OPENLDAP, 49, NO_CONTROL, SAMBA("533"), "none"},
	{OPENLDAP, 53, NO_CONTROL, "Account inactivated. Contact system administrator.", ODD},
	{OPENLDAP, 53, ERROR_1, "", ODD},
	{OPENLDAP, 19, ERROR_1, "", ODD},

	{RFC2307, 0, ERROR_2, "", "current must_change"},
	{RFC2307, 49, ERROR_0, "", "current password_expires=past"},
	{RFC2307, 49, ERROR_1, "", "none locked"},
	{RFC2307, 49, ERROR_3, "", ODD},

	{AD, 0, ERROR_1, "", "current"},
	{AD, 0, OLD, "", "current"},
	{AD, 49, NO_CONTROL, SAMBA("525"), "none"},
	{AD, 49, NO_CONTROL, SAMBA("52e"), "none"},
	{AD, 49, NO_CONTROL, SAMBA("52E"), "none"},
	{AD, 49, NO_CONTROL, SAMBA("530"), "current hours=0"},
	{AD, 49, NO_CONTROL, SAMBA("531"), "current networks=0/128"},
	{AD, 49, NO_CONTROL, SAMBA("532"), "current password_expires=past"},
	{AD, 49, NO_CONTROL, SAMBA("533"), "current disabled"},
	{AD, 49, NO_CONTROL, SAMBA("701"), "current expires=past"},
	{AD, 49, NO_CONTROL, SAMBA("773"), "current must_change"},
	{AD, 49, NO_CONTROL, SAMBA("775"), "none locked"},
	{AD, 49, NO_CONTROL, WINDOWS("52e"), "none"},
	{AD, 49, NO_CONTROL, WINDOWS("773"), "current must_change"},
	{AD, 49, PPOLICY, WINDOWS("533"), "current disabled"},
	{AD, 49, NO_CONTROL, SAMBA("52f"), ODD},
	{AD, 49, NO_CONTROL, SAMBA("568"), ODD},
	{AD, 49, NO_CONTROL, SAMBA("0"), ODD},
	{AD, 49, NO_CONTROL, SAMBA("533533533"), ODD},
	{AD, 49, NO_CONTROL, SAMBA(""), ODD},
	{AD, 53, NO_CONTROL, SAMBA("533"), ODD},
	{AD, 1, NO_CONTROL, SAMBA("775"), ODD},

	{DS389, 0, ERROR_2_AND_OLD, "", "current must_change"},
	{DS389, 0, ERROR_2, "", "current must_change"},
	{DS389, 0, OLD, "", "current must_change"},
	{DS389, 0, GRACE_AND_OLD, "", "current"},
	{DS389, 0, ERROR_1, "", ODD},
	{DS389, 49, ERROR_0_AND_OLD, "password expired!", "current password_expires=past"},
	{DS389, 49, OLD, "password expired!", "current password_expires=past"},
	{DS389, 49, NO_CONTROL, "password expired!", "current password_expires=past"},
	{DS389, 49, ERROR_0_AND_OLD, "", ODD},
	{DS389, 49, OLD, "", ODD},
	{DS389, 49, ERROR_0_AND_OLD,
	 "Expired PAM password for user id [a], bind DN [uid=a]: reset required",
	 "current password_expires=past"},
	{DS389, 49, NO_CONTROL, "Invalid PAM password for user id [a], bind DN [uid=a]", "none"},
	{DS389, 49, ERROR_1, "", "none locked"},
	{DS389, 53, ERROR_1, "Access denied for PAM user id [a], bind DN [uid=a] - see administrator",
	 "current disabled"},
	{DS389, 53, NO_CONTROL, "Account inactivated. Contact system administrator.",
	 "none disabled"},
	{DS389, 53, ERROR_1, "Account inactivated. Contact system administrator.",
	 "none disabled"},
	{DS389, 53, ERROR_1, "", "none locked"},
	{DS389, 53, NO_CONTROL, "Pam service is invalid. Contact system administrator.", ODD},
	{DS389, 53, NO_CONTROL, "Entry permanently locked.\n", ODD},
	{DS389, 19, ERROR_1, "Exceed password retry limit. Contact system administrator to reset.",
	 "none locked"},
	{DS389, 19, NO_CONTROL, "Exceed password retry limit. Please try later.", "none locked"},
	{DS389, 19, NO_CONTROL,
	 "Invalid credentials, you now have exceeded the password retry limit.", "none locked"},
	{DS389, 19, NO_CONTROL,
	 "Account inactivity limit exceeded. Contact system administrator to reset.",
	 "none locked"},
	{DS389, 19, NO_CONTROL, "TPR checking. Contact system administrator",
	 "none password_expires=past"},
	{DS389, 19, NO_CONTROL,
	 "Authentication retry limit exceeded in PAM for user id [a], bind DN [uid=a]",
	 "none locked"},
	{DS389, 19, ERROR_1, "", "none locked"},
	{DS389, 19, PPOLICY, "within password minimum age", ODD},
	{DS389, 32, NO_CONTROL, "User id [a] for bind DN [uid=a] does not exist in PAM", "none"},
	{DS389, 49, NO_CONTROL, "so, password expired!", "none"},
	{DS389, 49, NO_CONTROL, "password expired", "none"},

	{FREEIPA, 0, GRACE_AND_OLD, "", "current"},
	{FREEIPA, 0, ERROR_2_AND_OLD, "", "current must_change"},
	{FREEIPA, 49, ERROR_0_AND_GRACE, "Password is expired.\n", "none password_expires=past"},
	{FREEIPA, 49, NO_CONTROL, "Password is expired.\n", "none password_expires=past"},
	{FREEIPA, 49, GRACE_AND_OLD, "", "none"},
	{FREEIPA, 49, ERROR_0_AND_OLD, "password expired!", "current password_expires=past"},
	{FREEIPA, 49, OLD, "password expired!", "current password_expires=past"},
	{FREEIPA, 49, OLD, "", "none"},
	{FREEIPA, 49, ERROR_0, "", ODD},
	{FREEIPA, 49, ERROR_3, "", ODD},
	{FREEIPA, 0, OLD, "", "current"},
	{FREEIPA, 53, NO_CONTROL, "Entry permanently locked.\n", "none locked"},
	{FREEIPA, 53, NO_CONTROL, "Too many failed logins.\n", "none locked"},
	{FREEIPA, 53, NO_CONTROL, "Account (Kerberos principal) is expired",
	 "none expires=past"},
	{FREEIPA, 53, NO_CONTROL, "Account inactivated. Contact system administrator.",
	 "none disabled"},
	{FREEIPA, 19, NO_CONTROL, "Exceed password retry limit. Please try later.",
	 "none locked"},
};

/* The long forms of what the rows have short. */
static void unfold(const char *want, struct buf *out)
{
	static const struct {
		const char *word, *full;
	} longs[] = {
		{"hours=0", "hours=000000000000000000000000000000000000000000"},
		{"networks=0/128", "networks=00000000000000000000000000000000/128"},
	};
	struct span words = span_of(want), word;

	for (bool first = true; span_take_until(&words, ' ', &word); first = false) {
		for (size_t i = 0; i < 2; i++)
			if (span_is(word, longs[i].word))
				word = span_of(longs[i].full);
		buf_put_text(out, first ? "" : " ");
		buf_put_span(out, word);
	}
}

static void put_said(enum ldap_state_said said, const struct backend_record *record,
		     struct buf *out)
{
	const char *account = ldap_text_account(record);

	switch (said) {
	case LDAP_STATE_RETRY:
		buf_put_text(out, RETRY);
		break;
	case LDAP_STATE_ODD:
		buf_put_text(out, ODD);
		break;
	case LDAP_STATE_JUDGED:
		buf_put_text(out, proofs[record->proof]);
		buf_put_text(out, account[0] ? " " : "");
		buf_put_text(out, account);
		return;
	}
	/* Not touched. */
	ck_assert(record->proof == PROOF_UNKNOWN && !account[0]);
}

static struct ldap_state_bind bind_of(const struct row *row)
{
	return (struct ldap_state_bind){.code = row->code,
					.diagnostic = span_of(row->diagnostic),
					.has_ppolicy = controls[row->control].has_ppolicy,
					.ppolicy_error = controls[row->control].error,
					.ppolicy_grace = controls[row->control].grace,
					.password_expired = controls[row->control].old,
					.now = NOW};
}

static void look(enum ldap_state_dialect dialect, const struct row *row)
{
	static struct backend_record record;
	struct ldap_state_bind bind = bind_of(row);
	char got_storage[256], want_storage[256];
	struct buf got = BUF_ON(got_storage), want = BUF_ON(want_storage);

	backend_record_init(&record);
	record.account.exists = YES;
	put_said(ldap_state_judge(dialect, &bind, &record), &record, &got);
	unfold(row->want, &want);
	ck_assert_msg(span_equal(buf_span(&got), buf_span(&want)),
		      "dialect %d, code %d, control %d, \"%s\": %.*s, want %.*s", (int)dialect,
		      row->code, (int)row->control, row->diagnostic, (int)got.len, got.at,
		      (int)want.len, want.at);
}

START_TEST(test_row)
{
	if (rows[_i].dialect != EACH)
		look((enum ldap_state_dialect)rows[_i].dialect, &rows[_i]);
	else
		for (int dialect = 0; dialect < LDAP_STATE_DIALECTS; dialect++)
			look((enum ldap_state_dialect)dialect, &rows[_i]);
}
END_TEST

/* What the entry says, and what the answer makes of it. */
static const struct {
	const char *name;
	struct row row;
	const char *entry;
	const char *want;
} both[] = {
	{"slapd lets an expired password in (grace)", {OPENLDAP, 0, GRACE, "", ""},
	 "pwdChangedTime: 20200101000000Z", "changed=20200101000000Z"},
	{"slapd lets it in, with another policy", {OPENLDAP, 0, NO_CONTROL, "", ""},
	 "pwdChangedTime: 20200101000000Z\npwdReset: TRUE", "changed=20200101000000Z"},
	{"slapd lets it in, in its last days", {OPENLDAP, 0, PPOLICY, "", ""},
	 "pwdChangedTime: 20260901120000Z",
	 "password_expires=20261130120001Z changed=20260901120000Z"},
	{"slapd's lock is over", {OPENLDAP, 0, PPOLICY, "", ""},
	 "pwdAccountLockedTime: 20261121120000Z", ""},
	{"slapd's lock is over, but the password expired", {OPENLDAP, 49, ERROR_0, "", ""},
	 "pwdAccountLockedTime: 20261121120000Z", "password_expires=past"},
	{"slapd's lock stands", {OPENLDAP, 49, ERROR_1, "", ""},
	 "pwdAccountLockedTime: 20261121120000Z", "locked until=20261121121000Z"},
	{"slapd refuses, the lock stays as it looks", {OPENLDAP, 49, PPOLICY, "", ""},
	 "pwdAccountLockedTime: 20261121120000Z", "locked until=20261121121000Z"},
	{"slapd says expired, of a known date", {OPENLDAP, 49, ERROR_0, "", ""},
	 "pwdChangedTime: 20200101000000Z",
	 "password_expires=20200331000001Z changed=20200101000000Z"},
	{"slapd says expired, and it is not", {OPENLDAP, 49, ERROR_0, "", ""},
	 "pwdChangedTime: 20261121110000Z", "password_expires=past changed=20261121110000Z"},
	{"what we say ourselves stays", {OPENLDAP, 0, PPOLICY, "", ""},
	 "saslReasonDisabled: TRUE\nsaslReasonExpires: 20200101000000Z",
	 "disabled expires=20200101000000Z"},
	{"Windows says expired, of a known date", {AD, 49, NO_CONTROL, SAMBA("701"), ""},
	 "accountExpires: 134397360000000000", "expires=20261121120000Z"},
	{"Windows says expired, of a second to come", {AD, 49, NO_CONTROL, SAMBA("701"), ""},
	 "accountExpires: 134397360010000000", "expires=past"},
	{"Windows says not now, whatever the hours", {AD, 49, NO_CONTROL, SAMBA("530"), ""},
	 "logonHours:: ////////////////////////////",
	 "hours=000000000000000000000000000000000000000000 restriction=Mon-Sun 00-24 UTC"},
	{"Windows lets in what looked expired and locked", {AD, 0, NO_CONTROL, "", ""},
	 "userAccountControl: 8389136\npwdLastSet: 0", ""},
	{"Windows lets it in, in its last days", {AD, 0, NO_CONTROL, "", ""},
	 "msDS-UserPasswordExpiryTimeComputed: 134400816000000000",
	 "password_expires=20261125120000Z"},
	{"389-DS lets it in, in its last days", {DS389, 0, PPOLICY, "", ""},
	 "passwordExpirationTime: 20261125120000Z", "password_expires=20261125120000Z"},
	{"389-DS lets it in, at its very end", {DS389, 0, PPOLICY, "", ""},
	 "passwordExpirationTime: 20261121120000Z", ""},
	{"389-DS grants a grace login", {DS389, 0, GRACE_AND_OLD, "", ""},
	 "passwordExpirationTime: 20200101000000Z", ""},
	{"389-DS lets a reset password in", {DS389, 0, PPOLICY, "", ""},
	 "passwordExpirationTime: 19700101000000Z", ""},
	{"FreeIPA lets an expired password in", {FREEIPA, 0, NO_CONTROL, "", ""},
	 "krbPasswordExpiration: 20200101000000Z", "password_expires=20200101000000Z"},
	{"FreeIPA lets an expired password in, with a control", {FREEIPA, 0, PPOLICY, "", ""},
	 "krbPasswordExpiration: 20200101000000Z", "password_expires=20200101000000Z"},
	{"FreeIPA lets an expired password in, and says so", {FREEIPA, 0, OLD, "", ""},
	 "krbPasswordExpiration: 20200101000000Z", "password_expires=20200101000000Z"},
	{"FreeIPA grants a grace login", {FREEIPA, 0, GRACE_AND_OLD, "", ""},
	 "krbPasswordExpiration: 20200101000000Z", ""},
	{"nobody but us knows of shadowAccount", {RFC2307, 0, PPOLICY, "", ""},
	 "shadowLastChange: 18262\nshadowMax: 1",
	 "password_expires=20200102000000Z changed=20200101000000Z"},
	{"a grace login is slapd's", {RFC2307, 0, GRACE, "", ""},
	 "shadowLastChange: 18262\nshadowMax: 1",
	 "password_expires=20200102000000Z changed=20200101000000Z"},
	{"must change, and shadowAccount says so", {RFC2307, 0, NO_CONTROL, "", ""},
	 "shadowLastChange: 0", "must_change"},
};

START_TEST(test_both)
{
	struct ldap_state_bind bind = bind_of(&both[_i].row);
	enum ldap_state_dialect dialect = (enum ldap_state_dialect)both[_i].row.dialect;
	struct backend_record *record =
	    ldap_text_fill(dialect, both[_i].entry,
			   "pwdAttribute: x\npwdLockout: TRUE\npwdLockoutDuration: 600\n"
			   "pwdMaxAge: 7776000\npwdMustChange: TRUE\n",
			   NOW);

	ck_assert(ldap_state_judge(dialect, &bind, record) == LDAP_STATE_JUDGED);
	ck_assert_msg(span_equal(span_of(ldap_text_account(record)), span_of(both[_i].want)),
		      "%s: %s", both[_i].name, ldap_text_account(record));
}
END_TEST

/* Without the time nothing is known to be past. */
START_TEST(test_no_clock)
{
	struct backend_record *record = ldap_text_fill(
	    AD, "accountExpires: 134397360000000000\npwdLastSet: 134352864000000000", NULL, NOW);
	struct ldap_state_bind bind = {.code = 49,
				       .diagnostic = span_of(SAMBA("701")),
				       .ppolicy_error = -1};

	ck_assert(ldap_state_judge(AD, &bind, record) == LDAP_STATE_JUDGED);
	ck_assert_str_eq(ldap_text_account(record), "expires=past changed=20261001000000Z");
	bind = (struct ldap_state_bind){.code = 0, .ppolicy_error = -1};
	record = ldap_text_fill(
	    AD, "msDS-UserPasswordExpiryTimeComputed: 134400816000000000", NULL, NOW);
	ck_assert(ldap_state_judge(AD, &bind, record) == LDAP_STATE_JUDGED);
	ck_assert_str_eq(ldap_text_account(record), "");
}
END_TEST

/* Nobody has the address that is left when Windows lets nobody in from here. */
START_TEST(test_from_nowhere)
{
	static const unsigned char loopback[16] = {[15] = 1}, any_v4[16] = {[10] = 0xff, 0xff};
	struct backend_record *record = ldap_text_fill(AD, "saslReasonNetwork: 0.0.0.0/0", NULL, NOW);
	struct ldap_state_bind bind = {.code = 49,
				       .diagnostic = span_of(SAMBA("531")),
				       .ppolicy_error = -1};

	ck_assert(network_has(record->account.networks, record->account.network_count, any_v4));
	ck_assert(ldap_state_judge(AD, &bind, record) == LDAP_STATE_JUDGED);
	ck_assert_uint_eq(record->account.network_count, 1);
	ck_assert(!network_has(record->account.networks, 1, loopback));
	ck_assert(!network_has(record->account.networks, 1, any_v4));
}
END_TEST

static const struct {
	const char *diagnostic;
	int want;
} numbers[] = {
	{SAMBA("52e"), 0x52e},
	{SAMBA("0"), 0},
	{SAMBA("07fffffe"), INT_MAX},
	{SAMBA("7ffffff"), 0x7ffffff},
	{SAMBA("773") "\nx, data 533, y", 0x773},
	{", data 1", 1},
	{", data aF", 0xaf},
	{", data 09Af", 0x9af},
	{", data 1g", 1},
	{", data \x10", INT_MAX},
	{", data \x11", INT_MAX},
	{", data ", INT_MAX},
	{", data -1", INT_MAX},
	{", data G", INT_MAX},
	{", data /", INT_MAX},
	{", data :", INT_MAX},
	{", data @", INT_MAX},
	{", data `", INT_MAX},
	{", data", -1},
	{"data 52e", -1},
	{",data 52e", -1},
	{"", -1},
};

START_TEST(test_data)
{
	ck_assert_msg(ldap_state_bind_data(span_of(numbers[_i].diagnostic)) == numbers[_i].want,
		      "%s", numbers[_i].diagnostic);
	ck_assert_int_eq(ldap_state_bind_data(SPAN_NONE), -1);
	ck_assert_int_eq(ldap_state_bind_data((struct span){", data 123", 9}), 0x12);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ldap_state_bind");
	TCase *tcase = tcase_create("bind");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, test_row, 0, ROWS(rows));
	tcase_add_loop_test(tcase, test_both, 0, ROWS(both));
	tcase_add_test(tcase, test_no_clock);
	tcase_add_test(tcase, test_from_nowhere);
	tcase_add_loop_test(tcase, test_data, 0, ROWS(numbers));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
