/* SPDX-License-Identifier: MIT */
/* The checkpoints of a state directory's files, aside of those who write them. */
#include "engine/ledger_checkpoint.h"

#include <sys/stat.h>

#include "store/credentials.h"
#include "store/database.h"
#include "store/journal_format.h"

static void checkpoint_file(const char *directory, const struct database_format *format, bool first)
{
	char storage[DATABASE_PATH_MAX], ignored[DATABASE_PATH_MAX + 512];
	struct buf path = BUF_ON(storage), fault = BUF_ON(ignored);
	struct database *database;
	struct stat about;

	buf_put_text(&path, directory);
	buf_put_char(&path, '/');
	buf_put_text(&path, format->name);
	buf_put_text(&path, "-wal");
	buf_put_char(&path, '\0');
	/* Asked often, so that it is not opened for nothing. */
	if (path.failed || stat(storage, &about) != 0 ||
	    (!first && about.st_size < DATABASE_CHECKPOINT_AT))
		return;
	database = database_open(directory, format, DATABASE_PROCESS, &fault);
	if (database)
		database_checkpoint(database);
	database_close(&database);
}

void ledger_checkpoint(const char *directory, bool first)
{
	if (!directory)
		return;
	checkpoint_file(directory, &journal_format, first);
	checkpoint_file(directory, &credentials_format, first);
}
