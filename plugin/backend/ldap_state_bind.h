/* SPDX-License-Identifier: MIT */
/* What a server's answer to a bind means, per dialect: the tables of result codes. Pure. */
#ifndef BACKEND_LDAP_STATE_BIND_H
#define BACKEND_LDAP_STATE_BIND_H

#include "backend/ldap_state.h"

/* The number behind ", data " in a diagnostic of Active Directory: -1 if that is not in it, INT_MAX
 * if the number cannot be read. */
int ldap_state_bind_data(struct span diagnostic);

/* See ldap_state_judge(). */
enum ldap_state_said ldap_state_bind_judge(enum ldap_state_dialect dialect,
					   const struct ldap_state_bind *bind,
					   struct backend_record *record);

#endif
