/* SPDX-License-Identifier: MIT */
/* The admin command "explain": all that is known of a user, and what each kind of proof would give.
 */
#include "face/admin_explain.h"

#include <sysexits.h>

#include "base/netaddr.h"
#include "engine/engine_thread.h"
#include "engine/ledger.h"
#include "face/admin_json.h"
#include "face/admin_lockouts.h"
#include "face/admin_proof.h"
#include "face/admin_recent.h"

struct explain {
	struct admin_task task; /* first */
	struct admin_app_list apps;
	struct admin_recent recent;
	bool remembers; /* the store of remembered passwords was asked */
	bool current;
	int64_t changed;
};

static void wipe(struct admin_task *task)
{
	admin_app_wipe(&((struct explain *)task)->apps);
}

static struct span text_of(const struct admin_call *call, const char *key)
{
	return span_of(json_string_value(json_object_get(call->request, key)));
}

/* ---- the backends ---- */

/* The name of a stored secret's scheme; never the rest. */
static json_t *put_scheme(struct span stored)
{
	struct span scheme;

	if (stored.len < 2 || stored.at[0] != '{' || !span_has(stored, '}'))
		return json_string("?");
	stored.at++;
	stored.len--;
	span_take_until(&stored, '}', &scheme);
	return admin_json_text(scheme);
}

static json_t *put_schemes(const struct backend_record *record)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < record->stored_count; i++) {
		if (json_array_append_new(array, put_scheme(record->stored[i])) == 0)
			continue;
		json_decref(array);
		array = NULL;
	}
	return array;
}

static const char *defect_of(const struct backend_record *record)
{
	if (!record->account.defect)
		return NULL;
	return record->defect ? record->defect : "something about the entry cannot be used";
}

static json_t *put_flags(const struct account *account)
{
	return json_pack("{s:b, s:b, s:b, s:b, s:b, s:b}", "disabled", (int)account->disabled,
			 "locked", (int)account->locked, "must_change", (int)account->must_change,
			 "app_required", (int)account->app_required, "oauth2_required",
			 (int)account->oauth2_required, "service_disabled",
			 (int)account->service_disabled);
}

static json_t *put_limits(const struct account *account)
{
	return json_pack(
	    "{s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "expires", (json_int_t)account->expires,
	    "password_expires", (json_int_t)account->password_expires, "locked_until",
	    (json_int_t)account->locked_until, "password_changed",
	    (json_int_t)account->password_changed, "mechanisms",
	    admin_json_text(account->mechanisms), "services", admin_json_text(account->services),
	    "restriction", admin_json_text(account->restriction));
}

static json_t *put_account(const struct survey_answer *answer)
{
	const struct backend_record *record = &answer->record;
	json_t *object, *flags, *limits;

	if (answer->found != BACKEND_KNOWN)
		return json_null();
	object = json_pack(
	    "{s:o, s:o, s:o, s:o, s:b}", "canonical", admin_json_text(record->canonical), "stable",
	    admin_json_text(record->stable), "defect", admin_json_cstring(defect_of(record)),
	    "secrets", put_schemes(record), "previous", record->previous.at != NULL);
	flags = put_flags(&record->account);
	limits = put_limits(&record->account);
	if (json_object_update(object, flags) != 0 || json_object_update(object, limits) != 0) {
		json_decref(object);
		object = NULL;
	}
	json_decref(flags);
	json_decref(limits);
	return object;
}

static const char *found_word(enum backend_found found)
{
	switch (found) {
	case BACKEND_DOWN:
		return "down";
	case BACKEND_UNKNOWN:
		return "unknown";
	case BACKEND_KNOWN:
		return "known";
	}
	return "down";
}

static json_t *put_backends(const struct survey *survey)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < survey_count(survey); i++) {
		const struct survey_answer *answer = survey_at(survey, i);
		json_t *object = json_pack(
		    "{s:o, s:s, s:s, s:o}", "label", admin_json_cstring(answer->backend->label),
		    "type", answer->backend->type->name, "answer", found_word(answer->found),
		    "account", put_account(answer));

		if (json_array_append_new(array, object) == 0)
			continue;
		json_decref(array);
		array = NULL;
	}
	return array;
}

/* ---- our own stores ---- */

static json_t *put_apps(const struct explain *explain)
{
	const struct survey_answer *known = explain->task.known;

	return explain->apps.failed
		   ? json_null()
		   : admin_app_array(&explain->apps, known ? &known->record : NULL);
}

static json_t *put_remembered(const struct explain *explain)
{
	if (!explain->remembers)
		return json_null();
	return json_pack("{s:b, s:I}", "current", (int)explain->current, "previous_changed",
			 (json_int_t)explain->changed);
}

static bool is_known(const struct admin_task *task)
{
	return task->known && !task->owner.failed;
}

static void read_recent(struct explain *explain)
{
	const struct engine *engine = explain->task.engine;
	const unsigned char *key = ledger_name_key(engine->ledger);
	struct span name = survey_name(explain->task.survey)->parts.full, hashed = SPAN_NONE;
	char storage[DECISION_HASHED_MAX];

	if (key)
		hashed = decision_hash_name(name, key, storage);
	explain->recent.read = journal_recent(engine->settings->state_directory, name, hashed,
					      explain->recent.list, &explain->recent.count);
}

static void run_read(struct admin_task *task)
{
	struct explain *explain = (struct explain *)task;
	const struct settings *settings = task->engine->settings;
	struct span owner = buf_span(&task->owner);
	struct stale_store *stale = NULL;

	if (settings->state_directory && settings->journal.entries > 0)
		read_recent(explain);
	if (!is_known(task))
		return;
	admin_app_collect(task->engine, owner, &explain->apps);
	if (survey_name(task->survey)->realm->remember_days)
		stale = engine_thread_stale(task->engine);
	explain->remembers =
	    stale && stale_look(stale, owner, &explain->current, &explain->changed);
}

/* ---- the answer ---- */

static void answer(struct admin_task *task)
{
	struct explain *explain = (struct explain *)task;
	const struct name *name = survey_name(task->survey);
	struct admin_proof proof = {
	    .task = task, .apps = &explain->apps, .previous_changed = explain->changed};
	struct span owner = task->known ? buf_span(&task->owner) : SPAN_NONE;

	admin_proof_pretend(&proof, text_of(task->call, "service"), text_of(task->call, "client"));
	admin_reply(
	    task->call,
	    json_pack("{s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "client",
		      admin_json_text(proof.attempt.client), "client_locked",
		      (int)proof.client_locked, "user", admin_json_text(name->parts.full), "realm",
		      admin_json_cstring(name->stranger ? NULL : name->realm->name), "owner",
		      admin_json_text(owner), "backends", put_backends(task->survey),
		      "app_passwords", put_apps(explain), "locks", admin_lockouts_array(task),
		      "remembered", put_remembered(explain), "recent",
		      admin_recent_array(&explain->recent), "proofs", admin_proof_array(&proof)));
	admin_task_close(task);
}

static void found(struct admin_task *task)
{
	if (is_known(task) || task->engine->settings->state_directory)
		admin_task_submit(task, task->engine->stores, run_read, answer);
	else
		answer(task);
}

void admin_explain_run(struct admin_call *call)
{
	struct span client = text_of(call, "client");
	unsigned char address[16], bits = 0;
	struct explain *explain;

	if (client.at && (!netaddr_take(client, address, &bits) || bits != 128)) {
		admin_fail(call, EX_USAGE, "the client is no address");
		return;
	}
	explain = admin_task_open(call, sizeof(*explain), wipe);
	if (explain)
		admin_task_find(&explain->task, found);
}
