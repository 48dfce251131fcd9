/* SPDX-License-Identifier: MIT */
/* What a server's answer to a bind means, per dialect: the tables of result codes. Pure. */
#include "backend/ldap_state_bind.h"

#include <limits.h>
#include <string.h>

#include "backend/ldap_state_value.h"

/* RFC 4511 4.1.9, and below 0 what libldap adds for failures on our side (ldap.h). */
enum code {
	SUCCESS = 0,
	TIME_LIMIT_EXCEEDED = 3,
	AUTH_METHOD_NOT_SUPPORTED = 7,
	STRONGER_AUTH_REQUIRED = 8,
	ADMIN_LIMIT_EXCEEDED = 11,
	CONFIDENTIALITY_REQUIRED = 13,
	CONSTRAINT_VIOLATION = 19,
	NO_SUCH_OBJECT = 32,
	INAPPROPRIATE_AUTHENTICATION = 48,
	INVALID_CREDENTIALS = 49,
	BUSY = 51,
	UNAVAILABLE = 52,
	UNWILLING_TO_PERFORM = 53,
	OTHER = 80,
	SERVER_DOWN = -1,
	LOCAL_ERROR = -2,
	TIMED_OUT = -5,
	NO_MEMORY = -10,
	CONNECT_ERROR = -11,
};

/* What came with the code: the error of the ppolicy control (draft-behera-ldap-password-policy-11
 * 6.2), or what else the controls say. */
enum with {
	ANY = -4,
	OLD_CONTROL = -3, /* no ppolicy control, but Netscape's "password expired" */
	GRACE = -2,	  /* a grace login */
	NOTHING = -1,
	PASSWORD_EXPIRED = 0,
	ACCOUNT_LOCKED = 1,
	CHANGE_AFTER_RESET = 2,
};

/* What an answer says of the account. */
enum tells {
	TELLS_NOTHING = 0,
	TELLS_LOCKED = 1,
	TELLS_DISABLED = 2,
	TELLS_EXPIRED = 4,
	TELLS_PASSWORD_EXPIRED = 8,
	TELLS_MUST_CHANGE = 16,
	TELLS_HOURS = 32,	   /* not now */
	TELLS_NETWORKS = 64,	   /* not from here */
	TELLS_PASSWORD_GOOD = 128, /* neither expired nor to be changed, or a grace login */
};

#define NO_DATA	    (-1)
#define ANY_DATA    (-2)
#define DATA_DIGITS 7

/* `text`: the diagnostic begins with it; null: any. */
struct row {
	int code;
	int with;
	int data;
	const char *text;
	enum ldap_state_said said;
	enum proof proof;
	unsigned tells;
};

#define ROW(code, with, text, proof, tells)                                                        \
	{                                                                                          \
		code, with, ANY_DATA, text, LDAP_STATE_JUDGED, PROOF_##proof, TELLS_##tells        \
	}
#define DATA(data, proof, tells)                                                                   \
	{                                                                                          \
		INVALID_CREDENTIALS, ANY, data, NULL, LDAP_STATE_JUDGED, PROOF_##proof,            \
		    TELLS_##tells                                                                  \
	}
#define SAID(code, said)                                                                           \
	{                                                                                          \
		code, ANY, ANY_DATA, NULL, LDAP_STATE_##said, PROOF_UNKNOWN, TELLS_NOTHING         \
	}
#define END SAID(0, ODD)

/* The first row that fits counts: the dialect's, then these. What is in none is odd: 53 too, which
 * slapd and AD say when they will not serve anybody, and an entry's state elsewhere. */
static const struct row common[] = {
    ROW(SUCCESS, NOTHING, NULL, CURRENT, PASSWORD_GOOD),
    ROW(SUCCESS, GRACE, NULL, CURRENT, PASSWORD_GOOD),
    /* An expired password that is let in all the same. */
    ROW(SUCCESS, PASSWORD_EXPIRED, NULL, CURRENT, PASSWORD_EXPIRED),
    ROW(SUCCESS, CHANGE_AFTER_RESET, NULL, CURRENT, MUST_CHANGE),
    ROW(SUCCESS, OLD_CONTROL, NULL, CURRENT, MUST_CHANGE),
    ROW(INVALID_CREDENTIALS, NOTHING, NULL, NONE, NOTHING),
    ROW(INVALID_CREDENTIALS, ACCOUNT_LOCKED, NULL, NONE, LOCKED),
    /* The entry has no password: no secret can be right, and it counts like that of an unknown name
     * (389-DS: ldap/servers/slapd/back-ldbm/ldbm_bind.c; slapd says 49). */
    ROW(INAPPROPRIATE_AUTHENTICATION, ANY, NULL, NONE, NOTHING),
    /* The entry went since it was found (RFC 4511 4.2.2 lets a server say so). */
    ROW(NO_SUCH_OBJECT, ANY, NULL, NONE, NOTHING),
    SAID(TIME_LIMIT_EXCEEDED, RETRY),
    SAID(ADMIN_LIMIT_EXCEEDED, RETRY),
    SAID(BUSY, RETRY),
    SAID(UNAVAILABLE, RETRY),
    SAID(OTHER, RETRY),
    /* The server does not take a simple bind, or not on this connection: it has not looked at the
     * password, and nobody's would do until somebody changes a configuration. */
    SAID(AUTH_METHOD_NOT_SUPPORTED, RETRY),
    SAID(STRONGER_AUTH_REQUIRED, RETRY),
    SAID(CONFIDENTIALITY_REQUIRED, RETRY),
    /* Not of a server: the connection broke, nothing came in time, there is no memory. */
    SAID(SERVER_DOWN, RETRY),
    SAID(LOCAL_ERROR, RETRY),
    SAID(TIMED_OUT, RETRY),
    SAID(NO_MEMORY, RETRY),
    SAID(CONNECT_ERROR, RETRY),
    END,
};

/* slapd looks at locks first, then at the password, then at its age. */
static const struct row openldap[] = {
    ROW(INVALID_CREDENTIALS, PASSWORD_EXPIRED, NULL, CURRENT, PASSWORD_EXPIRED),
    END,
};

/* ", data XXX" (hexadecimal, the error codes of Windows) is said to the right password alone, but
 * for the first three. Samba: source4/ldap_server/ldap_bind.c; Windows: [MS-ERREF] 2.2. */
static const struct row ad[] = {
    ROW(SUCCESS, ANY, NULL, CURRENT, PASSWORD_GOOD),
    DATA(0x525, NONE, NOTHING),		    /* ERROR_NO_SUCH_USER */
    DATA(0x52e, NONE, NOTHING),		    /* ERROR_LOGON_FAILURE */
    DATA(0x775, NONE, LOCKED),		    /* ERROR_ACCOUNT_LOCKED_OUT */
    DATA(0x530, CURRENT, HOURS),	    /* ERROR_INVALID_LOGON_HOURS */
    DATA(0x531, CURRENT, NETWORKS),	    /* ERROR_INVALID_WORKSTATION */
    DATA(0x532, CURRENT, PASSWORD_EXPIRED), /* ERROR_PASSWORD_EXPIRED */
    DATA(0x533, CURRENT, DISABLED),	    /* ERROR_ACCOUNT_DISABLED */
    DATA(0x701, CURRENT, EXPIRED),	    /* ERROR_ACCOUNT_EXPIRED */
    DATA(0x773, CURRENT, MUST_CHANGE),	    /* ERROR_PASSWORD_MUST_CHANGE */
    DATA(NO_DATA, NONE, NOTHING),
    SAID(INVALID_CREDENTIALS, ODD),
    END,
};

/* ldap/servers/slapd/ of 389-DS, unless it says otherwise. Locks are looked at before the password.
 */
static const struct row ds389[] = {
    /* need_new_pw() in pw_mgmt.c, after the password was found right */
    ROW(INVALID_CREDENTIALS, ANY, "password expired!", CURRENT, PASSWORD_EXPIRED),
    /* do_one_pam_auth() in ldap/servers/plugins/pam_passthru/pam_ptimpl.c, after it was, too */
    ROW(INVALID_CREDENTIALS, ANY, "Expired PAM password", CURRENT, PASSWORD_EXPIRED),
    ROW(UNWILLING_TO_PERFORM, ANY, "Access denied for PAM user", CURRENT, DISABLED),
    /* before: PAM's own count */
    ROW(CONSTRAINT_VIOLATION, ANY, "Authentication retry limit exceeded in PAM", NONE, LOCKED),
    /* slapi_check_account_lock() in pw.c */
    ROW(UNWILLING_TO_PERFORM, ANY, "Account inactivated.", NONE, DISABLED),
    ROW(CONSTRAINT_VIOLATION, ANY, "Exceed password retry limit.", NONE, LOCKED),
    /* slapi_check_tpr_limits() in pw.c: a temporary password that is used up, late or early */
    ROW(CONSTRAINT_VIOLATION, ANY, "TPR checking.", NONE, PASSWORD_EXPIRED),
    /* send_ldap_result_ext() in result.c: the wrong password that made the lock */
    ROW(CONSTRAINT_VIOLATION, ANY, "Invalid credentials, you now have exceeded", NONE, LOCKED),
    /* acct_inact_limit() in ldap/servers/plugins/acctpolicy/acct_plugin.c */
    ROW(CONSTRAINT_VIOLATION, ANY, "Account inactivity limit exceeded.", NONE, LOCKED),
    /* the same states, should a text be another one */
    ROW(CONSTRAINT_VIOLATION, ACCOUNT_LOCKED, NULL, NONE, LOCKED),
    ROW(UNWILLING_TO_PERFORM, ACCOUNT_LOCKED, NULL, NONE, LOCKED),
    END,
};

/* daemons/ipa-slapi-plugins/ of FreeIPA: plugins that run before the password is looked at. */
static const struct row freeipa[] = {
    /* By default an expired password still binds, so that it can be changed: what the entry says
     * stands, unless it is a grace login that was counted. */
    ROW(SUCCESS, NOTHING, NULL, CURRENT, NOTHING),
    /* Where no grace logins are set, some releases of the plugin below let it bind, and put
     * Netscape's control on the answer, before the password is looked at: it says nothing of that.
     */
    ROW(SUCCESS, OLD_CONTROL, NULL, CURRENT, NOTHING),
    /* ipagraceperiod_preop() in ipa-graceperiod/ipa_graceperiod.c, with ppolicy's passwordExpired
     */
    ROW(INVALID_CREDENTIALS, ANY, "Password is expired.", NONE, PASSWORD_EXPIRED),
    /* a wrong password where that plugin has already counted a grace login */
    ROW(INVALID_CREDENTIALS, GRACE, NULL, NONE, NOTHING),
    /* ipalockout_preop() in ipa-lockout/ipa_lockout.c */
    ROW(UNWILLING_TO_PERFORM, ANY, "Entry permanently locked.", NONE, LOCKED),
    ROW(UNWILLING_TO_PERFORM, ANY, "Too many failed logins.", NONE, LOCKED),
    /* ipapwd_pre_bind() in ipa-pwd-extop/prepost.c */
    ROW(UNWILLING_TO_PERFORM, ANY, "Account (Kerberos principal) is expired", NONE, EXPIRED),
    /* 389-DS's own, before the control alone, of which see above */
    ROW(INVALID_CREDENTIALS, ANY, "password expired!", CURRENT, PASSWORD_EXPIRED),
    ROW(INVALID_CREDENTIALS, OLD_CONTROL, NULL, NONE, NOTHING),
    END,
};

/* The server knows nothing of shadowAccount: what the entry says stands. */
static const struct row rfc2307[] = {
    ROW(SUCCESS, NOTHING, NULL, CURRENT, NOTHING),
    ROW(SUCCESS, GRACE, NULL, CURRENT, NOTHING),
    END,
};

static const struct row *const tables[LDAP_STATE_DIALECTS][4] = {
    [LDAP_STATE_OPENLDAP] = {openldap, common},
    [LDAP_STATE_AD] = {ad, common},
    [LDAP_STATE_389DS] = {ds389, common},
    [LDAP_STATE_FREEIPA] = {freeipa, ds389, common},
    [LDAP_STATE_RFC2307] = {rfc2307, openldap, common},
};

/* -1 if it is none. */
static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int ldap_state_bind_data(struct span diagnostic)
{
	static const char mark[] = ", data ";
	const char *end = diagnostic.at + diagnostic.len, *at, *start;
	int data = 0;

	at = diagnostic.len ? memmem(diagnostic.at, diagnostic.len, mark, sizeof(mark) - 1) : NULL;
	if (!at)
		return NO_DATA;
	start = at += sizeof(mark) - 1;
	for (; at < end && hex_digit(*at) >= 0; at++) {
		if (at - start == DATA_DIGITS)
			return INT_MAX;
		data = data * 16 + hex_digit(*at);
	}
	return at > start ? data : INT_MAX;
}

static int with_what(const struct ldap_state_bind *bind)
{
	if (bind->has_ppolicy && bind->ppolicy_error >= 0)
		return bind->ppolicy_error;
	if (bind->has_ppolicy)
		return bind->ppolicy_grace ? GRACE : NOTHING;
	return bind->password_expired ? OLD_CONTROL : NOTHING;
}

static bool begins(struct span text, const char *prefix)
{
	size_t len = strlen(prefix);

	return text.len >= len && memcmp(text.at, prefix, len) == 0;
}

static bool is_end(const struct row *row)
{
	return row->code == SUCCESS && row->said == LDAP_STATE_ODD;
}

static const struct row *find(const struct row *row, const struct ldap_state_bind *bind)
{
	int with = with_what(bind), data = ldap_state_bind_data(bind->diagnostic);

	for (; !is_end(row); row++)
		if (row->code == bind->code && (row->with == ANY || row->with == with) &&
		    (row->data == ANY_DATA || row->data == data) &&
		    (!row->text || begins(bind->diagnostic, row->text)))
			return row;
	return NULL;
}

/* A limit that is past, whatever it was: the server says so. */
static int64_t passed(int64_t limit, int64_t now)
{
	return limit != 0 && limit <= now ? limit : LDAP_STATE_VALUE_PAST;
}

/* A limit still to come, of which whoever logs in can be warned. */
static int64_t to_come(int64_t limit, int64_t now)
{
	return now != 0 && limit > now ? limit : 0;
}

/* The one address that no client has: from nowhere. */
static void bar_networks(struct backend_record *record)
{
	memset(&record->networks[0], 0, sizeof(record->networks[0]));
	record->networks[0].bits = 128;
	record->account.networks = record->networks;
	record->account.network_count = 1;
}

static void apply(unsigned tells, int64_t now, struct backend_record *record)
{
	struct account *account = &record->account;

	if (tells & TELLS_LOCKED)
		account->locked = true;
	if (tells & TELLS_DISABLED)
		account->disabled = true;
	if (tells & TELLS_EXPIRED)
		account->expires = passed(account->expires, now);
	if (tells & TELLS_PASSWORD_GOOD) {
		account->password_expires = to_come(account->password_expires, now);
		account->must_change = false;
	}
	if (tells & TELLS_PASSWORD_EXPIRED)
		account->password_expires = passed(account->password_expires, now);
	if (tells & TELLS_MUST_CHANGE)
		account->must_change = true;
	if (tells & TELLS_HOURS) {
		account->hours_limited = true;
		memset(account->hours, 0, sizeof(account->hours));
	}
	if (tells & TELLS_NETWORKS)
		bar_networks(record);
}

enum ldap_state_said ldap_state_bind_judge(enum ldap_state_dialect dialect,
					   const struct ldap_state_bind *bind,
					   struct backend_record *record)
{
	const struct row *row = NULL;

	for (size_t i = 0; !row && tables[dialect][i]; i++)
		row = find(tables[dialect][i], bind);
	if (!row)
		return LDAP_STATE_ODD;
	if (row->said != LDAP_STATE_JUDGED)
		return row->said;
	record->proof = row->proof;
	if (row->proof == PROOF_CURRENT) {
		record->account.locked = false;
		record->account.locked_until = 0;
	}
	apply(row->tells, bind->now, record);
	return LDAP_STATE_JUDGED;
}
