/* SPDX-License-Identifier: MIT */
/* What a directory's attributes and result codes mean: which part answers for which dialect. */
#include "backend/ldap_state.h"

#include "backend/ldap_state_389ds.h"
#include "backend/ldap_state_ad.h"
#include "backend/ldap_state_app.h"
#include "backend/ldap_state_bind.h"
#include "backend/ldap_state_openldap.h"
#include "backend/ldap_state_own.h"
#include "backend/ldap_state_rfc2307.h"
#include "backend/ldap_state_secret.h"
#include "backend/ldap_state_stable.h"

#define SECRETS "userPassword", "authPassword", "sambaNTPassword"
#define PPOLICY                                                                                    \
	"pwdAccountLockedTime", "pwdAccountTmpLockoutEnd", "pwdReset", "pwdChangedTime",           \
	    "pwdStartTime", "pwdEndTime", "pwdPolicySubentry", "pwdHistory"
#define WINDOWS                                                                                    \
	"userAccountControl", "msDS-User-Account-Control-Computed", "lockoutTime", "pwdLastSet",   \
	    "msDS-UserPasswordExpiryTimeComputed", "accountExpires", "logonHours"
#define NETSCAPE                                                                                   \
	"nsAccountLock", "passwordExpirationTime", "accountUnlockTime", "passwordRetryCount",      \
	    "pwdUpdateTime", "passwordHistory"
#define KERBEROS                                                                                   \
	"krbPasswordExpiration", "krbPrincipalExpiration", "krbLoginFailedCount",                  \
	    "krbLastFailedAuth", "krbLastAdminUnlock", "krbLastPwdChange", "krbPwdPolicyReference"
#define SHADOW "shadowLastChange", "shadowMax", "shadowInactive", "shadowExpire", "loginShell"

/* What each of them has besides: the id of the entry, the app passwords. */
#define UUID_APPS   "entryUUID", LDAP_STATE_APP_ATTRIBUTE
#define UNIQUE_APPS "nsUniqueId", LDAP_STATE_APP_ATTRIBUTE

static const char *const openldap[] = {PPOLICY, UUID_APPS, NULL};
static const char *const openldap_hash[] = {PPOLICY, UUID_APPS, SECRETS, NULL};
static const char *const openldap_policy[] = {
    "pwdAttribute",	  "pwdMaxAge",	   "pwdLockout", "pwdMaxFailure",
    "pwdLockoutDuration", "pwdMustChange", NULL};
static const char *const windows[] = {WINDOWS, "objectGUID", NULL};
static const char *const windows_hash[] = {WINDOWS, "objectGUID", SECRETS, NULL};
static const char *const windows_policy[] = {"maxPwdAge",
					     "lockoutDuration",
					     "lockoutThreshold",
					     "msDS-MaximumPasswordAge",
					     "msDS-LockoutDuration",
					     "msDS-LockoutThreshold",
					     NULL};
static const char *const netscape[] = {NETSCAPE, UNIQUE_APPS, NULL};
static const char *const netscape_hash[] = {NETSCAPE, UNIQUE_APPS, SECRETS, NULL};
static const char *const netscape_policy[] = {"passwordLockout",
					      "passwordMustChange",
					      "passwordExp",
					      "passwordMaxAge",
					      "passwordMaxFailure",
					      "passwordUnlock",
					      "passwordLockoutDuration",
					      NULL};
static const char *const freeipa[] = {NETSCAPE, KERBEROS, "ipaUniqueID", UNIQUE_APPS, NULL};
static const char *const freeipa_hash[] = {NETSCAPE, KERBEROS,	  "ipaUniqueID", UNIQUE_APPS,
					   SECRETS,  "ipaNTHash", NULL};
static const char *const freeipa_policy[] = {"krbMaxPwdLife", "krbPwdMaxFailure",
					     "krbPwdLockoutDuration", NULL};
static const char *const shadow[] = {SHADOW, UUID_APPS, NULL};
static const char *const shadow_hash[] = {SHADOW, UUID_APPS, SECRETS, NULL};
static const char *const no_policy[] = {NULL};

static void rfc2307_fill(const struct ldap_state_entry *entry,
			 const struct ldap_state_policy *policy, int64_t now,
			 struct backend_record *record)
{
	(void)policy;
	(void)now;
	ldap_state_rfc2307_fill(entry, record);
}

struct dialect {
	const char *const *attributes, *const *with_secrets, *const *of_policy;
	void (*fill)(const struct ldap_state_entry *entry, const struct ldap_state_policy *policy,
		     int64_t now, struct backend_record *record);
	void (*policy_take)(const struct ldap_state_entry *entry, struct ldap_state_policy *policy);
	void (*history)(const struct ldap_state_entry *entry, struct backend_record *record);
};

static const struct dialect dialects[LDAP_STATE_DIALECTS] = {
    [LDAP_STATE_OPENLDAP] = {openldap, openldap_hash, openldap_policy, ldap_state_openldap_fill,
			     ldap_state_openldap_policy_take, ldap_state_secret_fill_history},
    [LDAP_STATE_AD] = {windows, windows_hash, windows_policy, ldap_state_ad_fill,
		       ldap_state_ad_policy_take, NULL},
    [LDAP_STATE_389DS] = {netscape, netscape_hash, netscape_policy, ldap_state_389ds_fill,
			  ldap_state_389ds_policy_take, ldap_state_secret_fill_history_389ds},
    [LDAP_STATE_FREEIPA] = {freeipa, freeipa_hash, freeipa_policy, ldap_state_389ds_freeipa_fill,
			    ldap_state_389ds_freeipa_policy_take,
			    ldap_state_secret_fill_history_389ds},
    [LDAP_STATE_RFC2307] = {shadow, shadow_hash, no_policy, rfc2307_fill, NULL, NULL},
};

const char *ldap_state_fact_name(enum ldap_state_fact fact)
{
	return ldap_state_own_name(fact);
}

bool ldap_state_fact_is_flag(enum ldap_state_fact fact)
{
	return ldap_state_own_is_flag(fact);
}

const char *const *ldap_state_attributes(enum ldap_state_dialect dialect, bool hash)
{
	return hash ? dialects[dialect].with_secrets : dialects[dialect].attributes;
}

const char *const *ldap_state_policy_attributes(enum ldap_state_dialect dialect)
{
	return dialects[dialect].of_policy;
}

void ldap_state_policy_take(enum ldap_state_dialect dialect, const struct ldap_state_entry *entry,
			    struct ldap_state_policy *policy)
{
	*policy = (struct ldap_state_policy){0};
	if (dialects[dialect].policy_take)
		dialects[dialect].policy_take(entry, policy);
}

void ldap_state_fill(enum ldap_state_dialect dialect, const struct ldap_state_entry *entry,
		     const struct ldap_state_policy *policy, const struct ldap_state_map *maps,
		     const bool *matched, int64_t now, struct backend_record *record)
{
	record->account.exists = YES;
	ldap_state_stable_fill(dialect, entry, record);
	dialects[dialect].fill(entry, policy, now, record);
	ldap_state_own_fill(entry, maps, matched, record);
}

void ldap_state_fill_secrets(enum ldap_state_dialect dialect, const struct ldap_state_entry *entry,
			     struct backend_record *record)
{
	ldap_state_secret_fill(entry, record);
	ldap_state_fill_previous(dialect, entry, record);
}

void ldap_state_fill_previous(enum ldap_state_dialect dialect, const struct ldap_state_entry *entry,
			      struct backend_record *record)
{
	if (dialects[dialect].history)
		dialects[dialect].history(entry, record);
}

bool ldap_state_fill_apps(enum ldap_state_dialect dialect, const struct ldap_state_entry *entry,
			  struct backend_record *record)
{
	return dialect == LDAP_STATE_AD || ldap_state_app_fill(entry, record);
}

enum ldap_state_said ldap_state_judge(enum ldap_state_dialect dialect,
				      const struct ldap_state_bind *bind,
				      struct backend_record *record)
{
	return ldap_state_bind_judge(dialect, bind, record);
}

bool ldap_state_guess_previous(const struct ldap_state_guess *guess)
{
	if (guess->policy->lockout_threshold <= 0 || guess->locked || !guess->same_server ||
	    !guess->counting_seen || !guess->has_before || !guess->has_after)
		return false;
	return guess->has_times && guess->time_before == guess->time_after &&
	       guess->before == guess->after;
}
