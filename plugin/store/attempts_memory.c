/* SPDX-License-Identifier: MIT */
/* The four tables of counters, the secret of their keys, and which of them are to be written. */
#include "store/attempts_memory.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* Two bits of a place say the table. */
#define KIND_SHIFT 30

static bool init_tables(struct attempts_table tables[ATTEMPTS_KINDS], size_t entries)
{
	bool fine = true;

	for (unsigned kind = 0; kind < ATTEMPTS_KINDS; kind++)
		fine = attempts_table_init(&tables[kind], entries) && fine;
	return fine;
}

static void wipe_tables(struct attempts_table tables[ATTEMPTS_KINDS])
{
	for (unsigned kind = 0; kind < ATTEMPTS_KINDS; kind++)
		attempts_table_wipe(&tables[kind]);
}

bool attempts_memory_init(struct attempts_memory *memory, size_t entries)
{
	memset(memory, 0, sizeof(*memory));
	memory->entries =
	    entries < (size_t)1 << (KIND_SHIFT - 1) ? entries : (size_t)1 << (KIND_SHIFT - 1);
	randombytes_buf(memory->secret, sizeof(memory->secret));
	randombytes_buf(memory->pepper, sizeof(memory->pepper));
	if (init_tables(memory->tables, memory->entries))
		memory->dirty = calloc(attempts_table_size(&memory->tables[0]) * ATTEMPTS_KINDS,
				       sizeof(*memory->dirty));
	if (memory->dirty)
		return true;
	attempts_memory_wipe(memory);
	return false;
}

void attempts_memory_wipe(struct attempts_memory *memory)
{
	wipe_tables(memory->tables);
	free(memory->dirty);
	sodium_memzero(memory, sizeof(*memory));
}

static struct attempts_who who_of(enum attempts_kind kind, const struct attempts_entry *entry)
{
	struct attempts_who who = {.by_network = entry->networked, .bits = entry->bits};

	memcpy(who.network, entry->network, sizeof(who.network));
	if (kind == ATTEMPTS_ENTRY)
		who.entry = span_of(entry->text);
	else
		who.name = span_of(entry->text);
	return who;
}

/* Moves one to its place under the new secret; where all are locked it is lost. */
static void move_entry(struct attempts_memory *to, enum attempts_kind kind,
		       struct attempts_entry *entry)
{
	struct attempts_who who = who_of(kind, entry);
	struct attempts_entry *place;
	struct attempts_keys keys;

	attempts_key_of(to->secret, &who, &keys);
	place = attempts_table_make(&to->tables[kind], keys.key[kind], to->now);
	if (!place)
		return;
	memcpy(entry->key, keys.key[kind], sizeof(entry->key));
	entry->name_hash = keys.name_hash;
	entry->dirty = place->dirty;
	*place = *entry;
	entry->text = NULL;
	/* Shares of entries are lost: only their hash was kept. */
	place->of_entry.failures = 0;
	place->unsaved = place->failures;
	attempts_memory_touch(to, kind, place);
}

bool attempts_memory_rekey(struct attempts_memory *memory,
			   const unsigned char secret[ATTEMPTS_KEY_SECRET_LEN])
{
	struct attempts_memory to = *memory;

	memset(to.tables, 0, sizeof(to.tables));
	if (!init_tables(to.tables, to.entries)) {
		wipe_tables(to.tables);
		return false;
	}
	memcpy(to.secret, secret, sizeof(to.secret));
	to.dirty_count = 0;
	for (unsigned kind = 0; kind < ATTEMPTS_KINDS; kind++)
		for (size_t i = 0; i < attempts_table_size(&memory->tables[kind]); i++) {
			struct attempts_entry *entry = attempts_table_at(&memory->tables[kind], i);

			if (entry)
				move_entry(&to, (enum attempts_kind)kind, entry);
		}
	wipe_tables(memory->tables);
	*memory = to;
	return true;
}

struct attempts_entry *attempts_memory_find(const struct attempts_memory *memory,
					    const struct attempts_keys *keys,
					    enum attempts_kind kind)
{
	return keys->has[kind] ? attempts_table_find(&memory->tables[kind], keys->key[kind]) : NULL;
}

/* A new one's text and network, as the list and the database show them. */
static bool describe(struct attempts_entry *entry, const struct attempts_who *who,
		     const struct attempts_keys *keys, enum attempts_kind kind)
{
	struct span text = kind == ATTEMPTS_ENTRY ? who->entry : who->name;

	entry->networked = kind == ATTEMPTS_NAME_NETWORK || kind == ATTEMPTS_NETWORK;
	if (entry->networked) {
		memcpy(entry->network, who->network, sizeof(entry->network));
		entry->bits = who->bits;
	}
	if (kind == ATTEMPTS_NAME_NETWORK || kind == ATTEMPTS_NAME)
		entry->name_hash = keys->name_hash;
	if (kind != ATTEMPTS_NETWORK)
		entry->text = strndup(text.at, text.len);
	return kind == ATTEMPTS_NETWORK || entry->text;
}

struct attempts_entry *attempts_memory_make(struct attempts_memory *memory,
					    const struct attempts_who *who,
					    const struct attempts_keys *keys,
					    enum attempts_kind kind, int64_t now)
{
	struct attempts_entry *entry;

	if (!keys->has[kind])
		return NULL;
	entry = attempts_table_make(&memory->tables[kind], keys->key[kind], now);
	if (!entry || entry->text || (kind == ATTEMPTS_NETWORK && entry->networked))
		return entry;
	return describe(entry, who, keys, kind) ? entry : NULL;
}

void attempts_memory_touch(struct attempts_memory *memory, enum attempts_kind kind,
			   struct attempts_entry *entry)
{
	size_t place = attempts_table_index(&memory->tables[kind], entry);

	if (entry->dirty)
		return;
	entry->dirty = true;
	memory->dirty[memory->dirty_count++] = (uint32_t)kind << KIND_SHIFT | (uint32_t)place;
}

struct attempts_entry *attempts_memory_place(const struct attempts_memory *memory, uint32_t place,
					     enum attempts_kind *kind)
{
	*kind = (enum attempts_kind)(place >> KIND_SHIFT);
	return attempts_table_at(&memory->tables[*kind], place & ((1u << KIND_SHIFT) - 1));
}
