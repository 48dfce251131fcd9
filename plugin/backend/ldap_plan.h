/* SPDX-License-Identifier: MIT */
/* What every login of a directory backend needs, made once from the settings. */
#ifndef BACKEND_LDAP_PLAN_H
#define BACKEND_LDAP_PLAN_H

#include "backend/backend_ldap.h"

struct ldap_plan {
	const struct backend_ldap_settings *settings;
	int scope;
	const char **attributes;	 /* of an account, each once; ends with NULL */
	char *filters[LDAP_STATE_FACTS]; /* of the facts that come from one; else null */
	char *memory;			 /* of the names in `attributes` that the maps have */
	char stranger[33];		 /* a name that no entry has */
};

/* False without memory, or if the filter of a map is none (logged); ldap_plan_close() all the same.
 */
bool ldap_plan_open(struct ldap_plan *plan, const struct backend_ldap_settings *settings);
void ldap_plan_close(struct ldap_plan *plan);

/* The name that the entry binds with, which ends with NUL: false if it does not fit. */
bool ldap_plan_put_who(const struct ldap_plan *plan, struct span dn,
		       const struct ldap_state_entry *entry, struct buf *out);

/* The like of a name that does not exist, for the trouble that an existing one of `domain` makes.
 */
bool ldap_plan_put_stranger(const struct ldap_plan *plan, struct span domain, struct buf *out);

#endif
