/* SPDX-License-Identifier: MIT */
/* The end of an inquiry: the verdict, its log line, and the moment at which the answer may leave.
 */
#include "engine/inquire_end.h"

#include "base/pwhash.h"
#include "engine/afterwards.h"
#include "engine/decision.h"
#include "engine/inquire_app.h"
#include "engine/inquire_lock.h"
#include "engine/inquire_work.h"

static uint64_t elapsed_ms(uint64_t since)
{
	return (uv_hrtime() - since) / 1000000;
}

static void on_written(struct ledger_wait *wait)
{
	struct inquiry *inquiry =
	    (struct inquiry *)(void *)((char *)wait - offsetof(struct inquiry, ledger_wait));

	inquire_work_tell(inquiry);
	inquire_work_release(inquiry);
}

/* Nobody reads an answer before what it rests on is written down. */
static void tell_when_written(struct inquiry *inquiry)
{
	inquiry->references++;
	inquiry->ledger_wait.written = on_written;
	ledger_when_written(inquiry->engine->ledger, &inquiry->ledger_wait);
}

static void on_floor(struct floor_wait *wait)
{
	struct inquiry *inquiry =
	    (struct inquiry *)(void *)((char *)wait - offsetof(struct inquiry, wait));

	tell_when_written(inquiry);
	inquire_work_release(inquiry);
}

static void tell_at(struct inquiry *inquiry, uint64_t wait_ms)
{
	uint64_t due = inquiry->stepped + wait_ms * UINT64_C(1000000);

	if (uv_hrtime() >= due) {
		tell_when_written(inquiry);
		return;
	}
	inquiry->references++;
	floor_wait(inquiry->engine->floor, &inquiry->wait, due, on_floor);
}

void inquire_end_tell_at_floor(struct inquiry *inquiry)
{
	tell_at(inquiry, inquiry->name.realm->floor_ms);
}

/* No thread writes the evidence and the record any more. */
static bool is_judged(const struct inquiry *inquiry)
{
	return inquiry->judged || !inquiry->late;
}

static const struct evidence *evidence_of(const struct inquiry *inquiry)
{
	static const struct evidence none = {.proof = PROOF_UNKNOWN};
	const struct evidence *evidence = &inquiry->proved.evidence;

	if (!is_judged(inquiry))
		return &none;
	/* The lock came while a thread compared it. */
	if (evidence->proof == PROOF_APP && inquiry->attempt.lock != LOCK_NONE &&
	    !inquire_app_has_form(inquiry))
		return &none;
	return evidence;
}

static void settle(struct inquiry *inquiry)
{
	static const struct account nobody;
	const struct account *account = &nobody;
	struct policy policy = inquiry->policy;

	if (inquiry->looked)
		inquire_lock_look_again(inquiry);
	if (is_judged(inquiry) && inquiry->known)
		account = &inquiry->record.account;
	/* Where no reason is told, a refusal in an outage would show that the password is right. */
	if (inquire_observed(inquiry) && inquiry->attempt.unavailable)
		policy.disclose = POLICY_DISCLOSE_NEVER;
	decide(&inquiry->attempt, account, evidence_of(inquiry), &policy, &inquiry->verdict);
}

/* The refusal has to be the same as an unknown name's, whatever that one would have waited for. */
static bool is_like_unknown(const struct inquiry *inquiry)
{
	return inquiry->verdict.outcome == OUTCOME_REFUSE && inquiry->looked && !inquiry->late &&
	       (!inquiry->verdict.proven || inquire_observed(inquiry));
}

/* A known name must not hide that a backend behind it is down: an unknown name would show it. */
static bool must_ask_rest(const struct inquiry *inquiry)
{
	return is_like_unknown(inquiry) && inquiry->known && !inquiry->asked_all_for_refusal &&
	       !inquiry->attempt.unavailable;
}

static void run_dummy(struct worker_job *job)
{
	struct inquiry *inquiry = inquire_work_of(job);
	struct span dummy = engine_dummy(inquiry->engine, inquiry->name.realm);

	if (pwhash_slow(dummy))
		inquiry->proved.failed =
		    pwhash_verify(dummy, secret_span(&inquiry->password)) == PWHASH_FAILED;
}

static void after_dummy(struct inquiry *inquiry)
{
	if (inquiry->proved.failed)
		inquiry->attempt.unavailable = true;
	inquire_end_finish(inquiry);
}

/* A full queue must not tell whose secret is cheap to compare: as an unknown name, a refusal that
 * is not proven has stood in it and costs a hash of the realm's scheme. */
static bool must_queue(const struct inquiry *inquiry)
{
	return is_like_unknown(inquiry) && !inquiry->queued && inquiry->password.at;
}

static bool keeps_to_floor(const struct inquiry *inquiry)
{
	if (inquiry->verdict.outcome == OUTCOME_ALLOW || inquiry->late)
		return false;
	return inquiry->looked || inquiry->verdict.cause == REASON_MECHANISM_MISMATCH ||
	       inquiry->verdict.cause == REASON_ACCOUNT_LOCKED ||
	       inquiry->verdict.cause == REASON_TOO_MANY_ATTEMPTS;
}

/* How long after the client's last message a refusal leaves. */
static uint64_t refusal_ms(const struct inquiry *inquiry)
{
	uint64_t wait = inquiry->name.realm->floor_ms;

	if (inquiry->verdict.counts)
		wait += inquiry->delay_ms;
	return wait < ENGINE_DEADLINE_MS ? wait : ENGINE_DEADLINE_MS;
}

static void count(struct inquiry *inquiry, bool overrun)
{
	struct engine_counters *counters = &inquiry->engine->counters;
	const struct verdict *verdict = &inquiry->verdict;

	counters->allowed += verdict->outcome == OUTCOME_ALLOW;
	counters->refused += verdict->outcome == OUTCOME_REFUSE;
	counters->later += verdict->outcome == OUTCOME_TRY_LATER;
	counters->overruns += overrun;
	if (verdict->outcome == OUTCOME_ALLOW)
		return;
	counters->by_cause[verdict->cause]++;
	counters->locked +=
	    inquiry->attempt.lock != LOCK_NONE &&
	    (verdict->cause == REASON_ACCOUNT_LOCKED || verdict->cause == REASON_TOO_MANY_ATTEMPTS);
}

static void report(struct inquiry *inquiry)
{
	struct decision decision = {
	    .attempt = &inquiry->attempt,
	    .verdict = &inquiry->verdict,
	    .proof = evidence_of(inquiry)->proof,
	    .label = evidence_of(inquiry)->app_label,
	    .user = inquiry->name.parts.full,
	    .id = inquire_id(inquiry),
	    .realm = inquiry->name.realm,
	    .backend = inquiry->known ? inquiry->known->label : NULL,
	    .name_key = ledger_name_key(inquiry->engine->ledger),
	    .defect = inquiry->judged ? "it could not be answered in time"
				      : "it could not be checked in time",
	    .milliseconds = elapsed_ms(inquiry->opened),
	};

	decision.overrun =
	    keeps_to_floor(inquiry) && elapsed_ms(inquiry->stepped) > inquiry->name.realm->floor_ms;
	if (!inquiry->late)
		decision.defect = inquiry->defect ? inquiry->defect : inquiry->record.defect;
	decision_log(&decision);
	ledger_note(inquiry->engine->ledger, &decision);
	inquire_lock_end(inquiry);
	count(inquiry, decision.overrun);
	if (inquiry->verdict.outcome == OUTCOME_ALLOW)
		afterwards_login(inquiry);
	if (!inquiry->late)
		secret_wipe(&inquiry->password);
}

void inquire_end_finish(struct inquiry *inquiry)
{
	settle(inquiry);
	inquiry->judged = is_judged(inquiry);
	if (must_queue(inquiry)) {
		inquire_work_submit(inquiry, inquiry->engine->hashes, run_dummy, after_dummy);
		return;
	}
	if (must_ask_rest(inquiry)) {
		inquire_work_ask_rest(inquiry, inquire_end_finish);
		return;
	}
	report(inquiry);
	if (keeps_to_floor(inquiry))
		tell_at(inquiry, refusal_ms(inquiry));
	else
		tell_when_written(inquiry);
}
