/* SPDX-License-Identifier: MIT */
/* One counter of failed attempts: its window, its lock, what others contributed to it. Pure. */
#ifndef STORE_ATTEMPTS_ENTRY_H
#define STORE_ATTEMPTS_ENTRY_H

#include "store/attempts.h"

#define ATTEMPTS_ENTRY_KEY_LEN 16
/* Wrong passwords that are known again. */
#define ATTEMPTS_ENTRY_RECENT 8

/* What one (name, network) has counted in the window of another counter that began at `since`. */
struct attempts_share {
	uint32_t failures;
	int64_t since;
};

/* Times are seconds since 1970, `window` and `lock` seconds: the longest of the rules by which it
 * has counted in this window, so that no realm ends early what another counts. */
struct attempts_entry {
	unsigned char key[ATTEMPTS_ENTRY_KEY_LEN]; /* hash of what is counted */
	uint64_t name_hash; /* with a name: part of the hash of the name alone */
	char *text;	    /* name or entry, on the heap; null for a network */
	int64_t since;	    /* of the window; without failures: when it was emptied */
	int64_t until;	    /* 0: not locked in this window */
	uint32_t failures, window, lock;
	uint32_t unsaved; /* of the failures, those not written yet */
	/* What a fleet last said about it (struct attempts_counter). */
	int64_t cleared, forgotten;
	/* Of (name, network): its part of the name's counter, and of the entry's whose key begins
	 * so. */
	struct attempts_share of_name, of_entry;
	uint64_t entry_hash;
	uint32_t recent[ATTEMPTS_ENTRY_RECENT]; /* 0: none */
	unsigned char recent_next;
	unsigned char network[16];
	unsigned char bits;
	bool networked; /* `network` and `bits` are meant */
	bool dirty;	/* is in the list of what is to be written */
};

/* A clock that was set back must neither prolong a window or a lock nor end one: brings both into
 * what they can be at `now`. True if something was changed. */
bool attempts_entry_bound(struct attempts_entry *entry, int64_t now);

bool attempts_entry_locked(const struct attempts_entry *entry, int64_t now);

/* Counts no more: nothing counted, or its lock or its window has ended. */
bool attempts_entry_over(const struct attempts_entry *entry, int64_t now);

/* When it was locked; where it is not, when its window began or it was emptied. */
int64_t attempts_entry_time(const struct attempts_entry *entry);

/* Its failures at `now`. */
uint32_t attempts_entry_failures(const struct attempts_entry *entry, int64_t now);

/* One failure more, in a new window if the last is over; at `threshold` (0: never) it is locked.
 * False while it is locked: nothing is counted then. */
bool attempts_entry_count(struct attempts_entry *entry, uint32_t threshold, uint32_t window,
			  uint32_t lock, int64_t now);

/* Notes that one failure of `entry` is due to the holder of `share`. */
void attempts_entry_contribute(const struct attempts_entry *entry, struct attempts_share *share);

/* Takes the share off again if it is of this window, and empties it. A locked counter stays as it
 * is: a login (by app password) does not end the lock of a name. True if something was taken off.
 */
bool attempts_entry_take_off(struct attempts_entry *entry, struct attempts_share *share,
			     int64_t now);

/* Begins anew at `now`: nothing counted, no lock, no password known. */
void attempts_entry_reset(struct attempts_entry *entry, int64_t now);

/* As attempts_merge() says; a clearing of before it began or was locked is an old one, which it has
 * not heard of. True if anything but `cleared` and `forgotten` was changed. */
bool attempts_entry_merge(struct attempts_entry *entry, const struct attempts_counter *counter,
			  int64_t now);

/* Whether a wrong password's hash is among the last, and notes it if not. */
bool attempts_entry_seen(struct attempts_entry *entry, uint32_t hash);

#endif
