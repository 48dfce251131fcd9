/* SPDX-License-Identifier: MIT */
/* Accounts of the system: getpwnam and getspnam, with the states of shadow(5). */
#ifndef BACKEND_BACKEND_PASSWD_H
#define BACKEND_BACKEND_PASSWD_H

#include "backend/backend.h"

/* `min_uid`: system accounts below it do not exist here. `app_required_group`: its members (it may be
 * their first group or another one) need app passwords; null: nobody; a group that does not exist has
 * none, with a line in the log. Both texts are borrowed until close. Null only without memory.
 *
 * Asked for the local part, whatever the domain; names are in normal form, so accounts with upper
 * case letters in their name are not found. passwd_state.h says what the entries mean. Not found is
 * what the name service says it is (0 or ESRCH); every other error, and a shadow file that this
 * process may not read, is BACKEND_DOWN; so is a group that cannot be asked about. */
struct backend *backend_passwd_open(const char *label, unsigned min_uid,
				    const char *app_required_group);

#endif
