/* SPDX-License-Identifier: MIT */
/* Values into and out of a prepared statement. */
#ifndef STORE_STATEMENT_H
#define STORE_STATEMENT_H

#include "store/database.h"

/* Both borrow until statement_release(). An absent text is an empty one. */
void statement_bind_text(sqlite3_stmt *statement, int place, struct span text);
void statement_bind_octets(sqlite3_stmt *statement, int place, const void *at, size_t len);

/* A column of the row, valid until the next step. Absent for NULL. */
struct span statement_column(sqlite3_stmt *statement, int column);

/* Copies a column with a NUL behind it; false of one that is NULL, has a NUL or does not fit. */
bool statement_take_text(sqlite3_stmt *statement, int column, char *text, size_t room);

/* Runs one that gives no rows, and releases it. */
bool statement_run(struct database *database, sqlite3_stmt *statement);

/* The number that is the first column of its first row; released. False if there is none. */
bool statement_number(struct database *database, sqlite3_stmt *statement, int64_t *number);

/* Resets it, which ends its reading, and lets go of what was bound. */
void statement_release(sqlite3_stmt *statement);

#endif
