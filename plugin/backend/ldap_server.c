/* SPDX-License-Identifier: MIT */
/* One server of a directory: whether it can be asked, and the thread that finds out when it is
 * back. */
#include "backend/ldap_server.h"

#include <stdlib.h>
#include <sys/random.h>

#include "backend/ldap_ask.h"
#include "backend/ldap_clock.h"

#define TRY_MS	 2000  /* one try takes no longer, so that a return is seen within 5 s */
#define TOLD_MS	 10000 /* between two beginnings of trouble in the log */
#define ANY_NAME "(objectClass=*)"

/* Asks for the base, which all logins are below. */
static bool ask_base(struct ldap_server *server, struct ldap_handle *handle, uint64_t due,
		     struct ldap_fault *fault)
{
	static const char *const nothing[] = {LDAP_NO_ATTRS, NULL};
	const struct ldap_ask_search search = {server->settings->base, LDAP_SCOPE_BASE, ANY_NAME,
					       nothing, 1};
	struct ldap_ask_found found;

	if (!ldap_ask_search(handle, &search, due, &found, fault))
		return false;
	ldap_msgfree(found.answer);
	if (!ldap_fault_is_sick(found.code))
		return true;
	ldap_fault_take(fault, LDAP_FAULT_DEAD, "a search fails", handle->ld, found.code);
	return false;
}

static bool try(struct ldap_server *server, struct ldap_fault *fault)
{
	const struct backend_ldap_settings *settings = server->settings;
	unsigned most = settings->connect_timeout_ms;
	uint64_t due = ldap_clock_now() + (most < TRY_MS ? most : TRY_MS);
	struct ldap_handle handle = {.ld = NULL};
	bool ok = ldap_handle_open(&handle, settings, server->uri, due, fault) &&
		  ldap_ask_service(&handle, settings, server->secret, due, fault) &&
		  ask_base(server, &handle, due, fault);

	ldap_handle_close(&handle);
	return ok;
}

/* With the lock held; it is given up for the try itself. */
static void try_when_due(struct ldap_server *server)
{
	struct timespec moment = ldap_clock_moment(server->breaker.retry_at);
	struct ldap_fault fault = {.kind = LDAP_FAULT_OURS};
	bool ok;

	if (ldap_clock_left(server->breaker.retry_at) > 0) {
		pthread_cond_clockwait(&server->wake, &server->lock, CLOCK_MONOTONIC, &moment);
		return;
	}
	pthread_mutex_unlock(&server->lock);
	ok = try(server, &fault);
	if (fault.kind == LDAP_FAULT_OURS || fault.kind == LDAP_FAULT_CUT)
		fault.kind = LDAP_FAULT_DEAD;
	if (ok)
		ldap_server_answered(server);
	else
		ldap_server_failed(server, &fault);
	pthread_mutex_lock(&server->lock);
}

static void *tend(void *argument)
{
	struct ldap_server *server = argument;

	pthread_mutex_lock(&server->lock);
	while (!server->ending) {
		if (server->breaker.open)
			try_when_due(server);
		else
			pthread_cond_wait(&server->wake, &server->lock);
	}
	pthread_mutex_unlock(&server->lock);
	return NULL;
}

bool ldap_server_open(struct ldap_server *server, const struct backend_ldap_settings *settings,
		      struct span secret, const char *uri)
{
	server->settings = settings;
	server->secret = secret;
	server->uri = uri;
	server->breaker.closed_at = 0;
	pthread_mutex_init(&server->lock, NULL);
	pthread_cond_init(&server->wake, NULL);
	server->started = pthread_create(&server->thread, NULL, tend, server) == 0;
	return server->started;
}

void ldap_server_end(struct ldap_server *server)
{
	if (!server->started)
		return;
	pthread_mutex_lock(&server->lock);
	server->ending = true;
	pthread_cond_signal(&server->wake);
	pthread_mutex_unlock(&server->lock);
}

void ldap_server_close(struct ldap_server *server)
{
	if (!server->started)
		return;
	ldap_server_end(server);
	pthread_join(server->thread, NULL);
	pthread_cond_destroy(&server->wake);
	pthread_mutex_destroy(&server->lock);
	server->started = false;
}

bool ldap_server_alive(const struct ldap_server *server, uint64_t began)
{
	return server->answered_at > began;
}

bool ldap_server_usable(const struct ldap_server *server)
{
	return !server->open;
}

/* With the lock held: true if it is to be said. */
static bool tell(struct ldap_server *server)
{
	uint64_t now = ldap_clock_now();

	if (server->told || (server->told_at && now - server->told_at < TOLD_MS))
		return false;
	server->told = true;
	server->told_at = now;
	return true;
}

void ldap_server_failed(struct ldap_server *server, const struct ldap_fault *fault)
{
	unsigned random = 0;
	bool said = false;

	if (fault->kind == LDAP_FAULT_OURS)
		return;
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		random = 0;
	pthread_mutex_lock(&server->lock);
	if (ldap_breaker_fail(&server->breaker, fault->kind, ldap_clock_now(), random)) {
		server->outages++;
		pthread_cond_signal(&server->wake);
	}
	server->open = server->breaker.open;
	server->troubled = true;
	said = tell(server);
	pthread_mutex_unlock(&server->lock);
	if (said)
		ldap_fault_log(fault, LOG_LEVEL_ERROR, server->settings->label, server->uri);
}

void ldap_server_answered(struct ldap_server *server)
{
	struct ldap_fault end;
	bool said;

	server->answered_at = ldap_clock_now();
	if (!server->troubled)
		return;
	pthread_mutex_lock(&server->lock);
	ldap_breaker_mend(&server->breaker, ldap_clock_now());
	server->open = false;
	server->troubled = false;
	said = server->told;
	server->told = false;
	pthread_mutex_unlock(&server->lock);
	if (!said)
		return;
	ldap_fault_set(&end, LDAP_FAULT_OURS, "the directory answers again", NULL);
	ldap_fault_log(&end, LOG_LEVEL_WARNING, server->settings->label, server->uri);
}

void ldap_server_saw_counting(struct ldap_server *server, uint64_t controller, uint64_t name)
{
	pthread_mutex_lock(&server->lock);
	if (server->counted == LDAP_SERVER_COUNTED_NONE || server->counted_at != controller) {
		server->counted = LDAP_SERVER_COUNTED_ONE;
		server->counted_at = controller;
		server->counted_name = name;
	} else if (server->counted_name != name) {
		server->counted = LDAP_SERVER_COUNTED_MORE;
	}
	pthread_mutex_unlock(&server->lock);
}

bool ldap_server_counts(struct ldap_server *server, uint64_t controller, uint64_t name)
{
	bool seen = false;

	pthread_mutex_lock(&server->lock);
	switch (server->counted) {
	case LDAP_SERVER_COUNTED_NONE:
		break;
	case LDAP_SERVER_COUNTED_ONE:
		seen = server->counted_name != name;
		break;
	case LDAP_SERVER_COUNTED_MORE:
		seen = true;
		break;
	}
	seen = seen && server->counted_at == controller;
	pthread_mutex_unlock(&server->lock);
	return seen;
}
