/* SPDX-License-Identifier: MIT */
/* The format of a SQLite file of ours: recognised, and brought up to date in one transaction. */
#include "store/database_format.h"

static bool run(sqlite3 *handle, const char *sql)
{
	return sqlite3_exec(handle, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* The first column of the first row. */
static bool read_number(sqlite3 *handle, const char *sql, int64_t *number)
{
	sqlite3_stmt *statement = NULL;
	bool good = sqlite3_prepare_v2(handle, sql, -1, &statement, NULL) == SQLITE_OK &&
		    sqlite3_step(statement) == SQLITE_ROW;

	if (good)
		*number = sqlite3_column_int64(statement, 0);
	return sqlite3_finalize(statement) == SQLITE_OK && good;
}

static bool run_steps(sqlite3 *handle, const struct database_format *format, int64_t version)
{
	char storage[64];
	struct buf sql = BUF_ON(storage);

	for (int64_t i = version; i < format->step_count; i++)
		if (!run(handle, format->steps[i]))
			return false;
	buf_put_text(&sql, "PRAGMA user_version = ");
	buf_put_number(&sql, (uint64_t)format->step_count);
	buf_put_char(&sql, '\0');
	return run(handle, storage);
}

/* What it is to be brought to from `version`, which it has. */
static enum database_format_state compare(const struct database_format *format, int64_t version)
{
	if (version < 0)
		return DATABASE_FORMAT_FOREIGN;
	return version > format->step_count ? DATABASE_FORMAT_NEWER : DATABASE_FORMAT_CURRENT;
}

/* With the lock for writing; another process may have done it meanwhile. */
static enum database_format_state migrate(sqlite3 *handle, const struct database_format *format)
{
	int64_t version = 0, tables = 0;

	if (!read_number(handle, "PRAGMA user_version", &version) ||
	    !read_number(handle, "SELECT count(*) FROM sqlite_master", &tables))
		return DATABASE_FORMAT_FAILED;
	if (version == 0 && tables != 0)
		return DATABASE_FORMAT_FOREIGN;
	if (version < 0 || version >= format->step_count)
		return compare(format, version);
	return run_steps(handle, format, version) ? DATABASE_FORMAT_CURRENT
						  : DATABASE_FORMAT_FAILED;
}

enum database_format_state database_format_apply(sqlite3 *handle,
						 const struct database_format *format)
{
	int64_t version = 0;
	enum database_format_state state;

	if (!read_number(handle, "PRAGMA user_version", &version))
		return DATABASE_FORMAT_FAILED;
	if (version < 0 || version >= format->step_count)
		return compare(format, version);
	if (!run(handle, "BEGIN IMMEDIATE"))
		return DATABASE_FORMAT_FAILED;
	state = migrate(handle, format);
	if (state == DATABASE_FORMAT_CURRENT && !run(handle, "COMMIT"))
		return DATABASE_FORMAT_FAILED;
	return state;
}
