/* SPDX-License-Identifier: MIT */
/* The decision: attempt, account, evidence and policy to a verdict. Pure: no I/O, clock, memory. */
#include "core/decide.h"

#define MINUTE 60
#define HOUR   3600
#define DAY    86400
#define WEEK   (7 * DAY)

static const char *const defect_texts[] = {
    [DEFECT_NONE] = NULL,
    [DEFECT_NOT_BASE64] = "it is not base64",
    [DEFECT_FIELD_COUNT] = "it does not have the three fields of PLAIN",
    [DEFECT_EMPTY_NAME] = "the user name is empty",
    [DEFECT_EMPTY_PASSWORD] = "the password is empty",
    [DEFECT_NUL] = "it contains a NUL octet",
    [DEFECT_NOT_UTF8] = "it is not UTF-8",
    [DEFECT_CONTROL] = "there is a control character in the user name",
    [DEFECT_TOO_LONG] = "it is too long",
    [DEFECT_NO_DOMAIN] = "the user name needs its domain as in an e-mail address",
    [DEFECT_SYNTAX] = "it breaks the rules of the authentication method",
};

static unsigned minutes_left(int64_t now, int64_t until)
{
	int64_t left = until > now ? (until - now - 1) / MINUTE + 1 : 0;

	return left > 99999 ? 99999 : (unsigned)left;
}

/* Every unproven refusal that rests on a lookup gets this, so that all of them are the same. */
static enum reason unproven(const struct attempt *attempt, const struct policy *policy)
{
	if (policy->disclose != POLICY_DISCLOSE_NEVER && policy->secrets == MECH_SECRETS_MIXED &&
	    mech_kind(attempt->mech) != MECH_KIND_PLAINTEXT)
		return REASON_CREDENTIALS_OR_MECHANISM;
	return REASON_BAD_CREDENTIALS;
}

/* The one place that fills a verdict: `cause` was found, `told` follows from the rule. */
static void settle(struct verdict *verdict, const struct attempt *attempt, enum reason cause,
		   enum reason told, bool proven)
{
	bool temporary = told == REASON_TEMPORARY;

	*verdict = (struct verdict){.outcome = temporary ? OUTCOME_TRY_LATER : OUTCOME_REFUSE,
				    .cause = cause,
				    .told = told,
				    .proven = proven};
	verdict->facts.mechanism = attempt->mechanism;
}

static enum reason early_reason(const struct attempt *attempt, const struct policy *policy)
{
	if (!attempt->mech_offered || attempt->mech == MECH_UNKNOWN)
		return REASON_MECHANISM_UNSUPPORTED;
	if (policy->require_tls && !attempt->tls)
		return REASON_TLS_REQUIRED;
	if (attempt->defect != DEFECT_NONE)
		return REASON_MALFORMED;
	if (!mech_possible(attempt->mech, policy->secrets))
		return REASON_MECHANISM_MISMATCH;
	if (attempt->authzid_differs)
		return REASON_AUTHZID_DENIED;
	if (attempt->lock == LOCK_NETWORK)
		return REASON_TOO_MANY_ATTEMPTS;
	/* Past a lock of the name only an app password comes, which no challenge can be for. */
	if (attempt->lock == LOCK_NAME_NETWORK ||
	    (attempt->lock == LOCK_NAME && mech_kind(attempt->mech) != MECH_KIND_PLAINTEXT))
		return REASON_ACCOUNT_LOCKED;
	return REASON_COUNT;
}

/* Settles by a reason that everybody is told, known name or not. */
static void settle_early(struct verdict *verdict, const struct attempt *attempt,
			 const struct policy *policy, enum reason cause)
{
	enum reason told =
	    policy->disclose == POLICY_DISCLOSE_NEVER ? REASON_BAD_CREDENTIALS : cause;

	settle(verdict, attempt, cause, told, false);
	if (told == REASON_MALFORMED)
		verdict->facts.detail = span_of(defect_texts[attempt->defect]);
	if (told == REASON_ACCOUNT_LOCKED || told == REASON_TOO_MANY_ATTEMPTS)
		verdict->facts.minutes = minutes_left(attempt->now, attempt->lock_until);
}

bool decide_early(const struct attempt *attempt, const struct policy *policy,
		  struct verdict *verdict)
{
	enum reason cause = early_reason(attempt, policy);

	if (cause == REASON_COUNT)
		return false;
	settle_early(verdict, attempt, policy, cause);
	return true;
}

static bool hour_allowed(const struct attempt *attempt, const struct account *account)
{
	int64_t seconds = attempt->now + (account->hours_local ? attempt->utc_offset : 0);
	/* 1970-01-01 was a Thursday: day 4 of a week that begins on Sunday. */
	int64_t hour = ((seconds + 4 * DAY) % WEEK + WEEK) % WEEK / HOUR;

	return !account->hours_limited || (account->hours[hour / 8] >> (hour % 8) & 1);
}

static bool network_allowed(const struct attempt *attempt, const struct account *account)
{
	if (account->network_count == 0)
		return true;
	return attempt->has_address &&
	       network_has(account->networks, account->network_count, attempt->address);
}

static bool service_allowed(const struct attempt *attempt, const struct account *account)
{
	if (account->service_disabled)
		return false;
	return !account->services.at || span_list_has(account->services, attempt->service);
}

static bool past(const struct attempt *attempt, int64_t limit)
{
	return limit != 0 && attempt->now >= limit;
}

/* Why the account could not log in whatever the client sends; REASON_COUNT if it could. */
static enum reason barred(const struct attempt *attempt, const struct account *account,
			  enum proof proof)
{
	/* Our own lock of an account is no lock for an app password, which cannot be guessed: else
	 * anybody could lock a phone out. */
	if (account->locked || (attempt->lock == LOCK_SILENT && proof != PROOF_APP))
		return REASON_ACCOUNT_LOCKED;
	if (account->disabled)
		return REASON_ACCOUNT_DISABLED;
	if (past(attempt, account->expires))
		return REASON_ACCOUNT_EXPIRED;
	if (!service_allowed(attempt, account))
		return REASON_SERVICE_DISABLED;
	if (!network_allowed(attempt, account))
		return REASON_NETWORK_RESTRICTED;
	if (!hour_allowed(attempt, account))
		return REASON_TIME_RESTRICTED;
	if (account->oauth2_required)
		return REASON_OAUTH2_REQUIRED;
	if (account->mechanisms.at &&
	    !span_list_has(account->mechanisms, span_of(mech_name(attempt->mech))))
		return REASON_MECHANISM_NOT_ALLOWED;
	return REASON_COUNT;
}

static enum reason app_fault_reason(enum app_fault fault)
{
	switch (fault) {
	case APP_REVOKED:
		return REASON_APP_REVOKED;
	case APP_EXPIRED:
		return REASON_APP_EXPIRED;
	case APP_SCOPE:
		return REASON_APP_SCOPE;
	}
	return REASON_APP_REVOKED;
}

static bool previous_tells(const struct attempt *attempt, const struct account *account,
			   const struct policy *policy)
{
	int64_t changed = account->password_changed;

	return changed > 0 && changed <= attempt->now &&
	       attempt->now - changed <= (int64_t)policy->previous_days * DAY;
}

/* What was found; `proven` if the evidence proves it. REASON_COUNT: the login is good. */
static enum reason find_cause(const struct attempt *attempt, const struct account *account,
			      const struct evidence *evidence, const struct policy *policy,
			      bool *proven)
{
	enum reason bar = barred(attempt, account, evidence->proof);

	*proven = false;
	/* A lock never looks at the secret, else it would tell the right one from a wrong one. */
	if (bar == REASON_ACCOUNT_LOCKED)
		return bar;
	switch (evidence->proof) {
	case PROOF_CURRENT:
		*proven = true;
		if (bar != REASON_COUNT)
			return bar;
		if (account->app_required || policy->app_required)
			return REASON_APP_REQUIRED;
		if (account->must_change)
			return REASON_PASSWORD_MUST_CHANGE;
		return past(attempt, account->password_expires) ? REASON_PASSWORD_EXPIRED
								: REASON_COUNT;
	case PROOF_APP:
		*proven = true;
		return bar;
	case PROOF_APP_STALE:
		*proven = true;
		return app_fault_reason(evidence->app_fault);
	case PROOF_PREVIOUS:
		*proven = previous_tells(attempt, account, policy);
		if (*proven)
			return REASON_PASSWORD_CHANGED;
		break;
	case PROOF_IMPOSSIBLE:
		return bar != REASON_COUNT ? bar : REASON_MECHANISM_MISMATCH;
	case PROOF_NONE:
	case PROOF_UNKNOWN:
		break;
	}
	return bar != REASON_COUNT ? bar : REASON_BAD_CREDENTIALS;
}

static int64_t told_date(enum reason told, const struct account *account,
			 const struct evidence *evidence)
{
	if (told == REASON_ACCOUNT_EXPIRED)
		return account->expires;
	if (told == REASON_PASSWORD_EXPIRED)
		return account->password_expires;
	if (told == REASON_PASSWORD_CHANGED)
		return account->password_changed;
	if (told == REASON_APP_REVOKED || told == REASON_APP_EXPIRED)
		return evidence->app_since;
	return 0;
}

static int64_t local_date(int64_t date, int32_t utc_offset)
{
	return date > 0 && date < INT64_MAX - WEEK ? date + utc_offset : date;
}

static void fill_facts(struct facts *facts, enum reason told, const struct attempt *attempt,
		       const struct account *account, const struct evidence *evidence)
{
	if (told == REASON_ACCOUNT_LOCKED)
		facts->minutes = minutes_left(attempt->now, account->locked ? account->locked_until
									    : attempt->lock_until);
	if (reason_row(told)->class != REASON_CLASS_ACCOUNT)
		return;
	facts->url = account->url;
	if (told == REASON_MECHANISM_NOT_ALLOWED)
		facts->detail = account->mechanisms;
	if (told == REASON_TIME_RESTRICTED || told == REASON_NETWORK_RESTRICTED)
		facts->detail = account->restriction;
	if (reason_row(told)->placeholders & 1u << REASON_LABEL)
		facts->label = evidence->app_label;
	facts->date = local_date(told_date(told, account, evidence), attempt->utc_offset);
}

/* The rule: told = request-class, or uniform-class, or proven. */
static enum reason choose_told(const struct attempt *attempt, const struct policy *policy,
			       enum reason cause, bool proven)
{
	/* While a backend is down nobody is told what only a lookup can tell. */
	if (attempt->unavailable && !proven)
		return REASON_TEMPORARY;
	if (policy->disclose == POLICY_DISCLOSE_ALWAYS || proven)
		return cause;
	if (policy->disclose == POLICY_DISCLOSE_PROOF && policy->lock_told_always &&
	    cause == REASON_ACCOUNT_LOCKED && attempt->lock != LOCK_SILENT)
		return cause;
	return unproven(attempt, policy);
}

void decide(const struct attempt *attempt, const struct account *account,
	    const struct evidence *evidence, const struct policy *policy, struct verdict *verdict)
{
	bool usable, knows_secret = false, proven;
	enum reason cause = REASON_BAD_CREDENTIALS, told;

	if (decide_early(attempt, policy, verdict))
		return;
	usable = account->exists == YES && !account->defect;
	if (usable)
		cause = find_cause(attempt, account, evidence, policy, &knows_secret);
	if (cause == REASON_COUNT && (attempt->lock != LOCK_NAME || evidence->proof == PROOF_APP)) {
		*verdict = (struct verdict){.outcome = OUTCOME_ALLOW, .proven = true};
		return;
	}
	if (attempt->lock == LOCK_NAME) {
		settle_early(verdict, attempt, policy, REASON_ACCOUNT_LOCKED);
		return;
	}
	if (attempt->unavailable && (!usable || evidence->proof == PROOF_UNKNOWN))
		cause = REASON_TEMPORARY;
	proven = knows_secret && policy->disclose != POLICY_DISCLOSE_NEVER;
	told = choose_told(attempt, policy, cause, proven);
	settle(verdict, attempt, cause, told, proven);
	verdict->counts = !proven && told != REASON_TEMPORARY;
	verdict->counts_entry = usable && told == REASON_TEMPORARY && evidence->proof == PROOF_NONE;
	fill_facts(&verdict->facts, told, attempt, account, evidence);
}
