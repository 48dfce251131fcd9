/* SPDX-License-Identifier: MIT */
/* A directory backend under test: settings to begin with, one login, the lines that it logged. */
#include "ldap_case.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

static FILE *log_file;

void ldap_case_init(struct ldap_case *it, const char *uri, const char *base, const char *service,
		    const char *secret)
{
	*it = (struct ldap_case){.uris = {uri}};
	it->settings = (struct backend_ldap_settings){
	    .label = "lab",
	    .uris = it->uris,
	    .uri_count = 1,
	    .tls_verify = true,
	    .tls_ca_file = "",
	    .tls_cert_file = "",
	    .tls_key_file = "",
	    .service = BACKEND_LDAP_SIMPLE,
	    .bind_dn = secret ? service : "",
	    .bind_password_file = secret ? secret : "",
	    .base = base,
	    .scope = BACKEND_LDAP_SUB,
	    .filter = "(uid=%u)",
	    .dialect = LDAP_STATE_OPENLDAP,
	    .verify = BACKEND_LDAP_BIND,
	    .bind_as = BACKEND_LDAP_AS_DN,
	    .domain = "",
	    .name_attribute = "",
	    .policy_dn = "",
	    .maps = ldap_state_own_maps(),
	    .threads = 4,
	    .connect_timeout_ms = 1000,
	    .timeout_ms = 1000,
	    .total_timeout_ms = 3000,
	};
}

void ldap_case_close(struct ldap_case *it)
{
	if (it->backend)
		it->backend->type->close(&it->backend);
}

void ldap_case_open(struct ldap_case *it)
{
	ldap_case_close(it);
	it->backend = backend_ldap_open(&it->settings);
	if (!it->backend)
		abort();
}

enum backend_found ldap_case_login(struct backend *backend, struct span local, struct span secret,
				   struct backend_record *record)
{
	static const char domain[] = "example.org";
	char storage[2048];
	struct buf full = BUF_ON(storage);
	struct backend_name name = {SPAN_NONE, local, span_of(domain)};

	buf_put_span(&full, local);
	buf_put_char(&full, '@');
	buf_put_text(&full, domain);
	name.full = buf_span(&full);
	backend_record_init(record);
	if (secret.at && backend->type->prove)
		return backend->type->prove(backend, &name, secret, record);
	return backend->type->lookup(backend, &name, record);
}

enum backend_found ldap_case_ask(struct ldap_case *it, const char *local, const char *secret)
{
	if (!it->backend)
		ldap_case_open(it);
	return ldap_case_login(it->backend, span_of(local), span_of(secret), &it->record);
}

int64_t ldap_case_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void ldap_case_sleep(int ms)
{
	struct timespec left = {ms / 1000, ms % 1000 * 1000000L};

	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

void ldap_case_log_open(void)
{
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_INFO, "test");
	log_file = tmpfile();
	if (!log_file || dup2(fileno(log_file), STDERR_FILENO) < 0)
		abort();
}

void ldap_case_log_forget(void)
{
	log_flush();
	if (ftruncate(fileno(log_file), 0) != 0 || lseek(STDERR_FILENO, 0, SEEK_SET) != 0)
		abort();
}

int ldap_case_logged(const char *text)
{
	char storage[65536];
	ssize_t got;
	int count = 0;

	log_flush();
	got = pread(STDERR_FILENO, storage, sizeof(storage) - 1, 0);
	storage[got < 0 ? 0 : got] = 0;
	for (const char *at = strstr(storage, text); at; at = strstr(at + 1, text))
		count++;
	return count;
}
