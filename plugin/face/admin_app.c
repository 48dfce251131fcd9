/* SPDX-License-Identifier: MIT */
/* The app passwords of an account as the admin socket shows them, from all that keep some. */
#include "face/admin_app.h"

#include <stdlib.h>

#include "base/secret.h"
#include "engine/engine_thread.h"
#include "face/admin_json.h"

static bool make_room(struct admin_app_list *list)
{
	size_t room = list->room ? 2 * list->room : 16;
	struct apppass *larger;

	if (list->count < list->room)
		return true;
	larger = calloc(room, sizeof(*larger));
	if (!larger)
		return false;
	for (size_t i = 0; i < list->count; i++)
		larger[i] = list->at[i];
	secret_wipe_octets(list->at, list->count * sizeof(*list->at));
	free(list->at);
	list->at = larger;
	list->room = room;
	return true;
}

static void on_each(void *context, const struct apppass *app)
{
	struct admin_app_list *list = context;

	if (make_room(list))
		list->at[list->count++] = *app;
	else
		list->failed = true;
}

void admin_app_collect(struct engine *engine, struct span owner, struct admin_app_list *list)
{
	struct apppass_store *store;

	if (!engine->settings->state_directory)
		return;
	store = engine_thread_apppass(engine);
	if (!store || apppass_store_each(store, owner, on_each, list) == APPPASS_FAILED)
		list->failed = true;
}

void admin_app_wipe(struct admin_app_list *list)
{
	secret_wipe_octets(list->at, list->count * sizeof(*list->at));
	free(list->at);
	*list = (struct admin_app_list){NULL, 0, 0, false};
}

/* A text of the struct's: "" is none. */
static json_t *put_known(const char *text)
{
	return admin_json_cstring(text[0] ? text : NULL);
}

json_t *admin_app_object(const struct apppass *app, const char *store)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:o, s:o, s:s}", "id",
			 admin_json_cstring(app->id), "label", admin_json_cstring(app->label),
			 "services", admin_json_list(span_of(app->services)), "networks",
			 admin_json_list(span_of(app->networks)), "created",
			 (json_int_t)app->created, "expires", (json_int_t)app->expires, "revoked",
			 (json_int_t)app->revoked, "used", (json_int_t)app->used, "used_client",
			 put_known(app->used_client), "used_mechanism",
			 put_known(app->used_mechanism), "store", store);
}

/* One that the backend keeps itself. */
static json_t *put_foreign(const struct backend_app *app)
{
	return json_pack("{s:n, s:o, s:o, s:[], s:I, s:I, s:I, s:I, s:n, s:n, s:s}", "id", "label",
			 admin_json_text(app->label), "services", admin_json_list(app->services),
			 "networks", "created", (json_int_t)0, "expires", (json_int_t)app->expires,
			 "revoked", (json_int_t)app->revoked, "used", (json_int_t)0, "used_client",
			 "used_mechanism", "store", "backend");
}

static json_t *put_of_record(const struct backend_app *app)
{
	struct apppass ours;

	if (!app->value.at)
		return put_foreign(app);
	/* What is none of ours logs nobody in, and its label cannot be told. */
	return apppass_take_value(app->value, &ours) ? admin_app_object(&ours, "directory")
						     : json_null();
}

static bool append(json_t *array, json_t *value)
{
	if (json_is_null(value))
		return true;
	return json_array_append_new(array, value) == 0;
}

json_t *admin_app_array(const struct admin_app_list *list, const struct backend_record *record)
{
	json_t *array = json_array();
	bool ok = array != NULL;

	for (size_t i = 0; ok && i < list->count; i++)
		ok = append(array, admin_app_object(&list->at[i], "sqlite"));
	for (size_t i = 0; ok && record && i < record->app_count; i++)
		ok = append(array, put_of_record(&record->apps[i]));
	if (ok)
		return array;
	json_decref(array);
	return NULL;
}
