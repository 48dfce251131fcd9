/* SPDX-License-Identifier: MIT */
/* The journal's file, opened to be read beside those who write it. */
#ifndef STORE_JOURNAL_FILE_H
#define STORE_JOURNAL_FILE_H

#include <sqlite3.h>

/* A connection of its own, for one thread, to be closed with sqlite3_close(). Null if there is no
 * file, or it cannot be read. */
sqlite3 *journal_file_open(const char *directory);

#endif
