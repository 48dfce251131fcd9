/* SPDX-License-Identifier: MIT */
/* Failed attempts counted by name and network, and the locks that follow; alike for every name. */
#ifndef STORE_ATTEMPTS_H
#define STORE_ATTEMPTS_H

#include "base/buf.h"
#include "core/attempt.h"

struct database;

/* What is counted. Each has its own table of bounded size. */
enum attempts_kind {
	ATTEMPTS_NAME_NETWORK,
	ATTEMPTS_NAME,
	ATTEMPTS_NETWORK,
	ATTEMPTS_ENTRY /* per account found, whatever name led to it: silent */
};
#define ATTEMPTS_KINDS 4

/* By name and by entry it takes this many times the threshold of (name, network) (DESIGN section
 * 5). */
#define ATTEMPTS_NAME_FACTOR 10

/* A realm's rules. Seconds and milliseconds. */
struct attempts_rules {
	unsigned threshold;	    /* counted failures in the window that lock; 0: none do */
	unsigned network_threshold; /* the same for a network alone; 0: none do */
	unsigned window;
	unsigned lock;	   /* how long a lock lasts */
	unsigned delay_ms; /* the longest delay of a refusal; 0: none */
};

/* Who attempts. Spans are borrowed for the call. */
struct attempts_who {
	struct span name;  /* normal form; absent: the entry alone is counted */
	struct span entry; /* backend label and stable id; absent: not known, or no such account */
	bool by_network;   /* false: no address, or a trusted forwarder's: counted by name alone */
	bool shared;	   /* many clients share the network: not counted by network alone */
	unsigned char network[16]; /* the address with the host's bits cleared */
	unsigned char bits;
};

struct attempts_state {
	enum lock_scope lock; /* LOCK_SILENT only with `entry` */
	int64_t until;
	/* The refusal of this attempt leaves so much later: doubles from 100 ms with each counted
	 * failure of (name, network), or of the name without a network (or of the entry alone). */
	unsigned delay_ms;
};

struct attempts;

/* Tables of `entries` counters for each kind (rounded up to a power of two of 8-way buckets; memory
 * is taken as it is used). With a database: what it holds is read, and attempts_save() writes what
 * changed; null: nothing outlives the process. Null without memory. */
struct attempts *attempts_open(struct database *database, size_t entries);
void attempts_close(struct attempts **attempts);

/* Goes over to another database, or to none (null) before the one it has is closed. What is in
 * memory meets what the database holds, and is written by the next attempts_save(). False if it
 * cannot be read: then there is none. */
bool attempts_attach(struct attempts *attempts, struct database *database);

/* What stands against an attempt, before any lookup (and once more with the entry, for
 * LOCK_SILENT). A counter that would need room in a bucket full of locks answers LOCK_NETWORK until
 * the first of them ends: eviction never frees a lock, and never looks at whether a name exists. */
void attempts_look(struct attempts *attempts, const struct attempts_who *who,
		   const struct attempts_rules *rules, int64_t now, struct attempts_state *state);

/* A failed attempt, counted in all of the four that `who` has. `secret` absent for challenge
 * mechanisms; else the same one again, by this name from this network (or for the entry alone), is
 * not counted: of the last 8 wrong ones a truncated hash is kept under a key that never leaves
 * memory. True if it was counted. */
bool attempts_count(struct attempts *attempts, const struct attempts_who *who,
		    const struct attempts_rules *rules, struct span secret, int64_t now);

/* A login: its own network's share is taken off the name and the entry, (name, network) begins
 * anew. A network's own count stays. Without a network nothing is taken off: what others did there
 * would go with it, which would help them and show them that somebody logs in. True if there was
 * anything to take off, here or where else a fleet counts. */
bool attempts_clear(struct attempts *attempts, const struct attempts_who *who, int64_t now);

/* An administrator's: everything of this name (and of the entry, if given), or of a network alone.
 * The number of counters that were there. */
size_t attempts_forget_name(struct attempts *attempts, struct span name, struct span entry);
size_t attempts_forget_network(struct attempts *attempts, const unsigned char network[16],
			       unsigned char bits);

/* One counter, for a list. */
struct attempts_row {
	enum attempts_kind kind;
	struct span name;    /* absent for a network alone */
	struct span network; /* "192.0.2.1/32"; absent for a name alone */
	unsigned failures;
	int64_t since; /* of the window */
	int64_t until; /* locked until; 0: not */
};

/* Those that count at `now`, of a name (absent: all). */
void attempts_each(struct attempts *attempts, struct span name, int64_t now,
		   void (*each)(void *context, const struct attempts_row *row), void *context);

/* Writes what changed since the last call, inside the caller's transaction; takes over first what
 * another process of ours has written since. False if the database fails: it
 * stays to be written. */
bool attempts_save(struct attempts *attempts);

/* True if attempts_save() would write. */
bool attempts_dirty(const struct attempts *attempts);

/* ---- for store/fleet, which keeps the counters of several daemons ---- */

/* A counter as others have it: replaces ours if it is further (a later lock, or more failures in
 * the same window), or if it was cleared by a login since ours was last merged (then no lock of
 * ours ends) or forgotten by an administrator (then it does). `kind` must be one that `who` has. */
struct attempts_counter {
	unsigned failures, window, lock; /* the two as in attempts_rules */
	int64_t since, until;
	int64_t cleared, forgotten; /* when, each time a higher one; 0: never */
};
void attempts_merge(struct attempts *attempts, const struct attempts_who *who,
		    enum attempts_kind kind, const struct attempts_counter *counter, int64_t now);

#endif
