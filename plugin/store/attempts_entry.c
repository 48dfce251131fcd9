/* SPDX-License-Identifier: MIT */
/* One counter of failed attempts: its window, its lock, what others contributed to it. Pure. */
#include "store/attempts_entry.h"

#include <string.h>

/* Seconds by which the clocks of a fleet's hosts may differ, and an attempt may end after it began.
 */
#define CLOCKS_APART 30

bool attempts_entry_bound(struct attempts_entry *entry, int64_t now)
{
	bool changed = false;

	if (entry->since > now) {
		entry->since = now;
		changed = true;
	}
	if (entry->until > now + (int64_t)entry->lock) {
		entry->until = now + (int64_t)entry->lock;
		changed = true;
	}
	return changed;
}

bool attempts_entry_locked(const struct attempts_entry *entry, int64_t now)
{
	return entry->until > now;
}

bool attempts_entry_over(const struct attempts_entry *entry, int64_t now)
{
	if (attempts_entry_locked(entry, now))
		return false;
	return entry->failures == 0 || entry->until != 0 ||
	       now >= entry->since + (int64_t)entry->window;
}

int64_t attempts_entry_time(const struct attempts_entry *entry)
{
	int64_t locked = entry->until - (int64_t)entry->lock;

	return entry->until != 0 && locked > entry->since ? locked : entry->since;
}

uint32_t attempts_entry_failures(const struct attempts_entry *entry, int64_t now)
{
	return attempts_entry_over(entry, now) ? 0 : entry->failures;
}

bool attempts_entry_count(struct attempts_entry *entry, uint32_t threshold, uint32_t window,
			  uint32_t lock, int64_t now)
{
	if (attempts_entry_locked(entry, now))
		return false;
	if (attempts_entry_over(entry, now)) {
		entry->failures = 0;
		entry->unsaved = 0;
		entry->since = now;
		entry->until = 0;
		entry->window = entry->lock = 0;
	}
	if (entry->window < window)
		entry->window = window;
	if (entry->lock < lock)
		entry->lock = lock;
	if (entry->failures < UINT32_MAX) {
		entry->failures++;
		entry->unsaved++;
	}
	if (threshold > 0 && entry->failures >= threshold)
		entry->until = now + (int64_t)entry->lock;
	return true;
}

void attempts_entry_contribute(const struct attempts_entry *entry, struct attempts_share *share)
{
	if (share->since != entry->since)
		share->failures = 0;
	share->since = entry->since;
	share->failures++;
}

bool attempts_entry_take_off(struct attempts_entry *entry, struct attempts_share *share,
			     int64_t now)
{
	uint32_t part = share->since == entry->since ? share->failures : 0;

	share->failures = 0;
	if (part == 0 || attempts_entry_locked(entry, now) || attempts_entry_over(entry, now))
		return false;
	if (part > entry->failures)
		part = entry->failures;
	entry->failures -= part;
	if (entry->unsaved > entry->failures)
		entry->unsaved = entry->failures;
	return true;
}

void attempts_entry_reset(struct attempts_entry *entry, int64_t now)
{
	entry->failures = 0;
	entry->unsaved = 0;
	entry->since = now;
	entry->until = 0;
	entry->of_name.failures = 0;
	entry->of_entry.failures = 0;
	memset(entry->recent, 0, sizeof(entry->recent));
	entry->recent_next = 0;
}

bool attempts_entry_seen(struct attempts_entry *entry, uint32_t hash)
{
	if (hash == 0)
		hash = 1;
	for (unsigned i = 0; i < ATTEMPTS_ENTRY_RECENT; i++)
		if (entry->recent[i] == hash)
			return true;
	entry->recent[entry->recent_next] = hash;
	entry->recent_next = (unsigned char)((entry->recent_next + 1u) % ATTEMPTS_ENTRY_RECENT);
	return false;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void adopt(struct attempts_entry *entry, const struct attempts_counter *counter)
{
	entry->failures = counter->failures;
	entry->since = counter->since;
	entry->until = counter->until;
	entry->window = counter->window;
	entry->lock = counter->lock;
	if (entry->unsaved > entry->failures)
		entry->unsaved = entry->failures;
}

/* Within one window ours keeps its beginning, by which shares know it. */
static bool go_further(struct attempts_entry *entry, const struct attempts_counter *counter)
{
	bool changed = false;

	if (counter->failures > entry->failures) {
		entry->failures = counter->failures;
		changed = true;
	}
	if (counter->until > entry->until) {
		entry->until = counter->until;
		entry->lock = counter->lock;
		changed = true;
	}
	return changed;
}

bool attempts_entry_merge(struct attempts_entry *entry, const struct attempts_counter *counter,
			  int64_t now)
{
	int64_t begun = attempts_entry_time(entry) - CLOCKS_APART;
	bool forgotten = counter->forgotten > entry->forgotten && counter->forgotten >= begun;
	bool cleared = counter->cleared > entry->cleared && counter->cleared >= begun;
	bool mute = counter->failures == 0 ||
		    (counter->until <= now &&
		     (counter->until != 0 || now >= counter->since + (int64_t)counter->window));

	entry->forgotten = later(entry->forgotten, counter->forgotten);
	entry->cleared = later(entry->cleared, counter->cleared);
	if (forgotten || (cleared && !attempts_entry_locked(entry, now))) {
		bool changed = entry->failures > 0 || !mute;

		adopt(entry, counter);
		return changed;
	}
	if (mute)
		return false;
	if (!attempts_entry_over(entry, now))
		return go_further(entry, counter);
	adopt(entry, counter);
	return true;
}
