/* SPDX-License-Identifier: MIT */
/* What TLS needs, read from its files once and not for every connection. */
#include "backend/ldap_tls.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYSTEM_CA "/etc/ssl/certs/ca-certificates.crt"
#define FILES	  3 /* authorities, certificate, key */

struct material {
	struct material *next;
	char *paths[FILES];
	struct stat seen[FILES];
	bool verify;
	void *context; /* a reference of our own */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct material *known;

static bool set_number(LDAP *ld, int option, int value)
{
	return ldap_set_option(ld, option, &value) == LDAP_OPT_SUCCESS;
}

/* An empty text takes away what ldap.conf(5) may have set. */
static bool set_file(LDAP *ld, int option, const char *path)
{
	return ldap_set_option(ld, option, *path ? path : NULL) == LDAP_OPT_SUCCESS;
}

static bool has_file(LDAP *ld, int option)
{
	char *path = NULL;
	bool has = ldap_get_option(ld, option, &path) == LDAP_OPT_SUCCESS && path;

	ldap_memfree(path);
	return has;
}

static bool set_authorities(LDAP *ld, const char *path)
{
	if (*path)
		return set_file(ld, LDAP_OPT_X_TLS_CACERTFILE, path) &&
		       set_file(ld, LDAP_OPT_X_TLS_CACERTDIR, "");
	if (has_file(ld, LDAP_OPT_X_TLS_CACERTFILE) || has_file(ld, LDAP_OPT_X_TLS_CACERTDIR))
		return true;
	return access(SYSTEM_CA, R_OK) != 0 || set_file(ld, LDAP_OPT_X_TLS_CACERTFILE, SYSTEM_CA);
}

/* On the handle too: the check of the server's name looks there. */
static bool set_check(LDAP *ld, bool verify)
{
	return set_number(ld, LDAP_OPT_X_TLS_REQUIRE_CERT,
			  verify ? LDAP_OPT_X_TLS_DEMAND : LDAP_OPT_X_TLS_NEVER);
}

/* The options on a handle, then NEWCTX; null if the files are no good. */
static void *make_context(const struct backend_ldap_settings *settings)
{
	void *context = NULL;
	LDAP *ld = NULL;

	if (ldap_initialize(&ld, NULL) != LDAP_SUCCESS)
		return NULL;
	if (set_check(ld, settings->tls_verify) &&
	    set_number(ld, LDAP_OPT_X_TLS_PROTOCOL_MIN, LDAP_OPT_X_TLS_PROTOCOL_TLS1_2) &&
	    set_authorities(ld, settings->tls_ca_file) &&
	    set_file(ld, LDAP_OPT_X_TLS_CERTFILE, settings->tls_cert_file) &&
	    set_file(ld, LDAP_OPT_X_TLS_KEYFILE, settings->tls_key_file) &&
	    set_number(ld, LDAP_OPT_X_TLS_NEWCTX, 0))
		ldap_get_option(ld, LDAP_OPT_X_TLS_CTX, &context);
	ldap_unbind_ext(ld, NULL, NULL);
	return context;
}

static void look(const char *const paths[FILES], struct stat seen[FILES])
{
	memset(seen, 0, FILES * sizeof(*seen));
	for (size_t i = 0; i < FILES; i++)
		if (stat(*paths[i] ? paths[i] : i == 0 ? SYSTEM_CA : "", &seen[i]) != 0)
			memset(&seen[i], 0, sizeof(seen[i]));
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static bool same(const struct material *material, const char *const paths[FILES],
		 const struct stat seen[FILES], bool verify)
{
	bool equal = material->verify == verify;

	for (size_t i = 0; i < FILES; i++)
		equal = equal && strcmp(material->paths[i], paths[i]) == 0 &&
			same_file(&material->seen[i], &seen[i]);
	return equal;
}

static struct material *add(const struct backend_ldap_settings *settings,
			    const char *const paths[FILES], const struct stat seen[FILES])
{
	struct material *material = calloc(1, sizeof(*material));
	bool ok = material;

	for (size_t i = 0; ok && i < FILES; i++)
		ok = (material->paths[i] = strdup(paths[i]));
	if (ok)
		material->context = make_context(settings);
	if (ok && material->context) {
		material->verify = settings->tls_verify;
		memcpy(material->seen, seen, sizeof(material->seen));
		material->next = known;
		known = material;
		return material;
	}
	for (size_t i = 0; material && i < FILES; i++)
		free(material->paths[i]);
	free(material);
	return NULL;
}

bool ldap_tls_apply(LDAP *ld, const struct backend_ldap_settings *settings)
{
	const char *const paths[FILES] = {settings->tls_ca_file, settings->tls_cert_file,
					  settings->tls_key_file};
	struct stat seen[FILES];
	struct material *found;

	look(paths, seen);
	pthread_mutex_lock(&lock);
	found = known;
	while (found && !same(found, paths, seen, settings->tls_verify))
		found = found->next;
	if (!found)
		found = add(settings, paths, seen);
	pthread_mutex_unlock(&lock);
	return found && set_check(ld, settings->tls_verify) &&
	       ldap_set_option(ld, LDAP_OPT_X_TLS_CTX, found->context) == LDAP_OPT_SUCCESS;
}
