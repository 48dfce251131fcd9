/* SPDX-License-Identifier: MIT */
/* A counter as a row of the table `attempts`, and what the two sides make of each other. */
#include "store/attempts_row.h"

#include <stdlib.h>
#include <string.h>

#include "base/netaddr.h"
#include "store/attempts_network.h"

enum column {
	KIND,
	KEY,
	NAME,
	NETWORK,
	FAILURES,
	SINCE,
	UNTIL,
	WINDOW,
	LOCK,
	NAME_SHARE,
	NAME_SINCE,
	ENTRY_SHARE,
	ENTRY_SINCE,
	ENTRY_KEY
};
_Static_assert(ENTRY_KEY + 1 == ATTEMPTS_ROW_COLUMNS, "all columns");

static uint32_t number(sqlite3_stmt *row, enum column column)
{
	int64_t value = sqlite3_column_int64(row, (int)column);

	return value < 0 ? 0 : value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static struct span text(sqlite3_stmt *row, enum column column)
{
	const char *at = (const char *)sqlite3_column_text(row, (int)column);

	return (struct span){at, (size_t)sqlite3_column_bytes(row, (int)column)};
}

static bool read_key(sqlite3_stmt *row, enum attempts_kind *kind,
		     unsigned char key[ATTEMPTS_ENTRY_KEY_LEN])
{
	uint32_t found = number(row, KIND);

	if (found >= ATTEMPTS_KINDS || sqlite3_column_bytes(row, KEY) != ATTEMPTS_ENTRY_KEY_LEN)
		return false;
	*kind = (enum attempts_kind)found;
	memcpy(key, sqlite3_column_blob(row, KEY), ATTEMPTS_ENTRY_KEY_LEN);
	return true;
}

/* Columns to a counter that is only for comparison: its text is that of the row. */
static void read_entry(sqlite3_stmt *row, struct attempts_entry *entry)
{
	struct span network = text(row, NETWORK);

	entry->failures = number(row, FAILURES);
	entry->since = sqlite3_column_int64(row, SINCE);
	entry->until = sqlite3_column_int64(row, UNTIL);
	entry->window = number(row, WINDOW);
	entry->lock = number(row, LOCK);
	entry->of_name.failures = number(row, NAME_SHARE);
	entry->of_name.since = sqlite3_column_int64(row, NAME_SINCE);
	entry->of_entry.failures = number(row, ENTRY_SHARE);
	entry->of_entry.since = sqlite3_column_int64(row, ENTRY_SINCE);
	if (sqlite3_column_bytes(row, ENTRY_KEY) == (int)sizeof(entry->entry_hash))
		memcpy(&entry->entry_hash, sqlite3_column_blob(row, ENTRY_KEY),
		       sizeof(entry->entry_hash));
	entry->networked = network.at && netaddr_take(network, entry->network, &entry->bits);
}

static uint32_t longer(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* `ours` becomes what the row says; its failures that the row cannot know of come on top if they
 * are of the same window. One that was emptied here since the row was written stays empty. */
static void meet(struct attempts_entry *ours, const struct attempts_entry *row)
{
	uint32_t more = ours->dirty ? ours->unsaved : 0;
	uint32_t at_least = ours->dirty ? ours->failures : 0;
	int64_t dirty_lock = ours->dirty ? ours->until : 0;
	bool same = ours->failures > 0 && row->failures > 0 &&
		    ours->since < row->since + (int64_t)row->window &&
		    row->since < ours->since + (int64_t)ours->window;

	if (ours->dirty && !same && ours->since >= row->since)
		return;
	ours->failures = row->failures;
	ours->since = row->since;
	ours->until = row->until;
	ours->window = same ? longer(ours->window, row->window) : row->window;
	ours->lock = same || dirty_lock > row->until ? longer(ours->lock, row->lock) : row->lock;
	ours->of_name = row->of_name;
	ours->of_entry = row->of_entry;
	ours->entry_hash = row->entry_hash;
	if (same)
		ours->failures += more;
	if (same && at_least > ours->failures)
		ours->failures = at_least;
	if (dirty_lock > ours->until)
		ours->until = dirty_lock;
}

void attempts_row_take(struct attempts_memory *memory, sqlite3_stmt *row)
{
	struct attempts_entry theirs = {0}, *ours;
	unsigned char key[ATTEMPTS_ENTRY_KEY_LEN];
	struct span name = text(row, NAME);
	struct attempts_keys keys;
	enum attempts_kind kind;
	int64_t now;

	if (!read_key(row, &kind, key))
		return;
	read_entry(row, &theirs);
	now = attempts_entry_time(&theirs);
	ours =
	    attempts_table_make(&memory->tables[kind], key, now > memory->now ? now : memory->now);
	if (!ours)
		return;
	if (!ours->text && name.at) {
		struct attempts_who who = {.name = name};

		attempts_key_of(memory->secret, &who, &keys);
		ours->text = strndup(name.at, name.len);
		ours->name_hash = keys.name_hash;
	}
	ours->networked = theirs.networked;
	ours->bits = theirs.bits;
	memcpy(ours->network, theirs.network, sizeof(ours->network));
	meet(ours, &theirs);
}

static void bind_network(sqlite3_stmt *row, const struct attempts_entry *entry)
{
	char storage[ATTEMPTS_NETWORK_MAX];
	struct buf out = BUF_ON(storage);

	if (!entry->networked) {
		sqlite3_bind_null(row, NETWORK + 1);
		return;
	}
	attempts_network_put(&out, entry->network, entry->bits);
	sqlite3_bind_text(row, NETWORK + 1, out.at, (int)out.len, SQLITE_TRANSIENT);
}

void attempts_row_bind(sqlite3_stmt *row, enum attempts_kind kind,
		       const struct attempts_entry *entry)
{
	sqlite3_bind_int(row, KIND + 1, (int)kind);
	sqlite3_bind_blob(row, KEY + 1, entry->key, sizeof(entry->key), SQLITE_STATIC);
	sqlite3_bind_text(row, NAME + 1, entry->text, -1, SQLITE_STATIC);
	bind_network(row, entry);
	sqlite3_bind_int64(row, FAILURES + 1, entry->failures);
	sqlite3_bind_int64(row, SINCE + 1, entry->since);
	sqlite3_bind_int64(row, UNTIL + 1, entry->until);
	sqlite3_bind_int64(row, WINDOW + 1, entry->window);
	sqlite3_bind_int64(row, LOCK + 1, entry->lock);
	sqlite3_bind_int64(row, NAME_SHARE + 1, entry->of_name.failures);
	sqlite3_bind_int64(row, NAME_SINCE + 1, entry->of_name.since);
	sqlite3_bind_int64(row, ENTRY_SHARE + 1, entry->of_entry.failures);
	sqlite3_bind_int64(row, ENTRY_SINCE + 1, entry->of_entry.since);
	sqlite3_bind_blob(row, ENTRY_KEY + 1, &entry->entry_hash, sizeof(entry->entry_hash),
			  SQLITE_STATIC);
}

/* Still of use to a login, though the counter that holds it may be over. */
static bool share_lives(const struct attempts_entry *entry, const struct attempts_share *share,
			int64_t now)
{
	return share->failures > 0 && now < share->since + (int64_t)entry->window;
}

bool attempts_row_useless(const struct attempts_memory *memory, sqlite3_stmt *row)
{
	unsigned char key[ATTEMPTS_ENTRY_KEY_LEN];
	struct attempts_entry entry = {0};
	enum attempts_kind kind;

	if (!read_key(row, &kind, key))
		return true;
	read_entry(row, &entry);
	if (attempts_entry_locked(&entry, memory->now))
		return false;
	if (!attempts_table_find(&memory->tables[kind], key))
		return true;
	if (entry.failures == 0)
		return memory->now >= entry.since + (int64_t)entry.window;
	return attempts_entry_over(&entry, memory->now) &&
	       !share_lives(&entry, &entry.of_name, memory->now) &&
	       !share_lives(&entry, &entry.of_entry, memory->now);
}
