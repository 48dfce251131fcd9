/* SPDX-License-Identifier: MIT */
/* What a directory's attributes and result codes mean, per dialect: pure tables, no I/O, no clock.
 * What they say was read in the sources of OpenLDAP (servers/slapd/overlays/ppolicy.c), 389-DS,
 * FreeIPA, Samba and nss-pam-ldapd, and measured where there is one to measure. */
#ifndef BACKEND_LDAP_STATE_H
#define BACKEND_LDAP_STATE_H

#include "backend/backend.h"

/* In the order of the config's choices. */
enum ldap_state_dialect {
	LDAP_STATE_OPENLDAP, /* slapd with slapo-ppolicy(5) */
	LDAP_STATE_AD,	     /* Active Directory, Samba as a domain controller */
	LDAP_STATE_389DS,
	LDAP_STATE_FREEIPA,
	LDAP_STATE_RFC2307, /* shadowAccount, as nslcd(8) reads it */
};
#define LDAP_STATE_DIALECTS 5

/* One attribute of an entry as the server sent it: its description without options, and values of
 * any octets. Borrowed. */
struct ldap_state_attribute {
	struct span name;
	const struct span *values;
	size_t count;
};

struct ldap_state_entry {
	const struct ldap_state_attribute *attributes;
	size_t count;
};

/* What the directory's own policy says: slapo-ppolicy's pwdPolicy entry, AD's domain object,
 * 389-DS's cn=config, FreeIPA's krbPwdPolicy. All zero: nothing is known of it. Seconds. */
struct ldap_state_policy {
	int64_t max_age;	   /* of a password; 0: it does not expire */
	int64_t lockout_duration;  /* 0: until an administrator unlocks it */
	int64_t lockout_threshold; /* failures that lock; 0: none do, or not known */
	/* The policy was read and says that the entry's own attributes mean nothing: */
	bool no_lockout;     /* those of a lock (pwdLockout, passwordLockout) */
	bool no_must_change; /* that of a reset password (pwdMustChange, passwordMustChange) */
	bool no_expiry;	     /* that of an expiry (passwordExp) */
};

/* What can be said of an account by attributes of our own schema (packaging/ldap), or by whatever
 * the configuration maps them to. */
enum ldap_state_fact {
	LDAP_STATE_APP_REQUIRED,     /* saslReasonAppPasswordRequired: TRUE */
	LDAP_STATE_OAUTH2_REQUIRED,  /* saslReasonOAuth2Required: TRUE */
	LDAP_STATE_DISABLED,	     /* saslReasonDisabled: TRUE */
	LDAP_STATE_SERVICE_DISABLED, /* saslReasonServiceDisabled: TRUE */
	LDAP_STATE_EXPIRES, /* saslReasonExpires: generalized time, the account is refused from then
			     */
	LDAP_STATE_MECHANISMS, /* saslReasonMechanism: values are the allowed mechanisms */
	LDAP_STATE_SERVICES,   /* saslReasonService: values are the allowed services */
	LDAP_STATE_NETWORKS,   /* saslReasonNetwork: values are addresses or address/bits */
	LDAP_STATE_URL,	       /* saslReasonURL: help page of this account */
};
#define LDAP_STATE_FACTS 9

enum ldap_state_source {
	LDAP_STATE_ATTRIBUTE, /* `text` is the attribute's name */
	LDAP_STATE_GROUP,  /* the fact is true of who has `text` (a DN) among the values of memberOf
			    */
	LDAP_STATE_FILTER, /* the fact is true of whose entry matches the filter `text` */
};

/* Where a fact comes from. Facts with a value other than TRUE and FALSE are attributes only. */
struct ldap_state_map {
	enum ldap_state_source source;
	struct span text;
};

/* The maps of our own schema, LDAP_STATE_FACTS of them. */
const struct ldap_state_map *ldap_state_own_maps(void);

/* The key of a fact in the config: "app_required", … */
const char *ldap_state_fact_name(enum ldap_state_fact fact);

/* True if a fact can come from a group or a filter. */
bool ldap_state_fact_is_flag(enum ldap_state_fact fact);

/* The attributes that ldap_state_fill() and ldap_state_fill_previous() look at, without those of
 * the maps (their `text`; memberOf for a group); `hash`: also those with stored secrets. Ends with
 * NULL. Constant. */
const char *const *ldap_state_attributes(enum ldap_state_dialect dialect, bool hash);

/* The attributes of the policy's entry. Ends with NULL; empty where the dialect has none. */
const char *const *ldap_state_policy_attributes(enum ldap_state_dialect dialect);

/* Reads the policy from its entry. What cannot be read is as if it were not there. */
void ldap_state_policy_take(enum ldap_state_dialect dialect, const struct ldap_state_entry *entry,
			    struct ldap_state_policy *policy);

/* The account's state, from its entry: fills record->account and .stable, .canonical stays. `now`:
 * seconds since 1970. `matched[f]`: for a map with a filter, whether the entry matches it. A value
 * that cannot be read makes the account defect (backend_record_spoil), so that it is answered as an
 * unknown name is. All texts are kept in the record. */
void ldap_state_fill(enum ldap_state_dialect dialect, const struct ldap_state_entry *entry,
		     const struct ldap_state_policy *policy, const struct ldap_state_map *maps,
		     const bool *matched, int64_t now, struct backend_record *record);

/* The stored secrets, for verify = hash: userPassword (RFC 2307 schemes, or cleartext),
 * authPassword (RFC 3112, and SCRAM keys in that form of RFC 5803), and where none of these can be
 * compared sambaNTPassword (it is often left behind when the password changes); and of pwdHistory,
 * where it can be read, the latest old one. Fills record->stored, ->previous and
 * ->previous_changed. A '!' before the data of a one-way scheme is how an administrator locks a
 * password: the account is disabled, the rest can still be proven. "{CRYPT}*" is no secret, and
 * disabled too. */
void ldap_state_fill_secrets(enum ldap_state_dialect dialect, const struct ldap_state_entry *entry,
			     struct backend_record *record);

/* The latest old secret alone, for verify = bind, where pwdHistory (389-DS: passwordHistory) can be
 * read. If it is not known when the password changed, it was when that one was replaced. */
void ldap_state_fill_previous(enum ldap_state_dialect dialect, const struct ldap_state_entry *entry,
			      struct backend_record *record);

/* The app passwords kept in the entry: fills record->apps. False if some had to be left out,
 * because there are too many. Nothing in AD, which has no attribute for them. */
bool ldap_state_fill_apps(enum ldap_state_dialect dialect, const struct ldap_state_entry *entry,
			  struct backend_record *record);

/* What a server answered to a bind as the entry. */
struct ldap_state_bind {
	int code;		/* LDAP result code (RFC 4511 4.1.9) */
	struct span diagnostic; /* diagnosticMessage */
	bool has_ppolicy;	/* the response control 1.3.6.1.4.1.42.2.27.8.5.1 was there */
	int ppolicy_error;	/* its error, 0 to 8; -1: none */
	bool ppolicy_grace;	/* its warning graceAuthNsRemaining was there, of whatever count */
	bool password_expired;	/* control 2.16.840.1.113730.3.4.4 (389-DS, Netscape) was there */
	int64_t now;		/* seconds since 1970; 0: not known */
};

enum ldap_state_said {
	LDAP_STATE_RETRY,  /* the server cannot tell now, whoever asks: busy, unavailable, … */
	LDAP_STATE_ODD,	   /* not in the table: cannot tell of this account */
	LDAP_STATE_JUDGED, /* record->proof is set, and what the answer says of the account */
};

/* The meaning of a bind's answer. Each row of the dialect's table says whether the answer proves
 * the password and which state it tells; with LDAP_STATE_ODD and _RETRY the record is not touched.
 * The record is one that ldap_state_fill() filled. The server knows its own rules better than we
 * do: an answer that it gives only to accounts that are not locked ends what looked like a lock, a
 * login that it grants to an expired password (grace) is one, and a state that it tells stands
 * whatever the entry's attributes say. */
enum ldap_state_said ldap_state_judge(enum ldap_state_dialect dialect,
				      const struct ldap_state_bind *bind,
				      struct backend_record *record);

/* AD counts a wrong password in badPwdCount, but not one of the two latest old ones. What is needed
 * to conclude that a refused password is a recent old one (PROOF_PREVIOUS). */
struct ldap_state_guess {
	const struct ldap_state_policy
	    *policy;	    /* lockout_threshold above 0, or nothing is counted */
	bool locked;	    /* then nothing is counted either */
	bool same_server;   /* both counts were read where the bind was made */
	bool counting_seen; /* a refusal of another name has been seen to count on that server */
	bool has_before, has_after;
	int64_t before, after; /* badPwdCount */
	bool has_times;	       /* badPasswordTime was read with both */
	int64_t time_before, time_after;
};

/* True only if nothing else can explain the counts: a counted failure makes the count one more, or
 * exactly 1 where an older one has lapsed, and a login in between makes it 0; so an unchanged count
 * says nothing unless badPasswordTime, which tells when a failure was recorded, is unchanged too.
 */
bool ldap_state_guess_previous(const struct ldap_state_guess *guess);

#endif
