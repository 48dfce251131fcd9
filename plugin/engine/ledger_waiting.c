/* SPDX-License-Identifier: MIT */
/* Who waits for a commit, in the order of coming. */
#include "engine/ledger_waiting.h"

void ledger_waiting_init(struct ledger_waiting *waiting)
{
	waiting->first = NULL;
	waiting->end = &waiting->first;
	waiting->count = 0;
}

void ledger_waiting_add(struct ledger_waiting *waiting, struct ledger_wait *wait)
{
	wait->next = NULL;
	*waiting->end = wait;
	waiting->end = &wait->next;
	waiting->count++;
}

struct ledger_wait *ledger_waiting_take(struct ledger_waiting *waiting)
{
	struct ledger_wait *wait = waiting->first;

	if (!wait)
		return NULL;
	waiting->first = wait->next;
	waiting->count--;
	if (!waiting->first)
		waiting->end = &waiting->first;
	return wait;
}

void ledger_waiting_move(struct ledger_waiting *to, struct ledger_waiting *from)
{
	ledger_waiting_init(to);
	if (!from->first)
		return;
	*to = *from;
	ledger_waiting_init(from);
}
