/* SPDX-License-Identifier: MIT */
/* What each kind of proof would give a user now: decide() on a pretended login. */
#include "face/admin_proof.h"

#include <string.h>

#include "base/netaddr.h"
#include "core/word.h"
#include "engine/ledger.h"
#include "face/admin_json.h"

#define NO_ID "--------"

static const struct settings_realm *realm_of(const struct admin_proof *proof)
{
	return survey_name(proof->task->survey)->realm;
}

/* ---- the pretended login ---- */

/* As an inquiry has it, without a forwarder. False: it is not counted at all. */
static bool take_who(const struct admin_proof *proof, struct attempts_who *who)
{
	const struct settings *settings = proof->task->engine->settings;
	const struct attempt *attempt = &proof->attempt;
	struct network network;

	*who = (struct attempts_who){.name = survey_name(proof->task->survey)->parts.full};
	if (proof->task->owner.len && !proof->task->owner.failed)
		who->entry = buf_span(&proof->task->owner);
	if (!attempt->has_address ||
	    network_has(settings->forwarders, settings->forwarder_count, attempt->address))
		return true;
	network = network_around(attempt->address, settings->ipv4_bits, settings->ipv6_bits);
	who->by_network = true;
	who->shared = network_has(settings->shared, settings->shared_count, attempt->address);
	who->bits = network.bits;
	memcpy(who->network, network.address, sizeof(who->network));
	return !network_has(settings->exempt, settings->exempt_count, attempt->address);
}

static void look_for_locks(struct admin_proof *proof)
{
	struct ledger *ledger = proof->task->engine->ledger;
	struct attempts_state state;
	struct attempts_who who;

	if (realm_of(proof)->observe || !take_who(proof, &who))
		return;
	attempts_look(ledger_attempts(ledger), &who, &realm_of(proof)->rules, proof->task->now,
		      &state);
	proof->attempt.lock = state.lock;
	proof->attempt.lock_until = state.until;
}

/* ---- from where, if nobody says ---- */

struct last_lock {
	int64_t now, until;
	struct buf network;
};

static void on_row(void *context, const struct attempts_row *row)
{
	struct last_lock *last = context;

	if (row->kind != ATTEMPTS_NAME_NETWORK || row->until <= last->now ||
	    row->until <= last->until)
		return;
	last->until = row->until;
	last->network.len = 0;
	buf_put_span(&last->network, row->network);
}

/* "192.0.2.9" of a network that is one address alone. */
static struct span without_bits(struct span network, unsigned char bits)
{
	struct span address;

	if (bits < 128 || !span_take_until(&network, '/', &address))
		return network;
	return address;
}

static void look_from_lock(struct admin_proof *proof)
{
	struct last_lock last = {.now = proof->task->now, .network = BUF_ON(proof->network)};
	struct attempt *attempt = &proof->attempt;
	unsigned char bits = 0;

	attempts_each(ledger_attempts(proof->task->engine->ledger),
		      survey_name(proof->task->survey)->parts.full, last.now, on_row, &last);
	if (netaddr_take(buf_span(&last.network), attempt->address, &bits)) {
		attempt->has_address = true;
		look_for_locks(proof);
		proof->client_locked =
		    attempt->lock == LOCK_NAME_NETWORK || attempt->lock == LOCK_NETWORK;
	}
	if (proof->client_locked) {
		attempt->client = without_bits(buf_span(&last.network), bits);
		return;
	}
	/* None, or one that holds nobody up: only observed, or of a network that is exempt by now.
	 */
	attempt->has_address = false;
	look_for_locks(proof);
}

void admin_proof_pretend(struct admin_proof *proof, struct span service, struct span client)
{
	struct attempt *attempt = &proof->attempt;
	unsigned char bits = 0;

	*attempt = (struct attempt){
	    .now = proof->task->now,
	    .utc_offset = engine_utc_offset(proof->task->engine, proof->task->now),
	    .mech = MECH_PLAIN,
	    .mech_offered = true,
	    .tls = true,
	    .unavailable = proof->task->down,
	    .service = service.len ? service : span_of("smtp"),
	    .mechanism = span_of(mech_name(MECH_PLAIN)),
	    .client = client,
	};
	if (client.at) {
		attempt->has_address = netaddr_take(client, attempt->address, &bits);
		look_for_locks(proof);
	} else {
		look_from_lock(proof);
	}
}

/* ---- one proof ---- */

static json_t *put_refusal(const struct admin_proof *proof, const struct evidence *evidence,
			   const struct verdict *verdict)
{
	const struct settings_realm *realm = realm_of(proof);
	/* As the face has it. */
	bool silent = realm->observe && verdict->outcome != OUTCOME_TRY_LATER;
	enum reason said = silent ? REASON_BAD_CREDENTIALS : verdict->told;
	char storage[REPLY_TEXT_MAX + 1];
	struct buf text = BUF_ON(storage);

	if (!realm->observe)
		reply_put(&text, verdict, &realm->style, span_of(NO_ID));
	return json_pack("{s:s, s:s, s:s, s:s, s:o}", "proof", word_of_proof(evidence->proof),
			 "outcome", word_of_outcome(verdict->outcome), "reason",
			 reason_row(verdict->cause)->token, "said", reason_row(said)->token, "text",
			 admin_json_text(text.len ? buf_span(&text) : SPAN_NONE));
}

static void put_proof(const struct admin_proof *proof, const struct account *account,
		      const struct evidence *evidence, json_t **array)
{
	struct policy policy = realm_of(proof)->policy;
	const struct attempt *attempt = &proof->attempt;
	struct verdict verdict;
	json_t *object;

	policy.disclose =
	    settings_disclose(realm_of(proof), attempt->has_address ? attempt->address : NULL);
	decide(attempt, account, evidence, &policy, &verdict);
	if (verdict.outcome == OUTCOME_ALLOW)
		object = json_pack("{s:s, s:s, s:n, s:n, s:n}", "proof",
				   word_of_proof(evidence->proof), "outcome",
				   word_of_outcome(verdict.outcome), "reason", "said", "text");
	else
		object = put_refusal(proof, evidence, &verdict);
	if (json_array_append_new(*array, object) == 0)
		return;
	json_decref(*array);
	*array = NULL;
}

/* ---- app passwords ---- */

#define FAULTS 3

/* The latest app password with each fault. */
struct stale {
	struct evidence faults[FAULTS]; /* proof is PROOF_APP_STALE where there is one */
};

static void note_stale(struct stale *stale, enum app_fault fault, struct span label, int64_t since)
{
	struct evidence *known = &stale->faults[fault];

	if (known->proof == PROOF_APP_STALE && known->app_since >= since)
		return;
	*known = (struct evidence){
	    .proof = PROOF_APP_STALE, .app_fault = fault, .app_label = label, .app_since = since};
}

static void judge_ours(const struct admin_proof *proof, const struct apppass *app,
		       struct span label, struct stale *stale)
{
	const struct attempt *attempt = &proof->attempt;
	int64_t since = 0;

	switch (apppass_judge(app, attempt->service, attempt->has_address ? attempt->address : NULL,
			      attempt->now, &since)) {
	case APPPASS_REVOKED:
		note_stale(stale, APP_REVOKED, label, since);
		break;
	case APPPASS_EXPIRED:
		note_stale(stale, APP_EXPIRED, label, since);
		break;
	case APPPASS_OUTSIDE:
		note_stale(stale, APP_SCOPE, label, 0);
		break;
	case APPPASS_GOOD:
		break;
	}
}

/* Those that the backend itself has (engine/prove compares them). */
static void judge_foreign(const struct admin_proof *proof, const struct backend_app *app,
			  struct stale *stale)
{
	const struct attempt *attempt = &proof->attempt;

	if (app->revoked)
		note_stale(stale, APP_REVOKED, app->label, app->revoked);
	else if (app->expires && attempt->now >= app->expires)
		note_stale(stale, APP_EXPIRED, app->label, app->expires);
	else if (app->services.at && !span_list_has(app->services, attempt->service))
		note_stale(stale, APP_SCOPE, app->label, 0);
}

/* The label of a value of the entry, which is its last field and so outlives `app`. */
static struct span label_in(struct span value, const struct apppass *app)
{
	size_t len = strlen(app->label);

	return (struct span){value.at + value.len - len, len};
}

static void judge_record(const struct admin_proof *proof, const struct backend_record *record,
			 struct stale *stale)
{
	for (size_t i = 0; i < record->app_count; i++) {
		const struct backend_app *app = &record->apps[i];
		struct apppass ours;

		if (!app->value.at)
			judge_foreign(proof, app, stale);
		else if (realm_of(proof)->app_in_directory && apppass_take_value(app->value, &ours))
			judge_ours(proof, &ours, label_in(app->value, &ours), stale);
	}
}

static void put_apps(const struct admin_proof *proof, const struct backend_record *record,
		     json_t **array)
{
	struct evidence good = {.proof = PROOF_APP};
	struct stale stale = {0};

	if (!realm_of(proof)->app_passwords && record->app_count == 0)
		return;
	put_proof(proof, &record->account, &good, array);
	if (realm_of(proof)->app_passwords && !realm_of(proof)->app_in_directory)
		for (size_t i = 0; i < proof->apps->count; i++)
			judge_ours(proof, &proof->apps->at[i], span_of(proof->apps->at[i].label),
				   &stale);
	judge_record(proof, record, &stale);
	for (int i = 0; i < FAULTS; i++)
		if (stale.faults[i].proof == PROOF_APP_STALE)
			put_proof(proof, &record->account, &stale.faults[i], array);
}

/* ---- all of them ---- */

/* Active Directory knows a previous password when it sees one, and keeps it to itself. */
static bool recognises_previous(const struct survey_answer *known)
{
	return known->settings->type == SETTINGS_BACKEND_LDAP &&
	       known->settings->ldap->dialect == LDAP_STATE_AD && known->backend->type->prove;
}

static void put_previous(const struct admin_proof *proof, const struct survey_answer *known,
			 json_t **array)
{
	const struct evidence previous = {.proof = PROOF_PREVIOUS};
	const struct backend_record *record = &known->record;
	struct account account = record->account;

	if (!record->previous.at && !proof->previous_changed && !recognises_previous(known))
		return;
	if (!account.password_changed)
		account.password_changed =
		    record->previous.at ? record->previous_changed : proof->previous_changed;
	put_proof(proof, &account, &previous, array);
}

json_t *admin_proof_array(const struct admin_proof *proof)
{
	static const struct account nobody;
	const struct survey_answer *known = proof->task->known;
	const struct evidence none = {.proof = PROOF_NONE}, current = {.proof = PROOF_CURRENT};
	json_t *array = json_array();

	put_proof(proof, known ? &known->record.account : &nobody, &none, &array);
	if (!known)
		return array;
	if (known->record.stored_count > 0 || known->backend->type->prove)
		put_proof(proof, &known->record.account, &current, &array);
	put_apps(proof, &known->record, &array);
	put_previous(proof, known, &array);
	return array;
}
