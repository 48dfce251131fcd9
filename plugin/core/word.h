/* SPDX-License-Identifier: MIT */
/* The words that stand for enums in logs, the journal and the admin protocol. */
#ifndef CORE_WORD_H
#define CORE_WORD_H

#include "core/decide.h"

/* "refuse", "try-later", "allow". */
const char *word_of_outcome(enum outcome outcome);
/* "unknown", "none", "current", "app", "app-stale", "previous", "impossible". */
const char *word_of_proof(enum proof proof);
/* "none", "name-network", "name", "network", "entry". */
const char *word_of_lock(enum lock_scope scope);

/* The other way; false if it is none of them. */
bool word_take_outcome(struct span word, enum outcome *outcome);
bool word_take_proof(struct span word, enum proof *proof);
bool word_take_lock(struct span word, enum lock_scope *scope);

#endif
