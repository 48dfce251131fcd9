/* SPDX-License-Identifier: MIT */
/* The stores of a ledger: opened, and tried again while one of them cannot be. */
#include "engine/ledger_stores.h"

#include <sodium.h>
#include <string.h>

#include "base/log.h"
#include "store/credentials.h"
#include "store/database.h"

#define OPEN_AGAIN_MS UINT64_C(10000)

static void derive(const unsigned char *key, const char *purpose, unsigned char *out, size_t len)
{
	crypto_generichash(out, len, (const unsigned char *)purpose, strlen(purpose), key,
			   SCRAMKEY_LEN);
}

void ledger_stores_apppass_key(const unsigned char key[SCRAMKEY_LEN],
			       unsigned char derived[APPPASS_KEY_LEN])
{
	derive(key, "app passwords", derived, APPPASS_KEY_LEN);
}

bool ledger_stores_wants_apppass(const struct settings *settings)
{
	for (size_t i = 0; i < settings->realm_count; i++)
		if (settings->realms[i].app_passwords && !settings->realms[i].app_in_directory)
			return true;
	return false;
}

static void note_wishes(struct ledger_stores *stores)
{
	const struct settings *settings = stores->settings;

	if (!settings->state_directory)
		return;
	stores->wants_apppass = ledger_stores_wants_apppass(settings);
	for (size_t i = 0; i < settings->realm_count; i++)
		stores->wants_stale = stores->wants_stale || settings->realms[i].remember_days > 0;
}

/* Counters that stood in memory go into it too. */
static bool open_incidents(struct ledger_stores *stores, struct buf *fault)
{
	const struct settings *settings = stores->settings;

	if (stores->database)
		return true;
	stores->database =
	    database_open(settings->state_directory, &journal_format, DATABASE_PROCESS, fault);
	if (!stores->database)
		return false;
	database_wait(stores->database, LEDGER_STORES_WAIT_MS);
	if (settings->journal.entries > 0)
		stores->journal = journal_open(stores->database, &settings->journal);
	if ((settings->journal.entries == 0 || stores->journal) &&
	    attempts_attach(stores->attempts, stores->database))
		return true;
	buf_put_text(fault, "incidents.sqlite cannot be read");
	journal_close(&stores->journal);
	database_close(&stores->database);
	return false;
}

struct apppass_store *ledger_stores_apppass(const char *directory,
					    const unsigned char key[APPPASS_KEY_LEN],
					    struct buf *fault)
{
	struct apppass_store *store = apppass_store_open(directory, fault);

	if (!store)
		return NULL;
	switch (apppass_store_check_key(store, key)) {
	case APPPASS_FOUND:
		return store;
	case APPPASS_NONE:
		buf_put_text(fault,
			     "credentials.sqlite was made with another key: put that back "
			     "(key_file, or the file key beside it) and then reload, or move "
			     "credentials.sqlite* away and make all app passwords anew");
		break;
	case APPPASS_FAILED:
		buf_put_text(fault, "credentials.sqlite cannot be read");
		break;
	}
	apppass_store_close(&store);
	return NULL;
}

/* They are in one file: what is wrong with it is said once. With a wrong key the former passwords
 * are there all the same. */
static bool open_credentials(struct ledger_stores *stores, struct buf *faults)
{
	const char *directory = stores->settings->state_directory;
	struct buf *fault = &stores->credentials_fault;
	size_t said;

	*fault = BUF_ON(stores->credentials_storage);
	if (stores->wants_apppass && !stores->apppass)
		stores->apppass = ledger_stores_apppass(directory, stores->apppass_key, fault);
	said = fault->len;
	if (stores->wants_stale && !stores->stale)
		stores->stale = stale_open(directory, fault);
	if (said > 0)
		fault->len = said;
	if (fault->len == 0)
		return true;
	buf_put_text(faults, faults->len ? "; " : "");
	buf_put_span(faults, buf_span(fault));
	return false;
}

static bool open_fleet(struct ledger_stores *stores, struct buf *fault)
{
	size_t before = fault->len;

	if (!stores->settings->fleet || stores->fleet)
		return true;
	buf_put_text(fault, before ? "; " : "");
	stores->fleet = fleet_open(stores->loop, stores->settings->fleet, stores->attempts,
				   stores->fleet_key, fault);
	if (stores->fleet)
		fault->len = before;
	return stores->fleet != NULL;
}

static void say_fault(const struct buf *fault)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_ERROR, "store");
	log_put_text(&line, "what", "cannot be opened; tried again every 10 s");
	log_put(&line, "cause", buf_span(fault));
	log_end(&line);
}

static void open_rest(struct ledger_stores *stores)
{
	char storage[3 * LEDGER_STORES_FAULT_MAX];
	struct buf fault = BUF_ON(storage);
	bool ok = true;

	stores->open_at = uv_now(stores->loop) + OPEN_AGAIN_MS;
	/* Their file comes afterwards: what cannot be taken from it is tried again. */
	if (!stores->attempts)
		stores->attempts = attempts_open(NULL, stores->settings->attempts_entries);
	if (!stores->attempts)
		return;
	if (stores->settings->state_directory) {
		ok = open_incidents(stores, &fault);
		ok = open_credentials(stores, &fault) && ok;
	}
	ok = open_fleet(stores, &fault) && ok;
	if (!ok && !stores->unopened)
		say_fault(&fault);
	if (ok && stores->unopened)
		log_say(LOG_LEVEL_WARNING, "store", "all of them are open now",
			stores->settings->state_directory);
	stores->unopened = !ok;
}

bool ledger_stores_open(struct ledger_stores *stores, uv_loop_t *loop,
			const struct settings *settings, const unsigned char key[SCRAMKEY_LEN])
{
	memset(stores, 0, sizeof(*stores));
	stores->loop = loop;
	stores->settings = settings;
	ledger_stores_apppass_key(key, stores->apppass_key);
	derive(key, "fleet", stores->fleet_key, sizeof(stores->fleet_key));
	derive(key, "journal names", stores->name_key, sizeof(stores->name_key));
	note_wishes(stores);
	open_rest(stores);
	return stores->attempts;
}

void ledger_stores_again(struct ledger_stores *stores)
{
	if (stores->unopened && uv_now(stores->loop) >= stores->open_at)
		open_rest(stores);
}

void ledger_stores_close(struct ledger_stores *stores)
{
	fleet_close(&stores->fleet);
	attempts_close(&stores->attempts);
	journal_close(&stores->journal);
	database_close(&stores->database);
	apppass_store_close(&stores->apppass);
	stale_close(&stores->stale);
	sodium_memzero(stores, sizeof(*stores));
}
