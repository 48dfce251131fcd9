/* SPDX-License-Identifier: MIT */
/* The connections of a directory backend: two for each login under way, kept from one to the next.
 */
#ifndef BACKEND_LDAP_POOL_H
#define BACKEND_LDAP_POOL_H

#include "backend/ldap_certificate.h"
#include "backend/ldap_entry.h"
#include "backend/ldap_server.h"
#include "base/secret.h"

enum ldap_pool_role {
	LDAP_POOL_SEARCH, /* bound as the service */
	LDAP_POOL_BIND	  /* bound as whoever logged in last */
};
#define LDAP_POOL_ROLES 2

struct ldap_pool_link {
	struct ldap_handle handle;
	size_t server;	   /* when open: index of the server */
	unsigned outages;  /* of that server when it was made */
	bool used;	   /* has answered a question */
	uint64_t identity; /* of the server behind it; 0: not asked */
};

/* What one login under way has for itself. */
struct ldap_pool_slot {
	struct ldap_pool_link links[LDAP_POOL_ROLES];
	struct ldap_entry entry;
	struct buf filter;
	struct ldap_pool_slot *next;
};

struct ldap_pool {
	const struct backend_ldap_settings *settings;
	struct secret secret;	     /* the service's */
	struct ldap_server *servers; /* settings->uri_count */
	struct ldap_pool_slot *slots, *free;
	pthread_mutex_t lock;
	pthread_cond_t freed;
	struct ldap_certificate certificate;
};

/* Takes `secret` over. False without memory or threads; ldap_pool_close() all the same. */
bool ldap_pool_open(struct ldap_pool *pool, const struct backend_ldap_settings *settings,
		    struct secret *secret);

/* When no slot is in use. */
void ldap_pool_close(struct ldap_pool *pool);

/* YES if some server has answered and none of its questions failed since; NO if every one is in
 * trouble; CANNOT_TELL before the first. From any thread, does not block. */
enum answer ldap_pool_up(const struct ldap_pool *pool);

/* A slot for the calling thread alone; waits for one until `due`, null if there is none. */
struct ldap_pool_slot *ldap_pool_take(struct ldap_pool *pool, uint64_t due);
void ldap_pool_give(struct ldap_pool *pool, struct ldap_pool_slot *slot);

/* A connection to the server, ready for a question: the one of before if it still stands, else a
 * new one. Null and `fault` if it cannot be made by `limit`. */
struct ldap_pool_link *ldap_pool_reach(struct ldap_pool *pool, struct ldap_pool_slot *slot,
				       enum ldap_pool_role role, size_t server, uint64_t limit,
				       struct ldap_fault *fault);

/* After a failed question: closes it. True if the question may be put once more, on a new one: the
 * server had closed it in the meantime. */
bool ldap_pool_drop(struct ldap_pool_link *link, const struct ldap_fault *fault);

#endif
