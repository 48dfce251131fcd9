/* SPDX-License-Identifier: MIT */
/* Our own stores in an inquiry: app passwords, and remembered passwords. */
#include "engine/inquire_app.h"

#include <sodium.h>

#include "base/pwhash.h"

bool inquire_app_has_form(const struct inquiry *inquiry)
{
	char letters[APPPASS_LETTERS];
	bool has =
	    inquiry->password.at && apppass_take_secret(secret_span(&inquiry->password), letters);

	secret_wipe_octets(letters, sizeof(letters));
	return has;
}

static void judge(struct inquiry *inquiry, const struct apppass *app)
{
	const struct attempt *attempt = &inquiry->attempt;
	struct evidence *evidence = &inquiry->proved.evidence;

	*evidence = (struct evidence){.proof = PROOF_APP_STALE, .app_label = span_of(app->label)};
	switch (apppass_judge(app, attempt->service, attempt->has_address ? attempt->address : NULL,
			      attempt->now, &evidence->app_since)) {
	case APPPASS_REVOKED:
		evidence->app_fault = APP_REVOKED;
		break;
	case APPPASS_EXPIRED:
		evidence->app_fault = APP_EXPIRED;
		break;
	case APPPASS_OUTSIDE:
		evidence->app_fault = APP_SCOPE;
		break;
	case APPPASS_GOOD:
		evidence->proof = PROOF_APP;
		evidence->app_until = app->expires;
		break;
	}
}

static enum apppass_answer find_in_entry(const struct backend_record *record,
					 const unsigned char hash[APPPASS_HASH_LEN],
					 struct apppass *app)
{
	for (size_t i = 0; i < record->app_count; i++)
		if (record->apps[i].value.at && apppass_take_value(record->apps[i].value, app) &&
		    sodium_memcmp(app->hash, hash, APPPASS_HASH_LEN) == 0)
			return APPPASS_FOUND;
	return APPPASS_NONE;
}

/* Where nobody is known, an owner that nobody is. */
static struct span owner_of(const struct inquiry *inquiry)
{
	return inquiry->account.len ? buf_span(&inquiry->account) : inquiry->name.parts.full;
}

bool inquire_app_prove(struct inquiry *inquiry)
{
	struct ledger *ledger = inquiry->engine->ledger;
	const struct settings_realm *realm = inquiry->name.realm;
	unsigned char hash[APPPASS_HASH_LEN];
	char letters[APPPASS_LETTERS];
	enum apppass_answer answer = APPPASS_NONE;

	if (!realm->app_passwords || !apppass_take_secret(secret_span(&inquiry->password), letters))
		return false;
	apppass_hash(ledger_apppass_key(ledger), owner_of(inquiry), letters, hash);
	secret_wipe_octets(letters, sizeof(letters));
	if (realm->app_in_directory)
		answer = find_in_entry(&inquiry->record, hash, &inquiry->app);
	else if (inquiry->engine->settings->state_directory)
		answer = ledger_apppass(ledger)
			     ? apppass_store_find(ledger_apppass(ledger), owner_of(inquiry), hash,
						  &inquiry->app)
			     : APPPASS_FAILED;
	if (answer == APPPASS_FOUND)
		judge(inquiry, &inquiry->app);
	if (answer == APPPASS_FAILED) {
		inquiry->attempt.unavailable = true;
		inquiry->proved.evidence.proof = PROOF_UNKNOWN;
		inquiry->defect = "the app passwords cannot be read (credentials.sqlite)";
	}
	return answer != APPPASS_NONE;
}

void inquire_app_recall(struct inquiry *inquiry)
{
	unsigned days = inquiry->name.realm->remember_days;
	struct stale_store *store = ledger_stale(inquiry->engine->ledger);
	struct backend_record *record = &inquiry->record;
	char storage[PWHASH_STORED_MAX];
	struct buf previous = BUF_ON(storage);
	int64_t changed = 0;

	if (!days || !store || !inquiry->known || record->previous.at)
		return;
	if (stale_find(store, buf_span(&inquiry->account), days, inquiry->attempt.now, &previous,
		       &changed)) {
		record->previous = backend_record_keep(record, buf_span(&previous));
		record->previous_changed = changed;
		inquiry->recalled = true;
	}
	buf_wipe(&previous);
}

void inquire_app_recalled(struct inquiry *inquiry)
{
	struct account *account = &inquiry->record.account;

	if (inquiry->recalled && inquiry->proved.evidence.proof == PROOF_PREVIOUS &&
	    account->password_changed == 0)
		account->password_changed = inquiry->record.previous_changed;
}
