/* SPDX-License-Identifier: MIT */
/* The admin command "why": one incident of the journal. */
#include "face/admin_why.h"

#include <sysexits.h>

#include "core/word.h"
#include "engine/ledger.h"
#include "face/admin_json.h"
#include "face/admin_task.h"

struct why {
	struct admin_task task; /* first */
	struct span id;
	enum journal_answer answer;
	struct journal_entry entry;
	struct buf texts;
	char storage[4096];
};

static void run_find(struct admin_task *task)
{
	struct why *why = (struct why *)task;

	why->answer = journal_find(task->engine->settings->state_directory, why->id, &why->entry,
				   &why->texts);
}

static json_t *put_codes(const struct journal_entry *entry)
{
	bool allowed = entry->outcome == OUTCOME_ALLOW;

	return json_pack(
	    "{s:s, s:o, s:o, s:s, s:s, s:i, s:o}", "outcome", word_of_outcome(entry->outcome),
	    "reason", admin_json_cstring(allowed ? NULL : reason_row(entry->cause)->token), "said",
	    admin_json_cstring(allowed ? NULL : reason_row(entry->told)->token), "proof",
	    word_of_proof(entry->proof), "lock", word_of_lock(entry->lock), "status",
	    (int)entry->status, "enhanced", admin_json_text(entry->enhanced));
}

static json_t *put_circumstances(const struct journal_entry *entry)
{
	return json_pack("{s:b, s:b, s:b, s:I}", "tls", (int)entry->tls, "observed",
			 (int)entry->observed, "overrun", (int)entry->overrun, "ms",
			 (json_int_t)entry->ms);
}

static json_t *put_texts(const struct journal_entry *entry)
{
	const struct {
		const char *key;
		struct span text;
	} texts[] = {
	    {"user", entry->user},	 {"realm", entry->realm},   {"mechanism", entry->mechanism},
	    {"service", entry->service}, {"client", entry->client}, {"peer", entry->peer},
	    {"backend", entry->backend}, {"defect", entry->defect}, {"label", entry->label},
	    {"text", entry->text},
	};
	json_t *object = json_object();

	for (size_t i = 0; object && i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (json_object_set_new(object, texts[i].key, admin_json_text(texts[i].text)) == 0)
			continue;
		json_decref(object);
		object = NULL;
	}
	return object;
}

static json_t *put_incident(const struct journal_entry *entry)
{
	json_t *incident =
	    json_pack("{s:s, s:I}", "id", entry->id, "time", (json_int_t)(entry->time_ms / 1000));
	json_t *parts[] = {put_codes(entry), put_circumstances(entry), put_texts(entry)};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (json_object_update(incident, parts[i]) != 0) {
			json_decref(incident);
			incident = NULL;
		}
		json_decref(parts[i]);
	}
	return json_pack("{s:o}", "incident", incident);
}

static void found(struct admin_task *task)
{
	struct why *why = (struct why *)task;
	struct ledger_status status;

	switch (why->answer) {
	case JOURNAL_FAILED:
		admin_fail(task->call, EX_TEMPFAIL, "the journal cannot be read now (see the log)");
		break;
	case JOURNAL_NONE:
		ledger_status(task->engine->ledger, &status);
		if (status.journal_failing || status.waiting > 0) {
			admin_fail(task->call, EX_TEMPFAIL,
				   "no incident %.*s is in the journal, which could not be written "
				   "lately (see the log)",
				   (int)why->id.len, why->id.at);
			break;
		}
		admin_fail(task->call, EX_NOUSER,
			   "no incident %.*s: it may be mistyped, or older than the journal",
			   (int)why->id.len, why->id.at);
		break;
	case JOURNAL_FOUND:
		admin_reply(task->call, put_incident(&why->entry));
		break;
	}
	admin_task_close(task);
}

void admin_why_run(struct admin_call *call)
{
	const struct settings *settings = call->engine->settings;
	struct span id = span_of(json_string_value(json_object_get(call->request, "id")));
	struct why *why;

	if (id.len != REPLY_ID_LEN) {
		admin_fail(call, EX_USAGE, "an id has %d characters", REPLY_ID_LEN);
		return;
	}
	if (!settings->state_directory || settings->journal.entries == 0) {
		admin_fail(call, EX_CONFIG, "there is no journal: %s",
			   settings->state_directory ? "journal_entries is 0"
						     : "state_directory is empty");
		return;
	}
	why = admin_task_open(call, sizeof(*why), NULL);
	if (!why)
		return;
	why->id = id;
	why->texts = BUF_ON(why->storage);
	admin_task_submit(&why->task, call->engine->stores, run_find, found);
}
