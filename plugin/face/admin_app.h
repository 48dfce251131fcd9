/* SPDX-License-Identifier: MIT */
/* The app passwords of an account as the admin socket shows them, from all that keep some. */
#ifndef FACE_ADMIN_APP_H
#define FACE_ADMIN_APP_H

#include <jansson.h>

#include "engine/ledger.h"
#include "engine/survey.h"

/* Those of the SQLite store. All zero: none were asked for. */
struct admin_app_list {
	struct apppass *at;
	size_t count, room;
	bool failed; /* the store cannot tell, or no memory */
};

/* Reads those of an owner; in the stores' thread. Where there is no state directory there are none.
 */
void admin_app_collect(struct engine *engine, struct span owner, struct admin_app_list *list);
void admin_app_wipe(struct admin_app_list *list);

/* The fields of one; `store` is "sqlite" or "directory". */
json_t *admin_app_object(const struct apppass *app, const char *store);

/* All of them: the list, then those that the account's record has (null: none). */
json_t *admin_app_array(const struct admin_app_list *list, const struct backend_record *record);

#endif
