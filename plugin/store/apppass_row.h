/* SPDX-License-Identifier: MIT */
/* An app password as a row of the file, read with mistrust. */
#ifndef STORE_APPPASS_ROW_H
#define STORE_APPPASS_ROW_H

#include "store/apppass_store.h"
#include "store/database.h"

/* What a query asks for, in the order that is expected here. */
#define APPPASS_ROW_COLUMNS                                                                        \
	"id, label, services, networks, hash, created, expires, revoked, used, used_client,"       \
	" used_mechanism"

/* False (logged) if the row is not one that we can have written. */
bool apppass_row_take(sqlite3_stmt *row, struct apppass *app);

/* The first row of a query, which is released. */
enum apppass_answer apppass_row_one(struct database *database, sqlite3_stmt *statement,
				    struct apppass *app);

#endif
