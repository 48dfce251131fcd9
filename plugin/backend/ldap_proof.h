/* SPDX-License-Identifier: MIT */
/* The second half of a login with verify = bind: what the server says of the secret. */
#ifndef BACKEND_LDAP_PROOF_H
#define BACKEND_LDAP_PROOF_H

#include "backend/ldap_login.h"

/* Binds as the entry that the login found, or, for a name without a usable one, as somebody who
 * does not exist; record->proof is set for a known name. False and `fault` if the server cannot
 * judge. */
bool ldap_proof_judge(struct ldap_login *login, struct ldap_fault *fault);

#endif
