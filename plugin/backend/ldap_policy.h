/* SPDX-License-Identifier: MIT */
/* The directory's own password policies, read now and then and remembered by DN. */
#ifndef BACKEND_LDAP_POLICY_H
#define BACKEND_LDAP_POLICY_H

#include <pthread.h>

#include "backend/ldap_entry.h"
#include "backend/ldap_handle.h"

#define LDAP_POLICY_CACHED 16

struct ldap_policy_item {
	char *dn; /* null: free; "": the dialect's default */
	struct ldap_state_policy policy;
	uint64_t read_at; /* ldap_clock_now(); 0: never */
	bool reading;	  /* a login is at it: the others go on with what was read before */
};

struct ldap_policy {
	const struct backend_ldap_settings *settings;
	struct ldap_policy_item items[LDAP_POLICY_CACHED];
	pthread_mutex_t lock;
};

void ldap_policy_open(struct ldap_policy *policy, const struct backend_ldap_settings *settings);
void ldap_policy_close(struct ldap_policy *policy);

/* The policy that holds for the entry: the one it names, else the configured one, else where the
 * dialect has it. Read if it was not within the last 5 minutes, which takes one search, or two, by
 * `due` on the handle bound as the service; what cannot be read is as if it were not there. False
 * and `fault` if the server failed; where it answered that it cannot now, an older one is taken. */
bool ldap_policy_get(struct ldap_policy *policy, struct ldap_handle *handle,
		     const struct ldap_state_entry *entry, uint64_t due,
		     struct ldap_state_policy *got, struct ldap_fault *fault);

/* Failures that lock by the directory's default policy; 0 if none do, or it was not read yet. From
 * any thread, does not wait for the directory. */
unsigned ldap_policy_threshold(struct ldap_policy *policy);

#endif
