/* SPDX-License-Identifier: MIT */
/* One server of a directory: whether it can be asked, and the thread that finds out when it is
 * back. */
#ifndef BACKEND_LDAP_SERVER_H
#define BACKEND_LDAP_SERVER_H

#include <pthread.h>
#include <stdatomic.h>

#include "backend/ldap_breaker.h"
#include "backend/ldap_handle.h"

struct ldap_server {
	const struct backend_ldap_settings *settings;
	struct span secret; /* of the service; borrowed */
	const char *uri;
	/* Written under the lock, read without. */
	_Atomic bool open;	      /* the breaker's */
	_Atomic bool troubled;	      /* the last question failed */
	_Atomic unsigned outages;     /* connections that saw fewer are not used any more */
	_Atomic uint64_t answered_at; /* ldap_clock_now() of the last answered login */
	/* AD: names of which a refusal was seen to count in badPwdCount: none, one, or more of
	 * them, at the domain controller that answers to the URI. */
	uint64_t counted_at, counted_name;
	enum {
		LDAP_SERVER_COUNTED_NONE,
		LDAP_SERVER_COUNTED_ONE,
		LDAP_SERVER_COUNTED_MORE
	} counted;
	struct ldap_breaker breaker;
	bool told;	  /* that it is in trouble */
	uint64_t told_at; /* the last time */
	bool ending;
	bool started;
	pthread_mutex_t lock;
	pthread_cond_t wake; /* the breaker has opened, or it is the end */
	pthread_t thread;
};

/* Starts the thread. False if that fails. `server` stays where it is. */
bool ldap_server_open(struct ldap_server *server, const struct backend_ldap_settings *settings,
		      struct span secret, const char *uri);

/* Tells the thread to end, so that several can end together; ldap_server_close() waits for it. */
void ldap_server_end(struct ldap_server *server);

/* Ends the thread, which may take as long as one try; nothing on an empty one. */
void ldap_server_close(struct ldap_server *server);

/* True if it may be asked now. */
bool ldap_server_usable(const struct ldap_server *server);

/* True if it has answered another login since `began`: then one that waits too long has met
 * something about its own account. */
bool ldap_server_alive(const struct ldap_server *server, uint64_t began);

/* A question to it failed. Logged when trouble begins, not again while it lasts, and not more than
 * once in 10 s. LDAP_FAULT_OURS is not the server's trouble. */
void ldap_server_failed(struct ldap_server *server, const struct ldap_fault *fault);

/* A question to it was answered. Logged if that is the end of told trouble. */
void ldap_server_answered(struct ldap_server *server);

/* A refusal of the name with this hash was seen to count at this domain controller. Another one,
 * behind a balancer, begins anew. */
void ldap_server_saw_counting(struct ldap_server *server, uint64_t controller, uint64_t name);

/* True if that was seen there of another name. */
bool ldap_server_counts(struct ldap_server *server, uint64_t controller, uint64_t name);

#endif
