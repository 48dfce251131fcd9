/* SPDX-License-Identifier: MIT */
/* The rule of what may be told (DESIGN section 5), stated without any of decide.c's own helpers. */
#ifndef TESTS_DECIDE_RULE_H
#define TESTS_DECIDE_RULE_H

#include "core/decide.h"

#define NOW	    1767268800
#define DAY	    86400
#define BIT(reason) (1ul << (reason))

/* What follows from the account and the secret, and so is for those who prove themselves. */
#define STATES                                                                                     \
	(BIT(REASON_OAUTH2_REQUIRED) | BIT(REASON_MECHANISM_NOT_ALLOWED) |                         \
	 BIT(REASON_ACCOUNT_DISABLED) | BIT(REASON_ACCOUNT_EXPIRED) |                              \
	 BIT(REASON_SERVICE_DISABLED) | BIT(REASON_TIME_RESTRICTED) |                              \
	 BIT(REASON_NETWORK_RESTRICTED))
#define SECRETS                                                                                    \
	(BIT(REASON_APP_REQUIRED) | BIT(REASON_PASSWORD_EXPIRED) | BIT(REASON_PASSWORD_MUST_CHANGE))
#define APPS	   (BIT(REASON_APP_REVOKED) | BIT(REASON_APP_EXPIRED) | BIT(REASON_APP_SCOPE))
#define OF_ACCOUNT (STATES | SECRETS | APPS | BIT(REASON_PASSWORD_CHANGED))

/* A kind of secret that a client may send. */
struct decide_rule_secret {
	const char *name;
	enum proof proof;
	enum app_fault fault;
	int64_t changed; /* when the account's password was */
	unsigned long proves;
	enum reason own; /* what the secret itself is refused with; REASON_COUNT: nothing */
};

/* A kind of account that it may be sent for. */
struct decide_rule_account {
	const char *name;
	struct account account;
	enum reason bars; /* what the right password is refused with; REASON_COUNT: nothing */
	bool bars_app;	  /* and an app password too */
};

extern const struct decide_rule_secret decide_rule_secrets[];
extern const size_t decide_rule_secret_count;
extern const struct decide_rule_account decide_rule_accounts[];
extern const size_t decide_rule_account_count;

/* All that a client and a configuration can vary. */
struct decide_rule_request {
	struct attempt attempt;
	struct policy policy;
};

/* One point of the product, with what an unknown name is told in its place. */
struct decide_rule_point {
	const struct decide_rule_request *request;
	const struct decide_rule_account *who;
	const struct decide_rule_secret *with;
	const struct verdict *unknown, *got;
	struct span unknown_reply;
};

/* What the request itself is refused with, whoever sends it; REASON_COUNT: nothing. */
enum reason decide_rule_fault(const struct decide_rule_request *request);

/* What an unknown name is told. */
enum reason decide_rule_stranger(const struct decide_rule_request *request);

/* Whether the point is a login. */
bool decide_rule_allows(const struct decide_rule_point *point);

/* The reason that the secret proves, REASON_COUNT if none. */
enum reason decide_rule_proven(const struct decide_rule_point *point);

/* Whether a lock stands that is known of only where the account is. */
bool decide_rule_locked(const struct decide_rule_point *point);

/* What is wrong with the login, for the log and for those who are told everything. */
enum reason decide_rule_found(const struct decide_rule_point *point);

/* Whether a wrong secret counts for the account alone, as nobody is told of it. */
bool decide_rule_counts_entry(const struct decide_rule_point *point);

/* What must be told. */
enum reason decide_rule_told(const struct decide_rule_point *point);

#endif
