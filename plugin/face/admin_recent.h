/* SPDX-License-Identifier: MIT */
/* The last logins of a user, as the admin command "explain" tells them. */
#ifndef FACE_ADMIN_RECENT_H
#define FACE_ADMIN_RECENT_H

#include <jansson.h>

#include "engine/ledger.h"

struct admin_recent {
	struct journal_recent list[JOURNAL_RECENT_MAX];
	size_t count;
	bool read; /* the journal could be read */
};

/* Null where there is no journal, else an array: "recent" of face/admin.h. */
json_t *admin_recent_array(const struct admin_recent *recent);

#endif
