/* SPDX-License-Identifier: MIT */
/* The last logins of one user, those that are alike folded into one line. */
#ifndef STORE_JOURNAL_RECENT_H
#define STORE_JOURNAL_RECENT_H

#include "core/decide.h"
#include "core/reply.h"

/* Lines of the answer, and rows of the user that are looked at for them. */
#define JOURNAL_RECENT_MAX  12
#define JOURNAL_RECENT_ROWS 5000

/* Logins with the same end, from the same client. Texts are NUL-terminated, cut if they are longer.
 */
struct journal_recent {
	unsigned count;
	int64_t first_ms, last_ms; /* since 1970 */
	char id[REPLY_ID_LEN + 1]; /* of the last one */
	enum outcome outcome;
	enum reason cause, told; /* not with OUTCOME_ALLOW */
	enum proof proof;
	char client[48], mechanism[24], service[24];
};

/* `hashed`: how the name stands where no backend was asked, or knows it (journal_unknown_names);
 * absent: likewise in clear. Fills `list`, the latest first; `count` is how many there are. What
 * does not fit into the list is left out. Reads the whole journal, so not on the loop. False if it
 * cannot be read. */
bool journal_recent(const char *directory, struct span user, struct span hashed,
		    struct journal_recent list[JOURNAL_RECENT_MAX], size_t *count);

#endif
