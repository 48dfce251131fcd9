/* SPDX-License-Identifier: MIT */
/* The admin commands "status", "config" and "reload": the daemon itself. */
#include "config.h"

#include "face/admin_status.h"

#include <sysexits.h>
#include <unistd.h>

#include "engine/ledger.h"
#include "face/admin_connection.h"
#include "face/admin_json.h"
#include "face/admin_task.h"

/* Appends a value that it takes over; false, with all of it freed, without memory. */
static bool append(json_t **array, json_t *value)
{
	if (json_array_append_new(*array, value) == 0)
		return true;
	json_decref(*array);
	*array = NULL;
	return false;
}

/* ---- status ---- */

static json_t *put_causes(const struct engine_counters *counters)
{
	json_t *object = json_object();

	for (unsigned i = 0; object && i < REASON_COUNT; i++) {
		json_t *count = json_integer((json_int_t)counters->by_cause[i]);

		if (json_object_set_new(object, reason_row((enum reason)i)->token, count) == 0)
			continue;
		json_decref(object);
		object = NULL;
	}
	return object;
}

static json_t *put_counters(const struct engine_counters *counters)
{
	return json_pack(
	    "{s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "allowed", (json_int_t)counters->allowed,
	    "refused", (json_int_t)counters->refused, "later", (json_int_t)counters->later,
	    "overruns", (json_int_t)counters->overruns, "locked", (json_int_t)counters->locked,
	    "expiring", (json_int_t)counters->expiring, "by_cause", put_causes(counters));
}

static const char *answer_word(enum answer answer)
{
	switch (answer) {
	case CANNOT_TELL:
		return "unknown";
	case NO:
		return "no";
	case YES:
		return "yes";
	}
	return "unknown";
}

static json_t *put_health(struct backend *backend)
{
	struct backend_health health = {0};

	if (backend->type->health)
		backend->type->health(backend, &health);
	return json_pack("{s:o, s:s, s:s, s:I}", "label", admin_json_cstring(backend->label),
			 "type", backend->type->name, "up", answer_word(health.up),
			 "certificate_until", (json_int_t)health.certificate_until);
}

static json_t *put_backends(const struct engine *engine)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < engine->settings->backend_count; i++)
		append(&array, put_health(engine->backends[i].backend));
	return array;
}

static json_t *put_process(const struct admin_call *call)
{
	const struct admin_group *group = call->group;
	const struct engine *engine = call->engine;

	return json_pack("{s:s, s:i, s:i, s:I, s:o, s:o, s:I}", "version", PACKAGE_VERSION, "pid",
			 (int)getpid(), "parent", (int)getppid(), "started",
			 (json_int_t)engine->started, "config",
			 admin_json_cstring(group->config_path), "state_directory",
			 admin_json_cstring(engine->settings->state_directory), "connections",
			 (json_int_t)group->peers->count);
}

static const char *fleet_word(const struct ledger_status *status)
{
	if (!status->fleet)
		return NULL;
	return status->fleet_connected ? "connected" : "away";
}

static const char *credentials_word(const struct ledger_status *status)
{
	if (!status->credentials)
		return NULL;
	return status->credentials_fault.len ? "failing" : "open";
}

static json_t *put_stores(const struct engine *engine)
{
	struct ledger_status status = {0};
	struct span fault;

	ledger_status(engine->ledger, &status);
	fault = status.credentials_fault.len ? status.credentials_fault : SPAN_NONE;
	return json_pack("{s:b, s:I, s:I, s:o, s:o, s:o}", "journal_failing",
			 (int)status.journal_failing, "waiting", (json_int_t)status.waiting, "lost",
			 (json_int_t)status.lost, "credentials",
			 admin_json_cstring(credentials_word(&status)), "credentials_fault",
			 admin_json_text(fault), "fleet", admin_json_cstring(fleet_word(&status)));
}

static json_t *put_work(const struct engine *engine)
{
	return json_pack("{s:o, s:o, s:{s:I, s:I}}", "counters", put_counters(&engine->counters),
			 "backends", put_backends(engine), "queues", "hashes",
			 (json_int_t)worker_live(engine->hashes), "stores",
			 (json_int_t)worker_live(engine->stores));
}

void admin_status_run(struct admin_call *call)
{
	json_t *answer = put_process(call);
	json_t *parts[] = {put_work(call->engine), put_stores(call->engine)};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (json_object_update(answer, parts[i]) != 0) {
			json_decref(answer);
			answer = NULL;
		}
		json_decref(parts[i]);
	}
	admin_reply(call, answer);
}

/* ---- config ---- */

static const char *secrets_word(enum mech_secrets secrets)
{
	switch (secrets) {
	case MECH_SECRETS_HASHED:
		return "hashed";
	case MECH_SECRETS_CLEARTEXT:
		return "cleartext";
	case MECH_SECRETS_SCRAM:
		return "scram";
	case MECH_SECRETS_MIXED:
		return "mixed";
	}
	return "hashed";
}

/* A uid or gid; all ones: none is set. */
static json_t *put_id(uint32_t id)
{
	return id == UINT32_MAX ? json_null() : json_integer((json_int_t)id);
}

static json_t *put_listener(const struct settings_listener *listener)
{
	const char *face = listener->face == SETTINGS_FACE_ADMIN ? "admin" : "auth";
	json_t *mechanisms = json_array();
	char mode[8];

	snprintf(mode, sizeof(mode), "%04o", (unsigned)listener->mode & 07777u);
	for (size_t i = 0; mechanisms && i < listener->mechanism_count; i++)
		append(&mechanisms, json_string(mech_name(listener->mechanisms[i])));
	return json_pack("{s:o, s:s, s:o, s:o, s:s, s:o}", "path",
			 admin_json_cstring(listener->path), "mode", mode, "owner",
			 put_id(listener->owner), "group", put_id(listener->group), "face", face,
			 "mechanisms", mechanisms);
}

static json_t *put_listeners(const struct settings *settings)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < settings->listener_count; i++)
		append(&array, put_listener(&settings->listeners[i]));
	return array;
}

static json_t *put_realms(const struct settings *settings)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < settings->realm_count; i++) {
		const struct settings_realm *realm = &settings->realms[i];

		append(&array, json_pack("{s:o, s:s, s:b, s:b, s:I}", "name",
					 admin_json_cstring(realm->name), "secrets",
					 secrets_word(realm->policy.secrets), "app_passwords",
					 (int)realm->app_passwords, "observe", (int)realm->observe,
					 "floor_ms", (json_int_t)realm->floor_ms));
	}
	return array;
}

static json_t *put_uris(const struct backend_ldap_settings *ldap)
{
	json_t *array = json_array();

	for (size_t i = 0; array && ldap && i < ldap->uri_count; i++)
		append(&array, admin_json_cstring(ldap->uris[i]));
	return array;
}

static const char *type_word(enum settings_backend_type type)
{
	switch (type) {
	case SETTINGS_BACKEND_FILE:
		return "file";
	case SETTINGS_BACKEND_PASSWD:
		return "passwd";
	case SETTINGS_BACKEND_LDAP:
		return "ldap";
	}
	return "file";
}

static json_t *put_backend_settings(const struct settings *settings)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < settings->backend_count; i++) {
		const struct settings_backend *backend = &settings->backends[i];

		append(&array,
		       json_pack("{s:o, s:s, s:o, s:o, s:b}", "label",
				 admin_json_cstring(backend->label), "type",
				 type_word(backend->type), "path",
				 admin_json_cstring(backend->path), "uris", put_uris(backend->ldap),
				 "starttls", backend->ldap && backend->ldap->starttls));
	}
	return array;
}

void admin_status_config(struct admin_call *call)
{
	const struct settings *settings = call->engine->settings;
	const struct settings_realm *realm = settings->default_realm;

	admin_reply(call,
		    json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "listeners",
			      put_listeners(settings), "user", admin_json_cstring(settings->user),
			      "uid", settings->user ? put_id(settings->uid) : json_null(), "gid",
			      settings->user ? put_id(settings->gid) : json_null(), "key_file",
			      admin_json_cstring(settings->key_file), "default_realm",
			      admin_json_cstring(realm ? realm->name : NULL), "realms",
			      put_realms(settings), "backends", put_backend_settings(settings)));
}

/* ---- reload ---- */

void admin_status_reload(struct admin_call *call)
{
	struct admin_group *group = call->group;

	admin_task_log(call, SPAN_NONE, NULL, SPAN_NONE);
	group->ask_reload(group->context);
	admin_reply(call, json_pack("{s:i}", "worker", (int)getpid()));
}
