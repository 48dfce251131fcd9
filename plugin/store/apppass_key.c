/* SPDX-License-Identifier: MIT */
/* Whether the app passwords of a file were made with the daemon's key. */
#include "store/apppass_key.h"

#include <stdio.h>
#include <string.h>

#include "store/credentials.h"
#include "store/statement.h"

#define BUSY_MS 1000

/* What an app password would be stored as that nobody can have: no account has an empty owner. */
static void make_mark(const unsigned char key[APPPASS_KEY_LEN],
		      unsigned char mark[APPPASS_HASH_LEN])
{
	static const char letters[APPPASS_LETTERS + 1] = "keycheckkeycheck";

	apppass_hash(key, span_of(""), letters, mark);
}

static bool has_mark(sqlite3_stmt *row, const unsigned char mark[APPPASS_HASH_LEN])
{
	return sqlite3_column_bytes(row, 0) == APPPASS_HASH_LEN &&
	       memcmp(sqlite3_column_blob(row, 0), mark, APPPASS_HASH_LEN) == 0;
}

static enum apppass_answer compare(struct database *database,
				   const unsigned char mark[APPPASS_HASH_LEN])
{
	sqlite3_stmt *statement = database_prepare(database, "SELECT value FROM apppass_key");
	enum database_answer answer =
	    statement ? database_step(database, statement) : DATABASE_FAILED;
	bool same = answer == DATABASE_ROW && has_mark(statement, mark);

	if (statement)
		statement_release(statement);
	if (answer == DATABASE_FAILED)
		return APPPASS_FAILED;
	return same ? APPPASS_FOUND : APPPASS_NONE;
}

/* The first one, or instead of another one while there is nothing that needs that. Another process
 * may have been first. */
static bool put(struct database *database, const unsigned char mark[APPPASS_HASH_LEN])
{
	sqlite3_stmt *statement = database_prepare(
	    database, "INSERT INTO apppass_key (id, value) VALUES (1, ?1) ON CONFLICT (id)"
		      " DO UPDATE SET value = ?1 WHERE NOT EXISTS (SELECT 1 FROM apppass)");
	bool done;

	if (!statement || !database_begin(database))
		return false;
	sqlite3_bind_blob(statement, 1, mark, APPPASS_HASH_LEN, SQLITE_STATIC);
	done = database_step(database, statement) == DATABASE_DONE;
	statement_release(statement);
	if (done)
		return database_commit(database);
	database_rollback(database);
	return false;
}

enum apppass_answer apppass_key_check(struct database *database,
				      const unsigned char key[APPPASS_KEY_LEN])
{
	unsigned char mark[APPPASS_HASH_LEN];
	enum apppass_answer answer;

	make_mark(key, mark);
	answer = compare(database, mark);
	if (answer != APPPASS_NONE)
		return answer;
	return put(database, mark) ? compare(database, mark) : APPPASS_FAILED;
}

/* Without database_open(), which makes files and brings them up to date. */
bool apppass_key_differs(const char *directory, const unsigned char key[APPPASS_KEY_LEN])
{
	static const char query[] =
	    "SELECT value FROM apppass_key WHERE EXISTS (SELECT 1 FROM apppass)";
	char path[DATABASE_PATH_MAX + 32];
	unsigned char mark[APPPASS_HASH_LEN];
	sqlite3 *handle = NULL;
	sqlite3_stmt *row = NULL;
	bool differs;

	make_mark(key, mark);
	snprintf(path, sizeof(path), "%s/%s", directory, credentials_format.name);
	differs = sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
				  NULL) == SQLITE_OK &&
		  sqlite3_busy_timeout(handle, BUSY_MS) == SQLITE_OK &&
		  sqlite3_prepare_v2(handle, query, -1, &row, NULL) == SQLITE_OK &&
		  sqlite3_step(row) == SQLITE_ROW && !has_mark(row, mark);
	sqlite3_finalize(row);
	sqlite3_close(handle);
	return differs;
}
