/* SPDX-License-Identifier: MIT */
/* An app password that is being made or changed: where it is kept, and what is answered. */
#include "face/admin_keep.h"

#include <sysexits.h>

#include "base/secret.h"
#include "face/admin_entry.h"
#include "face/admin_json.h"

struct admin_keep *admin_keep_of(struct admin_task *task)
{
	return (struct admin_keep *)task;
}

static void wipe(struct admin_task *task)
{
	admin_app_wipe(&admin_keep_of(task)->list);
	secret_wipe_octets(admin_keep_of(task)->letters, APPPASS_LETTERS);
}

const struct settings_realm *admin_keep_realm(const struct admin_keep *it)
{
	return survey_name(it->task.survey)->realm;
}

static struct span text_of(const struct admin_call *call, const char *key)
{
	return span_of(json_string_value(json_object_get(call->request, key)));
}

/* ---- opening ---- */

struct admin_keep *admin_keep_open(struct admin_call *call)
{
	struct admin_keep *it = admin_task_open(call, sizeof(*it), wipe);

	if (!it)
		return NULL;
	it->which = text_of(call, "which");
	it->label = text_of(call, "label");
	it->fresh = BUF_ON(it->storage);
	return it;
}

bool admin_keep_unprovided(const struct admin_keep *it)
{
	const struct settings_realm *realm = admin_keep_realm(it);

	return !realm->app_passwords ||
	       (!realm->app_in_directory && !it->task.engine->settings->state_directory);
}

void admin_keep_refuse_unprovided(struct admin_keep *it)
{
	const struct settings_realm *realm = admin_keep_realm(it);

	if (!realm->app_passwords)
		admin_fail(it->task.call, EX_CONFIG,
			   "realm \"%s\" has no app passwords: app_passwords = yes turns them on",
			   realm->name);
	else
		admin_fail(it->task.call, EX_CONFIG,
			   "there is nowhere to keep app passwords: state_directory is empty, and "
			   "app_password_store of realm \"%s\" is sqlite",
			   realm->name);
	admin_task_close(&it->task);
}

static bool refuse_backends_own(struct admin_keep *it)
{
	if (!it->which.at || !admin_entry_keeps(&it->task.known->record, it->which))
		return false;
	admin_fail(it->task.call, EX_CONFIG,
		   "the app password \"%.*s\" is kept by backend \"%s\": edit it there (for one of "
		   "ours with this label say the id)",
		   (int)it->which.len, it->which.at, it->task.known->settings->label);
	admin_task_close(&it->task);
	return true;
}

bool admin_keep_refuse(struct admin_keep *it)
{
	if (admin_task_refuse_unknown(&it->task) || refuse_backends_own(it))
		return true;
	if (!admin_keep_unprovided(it))
		return false;
	admin_keep_refuse_unprovided(it);
	return true;
}

/* ---- answers ---- */

void admin_keep_fail(struct admin_keep *it)
{
	struct admin_call *call = it->task.call;

	switch (it->end) {
	case APPPASS_END_DONE:
	case APPPASS_END_FAILED:
		admin_fail(call, EX_TEMPFAIL,
			   "the store of app passwords fails (see the log): nothing was changed");
		break;
	case APPPASS_END_ABSENT:
		admin_fail(call, EX_NOUSER, "no app password \"%.*s\" of this user",
			   (int)it->which.len, it->which.at);
		break;
	case APPPASS_END_AMBIGUOUS:
		admin_fail(call, EX_USAGE,
			   "several app passwords have the label \"%.*s\": say the id of one",
			   (int)it->which.len, it->which.at);
		break;
	case APPPASS_END_TAKEN:
		admin_fail(call, EX_USAGE, "another app password has the label \"%.*s\"",
			   (int)it->label.len, it->label.at);
		break;
	case APPPASS_END_FULL:
		admin_fail(call, EX_NOPERM,
			   "this user has as many app passwords as can be: revoke some");
		break;
	case APPPASS_END_MALFORMED:
		admin_fail(call, EX_USAGE,
			   "a label has 1 to %d octets without control characters, and no spaces "
			   "at its ends",
			   APPPASS_LABEL_MAX);
		break;
	}
	admin_task_close(&it->task);
}

static void fail_write(struct admin_keep *it)
{
	struct admin_call *call = it->task.call;

	switch (it->written) {
	case BACKEND_WRITE_DONE:
	case BACKEND_WRITE_FAILED:
		admin_fail(call, EX_TEMPFAIL,
			   "the directory could not be written now (see the log)");
		break;
	case BACKEND_WRITE_REFUSED:
		admin_fail(
		    call, EX_NOPERM,
		    "the directory refuses the change: backend \"%s\" has not the right to "
		    "write the entry's app passwords, or the schema lacks them (see the log)",
		    it->task.known->settings->label);
		break;
	case BACKEND_WRITE_ABSENT:
		admin_fail(call, EX_TEMPFAIL, "the entry has changed meanwhile: try again");
		break;
	}
	admin_task_close(&it->task);
}

/* The change is done: one line in the log, and the app password as it is now. */
void admin_keep_succeed(struct admin_keep *it, const char *store)
{
	char storage[2 * APPPASS_LETTERS];
	struct buf secret = BUF_ON(storage);
	json_t *answer = admin_app_object(&it->app, store);

	admin_task_log(it->task.call, survey_name(it->task.survey)->parts.full, "app",
		       span_of(it->app.id));
	if (it->letters[0]) {
		apppass_put_secret(&secret, it->letters);
		if (json_object_set_new(answer, "secret", admin_json_text(buf_span(&secret))) !=
		    0) {
			json_decref(answer);
			answer = NULL;
		}
		buf_wipe(&secret);
	}
	admin_reply(it->task.call, answer);
	admin_task_close(&it->task);
}

/* ---- where they are kept ---- */

static void after_store(struct admin_task *task)
{
	if (admin_keep_of(task)->end == APPPASS_END_DONE)
		admin_keep_succeed(admin_keep_of(task), "sqlite");
	else
		admin_keep_fail(admin_keep_of(task));
}

void admin_keep_store(struct admin_keep *it, void (*run)(struct admin_task *task))
{
	admin_task_submit(&it->task, it->task.engine->stores, run, after_store);
}

static void run_write(struct admin_task *task)
{
	struct admin_keep *it = admin_keep_of(task);
	struct backend *backend = task->known->backend;

	it->written = backend->type->write_app(backend, &survey_name(task->survey)->parts, it->old,
					       it->fresh.len ? buf_span(&it->fresh) : SPAN_NONE);
}

static void after_write(struct admin_task *task)
{
	if (admin_keep_of(task)->written == BACKEND_WRITE_DONE)
		admin_keep_succeed(admin_keep_of(task), "directory");
	else
		fail_write(admin_keep_of(task));
}

/* Has it->fresh written into the entry in place of it->old. */
void admin_keep_write(struct admin_keep *it)
{
	const struct survey_answer *known = it->task.known;
	const struct engine *engine = it->task.engine;
	const struct engine_backend *slot =
	    &engine->backends[known->settings - engine->settings->backends];

	if (!known->backend->type->write_app) {
		admin_fail(it->task.call, EX_CONFIG,
			   "backend \"%s\" cannot keep app passwords: app_password_store = sqlite "
			   "keeps them in state_directory",
			   known->settings->label);
		admin_task_close(&it->task);
		return;
	}
	admin_task_submit(&it->task, slot->worker ? slot->worker : engine->stores, run_write,
			  after_write);
}
