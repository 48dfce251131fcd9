/* SPDX-License-Identifier: MIT */
/* One attempt on its way to a verdict: asks backends, compares, calls decide(), logs the decision.
 */
#include "engine/inquire.h"

#include <stdlib.h>
#include <string.h>

#include "base/netaddr.h"
#include "engine/incident.h"
#include "engine/inquire_app.h"
#include "engine/inquire_end.h"
#include "engine/inquire_lock.h"
#include "engine/inquire_work.h"

static struct span keep(struct inquiry *inquiry, struct span text, size_t most)
{
	size_t start = inquiry->texts.len;

	if (!text.at)
		return SPAN_NONE;
	buf_put_span(&inquiry->texts, (struct span){text.at, text.len < most ? text.len : most});
	return (struct span){inquiry->texts.at + start, inquiry->texts.len - start};
}

static void use_realm(struct inquiry *inquiry)
{
	const struct settings_realm *realm = inquiry->name.realm;

	inquiry->stranger = inquiry->name.stranger;
	inquiry->policy = realm->policy;
	inquiry->policy.disclose = settings_disclose(
	    realm, inquiry->attempt.has_address ? inquiry->attempt.address : NULL);
}

static bool take_address(struct span text, unsigned char address[16])
{
	unsigned char bits = 0;

	return netaddr_take(text, address, &bits) && bits == 128;
}

struct inquiry *inquire_open(const struct inquire_request *request, inquire_done *done, void *owner)
{
	struct inquiry *inquiry = malloc(sizeof(*inquiry));
	struct attempt *attempt;

	if (!inquiry)
		return NULL;
	memset(inquiry, 0, offsetof(struct inquiry, app));
	inquiry->app.id[0] = '\0';
	inquiry->texts = BUF_ON(inquiry->text_storage);
	inquiry->account = BUF_ON(inquiry->account_storage);
	inquiry->secret.text[0] = '\0';
	backend_record_init(&inquiry->record);
	inquiry->engine = request->engine;
	inquiry->done = done;
	inquiry->owner = owner;
	inquiry->references = 1;
	inquiry->opened = inquiry->stepped = uv_hrtime();
	incident_make_id(inquiry->id);
	inquire_lock_clock(inquiry);
	attempt = &inquiry->attempt;
	attempt->mech = request->mech;
	attempt->mech_offered = request->mech_offered;
	attempt->tls = request->tls;
	attempt->mechanism = keep(inquiry, request->mechanism, 40);
	attempt->service = keep(inquiry, request->service, 40);
	attempt->client = keep(inquiry, request->client, 80);
	attempt->peer = keep(inquiry, request->peer, 120);
	attempt->has_address = take_address(request->client, attempt->address);
	inquiry->has_forwarder = take_address(request->forwarder, inquiry->forwarder);
	name_init(&inquiry->name, SPAN_NONE, request->engine->settings);
	use_realm(inquiry);
	return inquiry;
}

void inquire_close(struct inquiry **closed)
{
	struct inquiry *inquiry = *closed;

	*closed = NULL;
	if (!inquiry)
		return;
	inquiry->done = NULL;
	inquire_lock_leave(inquiry);
	inquire_work_release(inquiry);
}

void inquire_restart(struct inquiry *inquiry)
{
	inquiry->stepped = uv_hrtime();
	inquiry->fresh = false;
	inquire_lock_clock(inquiry);
}

void inquire_defect(struct inquiry *inquiry, enum defect defect)
{
	inquiry->attempt.defect = defect;
}

/* Compared in normal form, so that "ALICE" may act as "alice@example.org". */
static bool same_name(const struct inquiry *inquiry, struct span authzid)
{
	struct name other;

	if (authzid.len == 0)
		return true;
	return name_init(&other, authzid, inquiry->engine->settings) == DEFECT_NONE &&
	       span_equal(other.parts.full, inquiry->name.parts.full);
}

void inquire_fail(struct inquiry *inquiry)
{
	inquiry->attempt.unavailable = true;
}

bool inquire_name(struct inquiry *inquiry, struct span authcid, struct span authzid)
{
	struct verdict ignored;
	enum defect defect = name_init(&inquiry->name, authcid, inquiry->engine->settings);

	if (inquiry->attempt.defect == DEFECT_NONE)
		inquiry->attempt.defect = defect;
	use_realm(inquiry);
	inquiry->attempt.authzid_differs = defect == DEFECT_NONE && !same_name(inquiry, authzid);
	if (defect == DEFECT_NONE)
		inquire_lock_look(inquiry);
	/* What is locked here may have been cleared at another daemon: inquire_lock_ask() will
	 * tell. */
	if (ledger_fleet(inquiry->engine->ledger))
		inquiry->attempt.lock = LOCK_NONE;
	return decide_early(&inquiry->attempt, &inquiry->policy, &ignored);
}

/* ---- PLAIN and LOGIN ---- */

static struct span dummy(const struct inquiry *inquiry)
{
	return engine_dummy(inquiry->engine, inquiry->name.realm);
}

/* What another backend may have left behind is not this account's. */
static void forget_unknown(struct inquiry *inquiry)
{
	if (inquiry->known)
		return;
	backend_record_wipe(&inquiry->record);
	backend_record_init(&inquiry->record);
}

static void run_prove(struct worker_job *job)
{
	struct inquiry *inquiry = inquire_work_of(job);

	prove_password(&inquiry->record, dummy(inquiry), secret_span(&inquiry->password),
		       inquiry->attempt.service, inquiry->attempt.now, &inquiry->proved);
}

static void after_prove(struct inquiry *inquiry)
{
	if (inquiry->proved.failed && inquiry->proved.evidence.proof == PROOF_UNKNOWN)
		inquiry->attempt.unavailable = true;
	inquire_app_recalled(inquiry);
	if (inquiry->proved.broken)
		inquiry->defect = "a stored secret is broken or of an unknown scheme";
	inquire_end_finish(inquiry);
}

/* A lock does not look at the password: app passwords alone get past those that come so far, and of
 * these only what nobody could guess. */
static void withhold_locked(struct inquiry *inquiry)
{
	struct backend_record *record = &inquiry->record;

	inquire_lock_withhold(inquiry);
	if (inquiry->attempt.lock == LOCK_NONE)
		return;
	record->stored_count = 0;
	record->previous = SPAN_NONE;
	record->proof = PROOF_UNKNOWN;
	if (!inquire_app_has_form(inquiry))
		record->app_count = 0;
}

static void prove(struct inquiry *inquiry)
{
	enum prove_cost cost;

	forget_unknown(inquiry);
	inquire_lock_find_owner(inquiry);
	inquire_lock_look_again(inquiry);
	withhold_locked(inquiry);
	if (inquire_app_prove(inquiry)) {
		inquire_end_finish(inquiry);
		return;
	}
	if (inquiry->attempt.lock == LOCK_NONE)
		inquire_app_recall(inquiry);
	cost = prove_cost(&inquiry->record, dummy(inquiry));
	if (cost == PROVE_CHEAP) {
		run_prove(&inquiry->job);
		after_prove(inquiry);
		return;
	}
	if (cost == PROVE_BRIEF && inquire_work_set_aside(inquiry, run_prove, after_prove))
		return;
	inquire_work_submit(inquiry, inquiry->engine->hashes, run_prove, after_prove);
}

/* Whoever is locked by name is looked up only for an app password. */
static bool locked_out(const struct inquiry *inquiry)
{
	return inquiry->attempt.lock == LOCK_NAME && !inquire_app_has_form(inquiry);
}

/* Goes on when all daemons' counters are known: they may have settled it, as may those of ours
 * since the name came. */
static void look_up(struct inquiry *inquiry)
{
	struct verdict ignored;

	inquire_lock_look_again(inquiry);
	if (decide_early(&inquiry->attempt, &inquiry->policy, &ignored) || locked_out(inquiry)) {
		inquiry->settled = true;
		if (inquiry->asks_secret)
			inquire_work_tell(inquiry);
		else
			inquire_end_finish(inquiry);
		return;
	}
	inquire_lock_withhold(inquiry);
	inquiry->looked = true;
	inquire_work_ask(inquiry);
}

void inquire_password(struct inquiry *inquiry, struct span password)
{
	if (!secret_init(&inquiry->password, password)) {
		inquiry->late = true;
		inquiry->attempt.unavailable = true;
		inquire_end_finish(inquiry);
		return;
	}
	inquiry->after_lookup = prove;
	inquire_lock_ask(inquiry, look_up);
}

/* ---- challenge mechanisms ---- */

static void run_secret(struct worker_job *job)
{
	struct inquiry *inquiry = inquire_work_of(job);

	inquiry->proved.failed = !scramkey_fill(
	    &inquiry->record, inquiry->attempt.mech, inquiry->name.parts.full, inquiry->engine->key,
	    inquiry->name.realm->scram_iterations, &inquiry->secret);
}

static void after_secret(struct inquiry *inquiry)
{
	if (inquiry->proved.failed) {
		inquiry->late = true;
		inquiry->attempt.unavailable = true;
	}
	if (inquiry->lookup_floor)
		inquire_end_tell_at_floor(inquiry);
	else
		inquire_work_tell(inquiry);
}

static void make_secret(struct inquiry *inquiry)
{
	if (mech_kind(inquiry->attempt.mech) == MECH_KIND_SCRAM) {
		inquire_work_submit(inquiry, inquiry->engine->hashes, run_secret, after_secret);
		return;
	}
	run_secret(&inquiry->job);
	after_secret(inquiry);
}

static void find_secret(struct inquiry *inquiry)
{
	forget_unknown(inquiry);
	inquire_lock_find_owner(inquiry);
	/* SCRAM's challenge must not come sooner, or come at all, because the name is known. */
	if (inquiry->known && inquiry->lookup_floor)
		inquire_work_ask_rest(inquiry, make_secret);
	else
		make_secret(inquiry);
}

void inquire_lookup(struct inquiry *inquiry, bool floor)
{
	inquiry->asks_secret = true;
	inquiry->lookup_floor = floor;
	inquiry->after_lookup = find_secret;
	inquire_lock_ask(inquiry, look_up);
}

const struct session_secret *inquire_secret(const struct inquiry *inquiry)
{
	return &inquiry->secret;
}

bool inquire_settled(const struct inquiry *inquiry)
{
	return inquiry->late || inquiry->settled;
}

void inquire_conclude(struct inquiry *inquiry, bool compared, bool fits)
{
	struct evidence *evidence = &inquiry->proved.evidence;

	evidence->proof = PROOF_UNKNOWN;
	if (compared && fits)
		evidence->proof = inquiry->secret.real ? PROOF_CURRENT : PROOF_NONE;
	else if (compared)
		evidence->proof =
		    inquiry->known && !inquiry->secret.real ? PROOF_IMPOSSIBLE : PROOF_NONE;
	inquiry->asks_secret = false;
	inquire_end_finish(inquiry);
}

const struct verdict *inquire_verdict(const struct inquiry *inquiry)
{
	return &inquiry->verdict;
}

const struct reply_style *inquire_style(const struct inquiry *inquiry)
{
	return &inquiry->name.realm->style;
}

struct span inquire_id(const struct inquiry *inquiry)
{
	return (struct span){inquiry->id, REPLY_ID_LEN};
}

struct span inquire_user(const struct inquiry *inquiry)
{
	const struct settings *settings = inquiry->engine->settings;

	/* A refusal goes by the name that was sent: another one would tell that it exists. */
	if (inquiry->verdict.outcome == OUTCOME_ALLOW && inquiry->record.canonical.len > 0)
		return name_other(inquiry->record.canonical, settings);
	return name_canonical(&inquiry->name, settings);
}

bool inquire_observed(const struct inquiry *inquiry)
{
	return inquiry->name.realm->observe;
}
