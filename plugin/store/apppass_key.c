/* SPDX-License-Identifier: MIT */
/* Whether the app passwords of a file were made with the daemon's key. */
#include "store/apppass_key.h"

#include <string.h>

#include "store/database.h"
#include "store/statement.h"

/* `found`: the file has a key's mark at all. */
static enum apppass_answer compare(struct database *database,
				   const unsigned char mark[APPPASS_HASH_LEN], bool *found)
{
	sqlite3_stmt *statement = database_prepare(database, "SELECT value FROM apppass_key");
	enum database_answer answer =
	    statement ? database_step(database, statement) : DATABASE_FAILED;
	bool same = answer == DATABASE_ROW &&
		    sqlite3_column_bytes(statement, 0) == APPPASS_HASH_LEN &&
		    memcmp(sqlite3_column_blob(statement, 0), mark, APPPASS_HASH_LEN) == 0;

	*found = answer == DATABASE_ROW;
	if (statement)
		statement_release(statement);
	if (answer == DATABASE_FAILED)
		return APPPASS_FAILED;
	return same ? APPPASS_FOUND : APPPASS_NONE;
}

/* Another process may have been first. */
static bool put(struct database *database, const unsigned char mark[APPPASS_HASH_LEN])
{
	sqlite3_stmt *statement = database_prepare(
	    database, "INSERT OR IGNORE INTO apppass_key (id, value) VALUES (1, ?1)");
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
	static const char letters[APPPASS_LETTERS + 1] = "keycheckkeycheck";
	unsigned char mark[APPPASS_HASH_LEN];
	enum apppass_answer answer;
	bool found;

	/* What an app password would be stored as that nobody can have: no account has an empty
	 * owner. */
	apppass_hash(key, span_of(""), letters, mark);
	answer = compare(database, mark, &found);
	if (answer != APPPASS_NONE || found)
		return answer;
	return put(database, mark) ? compare(database, mark, &found) : APPPASS_FAILED;
}
