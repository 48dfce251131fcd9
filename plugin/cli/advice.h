/* SPDX-License-Identifier: MIT */
/* For the help desk: what each reason means, and what to do about it. */
#ifndef CLI_ADVICE_H
#define CLI_ADVICE_H

#include "core/reason.h"

struct advice_row {
	enum reason reason;
	const char *found; /* one sentence or two: what was the case */
	const char *todo;  /* what helps the caller, and what the help desk can do */
};

/* The row of a reason; never null. */
const struct advice_row *advice_row(enum reason reason);

/* What an incident has beside its reason. */
struct advice_facts {
	bool known;	 /* a backend knows the name */
	bool defect;	 /* something about the entry cannot be used */
	bool own_lock;	 /* the lock is one of our counters, not the backend's */
	bool impossible; /* the mechanism can never prove this account */
};

/* The row that fits an incident better than that of its reason, or that one; never null. */
const struct advice_row *advice_case(enum reason cause, const struct advice_facts *facts);

/* What a proof (core/word.h's word) means, as a sentence; null for a word that is none. */
const char *advice_proof(const char *word);

/* What is locked, for a word of core/word.h; null for "none" and what is none. */
const char *advice_lock(const char *word);

/* Why a client is told less than what was found, of that reason. */
const char *advice_silence(enum reason cause, enum reason told);

#endif
