/* SPDX-License-Identifier: MIT */
/* Accounts of the system: getpwnam and getspnam, with the states of shadow(5). */
#include "backend/backend_passwd.h"

#include <errno.h>
#include <paths.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/passwd_group.h"
#include "backend/passwd_state.h"
#include "base/log.h"
#include "base/secret.h"

#define NAME_OCTETS  256
#define ENTRY_OCTETS 65536 /* one entry of passwd or shadow */

struct backend_passwd {
	struct backend backend;
	unsigned min_uid;
	const char *app_required_group; /* null: nobody's */
	_Atomic bool absent;		/* that it is not there was said */
	_Atomic bool failed;		/* the last lookup found the name service down */
};

/* The memory of one lookup. */
struct entries {
	char name[NAME_OCTETS];
	struct passwd passwd;
	struct spwd shadow;
	char passwd_text[ENTRY_OCTETS];
	char shadow_text[ENTRY_OCTETS];
};

/* What getpwnam_r(3) and getspnam_r(3) return without an entry. Their pages let ENOENT, EBADF and
 * EPERM mean "not found" too, but a name service that cannot be reached says ENOENT (nslcd). */
static enum backend_found found_of(int error)
{
	switch (error) {
	case 0:
	case ESRCH:
		return BACKEND_UNKNOWN;
	}
	return BACKEND_DOWN;
}

static enum backend_found down(const struct backend *backend, const char *what, int error)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_ERROR, "backend-passwd");
	log_put_text(&line, "what", what);
	log_put_text(&line, "backend", backend->label);
	log_put_text(&line, "error", strerrorname_np(error));
	log_end(&line);
	return BACKEND_DOWN;
}

static enum backend_found find_passwd(const struct backend *backend, struct entries *entries)
{
	struct passwd *hit = NULL;
	int error = getpwnam_r(entries->name, &entries->passwd, entries->passwd_text,
			       sizeof(entries->passwd_text), &hit);

	if (hit)
		return BACKEND_KNOWN;
	if (found_of(error) == BACKEND_DOWN)
		return down(backend, "passwd cannot be asked", error);
	return BACKEND_UNKNOWN;
}

static enum backend_found find_shadow(const struct backend *backend, struct entries *entries)
{
	struct spwd *hit = NULL;
	int error = getspnam_r(entries->name, &entries->shadow, entries->shadow_text,
			       sizeof(entries->shadow_text), &hit);

	if (hit)
		return BACKEND_KNOWN;
	/* "shadow: files systemd" in nsswitch.conf hides that the first was not permitted. */
	if (error == 0 && eaccess(_PATH_SHADOW, R_OK) != 0)
		error = errno;
	if (found_of(error) == BACKEND_DOWN)
		return down(backend, "shadow cannot be read", error);
	return BACKEND_UNKNOWN;
}

static void say_absent(struct backend_passwd *it, bool absent)
{
	if (absent && !atomic_exchange(&it->absent, true))
		log_say(LOG_LEVEL_WARNING, "backend-passwd", "app_required_group does not exist",
			it->app_required_group);
	if (!absent)
		it->absent = false;
}

/* Whether the account needs app passwords. */
static enum backend_found find_group(struct backend_passwd *it, struct entries *entries,
				     struct backend_record *record)
{
	bool absent;
	int error;

	if (!it->app_required_group)
		return BACKEND_KNOWN;
	switch (passwd_group_has(it->app_required_group, entries->passwd.pw_name,
				 entries->passwd.pw_gid, &absent, &error)) {
	case CANNOT_TELL:
		return down(&it->backend, "groups cannot be asked", error);
	case YES:
		record->account.app_required = true;
		break;
	case NO:
		break;
	}
	say_absent(it, absent);
	return BACKEND_KNOWN;
}

static enum backend_found find(struct backend_passwd *it, struct entries *entries,
			       struct backend_record *record)
{
	enum backend_found found = find_passwd(&it->backend, entries);
	const struct spwd *shadow = NULL;

	if (found != BACKEND_KNOWN)
		return found;
	if (entries->passwd.pw_uid < it->min_uid)
		return BACKEND_UNKNOWN;
	if (passwd_state_shadowed(&entries->passwd)) {
		found = find_shadow(&it->backend, entries);
		if (found == BACKEND_DOWN)
			return found;
		if (found == BACKEND_KNOWN)
			shadow = &entries->shadow;
	}
	found = find_group(it, entries, record);
	if (found == BACKEND_KNOWN)
		passwd_state_fill(&entries->passwd, shadow, record);
	return found;
}

static enum backend_found backend_passwd_lookup(struct backend *backend,
						const struct backend_name *name,
						struct backend_record *record)
{
	struct backend_passwd *it = (struct backend_passwd *)backend;
	struct entries *entries;
	enum backend_found found;

	if (name->local.len == 0 || name->local.len >= NAME_OCTETS)
		return BACKEND_UNKNOWN;
	entries = malloc(sizeof(*entries));
	if (!entries)
		return BACKEND_DOWN;
	memcpy(entries->name, name->local.at, name->local.len);
	entries->name[name->local.len] = 0;
	found = find(it, entries, record);
	it->failed = found == BACKEND_DOWN;
	secret_wipe_octets(entries->passwd_text, sizeof(entries->passwd_text));
	secret_wipe_octets(entries->shadow_text, sizeof(entries->shadow_text));
	free(entries);
	return found;
}

/* A system whose accounts come from elsewhere may have no shadow file. */
static void backend_passwd_health(struct backend *backend, struct backend_health *health)
{
	struct backend_passwd *it = (struct backend_passwd *)backend;

	if (it->failed)
		health->up = NO;
	else if (eaccess(_PATH_SHADOW, R_OK) == 0)
		health->up = YES;
	else
		health->up = errno == EACCES || errno == EPERM ? NO : CANNOT_TELL;
}

static void backend_passwd_close(struct backend **backend)
{
	free(*backend);
	*backend = NULL;
}

static const struct backend_type passwd_type = {.name = "passwd",
						.blocking = true,
						.lookup = backend_passwd_lookup,
						.health = backend_passwd_health,
						.close = backend_passwd_close};

struct backend *backend_passwd_open(const char *label, unsigned min_uid,
				    const char *app_required_group)
{
	struct backend_passwd *it = calloc(1, sizeof(*it));

	if (!it)
		return NULL;
	it->backend = (struct backend){&passwd_type, label};
	it->min_uid = min_uid;
	it->app_required_group = app_required_group;
	return &it->backend;
}
