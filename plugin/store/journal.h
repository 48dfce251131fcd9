/* SPDX-License-Identifier: MIT */
/* The last decisions, without secrets: what `sasl-reason why ID` tells the help desk. */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include <stddef.h>

#include "core/decide.h"
#include "core/reply.h"
#include "store/journal_format.h"

struct database;

#define JOURNAL_TEXTS 11

/* One decision. Spans are borrowed; absent: not known. Words are those of core/word.h. */
struct journal_entry {
	char id[REPLY_ID_LEN + 1];
	int64_t time_ms; /* since 1970 */
	enum outcome outcome;
	enum reason cause, told; /* with OUTCOME_ALLOW meaningless */
	enum proof proof;
	enum lock_scope lock;
	bool tls, observed, overrun;
	unsigned ms;	       /* that it took */
	unsigned short status; /* codes of the reply; 0: allowed */
	union {
		struct {
			struct span enhanced;
			struct span user; /* normal form, or "hashed:…" (journal_unknown_names) */
			struct span realm, mechanism, service, client, peer;
			struct span backend; /* that knows the name */
			struct span defect;  /* what is wrong with the entry or the check */
			struct span label;   /* of the app password */
			struct span text;    /* that the client was told (observed: would be) */
		};
		struct span texts[JOURNAL_TEXTS]; /* the same, as they stand in the file */
	};
};
_Static_assert(sizeof(struct journal_entry) - offsetof(struct journal_entry, texts) ==
		   JOURNAL_TEXTS * sizeof(struct span),
	       "so many texts, and nothing behind them");

struct journal_limits {
	uint64_t entries; /* 0: no journal */
	unsigned days;
	uint64_t octets; /* of the file, roughly */
};

struct journal;

/* `database` is borrowed. Null without memory or if a statement cannot be prepared. */
struct journal *journal_open(struct database *database, const struct journal_limits *limits);
void journal_close(struct journal **journal);

/* Writes one, inside the caller's transaction; now and then drops what is beyond the limits (a few
 * rows each time; the last 1,000 stay whatever the file's size, which counts the counters too). A
 * few microseconds: no index but the order of arrival. False if the database fails. */
bool journal_put(struct journal *journal, const struct journal_entry *entry);

enum journal_answer { JOURNAL_FAILED, JOURNAL_NONE, JOURNAL_FOUND };

/* Looks an id up (of whatever case), with a connection of its own: reads the whole journal, some
 * ten milliseconds, so not on the loop. The spans of `entry` point into `texts`. */
enum journal_answer journal_find(const char *directory, struct span id, struct journal_entry *entry,
				 struct buf *texts);

#endif
