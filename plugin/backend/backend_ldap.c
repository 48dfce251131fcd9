/* SPDX-License-Identifier: MIT */
/* Accounts in a directory: found by a search, proven by a bind or by their stored secrets. */
#include "backend/backend_ldap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/ldap_filter.h"
#include "backend/ldap_login.h"
#include "base/log.h"

#define SECRET_MAX 65536 /* octets of a password that a server is bothered with */

struct backend_ldap {
	struct backend backend;
	struct backend_ldap_settings settings;
	struct ldap_plan plan;
	struct ldap_pool pool;
	struct ldap_policy policies;
};

static enum backend_found run(struct backend *backend, const struct backend_name *name, bool proves,
			      struct span secret, struct backend_record *record)
{
	struct backend_ldap *it = (struct backend_ldap *)backend;
	struct ldap_login login;

	login.judges_nobody = proves && !secret.at;
	login.plan = &it->plan;
	login.pool = &it->pool;
	login.policies = &it->policies;
	login.name = name;
	login.proves = proves;
	login.secret = login.judges_nobody ? span_of(it->plan.stranger) : secret;
	login.record = record;
	return ldap_login_run(&login);
}

static enum backend_found backend_ldap_lookup(struct backend *backend,
					      const struct backend_name *name,
					      struct backend_record *record)
{
	return run(backend, name, false, SPAN_NONE, record);
}

/* An empty password is never bound: the server would take it for no bind at all, and agree. */
static enum backend_found backend_ldap_prove(struct backend *backend,
					     const struct backend_name *name, struct span secret,
					     struct backend_record *record)
{
	bool proves = !secret.at || (secret.len > 0 && secret.len <= SECRET_MAX);
	enum backend_found found = run(backend, name, proves, secret, record);

	if (!proves)
		record->proof = PROOF_NONE;
	return found;
}

static void backend_ldap_close(struct backend **backend)
{
	struct backend_ldap *it = (struct backend_ldap *)*backend;

	*backend = NULL;
	ldap_pool_close(&it->pool);
	ldap_policy_close(&it->policies);
	ldap_plan_close(&it->plan);
	free(it);
}

static const struct backend_type bind_type = {.name = "ldap",
					      .blocking = true,
					      .lookup = backend_ldap_lookup,
					      .prove = backend_ldap_prove,
					      .close = backend_ldap_close};
static const struct backend_type hash_type = {.name = "ldap",
					      .blocking = true,
					      .lookup = backend_ldap_lookup,
					      .close = backend_ldap_close};

static void say(const struct backend_ldap_settings *settings, const char *what, const char *about,
		const char *error)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_ERROR, "backend-ldap");
	log_put_text(&line, "what", what);
	log_put_text(&line, "backend", settings->label);
	log_put_text(&line, "about", about);
	log_put_text(&line, "error", error);
	log_end(&line);
}

/* The first line of the file, without its end. */
static bool read_secret(const struct backend_ldap_settings *settings, struct secret *secret)
{
	const char *path = settings->bind_password_file;
	char octets[4096];
	ssize_t got = -1;
	bool ok;
	int fd;

	if (settings->service != BACKEND_LDAP_SIMPLE || !*settings->bind_dn)
		return true;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		got = read(fd, octets, sizeof(octets));
		close(fd);
	}
	if (got < 0) {
		say(settings, "the password file cannot be read", path, strerrordesc_np(errno));
		return false;
	}
	for (ssize_t i = 0; i < got; i++)
		if (octets[i] == '\n' || octets[i] == '\r')
			got = i;
	ok = got > 0 && secret_init(secret, (struct span){octets, (size_t)got});
	secret_wipe_octets(octets, sizeof(octets));
	if (!ok)
		say(settings, "the password file is empty", path, NULL);
	return ok;
}

struct backend *backend_ldap_open(const struct backend_ldap_settings *settings)
{
	struct backend_ldap *it = NULL;
	struct secret secret = {NULL, 0};
	struct backend *backend;

	if (!ldap_handle_prepare(settings->service)) {
		say(settings, "libsasl2 has no GSSAPI", NULL, NULL);
		return NULL;
	}
	if (!read_secret(settings, &secret))
		return NULL;
	it = calloc(1, sizeof(*it));
	if (!it) {
		secret_wipe(&secret);
		return NULL;
	}
	backend = &it->backend;
	it->settings = *settings;
	it->backend.label = settings->label;
	it->backend.type = settings->verify == BACKEND_LDAP_BIND ? &bind_type : &hash_type;
	ldap_policy_open(&it->policies, &it->settings);
	if (ldap_plan_open(&it->plan, &it->settings) &&
	    ldap_pool_open(&it->pool, &it->settings, &secret))
		return backend;
	secret_wipe(&secret);
	backend_ldap_close(&backend);
	return NULL;
}
