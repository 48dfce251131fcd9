/* SPDX-License-Identifier: MIT */
/* From a secret and a record to the evidence: compares, decides nothing. */
#include "engine/prove.h"

#include "base/pwhash.h"

/* An app password is 16 letters; grouped and with room for more. */
#define APP_MAX 128

struct costs {
	unsigned brief;
	unsigned slow;
};

static void add_cost(struct costs *costs, struct span stored)
{
	if (!pwhash_slow(stored))
		return;
	if (pwhash_brief(stored))
		costs->brief++;
	else
		costs->slow++;
}

enum prove_cost prove_cost(const struct backend_record *record, struct span dummy)
{
	struct costs costs = {0, 0};

	if (record->proof == PROOF_CURRENT)
		return PROVE_CHEAP;
	if (record->stored_count == 0)
		add_cost(&costs, dummy);
	for (size_t i = 0; i < record->stored_count; i++)
		add_cost(&costs, record->stored[i]);
	for (size_t i = 0; i < record->app_count; i++)
		if (record->apps[i].stored.at)
			add_cost(&costs, record->apps[i].stored);
	if (record->previous.at)
		add_cost(&costs, record->previous);
	if (costs.slow || costs.brief > 1)
		return PROVE_SLOW;
	return costs.brief ? PROVE_BRIEF : PROVE_CHEAP;
}

/* One comparison; notes what else may have gone wrong. */
static bool matches(struct span stored, struct span secret, struct prove_result *result)
{
	switch (pwhash_verify(stored, secret)) {
	case PWHASH_YES:
		return true;
	case PWHASH_BROKEN:
		result->broken = true;
		return false;
	case PWHASH_FAILED:
		result->failed = true;
		return false;
	case PWHASH_NO:
		return false;
	}
	return false;
}

static void put_app_form(struct span secret, struct buf *out)
{
	for (size_t i = 0; i < secret.len; i++) {
		char c = secret.at[i];

		if (c != ' ' && c != '\t' && c != '-')
			buf_put_char(out, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
	}
}

static void judge_app(const struct backend_app *app, struct span service, int64_t now,
		      struct evidence *evidence)
{
	evidence->proof = PROOF_APP_STALE;
	evidence->app_label = app->label;
	if (app->revoked) {
		evidence->app_fault = APP_REVOKED;
		evidence->app_since = app->revoked;
	} else if (app->expires && now >= app->expires) {
		evidence->app_fault = APP_EXPIRED;
		evidence->app_since = app->expires;
	} else if (app->services.at && !span_list_has(app->services, service)) {
		evidence->app_fault = APP_SCOPE;
	} else {
		evidence->proof = PROOF_APP;
		evidence->app_until = app->expires;
	}
}

static bool prove_app(const struct backend_record *record, struct span secret, struct span service,
		      int64_t now, struct prove_result *result)
{
	char storage[APP_MAX];
	struct buf form = BUF_ON(storage);
	bool found = false;

	put_app_form(secret, &form);
	for (size_t i = 0; !form.failed && !found && i < record->app_count; i++) {
		found = record->apps[i].stored.at &&
			matches(record->apps[i].stored, buf_span(&form), result);
		if (found)
			judge_app(&record->apps[i], service, now, &result->evidence);
	}
	buf_wipe(&form);
	return found;
}

void prove_password(const struct backend_record *record, struct span dummy, struct span secret,
		    struct span service, int64_t now, struct prove_result *result)
{
	struct prove_result ignored = {0};

	*result = (struct prove_result){.evidence = {.proof = PROOF_NONE}};
	if (record->proof == PROOF_CURRENT) {
		result->evidence.proof = PROOF_CURRENT;
		return;
	}
	for (size_t i = 0; i < record->stored_count; i++) {
		if (matches(record->stored[i], secret, result)) {
			result->evidence.proof = PROOF_CURRENT;
			return;
		}
	}
	if (record->stored_count == 0)
		(void)matches(dummy, secret, &ignored);
	if (prove_app(record, secret, service, now, result))
		return;
	result->failed = result->failed || ignored.failed;
	if (record->proof == PROOF_PREVIOUS ||
	    (record->previous.at && matches(record->previous, secret, result)))
		result->evidence.proof = PROOF_PREVIOUS;
	else if (result->failed)
		result->evidence.proof = PROOF_UNKNOWN;
}
