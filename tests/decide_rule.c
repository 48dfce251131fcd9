/* SPDX-License-Identifier: MIT */
/* The rule of what may be told (DESIGN section 5), stated without any of decide.c's own helpers. */
#include "decide_rule.h"

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

const struct decide_rule_secret decide_rule_secrets[] = {
    {"unchecked", PROOF_UNKNOWN, 0, NOW - DAY, 0, REASON_COUNT},
    {"wrong", PROOF_NONE, 0, NOW - DAY, 0, REASON_COUNT},
    {"right", PROOF_CURRENT, 0, NOW - DAY, STATES | SECRETS, REASON_COUNT},
    {"app", PROOF_APP, 0, NOW - DAY, STATES, REASON_COUNT},
    {"revoked", PROOF_APP_STALE, APP_REVOKED, 0, BIT(REASON_APP_REVOKED), REASON_APP_REVOKED},
    {"outdated", PROOF_APP_STALE, APP_EXPIRED, 0, BIT(REASON_APP_EXPIRED), REASON_APP_EXPIRED},
    {"misused", PROOF_APP_STALE, APP_SCOPE, 0, BIT(REASON_APP_SCOPE), REASON_APP_SCOPE},
    {"previous", PROOF_PREVIOUS, 0, NOW - 30 * DAY, BIT(REASON_PASSWORD_CHANGED),
     REASON_PASSWORD_CHANGED},
    {"too old", PROOF_PREVIOUS, 0, NOW - 30 * DAY - 1, 0, REASON_COUNT},
    {"impossible", PROOF_IMPOSSIBLE, 0, NOW - DAY, 0, REASON_COUNT},
};

const size_t decide_rule_secret_count = COUNT(decide_rule_secrets);

#define MARK(literal)                                                                              \
	{                                                                                          \
		(literal), sizeof(literal) - 1                                                     \
	}
static const struct network elsewhere[] = {{{0x20, 0x01}, 16}};
#define NO_NETWORK .networks = elsewhere, .network_count = 1

const struct decide_rule_account decide_rule_accounts[] = {
    {"fine", {.exists = YES}, REASON_COUNT, false},
    {"disabled", {.exists = YES, .disabled = true}, REASON_ACCOUNT_DISABLED, true},
    {"expired", {.exists = YES, .expires = NOW}, REASON_ACCOUNT_EXPIRED, true},
    {"locked", {.exists = YES, .locked = true}, REASON_ACCOUNT_LOCKED, true},
    {"no service", {.exists = YES, .service_disabled = true}, REASON_SERVICE_DISABLED, true},
    {"service", {.exists = YES, .services = MARK("imap")}, REASON_SERVICE_DISABLED, true},
    {"network", {.exists = YES, NO_NETWORK}, REASON_NETWORK_RESTRICTED, true},
    {"hours", {.exists = YES, .hours_limited = true}, REASON_TIME_RESTRICTED, true},
    {"oauth2", {.exists = YES, .oauth2_required = true}, REASON_OAUTH2_REQUIRED, true},
    {"mechanism",
     {.exists = YES, .mechanisms = MARK("GSSAPI")},
     REASON_MECHANISM_NOT_ALLOWED,
     true},
    {"app only", {.exists = YES, .app_required = true}, REASON_APP_REQUIRED, false},
    {"must change", {.exists = YES, .must_change = true}, REASON_PASSWORD_MUST_CHANGE, false},
    {"outdated", {.exists = YES, .password_expires = NOW}, REASON_PASSWORD_EXPIRED, false},
    {"worst",
     {.exists = YES,
      .disabled = true,
      .expires = 1,
      .service_disabled = true,
      NO_NETWORK,
      .hours_limited = true,
      .oauth2_required = true,
      .mechanisms = MARK("GSSAPI"),
      .app_required = true,
      .must_change = true,
      .password_expires = 1},
     REASON_ACCOUNT_DISABLED,
     true},
    {"worst and locked",
     {.exists = YES,
      .locked = true,
      .disabled = true,
      .expires = 1,
      .oauth2_required = true,
      .app_required = true,
      .must_change = true},
     REASON_ACCOUNT_LOCKED,
     true},
    {"damaged", {.exists = YES, .defect = true}, REASON_BAD_CREDENTIALS, true},
    {"damaged, disabled",
     {.exists = YES, .defect = true, .disabled = true},
     REASON_BAD_CREDENTIALS,
     true},
    {"damaged, locked",
     {.exists = YES, .defect = true, .locked = true},
     REASON_BAD_CREDENTIALS,
     true},
    {"unknown", {.exists = NO}, REASON_BAD_CREDENTIALS, true},
    {"unknown, disabled", {.exists = NO, .disabled = true}, REASON_BAD_CREDENTIALS, true},
    {"unknown, locked", {.exists = NO, .locked = true}, REASON_BAD_CREDENTIALS, true},
    {"untold", {.exists = CANNOT_TELL}, REASON_BAD_CREDENTIALS, true},
    {"untold, disabled", {.exists = CANNOT_TELL, .disabled = true}, REASON_BAD_CREDENTIALS, true},
};

const size_t decide_rule_account_count = COUNT(decide_rule_accounts);

/* Which realms have accounts that a mechanism can work for: hashed, cleartext, SCRAM, mixed. */
static const bool works[MECH_COUNT][4] = {
    [MECH_PLAIN] = {true, true, true, true},
    [MECH_LOGIN] = {true, true, true, true},
    [MECH_CRAM_MD5] = {false, true, false, true},
    [MECH_SCRAM_SHA_1] = {false, true, true, true},
    [MECH_SCRAM_SHA_256] = {false, true, true, true},
};

enum reason decide_rule_fault(const struct decide_rule_request *request)
{
	const struct attempt *a = &request->attempt;

	if (!a->mech_offered || a->mech == MECH_UNKNOWN)
		return REASON_MECHANISM_UNSUPPORTED;
	if (request->policy.require_tls && !a->tls)
		return REASON_TLS_REQUIRED;
	if (a->defect)
		return REASON_MALFORMED;
	if (!works[a->mech][request->policy.secrets])
		return REASON_MECHANISM_MISMATCH;
	if (a->authzid_differs)
		return REASON_AUTHZID_DENIED;
	if (a->lock == LOCK_NETWORK)
		return REASON_TOO_MANY_ATTEMPTS;
	if (a->lock == LOCK_NAME_NETWORK || (a->lock == LOCK_NAME && a->mech > MECH_LOGIN))
		return REASON_ACCOUNT_LOCKED;
	return REASON_COUNT;
}

enum reason decide_rule_stranger(const struct decide_rule_request *request)
{
	enum policy_disclose disclose = request->policy.disclose;
	bool never = disclose == POLICY_DISCLOSE_NEVER;
	bool challenge = request->attempt.mech > MECH_LOGIN;

	if (decide_rule_fault(request) != REASON_COUNT)
		return never ? REASON_BAD_CREDENTIALS : decide_rule_fault(request);
	if (request->attempt.lock == LOCK_NAME)
		return never ? REASON_BAD_CREDENTIALS : REASON_ACCOUNT_LOCKED;
	if (request->attempt.unavailable)
		return REASON_TEMPORARY;
	return disclose == POLICY_DISCLOSE_PROOF && challenge &&
		       request->policy.secrets == MECH_SECRETS_MIXED
		   ? REASON_CREDENTIALS_OR_MECHANISM
		   : REASON_BAD_CREDENTIALS;
}

static bool usable(const struct decide_rule_point *point)
{
	return point->who->account.exists == YES && !point->who->account.defect;
}

bool decide_rule_locked(const struct decide_rule_point *point)
{
	return usable(point) &&
	       (point->who->account.locked ||
		(point->request->attempt.lock == LOCK_SILENT && point->with->proof != PROOF_APP));
}

bool decide_rule_allows(const struct decide_rule_point *point)
{
	bool app = point->with->proof == PROOF_APP;

	if (decide_rule_fault(point->request) != REASON_COUNT || !usable(point) ||
	    decide_rule_locked(point))
		return false;
	if (app)
		return !point->who->bars_app;
	return point->with->proof == PROOF_CURRENT && point->who->bars == REASON_COUNT &&
	       !point->request->policy.app_required && point->request->attempt.lock != LOCK_NAME;
}

enum reason decide_rule_proven(const struct decide_rule_point *point)
{
	bool passes_app = !point->who->bars_app && point->request->policy.app_required;
	enum reason reason = point->who->bars;

	if (decide_rule_fault(point->request) != REASON_COUNT || !usable(point) ||
	    decide_rule_locked(point) || point->request->attempt.lock == LOCK_NAME)
		return REASON_COUNT;
	if (point->with->own != REASON_COUNT)
		return point->with->own;
	if (point->with->proof == PROOF_CURRENT && passes_app)
		reason = REASON_APP_REQUIRED;
	return reason != REASON_COUNT && point->with->proves & BIT(reason) ? reason : REASON_COUNT;
}

enum reason decide_rule_found(const struct decide_rule_point *point)
{
	enum reason proven = decide_rule_proven(point);

	if (decide_rule_fault(point->request) != REASON_COUNT)
		return decide_rule_fault(point->request);
	if (decide_rule_locked(point) || point->request->attempt.lock == LOCK_NAME)
		return REASON_ACCOUNT_LOCKED;
	if (!usable(point))
		return REASON_BAD_CREDENTIALS;
	if (proven != REASON_COUNT)
		return proven;
	if (point->who->bars_app)
		return point->who->bars;
	return point->with->proof == PROOF_IMPOSSIBLE ? REASON_MECHANISM_MISMATCH
						      : REASON_BAD_CREDENTIALS;
}

bool decide_rule_counts_entry(const struct decide_rule_point *point)
{
	const struct attempt *a = &point->request->attempt;

	return decide_rule_fault(point->request) == REASON_COUNT && a->lock != LOCK_NAME &&
	       a->unavailable && usable(point) && point->with->proof == PROOF_NONE;
}

enum reason decide_rule_told(const struct decide_rule_point *point)
{
	const struct decide_rule_request *request = point->request;
	enum reason proven = decide_rule_proven(point);
	bool lookup =
	    decide_rule_fault(request) == REASON_COUNT && request->attempt.lock != LOCK_NAME;

	if (request->policy.disclose != POLICY_DISCLOSE_NEVER && proven != REASON_COUNT)
		return proven;
	if (!lookup || !usable(point) || request->attempt.unavailable)
		return decide_rule_stranger(request);
	if (request->policy.disclose == POLICY_DISCLOSE_ALWAYS)
		return decide_rule_found(point);
	if (request->policy.disclose == POLICY_DISCLOSE_PROOF && decide_rule_locked(point) &&
	    request->policy.lock_told_always && request->attempt.lock != LOCK_SILENT)
		return REASON_ACCOUNT_LOCKED;
	return decide_rule_stranger(request);
}
