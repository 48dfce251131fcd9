/* SPDX-License-Identifier: MIT */
/* The four tables of counters, the secret of their keys, and which of them are to be written. */
#ifndef STORE_ATTEMPTS_MEMORY_H
#define STORE_ATTEMPTS_MEMORY_H

#include "store/attempts_key.h"
#include "store/attempts_table.h"

struct attempts_memory {
	struct attempts_table tables[ATTEMPTS_KINDS];
	size_t entries;				       /* as asked for */
	unsigned char secret[ATTEMPTS_KEY_SECRET_LEN]; /* of the keys; the database has it too */
	unsigned char pepper[ATTEMPTS_KEY_SECRET_LEN]; /* of wrong passwords: nobody has it */
	int64_t now;				       /* the latest time heard of */
	uint32_t *dirty; /* places that are to be written, each once; memory as it is used */
	size_t dirty_count;
};

/* With a secret of its own. False without memory. */
bool attempts_memory_init(struct attempts_memory *memory, size_t entries);
void attempts_memory_wipe(struct attempts_memory *memory);

/* Takes another secret: every counter finds its new place. False (and nothing changed) without
 * memory. */
bool attempts_memory_rekey(struct attempts_memory *memory,
			   const unsigned char secret[ATTEMPTS_KEY_SECRET_LEN]);

/* The counter of `kind`; null if there is none. */
struct attempts_entry *attempts_memory_find(const struct attempts_memory *memory,
					    const struct attempts_keys *keys,
					    enum attempts_kind kind);

/* The same, made if need be; null if there is no room (attempts_table_make), or no memory for its
 * text. */
struct attempts_entry *attempts_memory_make(struct attempts_memory *memory,
					    const struct attempts_who *who,
					    const struct attempts_keys *keys,
					    enum attempts_kind kind, int64_t now);

/* Puts it into the list of what is to be written. */
void attempts_memory_touch(struct attempts_memory *memory, enum attempts_kind kind,
			   struct attempts_entry *entry);

/* What stands at a place of that list; null if it is free by now. */
struct attempts_entry *attempts_memory_place(const struct attempts_memory *memory, uint32_t place,
					     enum attempts_kind *kind);

#endif
