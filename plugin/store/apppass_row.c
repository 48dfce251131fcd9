/* SPDX-License-Identifier: MIT */
/* An app password as a row of the file, read with mistrust. */
#include "store/apppass_row.h"

#include <string.h>

#include "base/log.h"
#include "store/statement.h"

bool apppass_row_take(sqlite3_stmt *row, struct apppass *app)
{
	memset(app, 0, sizeof(*app));
	if (!statement_take_text(row, 0, app->id, sizeof(app->id)) ||
	    !statement_take_text(row, 1, app->label, sizeof(app->label)) ||
	    !statement_take_text(row, 2, app->services, sizeof(app->services)) ||
	    !statement_take_text(row, 3, app->networks, sizeof(app->networks)) ||
	    !statement_take_text(row, 9, app->used_client, sizeof(app->used_client)) ||
	    !statement_take_text(row, 10, app->used_mechanism, sizeof(app->used_mechanism)) ||
	    sqlite3_column_bytes(row, 4) != APPPASS_HASH_LEN) {
		log_say(LOG_LEVEL_ERROR, "apppass", "a row of the store is malformed", NULL);
		return false;
	}
	memcpy(app->hash, sqlite3_column_blob(row, 4), APPPASS_HASH_LEN);
	app->created = sqlite3_column_int64(row, 5);
	app->expires = sqlite3_column_int64(row, 6);
	app->revoked = sqlite3_column_int64(row, 7);
	app->used = sqlite3_column_int64(row, 8);
	return true;
}

/* The first row of a statement, which is released. */
enum apppass_answer apppass_row_one(struct database *database, sqlite3_stmt *statement,
				    struct apppass *app)
{
	enum apppass_answer answer = APPPASS_FAILED;

	switch (database_step(database, statement)) {
	case DATABASE_ROW:
		answer = apppass_row_take(statement, app) ? APPPASS_FOUND : APPPASS_FAILED;
		break;
	case DATABASE_DONE:
		answer = APPPASS_NONE;
		break;
	case DATABASE_FAILED:
		break;
	}
	statement_release(statement);
	return answer;
}
