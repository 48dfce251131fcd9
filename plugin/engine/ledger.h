/* SPDX-License-Identifier: MIT */
/* What a worker writes down: every decision, counter and lock, committed once per turn of the loop.
 */
#ifndef ENGINE_LEDGER_H
#define ENGINE_LEDGER_H

#include <uv.h>

#include "engine/decision.h"
#include "engine/scramkey.h"
#include "store/apppass_store.h"
#include "store/attempts.h"
#include "store/fleet.h"
#include "store/journal_recent.h"
#include "store/stale.h"

/* An answer that leaves when what it rests on is written; embedded in its owner's struct. */
struct ledger_wait {
	void (*written)(struct ledger_wait *wait);
	struct ledger_wait *next;
};

struct ledger;

/* Opens the stores of settings->state_directory (none, where that is null: then nothing outlives
 * the process) and the fleet's. A store that cannot be opened is said in the log and tried again
 * every 10 s: counters stand in memory until then, decisions wait. `loop` calls at the end of each
 * turn. `settings` is borrowed. Null without memory, with a text in `fault`. */
struct ledger *ledger_open(uv_loop_t *loop, const struct settings *settings,
			   const unsigned char key[SCRAMKEY_LEN], struct buf *fault);
/* What waits to be written is tried once more, and who waits for that is told, so that he lets go
 * of what he keeps. What cannot be written even then is lost, as the log says: a stop or a reload
 * ends all waiting for the disk. Its handles need more turns of the loop. */
void ledger_close(struct ledger **ledger);

/* Takes a decision down for the end of this turn. A full or broken disk loses none of the last
 * 10,000: they are written when it is well again, unless the process ends before (ledger_close()),
 * and no login fails or waits for that. */
void ledger_note(struct ledger *ledger, const struct decision *decision);

/* Calls written() when everything noted and counted so far is committed: before the loop waits, at
 * the end of this turn or of the next few, if each brings more that shares the commit; at once
 * where nothing is to be written. While the disk fails it is called all the same. */
void ledger_when_written(struct ledger *ledger, struct ledger_wait *wait);

/* Who has something to do at the end of every turn: called before what the turn wrote is committed,
 * and with `committed` again when the answers that waited for that are told. True: the next turn
 * has more for it to do, so the loop does not wait. */
typedef bool ledger_turn(void *context, bool committed);
void ledger_each_turn(struct ledger *ledger, ledger_turn *turn, void *context);

/* True while so many wait for a commit that whoever begins more should wait for its end, when
 * each_turn is called: what waits takes some 20 KiB each. */
#define LEDGER_WAITING_MAX 256
bool ledger_is_full(const struct ledger *ledger);

/* The stores of the loop's thread; null where there are none, and while they cannot be opened. */
struct attempts *ledger_attempts(struct ledger *ledger); /* never null */
struct fleet *ledger_fleet(struct ledger *ledger);
struct apppass_store *ledger_apppass(struct ledger *ledger);
struct stale_store *ledger_stale(struct ledger *ledger);

/* The key of app passwords' hashes, derived from the daemon's. */
const unsigned char *ledger_apppass_key(const struct ledger *ledger);

/* Under which decisions hash names that no backend knows (journal_unknown_names = hashed); null:
 * they stand in clear. */
const unsigned char *ledger_name_key(const struct ledger *ledger);

struct ledger_status {
	bool journal_failing;	       /* the last commit failed, or incidents.sqlite is not open */
	uint64_t waiting;	       /* decisions not written yet */
	uint64_t lost;		       /* decisions dropped, because the disk did not get well */
	bool credentials;	       /* app passwords or former ones are to be kept */
	struct span credentials_fault; /* why their file is not open; empty: it is. Borrowed */
	bool fleet, fleet_connected;
};
void ledger_status(const struct ledger *ledger, struct ledger_status *status);

#endif
