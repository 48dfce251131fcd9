/* SPDX-License-Identifier: MIT */
/* The log line of a decision: all that the help desk needs and no secret. */
#include "engine/decision.h"

#include "base/log.h"

static const char *outcome_word(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_REFUSE:
		return "refuse";
	case OUTCOME_TRY_LATER:
		return "try-later";
	case OUTCOME_ALLOW:
		return "allow";
	}
	return "refuse";
}

static const char *proof_word(enum proof proof)
{
	switch (proof) {
	case PROOF_UNKNOWN:
		return "unknown";
	case PROOF_NONE:
		return "none";
	case PROOF_CURRENT:
		return "current";
	case PROOF_APP:
		return "app";
	case PROOF_APP_STALE:
		return "app-stale";
	case PROOF_PREVIOUS:
		return "previous";
	case PROOF_IMPOSSIBLE:
		return "impossible";
	}
	return "unknown";
}

static void put_reason(struct log_line *line, const struct verdict *verdict)
{
	bool told = verdict->told == verdict->cause;

	if (verdict->outcome == OUTCOME_ALLOW)
		return;
	log_put_text(line, "reason", reason_row(verdict->cause)->token);
	log_put_text(line, "told", told ? "yes" : "no");
	if (!told)
		log_put_text(line, "said", reason_row(verdict->told)->token);
}

static void put_defect(const struct decision *decision)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_WARNING, "defect");
	log_put(&line, "id", decision->id);
	log_put(&line, "user", decision->user);
	log_put_text(&line, "backend", decision->backend);
	log_put_text(&line, "what", decision->defect);
	log_end(&line);
}

void decision_log(const struct decision *decision)
{
	const struct attempt *attempt = decision->attempt;
	const struct verdict *verdict = decision->verdict;
	enum log_level level =
	    verdict->outcome == OUTCOME_TRY_LATER ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO;
	struct log_line line;

	if (decision->defect && log_wants(LOG_LEVEL_WARNING))
		put_defect(decision);
	if (!log_wants(level))
		return;
	log_begin(&line, level, "login");
	log_put(&line, "id", decision->id);
	log_put_text(&line, "outcome", outcome_word(verdict->outcome));
	put_reason(&line, verdict);
	log_put(&line, "user", decision->user);
	log_put(&line, "mech", attempt->mechanism);
	log_put(&line, "service", attempt->service);
	log_put(&line, "client", attempt->client);
	log_put_text(&line, "tls", attempt->tls ? "yes" : "no");
	log_put_text(&line, "realm", decision->realm->name);
	log_put_text(&line, "backend", decision->backend ? decision->backend : "none");
	log_put_text(&line, "proof", proof_word(decision->proof));
	log_put_number(&line, "ms", (int64_t)decision->milliseconds);
	if (decision->realm->observe)
		log_put_text(&line, "observe", "yes");
	if (decision->overrun)
		log_put_text(&line, "overrun", "yes");
	log_put(&line, "peer", attempt->peer);
	log_end(&line);
}
