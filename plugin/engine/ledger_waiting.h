/* SPDX-License-Identifier: MIT */
/* Who waits for a commit, in the order of coming. */
#ifndef ENGINE_LEDGER_WAITING_H
#define ENGINE_LEDGER_WAITING_H

#include "engine/ledger.h"

struct ledger_waiting {
	struct ledger_wait *first, **end;
	size_t count;
};

void ledger_waiting_init(struct ledger_waiting *waiting);
void ledger_waiting_add(struct ledger_waiting *waiting, struct ledger_wait *wait);
/* Takes the first; null if nobody waits. */
struct ledger_wait *ledger_waiting_take(struct ledger_waiting *waiting);
/* All of `from` goes to `to`, which must be empty. */
void ledger_waiting_move(struct ledger_waiting *to, struct ledger_waiting *from);

#endif
