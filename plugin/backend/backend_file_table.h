/* SPDX-License-Identifier: MIT */
/* An account file in memory: its text, and where each name's line is. */
#ifndef BACKEND_BACKEND_FILE_TABLE_H
#define BACKEND_BACKEND_FILE_TABLE_H

#include <sys/stat.h>

#include "base/buf.h"

/* Octets of the largest file. */
#define BACKEND_FILE_SIZE_MAX (512u << 20)

struct backend_file_table;

/* What reading a file came to. */
enum backend_file_read {
	BACKEND_FILE_UNREADABLE, /* missing, no permission, no memory, changing while it is read */
	BACKEND_FILE_EXPOSED,    /* others may read or write it, or it is another user's */
	BACKEND_FILE_MALFORMED,
	BACKEND_FILE_READ
};

/* Reads the whole file: all its lines must be well-formed (backend_file_parse.h), no name may
 * stand twice, and the last line must be ended. It must be a regular file, for its owner alone
 * (mode & 077 is 0), and the owner root or the user of the process; root reads anybody's. On
 * success `table` is the caller's, to close. Otherwise "path:line: what" or "path: what" is
 * appended to `fault`. `status` is that of the very file that was read (zero if it could not be
 * opened). */
enum backend_file_read backend_file_table_read(const char *path, struct backend_file_table **table,
					       struct stat *status, struct buf *fault);

/* Overwrites and frees it; safe on null. Until then the file stays open, so that no new file gets
 * its inode number. */
void backend_file_table_close(struct backend_file_table **table);

size_t backend_file_table_count(const struct backend_file_table *table);

/* What follows "name:" in the line of a name in normal form; false if there is none. Borrows. */
bool backend_file_table_find(const struct backend_file_table *table, struct span name,
			     struct span *rest);

/* Account `index` of backend_file_table_count(): its line's number, and what follows its name. */
struct span backend_file_table_at(const struct backend_file_table *table, size_t index,
				  size_t *line);

#endif
