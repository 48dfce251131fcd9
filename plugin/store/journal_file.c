/* SPDX-License-Identifier: MIT */
/* The journal's file, opened to be read beside those who write it. */
#include "store/journal_file.h"

#include "base/buf.h"
#include "store/database.h"
#include "store/journal_format.h"

/* How long a reader waits for a checkpoint that ends. */
#define WAIT_MS 2000

sqlite3 *journal_file_open(const char *directory)
{
	char storage[DATABASE_PATH_MAX];
	struct buf path = {storage, 0, sizeof(storage) - 1, false};
	sqlite3 *handle = NULL;

	buf_put_text(&path, directory);
	buf_put_char(&path, '/');
	buf_put_text(&path, journal_format.name);
	storage[path.len] = '\0';
	if (!path.failed &&
	    sqlite3_open_v2(storage, &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) ==
		SQLITE_OK) {
		sqlite3_busy_timeout(handle, WAIT_MS);
		return handle;
	}
	sqlite3_close(handle);
	return NULL;
}
