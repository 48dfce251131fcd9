/* SPDX-License-Identifier: MIT */
/* A decision for those who keep it: its log line, its row in the journal; no secret in either. */
#ifndef ENGINE_DECISION_H
#define ENGINE_DECISION_H

#include "core/decide.h"
#include "engine/settings.h"
#include "store/journal.h"

#define DECISION_KEY_LEN    32
#define DECISION_HASHED_MAX 48

struct decision {
	const struct attempt *attempt;
	const struct verdict *verdict;
	enum proof proof;
	struct span user; /* normal form; absent if it could not be read */
	struct span id;
	struct span label; /* of the app password that was used; absent: none */
	const struct settings_realm *realm;
	const char *backend; /* label of the one that knows the name; null: none does */
	const char *defect;  /* what is wrong with the entry or the check; null: nothing */
	/* Under which a name that no backend knows is hashed, DECISION_KEY_LEN octets
	 * (ledger_name_key()); null: it stands in clear. */
	const unsigned char *name_key;
	uint64_t milliseconds; /* since the first message of the attempt */
	bool overrun;	       /* the answer leaves later than the realm's floor */
};

/* One line "login id=… outcome=… reason=… told=yes|no …"; a second one, a warning, where `defect`
 * says that an administrator has something to mend. */
void decision_log(const struct decision *decision);

/* What the spans of a journal_entry made by decision_entry() may point into. */
struct decision_texts {
	char user[DECISION_HASHED_MAX];
	char text[REPLY_TEXT_MAX + 1];
};

/* The same for the journal, with the reply's text. Its spans borrow from the decision and `texts`.
 */
void decision_entry(const struct decision *decision, int64_t time_ms, struct decision_texts *texts,
		    struct journal_entry *entry);

/* How a name stands in the journal and the log where it is hashed: "hashed:" and 32 hexadecimal
 * digits, in `storage`. */
struct span decision_hash_name(struct span user, const unsigned char name_key[DECISION_KEY_LEN],
			       char storage[DECISION_HASHED_MAX]);

#endif
