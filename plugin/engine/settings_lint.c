/* SPDX-License-Identifier: MIT */
/* What is allowed in the settings but hardly meant. */
#include "engine/settings_lint.h"

#include <string.h>

#include "engine/settings_backend.h"
#include "engine/settings_store.h"

static bool some_realm_can(const struct settings *settings, enum mech mech)
{
	for (size_t i = 0; i < settings->realm_count; i++)
		if (mech_possible(mech, settings->realms[i].policy.secrets))
			return true;
	return false;
}

static void lint_mechanisms(const struct settings *settings, const struct conf_block *block)
{
	const struct conf_value *value = conf_get(block, "mechanisms");
	bool scram = false;

	for (size_t i = 0; i < value->count; i++) {
		enum mech mech = mech_find(span_of(value->items[i]));

		scram = scram || mech_kind(mech) == MECH_KIND_SCRAM;
		if (!some_realm_can(settings, mech))
			settings_store_warn(settings->store, value->place,
					    "listener \"%s\": %s is offered, but no realm has "
					    "secrets that can serve it",
					    block->title, value->items[i]);
	}
	if (scram && !settings->key_file && !settings->state_directory)
		settings_store_warn(settings->store, value->place,
				    "listener \"%s\": SCRAM is offered without key_file or "
				    "state_directory: after a restart the salts tell which names "
				    "have no account",
				    block->title);
}

static void lint_backends(const struct settings *settings, const char *section)
{
	const struct conf *conf = settings->store->conf;
	const struct conf_block *block = NULL;

	while ((block = conf_next(conf, conf_top(conf), section, block))) {
		bool used = false;

		for (size_t r = 0; r < settings->realm_count; r++)
			for (size_t i = 0; i < settings->realms[r].backend_count; i++)
				used =
				    used ||
				    strcmp(
					settings->backends[settings->realms[r].backends[i]].label,
					block->title) == 0;
		if (!used)
			settings_store_warn(settings->store, block->place,
					    "%s \"%s\" is used by no realm", section, block->title);
	}
}

/* What one host has put into the entries is read by all of them. */
static void lint_app_passwords(const struct settings *settings, const struct conf_block *block)
{
	struct conf_place place = conf_get(block, "app_password_store")->place;
	const char *state = settings->state_directory;

	if (settings->key_file || conf_number(block, "app_passwords") == 0 ||
	    strcmp(conf_text(block, "app_password_store"), "directory") != 0)
		return;
	if (state)
		settings_store_warn(
		    settings->store, place,
		    "realm \"%s\": app_password_store = directory without key_file: "
		    "each host makes a key of its own, and app passwords made on one "
		    "are wrong passwords on the others; set it to a copy of the same "
		    "key on each: install -m 0600 %s/key /etc/sasl-reason/key",
		    block->title, state);
	else
		settings_store_warn(
		    settings->store, place,
		    "realm \"%s\": app_password_store = directory without key_file "
		    "or state_directory: after a restart all app passwords are wrong "
		    "passwords",
		    block->title);
}

static void lint_realm(const struct settings *settings, const struct conf_block *block)
{
	struct settings_store *store = settings->store;

	if (strcmp(conf_text(block, "lock_told"), "always") == 0)
		settings_store_warn(store, conf_get(block, "lock_told")->place,
				    "realm \"%s\": lock_told = always tells everybody which names "
				    "have a locked account",
				    block->title);
	if (conf_number(block, "floor") < 50)
		settings_store_warn(store, conf_get(block, "floor")->place,
				    "realm \"%s\": a floor below 50ms hides no lookup: the time of "
				    "a refusal can tell which names exist",
				    block->title);
}

void settings_lint(const struct settings *settings)
{
	const struct conf *conf = settings->store->conf;
	const struct conf_block *top = conf_top(conf), *block = NULL;

	while ((block = conf_next(conf, top, "listener", block)))
		lint_mechanisms(settings, block);
	for (size_t type = 0; type < SETTINGS_BACKEND_TYPES; type++)
		lint_backends(settings, settings_backend_section((enum settings_backend_type)type));
	while ((block = conf_next(conf, top, "realm", block))) {
		lint_realm(settings, block);
		lint_app_passwords(settings, block);
	}
	if (settings->username == SETTINGS_USERNAME_LOCAL && settings->realm_count > 1)
		settings_store_warn(settings->store, conf_get(top, "username_format")->place,
				    "username_format: without the domain, accounts of the same "
				    "name in %zu realms are one and the same to the mail server",
				    settings->realm_count);
}
