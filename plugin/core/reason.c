/* SPDX-License-Identifier: MIT */
/* The reasons why a login fails: stable tokens, their class, their codes, their default texts. */
#include "core/reason.h"

#define MAY(placeholder) (1u << (placeholder))
#define ANYWHERE         (MAY(REASON_URL) | MAY(REASON_CONTACT) | MAY(REASON_MECHANISMS))
/* What a request-class text may name is what the client itself sent. */
#define REQUEST (ANYWHERE | MAY(REASON_MECHANISM))

#define GENERIC_CLASS REASON_CLASS_GENERIC
#define REQUEST_CLASS REASON_CLASS_REQUEST
#define UNIFORM_CLASS REASON_CLASS_UNIFORM
#define ACCOUNT_CLASS REASON_CLASS_ACCOUNT

/* A sentence with {url} or {contact} is left out where that is not configured (core/reply), so those
 * stand in sentences of their own. */
static const struct reason_row rows[REASON_COUNT] = {
    {REASON_BAD_CREDENTIALS, "bad-credentials", GENERIC_CLASS, REASON_CODE_BADAUTH, 535, "5.7.8",
     REQUEST,
     "User name or password not accepted. Check the spelling of both, caps lock, and that the "
     "user name is the whole e-mail address. Help: {url}. Contact: {contact}."},
    {REASON_MALFORMED, "malformed-credentials", REQUEST_CLASS, REASON_CODE_BADAUTH, 501, "5.5.2",
     REQUEST | MAY(REASON_DETAIL),
     "The mail program sent a login that cannot be used: {detail}. The password was not checked. "
     "Correct the account settings in the mail program."},
    {REASON_TLS_REQUIRED, "tls-required", REQUEST_CLASS, REASON_CODE_ENCRYPT, 538, "5.7.11",
     REQUEST,
     "Logging in needs an encrypted connection. Turn on STARTTLS (port 587) or SSL/TLS (port 465) "
     "in the mail program. Turning encryption off never helps."},
    {REASON_MECHANISM_UNSUPPORTED, "mechanism-unsupported", REQUEST_CLASS, REASON_CODE_NOMECH, 504,
     "5.5.4", REQUEST,
     "The authentication method {mechanism} is not offered here. Choose {mechanisms} (often "
     "called \"normal password\") in the mail program."},
    {REASON_TEMPORARY, "temporary-failure", REQUEST_CLASS, REASON_CODE_UNAVAIL, 454, "4.7.0",
     REQUEST,
     "The mail server cannot check passwords right now. Yours was not checked: do not change it, "
     "try again later."},
    {REASON_MECHANISM_MISMATCH, "mechanism-mismatch", REQUEST_CLASS, REASON_CODE_BADAUTH, 534,
     "5.7.9", REQUEST,
     "The authentication method {mechanism} cannot work for any account here. Choose {mechanisms} "
     "over TLS (often called \"normal password\") in the mail program. Entering the password "
     "again will not help."},
    {REASON_CREDENTIALS_OR_MECHANISM, "credentials-or-mechanism", UNIFORM_CLASS,
     REASON_CODE_BADAUTH, 535, "5.7.8", REQUEST,
     "Not accepted: the user name or password is wrong, or the authentication method {mechanism} "
     "cannot be used with this account. Check both, or choose {mechanisms} over TLS (often called "
     "\"normal password\") in the mail program."},
    {REASON_ACCOUNT_LOCKED, "account-locked", UNIFORM_CLASS, REASON_CODE_DISABLED, 535, "5.7.8",
     REQUEST | MAY(REASON_MINUTES),
     "This user name is locked after too many failed logins. Minutes left: {minutes}. Trying "
     "sooner will not help. Meanwhile check the saved password in every mail program."},
    {REASON_TOO_MANY_ATTEMPTS, "too-many-attempts", UNIFORM_CLASS, REASON_CODE_BADAUTH, 421,
     "4.7.0", REQUEST | MAY(REASON_MINUTES),
     "Too many failed logins from your network. Minutes left to wait: {minutes}. Trying sooner "
     "will not help."},
    {REASON_APP_REQUIRED, "app-password-required", ACCOUNT_CLASS, REASON_CODE_BADAUTH, 534,
     "5.7.9", REQUEST,
     "The password is right, but a mail program needs an app password for this account. Create "
     "one and enter it in the mail program instead of the password. How: {url}. Contact: "
     "{contact}."},
    {REASON_MECHANISM_NOT_ALLOWED, "mechanism-not-allowed", ACCOUNT_CLASS, REASON_CODE_BADAUTH,
     534, "5.7.9", REQUEST | MAY(REASON_DETAIL),
     "This account may not use the authentication method {mechanism}. Choose one of these in the "
     "mail program: {detail}. Entering the password again will not help."},
    {REASON_APP_REVOKED, "app-password-revoked", ACCOUNT_CLASS, REASON_CODE_BADAUTH, 535, "5.7.8",
     REQUEST | MAY(REASON_LABEL) | MAY(REASON_DATE),
     "The app password \"{label}\" was revoked on {date}. Create a new one and enter it in this "
     "mail program. How: {url}. Contact: {contact}."},
    {REASON_APP_EXPIRED, "app-password-expired", ACCOUNT_CLASS, REASON_CODE_BADAUTH, 535, "5.7.8",
     REQUEST | MAY(REASON_LABEL) | MAY(REASON_DATE),
     "The app password \"{label}\" expired on {date}. Create a new one and enter it in this mail "
     "program. How: {url}. Contact: {contact}."},
    {REASON_APP_SCOPE, "app-password-scope", ACCOUNT_CLASS, REASON_CODE_BADAUTH, 535, "5.7.8",
     REQUEST | MAY(REASON_LABEL) | MAY(REASON_DETAIL),
     "The app password \"{label}\" may not be used for this service or from this network. Create "
     "one that may and enter it in this mail program. How: {url}. Contact: {contact}."},
    {REASON_OAUTH2_REQUIRED, "oauth2-required", ACCOUNT_CLASS, REASON_CODE_BADAUTH, 534, "5.7.9",
     REQUEST,
     "This account needs OAuth2 instead of a password. Choose OAuth2 as the authentication method "
     "in the mail program. Help: {url}. Contact: {contact}."},
    {REASON_PASSWORD_CHANGED, "password-changed", ACCOUNT_CLASS, REASON_CODE_BADAUTH, 535,
     "5.7.8", REQUEST | MAY(REASON_DATE),
     "This is an older password: it was changed on {date}. Update the saved password in this mail "
     "program. If you did not change it, ask your mail administrator. Contact: {contact}."},
    {REASON_PASSWORD_EXPIRED, "password-expired", ACCOUNT_CLASS, REASON_CODE_EXPIRED, 432,
     "4.7.12", REQUEST | MAY(REASON_DATE),
     "The password is right, but it expired on {date}. Change it, then enter the new one in the "
     "mail program. How: {url}. Contact: {contact}."},
    {REASON_PASSWORD_MUST_CHANGE, "password-must-change", ACCOUNT_CLASS, REASON_CODE_EXPIRED, 432,
     "4.7.12", REQUEST,
     "The password is right, but it must be changed before it can be used here. Change it, then "
     "enter the new one in the mail program. How: {url}. Contact: {contact}."},
    {REASON_ACCOUNT_DISABLED, "account-disabled", ACCOUNT_CLASS, REASON_CODE_DISABLED, 525,
     "5.7.13", REQUEST,
     "This account is disabled. Entering another password will not help. Ask your mail "
     "administrator. Contact: {contact}. Help: {url}."},
    {REASON_ACCOUNT_EXPIRED, "account-expired", ACCOUNT_CLASS, REASON_CODE_DISABLED, 525, "5.7.13",
     REQUEST | MAY(REASON_DATE),
     "This account expired on {date}. Entering another password will not help. Ask your mail "
     "administrator. Contact: {contact}. Help: {url}."},
    {REASON_SERVICE_DISABLED, "service-disabled", ACCOUNT_CLASS, REASON_CODE_NOAUTHZ, 525,
     "5.7.13", REQUEST,
     "Sending mail is not enabled for this mailbox. Entering another password will not help. Ask "
     "your mail administrator. Contact: {contact}. Help: {url}."},
    {REASON_TIME_RESTRICTED, "time-restricted", ACCOUNT_CLASS, REASON_CODE_NOAUTHZ, 535, "5.7.8",
     REQUEST | MAY(REASON_DETAIL),
     "This account may not log in at this time. Allowed: {detail}. Entering another password will "
     "not help. Contact: {contact}."},
    {REASON_NETWORK_RESTRICTED, "network-restricted", ACCOUNT_CLASS, REASON_CODE_NOAUTHZ, 535,
     "5.7.8", REQUEST | MAY(REASON_DETAIL),
     "This account may not log in from this network. Allowed: {detail}. Entering another password "
     "will not help. Contact: {contact}."},
    {REASON_AUTHZID_DENIED, "authzid-denied", REQUEST_CLASS, REASON_CODE_NOAUTHZ, 535, "5.7.8",
     REQUEST,
     "Logging in as one user to act as another is not possible here. Log in as the account "
     "itself: leave the authorization identity empty in the mail program."},
};

static const char *const placeholders[REASON_PLACEHOLDER_COUNT] = {
    "url", "contact", "minutes", "date", "mechanism", "mechanisms", "label", "detail"};

const struct reason_row *reason_row(enum reason reason)
{
	return &rows[reason < REASON_COUNT ? reason : REASON_BAD_CREDENTIALS];
}

bool reason_find(struct span token, enum reason *reason)
{
	for (enum reason i = 0; i < REASON_COUNT; i++) {
		if (span_is(token, rows[i].token)) {
			*reason = i;
			return true;
		}
	}
	return false;
}

const char *reason_placeholder(enum reason_placeholder placeholder)
{
	return placeholder < REASON_PLACEHOLDER_COUNT ? placeholders[placeholder] : NULL;
}

const char *reason_text(enum reason reason, bool app_passwords)
{
	if (reason == REASON_BAD_CREDENTIALS && app_passwords)
		return "User name or password not accepted. Check the spelling of both, caps lock, "
		       "and that the user name is the whole e-mail address. Some accounts here "
		       "need an app password in a mail program. Help: {url}. Contact: {contact}.";
	return reason_row(reason)->text;
}

static bool placeholder_allowed(enum reason reason, struct span name)
{
	for (unsigned i = 0; i < REASON_PLACEHOLDER_COUNT; i++)
		if (span_is(name, placeholders[i]))
			return reason_row(reason)->placeholders & MAY(i);
	return false;
}

bool reason_text_valid(enum reason reason, struct span text, const char **fault)
{
	struct span name;

	*fault = NULL;
	if (text.len == 0 || text.len > REASON_TEXT_MAX)
		*fault = "a text has 1 to 380 octets";
	else if (!span_printable(text))
		*fault = "a text is printable ASCII on one line";
	while (!*fault && span_has(text, '{')) {
		span_take_until(&text, '{', &name);
		if (!span_has(text, '}'))
			*fault = "'{' without '}'";
		else if (span_take_until(&text, '}', &name) && !placeholder_allowed(reason, name))
			*fault = "no such placeholder for this reason";
	}
	return !*fault;
}
