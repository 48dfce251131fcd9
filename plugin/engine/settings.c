/* SPDX-License-Identifier: MIT */
/* The configuration, checked and turned into the plain structs that the engine and faces use. */
#include "engine/settings.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/conf_write.h"
#include "base/secretfile.h"
#include "engine/settings_keys.h"
#include "engine/settings_lint.h"
#include "engine/settings_backend.h"
#include "engine/settings_listener.h"
#include "engine/settings_realm.h"
#include "engine/settings_state.h"
#include "engine/settings_store.h"
#include "engine/settings_who.h"

#define SETTINGS_KEY_MIN 16

static const char *text_or_null(const struct conf_block *block, const char *key)
{
	const char *text = conf_text(block, key);

	return *text ? text : NULL;
}

static unsigned cores(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	return count < 1 ? 1 : count > 256 ? 256 : (unsigned)count;
}

static void fill_top(struct settings *settings)
{
	struct settings_store *store = settings->store;
	const struct conf_block *top = conf_top(store->conf);

	settings->log_target = (enum log_target)conf_number(top, "log");
	settings->log_level = (enum log_level)conf_number(top, "log_level");
	settings->username = (enum settings_username)conf_number(top, "username_format");
	settings->key_file = text_or_null(top, "key_file");
	settings->pid_file = text_or_null(top, "pid_file");
	settings->hash_threads = (unsigned)conf_number(top, "hash_threads");
	if (settings->hash_threads == 0)
		settings->hash_threads = cores();
	settings->queue_length = (unsigned)conf_number(top, "queue_length");
	settings->queue_wait_ms = (unsigned)conf_number(top, "queue_wait");
	settings->user = text_or_null(top, "user");
	settings->uid = geteuid();
	settings->gid = getegid();
	if (settings->user && !settings_who_user(settings->user, &settings->uid, &settings->gid))
		settings_store_fault(store, conf_get(top, "user")->place,
				     "user: there is no user \"%s\"%s", settings->user,
				     conf_get(top, "user")->set ? "" : " (the default)");
}

bool settings_load(const char *path, struct settings **out, struct buf *faults)
{
	struct conf *conf = conf_open(settings_keys(), path, faults);
	struct settings_store *store = conf ? settings_store_open(conf, faults) : NULL;
	struct settings *settings =
	    store ? settings_store_alloc(store, 1, sizeof(*settings)) : NULL;

	*out = NULL;
	if (!settings) {
		settings_store_close(&store);
		return false;
	}
	settings->store = store;
	fill_top(settings);
	settings_listener_fill(settings);
	settings_state_fill(settings);
	settings_backend_fill(settings);
	settings_realm_fill(settings);
	if (!store->faulty)
		settings_lint(settings);
	settings->warnings = store->storage;
	store->faults = NULL;
	if (store->faulty)
		settings_store_close(&store);
	else
		*out = settings;
	return *out != NULL;
}

void settings_close(struct settings **settings)
{
	struct settings_store *store = *settings ? (*settings)->store : NULL;

	*settings = NULL;
	settings_store_close(&store);
}

static bool check_key_file(const struct settings *settings, struct buf *faults)
{
	struct conf_place place = conf_get(conf_top(settings->store->conf), "key_file")->place;
	struct stat about;
	const char *fault;

	if (secretfile_look(settings->key_file, settings->uid, &fault) == SECRETFILE_FINE &&
	    stat(settings->key_file, &about) == 0 && about.st_size >= SETTINGS_KEY_MIN)
		return true;
	conf_fault(faults, place, "key_file: %s: %s", settings->key_file,
		   fault ? fault : "has less than 16 octets");
	return false;
}

bool settings_check_files(const struct settings *settings, struct buf *faults, struct buf *warnings)
{
	bool fine = !settings->key_file || check_key_file(settings, faults);

	fine = settings_state_check_files(settings, faults) && fine;
	return settings_backend_check_files(settings, faults, warnings) && fine;
}

void settings_print(const struct settings *settings, FILE *out)
{
	conf_write(settings->store->conf, out);
}

const struct settings_realm *settings_find_realm(const struct settings *settings,
						 struct span domain)
{
	for (size_t i = 0; i < settings->realm_count; i++)
		if (span_equal_nocase(span_of(settings->realms[i].name), domain))
			return &settings->realms[i];
	return NULL;
}

enum policy_disclose settings_disclose(const struct settings_realm *realm,
				       const unsigned char *address)
{
	if (address && network_has(realm->networks, realm->network_count, address))
		return POLICY_DISCLOSE_ALWAYS;
	return realm->policy.disclose;
}

bool settings_offers(const struct settings *settings, enum mech mech)
{
	for (size_t i = 0; i < settings->listener_count; i++)
		for (size_t k = 0; k < settings->listeners[i].mechanism_count; k++)
			if (settings->listeners[i].mechanisms[k] == mech)
				return true;
	return false;
}
