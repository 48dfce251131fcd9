/* SPDX-License-Identifier: MIT */
/* A bounded table of counters: buckets of eight, found by a keyed hash; a lock is never replaced.
 */
#ifndef STORE_ATTEMPTS_TABLE_H
#define STORE_ATTEMPTS_TABLE_H

#include <stddef.h>

#include "store/attempts_entry.h"

#define ATTEMPTS_TABLE_WAYS 8

struct attempts_table {
	uint64_t *tags; /* beginnings of the keys, a bucket to a cache line; 0: free */
	struct attempts_entry *entries;
	size_t buckets; /* a power of two */
};

/* For `entries` counters, rounded up. Its memory becomes resident as it is used. False without
 * memory. */
bool attempts_table_init(struct attempts_table *table, size_t entries);
void attempts_table_wipe(struct attempts_table *table);

size_t attempts_table_size(const struct attempts_table *table);

/* The one at `index`; null if that place is free. */
struct attempts_entry *attempts_table_at(const struct attempts_table *table, size_t index);
size_t attempts_table_index(const struct attempts_table *table, const struct attempts_entry *entry);

/* Keys come from a keyed hash, so that nobody can choose the bucket. */
struct attempts_entry *attempts_table_find(const struct attempts_table *table,
					   const unsigned char key[ATTEMPTS_ENTRY_KEY_LEN]);

/* The one of this key, a new one if there is none: in a free place, or in that of one that is over,
 * or of the one without a lock whose window began first. Null if all eight are locked at `now`. */
struct attempts_entry *attempts_table_make(struct attempts_table *table,
					   const unsigned char key[ATTEMPTS_ENTRY_KEY_LEN],
					   int64_t now);

/* When there will be a place for a key that is not in the table: 0 if there is one. */
int64_t attempts_table_full(struct attempts_table *table,
			    const unsigned char key[ATTEMPTS_ENTRY_KEY_LEN], int64_t now);

#endif
