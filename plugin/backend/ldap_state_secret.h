/* SPDX-License-Identifier: MIT */
/* Stored secrets as directories have them, made ones that base/pwhash knows. Pure. */
#ifndef BACKEND_LDAP_STATE_SECRET_H
#define BACKEND_LDAP_STATE_SECRET_H

#include "backend/ldap_state.h"

/* userPassword, authPassword and sambaNTPassword (FreeIPA: ipaNTHash). See
 * ldap_state_fill_secrets(). */
void ldap_state_secret_fill(const struct ldap_state_entry *entry, struct backend_record *record);

/* The latest value of pwdHistory, "time#syntax#length#secret" (slapo-ppolicy(5)). A value that
 * cannot be read is passed over: it proves nothing. */
void ldap_state_secret_fill_history(const struct ldap_state_entry *entry,
				    struct backend_record *record);

/* The latest value of 389-DS's passwordHistory, "time{SCHEME}data" (ldap/servers/slapd/pw.c). */
void ldap_state_secret_fill_history_389ds(const struct ldap_state_entry *entry,
					  struct backend_record *record);

#endif
