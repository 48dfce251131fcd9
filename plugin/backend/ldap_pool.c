/* SPDX-License-Identifier: MIT */
/* The connections of a directory backend: two for each login under way, kept from one to the next.
 */
#include "backend/ldap_pool.h"

#include <stdlib.h>
#include <time.h>

#include "backend/ldap_ask.h"
#include "backend/ldap_clock.h"
#include "backend/ldap_filter.h"

static bool open_slots(struct ldap_pool *pool)
{
	size_t room = ldap_filter_room(pool->settings->filter);

	pool->slots = calloc(pool->settings->threads, sizeof(*pool->slots));
	if (!pool->slots)
		return false;
	for (unsigned i = 0; i < pool->settings->threads; i++) {
		struct ldap_pool_slot *slot = &pool->slots[i];

		slot->filter = (struct buf){malloc(room), 0, room, false};
		if (!slot->filter.at)
			return false;
		slot->next = pool->free;
		pool->free = slot;
	}
	return true;
}

static bool open_servers(struct ldap_pool *pool)
{
	const struct backend_ldap_settings *settings = pool->settings;

	pool->servers = calloc(settings->uri_count, sizeof(*pool->servers));
	for (size_t i = 0; pool->servers && i < settings->uri_count; i++)
		if (!ldap_server_open(&pool->servers[i], settings, secret_span(&pool->secret),
				      settings->uris[i]))
			return false;
	return pool->servers;
}

bool ldap_pool_open(struct ldap_pool *pool, const struct backend_ldap_settings *settings,
		    struct secret *secret)
{
	*pool = (struct ldap_pool){.settings = settings, .secret = *secret};
	*secret = (struct secret){NULL, 0};
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->freed, NULL);
	return open_slots(pool) && open_servers(pool);
}

static void close_slot(struct ldap_pool_slot *slot)
{
	for (size_t i = 0; i < LDAP_POOL_ROLES; i++)
		ldap_handle_close(&slot->links[i].handle);
	ldap_entry_close(&slot->entry);
	free(slot->filter.at);
}

void ldap_pool_close(struct ldap_pool *pool)
{
	for (size_t i = 0; pool->servers && i < pool->settings->uri_count; i++)
		ldap_server_end(&pool->servers[i]);
	for (size_t i = 0; pool->servers && i < pool->settings->uri_count; i++)
		ldap_server_close(&pool->servers[i]);
	for (unsigned i = 0; pool->slots && i < pool->settings->threads; i++)
		close_slot(&pool->slots[i]);
	free(pool->servers);
	free(pool->slots);
	secret_wipe(&pool->secret);
	pthread_cond_destroy(&pool->freed);
	pthread_mutex_destroy(&pool->lock);
}

enum answer ldap_pool_up(const struct ldap_pool *pool)
{
	size_t troubled = 0;

	for (size_t i = 0; i < pool->settings->uri_count; i++) {
		const struct ldap_server *server = &pool->servers[i];

		if (server->open || server->troubled)
			troubled++;
		else if (server->answered_at)
			return YES;
	}
	return troubled == pool->settings->uri_count ? NO : CANNOT_TELL;
}

struct ldap_pool_slot *ldap_pool_take(struct ldap_pool *pool, uint64_t due)
{
	struct timespec moment = ldap_clock_moment(due);
	struct ldap_pool_slot *slot;
	int error = 0;

	pthread_mutex_lock(&pool->lock);
	while (!pool->free && error == 0)
		error = pthread_cond_clockwait(&pool->freed, &pool->lock, CLOCK_MONOTONIC, &moment);
	slot = pool->free;
	if (slot)
		pool->free = slot->next;
	pthread_mutex_unlock(&pool->lock);
	return slot;
}

void ldap_pool_give(struct ldap_pool *pool, struct ldap_pool_slot *slot)
{
	pthread_mutex_lock(&pool->lock);
	slot->next = pool->free;
	pool->free = slot;
	pthread_cond_signal(&pool->freed);
	pthread_mutex_unlock(&pool->lock);
}

static bool stands(const struct ldap_pool *pool, const struct ldap_pool_link *link, size_t server)
{
	return link->handle.ld && link->server == server &&
	       link->outages == pool->servers[server].outages &&
	       !ldap_wire_stirs(&link->handle.wire);
}

static bool make(struct ldap_pool *pool, struct ldap_pool_link *link, enum ldap_pool_role role,
		 uint64_t limit, struct ldap_fault *fault)
{
	const struct backend_ldap_settings *settings = pool->settings;
	uint64_t due = ldap_clock_due(settings->connect_timeout_ms, limit);
	const char *uri = settings->uris[link->server];

	if (!ldap_handle_open(&link->handle, settings, uri, due, fault))
		return false;
	ldap_certificate_note(&pool->certificate, link->handle.ld, settings->label, uri,
			      (int64_t)time(NULL));
	if (role == LDAP_POOL_BIND ||
	    ldap_ask_service(&link->handle, settings, secret_span(&pool->secret), due, fault))
		return true;
	ldap_handle_close(&link->handle);
	return false;
}

struct ldap_pool_link *ldap_pool_reach(struct ldap_pool *pool, struct ldap_pool_slot *slot,
				       enum ldap_pool_role role, size_t server, uint64_t limit,
				       struct ldap_fault *fault)
{
	struct ldap_pool_link *link = &slot->links[role];

	if (stands(pool, link, server))
		return link;
	ldap_handle_close(&link->handle);
	link->server = server;
	link->outages = pool->servers[server].outages;
	link->used = false;
	link->identity = 0;
	return make(pool, link, role, limit, fault) ? link : NULL;
}

bool ldap_pool_drop(struct ldap_pool_link *link, const struct ldap_fault *fault)
{
	ldap_handle_close(&link->handle);
	return link->used && fault->kind == LDAP_FAULT_CUT;
}
