/* SPDX-License-Identifier: MIT */
/* The last logins of a user as a table. */
#ifndef CLI_RECENT_H
#define CLI_RECENT_H

#include <jansson.h>
#include <stdint.h>

/* "recent" of the admin command explain; says so if there is no journal, or nothing of the user in
 * it. */
void recent_put(const json_t *recent);

#endif
