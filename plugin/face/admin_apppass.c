/* SPDX-License-Identifier: MIT */
/* The admin commands "app-password-…": make, show, revoke and rename those that we keep. */
#include "face/admin_apppass.h"

#include <string.h>
#include <sysexits.h>

#include "engine/engine_thread.h"
#include "engine/ledger.h"
#include "face/admin_entry.h"
#include "face/admin_keep.h"

/* ---- add ---- */

/* "a,b" of a list of texts; false if an item has a comma or it is too long. */
static bool join(const json_t *list, char *joined, size_t size)
{
	struct buf out = {joined, 0, size - 1, false};

	for (size_t i = 0; i < json_array_size(list); i++) {
		struct span item = span_of(json_string_value(json_array_get(list, i)));

		if (item.len == 0 || span_has(item, ','))
			return false;
		if (i > 0)
			buf_put_char(&out, ',');
		buf_put_span(&out, item);
	}
	joined[out.len] = '\0';
	return !out.failed;
}

/* What is wrong with what the request says of it; null: nothing. */
static const char *take_app(struct admin_keep *it)
{
	const json_t *request = it->task.call->request;
	const char *fault = NULL;

	if (!apppass_label_valid(it->label))
		return "the label has 1 to 64 octets without control characters, and no spaces at "
		       "its ends";
	memcpy(it->app.label, it->label.at, it->label.len);
	if (!join(json_object_get(request, "services"), it->app.services, sizeof(it->app.services)))
		return "the list of services is too long, or one is empty or has a comma";
	if (!join(json_object_get(request, "networks"), it->app.networks, sizeof(it->app.networks)))
		return "the list of networks is too long, or one is empty or has a comma";
	it->app.created = it->task.now;
	it->app.expires = json_integer_value(json_object_get(request, "expires"));
	if (it->app.expires && it->app.expires <= it->task.now)
		return "it would have expired already";
	return apppass_valid(&it->app, &fault) ? NULL : fault;
}

static void run_add(struct admin_task *task)
{
	struct apppass_store *store = engine_thread_apppass(task->engine);

	admin_keep_of(task)->end = store ? apppass_store_add(store, buf_span(&task->owner),
							     survey_name(task->survey)->parts.full,
							     &admin_keep_of(task)->app)
					 : APPPASS_END_FAILED;
}

static void add_to_entry(struct admin_keep *it)
{
	const struct backend_record *record = &it->task.known->record;

	apppass_put_value(&it->fresh, &it->app);
	it->end = admin_entry_admits(record, it->label, "", it->task.now);
	if (it->end == APPPASS_END_DONE)
		it->end = admin_entry_make_room(record, it->fresh.len, it->task.now, &it->old);
	if (it->end == APPPASS_END_DONE)
		admin_keep_write(it);
	else
		admin_keep_fail(it);
}

static void add_found(struct admin_task *task)
{
	struct admin_keep *it = admin_keep_of(task);

	if (admin_keep_refuse(it))
		return;
	/* Nobody is there any more to read the secret. */
	if (task->call->cancelled) {
		admin_fail(task->call, EX_TEMPFAIL, "the client has gone");
		admin_task_close(task);
		return;
	}
	apppass_make_id(it->app.id);
	apppass_make_secret(it->letters);
	apppass_hash(ledger_apppass_key(task->engine->ledger), buf_span(&task->owner), it->letters,
		     it->app.hash);
	if (admin_keep_realm(it)->app_in_directory)
		add_to_entry(it);
	else
		admin_keep_store(it, run_add);
}

void admin_apppass_add(struct admin_call *call)
{
	struct admin_keep *it = admin_keep_open(call);
	const char *fault = it ? take_app(it) : NULL;

	if (!it)
		return;
	if (fault) {
		admin_fail(call, EX_USAGE, "%s", fault);
		admin_task_close(&it->task);
		return;
	}
	admin_task_find(&it->task, add_found);
}

/* ---- list ---- */

static void run_collect(struct admin_task *task)
{
	admin_app_collect(task->engine, buf_span(&task->owner), &admin_keep_of(task)->list);
}

static void reply_list(struct admin_task *task)
{
	if (admin_keep_of(task)->list.failed)
		admin_fail(task->call, EX_TEMPFAIL,
			   "the store of app passwords cannot be read now (see the log)");
	else
		admin_reply(task->call, json_pack("{s:o}", "app_passwords",
						  admin_app_array(&admin_keep_of(task)->list,
								  &task->known->record)));
	admin_task_close(task);
}

/* Those of the backend log in whatever the configuration says of ours. */
static void list_found(struct admin_task *task)
{
	struct admin_keep *it = admin_keep_of(task);

	if (admin_task_refuse_unknown(task))
		return;
	if (!admin_keep_unprovided(it))
		admin_task_submit(task, task->engine->stores, run_collect, reply_list);
	else if (admin_entry_keeps(&task->known->record, SPAN_NONE))
		reply_list(task);
	else
		admin_keep_refuse_unprovided(it);
}

void admin_apppass_list(struct admin_call *call)
{
	struct admin_keep *it = admin_keep_open(call);

	if (it)
		admin_task_find(&it->task, list_found);
}

/* ---- revoke and rename ---- */

static void run_revoke(struct admin_task *task)
{
	struct apppass_store *store = engine_thread_apppass(task->engine);

	admin_keep_of(task)->end =
	    store ? apppass_store_revoke(store, buf_span(&task->owner), admin_keep_of(task)->which,
					 task->now, &admin_keep_of(task)->app)
		  : APPPASS_END_FAILED;
}

static void run_rename(struct admin_task *task)
{
	struct apppass_store *store = engine_thread_apppass(task->engine);

	admin_keep_of(task)->end =
	    store ? apppass_store_rename(store, buf_span(&task->owner), admin_keep_of(task)->which,
					 admin_keep_of(task)->label, task->now,
					 &admin_keep_of(task)->app)
		  : APPPASS_END_FAILED;
}

/* Looks for it in the entry; else in our own store. True if it is in the entry alone. */
static bool find_in_entry(struct admin_keep *it)
{
	it->end =
	    admin_entry_find(&it->task.known->record, it->which, it->task.now, &it->app, &it->old);
	return it->end != APPPASS_END_ABSENT || !it->task.engine->settings->state_directory;
}

static void revoke_found(struct admin_task *task)
{
	struct admin_keep *it = admin_keep_of(task);

	if (admin_keep_refuse(it))
		return;
	if (!find_in_entry(it)) {
		admin_keep_store(it, run_revoke);
	} else if (it->end != APPPASS_END_DONE) {
		admin_keep_fail(it);
	} else if (it->app.revoked) {
		admin_keep_succeed(it, "directory");
	} else {
		it->app.revoked = task->now;
		apppass_put_value(&it->fresh, &it->app);
		admin_keep_write(it);
	}
}

static void rename_found(struct admin_task *task)
{
	struct admin_keep *it = admin_keep_of(task);

	if (admin_keep_refuse(it))
		return;
	if (!find_in_entry(it)) {
		admin_keep_store(it, run_rename);
		return;
	}
	if (it->end == APPPASS_END_DONE && !apppass_label_valid(it->label))
		it->end = APPPASS_END_MALFORMED;
	if (it->end == APPPASS_END_DONE)
		it->end =
		    admin_entry_admits(&task->known->record, it->label, it->app.id, task->now);
	if (it->end != APPPASS_END_DONE) {
		admin_keep_fail(it);
		return;
	}
	memset(it->app.label, 0, sizeof(it->app.label));
	memcpy(it->app.label, it->label.at, it->label.len);
	apppass_put_value(&it->fresh, &it->app);
	admin_keep_write(it);
}

void admin_apppass_revoke(struct admin_call *call)
{
	struct admin_keep *it = admin_keep_open(call);

	if (it)
		admin_task_find(&it->task, revoke_found);
}

void admin_apppass_rename(struct admin_call *call)
{
	struct admin_keep *it = admin_keep_open(call);

	if (it)
		admin_task_find(&it->task, rename_found);
}
