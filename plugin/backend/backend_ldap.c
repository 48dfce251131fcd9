/* SPDX-License-Identifier: MIT */
/* Accounts in a directory: found by a search, proven by a bind or by their stored secrets. */
#include "backend/backend_ldap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/ldap_filter.h"
#include "backend/ldap_write.h"
#include "base/log.h"

#define SECRET_MAX 65536 /* octets of a password that a server is bothered with */
#define LINE_MAX   4096	 /* of the service's own, in its file */

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

static enum backend_write backend_ldap_write_app(struct backend *backend,
						 const struct backend_name *name, struct span old,
						 struct span new)
{
	struct backend_ldap *it = (struct backend_ldap *)backend;
	struct ldap_login login = {.plan = &it->plan, .pool = &it->pool, .name = name};

	return ldap_write_app(&login, old, new);
}

static void backend_ldap_health(struct backend *backend, struct backend_health *health)
{
	struct backend_ldap *it = (struct backend_ldap *)backend;

	health->up = ldap_pool_up(&it->pool);
	health->certificate_until = it->pool.certificate.until;
	health->lockout_threshold = ldap_policy_threshold(&it->policies);
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

#define TYPE(prove_function, write_function)                                                       \
	{                                                                                          \
		.name = "ldap", .blocking = true, .lookup = backend_ldap_lookup,                   \
		.prove = (prove_function), .write_app = (write_function),                          \
		.health = backend_ldap_health, .close = backend_ldap_close                         \
	}

static const struct backend_type bind_type = TYPE(backend_ldap_prove, backend_ldap_write_app);
static const struct backend_type hash_type = TYPE(NULL, backend_ldap_write_app);
/* Active Directory has no attribute for app passwords. */
static const struct backend_type ad_bind_type = TYPE(backend_ldap_prove, NULL);
static const struct backend_type ad_hash_type = TYPE(NULL, NULL);

static const struct backend_type *type_of(const struct backend_ldap_settings *settings)
{
	bool ad = settings->dialect == LDAP_STATE_AD;

	switch (settings->verify) {
	case BACKEND_LDAP_BIND:
		return ad ? &ad_bind_type : &bind_type;
	case BACKEND_LDAP_HASH:
		return ad ? &ad_hash_type : &hash_type;
	}
	return NULL;
}

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

/* Up to `size` octets; below 0, and errno, if it cannot be read. */
static ssize_t read_file(const char *path, char *octets, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = 0, got = 1;
	int error;

	if (fd < 0)
		return -1;
	while (got > 0 && (size_t)len < size) {
		got = read(fd, octets + len, size - (size_t)len);
		if (got > 0)
			len += got;
		else if (got < 0 && errno == EINTR)
			got = 1;
	}
	error = errno;
	close(fd);
	errno = error;
	return got < 0 ? -1 : len;
}

/* The first line of the file, without its end. False with a constant in `fault`, and in `error`
 * what the system says of it, or null. */
static bool read_secret(const struct backend_ldap_settings *settings, struct secret *secret,
			const char **fault, const char **error)
{
	char octets[LINE_MAX + 1];
	size_t len = 0;
	ssize_t got;
	bool ok;

	*fault = *error = NULL;
	if (settings->service != BACKEND_LDAP_SIMPLE || !*settings->bind_dn)
		return true;
	got = read_file(settings->bind_password_file, octets, sizeof(octets));
	if (got < 0) {
		*fault = "the password file cannot be read";
		*error = strerrordesc_np(errno);
		return false;
	}
	while (len < (size_t)got && octets[len] != '\n' && octets[len] != '\r')
		len++;
	if (len > LINE_MAX)
		*fault = "the first line of the password file is longer than 4096 octets";
	else if (len == 0)
		*fault = "the password file is empty";
	ok = !*fault && secret_init(secret, (struct span){octets, len});
	secret_wipe_octets(octets, sizeof(octets));
	if (!ok && !*fault)
		*fault = "out of memory";
	return ok;
}

bool backend_ldap_check(const struct backend_ldap_settings *settings, struct buf *faults)
{
	struct secret secret = {NULL, 0};
	const char *fault, *error;
	bool ok = read_secret(settings, &secret, &fault, &error);

	secret_wipe(&secret);
	if (ok)
		return true;
	buf_put_text(faults, settings->bind_password_file);
	buf_put_text(faults, ": ");
	buf_put_text(faults, fault);
	if (error) {
		buf_put_text(faults, ": ");
		buf_put_text(faults, error);
	}
	return false;
}

struct backend *backend_ldap_open(const struct backend_ldap_settings *settings)
{
	struct backend_ldap *it = NULL;
	struct secret secret = {NULL, 0};
	struct backend *backend;
	const char *fault, *error;

	if (!ldap_handle_prepare(settings->service)) {
		say(settings, "libsasl2 has no GSSAPI", NULL, NULL);
		return NULL;
	}
	if (!read_secret(settings, &secret, &fault, &error)) {
		say(settings, fault, settings->bind_password_file, error);
		return NULL;
	}
	it = calloc(1, sizeof(*it));
	if (!it) {
		secret_wipe(&secret);
		return NULL;
	}
	backend = &it->backend;
	it->settings = *settings;
	it->backend.label = settings->label;
	it->backend.type = type_of(settings);
	ldap_policy_open(&it->policies, &it->settings);
	if (ldap_plan_open(&it->plan, &it->settings) &&
	    ldap_pool_open(&it->pool, &it->settings, &secret))
		return backend;
	secret_wipe(&secret);
	backend_ldap_close(&backend);
	return NULL;
}
