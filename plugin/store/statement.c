/* SPDX-License-Identifier: MIT */
/* Values into and out of a prepared statement. */
#include "store/statement.h"

void statement_bind_text(sqlite3_stmt *statement, int place, struct span text)
{
	sqlite3_bind_text64(statement, place, text.at ? text.at : "", text.len, SQLITE_STATIC,
			    SQLITE_UTF8);
}

void statement_bind_octets(sqlite3_stmt *statement, int place, const void *at, size_t len)
{
	sqlite3_bind_blob64(statement, place, len ? at : "", len, SQLITE_STATIC);
}

struct span statement_column(sqlite3_stmt *statement, int column)
{
	struct span text = {sqlite3_column_blob(statement, column), 0};

	text.len = (size_t)sqlite3_column_bytes(statement, column);
	if (!text.at && sqlite3_column_type(statement, column) != SQLITE_NULL)
		text.at = "";
	return text;
}

bool statement_take_text(sqlite3_stmt *statement, int column, char *text, size_t room)
{
	struct buf out = {text, 0, room, false};
	struct span value = statement_column(statement, column);

	buf_put_span(&out, value);
	buf_put_char(&out, '\0');
	return value.at && !span_has(value, '\0') && !out.failed;
}

bool statement_run(struct database *database, sqlite3_stmt *statement)
{
	bool done = database_step(database, statement) == DATABASE_DONE;

	statement_release(statement);
	return done;
}

bool statement_number(struct database *database, sqlite3_stmt *statement, int64_t *number)
{
	bool found = database_step(database, statement) == DATABASE_ROW;

	if (found)
		*number = sqlite3_column_int64(statement, 0);
	statement_release(statement);
	return found;
}

void statement_release(sqlite3_stmt *statement)
{
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
}
