/* SPDX-License-Identifier: MIT */
/* Failed attempts counted by name and network, and the locks that follow; alike for every name. */
#include "store/attempts.h"

#include <stdlib.h>
#include <string.h>

#include "store/attempts_file.h"
#include "store/attempts_list.h"
#include "store/attempts_memory.h"

/* The first delay; each failure doubles it. */
#define DELAY_FIRST_MS	100u
#define DELAY_DOUBLINGS 16
/* Seconds between the beginning of an attempt and its end, and some. */
#define LATE_MAX 30

struct attempts {
	struct attempts_memory memory;
	struct attempts_file *file; /* null: nothing outlives the process */
};

struct attempts *attempts_open(struct database *database, size_t entries)
{
	struct attempts *attempts = calloc(1, sizeof(*attempts));

	if (!attempts)
		return NULL;
	if (!attempts_memory_init(&attempts->memory, entries)) {
		free(attempts);
		return NULL;
	}
	if (database)
		attempts_attach(attempts, database);
	return attempts;
}

void attempts_close(struct attempts **attempts)
{
	if (!*attempts)
		return;
	attempts_file_close(&(*attempts)->file);
	attempts_memory_wipe(&(*attempts)->memory);
	free(*attempts);
	*attempts = NULL;
}

bool attempts_attach(struct attempts *attempts, struct database *database)
{
	attempts_file_close(&attempts->file);
	if (database)
		attempts->file = attempts_file_open(database, &attempts->memory);
	return !database || attempts->file;
}

/* ---- what the rules make of a kind ---- */

static bool wanted(const struct attempts_rules *rules, enum attempts_kind kind)
{
	if (kind == ATTEMPTS_NETWORK)
		return rules->network_threshold > 0;
	return rules->threshold > 0 || rules->delay_ms > 0;
}

static uint32_t threshold_of(const struct attempts_rules *rules, enum attempts_kind kind)
{
	switch (kind) {
	case ATTEMPTS_NAME_NETWORK:
		return rules->threshold;
	case ATTEMPTS_NETWORK:
		return rules->network_threshold;
	case ATTEMPTS_NAME:
	case ATTEMPTS_ENTRY:
		break;
	}
	return rules->threshold <= UINT32_MAX / ATTEMPTS_NAME_FACTOR
		   ? rules->threshold * ATTEMPTS_NAME_FACTOR
		   : UINT32_MAX;
}

/* What knows wrong passwords: (name, network), or the name where there is no network, or the entry
 * where that alone is counted. */
static enum attempts_kind home_of(const struct attempts_keys *keys)
{
	if (keys->has[ATTEMPTS_NAME_NETWORK])
		return ATTEMPTS_NAME_NETWORK;
	return keys->has[ATTEMPTS_NAME] ? ATTEMPTS_NAME : ATTEMPTS_ENTRY;
}

/* Attempts that began earlier may end later: for them it is as late as it has been for others. Only
 * a clock that goes further back was set. */
static int64_t note_time(struct attempts *attempts, int64_t now)
{
	int64_t latest = attempts->memory.now;

	attempts->memory.now = now < latest && latest - now < LATE_MAX ? latest : now;
	return attempts->memory.now;
}

/* ---- looking ---- */

/* Until when the counter is locked, or (then `full`) until there is room for it; 0: neither. */
static int64_t look_at(struct attempts_memory *memory, const struct attempts_keys *keys,
		       enum attempts_kind kind, int64_t now, struct attempts_entry **entry,
		       bool *full)
{
	*entry = attempts_memory_find(memory, keys, kind);
	*full = false;
	if (*entry) {
		if (attempts_entry_bound(*entry, now))
			attempts_memory_touch(memory, kind, *entry);
		return attempts_entry_locked(*entry, now) ? (*entry)->until : 0;
	}
	*full = true;
	return attempts_table_full(&memory->tables[kind], keys->key[kind], now);
}

/* An entry's lock without room is silent as its own would be: names without an entry have none. */
static enum lock_scope scope_of(enum attempts_kind kind, bool full)
{
	switch (kind) {
	case ATTEMPTS_NAME_NETWORK:
		return full ? LOCK_NETWORK : LOCK_NAME_NETWORK;
	case ATTEMPTS_NAME:
		return full ? LOCK_NETWORK : LOCK_NAME;
	case ATTEMPTS_NETWORK:
		return LOCK_NETWORK;
	case ATTEMPTS_ENTRY:
		break;
	}
	return LOCK_SILENT;
}

/* The network's lock comes before all others, then they stand as enum lock_scope has them. */
static bool outranks(enum lock_scope scope, int64_t until, const struct attempts_state *state)
{
	static const unsigned char rank[] = {[LOCK_NONE] = 0,
					     [LOCK_SILENT] = 1,
					     [LOCK_NAME] = 2,
					     [LOCK_NAME_NETWORK] = 3,
					     [LOCK_NETWORK] = 4};

	if (scope == state->lock)
		return until > state->until;
	return rank[scope] > rank[state->lock];
}

static unsigned delay_of(const struct attempts_entry *entry, const struct attempts_rules *rules,
			 int64_t now)
{
	uint32_t failures = entry ? attempts_entry_failures(entry, now) : 0;
	unsigned doublings = failures < DELAY_DOUBLINGS ? failures : DELAY_DOUBLINGS;
	unsigned delay = failures > 0 ? DELAY_FIRST_MS << (doublings - 1) : 0;

	return delay < rules->delay_ms ? delay : rules->delay_ms;
}

void attempts_look(struct attempts *attempts, const struct attempts_who *who,
		   const struct attempts_rules *rules, int64_t now, struct attempts_state *state)
{
	struct attempts_memory *memory = &attempts->memory;
	struct attempts_entry *entry;
	struct attempts_keys keys;
	bool full;

	*state = (struct attempts_state){LOCK_NONE, 0, 0};
	now = note_time(attempts, now);
	attempts_key_of(memory->secret, who, &keys);
	for (unsigned i = 0; i < ATTEMPTS_KINDS; i++) {
		enum attempts_kind kind = (enum attempts_kind)i;
		enum lock_scope scope;
		int64_t until;

		if (!keys.has[kind] || !wanted(rules, kind))
			continue;
		until = look_at(memory, &keys, kind, now, &entry, &full);
		if (kind == home_of(&keys))
			state->delay_ms = delay_of(entry, rules, now);
		if (until == 0 || (kind != ATTEMPTS_NETWORK && rules->threshold == 0))
			continue;
		scope = scope_of(kind, full);
		if (outranks(scope, until, state)) {
			state->lock = scope;
			state->until = until;
		}
	}
}

/* ---- counting ---- */

/* Notes in a (name, network) that it has had its part in a counter. */
static void contribute(struct attempts_entry *sharer, enum attempts_kind kind,
		       const struct attempts_entry *entry)
{
	uint64_t hash = attempts_key_short(entry->key);

	if (kind == ATTEMPTS_NAME) {
		attempts_entry_contribute(entry, &sharer->of_name);
	} else if (kind == ATTEMPTS_ENTRY) {
		if (sharer->entry_hash != hash)
			sharer->of_entry = (struct attempts_share){0, 0};
		sharer->entry_hash = hash;
		attempts_entry_contribute(entry, &sharer->of_entry);
	}
}

static bool count_one(struct attempts *attempts, const struct attempts_who *who,
		      const struct attempts_rules *rules, const struct attempts_keys *keys,
		      enum attempts_kind kind, struct attempts_entry *sharer, int64_t now)
{
	struct attempts_memory *memory = &attempts->memory;
	struct attempts_entry *entry;

	if (!wanted(rules, kind))
		return false;
	entry = attempts_memory_make(memory, who, keys, kind, now);
	if (!entry)
		return false;
	attempts_entry_bound(entry, now);
	if (!attempts_entry_count(entry, threshold_of(rules, kind), rules->window, rules->lock,
				  now))
		return false;
	if (sharer)
		contribute(sharer, kind, entry);
	attempts_memory_touch(memory, kind, entry);
	return true;
}

bool attempts_count(struct attempts *attempts, const struct attempts_who *who,
		    const struct attempts_rules *rules, struct span secret, int64_t now)
{
	struct attempts_memory *memory = &attempts->memory;
	struct attempts_entry *home = NULL, *sharer;
	struct attempts_keys keys;
	bool counted = false;

	now = note_time(attempts, now);
	attempts_key_of(memory->secret, who, &keys);
	if (wanted(rules, home_of(&keys)))
		home = attempts_memory_make(memory, who, &keys, home_of(&keys), now);
	if (home && secret.at &&
	    attempts_entry_seen(home, attempts_key_password(memory->pepper, home->key, secret)))
		return false;
	sharer = keys.has[ATTEMPTS_NAME_NETWORK] ? home : NULL;
	for (unsigned kind = 0; kind < ATTEMPTS_KINDS; kind++)
		if (count_one(attempts, who, rules, &keys, (enum attempts_kind)kind, sharer, now))
			counted = true;
	if (home && counted)
		attempts_memory_touch(memory, home_of(&keys), home);
	return counted;
}

/* ---- clearing ---- */

static bool take_off(struct attempts_memory *memory, const struct attempts_keys *keys,
		     enum attempts_kind kind, struct attempts_share *share, int64_t now)
{
	struct attempts_entry *entry = attempts_memory_find(memory, keys, kind);

	if (!entry || share->failures == 0 || !attempts_entry_take_off(entry, share, now))
		return false;
	attempts_memory_touch(memory, kind, entry);
	return true;
}

bool attempts_clear(struct attempts *attempts, const struct attempts_who *who, int64_t now)
{
	struct attempts_memory *memory = &attempts->memory;
	struct attempts_entry *home;
	struct attempts_keys keys;
	bool taken;

	now = note_time(attempts, now);
	attempts_key_of(memory->secret, who, &keys);
	/* Without a network there is none, and no share. */
	home = attempts_memory_find(memory, &keys, ATTEMPTS_NAME_NETWORK);
	if (!home)
		return false;
	taken = take_off(memory, &keys, ATTEMPTS_NAME, &home->of_name, now);
	if (keys.has[ATTEMPTS_ENTRY] &&
	    home->entry_hash == attempts_key_short(keys.key[ATTEMPTS_ENTRY]))
		taken = take_off(memory, &keys, ATTEMPTS_ENTRY, &home->of_entry, now) || taken;
	memset(home->recent, 0, sizeof(home->recent));
	if (!taken && home->failures == 0)
		return false;
	attempts_entry_reset(home, now);
	attempts_memory_touch(memory, ATTEMPTS_NAME_NETWORK, home);
	return true;
}

/* True if it had counted something. */
static bool forget(struct attempts_memory *memory, enum attempts_kind kind,
		   struct attempts_entry *entry)
{
	bool there = entry && entry->failures > 0;
	int64_t begun;

	if (!entry)
		return false;
	/* Before the first attempt there is no time yet. */
	begun = attempts_entry_time(entry);
	attempts_entry_reset(entry, memory->now > begun ? memory->now : begun);
	attempts_memory_touch(memory, kind, entry);
	return there;
}

size_t attempts_forget_name(struct attempts *attempts, struct span name, struct span entry)
{
	struct attempts_memory *memory = &attempts->memory;
	const struct attempts_table *table = &memory->tables[ATTEMPTS_NAME_NETWORK];
	struct attempts_who who = {.name = name, .entry = entry};
	struct attempts_keys keys;
	size_t count = 0;

	attempts_key_of(memory->secret, &who, &keys);
	for (size_t i = 0; i < attempts_table_size(table); i++) {
		struct attempts_entry *one = attempts_table_at(table, i);

		if (one && one->name_hash == keys.name_hash)
			count += forget(memory, ATTEMPTS_NAME_NETWORK, one);
	}
	count += forget(memory, ATTEMPTS_NAME, attempts_memory_find(memory, &keys, ATTEMPTS_NAME));
	count +=
	    forget(memory, ATTEMPTS_ENTRY, attempts_memory_find(memory, &keys, ATTEMPTS_ENTRY));
	return count;
}

size_t attempts_forget_network(struct attempts *attempts, const unsigned char network[16],
			       unsigned char bits)
{
	struct attempts_memory *memory = &attempts->memory;
	struct attempts_who who = {.by_network = true, .bits = bits};
	struct attempts_keys keys;

	memcpy(who.network, network, sizeof(who.network));
	attempts_key_of(memory->secret, &who, &keys);
	return forget(memory, ATTEMPTS_NETWORK,
		      attempts_memory_find(memory, &keys, ATTEMPTS_NETWORK));
}

/* ---- the list, the database, the fleet ---- */

void attempts_each(struct attempts *attempts, struct span name, int64_t now,
		   void (*each)(void *context, const struct attempts_row *row), void *context)
{
	attempts_list(&attempts->memory, name, now, each, context);
}

bool attempts_save(struct attempts *attempts)
{
	return !attempts->file || attempts_file_save(attempts->file);
}

bool attempts_dirty(const struct attempts *attempts)
{
	return attempts->file && attempts_file_dirty(attempts->file);
}

void attempts_merge(struct attempts *attempts, const struct attempts_who *who,
		    enum attempts_kind kind, const struct attempts_counter *counter, int64_t now)
{
	struct attempts_memory *memory = &attempts->memory;
	struct attempts_entry *entry;
	struct attempts_keys keys;

	attempts_key_of(memory->secret, who, &keys);
	entry = attempts_memory_find(memory, &keys, kind);
	if (!entry && counter->failures == 0)
		return;
	entry = attempts_memory_make(memory, who, &keys, kind, now);
	if (entry && attempts_entry_merge(entry, counter, now))
		attempts_memory_touch(memory, kind, entry);
}
