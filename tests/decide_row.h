/* SPDX-License-Identifier: MIT */
/* Rows for the tests of core/decide: what goes in and what must come out. */
#ifndef TESTS_DECIDE_ROW_H
#define TESTS_DECIDE_ROW_H

#include "core/decide.h"

#define NOW   1767268800 /* Thursday, 2026-01-01 12:00:00 UTC: hour 108 of its week */
#define DAY   86400
#define TEXT(literal) {(literal), sizeof(literal) - 1}
#define V4(a, b, c, d) {[10] = 0xff, [11] = 0xff, [12] = (a), [13] = (b), [14] = (c), [15] = (d)}
#define V6 {0x20, 0x01, 0x0d, 0xb8, [15] = 1}

/* Unset fields: an attempt by PLAIN over TLS at NOW from 192.0.2.7 for an account that exists in a
 * hashed realm, where the latest old password is known for 30 days. */
struct decide_row {
	const char *name;
	struct attempt attempt;
	struct account account;
	struct evidence evidence;
	struct policy policy;
	enum { KNOWN, UNKNOWN, UNTOLD } who; /* account.exists */
	bool mech_other, mech_withheld, cleartext, no_address, no_days;
	enum outcome want_outcome;
	enum reason want_cause;
	enum reason want_told;
	bool want_early, want_proven, want_counts, want_counts_entry;
	int64_t want_date;
	unsigned want_minutes;
	const char *want_label, *want_detail, *want_url;
};

#define REFUSED(cause, told) .want_cause = REASON_##cause, .want_told = REASON_##told
#define EARLY(reason)        REFUSED(reason, reason), .want_early = true
#define PROVEN(reason)       REFUSED(reason, reason), .want_proven = true
#define ALLOWED              .want_outcome = OUTCOME_ALLOW, .want_proven = true
#define LATER(cause)         REFUSED(cause, TEMPORARY), .want_outcome = OUTCOME_TRY_LATER
#define COUNTED              .want_counts = true
#define ENTRY_COUNTED        .want_counts_entry = true
#define PROOF(kind)          .evidence = {.proof = PROOF_##kind}
#define STALE(fault, since)                                                                        \
	.evidence = {.proof = PROOF_APP_STALE, .app_fault = (fault), .app_label = TEXT("phone"),   \
		     .app_since = (since)}
#define CHALLENGE .attempt = {.mech = MECH_CRAM_MD5}
#define MIXED     .policy = {.secrets = MECH_SECRETS_MIXED}
#define ALWAYS    .policy = {.disclose = POLICY_DISCLOSE_ALWAYS}
#define NEVER     .policy = {.disclose = POLICY_DISCLOSE_NEVER}
#define LOCK_TOLD .policy = {.lock_told_always = true}
#define HOURS(octet, mask) .hours_limited = true, .hours = {[octet] = (mask)}
#define NETWORKS(list)     .networks = (list), .network_count = sizeof(list) / sizeof(*(list))

/* The rows of account states and of stale and old secrets. */
extern const struct decide_row decide_row_account[];
extern const size_t decide_row_account_count;

#endif
