/* SPDX-License-Identifier: MIT */
/* Decisions that wait to be written: a bounded queue of copies, which takes memory by the piece. */
#ifndef ENGINE_LEDGER_NOTES_H
#define ENGINE_LEDGER_NOTES_H

#include "store/journal.h"

/* How many wait at most; then the oldest is dropped for each new one. */
#define LEDGER_NOTES_MAX 10000
/* Octets of each text of an entry but the reply; what is longer is cut (between UTF-8 characters).
 */
#define LEDGER_NOTES_TEXT 320

struct ledger_notes_piece;

/* All zero: empty. */
struct ledger_notes {
	struct ledger_notes_piece *first, *last;
	size_t count;
	uint64_t lost; /* dropped, or without memory */
};

/* Everything in it is lost without being counted. */
void ledger_notes_wipe(struct ledger_notes *notes);

/* Copies an entry with its texts. */
void ledger_notes_add(struct ledger_notes *notes, const struct journal_entry *entry);

/* Calls each(), the oldest first, until it says false. True if it never did. */
bool ledger_notes_each(const struct ledger_notes *notes,
		       bool (*each)(void *context, const struct journal_entry *entry),
		       void *context);

/* Forgets the oldest `count`. */
void ledger_notes_drop(struct ledger_notes *notes, size_t count);

#endif
