/* SPDX-License-Identifier: MIT */
/* A decision for those who keep it: its log line, its row in the journal; no secret in either. */
#include "engine/decision.h"

#include <sodium.h>
#include <string.h>

#include "base/log.h"
#include "core/word.h"

/* 16 octets: two names never meet, and without the key nobody can try names out. */
#define HASH_LEN 16

struct span decision_hash_name(struct span user, const unsigned char name_key[DECISION_KEY_LEN],
			       char storage[DECISION_HASHED_MAX])
{
	struct buf out = {storage, 0, DECISION_HASHED_MAX, false};
	unsigned char hash[HASH_LEN];

	if (crypto_generichash(hash, sizeof(hash), (const unsigned char *)user.at, user.len,
			       name_key, DECISION_KEY_LEN) != 0)
		return SPAN_NONE;
	buf_put_text(&out, "hashed:");
	buf_put_hex(&out, hash, sizeof(hash));
	return buf_span(&out);
}

/* A name without an account may be a password in the wrong field. */
static struct span user_of(const struct decision *decision, char storage[DECISION_HASHED_MAX])
{
	if (decision->backend || !decision->name_key || !decision->user.at)
		return decision->user;
	return decision_hash_name(decision->user, decision->name_key, storage);
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

static void put_defect(const struct decision *decision, struct span user)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_WARNING, "defect");
	log_put(&line, "id", decision->id);
	log_put(&line, "user", user);
	log_put_text(&line, "backend", decision->backend);
	log_put_text(&line, "what", decision->defect);
	log_end(&line);
}

static void put_login(const struct decision *decision, struct span user, enum log_level level)
{
	const struct attempt *attempt = decision->attempt;
	const struct verdict *verdict = decision->verdict;
	struct log_line line;

	log_begin(&line, level, "login");
	log_put(&line, "id", decision->id);
	log_put_text(&line, "outcome", word_of_outcome(verdict->outcome));
	put_reason(&line, verdict);
	log_put(&line, "user", user);
	log_put(&line, "mech", attempt->mechanism);
	log_put(&line, "service", attempt->service);
	log_put(&line, "client", attempt->client);
	log_put_text(&line, "tls", attempt->tls ? "yes" : "no");
	log_put_text(&line, "realm", decision->realm->name);
	log_put_text(&line, "backend", decision->backend ? decision->backend : "none");
	log_put_text(&line, "proof", word_of_proof(decision->proof));
	log_put(&line, "label", decision->label);
	if (attempt->lock != LOCK_NONE)
		log_put_text(&line, "lock", word_of_lock(attempt->lock));
	log_put_number(&line, "ms", (int64_t)decision->milliseconds);
	if (decision->realm->observe)
		log_put_text(&line, "observe", "yes");
	if (decision->overrun)
		log_put_text(&line, "overrun", "yes");
	log_put(&line, "peer", attempt->peer);
	log_end(&line);
}

void decision_log(const struct decision *decision)
{
	enum log_level level =
	    decision->verdict->outcome == OUTCOME_TRY_LATER ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO;
	char storage[48];
	struct span user;

	if (!log_wants(level) && !(decision->defect && log_wants(LOG_LEVEL_WARNING)))
		return;
	user = user_of(decision, storage);
	if (decision->defect && log_wants(LOG_LEVEL_WARNING))
		put_defect(decision, user);
	if (log_wants(level))
		put_login(decision, user, level);
}

/* The words of the reply and its codes, for whoever was not let in. */
static void put_reply(const struct decision *decision, struct decision_texts *texts,
		      struct journal_entry *entry)
{
	const struct reply_style *style = &decision->realm->style;
	struct reply_codes codes = reply_codes(decision->verdict->told, style);
	struct buf text = BUF_ON(texts->text);

	reply_put(&text, decision->verdict, style, decision->id);
	entry->status = codes.status;
	entry->enhanced = span_of(codes.enhanced);
	entry->text = buf_span(&text);
}

void decision_entry(const struct decision *decision, int64_t time_ms, struct decision_texts *texts,
		    struct journal_entry *entry)
{
	const struct attempt *attempt = decision->attempt;
	const struct verdict *verdict = decision->verdict;

	*entry = (struct journal_entry){
	    .time_ms = time_ms,
	    .outcome = verdict->outcome,
	    .cause = verdict->cause,
	    .told = verdict->told,
	    .proof = decision->proof,
	    .lock = attempt->lock,
	    .tls = attempt->tls,
	    .observed = decision->realm->observe,
	    .overrun = decision->overrun,
	    .ms =
		decision->milliseconds < UINT32_MAX ? (unsigned)decision->milliseconds : UINT32_MAX,
	    .user = user_of(decision, texts->user),
	    .realm = span_of(decision->realm->name),
	    .mechanism = attempt->mechanism,
	    .service = attempt->service,
	    .client = attempt->client,
	    .peer = attempt->peer,
	    .backend = span_of(decision->backend),
	    .defect = span_of(decision->defect),
	    .label = decision->label,
	};
	memcpy(entry->id, decision->id.at,
	       decision->id.len < REPLY_ID_LEN ? decision->id.len : REPLY_ID_LEN);
	if (verdict->outcome != OUTCOME_ALLOW)
		put_reply(decision, texts, entry);
}
