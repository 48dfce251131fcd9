/* SPDX-License-Identifier: MIT */
/* The reasons why a login fails: stable tokens, their class, their codes, their default texts. */
#ifndef CORE_REASON_H
#define CORE_REASON_H

#include "base/span.h"

/* The tokens of these stand in every reply; a released token never changes its meaning. */
enum reason {
	REASON_BAD_CREDENTIALS,
	REASON_MALFORMED,
	REASON_TLS_REQUIRED,
	REASON_MECHANISM_UNSUPPORTED,
	REASON_TEMPORARY,
	REASON_MECHANISM_MISMATCH,
	REASON_CREDENTIALS_OR_MECHANISM,
	REASON_ACCOUNT_LOCKED,
	REASON_TOO_MANY_ATTEMPTS,
	REASON_APP_REQUIRED,
	REASON_MECHANISM_NOT_ALLOWED,
	REASON_APP_REVOKED,
	REASON_APP_EXPIRED,
	REASON_APP_SCOPE,
	REASON_OAUTH2_REQUIRED,
	REASON_PASSWORD_CHANGED,
	REASON_PASSWORD_EXPIRED,
	REASON_PASSWORD_MUST_CHANGE,
	REASON_ACCOUNT_DISABLED,
	REASON_ACCOUNT_EXPIRED,
	REASON_SERVICE_DISABLED,
	REASON_TIME_RESTRICTED,
	REASON_NETWORK_RESTRICTED,
	REASON_AUTHZID_DENIED,
	REASON_COUNT
};

/* Who may be told (the rule: told = request-class, or uniform-class, or proven). */
enum reason_class {
	REASON_CLASS_GENERIC, /* says nothing: what an unknown name gets */
	REASON_CLASS_REQUEST, /* follows from what the client sent and from the configuration */
	REASON_CLASS_UNIFORM, /* computed the same way for names that do not exist */
	REASON_CLASS_ACCOUNT  /* follows from the account: needs proof */
};

/* The result codes of libsasl2 that every MTA handles the same way (sasl.h). */
enum reason_code {
	REASON_CODE_BADAUTH,
	REASON_CODE_UNAVAIL,
	REASON_CODE_DISABLED,
	REASON_CODE_EXPIRED,
	REASON_CODE_NOAUTHZ,
	REASON_CODE_ENCRYPT,
	REASON_CODE_NOMECH
};

/* What a text may refer to: "{url}" and so on, in the order of reason_placeholder(). */
enum reason_placeholder {
	REASON_URL,
	REASON_CONTACT,
	REASON_MINUTES,
	REASON_DATE,
	REASON_MECHANISM,
	REASON_MECHANISMS,
	REASON_LABEL,
	REASON_DETAIL,
	REASON_PLACEHOLDER_COUNT
};

/* Octets of an administrator's text, before its placeholders are filled in. */
#define REASON_TEXT_MAX 380

struct reason_row {
	enum reason reason;
	const char *token;
	enum reason_class class;
	enum reason_code code;
	unsigned short status; /* RFC 4954 section 6, RFC 5248; used with codes = rfc */
	const char *enhanced;  /* RFC 3463 */
	unsigned placeholders; /* bit 1 << enum reason_placeholder: those its text may use */
	const char *text;      /* printable ASCII, one line */
};

/* The row of a reason; never null (anything out of range is bad-credentials). */
const struct reason_row *reason_row(enum reason reason);

/* The reason of a token; false if there is none. */
bool reason_find(struct span token, enum reason *reason);

/* Name of a placeholder without braces; null out of range. */
const char *reason_placeholder(enum reason_placeholder placeholder);

/* The default text; `app_passwords` (of the realm, never of an account) adds to bad-credentials
 * that app passwords exist here. */
const char *reason_text(enum reason reason, bool app_passwords);

/* Whether an administrator's text for this reason can be used: printable ASCII, every "{...}" a
 * placeholder of the reason, at most REASON_TEXT_MAX octets. `fault` is a constant text if not. */
bool reason_text_valid(enum reason reason, struct span text, const char **fault);

#endif
