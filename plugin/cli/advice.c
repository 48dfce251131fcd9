/* SPDX-License-Identifier: MIT */
/* For the help desk: what each reason means, and what to do about it. */
#include "cli/advice.h"

static const struct advice_row rows[REASON_COUNT] = {
    {REASON_BAD_CREDENTIALS,
     "The name is not known here, or the password is not the one of this name.",
     "Compare the user name letter by letter with the real one. If it is right, have the password "
     "typed anew in the mail program (saved ones are often old), and set a new one if that does "
     "not help. \"sasl-reason explain USER\" shows what is known of the name."},
    {REASON_MALFORMED, "What the mail program sent cannot be a login; no password was checked.",
     "Have the account settings looked at: a full user name (with @domain where this site needs "
     "one), a password that is not empty. If they are right, remove the account from the mail "
     "program and add it again."},
    {REASON_TLS_REQUIRED,
     "The mail program sent a login over a connection without encryption, which is not accepted.",
     "Have STARTTLS (port 587) or SSL/TLS (port 465) turned on in the mail program. The password "
     "has crossed the network readable: if that network is not trusted, have it changed."},
    {REASON_MECHANISM_UNSUPPORTED,
     "The mail program asked for an authentication method that this server does not offer.",
     "Have \"normal password\" (PLAIN or LOGIN) chosen in the mail program. If the method should "
     "be offered: \"mechanisms\" of the listener in sasl-reason.conf."},
    {REASON_TEMPORARY,
     "The password could not be checked: a backend did not answer in time, the app passwords could "
     "not be read, or the server was overloaded.",
     "The caller has nothing to change and should try again later. \"sasl-reason status\" shows "
     "which backend is down and whether the app passwords (\"Credentials\") can be read, "
     "\"sasl-reason doctor\" what is usually wrong."},
    {REASON_MECHANISM_MISMATCH,
     "The mail program used an authentication method for which this realm stores nothing: no "
     "account here can log in with it.",
     "Have \"normal password\" (PLAIN or LOGIN) over TLS chosen in the mail program; the password "
     "itself need not be typed again. The listener may stop offering the method: \"mechanisms\" in "
     "sasl-reason.conf."},
    {REASON_CREDENTIALS_OR_MECHANISM,
     "With this authentication method it cannot be told apart whether the password is wrong or "
     "the account has nothing stored that the method could use.",
     "Have \"normal password\" (PLAIN or LOGIN) over TLS chosen in the mail program; if it then "
     "fails again, the reply says more."},
    {REASON_ACCOUNT_LOCKED,
     "The name is locked after too many failed logins, and the password was not looked at.",
     "Find the mail program with the old password (\"sasl-reason lockouts show USER\" tells the "
     "networks) and correct it first; then wait, or lift the lock with \"sasl-reason lockouts "
     "clear USER\". If the failures come from foreign networks, somebody is guessing: leave it."},
    {REASON_TOO_MANY_ATTEMPTS,
     "There were too many failed logins from this network, whatever the name; the password was "
     "not looked at.",
     "\"sasl-reason lockouts list\" shows the network; \"sasl-reason lockouts clear --network "
     "NETWORK\" lifts the lock. For an office or a webmail server behind one address, see "
     "shared_networks and trusted_forwarders in sasl-reason.conf."},
    {REASON_APP_REQUIRED,
     "The password was right, but this account takes only app passwords in mail programs.",
     "Have an app password made and entered in the mail program instead: \"sasl-reason "
     "app-password add USER --label LABEL\", or the site's own page. The normal password is for "
     "the web."},
    {REASON_MECHANISM_NOT_ALLOWED,
     "The password was right, but the account is limited to other authentication methods.",
     "Have one of the allowed methods chosen in the mail program (\"sasl-reason explain USER\" "
     "lists them), or lift the limit in the account."},
    {REASON_APP_REVOKED, "An app password was used that has been revoked.",
     "If it was revoked on purpose, somebody still has it: find the device. Otherwise make a new "
     "one with \"sasl-reason app-password add USER --label LABEL\" and have it entered there."},
    {REASON_APP_EXPIRED, "An app password was used that has expired.",
     "Make a new one with \"sasl-reason app-password add USER --label LABEL\" and have it entered "
     "in the mail program."},
    {REASON_APP_SCOPE,
     "A good app password was used for a service or from a network that it is not made for.",
     "\"sasl-reason app-password list USER\" shows what it may be used for. Make one that fits; "
     "if the caller knows nothing of this login, the password is in foreign hands: revoke it."},
    {REASON_OAUTH2_REQUIRED, "The account may log in with OAuth2 only, not with a password.",
     "Have OAuth2 chosen as authentication method in the mail program, or another mail program "
     "used that can do it."},
    {REASON_PASSWORD_CHANGED,
     "The account's previous password was used, which has been replaced. This does not count "
     "towards a lock.",
     "Have the saved password updated in this mail program (often a telephone that was "
     "forgotten). If the owner did not change the password, treat the account as taken over."},
    {REASON_PASSWORD_EXPIRED, "The password was right, but it has expired.",
     "Have it changed where passwords are changed here, then entered in the mail program."},
    {REASON_PASSWORD_MUST_CHANGE,
     "The password was right, but must be changed at the first login, which a mail program "
     "cannot do.",
     "Have it changed where passwords are changed here, then the new one entered in the mail "
     "program."},
    {REASON_ACCOUNT_DISABLED, "The account is disabled.",
     "No password helps. Whether it may be enabled again is for those who disabled it."},
    {REASON_ACCOUNT_EXPIRED, "The account's time is over.",
     "No password helps. Its end is a date in the directory or the account file; whoever is "
     "responsible for the account may move it."},
    {REASON_SERVICE_DISABLED, "The account may not use this service (sending mail).",
     "No password helps. The permission is in the account: \"sasl-reason explain USER\" shows its "
     "services."},
    {REASON_TIME_RESTRICTED, "The account may not log in at this hour.",
     "\"sasl-reason explain USER\" shows the hours that are allowed; they are set in the account."},
    {REASON_NETWORK_RESTRICTED, "The account may not log in from this network.",
     "\"sasl-reason explain USER\" shows the networks that are allowed; they are set in the "
     "account. A mobile telephone changes its network all the time."},
    {REASON_AUTHZID_DENIED,
     "The mail program wanted to log in as one name in order to act as another.",
     "Have the field for the authorization identity emptied in the mail program: the account logs "
     "in as itself."},
};

/* The same reason in other circumstances. */
static const struct advice_row defective = {
    REASON_BAD_CREDENTIALS,
    "The account is there, but something about its entry cannot be used, so that no password can "
    "be "
    "the right one. The client gets the answer of a name that does not exist.",
    "Mend the entry in the backend: the defect is named above. Nothing that the caller can do "
    "helps."};
static const struct advice_row unknown_name = {
    REASON_BAD_CREDENTIALS, "No backend knows this name.",
    "Compare the user name letter by letter with the real one: a letter, the domain, an alias that "
    "receives mail but cannot log in. The password does not matter before that is right."};
static const struct advice_row wrong_password = {
    REASON_BAD_CREDENTIALS, "The password is not the one of this name.",
    "Have the password typed anew in the mail program (saved ones are often old, or have a blank "
    "at "
    "their end), and set a new one if that does not help. \"sasl-reason explain USER\" shows what "
    "the "
    "account has stored."};
static const struct advice_row backend_lock = {
    REASON_ACCOUNT_LOCKED,
    "The account is locked in its backend: by the counting of the directory, or by its "
    "administrator.",
    "It is unlocked there, not here; \"sasl-reason explain USER\" shows until when it is locked, "
    "where "
    "the backend tells. If it was the counting: find the mail program with the old password "
    "first."};
static const struct advice_row nothing_stored = {
    REASON_MECHANISM_MISMATCH,
    "The account has nothing stored that this authentication method could use, right password or "
    "not.",
    "Have \"normal password\" (PLAIN or LOGIN) over TLS chosen in the mail program; the password "
    "itself "
    "need not be typed again."};

struct word {
	const char *word;
	const char *sentence;
};

static const struct word proofs[] = {
    {"unknown", "whether the password is right could not be checked"},
    {"none", "the password is none that is known of this name"},
    {"current", "the password was right"},
    {"app", "a valid app password was used"},
    {"app-stale", "an app password was used that is not valid here, or no longer"},
    {"previous", "the password was the previous one"},
    {"impossible", "the authentication method can never prove this account"},
};

static const struct word locks[] = {
    {"name-network", "this name from this network"},
    {"name", "this name from every network (an app password still logs in)"},
    {"network", "this network, whatever the name"},
    {"entry", "this account under all its names (not told to anybody)"},
};

static const char *find(const struct word *table, size_t count, const char *word)
{
	for (size_t i = 0; word && i < count; i++)
		if (span_is(span_of(word), table[i].word))
			return table[i].sentence;
	return NULL;
}

const struct advice_row *advice_row(enum reason reason)
{
	return &rows[reason < REASON_COUNT ? reason : REASON_BAD_CREDENTIALS];
}

const struct advice_row *advice_case(enum reason cause, const struct advice_facts *facts)
{
	if (cause == REASON_BAD_CREDENTIALS && facts->defect)
		return &defective;
	if (cause == REASON_BAD_CREDENTIALS)
		return facts->known ? &wrong_password : &unknown_name;
	if (cause == REASON_ACCOUNT_LOCKED && !facts->own_lock)
		return &backend_lock;
	if (cause == REASON_MECHANISM_MISMATCH && facts->impossible && facts->known)
		return &nothing_stored;
	return advice_row(cause);
}

const char *advice_proof(const char *word)
{
	return find(proofs, sizeof(proofs) / sizeof(proofs[0]), word);
}

const char *advice_lock(const char *word)
{
	return find(locks, sizeof(locks) / sizeof(locks[0]), word);
}

const char *advice_silence(enum reason cause, enum reason told)
{
	if (told == REASON_TEMPORARY)
		return "While a backend of this realm is down, every login that proves nothing "
		       "gets "
		       "this answer, whatever the name, so that the outage tells nothing about it.";
	if (cause == REASON_ACCOUNT_LOCKED || cause == REASON_TOO_MANY_ATTEMPTS)
		return "This lock is one that a name which does not exist could not have: telling "
		       "it "
		       "would tell that the account exists.";
	if (told == REASON_CREDENTIALS_OR_MECHANISM)
		return "With this authentication method every failure gets this answer, whatever "
		       "its "
		       "cause, so that nobody learns which names exist and what they have stored.";
	switch (reason_row(cause)->class) {
	case REASON_CLASS_ACCOUNT:
		return "This follows from the account, and the client did not prove that it knows "
		       "the "
		       "password: it gets the answer that a name which does not exist gets.";
	case REASON_CLASS_GENERIC:
	case REASON_CLASS_REQUEST:
	case REASON_CLASS_UNIFORM:
		break;
	}
	return "The realm is configured to tell nobody more (disclose = never).";
}
