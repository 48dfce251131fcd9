/* SPDX-License-Identifier: MIT */
/* The words that stand for enums in logs, the journal and the admin protocol. */
#include "core/word.h"

const char *word_of_outcome(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_REFUSE:
		return "refuse";
	case OUTCOME_TRY_LATER:
		return "try-later";
	case OUTCOME_ALLOW:
		return "allow";
	}
	return "refuse";
}

const char *word_of_proof(enum proof proof)
{
	switch (proof) {
	case PROOF_UNKNOWN:
		return "unknown";
	case PROOF_NONE:
		return "none";
	case PROOF_CURRENT:
		return "current";
	case PROOF_APP:
		return "app";
	case PROOF_APP_STALE:
		return "app-stale";
	case PROOF_PREVIOUS:
		return "previous";
	case PROOF_IMPOSSIBLE:
		return "impossible";
	}
	return "unknown";
}

const char *word_of_lock(enum lock_scope scope)
{
	switch (scope) {
	case LOCK_NONE:
		return "none";
	case LOCK_NAME_NETWORK:
		return "name-network";
	case LOCK_NAME:
		return "name";
	case LOCK_NETWORK:
		return "network";
	case LOCK_SILENT:
		return "entry";
	}
	return "none";
}

bool word_take_outcome(struct span word, enum outcome *outcome)
{
	for (int i = OUTCOME_REFUSE; i <= OUTCOME_ALLOW; i++) {
		if (span_is(word, word_of_outcome((enum outcome)i))) {
			*outcome = (enum outcome)i;
			return true;
		}
	}
	return false;
}

bool word_take_proof(struct span word, enum proof *proof)
{
	for (int i = PROOF_UNKNOWN; i <= PROOF_IMPOSSIBLE; i++) {
		if (span_is(word, word_of_proof((enum proof)i))) {
			*proof = (enum proof)i;
			return true;
		}
	}
	return false;
}

bool word_take_lock(struct span word, enum lock_scope *scope)
{
	for (int i = LOCK_NONE; i <= LOCK_SILENT; i++) {
		if (span_is(word, word_of_lock((enum lock_scope)i))) {
			*scope = (enum lock_scope)i;
			return true;
		}
	}
	return false;
}
