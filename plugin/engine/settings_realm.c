/* SPDX-License-Identifier: MIT */
/* The realms of the settings. */
#include "engine/settings_realm.h"

#include <string.h>

#include "base/fold.h"
#include "engine/settings_state.h"
#include "engine/settings_store.h"

static void take_name(struct settings_store *store, const struct conf_block *block,
		      struct settings_realm *realm)
{
	size_t room = strlen(block->title) + 1;
	char *name = settings_store_alloc(store, 1, room);
	struct buf out = {name, 0, room - 1, false};

	if (!name)
		return;
	realm->name = name;
	if (strpbrk(block->title, "@ ") || !fold_name(span_of(block->title), &out))
		settings_store_fault(store, block->place, "realm \"%s\": its title is not a domain",
				     block->title);
}

static void take_backends(struct settings *settings, const struct conf_block *block,
			  struct settings_realm *realm)
{
	const struct conf_value *value = conf_get(block, "backends");
	size_t *list = settings_store_alloc(settings->store, value->count, sizeof(*list));

	realm->backends = list;
	for (size_t i = 0; list && i < value->count; i++) {
		size_t at = 0;

		while (at < settings->backend_count &&
		       strcmp(settings->backends[at].label, value->items[i]) != 0)
			at++;
		if (at == settings->backend_count)
			settings_store_fault(settings->store, value->place,
					     "realm \"%s\": backends: no backend \"%s\"",
					     block->title, value->items[i]);
		for (size_t k = 0; k < realm->backend_count; k++)
			if (list[k] == at && at < settings->backend_count)
				settings_store_fault(settings->store, value->place,
						     "realm \"%s\": backends: \"%s\" stands twice",
						     block->title, value->items[i]);
		list[realm->backend_count++] = at;
	}
	if (value->count == 0)
		settings_store_fault(settings->store, value->place,
				     "realm \"%s\": backends: the list is empty", block->title);
}

static void take_networks(struct settings_store *store, const struct conf_block *block,
			  struct settings_realm *realm)
{
	const struct conf_value *value = conf_get(block, "disclose_networks");

	realm->networks = settings_state_networks(store, block, value, &realm->network_count);
	/* Everywhere but in the networks, always is proof. */
	realm->policy.disclose = (enum policy_disclose)conf_number(block, "disclose");
	if (realm->policy.disclose != POLICY_DISCLOSE_ALWAYS)
		return;
	realm->policy.disclose = POLICY_DISCLOSE_PROOF;
	if (value->count == 0)
		settings_store_fault(store, conf_get(block, "disclose")->place,
				     "realm \"%s\": disclose = always needs disclose_networks, so "
				     "that not everybody can ask for names and states",
				     block->title);
}

/* The texts of a section "messages", over those that are there. */
static void take_texts(struct settings_store *store, const struct conf_block *messages,
		       struct reply_style *style)
{
	for (enum reason reason = 0; messages && reason < REASON_COUNT; reason++) {
		const struct conf_value *value = conf_get(messages, reason_row(reason)->token);
		const char *fault;

		if (!value || !value->items[0][0])
			continue;
		if (!reason_text_valid(reason, span_of(value->items[0]), &fault))
			settings_store_fault(store, value->place, "messages: %s: %s",
					     value->key->name, fault);
		style->texts[reason] = value->items[0];
	}
}

/* "PLAIN", "PLAIN or LOGIN": what any listener offers of them, else both. */
static const char *plaintext_mechanisms(const struct settings *settings)
{
	bool plain = settings_offers(settings, MECH_PLAIN);
	bool login = settings_offers(settings, MECH_LOGIN);

	if (plain == login)
		return "PLAIN or LOGIN";
	return plain ? "PLAIN" : "LOGIN";
}

static struct span url_or(const struct conf_block *block, const struct conf_block *top,
			  const char *key)
{
	const char *own = conf_text(block, key);

	return span_of(*own ? own : conf_text(top, key));
}

static void take_style(struct settings *settings, const struct conf_block *block,
		       struct settings_realm *realm)
{
	const struct conf *conf = settings->store->conf;
	const struct conf_block *top = conf_top(conf);
	struct reply_style *style = &realm->style;

	style->url = url_or(block, top, "url");
	style->contact = url_or(block, top, "contact");
	style->mechanisms = span_of(plaintext_mechanisms(settings));
	style->app_passwords = realm->app_passwords;
	style->codes_rfc = strcmp(conf_text(top, "codes"), "rfc") == 0;
	take_texts(settings->store, conf_next(conf, top, "messages", NULL), style);
	take_texts(settings->store, conf_next(conf, block, "messages", NULL), style);
}

static void take_policy(struct settings_store *store, const struct conf_block *block,
			struct settings_realm *realm)
{
	struct policy *policy = &realm->policy;

	policy->secrets = (enum mech_secrets)conf_number(block, "secrets");
	policy->lock_told_always = strcmp(conf_text(block, "lock_told"), "always") == 0;
	policy->require_tls = conf_number(block, "require_tls");
	policy->app_required = conf_number(block, "app_password_required");
	policy->previous_days = (unsigned)conf_number(block, "previous_days");
	realm->app_passwords = conf_number(block, "app_passwords");
	if (policy->app_required && !realm->app_passwords)
		settings_store_fault(
		    store, conf_get(block, "app_password_required")->place,
		    "realm \"%s\": app_password_required needs app_passwords = yes", block->title);
}

static void take_lockout(const struct conf_block *block, struct settings_realm *realm)
{
	realm->rules = (struct attempts_rules){
	    .threshold = (unsigned)conf_number(block, "lock_threshold"),
	    .network_threshold = (unsigned)conf_number(block, "lock_network_threshold"),
	    .window = (unsigned)conf_number(block, "lock_window"),
	    .lock = (unsigned)conf_number(block, "lock_time"),
	    .delay_ms = (unsigned)conf_number(block, "lock_delay"),
	};
	realm->threshold_of_directory = conf_number(block, "lock_threshold_from") == 1;
}

static bool has_directory(const struct settings *settings, const struct settings_realm *realm)
{
	for (size_t i = 0; realm->backends && i < realm->backend_count; i++)
		if (realm->backends[i] < settings->backend_count &&
		    settings->backends[realm->backends[i]].type == SETTINGS_BACKEND_LDAP)
			return true;
	return false;
}

/* What needs a directory, or a place to keep things. */
static void take_kept(struct settings *settings, const struct conf_block *block,
		      struct settings_realm *realm)
{
	static const char *const directory_keys[] = {"app_password_store", "lock_threshold_from"};
	const struct conf_value *remember = conf_get(block, "remember_passwords");

	realm->app_in_directory = conf_number(block, "app_password_store") == 1;
	realm->remember_days = (unsigned)remember->number;
	realm->expiring_days = (unsigned)conf_number(block, "expiring_days");
	for (size_t i = 0; i < 2; i++)
		if (conf_number(block, directory_keys[i]) == 1 && !has_directory(settings, realm))
			settings_store_fault(settings->store,
					     conf_get(block, directory_keys[i])->place,
					     "realm \"%s\": %s = directory needs a backend_ldap",
					     block->title, directory_keys[i]);
	if (realm->remember_days && !settings->state_directory)
		settings_store_fault(settings->store, remember->place,
				     "realm \"%s\": remember_passwords needs state_directory",
				     block->title);
}

static const struct settings_realm *take_default(struct settings *settings)
{
	const struct conf_value *value = conf_get(conf_top(settings->store->conf), "default_realm");
	const struct settings_realm *realm;

	if (!value->items[0][0])
		return NULL;
	realm = settings_find_realm(settings, span_of(value->items[0]));
	if (!realm)
		settings_store_fault(settings->store, value->place,
				     "default_realm: there is no realm \"%s\"", value->items[0]);
	return realm;
}

static void take_realm(struct settings *settings, const struct conf_block *block,
		       struct settings_realm *realm)
{
	struct settings_store *store = settings->store;

	take_name(store, block, realm);
	if (realm->name && settings_find_realm(settings, span_of(realm->name)))
		settings_store_fault(store, block->place, "realm \"%s\": stands twice",
				     block->title);
	realm->scheme = conf_text(block, "scheme");
	realm->floor_ms = (unsigned)conf_number(block, "floor");
	realm->scram_iterations = (unsigned)conf_number(block, "scram_iterations");
	realm->observe = conf_number(block, "observe");
	take_backends(settings, block, realm);
	take_networks(store, block, realm);
	take_policy(store, block, realm);
	take_lockout(block, realm);
	take_kept(settings, block, realm);
	take_style(settings, block, realm);
}

void settings_realm_fill(struct settings *settings)
{
	struct settings_store *store = settings->store;
	const struct conf_block *top = conf_top(store->conf), *block = NULL;
	size_t count = 0;

	while ((block = conf_next(store->conf, top, "realm", block)))
		count++;
	if (count == 0)
		settings_store_fault(store, top->place, "there is no realm");
	settings->realms = settings_store_alloc(store, count, sizeof(*settings->realms));
	while (settings->realms && (block = conf_next(store->conf, top, "realm", block))) {
		take_realm(settings, block, &settings->realms[settings->realm_count]);
		settings->realm_count++;
	}
	if (!settings->realms)
		return;
	settings->default_realm = take_default(settings);
	settings->stranger_realm =
	    settings->default_realm ? settings->default_realm : settings->realms;
}
