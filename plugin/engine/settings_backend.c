/* SPDX-License-Identifier: MIT */
/* The backends of the settings. */
#include "engine/settings_backend.h"

#include <string.h>
#include <sys/stat.h>

#include "base/secretfile.h"
#include "engine/settings_ldap.h"
#include "engine/settings_store.h"

const char *settings_backend_section(enum settings_backend_type type)
{
	static const char *const sections[SETTINGS_BACKEND_TYPES] = {
	    [SETTINGS_BACKEND_FILE] = "backend_file",
	    [SETTINGS_BACKEND_PASSWD] = "backend_passwd",
	    [SETTINGS_BACKEND_LDAP] = "backend_ldap",
	};

	return sections[type];
}

static void take_backend(struct settings_store *store, const struct conf_block *block,
			 enum settings_backend_type type, struct settings_backend *backend)
{
	backend->type = type;
	backend->label = block->title;
	switch (type) {
	case SETTINGS_BACKEND_FILE:
		backend->path = conf_text(block, "path");
		if (!*backend->path)
			settings_store_fault(store, conf_get(block, "path")->place,
					     "backend_file \"%s\": path is empty", block->title);
		break;
	case SETTINGS_BACKEND_PASSWD:
		backend->min_uid = (unsigned)conf_number(block, "min_uid");
		if (*conf_text(block, "app_required_group"))
			backend->app_required_group = conf_text(block, "app_required_group");
		backend->threads = (unsigned)conf_number(block, "threads");
		break;
	case SETTINGS_BACKEND_LDAP:
		backend->ldap = settings_ldap_take(store, block);
		backend->threads = (unsigned)conf_number(block, "threads");
		break;
	}
}

static void check_label(const struct settings *settings, const struct conf_block *block)
{
	for (size_t i = 0; i < settings->backend_count; i++)
		if (strcmp(settings->backends[i].label, block->title) == 0)
			settings_store_fault(settings->store, block->place,
					     "%s \"%s\": another backend has this label",
					     block->section->name, block->title);
}

static void fill_type(struct settings *settings, enum settings_backend_type type)
{
	struct settings_store *store = settings->store;
	const struct conf_block *top = conf_top(store->conf), *block = NULL;

	while ((block = conf_next(store->conf, top, settings_backend_section(type), block))) {
		check_label(settings, block);
		take_backend(store, block, type, &settings->backends[settings->backend_count++]);
	}
}

void settings_backend_fill(struct settings *settings)
{
	struct settings_store *store = settings->store;
	size_t count = 0;

	for (size_t type = 0; type < SETTINGS_BACKEND_TYPES; type++) {
		const char *section = settings_backend_section((enum settings_backend_type)type);
		const struct conf_block *block = NULL;

		while ((block = conf_next(store->conf, conf_top(store->conf), section, block)))
			count++;
	}
	settings->backends = settings_store_alloc(store, count, sizeof(*settings->backends));
	for (size_t type = 0; settings->backends && type < SETTINGS_BACKEND_TYPES; type++)
		fill_type(settings, (enum settings_backend_type)type);
}

/* ---- files with secrets ---- */

static bool owned_by(const char *path, uid_t uid)
{
	struct stat about;

	return stat(path, &about) == 0 && about.st_uid == uid;
}

/* One file of a backend: `may_come` if the backend waits until it is there. */
static bool check_file(const struct settings *settings, const struct conf_block *block,
		       const char *key, bool may_come, struct buf *faults, struct buf *warnings)
{
	const struct conf_value *path = conf_get(block, key);
	struct buf *told = faults;
	const char *fault = NULL;
	bool fine = false;

	switch (secretfile_look(path->items[0], settings->uid, &fault)) {
	case SECRETFILE_FINE:
		fine = true;
		told = warnings;
		if (settings->uid != 0 && !owned_by(path->items[0], settings->uid))
			fault = "user cannot read it";
		break;
	case SECRETFILE_ABSENT:
		fine = may_come;
		told = may_come ? warnings : faults;
		break;
	case SECRETFILE_EXPOSED:
		break;
	}
	if (fault)
		conf_fault(told, path->place, "%s \"%s\": %s: %s: %s", block->section->name,
			   block->title, key, path->items[0], fault);
	return fine;
}

/* Whether the service's password can be taken from its file. */
static bool check_password(const struct settings *settings, const struct conf_block *block,
			   struct buf *faults)
{
	char text[512];
	struct buf fault = {text, 0, sizeof(text) - 1, false};
	size_t i = 0;

	while (
	    i < settings->backend_count &&
	    (!settings->backends[i].ldap || strcmp(settings->backends[i].label, block->title) != 0))
		i++;
	if (i == settings->backend_count || backend_ldap_check(settings->backends[i].ldap, &fault))
		return true;
	text[fault.len] = '\0';
	conf_fault(faults, conf_get(block, "bind_password_file")->place,
		   "%s \"%s\": bind_password_file: %s", block->section->name, block->title, text);
	return false;
}

bool settings_backend_check_files(const struct settings *settings, struct buf *faults,
				  struct buf *warnings)
{
	const struct conf *conf = settings->store->conf;
	const struct conf_block *top = conf_top(conf), *block = NULL;
	bool fine = true;

	while ((block = conf_next(conf, top, "backend_file", block)))
		fine = check_file(settings, block, "path", true, faults, warnings) && fine;
	while ((block = conf_next(conf, top, "backend_ldap", block))) {
		if (*conf_text(block, "bind_password_file"))
			fine = check_file(settings, block, "bind_password_file", false, faults,
					  warnings) &&
			       check_password(settings, block, faults) && fine;
		if (*conf_text(block, "tls_key_file"))
			fine =
			    check_file(settings, block, "tls_key_file", false, faults, warnings) &&
			    fine;
	}
	return fine;
}
