/* SPDX-License-Identifier: MIT */
/* Writing to an entry: one app password in, out, or in the place of another. */
#ifndef BACKEND_LDAP_WRITE_H
#define BACKEND_LDAP_WRITE_H

#include "backend/ldap_login.h"

/* Replaces the value `old` (absent: none) of LDAP_STATE_APP_ATTRIBUTE by `new` (absent: none), in
 * the one entry that has the name, as the service, in one operation: both or nothing, and nothing
 * if another has changed `old` in the meantime. An entry without LDAP_STATE_APP_CLASS gets it in
 * the same operation. Fields of `login` from `limit` on, `record`, and what is about a secret need
 * not be filled. Whatever is not DONE or ABSENT is logged. Blocks, as a login does; no second
 * server is asked once the first may have done it. */
enum backend_write ldap_write_app(struct ldap_login *login, struct span old, struct span new);

#endif
