/* SPDX-License-Identifier: MIT */
/* The stores of a ledger: opened, and tried again while one of them cannot be. */
#ifndef ENGINE_LEDGER_STORES_H
#define ENGINE_LEDGER_STORES_H

#include "engine/ledger.h"

/* How long a commit of the loop waits for somebody else who writes. */
#define LEDGER_STORES_WAIT_MS 1000

/* Octets of what is wrong with one store, with the path of its file. */
#define LEDGER_STORES_FAULT_MAX 1536

struct ledger_stores {
	uv_loop_t *loop;
	const struct settings *settings;
	struct database *database; /* of journal and attempts; null: not open, or nothing is kept */
	struct journal *journal;   /* null without database, and where none is wanted */
	struct attempts *attempts; /* never null once it is open */
	struct fleet *fleet;
	struct apppass_store *apppass;
	struct stale_store *stale;
	bool wants_apppass, wants_stale;
	bool unopened;		      /* something cannot be opened; it is in the log */
	struct buf credentials_fault; /* why that of apppass and stale is not open; else empty */
	char credentials_storage[LEDGER_STORES_FAULT_MAX];
	uint64_t open_at; /* loop time of the next try */
	unsigned char apppass_key[APPPASS_KEY_LEN], fleet_key[FLEET_KEY_LEN];
	unsigned char name_key[DECISION_KEY_LEN];
};

/* What the settings ask for, as far as it can be opened. False only without memory. */
bool ledger_stores_open(struct ledger_stores *stores, uv_loop_t *loop,
			const struct settings *settings, const unsigned char key[SCRAMKEY_LEN]);

/* Whether some realm has app passwords that are kept here. */
bool ledger_stores_wants_apppass(const struct settings *settings);

/* The key of their hashes, derived from the daemon's. */
void ledger_stores_apppass_key(const unsigned char key[SCRAMKEY_LEN],
			       unsigned char derived[APPPASS_KEY_LEN]);

/* Tries again what could not be opened, if it is time. */
void ledger_stores_again(struct ledger_stores *stores);

void ledger_stores_close(struct ledger_stores *stores);

/* Opens the store of app passwords, if its hashes are made with `key`. Null with a text appended to
 * `fault`. */
struct apppass_store *ledger_stores_apppass(const char *directory,
					    const unsigned char key[APPPASS_KEY_LEN],
					    struct buf *fault);

#endif
