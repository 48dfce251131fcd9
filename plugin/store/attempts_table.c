/* SPDX-License-Identifier: MIT */
/* A bounded table of counters: buckets of eight, found by a keyed hash; a lock is never replaced.
 */
#include "store/attempts_table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Zeroed memory that is resident where it was written to only: not in huge pages. */
static void *map(size_t octets)
{
	void *at = mmap(NULL, octets, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		return NULL;
	madvise(at, octets, MADV_NOHUGEPAGE);
	return at;
}

static void unmap(void *at, size_t octets)
{
	if (at)
		munmap(at, octets);
}

bool attempts_table_init(struct attempts_table *table, size_t entries)
{
	size_t buckets = 1;

	while (buckets * ATTEMPTS_TABLE_WAYS < entries)
		buckets *= 2;
	table->buckets = buckets;
	table->tags = map(attempts_table_size(table) * sizeof(*table->tags));
	table->entries = map(attempts_table_size(table) * sizeof(*table->entries));
	if (table->tags && table->entries)
		return true;
	attempts_table_wipe(table);
	return false;
}

void attempts_table_wipe(struct attempts_table *table)
{
	for (size_t i = 0; table->tags && table->entries && i < attempts_table_size(table); i++)
		if (table->tags[i] != 0)
			free(table->entries[i].text);
	unmap(table->tags, attempts_table_size(table) * sizeof(*table->tags));
	unmap(table->entries, attempts_table_size(table) * sizeof(*table->entries));
	*table = (struct attempts_table){0};
}

size_t attempts_table_size(const struct attempts_table *table)
{
	return table->buckets * ATTEMPTS_TABLE_WAYS;
}

struct attempts_entry *attempts_table_at(const struct attempts_table *table, size_t index)
{
	return table->tags[index] != 0 ? &table->entries[index] : NULL;
}

size_t attempts_table_index(const struct attempts_table *table, const struct attempts_entry *entry)
{
	return (size_t)(entry - table->entries);
}

static uint64_t tag_of(const unsigned char *key)
{
	uint64_t tag;

	memcpy(&tag, key, sizeof(tag));
	return tag != 0 ? tag : 1;
}

/* The first place of its bucket. */
static size_t place_of(const struct attempts_table *table, const unsigned char *key)
{
	uint64_t hash;

	memcpy(&hash, key + sizeof(hash), sizeof(hash));
	return (size_t)(hash & (table->buckets - 1)) * ATTEMPTS_TABLE_WAYS;
}

struct attempts_entry *attempts_table_find(const struct attempts_table *table,
					   const unsigned char key[ATTEMPTS_ENTRY_KEY_LEN])
{
	size_t first = place_of(table, key);
	uint64_t tag = tag_of(key);

	for (size_t i = first; i < first + ATTEMPTS_TABLE_WAYS; i++)
		if (table->tags[i] == tag &&
		    memcmp(table->entries[i].key, key, ATTEMPTS_ENTRY_KEY_LEN) == 0)
			return &table->entries[i];
	return NULL;
}

/* True if `entry` may go sooner than `best` (null: none yet). */
static bool sooner(const struct attempts_entry *entry, const struct attempts_entry *best,
		   int64_t now)
{
	bool over = attempts_entry_over(entry, now);

	if (attempts_entry_locked(entry, now))
		return false;
	if (!best || over != attempts_entry_over(best, now))
		return !best || over;
	return entry->since < best->since;
}

/* The size of the table where there is no place. */
static size_t choose_place(const struct attempts_table *table, size_t first, int64_t now)
{
	const struct attempts_entry *best = NULL;

	for (size_t i = first; i < first + ATTEMPTS_TABLE_WAYS; i++) {
		if (table->tags[i] == 0)
			return i;
		if (sooner(&table->entries[i], best, now))
			best = &table->entries[i];
	}
	return best ? attempts_table_index(table, best) : attempts_table_size(table);
}

struct attempts_entry *attempts_table_make(struct attempts_table *table,
					   const unsigned char key[ATTEMPTS_ENTRY_KEY_LEN],
					   int64_t now)
{
	struct attempts_entry *entry = attempts_table_find(table, key);
	size_t place;
	bool dirty;

	if (entry)
		return entry;
	place = choose_place(table, place_of(table, key), now);
	if (place == attempts_table_size(table))
		return NULL;
	entry = &table->entries[place];
	free(entry->text);
	/* The place stays in the list of what is to be written. */
	dirty = entry->dirty;
	*entry = (struct attempts_entry){.dirty = dirty};
	memcpy(entry->key, key, ATTEMPTS_ENTRY_KEY_LEN);
	table->tags[place] = tag_of(key);
	return entry;
}

int64_t attempts_table_full(struct attempts_table *table,
			    const unsigned char key[ATTEMPTS_ENTRY_KEY_LEN], int64_t now)
{
	size_t first = place_of(table, key);
	int64_t until = INT64_MAX;

	for (size_t i = first; i < first + ATTEMPTS_TABLE_WAYS; i++) {
		if (table->tags[i] == 0 || !attempts_entry_locked(&table->entries[i], now))
			return 0;
		attempts_entry_bound(&table->entries[i], now);
		if (table->entries[i].until < until)
			until = table->entries[i].until;
	}
	return until;
}
