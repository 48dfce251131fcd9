/* SPDX-License-Identifier: MIT */
/* The counters one after the other, for whoever asks what is locked. */
#include "store/attempts_list.h"

#include "store/attempts_network.h"

static void show(enum attempts_kind kind, const struct attempts_entry *entry, int64_t now,
		 void (*each)(void *context, const struct attempts_row *row), void *context)
{
	char storage[ATTEMPTS_NETWORK_MAX];
	struct buf network = BUF_ON(storage);
	struct attempts_row row = {.kind = kind,
				   .name = span_of(entry->text),
				   .failures = entry->failures,
				   .since = entry->since};

	if (attempts_entry_locked(entry, now))
		row.until = entry->until;
	if (entry->networked) {
		attempts_network_put(&network, entry->network, entry->bits);
		row.network = buf_span(&network);
	}
	each(context, &row);
}

void attempts_list(const struct attempts_memory *memory, struct span name, int64_t now,
		   void (*each)(void *context, const struct attempts_row *row), void *context)
{
	for (unsigned kind = 0; kind < ATTEMPTS_KINDS; kind++)
		for (size_t i = 0; i < attempts_table_size(&memory->tables[kind]); i++) {
			const struct attempts_entry *entry =
			    attempts_table_at(&memory->tables[kind], i);

			if (!entry || attempts_entry_over(entry, now) ||
			    (name.at && (!entry->text || !span_equal(span_of(entry->text), name))))
				continue;
			show((enum attempts_kind)kind, entry, now, each, context);
		}
}
